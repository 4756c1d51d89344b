package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// host is a machine with an outbox that belongs to an account, a repository of
// its, and the program, which is run for real.
type host struct {
	t            *testing.T
	dir          string // what follows lies in it
	program      string
	config       string
	outbox, repo string
	owner        int // user and group id
	ids          int
}

// stranger is the account daemon, which every Linux has.
const stranger = 1

// openFolder is one for the programs of other accounts, which only root can run.
func openFolder(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("this test must run here, as root")
		}
		t.Skip("left out: only root can run a program as somebody else")
	}
	dir, err := os.MkdirTemp("", "open") // t.TempDir's parent is closed to others
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	return dir
}

func newHost(t *testing.T, owner int) *host {
	t.Helper()
	dir := openFolder(t)
	h := &host{t: t, dir: dir, program: dir + "/jirahook", config: dir + "/config.yaml", outbox: dir + "/outbox", repo: dir + "/app.git", owner: owner}
	copyProgram(t, h.program)
	h.write("token", "fake-token")
	h.write("config.yaml", "version: 1\njira: {url: \"http://127.0.0.1:1\", auth: {type: token, secret_file: "+dir+"/token}}\noutbox: {dir: "+h.outbox+"}\n")
	must(t, os.Chmod(h.config, 0o644))
	script := `git init -q --bare -b main "$1" && cd "$1" && git update-ref refs/heads/main $(git commit-tree -m "SHOP-1 first" $(git hash-object -w -t tree /dev/null))`
	cmd := exec.Command("sh", "-c", script, "sh", h.repo)
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	h.fresh()
	return h
}

func (h *host) write(name, text string) {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	must(h.t, os.WriteFile(path, []byte(text), 0o600))
	must(h.t, os.Chown(path, h.owner, h.owner))
}

// fresh is a new outbox with a push that cannot be read.
func (h *host) fresh() {
	h.t.Helper()
	must(h.t, os.RemoveAll(h.outbox))
	for _, folder := range []string{"outbox", "outbox/spool", "outbox/spool/bad"} {
		must(h.t, os.Mkdir(filepath.Join(h.dir, folder), 0o700))
		must(h.t, os.Chown(filepath.Join(h.dir, folder), h.owner, h.owner))
	}
	h.write("outbox/spool/20260101T000000.000000-1-0.push", "no push")
}

// run runs the program as somebody, with a push on standard input. A hang ends
// the test.
func (h *host) run(as int, args ...string) (string, int) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	tip, err := os.ReadFile(h.repo + "/refs/heads/main")
	must(h.t, err)
	cmd.Stdin = strings.NewReader(strings.Repeat("0", 40) + " " + strings.TrimSpace(string(tip)) + " refs/heads/main\n")
	cmd.Dir = h.repo
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + h.dir, "GIT_DIR=.", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
		"JIRAHOOK_CONFIG=" + h.config, "GORACE=atexit_sleep_ms=0"}
	if as != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(as), Gid: uint32(as)}}
	}
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		h.t.Fatalf("%v hangs: %s", args, out)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(out), exit.ExitCode()
	}
	must(h.t, err)
	return string(out), 0
}

// jirahook runs the program.
func (h *host) jirahook(as int, args ...string) (string, int) {
	h.t.Helper()
	return h.run(as, append([]string{h.program}, args...)...)
}
