package config_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jirahook/config"
)

// Strangers see what only the schema can have said, and of the rest its form.
func TestShowOutside(t *testing.T) {
	loaded := mustLoad(t, `version: 1
jira: {url: https://jira.acme.example, auth: {secret_file: /etc/acme/token}, proxy: "socks5://ann:hunter2@acme.example:1080", timeout: 7s}
projects: [ACME, SHOP]
keywords: {closing: [fixes, acmeizes]}
transitions: [{on: merge, to: "In Acme", fields: {acme: acme}}, {on: closing, to: "category:done"}]
smart_commits: {aliases: {acme: Acme}}
outbox: {database: "postgres://jirahook:hunter2@acme.example/acme"}
policy: {acme: {acme: acme}}
`)
	shown := string(config.ShowOutside(loaded))
	for _, want := range []string{`url: "https://***"`, `secret_file: "/***"`, `proxy: "socks5://***"`, "timeout: 7s", `projects: ["***", "***"]`, `closing: [fixes, "***"]`,
		"on: merge", `to: "***", fields: {"***": 1}`, "to: category:done", `database: "postgres://***"`, `{"***": 1}`, "dir: /var/lib/jirahook"} {
		if !strings.Contains(shown, want) {
			t.Errorf("not there: %s", want)
		}
	}
	if lower := strings.ToLower(shown); strings.Contains(lower, "acme") || strings.Contains(lower, "hunter2") || t.Failed() {
		t.Error(shown)
	}
}

// Words are found in files that are wrong, and in those that are no YAML; with the
// secrets that they lead to.
func TestWords(t *testing.T) {
	dir := t.TempDir()
	token := write(t, dir, "token", "correct-horse\n")
	text := "version: 1\njira:\n  url: https://jira.acme.example/ # unsaid\n  auth: {type: token, secret_file: " + token + "}\n  pass: battery staple\n"
	for _, more := range []string{"", "\t{[ no yaml"} {
		file := write(t, dir, "config.yaml", text+more)
		words := config.Words(config.Source{Main: file})
		for _, want := range []string{"https://jira.acme.example/", "correct-horse", "battery staple", "battery", token} {
			if !slices.ContainsFunc(words, func(w config.Word) bool { return w.Text == want }) {
				t.Errorf("%q: no %s in %v", more, want, words)
			}
		}
		for _, w := range words {
			if slices.Contains([]string{"version", "unsaid", "secret_file"}, w.Text) {
				t.Errorf("%q: %s is nobody's own", more, w.Text)
			}
			if w.Text == "correct-horse" && w.Name != "secret" {
				t.Errorf("%q: %s is called %s", more, w.Text, w.Name)
			}
		}
	}
	if words := config.Words(config.Source{Main: filepath.Join(dir, "none.yaml")}); len(words) > 0 {
		t.Error(words)
	}
}
