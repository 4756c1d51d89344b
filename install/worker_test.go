package install

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func usualWorker() Worker {
	return Worker{Script: Script{Program: "/usr/local/bin/jirahook"}, User: "git", Outbox: "/var/lib/jirahook"}
}

// The unit that can be put in place by hand, and that packages bring, is the one that
// install writes.
func TestExampleUnit(t *testing.T) {
	example, err := os.ReadFile("../examples/jirahook-worker.service")
	if err != nil {
		t.Fatal(err)
	}
	if !sameUnit(example, usualWorker().unit()) {
		t.Errorf("../examples/jirahook-worker.service is not\n%s", usualWorker().unit())
	}
	m := Machine{IsRoot: true, Systemd: true, Packaged: File{Kind: Regular, Content: example}}
	plan, err := InstallWorker(m, usualWorker(), AnyRunner)
	if err != nil || len(plan.Unchanged) != 1 || plan.Unchanged[0] != packagedFile {
		t.Errorf("a package's unit is not taken: %+v, %v", plan, err)
	}
	other := usualWorker()
	other.User = "gitolite3"
	if plan, err := InstallWorker(m, other, AnyRunner); err != nil || plan.Changes[0].Path != unitFile || plan.Changes[0].Op != Write {
		t.Errorf("a package's unit of another account is taken: %+v, %v", plan, err)
	}
}

// Whatever is in a path, systemd finds the same one.
func TestUnitIsReadBySystemd(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("systemd-analyze is not installed, and this test must run here")
		}
		t.Skip("left out: systemd's own reading of units, because systemd-analyze is not installed (Debian: systemd)")
	}
	for _, name := range []string{"plain", "with a blank", `quote"d`, "per%cent", "dol$lar", `back\slash`} {
		dir := filepath.Join(t.TempDir(), name)
		program := filepath.Join(dir, "jirahook")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(name, `"\`) {
			if _, err := InstallWorker(Machine{IsRoot: true, Systemd: true}, Worker{Script: Script{Program: program}}, AnyRunner); !errors.Is(err, ErrUsage) {
				t.Errorf("%s: %v", program, err)
			}
			program = filepath.Join(t.TempDir(), "jirahook")
		}
		if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		w := Worker{Script: Script{Program: program, Config: filepath.Join(dir, "config.yaml")}, User: "root", Outbox: dir}
		unit := filepath.Join(t.TempDir(), unitName)
		if err := os.WriteFile(unit, w.unit(), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("systemd-analyze", "verify", "--man=no", unit).CombinedOutput()
		if said := about(string(out), unitName); err != nil || said != "" {
			t.Errorf("%s: %v\n%s", name, err, said)
		}
	}
}

// about are the lines about a unit; others are about the machine's.
func about(text, unit string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.Contains(line, unit) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// An account's own table keeps all that is not ours.
func TestCrontab(t *testing.T) {
	w := usualWorker()
	w.Program = "/home/me/100%/jirahook"
	for _, others := range []string{"", "MAILTO=me\n1 2 * * * backup\n", "1 2 * * * without-a-line-feed", "# a comment\n"} {
		m := Machine{Crontab: true, Jobs: []byte(others)}
		install := func(want int) {
			t.Helper()
			plan, err := InstallWorker(m, w, AnyRunner)
			if err != nil || len(plan.Changes) != want {
				t.Fatalf("with %q: %+v, %v", m.Jobs, plan, err)
			}
			for _, c := range plan.Changes {
				m.Jobs = c.Command.Stdin
			}
		}
		install(1)
		if !strings.Contains(string(m.Jobs), "\n* * * * * '/home/me/100\\%/jirahook' deliver >/dev/null 2>&1\n") {
			t.Errorf("the table is %q", m.Jobs)
		}
		install(0)
		w.Outbox += "/other" // not part of the job
		install(0)
		plan := UninstallWorker(m)
		if len(plan.Changes) != 1 {
			t.Fatalf("%+v", plan)
		}
		if got := strings.TrimSuffix(string(plan.Changes[0].Command.Stdin), "\n"); got != strings.TrimSuffix(others, "\n") {
			t.Errorf("afterwards %q, before %q", got, others)
		}
		m.Jobs = plan.Changes[0].Command.Stdin
		if plan := UninstallWorker(m); len(plan.Changes) > 0 {
			t.Errorf("taken away twice: %+v", plan)
		}
	}
}
