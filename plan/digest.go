package plan

import (
	"fmt"
	"slices"
	"strings"

	"jirahook/wiki"
)

// Jira's limit for a text is 32,767 UTF-16 units unless its admin changed it.
const (
	maxText    = 30_000
	maxQuoted  = 5  // so many messages are quoted whole in one digest
	maxListed  = 50 // so many commits are listed in one digest
	maxSubject = 200
)

// mention is what one issue is told of one push.
type mention struct {
	issue   string
	commits []statement
}

func (m mention) because() string {
	last := m.commits[len(m.commits)-1]
	if len(m.commits) == 1 {
		return fmt.Sprintf("mentioned in commit %s", short(last.ID))
	}
	return fmt.Sprintf("mentioned in %d commits, %s to %s", len(m.commits), short(m.commits[0].ID), short(last.ID))
}

// mentions gathers by issue the commits that mention it and have no record of
// the kind.
func (d *pushDraft) mentions(kind string) []mention {
	var all []mention
	at := map[string]int{}
	type heard struct {
		issue  string
		change *class
	}
	seen := map[heard]bool{}
	told := d.merged(kind)
	for place, c := range d.commits {
		if d.over() {
			return nil
		}
		if !c.speaks {
			continue
		}
		for _, key := range c.Mentions {
			// A cherry-pick, pushed together with its original, is of its change; and
			// the issue may be named by several keys.
			issue := d.ledger.issue(key)
			h := heard{issue, c.change.class()}
			if seen[h] || d.ledger.done(kind, key, c.change, "") {
				continue
			}
			seen[h] = true
			if kind == "comment" && d.isHistory(&d.commits[place]) {
				d.noteAge(&d.commits[place])
				d.uncommented = true
				d.records = append(d.records, d.ledger.record(kind, key, c.change, "", ""))
				continue
			}
			if d.isToldBy(told, place, key) {
				d.records = append(d.records, d.ledger.record(kind, key, c.change, "", ""))
				continue
			}
			i, ok := at[issue]
			if !ok {
				i = len(all)
				at[issue] = i
				all = append(all, mention{issue: key})
			}
			all[i].commits = append(all[i].commits, c)
		}
	}
	return all
}

// recordsOf are the records of a mention, with what made it and of how many
// commits it tells, and what its id comes from.
func (d *pushDraft) recordsOf(kind string, m mention) (records []Record, once []string) {
	for _, c := range m.commits {
		records = append(records, d.ledger.record(kind, m.issue, c.change, "", ""))
		once = append(once, d.ledger.onceBefore(kind, m.issue, c.change, "")...)
	}
	return records, once
}

// portions are the mentions as a mode of the configuration divides them: one
// for the issue and push, one for each commit, or none.
func (d *pushDraft) portions(mode, kind string) []mention {
	if mode != "push" && mode != "commit" {
		return nil
	}
	whole := d.mentions(kind)
	if mode == "push" {
		return whole
	}
	var each []mention
	for _, m := range whole {
		for _, c := range m.commits {
			each = append(each, mention{issue: m.issue, commits: []statement{c}})
		}
	}
	return each
}

// comment tells the mentioned issues of the commits (mentions.comment).
func (d *pushDraft) comment() {
	if d.Config.Mentions.Comment == "branch" {
		d.grow("comment", d.putGrownComment, d.putDigest)
		return
	}
	for _, m := range d.portions(d.Config.Mentions.Comment, "comment") {
		if d.over() {
			return
		}
		d.putDigest(m)
	}
}

func (d *pushDraft) putDigest(m mention) {
	a := Action{Issue: m.issue, Kind: KindComment, Rule: ruleComment, Because: m.because()}
	records, once := d.recordsOf("comment", m)
	a.Text = "comment: commit " + short(m.commits[0].ID)
	if n := len(m.commits); n > 1 {
		a.Text = fmt.Sprintf("comment: %d commits", n)
	}
	a.Comment = &Comment{Marker: markerOf(d.onceID(a, once...)), Visibility: d.visibility}
	d.digest(m).into(a.Comment)
	d.recordToldOn("comment", m)
	if len(m.commits) == 1 {
		a.Comment.Edits = d.underDroppedKeys(m.commits[0], "comment", "")
	}
	a.Records = madeBy(records, a.Comment.Marker, portion{commits: len(m.commits), first: m.commits[0].ID})
	d.put(a, once...)
}

// digest is the comment's text.
func (d *pushDraft) digest(m mention) parts {
	var text parts
	if d.known.Asking {
		return text
	}
	reverted := d.reverted(m)
	if len(m.commits) == 1 {
		c := m.commits[0]
		t := d.told(c)
		head := fmt.Sprintf("%s mentioned this issue in commit %s%s%s:\n", d.authors(m), d.commitLink(c.Commit),
			d.whereabouts(m), d.mergeRequest(c))
		text.add(head)
		if d.Config.Mentions.Detail != "message" {
			t.body = nil
		}
		text.addAll(t.quoted(c.share(maxText - wiki.Units(head+reverted))))
		text.add(reverted)
		return text
	}
	head := fmt.Sprintf("%s mentioned this issue in %d commits%s", d.authors(m), len(m.commits), d.whereabouts(m))
	if compare := d.compare(m); compare != "" {
		head += " (" + wiki.Linked("compare", compare) + ")"
	}
	text.add(head + ":\n")
	room := maxText - wiki.Units(head+reverted)
	if d.Config.Mentions.Detail == "message" && len(m.commits) <= maxQuoted && d.anyBody(m) {
		text.addAll(d.quotedCommits(m, room))
	} else {
		text.addAll(d.listedCommits(m, room))
	}
	text.add(reverted)
	return text
}

func (d *pushDraft) anyBody(m mention) bool {
	return slices.ContainsFunc(m.commits, func(c statement) bool {
		return len(d.told(c).body) > 0
	})
}

// titled is a commit of a digest: what stands before its title, the title, and
// what stands behind it.
type titled struct {
	lead, tail string
	title      parts
}

func (t titled) units() int {
	return wiki.Units(t.lead) + wiki.Units(t.title[0].Text) + wiki.Units(t.tail)
}

// quotedCommits quotes each commit, in at most max UTF-16 units of markup.
func (d *pushDraft) quotedCommits(m mention, max int) parts {
	heads, by := make([]titled, len(m.commits)), d.byWhom(m)
	for i, c := range m.commits {
		heads[i] = titled{"\n" + d.commitLink(c.Commit) + " ", by(c) + d.mergeRequest(c), d.told(c).title(wiki.Bold)}
		max -= heads[i].units()
	}
	var p parts
	for i, c := range m.commits {
		if i > 0 {
			p.add("\n")
		}
		p.add(heads[i].lead)
		p.addAll(heads[i].title)
		p.add(heads[i].tail)
		p.addAll(d.told(c).quotedBody(c.share(max / len(m.commits))))
	}
	return p
}

// listedCommits lists the commits, in at most max UTF-16 units of markup.
func (d *pushDraft) listedCommits(m mention, max int) parts {
	var p parts
	size, by := 0, d.byWhom(m)
	for i, c := range m.commits {
		t := titled{"* " + d.commitLink(c.Commit) + " ", by(c) + d.mergeRequest(c), d.told(c).title(wiki.Escape)}
		size += t.units() + 1
		if i > 0 {
			p.add("\n")
		}
		if i == maxListed || size > max {
			p.add(fmt.Sprintf("* … and %d more", len(m.commits)-i))
			break
		}
		p.add(t.lead)
		p.addAll(t.title)
		p.add(t.tail)
	}
	return p
}

// markerOf is the short name by which a comment or worklog is known as ours when
// the answer to its request was lost, and when it is edited.
func markerOf(id string) string { return "jirahook " + id[:12] }

// quotedUpTo quotes text whose markup takes at most max UTF-16 units.
func quotedUpTo(text string, max int) string {
	return "{quote}\n" + escapedUpTo(strings.TrimSpace(wiki.Clean(text)), max) + "\n{quote}"
}

// escapedUpTo is text whose markup takes at most max UTF-16 units.
func escapedUpTo(text string, max int) string {
	for size := max; ; size = size * 3 / 4 {
		if e := wiki.Escape(wiki.Cut(text, size)); wiki.Units(e) <= max {
			return e
		}
	}
}
