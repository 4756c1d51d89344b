package plan

import (
	"cmp"
	"slices"
	"strings"

	"jirahook/parser"
)

// maxNotTaken bounds what is listed of one push.
const maxNotTaken = 1000

// notTaken lists what reads like a key, a command or a closing in the names of the
// branches and in the commits that speak, and does nothing: at most 1,000 things.
// What has several reasons has the first of them, in the order below.
func (d *pushDraft) notTaken() []Ignored {
	l := notTakenList{pushDraft: d}
	for _, u := range d.push.Updates {
		if branch, ok := u.Branch(); ok && !u.Deleted() && !l.full() {
			l.keysIn(branch, Ignored{Branch: branch})
		}
	}
	for i := range d.commits {
		if c := &d.commits[i]; c.speaks && !l.full() {
			at := Ignored{Commit: c.ID, Branch: c.branch}
			l.keysIn(c.Commit.Message, at)
			l.commandsIn(c, at)
			l.closingsIn(c, at)
		}
	}
	return l.all
}

// reasonOf is why the parser takes something for text; "": it is told in notes
// alone.
func reasonOf(why parser.Why) string {
	switch why {
	case parser.Unlisted:
		return "not a project of this Jira"
	case parser.Standard:
		return "looks like a standard's name"
	case parser.Version:
		return "a version"
	case parser.CVE:
		return "a CVE number"
	case parser.InURL:
		return "in a URL"
	case parser.InPath:
		return "in the path of a merge request"
	case parser.Unprefixed:
		return "key_prefix is missing before it"
	case parser.Keyless:
		return "stands before any key"
	case parser.Reverted, parser.Squashed:
		return repeatsOthers
	}
	return ""
}

// Further reasons, why a command or a closing is not run.
const (
	unknownCommand = "unknown command" // no transitions are run, and it is neither #comment nor #time
	commandsAreOff = "commands are off"
	mayNotAct      = "an author who may not"
	tooOldToAct    = "older than limits.max_age"
	repeatOf       = "repeat of commit "
	repeatsOthers  = "a revert or fixup"
)

// notTakenList is what was found so far.
type notTakenList struct {
	*pushDraft
	all []Ignored
}

func (l *notTakenList) full() bool { return len(l.all) == maxNotTaken }

// maxSame is how far back the same thing of a commit is looked for.
const maxSame = 100

// add takes in what has a reason.
func (l *notTakenList) add(at Ignored, text, because string) {
	at.Text, at.Because = text, because
	if because != "" && !l.full() && !slices.Contains(l.all[max(0, len(l.all)-maxSame):], at) {
		l.all = append(l.all, at)
	}
}

func (l *notTakenList) keysIn(text string, at Ignored) {
	for _, i := range l.Parser.Ignored(text) {
		l.add(at, i.Words, reasonOf(i.Why))
	}
}

// commandsIn lists the commands of a commit that are not run.
func (l *notTakenList) commandsIn(c *statement, at Ignored) {
	who, old, others := "", "", ""
	if l.mayNotRun(*c) != "" {
		who = mayNotAct
	}
	if c.tooOld {
		old = tooOldToAct
	}
	if !c.acts {
		others = repeatsOthers
	}
	for _, i := range c.Ignored {
		name, isCommand := strings.CutPrefix(i.Words, "#")
		name, _, _ = strings.Cut(name, " ")
		because := reasonOf(i.Why)
		if isCommand && because != "" && i.Why != parser.Keyless {
			because = cmp.Or(l.switchedOff(name), who, old, because)
		}
		if isCommand {
			l.add(at, i.Words, because)
		}
	}
	keys := map[spot]int{}
	for _, cmd := range c.Commands {
		keys[spotOf(cmd)]++
	}
	for _, cmd := range c.Commands {
		if !c.counts[cmd.Key] {
			continue
		}
		text, repeat := "#"+commandWords(cmd), ""
		if id := c.repeats[spotFor{spotOf(cmd), cmd.Key}]; id != "" {
			repeat = repeatOf + short(id)
		}
		because := cmp.Or(l.switchedOff(typed(cmd)), who, old, repeat, others)
		if because == repeat && keys[spotOf(cmd)] > 1 {
			text = cmd.Key + " " + text // it may run for the others
		}
		l.add(at, text, because)
	}
}

// switchedOff says why commands of a name are never run; "": they are.
func (l *notTakenList) switchedOff(name string) string {
	s := l.Config.SmartCommits
	kind := "transition"
	if name == "comment" || name == "time" {
		kind = name
	}
	switch enabled := slices.Contains(s.Commands, kind); {
	case !enabled && kind == "transition":
		return unknownCommand
	case !enabled || !s.Enabled:
		return commandsAreOff
	}
	return ""
}

// closingsIn lists the closings of a commit that close nothing, if any rule is about
// closings.
func (l *notTakenList) closingsIn(c *statement, at Ignored) {
	closing, because := false, mayNotAct
	for _, r := range l.Config.Transitions {
		closing = closing || r.On == "closing"
		if r.On == "closing" && mayAct(r.Authors, c.Author) {
			because = ""
		}
	}
	if !closing {
		return
	}
	if because == "" && c.tooOld {
		because = tooOldToAct
	}
	for _, i := range c.Ignored {
		if reason := reasonOf(i.Why); reason != "" && !strings.HasPrefix(i.Words, "#") {
			l.add(at, ignoredThing(i, false), cmp.Or(because, reason))
		}
	}
	if because == "" && !c.acts {
		because = repeatsOthers
	}
	for _, key := range c.Closes {
		l.add(at, "closing "+key, because)
	}
}

// spot is where a command stands in its message; spotFor is it for one of its keys.
type spot struct{ line, column int }

type spotFor struct {
	spot
	key string
}

func spotOf(cmd parser.Command) spot { return spot{cmd.Line, cmd.Column} }

// repeat keeps that a command ran with another commit.
func (c *statement) repeat(cmd parser.Command, commit string) {
	if c.repeats == nil {
		c.repeats = map[spotFor]string{}
	}
	c.repeats[spotFor{spotOf(cmd), cmd.Key}] = commit
}
