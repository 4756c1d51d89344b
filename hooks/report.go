package hooks

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"

	"jirahook/config"
	"jirahook/outbox"
	"jirahook/plan"
	"jirahook/push"
	"jirahook/wiki"
)

// All that the pusher reads is worded here. Rules: 72 columns, one line for
// each issue where possible, no colours, no control characters of any origin,
// no secrets; silence when there is nothing to say. Every line begins with the
// program's name, because other hooks print to the same terminal.
const (
	columns   = 72
	prefix    = "jirahook: "
	continued = "          " // before a line that goes on with what stands above
	maxIssues = 20
	maxNotes  = 10 // of an issue, too
	maxDone   = 10 // different things, of an issue
	withURLs  = 5  // addresses are printed for at most so many issues
	leastRoom = 30 // behind a key; a longer key stands on a line of its own
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

// row is what one issue's line says.
type row struct {
	key, summary string
	words        []said   // what was done
	more         int      // so much more was
	trouble      []string // what was not, and why
	untold       int      // so much more was not
	waits        int      // what waits without trouble

	troubles map[string]bool
}

// said are words for something done, so many times.
type said struct {
	words string
	times int
}

func (s said) String() string {
	if s.times > 1 {
		return fmt.Sprintf("%d × %s", s.times, s.words)
	}
	return s.words
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

func (r reporter) rows(rows []row, cfg config.Config) {
	keyWidth := 7
	for _, row := range rows {
		keyWidth = max(keyWidth, Columns(row.key))
	}
	for i, row := range rows {
		if i == maxIssues {
			r.say("and %d more issues", len(rows)-i)
			break
		}
		r.row(row, min(keyWidth, 20), cfg.Of(row.key).Jira.URL, len(rows) <= withURLs)
	}
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

func (r reporter) row(row row, keyWidth int, site string, withURL bool) {
	var done []string
	for _, s := range row.words {
		done = append(done, s.String())
	}
	if row.more > 0 {
		done = append(done, fmt.Sprintf("and %d more", row.more))
	}
	switch {
	case row.waits > 0 && len(done) > 0:
		row.tell(fmt.Sprintf("%d queued: %s", row.waits, wordsLater))
	case row.waits > 0 && len(row.trouble) == 0:
		row.tell("queued: " + wordsLater)
	}
	lead := prefix + row.key + strings.Repeat(" ", max(2, keyWidth-Columns(row.key)+2))
	if columns-Columns(lead) < leastRoom {
		r.say("%s", row.key)
		lead = continued + "  "
	}
	if len(done) > 0 {
		words := strings.Join(done, " · ")
		room := columns - Columns(lead) - 3 - Columns(words)
		if summary := CutColumns(row.summary, room); room >= 12 && summary != "" {
			_, _ = io.WriteString(r.w, lead+summary+"   "+words+"\n")
		} else {
			r.lines(lead, words)
		}
		if withURL && site != "" {
			_, _ = io.WriteString(r.w, strings.Repeat(" ", Columns(lead))+site+"/browse/"+row.key+"\n") // whole, to be clicked
		}
	}
	for _, t := range row.trouble {
		r.lines(lead, t)
	}
	if row.untold > 0 {
		r.lines(lead, fmt.Sprintf("and %d more", row.untold))
	}
}

// callers is what the Jira of a key is called where there are several; "": there is one.
func callers(cfg config.Config) func(key string) string {
	several := len(cfg.Jiras()) > 1
	return func(key string) string {
		if !several {
			return ""
		}
		return cfg.Of(key).Jira.Called()
	}
}

// rowsOf gathers actions and notes by issue, in their order, and returns the notes
// on no issue.
func rowsOf(p outbox.PushReport, called func(key string) string) (rows []row, others []string) {
	at := map[string]int{}
	of := func(issue string) *row {
		key := wiki.OneLine(issue)
		i, ok := at[key]
		if !ok {
			i = len(rows)
			at[key] = i
			rows = append(rows, row{key: key})
		}
		return &rows[i]
	}
	for _, a := range p.Actions {
		of(a.Issue).take(a, called(a.Issue))
	}
	for _, n := range p.Notes {
		if n.Issue == "" {
			others = append(others, n.String())
			continue
		}
		of(n.Issue).tell(n.Text)
	}
	return rows, others
}

// take takes in what became of an action. Where its Jira is called something there are
// several, and trouble with one is told with its name.
func (r *row) take(a outbox.Report, jira string) {
	if a.Summary != "" {
		r.summary = wiki.OneLine(a.Summary)
	}
	switch a.State {
	case outbox.Done:
		r.did(a.Kind, wiki.OneLine(a.Words))
		r.tell(a.Note)
	case outbox.Dead:
		r.tell(refused(a))
	case outbox.Skipped:
		r.tell(strings.TrimPrefix(a.Problem, a.Issue+": "))
	default:
		// What follows a colon ("connection refused") is for the admin.
		problem, _, _ := strings.Cut(a.Problem, ": ")
		if problem != "" && jira != "" {
			problem = jira + ": " + problem
		}
		switch {
		case problem != "" && a.Pause == outbox.PauseCredentials:
			r.tell(strings.TrimRight(problem, ".") + ": " + wordsPaused)
		case problem != "":
			r.tell("queued: " + strings.TrimRight(problem, ".") + "; it will be told later")
		default:
			r.waits++
		}
	}
}

// refused says what was not done, unless the command itself begins the problem.
func refused(a outbox.Report) string {
	if strings.HasPrefix(a.Problem, "#") {
		return a.Problem
	}
	not := map[plan.Kind]string{
		plan.KindComment: "no comment", plan.KindLink: "not linked", plan.KindWorklog: "no time logged", plan.KindTransition: "not moved",
	}
	return not[a.Kind] + ": " + a.Problem
}

// did adds the words for something done: the new status first, equal words
// counted, links left unsaid beside a comment.
func (r *row) did(kind plan.Kind, words string) {
	if words == "" {
		return // there was nothing left to do
	}
	switch kind {
	case plan.KindTransition:
		r.words = slices.Insert(r.words, 0, said{words, 1})
		if last := len(r.words) - 1; last == maxDone {
			r.more += r.words[last].times
			r.words = r.words[:last]
		}
		return
	case plan.KindLink:
		if len(r.words) > 0 {
			return
		}
	case plan.KindComment:
		r.words = slices.DeleteFunc(r.words, func(s said) bool { return s.words == "link" })
	}
	for i := range r.words {
		if r.words[i].words == words {
			r.words[i].times++
			return
		}
	}
	if len(r.words) == maxDone {
		r.more++
		return
	}
	r.words = append(r.words, said{words, 1})
}

// tell adds trouble, once.
func (r *row) tell(what string) {
	if what = wiki.OneLine(what); what == "" || r.troubles[what] {
		return
	}
	if r.troubles == nil {
		r.troubles = map[string]bool{}
	}
	r.troubles[what] = true
	if len(r.trouble) == maxNotes {
		r.untold++
		return
	}
	r.trouble = append(r.trouble, what)
}

// wrap breaks text at blanks into lines of at most max columns, and a longer word
// where the line ends.
func wrap(text string, max int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && Columns(line)+1+Columns(word) <= max {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for Columns(word) > max {
			n := prefixOf(word, max)
			lines, word = append(lines, word[:n]), word[n:]
		}
		line = word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
