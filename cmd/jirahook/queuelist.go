package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"jirahook/outbox"
	"jirahook/outbox/store"
	"jirahook/wiki"
)

// maxAction is how many characters of an action the list shows.
const maxAction = 40

// jiraColumn is where the Jira stands, if there are several.
const jiraColumn = 3

// actionTable has a row for each action.
func (l listing) actionTable(now time.Time) table {
	t := table{titles: []string{"ID", "STATE", "ISSUE", "AGE", "REPOSITORY", "ACTION", "PROBLEM"}}
	for _, r := range l.actions {
		t.rows = append(t.rows, []cell{
			{text: shortID(r.ID)}, {string(r.State), colourOf(r.State)}, {text: wiki.OneLine(r.Issue)}, {text: ageOf(now.Sub(r.Queued))},
			{text: wiki.OneLine(r.Repository)}, {text: cutTo(wiki.OneLine(r.Text), maxAction)}, {text: wiki.OneLine(r.Problem)},
		})
	}
	if l.several {
		t.titles = slices.Insert(t.titles, jiraColumn, "JIRA")
		for i, r := range l.actions {
			t.rows[i] = slices.Insert(t.rows[i], jiraColumn, cell{text: wiki.OneLine(r.Site)})
		}
	}
	return t
}

// heldTable has a row for each held push, which has no issue yet.
func (l listing) heldTable(now time.Time) table {
	t := table{titles: []string{"PUSH", "STATE", "REPOSITORY", "PUSHER", "AGE", "WHY"}}
	for _, h := range l.held {
		t.rows = append(t.rows, []cell{
			{text: h.Push}, {string(outbox.Held), colourOf(outbox.Held)}, {text: wiki.OneLine(h.Repository)},
			{text: "by " + orUnknown(h.Pusher)}, {text: ageOf(now.Sub(h.Time))}, {text: wiki.OneLine(h.Why)},
		})
	}
	return t
}

// notices tell of what is not in the tables.
func (p *process) notices(l listing) string {
	var out strings.Builder
	for _, s := range l.paused {
		writePause(&out, s)
	}
	for _, b := range l.later {
		fmt.Fprintf(&out, "push %s waits for the worker, which has more time for it: %s\n", b.Push, wiki.OneLine(b.Why))
	}
	for _, b := range l.bad {
		fmt.Fprintf(&out, "push %s was set aside: %s\n  to try it again: jirahook queue retry %[1]s; to forget it: drop\n", b.Push, wiki.OneLine(b.Why))
	}
	for _, path := range l.aside {
		fmt.Fprintf(&out, "%s: this database was damaged and set aside\n  %s\n", path, store.AsideAdvice)
	}
	return p.pasted(out.String())
}

// writeListing prints it for a person, or as plain lines for other programs.
func (p *process) writeListing(l listing) error {
	s := style{ink: p.ink(p.stdout), titles: isTerminal(p.stdout)}
	var b strings.Builder
	for _, t := range []table{l.actionTable(p.now()), l.heldTable(p.now())} {
		for _, line := range t.lines(s) {
			b.WriteString(line + "\n")
		}
	}
	b.WriteString(p.notices(l))
	if b.Len() == 0 && isTerminal(p.stdout) {
		b.WriteString("there is nothing to list\n")
	}
	_, err := io.WriteString(p.stdout, b.String())
	return err
}

// shortID is an action's id as people write it.
func shortID(id string) string { return id[:min(12, len(id))] }

func colourOf(s outbox.State) colour {
	return map[outbox.State]colour{
		outbox.Sending: asCyan, outbox.Done: asGreen, outbox.Dead: asRed, outbox.Skipped: asFaint, outbox.Held: asYellow,
	}[s]
}

// ageOf is a span of time in its largest whole unit: 5s, 12m, 3h, 40d.
func ageOf(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d/time.Second))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d/time.Minute))
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh", int(d/time.Hour))
	}
	return fmt.Sprintf("%dd", int(d/(24*time.Hour)))
}
