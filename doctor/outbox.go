package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"jirahook/config"
	"jirahook/install"
	"jirahook/outbox"
	"jirahook/outbox/spool"
	"jirahook/outbox/store"
	"jirahook/wiki"
	"jirahook/words"
)

const (
	// old is the age from which what waits is more than a hiccup of Jira.
	old = 10 * time.Minute
	// roomy is the room in bytes, and in files, below which a disk is nearly full.
	roomy, roomyFiles = 64 << 20, 1000
)

// outbox looks at where pushes are kept.
func (e *examination) outbox(ctx context.Context) []Finding {
	cfg := e.cfg.Outbox
	all := diskFindings(cfg, e.User.Name)
	if all[len(all)-1].Status == Problem && all[len(all)-1].Check == "outbox" {
		return all
	}
	all = append(all, e.spool(cfg.Dir)...)
	return append(all, e.database(ctx, cfg)...)
}

func diskFindings(cfg config.Outbox, user string) []Finding {
	dir := cfg.Dir
	d, err := outbox.InspectDisk(dir)
	wrong := func(says, advice string) []Finding {
		return []Finding{{Check: "outbox", Status: Problem, Says: says, Advice: strings.ReplaceAll(advice, "DIR", dir), means: Unreachable}}
	}
	owner := spool.AccountName(d.Owner)
	switch {
	case err != nil:
		return wrong(err.Error(), adviceOutbox)
	case d.ReadOnly:
		return wrong(dir+" is on a file system that is mounted read-only", "")
	case d.Missing && !d.Writable:
		return wrong(dir+" is not there, and "+user+" may not make it in "+d.Parent, adviceOutbox)
	case !d.Writable:
		return wrong(fmt.Sprintf("%s may not write in %s, which belongs to %s", user, dir, owner), adviceOutbox)
	case len(d.NotPlain) > 0:
		return wrong(wiki.OneLine(words.Some(d.NotPlain, 3)), adviceNotPlain)
	case len(d.Foreign) > 0:
		return wrong(user+" may not write "+words.Some(d.Foreign, 3), adviceForeign)
	}
	var all []Finding
	if d.Missing {
		all = append(all, Finding{Check: "outbox", Status: Fine, Says: dir + " is not there yet: the first push makes it in " + d.Parent})
	} else {
		all = append(all, Finding{Check: "outbox", Status: Fine, Says: dir + " can be written; it belongs to " + owner})
	}
	if d.Others {
		all = append(all, Finding{Check: "outbox", Status: Warning, Says: "others than " + owner + " may make and rename files in " + dir, Advice: strings.ReplaceAll(adviceOthers, "DIR", dir)})
	}
	if d.Free < roomy || d.Files > 0 && d.Files < roomyFiles {
		return append(all, Finding{Check: "disk", Status: Problem, Says: fmt.Sprintf("%d MB and %d files are free where %s is", d.Free>>20, d.Files, dir), Advice: adviceFull})
	}
	return append(all, Finding{Check: "disk", Status: Fine, Says: fmt.Sprintf("%d MB free", d.Free>>20)})
}

func (e *examination) spool(dir string) []Finding {
	kept := spool.Peek(dir)
	n, oldest, err := kept.Backlog()
	if errors.Is(err, os.ErrNotExist) {
		return nil // nothing was ever pushed
	}
	if err != nil {
		return []Finding{{Check: "spool", Status: Problem, Says: err.Error(), means: Unreachable}}
	}
	var all []Finding
	switch age := e.Now().Sub(oldest); {
	case n == 0:
		all = append(all, Finding{Check: "spool", Status: Fine, Says: "no push waits to be taken in"})
	case age > old:
		all = append(all, Finding{Check: "spool", Status: Problem, Says: fmt.Sprintf("%s to be taken in, the oldest for %s", words.Waits(n, "push", "pushes"), words.Rounded(age)), Advice: adviceSpool})
	default:
		all = append(all, Finding{Check: "spool", Status: Fine, Says: fmt.Sprintf("%s to be taken in, for %s", words.Waits(n, "push", "pushes"), words.Rounded(age))})
	}
	if bad, err := kept.Bad(); err != nil {
		all = append(all, Finding{Check: "spool", Status: Problem, Says: err.Error()})
	} else if len(bad) > 0 {
		all = append(all, Finding{Check: "spool", Status: Problem, Says: fmt.Sprintf("set aside: %d (%s: %s)", len(bad), bad[0].Push, bad[0].Why), Advice: adviceBad})
	}
	if aside, err := store.Aside(dir); err == nil && len(aside) > 0 {
		all = append(all, Finding{Check: "database", Status: Warning, Says: "was damaged and set aside: " + words.Some(aside, 3), Advice: store.AsideAdvice})
	}
	return all
}

func (e *examination) database(ctx context.Context, cfg config.Outbox) []Finding {
	found, err := outbox.Inspect(ctx, outbox.Options{Dir: cfg.Dir, Database: cfg.Database, Workers: 1})
	switch {
	case errors.Is(err, store.ErrOlder):
		return []Finding{{Check: "database", Status: Warning, Says: err.Error(), Advice: adviceOlder}}
	case errors.Is(err, store.ErrNewer):
		return []Finding{{Check: "database", Status: Problem, Says: err.Error(), Advice: adviceNewer, means: Unreachable}}
	case errors.Is(err, store.ErrNetwork):
		return []Finding{{Check: "database", Status: Problem, Says: err.Error(), Advice: adviceNetwork, means: Unreachable}}
	case err != nil:
		advice := ""
		if cfg.Database != "sqlite" {
			advice = advicePostgres
		}
		return []Finding{{Check: "database", Status: Problem, Says: err.Error(), Advice: advice, means: Unreachable}}
	case found.Damage != "":
		return []Finding{{Check: "database", Status: Problem, Says: "the database is damaged: " + found.Damage, Advice: adviceDatabase, means: Unreachable}}
	case found.New:
		return []Finding{{Check: "database", Status: Fine, Says: "there is none yet: the first push makes it"}, e.comingWorker(ctx)}
	}
	says := "opens, and its pages are sound"
	if found.Partly {
		says = "opens; it is too large to look through all of it"
	} else if cfg.Database != "sqlite" {
		says = "PostgreSQL answers"
	}
	all := []Finding{{Check: "database", Status: Fine, Says: says}}
	all = append(all, queueFindings(found, e.Now())...)
	all = append(all, e.workerFinding(found, cfg.Dir))
	if kept, _, err := spool.Peek(cfg.Dir).Backlog(); err == nil && kept == 0 {
		e.pushed = found.Pushed // else more will be on record
	}
	all = append(all, e.siteFindings(found)...)
	return append(all, pauseFindings(found.Sites)...)
}

// siteFindings miss the Jira of the configuration in an outbox that knows others alone:
// it has moved, and everything would be told to it anew.
func (e *examination) siteFindings(found outbox.Inspection) []Finding {
	if len(found.Sites) == 0 || !e.loaded {
		return nil
	}
	var ours []string
	for _, one := range e.cfg.Jiras() {
		ours = append(ours, one.Jira.SiteName())
	}
	var names []string
	for _, s := range found.Sites {
		name, _, _ := strings.Cut(s.Name, "#") // that of the development panel goes with it
		if slices.Contains(ours, name) {
			return []Finding{{Check: "site", Status: Fine, Says: "what was told is kept under " + name}}
		}
		names = append(names, name)
	}
	return []Finding{{Check: "site", Status: Problem, Says: fmt.Sprintf("nothing is on record of %s, but of %s", words.Some(ours, 3), words.Some(names, 3)),
		Advice: strings.ReplaceAll(adviceMoved, "SITE", found.LastSite)}}
}

// comingWorker says who will send what has to wait, before anything has been kept and
// so anybody seen: what is set up on this machine.
func (e *examination) comingWorker(ctx context.Context) Finding {
	root, _ := e.Getenv("DESTDIR")
	machine, err := install.LookAtMachine(ctx, root)
	if err != nil {
		return Finding{Check: "worker", Status: Warning, Says: err.Error()}
	}
	is := install.WorkerStatus(machine, install.Worker{})
	switch {
	case is.State == install.NotInstalled:
		return Finding{Check: "worker", Status: Warning, Says: "nobody will send what has to wait: neither a service of systemd nor a job of cron is set up here", Advice: adviceWorker}
	case is.Server == install.Server(install.Systemd) && machine.Systemd && root == "" && !machine.Active:
		return Finding{Check: "worker", Status: Warning, Says: "nobody will send what has to wait: " + is.Hook + " is there, and does not run", Advice: adviceWorker}
	}
	return Finding{Check: "worker", Status: Fine, Says: is.Hook + " will send what has to wait"}
}

// workerFinding says who sends what had to wait.
func (e *examination) workerFinding(found outbox.Inspection, dir string) Finding {
	f := Finding{Check: "worker", Status: Fine}
	ago := func(at time.Time) string { return words.Rounded(max(e.Now().Sub(at), 0)) + " ago" }
	if len(found.Senders) > 0 {
		s := found.Senders[0]
		f.Says = fmt.Sprintf("jirahook %s on %s sends what waits; seen %s", s.Kind, s.Host, ago(s.At))
		if e.Now().Sub(s.At) <= outbox.Attended {
			return f
		}
		f.Says = fmt.Sprintf("nobody sends what waits: jirahook %s on %s was last seen %s", s.Kind, s.Host, ago(s.At))
	} else {
		f.Says = "nobody sends what waits: neither jirahook worker nor jirahook deliver has ever been seen"
	}
	f.Status, f.Advice = Warning, adviceWorker
	waiting := found.Counts.Queued + found.Counts.Sending
	if kept, _, err := spool.Peek(dir).Backlog(); err == nil { // else that has been told
		waiting += kept
	}
	if waiting > 0 {
		f.Status = Problem
	}
	return f
}

func queueFindings(found outbox.Inspection, now time.Time) []Finding {
	var all []Finding
	c := found.Counts
	if waiting := c.Queued + c.Sending; waiting > 0 && now.Sub(c.Oldest) > old {
		all = append(all, Finding{Check: "queue", Status: Warning, Says: fmt.Sprintf("%s for Jira, the oldest for %s", words.Waits(waiting, "action", "actions"), words.Rounded(now.Sub(c.Oldest))), Advice: adviceWaiting})
	} else if waiting > 0 {
		all = append(all, Finding{Check: "queue", Status: Fine, Says: words.Waits(waiting, "action", "actions") + " for Jira"})
	}
	if c.Dead > 0 {
		all = append(all, Finding{Check: "queue", Status: Problem, Says: fmt.Sprintf("refused by Jira or given up: %s", words.Counted(c.Dead, "action")), Advice: adviceDead})
	}
	if n := len(found.Held); n > 0 {
		h := found.Held[0]
		all = append(all, Finding{Check: "queue", Status: Problem, Says: fmt.Sprintf("held: %d (%s in %s: %s)", n, h.Push, h.Repository, h.Why), Advice: adviceHeld})
	}
	if len(all) == 0 {
		all = append(all, Finding{Check: "queue", Status: Fine, Says: "nothing waits, nothing was refused"})
	}
	return all
}

func pauseFindings(sites []outbox.Site) []Finding {
	var all []Finding
	for _, s := range sites {
		if s.Pause == "" {
			continue
		}
		f := Finding{Check: "pause", About: s.Name, Status: Problem, Says: fmt.Sprintf("left alone since %s: %s", words.Stamp(s.Since), s.Reason), Advice: s.Advice}
		if s.Pause == outbox.PauseAway {
			f.Status = Warning
		}
		if f.Advice == "" {
			f.Advice = advicePaused
		}
		all = append(all, f)
	}
	return all
}
