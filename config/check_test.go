package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jirahook/config"
)

func TestCheckWarns(t *testing.T) {
	const head = "version: 1\njira:\n  auth: {secret_file: /etc/jirahook/token}\n"
	tests := []struct {
		name, text string
		mode       os.FileMode
		want       []string
	}{
		{"https", head + "  url: https://jira.example.com", 0o640, nil},
		{"http", head + "  url: http://jira.example.com", 0o640, []string{"config.yaml:4: jira.url: plain http"}},
		{"http elsewhere", head + "  url: http://127.0.0.1:8080\n  api_url: http://10.0.0.1", 0o640, []string{"config.yaml:5: jira.api_url: plain http"}},
		{"http of the panel", head + "  url: https://a.example\n  development: {api_url: 'http://a.example'}", 0o640, []string{"jira.development.api_url: plain http"}},
		{"loopback", head + "  url: http://localhost:8080\n  api_url: http://[::1]:8080", 0o640, nil},
		{"name of loopback", head + "  url: http://jira.localhost", 0o640, nil},
		{"http of a further Jira", head + "  url: https://a.example\nsites: [{name: two, projects: [SHOP], url: 'http://b.example', auth: {secret_file: /etc/b}}]", 0o640, []string{"config.yaml:5: sites[0].url: plain http"}},
		{"no loopback", head + "  url: http://localhost.example.com", 0o640, []string{"plain http"}},
		{"readable", head + "  url: https://jira.example.com", 0o644, []string{"config.yaml: others can read this file (found: mode 0644; allowed: mode 0640 or less: chmod o-rwx "}},
		{"readable password", head + "  url: https://jira.example.com\noutbox:\n  database: postgres://jirahook:hunter2@db/jirahook", 0o644, []string{"config.yaml:6: outbox.database: others can read this file, and there is a password in it"}},
		{"readable proxy password", head + "  url: https://jira.example.com\n  proxy: http://ann:hunter2@proxy", 0o644, []string{"config.yaml:5: jira.proxy: others can read this file, and there is a password in it"}},
		{"readable proxy password of a further Jira", head + "  url: https://a.example\nsites: [{name: two, projects: [SHOP], url: 'https://b.example', proxy: 'http://ann:hunter2@proxy', auth: {secret_file: /etc/b}}]", 0o644, []string{"config.yaml:5: sites: others can read this file, and there is a password in it"}},
		{"no password", head + "  url: https://jira.example.com\noutbox: {database: 'postgres://jirahook@db/jirahook'}", 0o644, []string{"config.yaml: others can read this file ("}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := write(t, t.TempDir(), "config.yaml", tt.text)
			if err := os.Chmod(file, tt.mode); err != nil {
				t.Fatal(err)
			}
			loaded, err := config.Check(config.Source{Main: file})
			if err != nil {
				t.Fatal(err)
			}
			if len(loaded.Warnings) != len(tt.want) {
				t.Fatalf("warnings %v", loaded.Warnings)
			}
			for i, w := range loaded.Warnings {
				if got := w.String(); !strings.Contains(got, tt.want[i]) || strings.Contains(got, "hunter2") {
					t.Errorf("warning %s, want %s", got, tt.want[i])
				}
			}
			// A hook has nobody to say this to.
			if loaded, err := config.Load(config.Source{Main: file}); err != nil || len(loaded.Warnings) != 0 {
				t.Errorf("Load: %v, error %v", loaded.Warnings, err)
			}
		})
	}
}

// What the hook goes on without is a warning, in the same words.
func TestCheckTellsWhatIsLocked(t *testing.T) {
	dir := t.TempDir()
	s := config.Source{Main: write(t, dir, "config.yaml", minimal+"locked: [limits]\n"), Project: "a/b"}
	write(t, dir, "repos.d/a/b.yaml", "mentions: {comment: none}\nlimits: {max_age: 1d}\n")
	loaded, err := config.Load(s)
	if err != nil || len(loaded.Warnings) != 1 {
		t.Fatalf("Load: %v, error %v", loaded.Warnings, err)
	}
	checked, err := config.Check(s)
	if err != nil || len(checked.Warnings) < 1 || checked.Warnings[0].String() != loaded.Warnings[0].String() {
		t.Fatalf("%v, error %v", checked.Warnings, err)
	}
	w := checked.Warnings[0]
	if w.Key != "limits" || w.Line != 2 || !strings.Contains(w.Message, "is ignored") || w.Excerpt != "limits: {max_age: 1d}" {
		t.Errorf("%+v", w)
	}
}

func TestProjectFiles(t *testing.T) {
	dir := t.TempDir()
	main := write(t, dir, "config.yaml", minimal)
	if projects, strays, err := config.ProjectFiles(main); len(projects)+len(strays) > 0 || err != nil {
		t.Errorf("without a folder: %v, %v, error %v", projects, strays, err)
	}
	for _, name := range []string{"shop.yaml", "shop/cart.yaml", "ops/tools/web.yaml", "shop/old.yml", "README"} {
		write(t, dir, "repos.d/"+name, "")
	}
	projects, strays, err := config.ProjectFiles(main)
	if got := strings.Join(projects, " "); got != "ops/tools/web shop shop/cart" || err != nil {
		t.Errorf("projects %s, error %v", got, err)
	}
	if len(strays) != 2 || !strings.Contains(strays[0].String(), "README: is not read") || !strings.Contains(strays[1].String(), "shop/old.yml") {
		t.Errorf("strays %v", strays)
	}
}

func TestCheckFindsMisnamedFiles(t *testing.T) {
	dir := t.TempDir()
	s := config.Source{Main: write(t, dir, "config.yaml", minimal), Project: "a/b", RepoDir: filepath.Join(dir, "b.git")}
	write(t, dir, "config.yml", "")
	write(t, dir, "repos.d/a.yml", "")
	write(t, dir, "b.git/jirahook.yml", "")
	loaded, err := config.Check(s)
	if err != nil || len(loaded.Warnings) != 2 {
		t.Fatalf("%v, error %v", loaded.Warnings, err)
	}
	for i, name := range []string{"repos.d/a", "b.git/jirahook"} {
		if got := loaded.Warnings[i].String(); !strings.Contains(got, name+".yml: is not read") || !strings.Contains(got, name+".yaml") {
			t.Error(got)
		}
	}
}

func TestCheckWithoutFile(t *testing.T) {
	if _, err := config.Check(config.Source{Main: filepath.Join(t.TempDir(), "config.yaml")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
