package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"jirahook/parser"
)

// runCommands turns the Smart Commits of the commits that speak into actions,
// which stay in d.pending until the digests stand: a reader is told of the
// commit before what it did. A command that ran before is left out.
func (d *draft) runCommands() {
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
		lines := strings.Split(c.Commit.Message, "\n")
		places := map[string]int{}
		for _, cmd := range c.Commands {
			if d.over() {
				return
			}
			if !c.counts[cmd.Key] {
				continue
			}
			name := cmd.Name
			place := places[cmd.Key+" "+name]
			places[cmd.Key+" "+name]++
			d.run(c, cmd, strconv.Itoa(place), commandLine(lines, cmd))
		}
		d.noteSharedTime(*c)
	}
}

// take takes the lines of a command out of the digest.
func (d *draft) take(c *statement, cmd parser.Command) {
	for line := cmd.Line; line <= cmd.Last; line++ {
		c.ran[line] = true
		if cmd.Name == "transition" {
			t := d.wanted(cmd)
			c.moving[line] = append(c.moving[line], Moving{t.To, t.ByCommand})
		}
	}
	if cmd.Wrapped && !c.goesOn[cmd.Last+1] {
		c.goesOn[cmd.Last+1] = true
		d.note(cmd.Key, c.ID, "#%s ends where its line does; what follows would go on with it if it were indented", typed(cmd))
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

// commandLine is the line of the message a command stands on, folded, without
// the bullet that a squash puts before it.
func commandLine(lines []string, c parser.Command) string {
	if c.Line < 0 || c.Line >= len(lines) {
		return ""
	}
	return strings.TrimLeft(OneLine(lines[c.Line]), "*-• ")
}

// noteSharedTime tells the total when one #time counts for several issues.
func (d *draft) noteSharedTime(c statement) {
	for _, cmd := range c.Commands {
		s := spent{cmd.Line, cmd.Spec}
		if n := c.logged[s]; n > 1 {
			d.note("", c.ID, "#time %s is logged on each of %d issues", s.spec, n)
		}
		delete(c.logged, s)
	}
}

// run makes the actions of one command, unless it ran before.
func (d *draft) run(c *statement, cmd parser.Command, place, line string) {
	name := cmd.Name
	switch {
	case cmd.Problem == "no-duration":
		d.note(cmd.Key, c.ID, "%s: #time needs a duration first, such as 1h 30m; nothing logged", cut(OneLine("#time "+cmd.Text), 60))
		return
	case cmd.Problem == "empty-comment":
		d.note(cmd.Key, c.ID, "#comment has no text: nothing said")
		return
	case !slices.Contains(d.Config.SmartCommits.Commands, name):
		d.note(cmd.Key, c.ID, "#%s is switched off here (smart_commits.commands)", typed(cmd))
		return
	}
	d.take(c, cmd)
	argument := OneLine(commandArgument(cmd))
	kind := "command " + name
	said := Record{ID: d.lineID(cmd, c.Author.Email, line), Commit: c.ID, When: c.Committer.When, Detail: argument}
	if before, ok := d.ledger.done(kind, cmd.Key, c.change, place); ok {
		if len(d.ledger.find(said.ID)) == 0 {
			// A later squash will carry the line as it reads now.
			d.records = append(d.records, said)
			d.ledger.add([]Record{said})
		}
		if before.Detail != argument {
			d.note(cmd.Key, c.ID, "#%s is not run again: this change has already run #%s", typedWith(cmd, argument), typedWith(cmd, before.Detail))
		}
		return
	}
	if from, ok := d.repeats(c, cmd, line); ok {
		d.note(cmd.Key, c.ID, "#%s ran with commit %s: not repeated", typedWith(cmd, argument), short(from))
		return
	}
	records := d.ledger.records(kind, cmd.Key, c.change, place, argument)
	records = append(records, said)
	because := fmt.Sprintf("#%s in commit %s", typed(cmd), short(c.ID))
	switch name {
	case "comment":
		d.pendComment(c, cmd, because, records)
	case "time":
		d.pendWorklog(c, cmd, because, records)
	case "transition":
		d.pendTransition(c, cmd, because, records)
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

func (d *draft) lineID(cmd parser.Command, email, line string) string {
	return d.ledger.id("line", cmd.Key, strings.ToLower(email), typed(cmd), OneLine(cmd.Argument), line)
}

// repeats reports whether a squash carries a command that already ran: the same
// line for the same issue, by the author or a co-author, from a commit that the
// new one does not descend from. Two equal lines of which one commit descends
// from the other are said twice and run twice; a merge, though, only quotes
// what it brings.
func (d *draft) repeats(c *statement, cmd parser.Command, line string) (from string, yes bool) {
	var ran []Record
	for _, who := range append([]parser.Person{{Email: c.Author.Email}}, c.CoAuthors...) {
		ran = append(ran, d.ledger.find(d.lineID(cmd, who.Email, line))...)
	}
	for _, r := range ran {
		if r.Commit == c.ID || r.When.Before(d.history.since) {
			continue
		}
		if len(c.Parents) > 1 || !d.history.isAncestor(r.Commit, c.ID) {
			return r.Commit, true
		}
	}
	return "", false
}

// pend finishes an action and keeps it until the digests stand.
func (d *draft) pend(a Action) { d.pending = append(d.pending, d.finish(a)) }

// pendComment says what a person wrote behind #comment.
func (d *draft) pendComment(c *statement, cmd parser.Command, because string, records []Record) {
	a := Action{Issue: cmd.Key, Kind: KindComment, Text: "comment: " + cut(OneLine(cmd.Text), 60), Because: because, Records: records}
	a.Comment = d.saying(c, cmd.Text, "commented", markerOf(d.onceID(a)))
	d.pend(a)
}

// saying is a comment with a person's own words from a commit.
func (d *draft) saying(c *statement, text, did, marker string) *Comment {
	return &Comment{
		Body: fmt.Sprintf("%s %s in commit %s:\n%s", bold(authorName(c.Commit)), did, d.commitLink(c.Commit),
			quotedUpTo(text, maxText-2000)),
		Marker:     marker,
		Visibility: d.visibility,
	}
}

func (d *draft) pendWorklog(c *statement, cmd parser.Command, because string, records []Record) {
	duration := cmd.Duration.Jira()
	if duration == "" {
		d.note(cmd.Key, c.ID, "#time %s is less than a minute: nothing logged", OneLine(cmd.Spec))
		return
	}
	a := Action{Issue: cmd.Key, Kind: KindWorklog, Text: "log " + duration, Because: because, Records: records}
	text := escapedUpTo(OneLine(cmd.Text), maxText-1000)
	if text != "" {
		text += "\n"
	}
	a.Worklog = &Worklog{
		Started: c.Author.When,
		Spent:   duration,
		Text:    fmt.Sprintf("%s%s in commit %s", text, bold(authorName(c.Commit)), d.commitLink(c.Commit)),
		Marker:  markerOf(d.onceID(a)),

		Visibility: d.visibility,
	}
	c.logged[spent{cmd.Line, cmd.Spec}]++
	d.pend(a)
}

// pendTransition moves the issue, and says what stands behind the command if
// there is such a transition.
func (d *draft) pendTransition(c *statement, cmd parser.Command, because string, records []Record) {
	t := d.wanted(cmd)
	a := Action{Issue: cmd.Key, Kind: KindTransition, Text: "transition: " + t.To, Because: because, Records: records, Transition: &t}
	if cmd.Text != "" && d.Config.SmartCommits.TransitionText == "comment" {
		t.Comment = d.saying(c, cmd.Text, "commented", markerOf(d.onceID(a)))
		a.Text += ", comment: " + cut(OneLine(cmd.Text), 60)
	}
	d.pend(a)
}

// wanted is the transition that a command asks for.
func (d *draft) wanted(cmd parser.Command) Transition {
	t := Transition{To: cmd.Transition, ByCommand: true, Word: cmd.Transition}
	if name, ok := d.Config.SmartCommits.Aliases[cmd.Transition]; ok {
		t.To, t.ByCommand = name, false
	}
	return t
}
