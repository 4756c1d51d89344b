package install

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Worker is what sends what had to wait: `jirahook worker` as a service of systemd,
// else `jirahook deliver` by cron.
type Worker struct {
	Script
	User   string // the account that runs the hooks, whose outbox it is
	Outbox string // its folder, absolute
}

// Runner is by what a worker is run.
type Runner string

// The runners, as --worker names them.
const (
	AnyRunner Runner = "auto"    // the first of these that the machine has
	Systemd   Runner = "systemd" // /etc/systemd/system
	Cron      Runner = "cron"    // /etc/cron.d, or the account's own table
	NoRunner  Runner = "none"    // somebody else looks after it
)

// Runners are all that --worker may name.
func Runners() []Runner { return []Runner{AnyRunner, Systemd, Cron, NoRunner} }

const (
	unitName = "jirahook-worker.service"
	unitFile = "/etc/systemd/system/" + unitName
	// packagedFile is that of a .deb or .rpm; one in /etc hides it.
	packagedFile = "/usr/lib/systemd/system/" + unitName
	cronFile     = "/etc/cron.d/jirahook"
)

// Machine is what runs services and jobs on a machine, and what of ours is there.
type Machine struct {
	Root    string // before all paths, and then no command is run: DESTDIR
	IsRoot  bool
	Systemd bool // it runs (sd_booted(3))
	CronD   bool // a cron daemon is there that reads /etc/cron.d
	Crontab bool // an account may have jobs of its own

	Unit, Packaged, Job File
	Enabled, Active     bool
	Jobs                []byte // the account's own table
}

// LookAtMachine reads what is there.
func LookAtMachine(ctx context.Context, root string) (Machine, error) {
	m := Machine{Root: root, IsRoot: os.Geteuid() == 0}
	m.Systemd = isThere(root + "/run/systemd/system")
	m.CronD = isThere(root+"/etc/cron.d") && (hasProgram("cron") || hasProgram("crond"))
	m.Crontab = root == "" && !m.IsRoot && hasProgram("crontab")
	for file, name := range map[*File]string{&m.Unit: unitFile, &m.Packaged: packagedFile, &m.Job: cronFile} {
		var err error
		if *file, err = lookAt(root + name); err != nil {
			return m, err
		}
	}
	if m.Systemd && root == "" {
		m.Enabled = exec.CommandContext(ctx, "systemctl", "is-enabled", "--quiet", unitName).Run() == nil
		m.Active = exec.CommandContext(ctx, "systemctl", "is-active", "--quiet", unitName).Run() == nil
	}
	if m.Crontab {
		m.Jobs, _ = exec.CommandContext(ctx, "crontab", "-l").Output() // it fails where there is none
	}
	return m, nil
}

// hasProgram also finds those of an administrator that an account's path leaves out.
func hasProgram(name string) bool {
	if _, err := exec.LookPath(name); err == nil {
		return true
	}
	return isExecutableFile("/usr/sbin/"+name) || isExecutableFile("/sbin/"+name)
}

func isExecutableFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// runner is what runs the worker on this machine.
func (m Machine) runner(wanted Runner) (Runner, error) {
	systemd, cron := m.Systemd && m.IsRoot, m.CronD && m.IsRoot || m.Crontab
	switch {
	case wanted == NoRunner:
		return NoRunner, nil
	case wanted == Systemd && !systemd:
		return "", fmt.Errorf("%w: systemd does not run here, or you are not root", ErrUsage)
	case wanted == Cron && !cron:
		return "", fmt.Errorf("%w: there is no cron here that you could use", ErrUsage)
	case wanted == Cron || wanted == AnyRunner && !systemd && cron:
		return Cron, nil
	case wanted == Systemd || wanted == AnyRunner && systemd:
		return Systemd, nil
	case wanted == AnyRunner:
		return NoRunner, nil
	}
	return "", fmt.Errorf("%w: there is no runner %q", ErrUsage, wanted)
}

// InstallWorker decides what has to change for what waits to be sent.
func InstallWorker(m Machine, w Worker, wanted Runner) (Plan, error) {
	var p Plan
	runner, err := m.runner(wanted)
	if err != nil {
		return p, err
	}
	switch runner {
	case Systemd:
		if strings.ContainsAny(w.Program, `"'\`) {
			return p, fmt.Errorf("%w: systemd runs no program of that name, %s", ErrUsage, w.Program)
		}
		p.cron(m, nil) // one of them is enough
		p.systemd(m, w)
	case Cron:
		p.cron(m, w.job(m.Crontab))
	case NoRunner:
		if wanted != NoRunner {
			p.advise("nothing sends what has to wait, for neither systemd nor cron is here: keep this running as " + w.User + ": " + w.worker())
		}
	}
	return p, nil
}

// systemd puts the unit in place, and lets it begin now and with the machine.
func (p *Plan) systemd(m Machine, w Worker) {
	want := w.unit()
	wrote := false
	switch {
	case sameUnit(m.Packaged.Content, want) && m.Unit.Kind == Absent:
		p.Unchanged = append(p.Unchanged, packagedFile)
	case bytes.Equal(m.Unit.Content, want), m.Unit.Kind != Absent && !isOurs(m.Unit): // an admin's own is left alone
		p.Unchanged = append(p.Unchanged, unitFile)
	default:
		p.makeAbove(m.Root + unitFile)
		p.add(Change{Op: Write, Path: m.Root + unitFile, Content: want, Mode: 0o644})
		wrote = true
	}
	if m.Root != "" {
		return
	}
	if wrote {
		p.run([]Command{{Args: []string{"systemctl", "daemon-reload"}}})
	}
	if !m.Enabled {
		p.run([]Command{{Args: []string{"systemctl", "enable", "--quiet", unitName}}})
	}
	// It says that it is ready when it has its outbox; nobody waits for that here.
	if wrote || !m.Active {
		p.run([]Command{{Args: []string{"systemctl", "restart", "--no-block", unitName}}})
	}
}

// cron puts a job in place; nil takes ours away.
func (p *Plan) cron(m Machine, job []byte) {
	if m.Crontab {
		p.crontab(m, job)
		return
	}
	ours := m.Job.Kind == Regular && isOurs(m.Job)
	switch {
	case job == nil && ours:
		p.add(Change{Op: Remove, Path: m.Root + cronFile})
	case job == nil:
	case bytes.Equal(m.Job.Content, job), m.Job.Kind != Absent && !ours:
		p.Unchanged = append(p.Unchanged, cronFile)
	default:
		p.add(Change{Op: Write, Path: m.Root + cronFile, Content: job, Mode: 0o644})
	}
}

// crontab does that in the account's own table, where ours are the lines from the
// marker to the job.
func (p *Plan) crontab(m Machine, job []byte) {
	var others []string
	skip := false
	for line := range strings.Lines(string(m.Jobs)) {
		switch {
		case strings.TrimSpace(line) == marker:
			skip = true
		case skip:
			skip = false
		default:
			others = append(others, line)
		}
	}
	table := strings.Join(others, "")
	if table != "" && !strings.HasSuffix(table, "\n") {
		table += "\n"
	}
	table += string(job)
	if table == string(m.Jobs) {
		if job != nil {
			p.Unchanged = append(p.Unchanged, "crontab")
		}
		return
	}
	p.run([]Command{{Args: []string{"crontab", "-"}, Stdin: []byte(table)}})
}

// UninstallWorker decides what has to change for nothing of ours to be run.
func UninstallWorker(m Machine) Plan {
	var p Plan
	p.cron(m, nil)
	if m.Root == "" && m.IsRoot && (m.Enabled || m.Active) && (m.Unit.Kind == Absent || isOurs(m.Unit)) {
		p.run([]Command{{Args: []string{"systemctl", "disable", "--quiet", "--now", unitName}}})
	}
	if m.IsRoot && isOurs(m.Unit) {
		p.add(Change{Op: Remove, Path: m.Root + unitFile})
		if m.Root == "" && m.Systemd {
			p.run([]Command{{Args: []string{"systemctl", "daemon-reload"}}})
		}
	}
	return p
}

// WorkerStatus says what runs the worker.
func WorkerStatus(m Machine, w Worker) State {
	st := State{Server: Server(Systemd), Hook: unitFile, State: NotInstalled, Drift: []string{}}
	unit := m.Unit
	if unit.Kind == Absent && m.Enabled {
		unit, st.Hook = m.Packaged, packagedFile
	}
	switch {
	case unit.Kind != Absent:
		st.State = "installed"
		if same := sameUnit(unit.Content, w.unit()); !same && !isOurs(unit) {
			st.State = "by hand"
		} else if !same {
			st.Drift = append(st.Drift, "its text is not what this version writes")
		}
		if m.Systemd && m.Root == "" && !m.Enabled {
			st.Drift = append(st.Drift, "it is not enabled: it will not begin with the machine")
		}
		if m.Systemd && m.Root == "" && !m.Active {
			st.Drift = append(st.Drift, "it does not run: systemctl status "+unitName)
		}
	case m.Job.Kind != Absent:
		st.Server, st.Hook, st.State = Server(Cron), cronFile, "installed"
		if !isOurs(m.Job) {
			st.State = "by hand"
		}
	case strings.Contains(string(m.Jobs), marker):
		st.Server, st.Hook, st.State = Server(Cron), "crontab", "installed"
	}
	return st
}

func isOurs(f File) bool { return strings.Contains("\n"+string(f.Content), "\n"+marker+"\n") }

// makeAbove adds the folders above a file that are missing.
func (p *Plan) makeAbove(file string) {
	missing, _, err := folders(file, 0)
	if err != nil {
		return // writing the file will say so
	}
	for n := missing; n > 0; n-- {
		folder := file
		for range n {
			folder = filepath.Dir(folder)
		}
		p.mkdir(folder)
	}
}

//go:embed worker.service
var workerService string

// unit is the service's file.
func (w Worker) unit() []byte {
	return []byte(strings.NewReplacer("USER", w.User, "COMMAND", unitWord(w.Program)+w.config(argumentWord), "OUTBOX", unitWord(w.Outbox)).Replace(workerService))
}

// sameUnit compares units, but for what they say of themselves.
func sameUnit(a, b []byte) bool { return bytes.Equal(withoutComments(a), withoutComments(b)) }

func withoutComments(unit []byte) []byte {
	var kept []byte
	for line := range bytes.Lines(unit) {
		if !bytes.HasPrefix(line, []byte("#")) {
			kept = append(kept, line...)
		}
	}
	return kept
}

// argumentWord makes one argument of a command (systemd.service(5), COMMAND LINES).
func argumentWord(s string) string { return unitWord(strings.ReplaceAll(s, "$", "$$")) }

// unitWord makes one word of a unit's line (systemd.syntax(7)).
func unitWord(s string) string {
	s = strings.ReplaceAll(s, "%", "%%")
	if !strings.ContainsAny(s, " \t\"'\\;") {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// job is a job that sends what waits, each minute; own: in the account's own table.
func (w Worker) job(own bool) []byte {
	// In such a line a percent sign ends the command (crontab(5)).
	command := strings.ReplaceAll(Quote(w.Program)+w.config(Quote)+" deliver >/dev/null 2>&1", "%", `\%`)
	if own {
		return []byte(marker + "\n* * * * * " + command + "\n")
	}
	return []byte(marker + "\n* * * * * " + w.User + " " + command + "\n")
}

// worker is the command for a person's eyes.
func (w Worker) worker() string { return Quote(w.Program) + w.config(Quote) + " worker" }

func (w Worker) config(word func(string) string) string {
	if w.Config == "" {
		return ""
	}
	return " --config " + word(w.Config)
}
