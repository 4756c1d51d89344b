package config_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jirahook/config"
)

// What is shown is a file that means the same.
func TestShowIsReadBack(t *testing.T) {
	odd := minimal + `
smart_commits:
  aliases: {a: "true", b: "1", c: "x: y", d: "-", e: "#", f: "'\"\\", g: "ü ", "h.i:": "ja\u202enein"}
  emails: {"a.b": [a@b], "true": [c@d]}
policy:
  commit: {keys: [1, 2.5, true, ~, "1", "2.50", "true", "~", 2026-11-24, {a: {b: [c]}}], "odd key": {}}
  "": 1
  multi: "a\nb\t\x7f"
`
	odd = strings.Replace(odd, "  \"\": 1\n", "", 1)
	full, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	changed, err := os.ReadFile("testdata/changed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{minimal, odd, string(full), string(changed)} {
		loaded := mustLoad(t, text)
		for _, origin := range []bool{false, true} {
			shown := string(config.Show(loaded, origin))
			if diff := cmp.Diff(loaded.Config, mustLoad(t, shown).Config, equateEmpty); diff != "" {
				t.Errorf("(-loaded +shown)\n%s\n%s", diff, shown)
			}
			if strings.ContainsAny(shown, "\x7f\u202e") {
				t.Errorf("shows what does not print:\n%q", shown)
			}
		}
	}
}

func TestShowTellsOrigins(t *testing.T) {
	loaded := mustLoad(t, minimal)
	plain, told := string(config.Show(loaded, false)), string(config.Show(loaded, true))
	if strings.Contains(plain, "#") {
		t.Errorf("origins although not asked for:\n%s", plain)
	}
	for line := range strings.Lines(told) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.HasSuffix(line, ":") && !strings.Contains(line, "# default") && !strings.Contains(line, "# "+loaded.Files[0]+":") {
			t.Errorf("without origin: %s", line)
		}
	}
}

func TestShowHidesPasswords(t *testing.T) {
	loaded := mustLoad(t, minimal+"  proxy: http://ann:hunter2@proxy.example.com\noutbox: {database: 'postgres://jirahook:hunter2@db/jirahook?sslpassword=hunter2&sslmode=require'}\n")
	shown := string(config.Show(loaded, true))
	if strings.Contains(shown, "hunter2") || !strings.Contains(shown, "postgres://jirahook:***@db/jirahook?sslpassword=***&sslmode=require") {
		t.Error(shown)
	}
}

func TestInit(t *testing.T) {
	out, err := config.Init(nil, true)
	if err != nil {
		t.Fatal(err)
	}
	// Two edits: the address, and the file that holds the secret.
	text := strings.Replace(string(out), "https://jira.example.com", "https://jira.acme.example", 1)
	secret := write(t, t.TempDir(), "token", "abc\n")
	if err := os.Chmod(secret, 0o600); err != nil {
		t.Fatal(err)
	}
	text = strings.Replace(text, "/etc/jirahook/token", secret, 1)
	c := mustLoad(t, text).Config
	want := config.Default()
	want.Jira.URL, want.Jira.Auth.SecretFile = "https://jira.acme.example", secret
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if s, err := c.Jira.Auth.Secret(nil); s != "abc" || err != nil {
		t.Errorf("secret %q, error %v", s, err)
	}

	// With all comments taken away it still works, with the same values; only
	// the Git server is an example.
	var all strings.Builder
	for i, line := range strings.SplitAfter(text, "\n") {
		if i > 1 && strings.HasPrefix(strings.TrimSpace(line), "# ") {
			line = strings.Replace(line, "# ", "", 1)
		}
		all.WriteString(line)
	}
	want.Server = config.Server{Kind: "gitlab", URL: "https://git.example.com"}
	if diff := cmp.Diff(want, mustLoad(t, all.String()).Config, equateEmpty); diff != "" {
		t.Errorf("all keys (-want +got)\n%s", diff)
	}
	// Each key has its line, and a word about it.
	for line := range strings.Lines(all.String()) {
		if key, rest, ok := strings.Cut(line, ":"); ok && !strings.Contains(line, "#") && strings.TrimSpace(key) != "enabled" {
			t.Errorf("nothing is said about %q%q", key, rest)
		}
	}
}

// What most need is short, and means the same as all.
func TestInitShort(t *testing.T) {
	for _, answers := range []map[string]string{nil, {"jira.timeout": "5s", "mentions.visibility.group": "developers"}} {
		short, err := config.Init(answers, false)
		if err != nil {
			t.Fatal(err)
		}
		long, err := config.Init(answers, true)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(mustLoad(t, string(long)).Config, mustLoad(t, string(short)).Config); diff != "" {
			t.Errorf("(-all +short)\n%s", diff)
		}
		if n := strings.Count(string(short), "\n") - strings.Count(string(short), "\n\n"); n > 36 {
			t.Errorf("%d lines are not short:\n%s", n, short)
		}
		var all strings.Builder
		for i, line := range strings.SplitAfter(string(short), "\n") {
			if i > 2 && strings.HasPrefix(strings.TrimSpace(line), "# ") {
				line = strings.Replace(line, "# ", "", 1)
			}
			all.WriteString(line)
		}
		mustLoad(t, all.String())
	}
}

func TestInitWithAnswers(t *testing.T) {
	out, err := config.Init(map[string]string{
		"jira.url": "https://acme.atlassian.net", "jira.auth.type": "basic", "jira.auth.username": "bot@acme.example",
		"jira.auth.secret_env": "JIRA_TOKEN", "server.kind": "gitea", "server.url": "https://git.acme.example",
		"outbox.database": "postgres://jirahook:hunter2@db/jirahook", "limits.max_age": "30d", "delivery.workers": "2", "branches.web_link": "false",
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.Jira.URL = "https://acme.atlassian.net"
	want.Jira.Auth = config.Auth{Type: "basic", Username: "bot@acme.example", SecretEnv: "JIRA_TOKEN"}
	want.Server.Kind, want.Server.URL = "gitea", "https://git.acme.example"
	want.Outbox.Database = "postgres://jirahook:hunter2@db/jirahook"
	want.Delivery.Workers = 2
	want.Branches.WebLink = false
	if diff := cmp.Diff(want, mustLoad(t, string(out)).Config); diff != "" {
		t.Errorf("(-want +got)\n%s\n%s", diff, out)
	}
}

func TestInitRefusesAnswers(t *testing.T) {
	_, err := config.Init(map[string]string{"jira.url": "jira", "jira.ulr": "x", "policy": "x", "delivery.workers": "none", "jira": "x"}, false)
	problems := config.Problems(nil)
	if !errors.As(err, &problems) || len(problems) != 5 {
		t.Errorf("error %v", err)
	}
}
