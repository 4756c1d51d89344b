package main

import "testing"

func TestHookName(t *testing.T) {
	// The names under which real servers run a hook.
	tests := map[string]string{
		"hooks/post-receive":                          "post-receive",
		"/srv/git/app.git/hooks/pre-receive":          "pre-receive",
		"./hooks/post-receive.d/50-jira":              "post-receive",
		"hooks/post-receive.h00-jira":                 "post-receive",
		"/var/opt/gitlab/hooks/pre-receive.d/50-jira": "pre-receive",
		"/usr/local/bin/jirahook":                     "",
		"./post-receiver":                             "",
	}
	for arg0, want := range tests {
		if got := hookName(arg0); got != want {
			t.Errorf("hookName(%q) = %q, want %q", arg0, got, want)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
