package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"jirahook/outbox/spool"
)

// An account that may do less than root: what it may not do is told.
func TestDoctorAsAnotherUser(t *testing.T) {
	dir := openFolder(t)
	program := filepath.Join(dir, "jirahook")
	copyProgram(t, program)
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(text), mode))
		must(t, os.Chmod(path, mode))
		return path
	}
	write("token", "fake-token", 0o600)
	config := write("config.yaml", "version: 1\njira: {url: \"http://127.0.0.1:1\", auth: {type: token, secret_file: "+dir+"/token}}\noutbox: {dir: "+dir+"/outbox}\n", 0o644)
	must(t, os.Mkdir(filepath.Join(dir, "outbox"), 0o755))
	if out, err := exec.Command("git", "init", "-q", "--bare", filepath.Join(dir, "app.git")).CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	write("app.git/hooks/post-receive", "#!/bin/sh\nexec "+program+" post-receive\n", 0o744)

	doctor := func() (string, int) {
		cmd := exec.Command(program, "doctor", "--config", config, "--repo", filepath.Join(dir, "app.git"))
		cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GORACE=atexit_sleep_ms=0"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := cmd.CombinedOutput()
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out), exit.ExitCode()
	}
	wants := func(out string, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if !strings.Contains(out, text) {
				t.Errorf("%q is not in:\n%s", text, out)
			}
		}
	}
	out, code := doctor()
	if code != exitUnreachable {
		t.Errorf("exit code %d", code)
	}
	name := spool.AccountName(65534)
	wants(out, "runs as "+name, "token: permission denied", "app.git: hooks/post-receive is not executable for "+name,
		name+" may not write in "+dir+"/outbox, which belongs to root")

	// The folder is its own, but root has left a file in it.
	must(t, os.Chown(filepath.Join(dir, "outbox"), 65534, 65534))
	write("outbox/outbox.db", "", 0o600)
	out, _ = doctor()
	wants(out, name+" may not write "+dir+"/outbox/outbox.db", "chown -R --reference="+dir+"/outbox")

	must(t, os.RemoveAll(filepath.Join(dir, "outbox")))
	out, _ = doctor()
	wants(out, dir+"/outbox is not there, and "+name+" may not make it in "+dir)
}

func copyProgram(t *testing.T, to string) {
	t.Helper()
	program, err := exec.LookPath("jirahook") // see TestMain
	must(t, err)
	from, err := os.Open(program)
	must(t, err)
	defer from.Close()
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE, 0o755)
	must(t, err)
	_, err = io.Copy(file, from)
	must(t, errors.Join(err, file.Close()))
}
