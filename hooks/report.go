package hooks

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"jirahook/config"
	"jirahook/outbox"
	"jirahook/plan"
	"jirahook/push"
	"jirahook/wiki"
)

// All that the pusher reads is worded here and in rows.go. Rules: 72 columns, one line for
// each issue where possible, no colours, no control characters of any origin,
// no secrets; silence when there is nothing to say. Every line begins with the
// program's name, because other hooks print to the same terminal.
const (
	columns   = 72
	prefix    = "jirahook: "
	continued = "          " // before a line that goes on with what stands above
	maxIssues = 20
	maxNotes  = 10 // of an issue, too
)

const (
	wordsConfigBroken  = "this push is kept; Jira is told of it when the server's admin has mended the configuration, which is broken (the log says where)"
	wordsNotKept       = "this push could not be kept for Jira (%s); tell the server's admin, who can make up for it: jirahook catch-up"
	wordsNotRead       = "the pushed commits could not be read; Jira is not told of this push; the server's admin can make up for it: jirahook catch-up"
	wordsBadInput      = "the list of pushed refs could not be read; Jira is not told of this push; the server's admin can make up for it: jirahook catch-up"
	wordsOutboxTrouble = "kept; Jira will be told later"
	wordsAside         = "kept; this push takes longer, Jira will be told later"
	wordsLater         = "Jira will be told later"
	wordsAnew          = "the database of what waits for Jira was damaged and begun anew; tell the server's admin"
	wordsPushKept      = "this push is kept; " + wordsLater
	wordsPaused        = "kept, will be sent"
	wordsFault         = "this push is kept; jirahook has a fault here (its log tells the server's admin more); " + wordsLater
)

// reporter writes lines for the pusher. Errors of the writer are of no use to
// anybody: the pusher has gone.
type reporter struct {
	w      io.Writer
	pasted func(words string) string // nil: as they are
}

func (r reporter) say(format string, args ...any) {
	r.lines(prefix, wiki.OneLine(fmt.Sprintf(format, args...)))
}

// lines prints words behind a lead, on as many lines as they need; nothing where
// there are no words.
func (r reporter) lines(lead, words string) {
	if r.pasted != nil {
		words = r.pasted(words)
	}
	for _, line := range wrap(words, columns-Columns(lead)) {
		_, _ = io.WriteString(r.w, lead+line+"\n")
		lead = strings.Repeat(" ", Columns(lead))
	}
}

// promise tells which issues will hear of the push when Jira could not be waited
// for.
func (r reporter) promise(p plan.Plan, why string) {
	if p.Held != "" {
		r.held(p.Held, p.Push)
		return
	}
	var issues []string
	seen := map[string]bool{}
	for _, a := range p.Actions {
		if !seen[a.Issue] {
			seen[a.Issue] = true
			issues = append(issues, a.Issue)
		}
	}
	r.issues(issues, "", why)
	var notes []string
	for _, n := range p.Notes {
		notes = append(notes, n.String())
	}
	r.notes(notes)
}

// named tells which issues a push names that is planned later. Whole: they are all.
func (r reporter) named(issues []string, whole bool, limit int, p push.Push, why string) {
	atLeast := ""
	if !whole {
		atLeast = "at least "
	}
	if limit > 0 && len(issues) > limit {
		r.say("kept; it names %s%d issues. If it touches more than limits.issues_per_push (%d), Jira is told nothing until an admin releases it: jirahook queue release %s",
			atLeast, len(issues), limit, p.ID)
	} else if len(issues) > 0 {
		r.issues(issues, atLeast, why)
	} else if !whole {
		r.say(wordsPushKept)
	}
	if p.Truncated != "" {
		r.say("%s", p.Truncated)
	}
}

// issues names some of them, and what becomes of them.
func (r reporter) issues(issues []string, atLeast, why string) {
	if why == "" {
		why = wordsLater
	}
	if n := len(issues); n > maxIssues {
		issues = append(issues[:maxIssues:maxIssues], fmt.Sprintf("and %s%d more", atLeast, n-maxIssues))
	}
	if len(issues) > 0 {
		r.say("%s: %s", strings.Join(issues, ", "), why)
	}
}

// notKept says why in the system's own words, which name no path.
func (r reporter) notKept(err error) {
	cause := "see the log"
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		cause = errno.Error()
	}
	r.say(wordsNotKept, cause)
}

// report tells what became of a push.
func (r reporter) report(cfg config.Config, p outbox.PushReport) {
	if p.Anew {
		r.say(wordsAnew)
	}
	if p.Held != "" {
		r.held(p.Held, p.Push)
		return
	}
	rows, notes := rowsOf(p, callers(cfg))
	r.rows(rows, cfg)
	r.notes(notes)
}

func (r reporter) held(why, push string) {
	r.say("held: this push %s. Nothing is told to Jira until an admin releases it: jirahook queue release %s", why, push)
}

func (r reporter) notes(notes []string) {
	for i, n := range notes {
		if i == maxNotes {
			r.say("and %d more notes", len(notes)-i)
			break
		}
		r.say("%s", n)
	}
}
