package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jirahook/config"
)

// Who sends as the outbox's account finds out at once that no secret can be read; of
// one Jira among several the others are told all the same.
func TestCheckSecretOfSeveralJiras(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good"), filepath.Join(dir, "missing")
	must(t, os.WriteFile(good, []byte("token\n"), 0o600))
	var cfg config.Config
	cfg.Jira.URL = "https://jira.example.com"
	further := config.Site{Jira: config.Jira{Name: "two", URL: "https://two.example.com"}, Projects: []string{"SHOP"}}
	p := &process{became: dir}
	for _, test := range []struct {
		first, second string
		stops         bool
	}{{good, good, false}, {good, bad, false}, {bad, good, false}, {bad, bad, true}} {
		cfg.Jira.Auth.SecretFile, further.Auth.SecretFile = test.first, test.second
		cfg.Sites = []config.Site{further}
		err := p.checkSecret(cfg)
		if (err != nil) != test.stops || err != nil && !strings.Contains(err.Error(), "sites, two") {
			t.Errorf("%s and %s: %v", filepath.Base(test.first), filepath.Base(test.second), err)
		}
	}
}
