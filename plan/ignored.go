package plan

import (
	"fmt"
	"slices"
	"strings"

	"jirahook/config"
	"jirahook/parser"
	"jirahook/wiki"
)

// tellIgnored tells of what reads like a command or a closing and does nothing, in
// a line for each commit and reason; of many commits in one line for all.
func (d *pushDraft) tellIgnored() {
	var notes []Note
	commits := 0
	for _, c := range d.commits {
		if !c.speaks || c.tooOld {
			continue
		}
		told := d.ignoredIn(c)
		if len(told) > 0 {
			commits++
		}
		for _, text := range told {
			notes = append(notes, Note{Commit: c.ID, Text: text})
		}
	}
	if commits > maxIgnoring {
		notes = []Note{{Text: fmt.Sprintf("%d commits hold commands or closing words that do nothing where they stand; explain says which", commits)}}
	}
	d.notes = append(d.notes, notes...)
}

const (
	maxIgnoring = 5 // commits that are told of one by one
	maxIgnored  = 3 // things that are named of one commit and reason, and keys of a thing
)

// ignoredIn says in a line for each reason what of a commit does nothing.
func (d *pushDraft) ignoredIn(c statement) []string {
	commands := d.Config.SmartCommits.Enabled && d.mayNotRun(c) == ""
	closings := slices.ContainsFunc(d.Config.Transitions, func(r config.TransitionRule) bool { return r.On == "closing" && mayAct(r.Authors, c.Author) })
	if !c.acts {
		return repeated(c, commands, closings)
	}
	things := map[parser.Why][]string{}
	for _, i := range c.Ignored {
		command := strings.HasPrefix(i.Words, "#")
		if command && !commands || !command && !closings {
			continue
		}
		if thing := ignoredThing(i, command); !slices.Contains(things[i.Why], thing) {
			things[i.Why] = append(things[i.Why], thing)
		}
	}
	var told []string
	for _, t := range []struct {
		why  parser.Why
		text string
	}{
		{parser.Quoted, "quoted, so not acted upon: %s"},
		{parser.Reverted, "reverted here, so not acted upon: %s"},
		{parser.Squashed, "of a fixup, so not acted upon: %s"},
		{parser.Keyless, "not run, since its key does not stand before it on its line: %s"},
	} {
		if of := things[t.why]; len(of) > 0 {
			told = append(told, fmt.Sprintf(t.text, upTo(of, maxIgnored)))
		}
	}
	return told
}

// repeated says what a revert or a fixup repeats.
func repeated(c statement, commands, closings bool) []string {
	var things []string
	if closings {
		for _, key := range c.Closes {
			things = append(things, "closing "+key)
		}
	}
	for _, cmd := range c.Commands {
		if commands && c.counts[cmd.Key] {
			things = append(things, cmd.Key+" #"+commandWords(cmd))
		}
	}
	if len(things) == 0 {
		return nil
	}
	what := "a revert"
	if c.Class == parser.Autosquash {
		what = "a fixup"
	}
	return []string{what + ", so not acted upon: " + upTo(things, maxIgnored)}
}

// ignoredThing is what does nothing as somebody would write it who meant it.
func ignoredThing(i parser.Ignored, command bool) string {
	words, keys := wiki.Cut(wiki.OneLine(i.Words), maxIgnoredWords), upTo(i.Keys, maxIgnored)
	if command {
		return keys + " " + words
	}
	return words + " " + keys
}

// commandWords are a command without what it says.
func commandWords(cmd parser.Command) string {
	return wiki.Cut(wiki.OneLine(typed(cmd)+" "+cmd.Spec), maxIgnoredWords)
}

const maxIgnoredWords = 40

// upTo joins the first of some things, and counts the others.
func upTo(things []string, max int) string {
	if n := len(things) - max; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(things[:max], ", "), n)
	}
	return strings.Join(things, ", ")
}
