package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"jirahook/internal/jiratest"
)

// bed is a Jira, an outbox, and repositories whose pushes are played: the hook
// is run as git runs it.
type bed struct {
	program string
	dir     string
	jira    *jiratest.Server
	repos   int
	began   int64 // Unix time of the first commits
}

// config chooses what a bed measures.
type config struct {
	latency  time.Duration
	database string
	wait     string // delivery.wait
	links    bool   // web links beside the comments
	issues   int
	more     string // of the configuration
}

func newBed(program, dir string, c config) (*bed, error) {
	b := &bed{program: program, dir: dir, began: time.Now().Add(-24 * time.Hour).Unix(), jira: jiratest.New(jiratest.Options{Flavour: jiratest.DataCenter10, Latency: c.latency})}
	if err := b.jira.Start(); err != nil {
		return nil, err
	}
	b.jira.AddProject("SHOP", jiratest.SimpleWorkflow())
	for i := range c.issues {
		b.jira.AddIssue(fmt.Sprint("SHOP-", i+1), "An issue")
	}
	_, _, token := b.jira.Credentials()
	server := "server: {root: " + dir + "}\n"
	if c.links {
		server = "server: {kind: gitlab, url: \"https://git.example.com\", root: " + dir + "}\n"
	}
	text := fmt.Sprintf("version: 1\njira: {url: %q, auth: {type: token, secret_file: %s}, rate: 10000}\nprojects: [SHOP]\n%s"+
		"outbox: {dir: %s, database: %q}\ndelivery: {wait: %s, workers: 8}\n%s",
		b.jira.URL(), filepath.Join(dir, "token"), server, filepath.Join(dir, "outbox"), c.database, c.wait, c.more)
	return b, errors.Join(
		os.MkdirAll(dir, 0o700),
		os.WriteFile(filepath.Join(dir, "token"), []byte(token+"\n"), 0o600),
		os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(text), 0o600))
}

// push is one that has arrived, and its hook not yet run.
type push struct{ dir, lines string }

// newPush makes a repository of one first commit and so many that came after it,
// each with a message of its own.
func (b *bed) newPush(messages []string) (push, error) {
	dir, ids, err := b.history(messages)
	if err != nil {
		return push{}, err
	}
	return push{dir, lines(ids[0], ids[len(messages)])}, nil
}

func lines(before, after string) string { return fmt.Sprintf("%s %s refs/heads/main\n", before, after) }

// history makes a repository of one first commit and one for each message, and
// tells the ids of all.
func (b *bed) history(messages []string) (dir string, ids []string, err error) {
	b.repos++
	dir = filepath.Join(b.dir, fmt.Sprintf("repo%d.git", b.repos))
	if out, err := exec.Command("git", "init", "-q", "--bare", "-b", "main", dir).CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("git init: %w: %s", err, out)
	}
	ids, err = b.fastImport(dir, append([]string{"begin"}, messages...), 0)
	return dir, ids, err
}

// rebased makes the commits of the last repository's history anew on another first one,
// and tells the id of the last.
func (b *bed) rebased(dir string, messages []string) (tip string, err error) {
	if out, err := exec.Command("git", "-C", dir, "update-ref", "-d", "refs/heads/main").CombinedOutput(); err != nil {
		return "", fmt.Errorf("git update-ref: %w: %s", err, out)
	}
	ids, err := b.fastImport(dir, append([]string{"begin anew"}, messages...), 60)
	if err != nil {
		return "", err
	}
	return ids[len(messages)], nil
}

// fastImport makes commits on main, committed so many seconds after their authors made
// them.
func (b *bed) fastImport(dir string, messages []string, later int64) (ids []string, err error) {
	var stream bytes.Buffer
	for i, m := range messages {
		// No two changes have the same author and time.
		fmt.Fprintf(&stream, "commit refs/heads/main\nmark :%d\nauthor Ann <ann%d@example.com> %d +0000\ncommitter Ann <ann@example.com> %d +0000\ndata %d\n%s\n",
			i+1, b.repos, b.began+int64(i), b.began+int64(i)+later, len(m), m)
	}
	marks := filepath.Join(dir, "marks")
	cmd := exec.Command("git", "-C", dir, "fast-import", "--quiet", "--export-marks="+marks)
	cmd.Stdin = &stream
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("git fast-import: %w: %s", err, out)
	}
	data, err := os.ReadFile(marks)
	if err != nil {
		return nil, err
	}
	ids = make([]string, len(messages))
	for line := range strings.Lines(string(data)) {
		var mark int
		var id string
		if _, err := fmt.Sscanf(line, ":%d %s", &mark, &id); err != nil {
			return nil, err
		}
		ids[mark-1] = id
	}
	return ids, nil
}

// hook runs the hook of a push and returns how long it took.
func (b *bed) hook(p push) (time.Duration, error) {
	took, _, err := b.hookWatched(p, func(int) int { return 0 })
	return took, err
}

// hookWatched is hook; watch is told the process's id and returns when that has
// ended.
func (b *bed) hookWatched(p push, watch func(pid int) int) (took time.Duration, watched int, err error) {
	cmd := exec.Command(b.program, "--config", filepath.Join(b.dir, "config.yaml"), "post-receive")
	cmd.Dir, cmd.Stdin = p.dir, strings.NewReader(p.lines)
	cmd.Env = append(os.Environ(), "GIT_DIR=.")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	if err = cmd.Start(); err == nil {
		watched = watch(cmd.Process.Pid)
		err = cmd.Wait()
	}
	took = time.Since(began)
	if err != nil {
		err = fmt.Errorf("hook: %w: %s", err, &out)
	}
	return took, watched, err
}

// run runs another command of the program.
func (b *bed) run(args ...string) (time.Duration, error) {
	took, _, err := b.runCounting(args...)
	return took, err
}

// runCounting also tells how long processors worked for the program alone: the
// fake Jira runs beside it.
func (b *bed) runCounting(args ...string) (took, cpu time.Duration, err error) {
	began := time.Now()
	cmd := exec.Command(b.program, append([]string{"--config", filepath.Join(b.dir, "config.yaml")}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w: %s", args[0], err, out)
	}
	return time.Since(began), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// busy is how long Jira took for its answers since the last call of requests.
func (b *bed) busy() time.Duration { return b.jira.Busy() }

// requests counts what Jira was asked since the last call.
func (b *bed) requests() int {
	n := len(b.jira.Requests())
	b.jira.ClearRequests()
	return n
}

func (b *bed) comments() int {
	n := 0
	for _, key := range b.jira.Keys() {
		n += len(b.jira.Issue(key).Comments)
	}
	return n
}
