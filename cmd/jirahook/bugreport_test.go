package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"jirahook/bugreport"
	"jirahook/config"
)

// Whatever secret stands wherever a secret may stand, no eight characters of it are in
// the report: in each key of the configuration and in each form, whole or broken, in
// files of secrets, in the environment, and in the log as HTTP sends it.
func TestBugreportHoldsNoSecret(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	forms := map[string]string{
		"plain": "%s", "path": "/srv/%s", "address": "http://127.0.0.1:1/%s", "login": "http://ann:%s@127.0.0.1:1",
		"database": "postgres://jirahook:%s@127.0.0.1:1/jirahook?sslpassword=%[1]s", "command": "review %s", "project": "P%s",
		"e-mail": "%s@example.com", "template": "{url}/%s/{sha}", "category": "category:%s", "variable": "V_%s",
		"words": "host=127.0.0.1 password=%s", "no address": "jira.example.com?token=%s", "transition": "id:%s",
	}
	var keys []string
	var tree map[string]any
	must(t, yaml.Unmarshal(config.ShowOutside(config.Loaded{Config: config.Default()}), &tree))
	leaves("", tree, &keys)
	if len(keys) < 50 {
		t.Fatalf("only %d keys: %v", len(keys), keys)
	}
	shapes := map[string]func(string) any{
		"text": func(s string) any { return s },
		"list": func(s string) any { return []any{s, s} },
		"map":  func(s string) any { return map[string]any{s: s, "id": map[string]any{s: []any{s}}} },
		"rule": func(s string) any {
			return []any{map[string]any{"on": "closing", "to": s, "from": []any{s}, "branches": []any{s}, "projects": []any{"P" + s}, "authors": []any{s}, "fields": map[string]any{s: s}}}
		},
	}
	for _, form := range slices.Sorted(maps.Keys(forms)) {
		for shape, as := range shapes {
			if testing.Short() && random.IntN(len(shapes)) != 0 {
				continue
			}
			// All at once, and some alone: then it may be right, and used.
			sets := [][]string{keys}
			for range 4 {
				sets = append(sets, []string{keys[random.IntN(len(keys))]})
			}
			for _, set := range sets {
				c := newConfidence(t, random)
				c.set("jira.url", "http://127.0.0.1:1")
				for _, key := range set {
					c.set(key, as(fmt.Sprintf(forms[form], c.secret())))
				}
				if slices.ContainsFunc(set, func(key string) bool { return strings.Contains(key, ".secret_") }) {
					c.forget() // where nothing names its file, a secret is known by its surroundings alone
				}
				c.check(t, form+" "+shape+" "+strings.Join(set, " "), random.IntN(4) == 0)
			}
		}
	}
}

// leaves are the dotted names of the keys.
func leaves(at string, tree map[string]any, keys *[]string) {
	for name, v := range tree {
		if below, ok := v.(map[string]any); ok && len(below) > 0 {
			leaves(at+name+".", below, keys)
		} else {
			*keys = append(*keys, at+name)
		}
	}
}

// confidence is a machine full of secrets.
type confidence struct {
	dir     string
	random  *rand.Rand
	secrets []string
	tree    map[string]any
	environ []string
}

func newConfidence(t *testing.T, random *rand.Rand) *confidence {
	c := &confidence{dir: t.TempDir(), random: random, tree: map[string]any{"version": 1}}
	must(t, os.MkdirAll(filepath.Join(c.dir, "outbox"), 0o700))
	token, next, client := c.secret(), c.secret(), c.secret()
	for name, text := range map[string]string{"token": token, "next": next, "client": client} {
		must(t, os.WriteFile(filepath.Join(c.dir, name), []byte(text+"\n"), 0o644)) // even where it is refused
	}
	auth := map[string]any{"type": "basic", "username": "jirahook", "secret_file": []any{c.dir + "/token", c.dir + "/next"}}
	if random.IntN(2) == 0 {
		auth["type"], auth["client_id"], auth["token_url"], auth["expires"] = "oauth", c.secret(), "http://127.0.0.1:1/"+c.secret(), "2027-03-01"
	}
	c.set("jira.auth", auth)
	c.set("jira.development", map[string]any{"client_id": "x", "secret_file": c.dir + "/client"})
	c.set("outbox.dir", c.dir+"/outbox")
	for _, name := range []string{"JIRA_TOKEN", "PGPASSWORD", "SOMETHING"} {
		c.environ = append(c.environ, name+"="+c.secret())
	}
	c.environ = append(c.environ, "https_proxy=http://ann:"+c.secret()+"@127.0.0.1:1", "PATH="+os.Getenv("PATH"), "HOME="+c.dir)
	var log strings.Builder
	basic := base64.StdEncoding.EncodeToString([]byte("jirahook:" + token))
	for _, words := range []string{
		"Jira says Authorization: Basic " + basic, "echo {\"authorization\": \"Bearer " + token + "\"}", "old Authorization: Bearer " + c.secret(),
		"Cookie: JSESSIONID=" + c.secret(), "Private-Token: " + c.secret(), "dial http://x:" + c.secret() + "@proxy.example.com", "password=" + c.secret(),
		"https://jira.example.com/?token=" + url.QueryEscape(client), "bare " + token, "bare " + next,
	} {
		fmt.Fprintf(&log, "time=2026-11-24T12:00:00.000Z level=ERROR msg=deliver error=%q action=%q\n", words, "comment: "+c.secret())
	}
	must(t, os.WriteFile(filepath.Join(c.dir, "outbox", "jirahook.log"), []byte(log.String()), 0o600))
	c.secrets = append(c.secrets, basic)
	return c
}

// forget takes the line out of the log in which a token stands bare.
func (c *confidence) forget() {
	file := filepath.Join(c.dir, "outbox", "jirahook.log")
	text, _ := os.ReadFile(file)
	lines := slices.DeleteFunc(strings.SplitAfter(string(text), "\n"), func(l string) bool { return strings.Contains(l, "bare ") })
	_ = os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600)
}

// secret makes one.
func (c *confidence) secret() string {
	const letters = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	s := []byte{letters[c.random.IntN(len(letters))]}
	for n := 11 + c.random.IntN(70); len(s) < n; {
		s = append(s, letters[c.random.IntN(len(letters))])
		if c.random.IntN(12) == 0 {
			s = append(s, "_-."[c.random.IntN(3)])
		}
	}
	c.secrets = append(c.secrets, string(s))
	return string(s)
}

func (c *confidence) set(key string, value any) {
	m := c.tree
	parts := strings.Split(key, ".")
	for _, part := range parts[:len(parts)-1] {
		if _, ok := m[part].(map[string]any); !ok {
			m[part] = map[string]any{}
		}
		m = m[part].(map[string]any)
	}
	m[parts[len(parts)-1]] = value
}

// check reads the report; broken: of a file that is no YAML.
func (c *confidence) check(t *testing.T, what string, broken bool) {
	t.Helper()
	text, err := yaml.Marshal(c.tree)
	must(t, err)
	if broken {
		text = append(text, "\tno: [yaml\n"...)
	}
	file := filepath.Join(c.dir, "config.yaml")
	must(t, os.WriteFile(file, text, 0o644))
	report := c.report(t, file)
	for _, s := range c.secrets {
		for i := 0; i+8 <= len(s); i++ {
			if strings.Contains(report, s[i:i+8]) {
				at := strings.Index(report, s[i:i+8])
				t.Fatalf("%s (broken: %v): of the secret %s there is %s:\n…%s…\n%s", what, broken, s, s[i:i+8], report[max(0, at-200):min(len(report), at+200)], text[:min(len(text), 3000)])
			}
		}
	}
}

func (c *confidence) report(t *testing.T, file string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	to := filepath.Join(c.dir, "report.txt")
	_ = os.Remove(to)
	p := process{
		args: append([]string{"jirahook", "bugreport", "--config", file, "-o", to}, args...), environ: c.environ,
		dir: c.dir, stdin: strings.NewReader(""), stdout: &out, stderr: &errs, now: time.Now,
	}
	if code := p.run(context.Background()); code != exitDone {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	info, err := os.Stat(to)
	must(t, err)
	if info.Mode().Perm() != 0o600 || info.Size() > bugreport.MaxSize {
		t.Fatalf("mode %v, %d bytes", info.Mode(), info.Size())
	}
	data, err := os.ReadFile(to)
	must(t, err)
	return string(data)
}

// A report tells enough, and no more than fits, however much is wrong.
func TestBugreportIsOfUse(t *testing.T) {
	c := newConfidence(t, rand.New(rand.NewPCG(1, 2)))
	c.set("jira.url", "http://127.0.0.1:1")
	c.set("server", map[string]any{"kind": "gitea", "url": "https://git.acme.example"})
	c.set("keywords.closing", []any{"fixes", "heals"})
	text, err := yaml.Marshal(c.tree)
	must(t, err)
	file := filepath.Join(c.dir, "config.yaml")
	must(t, os.WriteFile(file, text, 0o600))
	log := filepath.Join(c.dir, "outbox", "jirahook.log")
	line := "time=2026-11-24T12:00:%02d.000Z level=WARN msg=\"refused by Jira\" issue=SHOP-%d action=\"comment: Fix the cart\" problem=\"#ship: there is no \\\"ship it now\\\" here\" advice=\"\"\n"
	var many strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&many, line, i%60, i)
		many.WriteString("time=2026-11-24T12:00:00.000Z level=INFO msg=\"not of interest\"\n")
	}
	must(t, os.WriteFile(log, []byte(many.String()), 0o600))
	report := c.report(t, file)
	for _, want := range []string{
		version(), "go1.", "git version ", "\nJIRA_TOKEN\n", "kind: gitea", `closing: [fixes, "***"]`, `url: "http://***"`, "# default",
		"problem  jira", "SHOP-4999", "#…: there is no \"…\" here", "pushes in the spool: 0",
	} {
		if !strings.Contains(report, want) {
			t.Errorf("not there: %s", want)
		}
	}
	for _, not := range []string{"heals", "acme", "cart", "ship", "SHOP-1 ", "not of interest"} {
		if strings.Contains(report, not) {
			t.Errorf("there: %s", not)
		}
	}
	if more := c.report(t, file, "--with-messages"); !strings.Contains(more, "ship it now") {
		t.Error("the messages were asked for")
	}
	if t.Failed() {
		t.Log(report)
	}
}

// Nothing that is broken keeps the report from being written.
func TestBugreportOfRuins(t *testing.T) {
	for name, spoil := range map[string]func(c *confidence, file string) error{
		"no configuration": func(_ *confidence, file string) error { return os.Remove(file) },
		"a folder in its place": func(_ *confidence, file string) error {
			return errors.Join(os.Remove(file), os.Mkdir(file, 0o700))
		},
		"no YAML": func(_ *confidence, file string) error { return os.WriteFile(file, []byte("\x00\xff{[\t"), 0o600) },
		"a database that is none": func(c *confidence, _ string) error {
			return os.WriteFile(filepath.Join(c.dir, "outbox", "outbox.db"), bytes.Repeat([]byte("no database "), 1000), 0o600)
		},
		"a log that is a link": func(c *confidence, _ string) error {
			log := filepath.Join(c.dir, "outbox", "jirahook.log")
			_ = os.Remove(log)
			return os.Symlink("/etc/passwd", log)
		},
		"an outbox that is a file": func(c *confidence, _ string) error {
			_ = os.RemoveAll(filepath.Join(c.dir, "outbox"))
			return os.WriteFile(filepath.Join(c.dir, "outbox"), nil, 0o600)
		},
		"no git": func(c *confidence, _ string) error {
			t.Setenv("PATH", "/nonexistent")
			c.environ = append(c.environ, "PATH=/nonexistent")
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newConfidence(t, rand.New(rand.NewPCG(3, 4)))
			c.set("jira.url", "http://127.0.0.1:1")
			text, err := yaml.Marshal(c.tree)
			must(t, err)
			file := filepath.Join(c.dir, "config.yaml")
			must(t, os.WriteFile(file, text, 0o600))
			must(t, spoil(c, file))
			report := c.report(t, file)
			for _, part := range []string{"== versions ==", "== configuration", "== doctor ==", "== outbox ==", "== log"} {
				if !strings.Contains(report, part) {
					t.Errorf("without %s:\n%s", part, report)
				}
			}
			if strings.Contains(report, "root:x:0") {
				t.Error("a link was followed")
			}
		})
	}
}

// It never writes over anything.
func TestBugreportWritesOverNothing(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "report.txt")
	must(t, os.WriteFile(file, []byte("mine"), 0o644))
	var errs bytes.Buffer
	p := process{args: []string{"jirahook", "bugreport", "-o", file}, dir: dir, stdout: &bytes.Buffer{}, stderr: &errs, now: time.Now}
	if code := p.run(context.Background()); code != exitUsage || !strings.Contains(errs.String(), "file exists") {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
}
