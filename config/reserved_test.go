package config

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Of each section somebody has decided whether a repository's own file may set
// it. What is reserved or guarded exists.
func TestEverySectionIsDecided(t *testing.T) {
	own := []string{"version", "projects", "key_pattern", "key_prefix", "locked", "server", "mentions", "branches", "keywords", "transitions", "smart_commits", "limits", "delivery", "policy"}
	var c Config
	names := map[string]bool{}
	for _, k := range schema(&c) {
		names[k.name] = true
		if !strings.Contains(k.name, ".") && slices.Contains(own, k.name) == slices.Contains(reserved(), k.name) {
			t.Errorf("may a repository's own file set %s? Put it into reserved, or into this test", k.name)
		}
	}
	all := reserved()
	for _, g := range guards() {
		all = append(append(all, g.of...), g.by...)
	}
	for _, name := range all {
		if !names[name] {
			t.Errorf("there is no key %s", name)
		}
	}
}

// An upper file that cannot be read keeps a repository from taking its place.
func TestUnreadableUpperFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "config.yaml", "folder"), 0o700); err != nil { // reading fails for root, too
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "jirahook.yaml"), []byte("outbox: {dir: /srv/mine}\njira: {url: \"https://evil.example\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(Source{Main: filepath.Join(dir, "config.yaml"), RepoDir: dir})
	if err == nil || loaded.Config.Outbox.Dir != Default().Outbox.Dir || loaded.Config.Jira.URL != "" || len(loaded.Warnings) != 2 {
		t.Errorf("%v: %+v", err, loaded)
	}
}

// Whatever of it a repository's own file sets, in whichever way, the configuration
// stays the upper files', and it is told by name what was ignored.
func TestRepositoryKeepsFromWhatIsOthers(t *testing.T) {
	upper := "jira: {url: \"https://jira.example.com\", auth: {type: basic, username: bot, secret_file: /etc/jirahook/token}}\n" +
		"outbox: {dir: /srv/outbox, keep: 48h}\ndelivery: {workers: 3, give_up_after: 5h}\n" +
		"smart_commits: {run_as: listed, allowed: [ann], emails: {ann: [ann@example.com]}}\n" +
		"limits: {issues_per_push: 5, issues_per_commit: 6, max_age: 8h}\npolicy: {a: 1}\n"
	samples := []string{"7", "9h", "2027-03-01", "any", "pusher", "token", "basic", "cloud", "/srv/other", "https://other.example", "postgres://u@h/n", "OTHER", "[mallory]", "[{name: mallory, projects: [SHOP], url: \"https://m.example\", auth: {secret_file: /srv/t}}]", "{mallory: [m@example.com]}", "{b: 2}"}
	dir := t.TempDir()
	main, own := filepath.Join(dir, "config.yaml"), filepath.Join(dir, "app.git")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(own, 0o700))
	must(os.WriteFile(main, []byte(upper), 0o600))
	above, err := Load(Source{Main: main})
	must(err)
	with := func(main, text string) Loaded {
		must(os.WriteFile(filepath.Join(own, "jirahook.yaml"), []byte(text), 0o600))
		loaded, _ := Load(Source{Main: main, RepoDir: own})
		return loaded
	}
	closed := reserved()
	for _, g := range guards() {
		closed = append(closed, g.of...)
	}
	var c Config
	for _, k := range schema(&c) {
		if k.isSection() || !slices.ContainsFunc(closed, func(name string) bool { return within(k.name, name) }) {
			continue
		}
		parts := strings.Split(k.name, ".")
		worked := false
		for _, sample := range append(samples, "null") {
			block := ""
			for i, part := range parts {
				block += strings.Repeat("  ", i) + part + ":"
				if i < len(parts)-1 {
					block += "\n"
				}
			}
			flow := strings.Join(parts, ": {") + ": " + sample + strings.Repeat("}", len(parts)-1)
			alone := with("", block+" "+sample+"\n")
			_, set := alone.Origins[k.name]
			changes := set || !reflect.DeepEqual(alone.Config, Default())
			if !changes && sample != "null" {
				continue
			}
			worked = worked || changes
			for _, text := range []string{block + " " + sample + "\n", flow + "\n", parts[0] + ": null\n", "<<: {" + flow + "}\n", "x: &x {" + flow + "}\n<<: *x\n"} {
				loaded := with(main, text)
				if !reflect.DeepEqual(loaded.Config, above.Config) {
					t.Errorf("a repository's file changes %s:\n%s", k.name, text)
				}
				if changes && strings.HasPrefix(text, block) && !slices.ContainsFunc(loaded.Warnings, func(w Warning) bool { return strings.Contains(w.String(), k.name) || within(k.name, w.Key) }) {
					t.Errorf("not told of %s:\n%s%v", k.name, text, loaded.Warnings)
				}
			}
		}
		if !worked {
			t.Errorf("no sample sets %s", k.name)
		}
	}
}
