package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"jirahook/config"
	"jirahook/install"
	"jirahook/outbox"
	"jirahook/outbox/spool"
	"jirahook/outbox/store"
	"jirahook/wiki"
)

const (
	// old is the age from which what waits is more than a hiccup of Jira.
	old = 10 * time.Minute
	// roomy is the room in bytes, and in files, below which a disk is nearly full.
	roomy, roomyFiles = 64 << 20, 1000
)

// outbox looks at where pushes are kept.
func (e *examination) outbox(ctx context.Context) []finding {
	cfg := e.cfg.Outbox
	all := diskFindings(cfg)
	if all[len(all)-1].Status == problem && all[len(all)-1].Check == "outbox" {
		return all
	}
	all = append(all, e.spool(cfg.Dir)...)
	return append(all, e.database(ctx, cfg)...)
}

func diskFindings(cfg config.Outbox) []finding {
	dir := cfg.Dir
	d, err := outbox.InspectDisk(dir)
	wrong := func(says, advice string) []finding {
		return []finding{{Check: "outbox", Status: problem, Says: says, Advice: strings.ReplaceAll(advice, "DIR", dir), code: exitUnreachable}}
	}
	owner := userNamed(d.Owner)
	switch {
	case err != nil:
		return wrong(err.Error(), adviceOutbox)
	case d.ReadOnly:
		return wrong(dir+" is on a file system that is mounted read-only", "")
	case d.Missing && !d.Writable:
		return wrong(dir+" is not there, and "+userWords().name+" may not make it in "+d.Parent, adviceOutbox)
	case !d.Writable:
		return wrong(fmt.Sprintf("%s may not write in %s, which belongs to %s", userWords().name, dir, owner), adviceOutbox)
	case len(d.NotPlain) > 0:
		return wrong(wiki.OneLine(someOf(d.NotPlain, 3)), adviceNotPlain)
	case len(d.Foreign) > 0:
		return wrong(userWords().name+" may not write "+someOf(d.Foreign, 3), adviceForeign)
	}
	var all []finding
	if d.Missing {
		all = append(all, finding{Check: "outbox", Status: fine, Says: dir + " is not there yet: the first push makes it in " + d.Parent})
	} else {
		all = append(all, finding{Check: "outbox", Status: fine, Says: dir + " can be written; it belongs to " + owner})
	}
	if d.Others {
		all = append(all, finding{Check: "outbox", Status: warning, Says: "others than " + owner + " may make and rename files in " + dir, Advice: strings.ReplaceAll(adviceOthers, "DIR", dir)})
	}
	if d.Free < roomy || d.Files > 0 && d.Files < roomyFiles {
		return append(all, finding{Check: "disk", Status: problem, Says: fmt.Sprintf("%d MB and %d files are free where %s is", d.Free>>20, d.Files, dir), Advice: adviceFull})
	}
	return append(all, finding{Check: "disk", Status: fine, Says: fmt.Sprintf("%d MB free", d.Free>>20)})
}

func (e *examination) spool(dir string) []finding {
	kept := spool.Peek(dir)
	n, oldest, err := kept.Backlog()
	if errors.Is(err, os.ErrNotExist) {
		return nil // nothing was ever pushed
	}
	if err != nil {
		return []finding{{Check: "spool", Status: problem, Says: err.Error(), code: exitUnreachable}}
	}
	var all []finding
	switch age := e.p.now().Sub(oldest); {
	case n == 0:
		all = append(all, finding{Check: "spool", Status: fine, Says: "no push waits to be taken in"})
	case age > old:
		all = append(all, finding{Check: "spool", Status: problem, Says: fmt.Sprintf("%s to be taken in, the oldest for %s", waits(n, "push", "pushes"), rounded(age)), Advice: adviceSpool})
	default:
		all = append(all, finding{Check: "spool", Status: fine, Says: fmt.Sprintf("%s to be taken in, for %s", waits(n, "push", "pushes"), rounded(age))})
	}
	if bad, err := kept.Bad(); err != nil {
		all = append(all, finding{Check: "spool", Status: problem, Says: err.Error()})
	} else if len(bad) > 0 {
		all = append(all, finding{Check: "spool", Status: problem, Says: fmt.Sprintf("set aside: %d (%s: %s)", len(bad), bad[0].Push, bad[0].Why), Advice: adviceBad})
	}
	if aside, err := store.Aside(dir); err == nil && len(aside) > 0 {
		all = append(all, finding{Check: "database", Status: warning, Says: "was damaged and set aside: " + someOf(aside, 3), Advice: store.AsideAdvice})
	}
	return all
}

func (e *examination) database(ctx context.Context, cfg config.Outbox) []finding {
	found, err := outbox.Inspect(ctx, outbox.Options{Dir: cfg.Dir, Database: cfg.Database, Workers: 1})
	switch {
	case errors.Is(err, store.ErrOlder):
		return []finding{{Check: "database", Status: warning, Says: err.Error(), Advice: adviceOlder}}
	case errors.Is(err, store.ErrNewer):
		return []finding{{Check: "database", Status: problem, Says: err.Error(), Advice: adviceNewer, code: exitUnreachable}}
	case errors.Is(err, store.ErrNetwork):
		return []finding{{Check: "database", Status: problem, Says: err.Error(), Advice: adviceNetwork, code: exitUnreachable}}
	case err != nil:
		advice := ""
		if cfg.Database != "sqlite" {
			advice = advicePostgres
		}
		return []finding{{Check: "database", Status: problem, Says: err.Error(), Advice: advice, code: exitUnreachable}}
	case found.Damage != "":
		return []finding{{Check: "database", Status: problem, Says: "the database is damaged: " + found.Damage, Advice: adviceDatabase, code: exitUnreachable}}
	case found.New:
		return []finding{{Check: "database", Status: fine, Says: "there is none yet: the first push makes it"}, e.comingWorker(ctx)}
	}
	says := "opens, and its pages are sound"
	if found.Partly {
		says = "opens; it is too large to look through all of it"
	} else if cfg.Database != "sqlite" {
		says = "PostgreSQL answers"
	}
	all := []finding{{Check: "database", Status: fine, Says: says}}
	all = append(all, queueFindings(found, e.p.now())...)
	all = append(all, e.workerFinding(found, cfg.Dir))
	if kept, _, err := spool.Peek(cfg.Dir).Backlog(); err == nil && kept == 0 {
		e.pushed = found.Pushed // else more will be on record
	}
	return append(all, pauseFindings(found.Sites)...)
}

// comingWorker says who will send what has to wait, before anything has been kept and
// so anybody seen: what is set up on this machine.
func (e *examination) comingWorker(ctx context.Context) finding {
	root, _ := e.p.getenv("DESTDIR")
	machine, err := install.LookAtMachine(ctx, root)
	if err != nil {
		return finding{Check: "worker", Status: warning, Says: err.Error()}
	}
	is := install.WorkerStatus(machine, install.Worker{})
	switch {
	case is.State == install.NotInstalled:
		return finding{Check: "worker", Status: warning, Says: "nobody will send what has to wait: neither a service of systemd nor a job of cron is set up here", Advice: adviceWorker}
	case is.Server == install.Server(install.Systemd) && machine.Systemd && root == "" && !machine.Active:
		return finding{Check: "worker", Status: warning, Says: "nobody will send what has to wait: " + is.Hook + " is there, and does not run", Advice: adviceWorker}
	}
	return finding{Check: "worker", Status: fine, Says: is.Hook + " will send what has to wait"}
}

// workerFinding says who sends what had to wait.
func (e *examination) workerFinding(found outbox.Inspection, dir string) finding {
	f := finding{Check: "worker", Status: fine}
	ago := func(at time.Time) string { return rounded(max(e.p.now().Sub(at), 0)) + " ago" }
	if len(found.Senders) > 0 {
		s := found.Senders[0]
		f.Says = fmt.Sprintf("jirahook %s on %s sends what waits; seen %s", s.Kind, s.Host, ago(s.At))
		if e.p.now().Sub(s.At) <= outbox.Attended {
			return f
		}
		f.Says = fmt.Sprintf("nobody sends what waits: jirahook %s on %s was last seen %s", s.Kind, s.Host, ago(s.At))
	} else {
		f.Says = "nobody sends what waits: neither jirahook worker nor jirahook deliver has ever been seen"
	}
	f.Status, f.Advice = warning, adviceWorker
	waiting := found.Counts.Queued + found.Counts.Sending
	if kept, _, err := spool.Peek(dir).Backlog(); err == nil { // else that has been told
		waiting += kept
	}
	if waiting > 0 {
		f.Status = problem
	}
	return f
}

func queueFindings(found outbox.Inspection, now time.Time) []finding {
	var all []finding
	c := found.Counts
	if waiting := c.Queued + c.Sending; waiting > 0 && now.Sub(c.Oldest) > old {
		all = append(all, finding{Check: "queue", Status: warning, Says: fmt.Sprintf("%s for Jira, the oldest for %s", waits(waiting, "action", "actions"), rounded(now.Sub(c.Oldest))), Advice: adviceWaiting})
	} else if waiting > 0 {
		all = append(all, finding{Check: "queue", Status: fine, Says: waits(waiting, "action", "actions") + " for Jira"})
	}
	if c.Dead > 0 {
		all = append(all, finding{Check: "queue", Status: problem, Says: fmt.Sprintf("refused by Jira or given up: %s", counted(c.Dead, "action")), Advice: adviceDead})
	}
	if n := len(found.Held); n > 0 {
		h := found.Held[0]
		all = append(all, finding{Check: "queue", Status: problem, Says: fmt.Sprintf("held: %d (%s in %s: %s)", n, h.Push, h.Repository, h.Why), Advice: adviceHeld})
	}
	if len(all) == 0 {
		all = append(all, finding{Check: "queue", Status: fine, Says: "nothing waits, nothing was refused"})
	}
	return all
}

func pauseFindings(sites []outbox.Site) []finding {
	var all []finding
	for _, s := range sites {
		if s.Pause == "" {
			continue
		}
		f := finding{Check: "pause", About: s.Name, Status: problem, Says: fmt.Sprintf("left alone since %s: %s", stamp(s.Since), s.Reason), Advice: s.Advice}
		if s.Pause == outbox.PauseAway {
			f.Status = warning
		}
		if f.Advice == "" {
			f.Advice = advicePaused
		}
		all = append(all, f)
	}
	return all
}

func waits(n int, one, many string) string {
	if n == 1 {
		return "1 " + one + " waits"
	}
	return fmt.Sprintf("%d %s wait", n, many)
}

// rounded is a duration without what nobody reads.
func rounded(d time.Duration) string {
	switch {
	case d > 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d > time.Minute:
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	}
	return d.Round(time.Second).String()
}
