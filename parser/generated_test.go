package parser

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGenerated(t *testing.T) {
	tests := []struct {
		name, text string
		want       []int // nil: the message is a person's own
	}{
		{"no merge", "AB-1 subject\n\nMerge branch 'x' into 'y'", nil},
		{"a person's subject", "Merge the login work\n\nSee merge request a/b!3", nil},
		{"without the quotes", "Merge branch feature/AB-1", nil},
		{"git", "Merge branch 'feature/AB-1'", []int{0}},
		{"a remote branch", "Merge remote-tracking branch 'origin/feature/AB-1' into develop", []int{0}},
		{"several branches", "Merge branches 'a', 'AB-1' and 'c' into develop", []int{0}},
		{"a tag", "Merge tag 'v1.2' of host.example:g/p", []int{0}},
		{"text behind it", "Merge branch 'a' to get AB-1", nil},
		{"GitLab", "Merge branch 'AB-1' into 'main'\n\nDraft: retry\n\nSee merge request g/p!4\n", []int{0, 2, 4}},
		{"GitLab, Windows lines", "Merge branch 'AB-1' into 'main'\r\n\r\nretry\r\n\r\nSee merge request g/p!4\r\n", []int{0, 2, 4}},
		{"with a description", "Merge branch 'AB-1' into 'main'\n\nretry\n\nTimeouts\nare new.\n\nSee merge request g/p!4", []int{0, 2, 7}},
		{"GitHub", "Merge pull request #3 from octo/AB-1\n\nRetry", []int{0, 2}},
		{"GitHub, two lines", "Merge pull request #3 from octo/AB-1\n\nRetry\nand more", []int{0}},
		{"Gitea", "Merge pull request 'Retry' (#3) from AB-1 into main\n\nReviewed-on: https://gitea.example/o/r/pulls/3\n", []int{0, 2}},
		{"Bitbucket Data Center", "Merge pull request #8 in P/r from AB-1 to master\n\n* commit '0123abcd':\n  Retry\n  AB-1 Wait", []int{0, 2, 3, 4}},
		{"Bitbucket Cloud", "Merged in AB-1 (pull request #8)\n\nRetry\n\nlonger", []int{0, 2}},
		{"git's list", "Merge branch 'a'\n\n# By Ann (2) and Bob\n# Via Ann\n* a: (25 commits)\n  Retry\n  ...\n\nmine", []int{0, 2, 3, 4, 5, 6}},
		{"conflicts", "Merge branch 'a'\n\nConflicts:\n\tcart.go\n\tx.go\nkept ours", []int{0, 2, 3, 4}},
		{"conflicts as a comment", "Merge branch 'a'\n\n# Conflicts:\n#\tcart.go", []int{0, 2, 3}},
		{"own words of git's merge", "Merge branch 'a'\n\nkept ours", []int{0}},
		{"blank lines first", "\n\nMerge branch 'a'", []int{2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := slices.Sorted(maps.Keys(generated(test.text, subject(test.text), mergeRequest(test.text))))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
