package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The unit file is one that systemd takes, and its command one that we take.
func TestUnitFile(t *testing.T) {
	text, err := os.ReadFile("../../examples/jirahook-worker.service")
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(line, "#") {
			settings[name] = value
		}
	}
	// What the worker is made for: see systemd.go.
	for name, want := range map[string]string{"Type": "notify", "ExecReload": "/bin/kill -HUP $MAINPID", "Restart": "always"} {
		if settings[name] != want {
			t.Errorf("%s=%s, want %s", name, settings[name], want)
		}
	}
	if settings["WatchdogSec"] == "" || settings["ReadWritePaths"] != "/var/lib/jirahook" {
		t.Errorf("settings: %q", settings)
	}
	command := strings.Fields(settings["ExecStart"])
	p := process{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
	cmd, args, err := p.rootCommand().Find(command[1:])
	if err != nil || cmd.Name() != "worker" {
		t.Fatalf("%q: %v", command, err)
	}
	if err := cmd.ParseFlags(args); err != nil {
		t.Errorf("%q: %v", command, err)
	}

	analyze := systemdAnalyze(t)
	// The program must be where the file says.
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), "jirahook-worker.service")
	if err := os.WriteFile(unit, []byte(strings.ReplaceAll(string(text), command[0], program)), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(analyze, "verify", "--man=no", unit).CombinedOutput()
	if err != nil || strings.Contains(string(out), filepath.Base(unit)) {
		t.Errorf("systemd-analyze: %v\n%s", err, out)
	}
}

// systemdAnalyze is the program by which systemd itself looks at unit files. The
// test is left out without it, but not in CI.
func systemdAnalyze(t *testing.T) string {
	t.Helper()
	analyze, err := exec.LookPath("systemd-analyze")
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatal("systemd-analyze is not installed, and systemd's own look at the unit files must be had here")
	default:
		t.Skip("left out: systemd's own look at the unit files, because systemd-analyze is not installed (Debian: systemd)")
	}
	return analyze
}
