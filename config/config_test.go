package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jirahook/config"
)

// minimal is the least that makes a configuration.
const minimal = `
version: 1
jira:
  url: https://jira.example.com
  auth: {secret_file: /etc/jirahook/token}
`

func load(t *testing.T, text string) (config.Loaded, error) {
	t.Helper()
	return config.Load(config.Source{Main: write(t, t.TempDir(), "config.yaml", text), MainRequired: true})
}

func mustLoad(t *testing.T, text string) config.Loaded {
	t.Helper()
	loaded, err := load(t, text)
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Warnings) > 0 {
		t.Fatal(loaded.Warnings)
	}
	return loaded
}

func TestDefault(t *testing.T) {
	want := config.Config{
		Version: 1,
		Jira: config.Jira{
			Deployment:  "auto",
			Auth:        config.Auth{Type: "token"},
			Timeout:     20 * time.Second,
			Rate:        10,
			Development: config.Development{APIURL: "https://api.atlassian.com"},
		},
		Projects:   config.Projects{Auto: true},
		KeyPattern: "[A-Z][A-Z0-9_]+",
		Server:     config.Server{Kind: "none"},
		Mentions:   config.Mentions{Branches: []string{"**"}, Comment: "push", Merges: "quiet", Detail: "message", VisibilityByProject: map[string]config.Visibility{}, WebLink: "push"},
		Branches:   config.Branches{WebLink: true, IgnoreCase: true},
		Keywords: config.Keywords{Closing: []string{
			"close", "closes", "closed", "closing", "fix", "fixes", "fixed", "fixing", "resolve", "resolves",
			"resolved", "resolving", "implement", "implements", "implemented", "implementing",
		}, Conventional: "type"},
		Transitions: []config.TransitionRule{{On: "closing", Branches: []string{"default"}, To: "category:done", Fields: map[string]any{}, Authors: []string{"!*[bot]*", "!renovate*", "!dependabot*"}}},
		SmartCommits: config.SmartCommits{
			Enabled: true, Commands: []string{"comment", "time", "transition"}, Aliases: map[string]string{},
			TransitionText: "comment", Authors: []string{"!*[bot]*", "!renovate*", "!dependabot*"}, RunAs: "any", Emails: map[string][]string{},
		},
		Limits:   config.Limits{IssuesPerPush: 100, IssuesPerCommit: 50, MaxAge: 720 * time.Hour},
		Delivery: config.Delivery{Wait: 3 * time.Second, Workers: 8, GiveUpAfter: 168 * time.Hour},
		Outbox:   config.Outbox{Dir: "/var/lib/jirahook", Database: "sqlite", Keep: 2160 * time.Hour},
		Policy:   map[string]any{},
	}
	if diff := cmp.Diff(want, config.Default()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	want.Jira.URL = "https://jira.example.com"
	want.Jira.Auth.SecretFile = "/etc/jirahook/token"
	if diff := cmp.Diff(want, mustLoad(t, minimal).Config); diff != "" {
		t.Errorf("the least file (-want +got)\n%s", diff)
	}
}

// The full file holds every key, and but for the addresses their defaults.
func TestFullFile(t *testing.T) {
	data, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got := mustLoad(t, string(data)).Config
	want := config.Default()
	want.Jira.URL = "https://jira.example.com/jira"
	want.Jira.Auth.SecretFile = "/etc/jirahook/token"
	want.Server.Kind, want.Server.URL = "gitlab", "https://gitlab.example.com"
	if diff := cmp.Diff(want, got, equateEmpty); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// equateEmpty lets an empty list be like none.
var equateEmpty = cmp.FilterValues(
	func(a, b []string) bool { return len(a) == 0 && len(b) == 0 },
	cmp.Comparer(func(a, b []string) bool { return true }))

// A file that changes every key must change every field: a field without a key,
// or a key that goes to the wrong field, is found here.
func TestEveryFieldHasItsKey(t *testing.T) {
	data, err := os.ReadFile("testdata/changed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c := mustLoad(t, string(data)).Config
	unchanged(t, "", reflect.ValueOf(config.Default()), reflect.ValueOf(c))
	if c.Version != 1 || c.Transitions[0].From[0] != "To Do" || c.Server.Links.MergeRequest != "{url}/mr/{number}" || c.Outbox.Keep != 100*24*time.Hour {
		t.Errorf("%+v", c)
	}
}

func unchanged(t *testing.T, name string, standard, got reflect.Value) {
	t.Helper()
	if got.Kind() == reflect.Struct {
		for i := range got.NumField() {
			unchanged(t, name+"."+got.Type().Field(i).Name, standard.Field(i), got.Field(i))
		}
		return
	}
	switch name {
	case ".Version", ".Jira.Name", ".Jira.Auth.SecretEnv", ".Mentions.Visibility.Group", ".Mentions.Visibility.Internal": // a name is of sites alone; of the last three, rivals are set
		return
	}
	if reflect.DeepEqual(standard.Interface(), got.Interface()) {
		t.Errorf("%s is still %v", name, got)
	}
}

func TestSiteNames(t *testing.T) {
	for site, want := range map[string]string{
		"": "https://jira.example.com", "HTTPS://Jira.Example.com/jira/": "https://jira.example.com/jira", "main-jira_2.x": "main-jira_2.x",
	} {
		c := mustLoad(t, strings.Replace(minimal, "jira:\n", "jira:\n  site: \""+site+"\"\n", 1)).Config
		if got := c.Jira.SiteName(); got != want {
			t.Errorf("site %q: it is called %q, want %q", site, got, want)
		}
	}
	for _, site := range []string{"two words", "jira#1", "ftp://jira.example.com", "https://jira.example.com/?a=b"} {
		if _, err := load(t, strings.Replace(minimal, "jira:\n", "jira:\n  site: \""+site+"\"\n", 1)); err == nil {
			t.Errorf("site %q passes", site)
		}
	}
}

func TestValues(t *testing.T) {
	tests := []struct {
		text string
		got  func(config.Config) any
		want any
	}{
		{"limits: {max_age: 30d}", func(c config.Config) any { return c.Limits.MaxAge }, 720 * time.Hour},
		{"limits: {max_age: 1h30m}", func(c config.Config) any { return c.Limits.MaxAge }, 90 * time.Minute},
		{"limits: {max_age: 1.5h}", func(c config.Config) any { return c.Limits.MaxAge }, 90 * time.Minute},
		{"delivery: {wait: 0}", func(c config.Config) any { return c.Delivery.Wait }, time.Duration(0)},
		{"delivery: {wait: 0s}", func(c config.Config) any { return c.Delivery.Wait }, time.Duration(0)},
		{"delivery: {wait: 500ms}", func(c config.Config) any { return c.Delivery.Wait }, 500 * time.Millisecond},
		{"limits: {issues_per_push: 0}", func(c config.Config) any { return c.Limits.IssuesPerPush }, 0},
		{"projects: [shop, OPS]", func(c config.Config) any { return c.Projects }, config.Projects{Keys: []string{"SHOP", "OPS"}}},
		{"projects: auto", func(c config.Config) any { return c.Projects }, config.Projects{Auto: true}},
		{"server: {kind: cgit, url: 'HTTPS://Git.Example.com/Cgit/'}", func(c config.Config) any { return c.Server.URL }, "https://git.example.com/Cgit"},
		{"server: {root: /srv/git/}", func(c config.Config) any { return c.Server.Root }, "/srv/git"},
		{"smart_commits: {aliases: {Überprüfen: Überprüfen}}", func(c config.Config) any { return c.SmartCommits.Aliases }, map[string]string{"überprüfen": "Überprüfen"}},
		{"smart_commits: {run_as: listed, allowed: [007, true]}", func(c config.Config) any { return c.SmartCommits.Allowed }, []string{"007", "true"}},
		{"smart_commits: {enabled: false}", func(c config.Config) any { return c.SmartCommits.Enabled }, false},
		{"outbox: {database: 'postgres:///jirahook?host=/run/postgresql'}", func(c config.Config) any { return c.Outbox.Database }, "postgres:///jirahook?host=/run/postgresql"},
		{"key_pattern: '[A-Z]{2,5}|X'", func(c config.Config) any { return c.KeyPattern }, "[A-Z]{2,5}|X"},
		{"key_pattern: '^(?i:[a-z]\\w+)$'", func(c config.Config) any { return c.KeyPattern }, `^(?i:[a-z]\w+)$`},
		{"key_prefix: '\\bjira#'", func(c config.Config) any { return c.KeyPrefix }, `\bjira#`},
		{"transitions: []", func(c config.Config) any { return len(c.Transitions) }, 0},
		{"transitions: null", func(c config.Config) any { return len(c.Transitions) }, 1},
		{"transitions: [{on: branch, to: In Progress}]", func(c config.Config) any { return c.Transitions[0].Branches }, []string{"**"}},
		{"transitions: [{on: branch, to: In Progress, branches: ['fix/*']}]", func(c config.Config) any { return c.Transitions[0].Branches }, []string{"fix/*"}},
		{"transitions: [{on: merge, to: 'id:31'}]", func(c config.Config) any { return c.Transitions[0].Branches }, []string{"default"}},
		{"transitions: [{to: Done, fields: {resolution: Fixed, n: 1, f: 1.5, when: 2026-11-24, l: [a, {b: true}], x: ~}}]",
			func(c config.Config) any { return c.Transitions[0].Fields },
			map[string]any{"resolution": "Fixed", "n": 1, "f": 1.5, "when": "2026-11-24", "l": []any{"a", map[string]any{"b": true}}, "x": nil}},
		{"mentions: {visibility: {internal: true}}", func(c config.Config) any { return c.Mentions.Visibility }, config.Visibility{Internal: true}},
		{"mentions: {visibility: {internal: false, role: Developers}}", func(c config.Config) any { return c.Mentions.Visibility }, config.Visibility{Role: "Developers"}},
		{"mentions: {visibility_by_project: {help: {internal: true}, OPS: {role: 7}, X: {group: g, role: ''}, Y: {}, Z: {internal: false}}}",
			func(c config.Config) any { return c.Mentions.VisibilityByProject },
			map[string]config.Visibility{"HELP": {Internal: true}, "OPS": {Role: "7"}, "X": {Group: "g"}, "Y": {}, "Z": {}}},
		{"policy: {a: {b: [1]}}", func(c config.Config) any { return c.Policy }, map[string]any{"a": map[string]any{"b": []any{1}}}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.got(mustLoad(t, minimal+tt.text).Config)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestTextForms(t *testing.T) {
	for name, text := range map[string]string{
		"byte order mark": "\ufeff" + strings.TrimPrefix(minimal, "\n"),
		"CRLF":            strings.ReplaceAll(minimal, "\n", "\r\n"),
		"JSON":            `{"version": 1, "jira": {"url": "https://jira.example.com", "auth": {"secret_file": "/etc/jirahook/token"}}}`,
		"one document":    "---\n" + minimal + "...\n",
	} {
		if got := mustLoad(t, text).Config.Jira.URL; got != "https://jira.example.com" {
			t.Errorf("%s: jira.url is %q", name, got)
		}
	}
}

func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	main := filepath.Join(dir, "config.yaml")
	for _, s := range []config.Source{
		{Main: main},
		{Main: main, MainRequired: true},
		{Main: main, Project: "a/b", RepoDir: dir},
		{Main: filepath.Join(dir, "no", "folder.yaml")},
	} {
		_, err := config.Load(s)
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), s.Main) {
			t.Errorf("%+v: error %v", s, err)
		}
	}
	// A file that was named must be there, whatever the others hold.
	write(t, dir, "repo.git/jirahook.yaml", minimal)
	repo := filepath.Join(dir, "repo.git")
	if _, err := config.Load(config.Source{Main: main, MainRequired: true, RepoDir: repo}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if _, err := config.Load(config.Source{Main: main, RepoDir: repo}); err != nil {
		t.Errorf("error %v", err)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	tests := map[string]func(t *testing.T, file string){
		"is no regular file": func(t *testing.T, file string) {
			if err := os.MkdirAll(file, 0o755); err != nil {
				t.Fatal(err)
			}
		},
		"larger than 1024 KiB": func(t *testing.T, file string) {
			write(t, filepath.Dir(file), filepath.Base(file), strings.Repeat("# much\n", 150_000))
		},
		"loop.yaml": func(t *testing.T, file string) {
			if err := os.Symlink("loop.yaml", filepath.Join(filepath.Dir(file), "loop.yaml")); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("loop.yaml", file); err != nil {
				t.Fatal(err)
			}
		},
		"a pipe": nil,
	}
	for name, spoil := range tests {
		for _, layer := range []string{"config.yaml", "repos.d/shop.yaml", "repos.d/shop/cart.yaml", "repo.git/jirahook.yaml"} {
			t.Run(name+" "+layer, func(t *testing.T) {
				dir := t.TempDir()
				file := filepath.Join(dir, layer)
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				want := file
				if spoil == nil {
					if err := syscall.Mkfifo(file, 0o600); err != nil {
						t.Fatal(err)
					}
				} else if spoil(t, file); name != "is no regular file" {
					want = name
				}
				if name == "loop.yaml" {
					want = file
				}
				if layer != "config.yaml" {
					write(t, dir, "config.yaml", minimal)
				}
				_, err := config.Load(config.Source{Main: filepath.Join(dir, "config.yaml"), Project: "shop/cart", RepoDir: filepath.Join(dir, "repo.git")})
				if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), file) {
					t.Errorf("error %v, want %s and %s", err, want, file)
				}
			})
		}
	}
}

func TestProjectPathStaysBelowReposD(t *testing.T) {
	dir := t.TempDir()
	main := write(t, dir, "etc/config.yaml", minimal)
	write(t, dir, "evil.yaml", "limits: {issues_per_push: 666}")
	write(t, dir, "etc/evil.yaml", "limits: {issues_per_push: 666}")
	write(t, dir, "etc/repos.d/.yaml", "limits: {issues_per_push: 666}")
	for _, project := range []string{"../evil", "../../evil", "a/../../evil", "..", ".", "a/./b", "/evil", "a//b", "a/", "\x00", "a/b\nc"} {
		loaded, err := config.Load(config.Source{Main: main, Project: project})
		if err == nil || loaded.Config.Limits.IssuesPerPush == 666 {
			t.Errorf("%q: error %v, limit %d", project, err, loaded.Config.Limits.IssuesPerPush)
		}
	}
	for _, project := range []string{"a/b", "..a/b..", ".hidden", "a b/ä", strings.Repeat("x", 300) + "/y", "config.yaml/x"} {
		if _, err := config.Load(config.Source{Main: main, Project: project}); err != nil {
			t.Errorf("%q: %v", project, err)
		}
	}
	// A file where a folder is looked for is not in the way.
	write(t, dir, "etc/repos.d/a", "")
	if _, err := config.Load(config.Source{Main: main, Project: "a/b"}); err != nil {
		t.Error(err)
	}
}

func TestFilesAreListed(t *testing.T) {
	dir := t.TempDir()
	main := write(t, dir, "config.yaml", minimal)
	group := write(t, dir, "repos.d/a.yaml", "")
	repo := write(t, dir, "a.git/jirahook.yaml", "limits: {}")
	loaded, err := config.Load(config.Source{Main: main, Project: "a/b/c", RepoDir: filepath.Dir(repo)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{main, group, repo}, loaded.Files); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := loaded.Origins["jira.url"]; got != (config.Origin{File: main, Line: 4}) {
		t.Errorf("jira.url comes from %v", got)
	}
}
