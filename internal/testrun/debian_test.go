package main

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// installer runs debian.sh with an apt-get that tells whether the guard stands, and
// then waits to be let go.
type installer struct {
	guard, seen, release string
	cmd                  *exec.Cmd
}

func install(t *testing.T, guard string) *installer {
	t.Helper()
	dir := t.TempDir()
	in := &installer{guard: guard, seen: filepath.Join(dir, "seen"), release: filepath.Join(dir, "release")}
	apt := "#!/bin/sh\necho \"$@\" >\"$SEEN.new\"\n[ -x \"$GUARD\" ] && cat \"$GUARD\" >>\"$SEEN.new\"\nmv \"$SEEN.new\" \"$SEEN\"\n" +
		"while [ ! -e \"$RELEASE\" ] && [ -e \"$SEEN\" ]; do sleep 0.05; done\n"
	if err := os.WriteFile(filepath.Join(dir, "apt-get"), []byte(apt), 0o755); err != nil {
		t.Fatal(err)
	}
	in.cmd = exec.Command("sh", "debian.sh", guard, "one", "two")
	in.cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "GUARD="+guard, "SEEN="+in.seen, "RELEASE="+in.release)
	if err := in.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.WriteFile(in.release, nil, 0o600); _ = in.cmd.Wait() })
	return in
}

// during is what apt-get was told and saw.
func (in *installer) during(t *testing.T) string {
	t.Helper()
	for range 600 {
		if b, err := os.ReadFile(in.seen); err == nil {
			return string(b)
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("apt-get was not run")
	return ""
}

func (in *installer) letGo(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(in.release, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// The guard stands while apt-get runs, which waits for other package managers, and
// is gone however it ends.
func TestGuardIsNeverLeft(t *testing.T) {
	t.Parallel()
	// A run in the background ignores INT, one of nohup HUP, and so would debian.sh,
	// for a shell can trap no signal that it was started without. One that we take is
	// not ignored by our children.
	taken := make(chan os.Signal, 1)
	signal.Notify(taken, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(taken) })
	for name, sig := range map[string]syscall.Signal{"end": 0, "INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := install(t, filepath.Join(t.TempDir(), "policy-rc.d"))
			if told := in.during(t); !strings.Contains(told, "DPkg::Lock::Timeout=") || !strings.Contains(told, "one two") || !strings.Contains(told, "exit 101") {
				t.Errorf("apt-get saw %q", told)
			}
			code := 0
			if sig == 0 {
				in.letGo(t)
			} else if err := in.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			} else {
				code = 128 + int(sig)
			}
			_ = in.cmd.Wait()
			if got := in.cmd.ProcessState.ExitCode(); got != code {
				t.Errorf("exit code %d, want %d", got, code)
			}
			if _, err := os.Stat(in.guard); !os.IsNotExist(err) {
				t.Errorf("the guard is left: %v", err)
			}
		})
	}
}

// What an admin put there stays as it is; what a killed run of ours left does not.
func TestGuardOfOthers(t *testing.T) {
	t.Parallel()
	guard := filepath.Join(t.TempDir(), "policy-rc.d")
	admins := "#!/bin/sh\nexit 0\n"
	if err := os.WriteFile(guard, []byte(admins), 0o755); err != nil {
		t.Fatal(err)
	}
	in := install(t, guard)
	in.during(t)
	in.letGo(t)
	_ = in.cmd.Wait()
	if b, err := os.ReadFile(guard); err != nil || string(b) != admins {
		t.Errorf("the admin's guard is now %q, %v", b, err)
	}

	guard = filepath.Join(t.TempDir(), "policy-rc.d")
	killed := install(t, guard)
	killed.during(t)
	if err := killed.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.cmd.Wait()
	left, err := os.ReadFile(guard)
	if err != nil || !strings.Contains(string(left), "process "+strconv.Itoa(killed.cmd.Process.Pid)) {
		t.Fatalf("nothing is left to be cleared: %q, %v", left, err)
	}
	if out, err := exec.Command("sh", "debian.sh", guard).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("with nothing to install: %v %s", err, out)
	}
	if _, err := os.Stat(guard); !os.IsNotExist(err) {
		t.Errorf("the guard of a killed run is left: %v", err)
	}
	if err := os.WriteFile(guard, left, 0o755); err != nil {
		t.Fatal(err)
	}
	in = install(t, guard)
	if told := in.during(t); !strings.Contains(told, "exit 101") || strings.Contains(told, string(left)) {
		t.Errorf("apt-get saw %q", told)
	}
	in.letGo(t)
	_ = in.cmd.Wait()
	if _, err := os.Stat(guard); !os.IsNotExist(err) {
		t.Errorf("the guard is left: %v", err)
	}
}
