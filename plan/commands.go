package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"jirahook/parser"
	"jirahook/wiki"
)

// runCommands turns the Smart Commits of the commits that speak into actions,
// which stay in d.pending until the digests stand: a reader is told of the
// commit before what it did. A command that ran before is left out.
func (d *pushDraft) runCommands() {
	if !d.Config.SmartCommits.Enabled {
		return
	}
	for i := range d.commits {
		c := &d.commits[i]
		if d.over() {
			return
		}
		if !c.speaks || !c.acts || len(c.Commands) == 0 {
			continue
		}
		if c.tooOld {
			d.noteAge(c)
			continue
		}
		if why := d.mayNotRun(*c); why != "" {
			d.note("", c.ID, "commands not run: %s", why)
			continue
		}
		d.runThose(c)
		d.noteSharedTime(*c)
	}
}

// take takes the lines of a command out of the digest.
func (d *pushDraft) take(c *statement, cmd parser.Command) {
	var moving []Moving
	if cmd.Name == "transition" {
		t := d.wanted(cmd)
		moving = []Moving{{t.To, t.ByCommand}}
	}
	if at, ok := c.begins[cmd.Line]; !ok || cmd.Column < at {
		c.begins[cmd.Line] = cmd.Column
	}
	for line := cmd.Line; line <= cmd.Last; line++ {
		c.ran[line] = true
		c.moving[line] = append(c.moving[line], moving...)
	}
	if _, told := c.goesOn[cmd.Last+1]; cmd.Wrapped && !told {
		c.goesOn[cmd.Last+1] = moving
		d.note(cmd.Key, c.ID, "#%s ends where its line does; what follows would go on with it if it were indented", typed(cmd))
	}
}

// written is a command as it stands in its commit.
type written struct {
	parser.Command
	*wording
	place string // among the commands of this name for the key
}

// runThose runs the commands of one commit.
func (d *pushDraft) runThose(c *statement) {
	var all []written
	c.subjectID = d.subjectID(plainLine(c.Subject))
	lines := strings.Split(c.Commit.Message, "\n")
	texts := map[int]lineText{}
	places := map[effect]int{}
	wants := map[said]int{}
	for _, cmd := range c.Commands {
		if !c.counts[cmd.Key] || cmd.Line < 0 || cmd.Line >= len(lines) {
			continue
		}
		text, ok := texts[cmd.Line]
		if !ok {
			text = textOf(lines[cmd.Line])
			texts[cmd.Line] = text
		}
		at := effect{kind: cmd.Name, issue: cmd.Key}
		w := written{Command: cmd, wording: c.wordingOf(cmd, text), place: strconv.Itoa(places[at])}
		places[at]++
		wants[said{d.ledger.issue(cmd.Key), w.said}]++
		all = append(all, w)
	}
	ran := d.evidence(c, lines, wants)
	for _, w := range all {
		if d.over() {
			return
		}
		d.run(c, w, ran)
	}
}

// commandArgument is what stands in Jira afterwards, in words: for a
// transition its name and text.
func commandArgument(c parser.Command) string {
	if c.Name == "transition" {
		return strings.TrimSpace(c.Transition + " " + c.Text)
	}
	return c.Argument
}

// noteSharedTime tells the total when one #time counts for several issues.
func (d *pushDraft) noteSharedTime(c statement) {
	for _, cmd := range c.Commands {
		s := spent{cmd.Line, cmd.Spec}
		if n := c.logged[s]; n > 1 {
			d.note("", c.ID, "#time %s is logged on each of %d issues", s.spec, n)
		}
		delete(c.logged, s)
	}
}

// run makes the actions of one command, unless it ran before: for the change, or
// with a commit that this one squashes.
func (d *pushDraft) run(c *statement, cmd written, squashed saidBefore) {
	name := cmd.Name
	switch {
	case cmd.Problem == "no-duration":
		d.note(cmd.Key, c.ID, "%s: #time needs a duration first, such as 1h 30m; nothing logged", wiki.Cut(wiki.OneLine("#time "+cmd.Text), 60))
		return
	case cmd.Problem == "empty-comment":
		d.note(cmd.Key, c.ID, "#comment has no text: nothing said")
		return
	case !slices.Contains(d.Config.SmartCommits.Commands, name):
		d.note(cmd.Key, c.ID, "#%s is switched off here (smart_commits.commands)", typed(cmd.Command))
		return
	}
	d.take(c, cmd.Command)
	argument := cmd.argument
	record := d.ledger.record("command "+name, cmd.Key, c.change, cmd.place, argument)
	if before, ok := d.ranBefore(record, c); ok {
		d.tellRan(c, cmd.Command, argument, before)
		if before.Detail == argument {
			d.renewSaying(c, cmd, before)
		}
		if before.Commit != c.ID {
			c.repeat(cmd.Command, before.Commit)
			// A later squash will carry the line as it reads now.
			record.Root, record.Place, record.Kind = c.change.class().root, before.Place, before.Kind
			d.keepLines(d.lineRecords(c, cmd.Command, record, cmd.said))
		}
		return
	}
	from := ""
	earlier, ok := squashed.take(said{d.ledger.issue(cmd.Key), cmd.said})
	if ok {
		from = earlier.Root
	} else {
		from, ok = d.repeatsBefore(c, cmd)
	}
	lines := d.lineRecords(c, cmd.Command, record, cmd.said)
	if ok {
		for i := range lines {
			if earlier.Root != "" {
				lines[i].Root, lines[i].Place, lines[i].Via = earlier.Root, earlier.Place, c.ID
			}
		}
		d.note(cmd.Key, c.ID, "#%s ran with commit %s: not repeated", typedWith(cmd.Command, argument), short(from))
		c.repeat(cmd.Command, from)
		d.records = append(d.records, record)
		d.ledger.add([]Record{record})
		d.keepLines(lines)
		return
	}
	p := pending{cmd: cmd, record: record, lines: lines, because: fmt.Sprintf("#%s in commit %s", typed(cmd.Command), short(c.ID))}
	p.once = append(d.ledger.onceBefore(record.Kind, cmd.Key, c.change, cmd.place), d.lineBefore(cmd, c.Author.Email), c.ID)
	switch name {
	case "comment":
		d.pendComment(c, p)
	case "time":
		d.pendWorklog(c, p)
	case "transition":
		d.pendTransition(c, p)
	}
}

// keepLines puts lines that did not run, but may be squashed, on record.
func (d *pushDraft) keepLines(lines []Record) {
	d.records = append(d.records, lines...)
	d.ledger.add(lines)
}

// ranBefore looks for the record of a command. One under another key of the issue
// is of the same command, unless the commit names that as well, with another
// argument.
func (d *pushDraft) ranBefore(r Record, c *statement) (Record, bool) {
	told := d.ledger.told(r.Kind, r.Issue, c.change, r.Place)
	for _, before := range told {
		if before.Issue == r.Issue {
			return before, true
		}
	}
	for _, before := range told {
		if before.Detail == r.Detail || !c.counts[before.Issue] {
			return before, true
		}
	}
	return Record{}, false
}

// tellRan notes what a command that is not run again means for the pusher.
func (d *pushDraft) tellRan(c *statement, cmd parser.Command, argument string, before Record) {
	switch {
	case before.Detail != argument:
		d.note(cmd.Key, c.ID, "#%s is not run again: this change has already run #%s", typedWith(cmd, argument), typedWith(cmd, before.Detail))
	case before.Commit == c.ID && before.Issue != cmd.Key:
		d.note(cmd.Key, c.ID, "%s and %s are one issue: #%s is run once", before.Issue, cmd.Key, typedWith(cmd, argument))
	}
}

// typed is the word after the "#".
func typed(cmd parser.Command) string {
	if cmd.Name == "transition" {
		return cmd.Transition
	}
	return cmd.Name
}

func typedWith(cmd parser.Command, argument string) string {
	if cmd.Name == "transition" {
		return argument
	}
	return cmd.Name + " " + argument
}

// pending is a command that will run.
type pending struct {
	cmd     written
	record  Record
	lines   []Record // that a squash will be compared with
	because string
	once    []string
}

// action is what the command does, without what is its own.
func (d *pushDraft) action(p pending, kind Kind, text string) Action {
	return Action{Issue: p.cmd.Key, Kind: kind, Rule: ruleCommand, Text: text, Because: p.because}
}

// pend finishes an action and keeps it until the digests stand.
func (d *pushDraft) pend(a Action, p pending, via string) {
	p.record.Via = via
	a.Records = append([]Record{p.record}, p.lines...)
	d.pending = append(d.pending, d.finish(a, p.once...))
}

// pendComment says what a person wrote behind #comment.
func (d *pushDraft) pendComment(c *statement, p pending) {
	a := d.action(p, KindComment, "comment: "+p.cmd.short)
	a.Comment = d.saying(c, p.cmd.Command, markerOf(d.onceID(a, p.once...)))
	a.Comment.Edits = d.underDroppedKeys(*c, p.record.Kind, p.record.Place)
	d.pend(a, p, a.Comment.Marker)
}

// saying is a comment with a person's own words from a commit.
func (d *pushDraft) saying(c *statement, cmd parser.Command, marker string) *Comment {
	if d.known.Asking {
		return &Comment{Marker: marker}
	}
	return &Comment{
		Body: fmt.Sprintf("%s commented in commit %s:\n%s", wiki.Bold(authorName(c.Commit)), d.commitLink(c.Commit),
			c.textOf(cmd, quotedUpTo, maxText-2000)),
		Marker:     marker,
		Visibility: d.visibility,
	}
}

func (d *pushDraft) pendWorklog(c *statement, p pending) {
	cmd := p.cmd
	duration := cmd.Duration.Jira()
	if duration == "" {
		d.note(cmd.Key, c.ID, "#time %s is less than a minute: nothing logged", wiki.OneLine(cmd.Spec))
		return
	}
	a := d.action(p, KindWorklog, "log "+duration)
	text := c.textOf(cmd.Command, func(text string, max int) string { return escapedUpTo(wiki.OneLine(text), max) }, maxText-1000)
	if text != "" {
		text += "\n"
	}
	a.Worklog = &Worklog{
		Started: c.Author.When,
		Spent:   duration,
		Text:    fmt.Sprintf("%s%s in commit %s", text, wiki.Bold(authorName(c.Commit)), d.commitLink(c.Commit)),
		Marker:  markerOf(d.onceID(a, p.once...)),

		Visibility: d.visibility,
	}
	c.logged[spent{cmd.Line, cmd.Spec}]++
	d.pend(a, p, "")
}

// pendTransition moves the issue, and says what stands behind the command if
// there is such a transition.
func (d *pushDraft) pendTransition(c *statement, p pending) {
	cmd := p.cmd
	t := d.wanted(cmd.Command)
	a := d.action(p, KindTransition, "transition: "+t.To)
	a.Transition = &t
	via := ""
	if cmd.Text != "" && d.Config.SmartCommits.TransitionText == "comment" {
		t.Comment = d.saying(c, cmd.Command, markerOf(d.onceID(a, p.once...)))
		a.Text += ", comment: " + cmd.short
		via = t.Comment.Marker
	}
	d.pend(a, p, via)
}

// wanted is the transition that a command asks for.
func (d *pushDraft) wanted(cmd parser.Command) Transition {
	t := Transition{To: cmd.Transition, ByCommand: true, Word: cmd.Transition}
	if name, ok := d.Config.SmartCommits.Aliases[cmd.Transition]; ok {
		t.To, t.ByCommand = name, false
	}
	return t
}
