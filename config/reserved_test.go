package config

import (
	"os"
	"path/filepath"
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
