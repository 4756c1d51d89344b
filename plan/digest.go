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
		d.putDigest(m)
	}
}

func (d *draft) putDigest(m mention) {
	a := Action{Issue: m.issue, Kind: KindComment, Because: m.because(), Records: d.recordsOf("comment", m)}
	a.Text = "comment: commit " + short(m.commits[0].ID)
	if n := len(m.commits); n > 1 {
		a.Text = fmt.Sprintf("comment: %d commits", n)
	}
	marker := markerOf(d.onceID(a))
	a.Comment = &Comment{Body: d.digest(m) + "\n" + visible(marker), Marker: marker, Visibility: d.visibility()}
	d.put(a)
}

// digest is the comment's text without its marker.
func (d *draft) digest(m mention) string {
	if len(m.commits) == 1 {
		c := m.commits[0]
		subject, body := d.told(c)
		text := subject
		if d.Config.Mentions.Detail == "message" && body != "" {
			text += "\n\n" + body
		}
		return fmt.Sprintf("%s mentioned this issue in commit %s%s%s:\n%s", bold(authorName(c.Commit)), d.commitLink(c.Commit),
			d.whereabouts(m), d.mergeRequest(c), quotedUpTo(text, maxText-2000))
	}
	head := fmt.Sprintf("%s mentioned this issue in %d commits%s", d.authors(m), len(m.commits), d.whereabouts(m))
	if compare := d.compare(m); compare != "" {
		head += " (" + linked("compare", compare) + ")"
	}
	if d.Config.Mentions.Detail == "message" && len(m.commits) <= maxQuoted && d.anyBody(m) {
		return head + ":\n" + d.quotedCommits(m)
	}
	return head + ":\n" + d.listedCommits(m)
}

// told is what a digest says of a commit: its subject, and the body without the
// lines whose commands ran. Of a subject with commands that ran, what stands
// before them is told, if it says anything.
func (d *draft) told(c statement) (subject, body string) {
	lines := strings.Split(c.Commit.Message, "\n")
	first := slices.IndexFunc(lines, func(l string) bool { return strings.TrimSpace(l) != "" })
	if first < 0 {
		return OneLine(c.Subject), ""
	}
	subject = OneLine(lines[first])
	if c.ran[first] {
		if before, _, _ := strings.Cut(subject, " #"); saysMore(before, c.Mentions) {
			subject = before
		}
	}
	var kept []string
	for i, l := range lines[first+1:] {
		if !c.ran[first+1+i] {
			kept = append(kept, l)
		}
	}
	body = strings.TrimSpace(clean(strings.Join(kept, "\n")))
	if c.Cut {
		body = strings.TrimSpace(body + "\n…")
	}
	return subject, body
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
		_, body := d.told(c)
		return body != ""
	})
}

func (d *draft) quotedCommits(m mention) string {
	each := (maxText - 3000) / len(m.commits)
	var b strings.Builder
	for _, c := range m.commits {
		subject, body := d.told(c)
		fmt.Fprintf(&b, "\n%s %s%s%s\n", d.commitLink(c.Commit), bold(cut(subject, maxSubject)), d.by(m, c), d.mergeRequest(c))
		if body != "" {
			b.WriteString(quotedUpTo(body, each) + "\n")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

func (d *draft) listedCommits(m mention) string {
	var lines []string
	size := 0
	for i, c := range m.commits {
		subject, _ := d.told(c)
		line := fmt.Sprintf("* %s %s%s%s", d.commitLink(c.Commit), escape(cut(subject, maxSubject)), d.by(m, c), d.mergeRequest(c))
		size += units(line) + 1
		if i == maxListed || size > maxText-2000 {
			lines = append(lines, fmt.Sprintf("* … and %d more", len(m.commits)-i))
			break
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
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

// markerOf is the short text by which a comment or worklog is known as ours
// when the answer to its request was lost; visible shows it small.
func markerOf(id string) string { return "jirahook " + id[:12] }

func visible(marker string) string { return "^" + marker + "^" }

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
