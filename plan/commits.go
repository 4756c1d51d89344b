package plan

import (
	"context"
	"slices"

	"jirahook/parser"
	"jirahook/push"
	"jirahook/wiki"
)

// statement is a commit with what it says and where that counts.
type statement struct {
	push.Commit
	change *change
	parser.Message
	// branch is the branch the commit is attributed to: Commit.Branch, if
	// mentions.branches lets it.
	branch string
	// speaks: mentions and commands count. Else the commit only arrives.
	speaks bool
	// counts are the mentions once more, to be looked up.
	counts map[string]bool
	// acts: commands and closing words count, unless the commit is tooOld.
	acts, tooOld, noted bool
	ran                 map[int]bool // lines whose commands ran
	begins              map[int]int  // where in such a line the first of them stands, in bytes
	subjectID           string       // by which a squash finds it; of a commit whose commands run
	// goesOn are lines that begin in mid-sentence, behind one whose command ran: if
	// it names a transition, where that is one.
	goesOn map[int][]Moving
	// moving are the commands of such lines that would name transitions: whether
	// they do is known when Jira is asked.
	moving map[int][]Moving
	// logged counts the issues that one #time is logged on.
	logged map[spent]int
	// repeats are commands that ran with another commit, and its id.
	repeats map[spotFor]string
	// wordings are what its commands say, by where they stand.
	wordings map[spot]*wording
	// tells is what a digest says of it, once it was made. All copies share it.
	tells *telling
	// reopens are the issues that were closed by what the commit reverts.
	reopens map[string]bool
}

// spent is a #time as it stands in a message.
type spent struct {
	line int
	spec string
}

func (c statement) says() bool {
	return len(c.Mentions) > 0 || len(c.Closes) > 0 || len(c.Commands) > 0
}

func (c statement) reading() Reading {
	r := Reading{ID: c.ID, Branch: c.Branch, Subject: wiki.OneLine(c.Subject), Keys: c.Mentions}
	if !c.acts {
		return r
	}
	r.Closes = c.Closes
	arguments := map[spot]string{}
	for _, cmd := range c.Commands {
		argument, ok := arguments[spotOf(cmd)]
		if !ok {
			argument = wiki.OneLine(commandArgument(cmd))
			arguments[spotOf(cmd)] = argument
		}
		r.Commands = append(r.Commands, Command{Key: cmd.Key, Name: cmd.Name, Argument: argument})
	}
	return r
}

// readMessages reads what the commits of a push say, in their order, until the
// context ends.
func (r *Rules) readMessages(ctx context.Context, p push.Push) []parser.Message {
	messages := make([]parser.Message, len(p.Commits))
	for i, c := range p.Commits {
		if ctx.Err() != nil {
			break
		}
		messages[i] = r.Parser.Message(c.Message)
	}
	return messages
}

// readCommits decides which of the commits' words count.
func (d *pushDraft) readCommits(messages []parser.Message) {
	changes := d.changesOf(messages)
	for i, c := range d.push.Commits {
		if d.over() {
			return
		}
		s := statement{Commit: c, change: changes[i], Message: messages[i], ran: map[int]bool{}, begins: map[int]int{}, goesOn: map[int][]Moving{}, moving: map[int][]Moving{}, logged: map[spent]int{}, tells: &telling{}}
		s.branch, s.speaks = d.attribute(c)
		d.readReverted(&s)
		s.Mentions = d.withinLimit(s)
		s.counts = setOf(s.Mentions)
		s.Closes = slices.DeleteFunc(slices.Clone(s.Closes), func(k string) bool { return !s.counts[k] })
		// Reverts and fixups only repeat others' words.
		s.acts = s.Class == parser.Ordinary
		s.tooOld = d.isTooOld(c)
		if s.Cut && s.speaks && s.says() {
			d.note("", c.ID, "its message is longer than 64 KiB; what follows is not read")
		}
		d.commits = append(d.commits, s)
	}
}

// attribute finds the branch on which a commit's mentions and commands count,
// if they do: the commit is new to the repository, or it arrives on a branch
// and is younger than our knowledge of the repository. The second half heals
// two concurrent pushes that hide a commit from each other, and a commit that
// was first seen on a branch that mentions.branches leaves out.
func (d *pushDraft) attribute(c push.Commit) (branch string, speaks bool) {
	globs := d.Config.Mentions.Branches
	if len(c.Arrives) == 0 {
		return "", c.New && d.matches(globs, "")
	}
	for _, b := range append([]string{c.Branch}, c.Arrives...) {
		if d.matches(globs, b) {
			since := d.known.FirstSeen
			return b, c.New || !since.IsZero() && c.Committer.When.After(since)
		}
	}
	return c.Branch, false
}

// withinLimit cuts the mentions of a commit that lists more issues than anybody
// means to: a change log, a generated message.
func (d *pushDraft) withinLimit(c statement) []string {
	limit := d.Config.Limits.IssuesPerCommit
	if limit <= 0 || len(c.Mentions) <= limit {
		return c.Mentions
	}
	if c.speaks {
		d.note("", c.ID, "names %d issues; only the first %d are told (limits.issues_per_commit)", len(c.Mentions), limit)
	}
	return c.Mentions[:limit]
}

func setOf(keys []string) map[string]bool {
	if len(keys) == 0 {
		return nil
	}
	set := make(map[string]bool, len(keys))
	for _, k := range keys {
		set[k] = true
	}
	return set
}

// isTooOld: history must not act (limits.max_age).
func (d *pushDraft) isTooOld(c push.Commit) bool {
	maxAge := d.Config.Limits.MaxAge
	return maxAge > 0 && d.push.Time.Sub(c.Author.When) > maxAge
}

// isHistory reports whether a commit is no news: it was there long before the
// repository was first seen.
func (d *pushDraft) isHistory(c *statement) bool { return d.known.First && c.tooOld }

// noteAge remembers that a commit is too old to act, to be told in one note.
func (d *pushDraft) noteAge(c *statement) {
	if !c.noted {
		c.noted = true
		d.old = append(d.old, c.Commit)
	}
}

func (d *pushDraft) tellAge() {
	one, several := "its commands", "their commands"
	if d.uncommented {
		const first = "in the repository's first push "
		one, several = first+"it makes links only; "+one, first+"they make links only; "+several
	}
	switch n := len(d.old); {
	case n == 1:
		d.note("", d.old[0].ID, "is from %s: %s and closing words are not run (limits.max_age)", d.old[0].Author.When.Format("2006-01-02"), one)
	case n > 1:
		d.note("", "", "%d commits are older than limits.max_age: %s and closing words are not run", n, several)
	}
}

// short is a commit id as people read it.
func short(id string) string {
	if len(id) > 8 {
		return id[:8]
	}
	return id
}
