package main

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"

	"jirahook/wiki"
)

// status is what a check came to.
type status string

const (
	fine    status = "fine"
	warning status = "warning" // works, but perhaps not as it was meant
	problem status = "problem"
	skipped status = "skipped" // could not be looked at, or is not needed
)

func (s status) colour() colour {
	return map[status]colour{fine: asGreen, warning: asYellow, problem: asRed, skipped: asFaint}[s]
}

// finding is one line of doctor, and of its JSON: the shape is stable.
type finding struct {
	Check  string `json:"check"`
	About  string `json:"about"`
	Status status `json:"status"`
	Says   string `json:"says"`
	Advice string `json:"advice"`
	// code is the exit code that a problem asks for; 0: exitProblems.
	code int
}

// checkNames are all that Check may be, in the order of the report.
func checkNames() []string {
	return []string{
		"user", "environment", "config", "secret",
		"outbox", "disk", "database", "spool", "queue", "worker", "pause",
		"git", "hook", "repository",
		"proxy", "dns", "jira", "tls", "clock", "login", "scopes", "groups", "features", "projects", "visibility",
		"permissions", "role", "transition", "resolution", "development",
	}
}

// report collects findings and prints them as they come.
type report struct {
	p      *process
	ink    ink
	asJSON bool
	all    []finding
}

func newReport(p *process, asJSON bool) *report {
	return &report{p: p, ink: p.ink(p.stdout), asJSON: asJSON}
}

func (r *report) add(found ...finding) {
	for _, f := range found {
		f.Says, f.Advice, f.About = wiki.OneLine(f.Says), r.p.pasted(wiki.OneLine(f.Advice)), wiki.OneLine(f.About)
		r.all = append(r.all, f)
		if !r.asJSON {
			r.print(f)
		}
	}
}

func (r *report) print(f finding) {
	says := f.Says
	if f.About != "" {
		says = f.About + ": " + says
	}
	fmt.Fprintf(r.p.stdout, "%s %-12s %s\n", r.ink.in(f.Status.colour(), fmt.Sprintf("%-8s", f.Status)), f.Check, wiki.OneLine(says))
	if f.Advice != "" {
		fmt.Fprintf(r.p.stdout, "%22s→ %s\n", "", wiki.OneLine(f.Advice))
	}
}

// end prints what is left to print, and chooses the exit code: the first of
// broken configuration, not reachable, problems.
func (r *report) end() error {
	count := map[status]int{}
	codes := map[int]bool{}
	for _, f := range r.all {
		count[f.Status]++
		if f.Status == problem {
			codes[f.code] = true
		}
	}
	code := exitDone
	switch {
	case codes[exitUsage]:
		code = exitUsage
	case codes[exitUnreachable]:
		code = exitUnreachable
	case count[problem] > 0:
		code = exitProblems
	}
	if r.asJSON {
		if err := r.p.printJSON(map[string]any{"version": version(), "user": userWords().name, "fine": count[problem] == 0, "checks": r.all}); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(r.p.stdout, "\n%s, %s; nothing was changed, in Jira or on disk\n", counted(count[problem], "problem"), counted(count[warning], "warning"))
	}
	if code == exitDone {
		return nil
	}
	return exitStatus{code: code}
}

func counted(n int, what string) string {
	switch n {
	case 0:
		return "no " + what + "s"
	case 1:
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

type account struct {
	id   int
	name string
}

func userWords() account {
	a := account{id: os.Geteuid()}
	a.name = userNamed(a.id)
	return a
}

func userNamed(id int) string {
	if u, err := user.LookupId(strconv.Itoa(id)); err == nil {
		return u.Username
	}
	return "user " + strconv.Itoa(id)
}

// someOf names the first of many.
func someOf(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
}
