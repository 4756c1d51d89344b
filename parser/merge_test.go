package parser

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMergeRequest(t *testing.T) {
	tests := []struct {
		name, text string
		want       *MergeRequest
	}{
		{"none", "AB-1 subject\n\nMerge branch 'x' into 'y'", nil},
		{"GitLab", "Merge branch 'feature/AB-5' into 'main'\n\nTitle\n\nCloses #1\n\nSee merge request acme/web/checkout!12\n", &MergeRequest{Path: "acme/web/checkout", Number: 12, Source: "feature/AB-5", Target: "main"}},
		{"GitLab, CRLF", "Merge branch 'a' into 'b'\r\n\r\nSee merge request g/p!4\r\n", &MergeRequest{Path: "g/p", Number: 4, Source: "a", Target: "b"}},
		{"own project", "T\n\nSee merge request !7", &MergeRequest{Number: 7}},
		{"the last counts", "T\n\nSee merge request a/b!1\nSee merge request c/d!2", &MergeRequest{Path: "c/d", Number: 2}},
		{"URL behind the words", "T\n\nSee merge request https://GitLab.example:8443/g/p/-/merge_requests/9", &MergeRequest{Path: "g/p", Number: 9, Host: "gitlab.example:8443"}},
		{"URL alone, old form", "T\n\nhttps://gitlab.example/g/s/p/merge_requests/9#note_1", &MergeRequest{Path: "g/s/p", Number: 9, Host: "gitlab.example"}},
		{"URL behind a label", "T\n\nMerge-request: http://gitlab.example/g/p/-/merge_requests/9/diffs?x", &MergeRequest{Path: "g/p", Number: 9, Host: "gitlab.example"}},
		{"URL in a sentence", "like https://gitlab.example/g/p/-/merge_requests/9 did", nil},
		{"URL of an issue", "T\n\nhttps://gitlab.example/g/p/-/issues/9", nil},
		{"no number", "T\n\nSee merge request g/p!0\nSee merge request g/p!x\nSee merge request g/p!9999999999", nil},
		{"no path", "T\n\nSee merge request ../..//p!1\nSee merge request a b!1\nSee merge request g/<p>!1", nil},
		{"git", "Merge branch 'a/b' into c/d", &MergeRequest{Source: "a/b", Target: "c/d"}},
		{"git, main branch", "Merge branch 'a'", &MergeRequest{Source: "a"}},
		{"git, from elsewhere", "Merge branch 'a' of host.example:g/p into b", &MergeRequest{Source: "a", Target: "b"}},
		{"git, remote branch", "Merge remote-tracking branch 'origin/feature/a' into b", &MergeRequest{Source: "feature/a", Target: "b"}},
		{"git, quote in the name", "Merge branch 'it's' into 'b'", &MergeRequest{Source: "it's", Target: "b"}},
		{"git, several branches", "Merge branches 'a' and 'b'", nil},
		{"GitHub", "Merge pull request #3 from octo/feature/AB-5-x\n\nTitle", &MergeRequest{Number: 3, Source: "feature/AB-5-x"}},
		{"Gitea", "Merge pull request 'It's (#2) done' (#3) from feature/a into main\n\nReviewed-on: https://gitea.example/o/r/pulls/3\n", &MergeRequest{Path: "o/r", Number: 3, Source: "feature/a", Target: "main", Host: "gitea.example"}},
		{"Gitea, fork", "Merge pull request 'T' (#3) from bob:a into main", &MergeRequest{Number: 3, Source: "a", Target: "main"}},
		{"Gerrit's trailer of that name", "T\n\nReviewed-on: https://gerrit.example/c/p/+/3", nil},
		{"Bitbucket Data Center", "Merge pull request #8 in PROJ/repo from feature/a to master", &MergeRequest{Path: "PROJ/repo", Number: 8, Source: "feature/a", Target: "master"}},
		{"Bitbucket Cloud", "Merged in feature/a (pull request #8)", &MergeRequest{Number: 8, Source: "feature/a"}},
		{"Azure DevOps", "Merged PR 15: Title", &MergeRequest{Number: 15}},
	}
	p := mustNew(t, Options{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, p.Message(test.text).MergeRequest); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
