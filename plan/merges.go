package plan

import (
	"slices"
	"strings"

	"jirahook/wiki"
)

// A merge with a message that git or a server wrote says again what its commits
// said. mentions.merges: quiet has it tell an issue nothing that was told by them.

// knownFrom are the issues that were told by other commits, for the merges that
// say nothing of their own.
type knownFrom struct {
	silent []bool          // by place in pushDraft.commits: such merges
	told   map[string]bool // issues that commits of this push name
	kind   string
}

// merged finds the merges that say nothing of their own, and which of the issues
// that they name were told.
func (d *pushDraft) merged(kind string) knownFrom {
	k := knownFrom{kind: kind, told: map[string]bool{}, silent: make([]bool, len(d.commits))}
	if d.Config.Mentions.Merges != "quiet" {
		return k
	}
	named := map[string]bool{}
	var subjects map[string]bool
	for i := range d.commits {
		c := &d.commits[i]
		if !c.speaks || len(c.Parents) < 2 || c.Generated == nil || len(c.Mentions) == 0 {
			continue
		}
		if subjects == nil {
			subjects = d.subjects()
		}
		if k.silent[i] = d.saysNothing(c, subjects); !k.silent[i] {
			continue
		}
		for _, key := range c.Mentions {
			named[d.ledger.issue(key)] = true
		}
	}
	if len(named) == 0 {
		return k
	}
	for i := range d.commits {
		c := &d.commits[i]
		if k.silent[i] {
			continue
		}
		for _, key := range c.Mentions {
			if issue := d.ledger.issue(key); named[issue] {
				before := d.ledger.done(kind, key, c.change, "") // asked whatever else is known
				k.told[issue] = k.told[issue] || before || c.speaks && (kind != "comment" || !d.isHistory(c))
			}
		}
	}
	return k
}

// subjects are those of the commits that are no merges.
func (d *pushDraft) subjects() map[string]bool {
	all := make(map[string]bool, len(d.commits))
	for _, c := range d.commits {
		if len(c.Parents) < 2 {
			all[wiki.OneLine(c.Subject)] = true
		}
	}
	return all
}

// isToldBy reports whether a commit, by its place, is such a merge, and the issue
// was told by a commit that it brings, or earlier by one on a branch that the merge
// names and that names the issue.
func (d *pushDraft) isToldBy(k knownFrom, at int, issue string) bool {
	if !k.silent[at] {
		return false
	}
	told := k.told[d.ledger.issue(issue)]
	if mr := d.commits[at].MergeRequest; mr != nil {
		for _, branch := range []string{mr.Source, mr.Target} {
			if slices.Contains(d.keysOn(branch), issue) && d.ledger.isNamed(d.toldOnID(k.kind, issue, branch)) {
				told = true
			}
		}
	}
	return told
}

func (d *pushDraft) toldOnID(kind, issue, branch string) string {
	return d.ledger.id("told on", issue, d.push.Repository.ID, kind, branch)
}

// keysOn are the keys in a branch's name.
func (d *pushDraft) keysOn(branch string) []string {
	keys, ok := d.branchNames[branch]
	if !ok {
		keys = d.branchKeys(branch)
		d.branchNames[branch] = keys
	}
	return keys
}

// recordToldOn puts on record that an issue was told of commits on branches that
// name it.
func (d *pushDraft) recordToldOn(kind string, m mention) {
	seen := map[string]bool{}
	for _, c := range m.commits {
		for _, branch := range c.Arrives {
			if seen[branch] {
				continue
			}
			seen[branch] = true
			if slices.Contains(d.keysOn(branch), m.issue) {
				r := Record{ID: d.toldOnID(kind, m.issue, branch), Kind: "told on", Issue: m.issue, Place: kind, When: d.push.Time}
				d.records = append(d.records, r)
			}
		}
	}
}

// saysNothing reports whether all of a merge's message was written by git or a
// server, closes issues, names people, was a command that ran, or is the subject
// of a commit that it brings.
func (d *pushDraft) saysNothing(c *statement, subjects map[string]bool) bool {
	if c.Cut {
		return false
	}
	at := -1
	for line := range strings.Lines(c.Commit.Message) {
		at++
		line = strings.TrimSpace(line)
		switch {
		case line == "", c.Generated[at] && !c.ran[at], c.Trailers[at], c.ran[at] && len(c.moving[at]) == 0:
		case subjects[wiki.OneLine(strings.TrimLeft(line, "*-• "))], d.onlyCloses(line):
		default:
			return false
		}
	}
	return true
}

// onlyCloses reports whether a line is a closing word with its list of issues and
// nothing else, as servers add it: "Closes SHOP-7, SHOP-8 and #12".
func (d *pushDraft) onlyCloses(line string) bool {
	words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t,;:.[]()", r) })
	if len(words) < 2 || !slices.ContainsFunc(d.Config.Keywords.Closing, func(w string) bool { return strings.EqualFold(w, words[0]) }) {
		return false
	}
	for _, w := range words[1:] {
		switch strings.ToLower(w) {
		case "and", "issue", "issues", "&":
			continue
		}
		if number := strings.TrimLeft(w, "#!"); number != w && strings.Trim(number, "0123456789") == "" {
			continue
		}
		if keys := d.Parser.Keys(w); len(keys) != 1 || !strings.EqualFold(keys[0], w) {
			return false
		}
	}
	return true
}
