package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"jirahook/internal/jiratest"
)

// The exit code says the worst of what was found, and --json the rest.
func TestDoctorExits(t *testing.T) {
	fake := jiratest.New(jiratest.Options{Flavour: jiratest.DataCenter10})
	must(t, fake.Start())
	t.Cleanup(fake.Close)
	fake.AddProject("SHOP", jiratest.SimpleWorkflow())
	fake.AddIssue("SHOP-1", "Cart total is wrong")
	_, _, token := fake.Credentials()
	for _, c := range []struct {
		name, url, token, more string
		code                   int
		fine                   bool
	}{
		{"well", fake.URL(), token, "", exitDone, true},
		{"a refused login", fake.URL(), "wrong", "", exitProblems, false},
		{"nobody answers", "http://127.0.0.1:1", token, "", exitUnreachable, false},
		{"a broken configuration, and an outbox that cannot be", fake.URL(), token, "mention: {}\noutbox: {dir: /dev/null/outbox}\n", exitUsage, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "config.yaml")
			must(t, os.WriteFile(filepath.Join(dir, "token"), []byte(c.token), 0o600))
			if c.more == "" {
				c.more = "outbox: {dir: " + dir + "/outbox}\n"
			}
			must(t, os.WriteFile(file, fmt.Appendf(nil, "version: 1\nprojects: [SHOP]\njira: {url: %q, auth: {type: token, secret_file: %q}}\n%s", c.url, dir+"/token", c.more), 0o600))
			var out, errs bytes.Buffer
			p := process{args: []string{"jirahook", "doctor", "--json", "--config", file}, environ: os.Environ(), dir: dir, stdout: &out, stderr: &errs, now: time.Now}
			code := p.run(context.Background())
			var told struct {
				Version, User string
				Fine          bool
				Checks        []map[string]string
			}
			must(t, json.Unmarshal(out.Bytes(), &told))
			if code != c.code || told.Fine != c.fine || told.Version != version() || told.User != accountName() || len(told.Checks) < 4 {
				t.Errorf("exit code %d, want %d; %s%s", code, c.code, &out, &errs)
			}
		})
	}
}
