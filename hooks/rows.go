package hooks

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"jirahook/config"
	"jirahook/outbox"
	"jirahook/plan"
	"jirahook/wiki"
)

const (
	maxDone   = 10 // different things, of an issue
	withURLs  = 5  // addresses are printed for at most so many issues
	leastRoom = 30 // behind a key; a longer key stands on a line of its own
)

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
