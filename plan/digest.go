package plan

import (
	"fmt"
	"slices"
	"strings"

	"jirahook/push"
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
func (d *draft) mentions(kind string) []mention {
	var all []mention
	at := map[string]int{}
	seen := map[string]string{}
	for _, c := range d.commits {
		if d.over() {
			return nil
		}
		if !c.speaks {
			continue
		}
		for _, issue := range c.Mentions {
			if before, ok := seen[issue+" "+c.change.exact]; ok && !d.history.distinct(before, c.Commit) {
				continue // a cherry-pick, pushed together with its original
			}
			seen[issue+" "+c.change.exact] = c.ID
			if _, done := d.ledger.done(kind, issue, c.change, ""); done {
				continue
			}
			i, ok := at[issue]
			if !ok {
				i = len(all)
				at[issue] = i
				all = append(all, mention{issue: issue})
			}
			all[i].commits = append(all[i].commits, c)
		}
	}
	return all
}

func (d *draft) recordsOf(kind string, m mention) []Record {
	var records []Record
	for _, c := range m.commits {
		records = append(records, d.ledger.records(kind, m.issue, c.change, "", "")...)
	}
	return records
}

// portions are the mentions as a mode of the configuration divides them: one
// for the issue and push, one for each commit, or none.
func (d *draft) portions(mode, kind string) []mention {
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
func (d *draft) comment() {
	for _, m := range d.portions(d.Config.Mentions.Comment, "comment") {
		if d.over() {
			return
		}
		d.putDigest(m)
	}
}

func (d *draft) putDigest(m mention) {
	a := Action{Issue: m.issue, Kind: KindComment, Because: m.because(), Records: d.recordsOf("comment", m)}
	a.Text = "comment: commit " + short(m.commits[0].ID)
	if n := len(m.commits); n > 1 {
		a.Text = fmt.Sprintf("comment: %d commits", n)
	}
	a.Comment = &Comment{Marker: markerOf(d.onceID(a)), Visibility: d.visibility()}
	d.digest(m).into(a.Comment)
	d.put(a)
}

// digest is the comment's text.
func (d *draft) digest(m mention) parts {
	var text parts
	if len(m.commits) == 1 {
		c := m.commits[0]
		t := d.told(c)
		text.add(fmt.Sprintf("%s mentioned this issue in commit %s%s%s:\n", bold(authorName(c.Commit)), d.commitLink(c.Commit),
			d.whereabouts(m), d.mergeRequest(c)))
		if d.Config.Mentions.Detail != "message" {
			t.body = nil
		}
		text.addAll(t.quoted(maxText - 2000))
		return text
	}
	head := fmt.Sprintf("%s mentioned this issue in %d commits%s", d.authors(m), len(m.commits), d.whereabouts(m))
	if compare := d.compare(m); compare != "" {
		head += " (" + linked("compare", compare) + ")"
	}
	text.add(head + ":\n")
	if d.Config.Mentions.Detail == "message" && len(m.commits) <= maxQuoted && d.anyBody(m) {
		text.addAll(d.quotedCommits(m))
	} else {
		text.addAll(d.listedCommits(m))
	}
	return text
}

// telling is what a digest says of a commit: its subject, and the lines of the
// body whose commands did not run. Of a subject with commands that ran, what
// stands before them is told, if it says anything.
type telling struct {
	subject string
	// before is the subject where each of the commands names a transition.
	before   string
	commands []Moving
	body     []line // the first and the last say something
}

// told is what a digest says of a commit.
func (d *draft) told(c statement) telling {
	lines := strings.Split(c.Commit.Message, "\n")
	first := slices.IndexFunc(lines, func(l string) bool { return strings.TrimSpace(l) != "" })
	if first < 0 {
		return telling{subject: OneLine(c.Subject)}
	}
	t := telling{subject: OneLine(lines[first])}
	if t.before = t.subject; c.ran[first] {
		if before, _, _ := strings.Cut(t.subject, " #"); saysMore(before, c.Mentions) {
			t.before = before
		}
	}
	if t.commands = c.moving[first]; len(t.commands) == 0 {
		t.subject = t.before
	}
	for i, l := range lines[first+1:] {
		at := first + 1 + i
		if c.ran[at] && len(c.moving[at]) == 0 {
			continue
		}
		for text := range strings.SplitSeq(clean(l), "\n") {
			t.body = append(t.body, line{strings.TrimRight(text, " "), c.moving[at]})
		}
	}
	isBlank := func(l line) bool { return strings.TrimSpace(l.text) == "" }
	for len(t.body) > 0 && isBlank(t.body[0]) {
		t.body = t.body[1:]
	}
	for len(t.body) > 0 && isBlank(t.body[len(t.body)-1]) {
		t.body = t.body[:len(t.body)-1]
	}
	if len(t.body) > 0 {
		t.body[0].text = strings.TrimLeft(t.body[0].text, " ")
	}
	if c.Cut {
		t.body = append(t.body, line{text: "…"})
	}
	return t
}

// title is the subject cut to size, as markup.
func (t telling) title(markup func(string) string) parts {
	return parts{{Text: markup(cut(t.subject, maxSubject)), Commands: t.commands, Else: markup(cut(t.before, maxSubject))}}
}

// quoted is a quotation of the whole, at most max UTF-16 units of markup.
func (t telling) quoted(max int) parts {
	subject := escapedUpTo(t.subject, max)
	var p parts
	p.add("{quote}\n")
	p.addAll(parts{{Text: subject, Commands: t.commands, Else: escapedUpTo(t.before, max)}})
	if len(t.body) > 0 {
		p.addAll(parts{{Text: "\n\n", Commands: t.onlyIf()}})
		p.addAll(linesUpTo(t.body, max-units(subject)))
	}
	p.add("\n{quote}")
	return p
}

// quotedBody is a quotation of the body, at most max UTF-16 units of markup. It
// begins with a line feed; where nothing of the body is left, it is nothing.
func (t telling) quotedBody(max int) parts {
	if len(t.body) == 0 {
		return nil
	}
	p := parts{{Text: "\n{quote}\n", Commands: t.onlyIf()}}
	p.addAll(linesUpTo(t.body, max))
	return append(p, Part{Text: "\n{quote}", Commands: t.onlyIf()})
}

// onlyIf are the commands that leave nothing of the body where each of them names
// a transition; none: something is left.
func (t telling) onlyIf() []Moving {
	var all []Moving
	for _, l := range t.body {
		if l.stays() && strings.TrimSpace(l.text) != "" {
			return nil
		}
		all = append(all, l.commands...)
	}
	return all
}

// saysMore reports whether a text holds more than issue keys.
func saysMore(text string, keys []string) bool {
	for _, k := range keys {
		text = strings.ReplaceAll(text, k, "")
	}
	return strings.IndexFunc(text, isWord) >= 0
}

func (d *draft) anyBody(m mention) bool {
	return slices.ContainsFunc(m.commits, func(c statement) bool {
		return len(d.told(c).body) > 0
	})
}

func (d *draft) quotedCommits(m mention) parts {
	each := (maxText - 3000) / len(m.commits)
	var p parts
	for i, c := range m.commits {
		if i > 0 {
			p.add("\n")
		}
		t := d.told(c)
		p.add("\n" + d.commitLink(c.Commit) + " ")
		p.addAll(t.title(bold))
		p.add(d.by(m, c) + d.mergeRequest(c))
		p.addAll(t.quotedBody(each))
	}
	return p
}

func (d *draft) listedCommits(m mention) parts {
	var p parts
	size := 0
	for i, c := range m.commits {
		title := d.told(c).title(escape)
		lead, tail := "* "+d.commitLink(c.Commit)+" ", d.by(m, c)+d.mergeRequest(c)
		size += units(lead) + units(title[0].Text) + units(tail) + 1
		if i > 0 {
			p.add("\n")
		}
		if i == maxListed || size > maxText-2000 {
			p.add(fmt.Sprintf("* … and %d more", len(m.commits)-i))
			break
		}
		p.add(lead)
		p.addAll(title)
		p.add(tail)
	}
	return p
}

// by names the author of a commit where the head names several.
func (d *draft) by(m mention, c statement) string {
	for _, other := range m.commits {
		if authorName(other.Commit) != authorName(c.Commit) {
			return " by " + escape(authorName(c.Commit))
		}
	}
	return ""
}

func (d *draft) authors(m mention) string {
	var names []string
	for _, c := range m.commits {
		if name := bold(authorName(c.Commit)); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return listed(names)
}

// whereabouts is " on branch main of team/app", linked where there is a page.
func (d *draft) whereabouts(m mention) string {
	var branches []string
	for _, c := range m.commits {
		if name := linked(c.branch, d.links.branch(c.branch)); c.branch != "" && !slices.Contains(branches, name) {
			branches = append(branches, name)
		}
	}
	on := ""
	switch len(branches) {
	case 0:
	case 1:
		on = " on branch " + branches[0]
	default:
		on = " on branches " + listed(branches)
	}
	if d.project == "" {
		return on
	}
	return on + " of " + linked(d.project, d.links.projectPage())
}

// listed joins up to three things, and counts the rest.
func listed(things []string) string {
	if len(things) == 1 {
		return things[0]
	}
	if len(things) > 3 {
		return fmt.Sprintf("%s and %d others", strings.Join(things[:2], ", "), len(things)-2)
	}
	return strings.Join(things[:len(things)-1], ", ") + " and " + things[len(things)-1]
}

// mergeRequest links the merge request that a merge commit names.
func (d *draft) mergeRequest(c statement) string {
	mr := c.MergeRequest
	if mr == nil || mr.Number == 0 {
		return ""
	}
	name := fmt.Sprintf("!%d", mr.Number)
	path := mr.Path
	if path == d.project {
		path = ""
	}
	address := d.links.mergeRequest(path, mr.Number)
	if mr.Host != "" && !sameHost(mr.Host, d.Config.Server.URL) {
		address = "" // a message never chooses where a link leads
	}
	return " (merge request " + linked(path+name, address) + ")"
}

func (d *draft) commitLink(c push.Commit) string { return linked(short(c.ID), d.links.commit(c.ID)) }

// authorName is the author as a person reads it.
func authorName(c push.Commit) string {
	for _, s := range []string{c.Author.Name, c.Author.Email} {
		if s = OneLine(s); s != "" {
			return cut(s, 100)
		}
	}
	return "somebody"
}

func (d *draft) visibility() Visibility {
	switch v := d.Config.Mentions.Visibility; {
	case v.Role != "":
		return Visibility{Type: "role", Value: v.Role}
	case v.Group != "":
		return Visibility{Type: "group", Value: v.Group}
	}
	return Visibility{}
}

// markerOf is the short name by which a comment or worklog is known as ours when
// the answer to its request was lost, and when it is edited.
func markerOf(id string) string { return "jirahook " + id[:12] }

// quotedUpTo quotes text whose markup takes at most max UTF-16 units.
func quotedUpTo(text string, max int) string {
	return "{quote}\n" + escapedUpTo(strings.TrimSpace(clean(text)), max) + "\n{quote}"
}

// escapedUpTo is text whose markup takes at most max UTF-16 units.
func escapedUpTo(text string, max int) string {
	for size := max; ; size = size * 3 / 4 {
		if e := escape(cut(text, size)); units(e) <= max {
			return e
		}
	}
}
