package plan

import (
	"testing"

	"jirahook/config"
	"jirahook/parser"
	"jirahook/push"
)

func TestAddressNeverClimbs(t *testing.T) {
	for _, kind := range []string{"gitlab", "gitea", "github", "bitbucket", "cgit", "gitweb"} {
		server := config.Server{Kind: kind, URL: "https://git.example.com"}
		to := linksTo(server, "team/app")
		for _, name := range []string{"..", ".", "a/../b", "../../admin", "a/.", "./a"} {
			if got := to.branch(name); got != "" {
				t.Errorf("%s: branch %q leads to %s", kind, name, got)
			}
			if got := linksTo(server, name).commit("0123"); got != "" {
				t.Errorf("%s: project %q leads to %s", kind, name, got)
			}
			if got := to.mergeRequest(name, 7); got != "" {
				t.Errorf("%s: a merge request of %q leads to %s", kind, name, got)
			}
		}
		if to.branch("a..b/..c/d.") == "" {
			t.Errorf("%s: a branch that only looks like climbing has no page", kind)
		}
	}
}

func TestMergeRequestOfThisServerAlone(t *testing.T) {
	const (
		own     = "https://git.example.com/team/app/-/merge_requests/7"
		another = "https://git.example.com/x/y/-/merge_requests/7"
	)
	tests := []struct {
		name   string
		server config.Server
		mr     parser.MergeRequest
		want   string
	}{
		{"own", config.Server{}, parser.MergeRequest{Number: 7}, " (merge request [\\!7|" + own + "])"},
		{"own by its path", config.Server{}, parser.MergeRequest{Number: 7, Path: "team/app"}, " (merge request [\\!7|" + own + "])"},
		{"another project's", config.Server{}, parser.MergeRequest{Number: 7, Path: "x/y"}, " (merge request [x/y\\!7|" + another + "])"},
		{"this host", config.Server{}, parser.MergeRequest{Number: 7, Path: "x/y", Host: "GIT.example.com"}, " (merge request [x/y\\!7|" + another + "])"},
		{"another host", config.Server{}, parser.MergeRequest{Number: 7, Path: "x/y", Host: "evil.test"}, " (merge request x/y\\!7)"},
		{"this host, another port", config.Server{}, parser.MergeRequest{Number: 7, Path: "x/y", Host: "git.example.com:8443"}, " (merge request x/y\\!7)"},
		{"below a context path", config.Server{URL: "https://git.example.com/git"}, parser.MergeRequest{Number: 7, Path: "git/x/y", Host: "git.example.com"},
			" (merge request [x/y\\!7|https://git.example.com/git/x/y/-/merge_requests/7])"},
		{"on Gitea", config.Server{Kind: "gitea"}, parser.MergeRequest{Number: 7}, " (pull request [\\#7|https://git.example.com/team/app/pulls/7])"},
		{"on Bitbucket, another project's", config.Server{Kind: "bitbucket"}, parser.MergeRequest{Number: 7, Path: "X/y"},
			" (pull request [X/y#7|https://git.example.com/projects/X/repos/y/pull-requests/7])"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := config.Config{Server: test.server}
			if cfg.Server.Kind == "" {
				cfg.Server.Kind = "gitlab"
			}
			if cfg.Server.URL == "" {
				cfg.Server.URL = "https://git.example.com"
			}
			d := &pushDraft{draft: &draft{Rules: &Rules{Config: cfg}, project: "team/app", links: linksTo(cfg.Server, "team/app")}}
			c := statement{Commit: push.Commit{}, Message: parser.Message{MergeRequest: &test.mr}}
			if got := d.mergeRequest(c); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
