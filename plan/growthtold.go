package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"jirahook/wiki"
)

// putGrownComment says in one comment what the issue is told of a branch.
func (d *pushDraft) putGrownComment(g *growth) {
	once := d.onceGrown(g, "comment")
	a := Action{Issue: g.issue, Kind: KindComment, Rule: ruleComment, Because: g.because()}
	a.Text = fmt.Sprintf("comment: %s on branch %s", counted(g.Count), wiki.OneLine(g.branch))
	a.Comment = &Comment{Marker: markerOf(d.onceID(a, once...)), Visibility: d.visibility, Edits: g.made, OnlyEdit: len(g.fresh) == 0 && len(g.made) > 0}
	d.grownDigest(g).into(a.Comment)
	d.recordToldOn("comment", mention{issue: g.issue, commits: g.fresh})
	a.Records = d.growthRecords(g, "comment", a.Comment.Marker)
	d.put(a, once...)
}

func counted(n int) string {
	if n == 1 {
		return "1 commit"
	}
	return fmt.Sprintf("%d commits", n)
}

// grownDigest is the comment's text: who, where, and the last commits.
func (d *pushDraft) grownDigest(g *growth) parts {
	if d.known.Asking {
		return nil
	}
	where := d.whereabouts(mention{commits: []statement{{branch: g.branch}}})
	switch {
	case len(g.Lines) > 0:
	case g.Count > 0: // they were told long ago
		return parts{{Text: fmt.Sprintf("Earlier commits%s mention this issue: %d.", where, g.Count)}}
	default:
		return parts{{Text: "No commit" + where + " mentions this issue any more."}}
	}
	var names []string
	seen := map[string]bool{}
	for _, l := range g.Lines {
		for _, name := range l.People {
			if !seen[name] {
				seen[name] = true
				names = append(names, wiki.Bold(name))
			}
		}
	}
	head := fmt.Sprintf("%s mentioned this issue in %s%s", listed(names), counted(g.Count), where)
	if compare := d.links.compare(g.From, g.Lines[len(g.Lines)-1].Commit); compare != "" && g.Count > 1 {
		head += " (" + wiki.Linked("compare", compare) + ")"
	}
	var p parts
	p.add(head + ":")
	shown, texts := d.shownLines(g, maxText-wiki.Units(head))
	if earlier := g.Count - len(shown); earlier > 0 {
		p.add(fmt.Sprintf("\n* … and %d before", earlier))
	}
	var closed []string
	for i, l := range shown {
		p.add("\n")
		p.addAll(texts[i])
		if l.Reopens {
			closed = append(closed, wiki.Linked(short(l.Commit), d.links.commit(l.Commit)))
		}
	}
	if len(closed) > 0 {
		p.add(fmt.Sprintf("\nThis issue was closed by what %s reverts.", listed(closed)))
	}
	return p
}

// shownLines are the last commits, as many as a digest lists and as fit into max
// UTF-16 units of markup, but one at least.
func (d *pushDraft) shownLines(g *growth, max int) (shown []grownLine, texts []parts) {
	several := slices.ContainsFunc(g.Lines, func(l grownLine) bool { return !slices.Equal(l.People, g.Lines[0].People) })
	size := 0
	for _, l := range slices.Backward(lastOf(g.Lines, maxListed)) {
		tail := l.Tail
		if several {
			tail += byThose(l.People)
		}
		lead := "* " + wiki.Linked(short(l.Commit), d.links.commit(l.Commit)) + " "
		subject := wiki.Escape(l.Subject)
		if size += wiki.Units(lead) + wiki.Units(subject) + wiki.Units(tail) + 1; size > max && len(shown) > 0 {
			break
		}
		var text parts
		text.add(lead)
		text.addAll(parts{{Text: subject, Commands: l.Commands, Else: wiki.Escape(cmp.Or(l.Before, l.Subject))}})
		text.add(tail)
		shown, texts = append(shown, l), append(texts, text)
	}
	slices.Reverse(shown)
	slices.Reverse(texts)
	return shown, texts
}

// putGrownLink leads with one link to all that mentions the issue on a branch.
func (d *pushDraft) putGrownLink(g *growth) {
	l := &Link{GlobalID: d.globalID("commits-on", g.branch), Relationship: "mentioned in"}
	a := Action{Issue: g.issue, Kind: KindLink, Rule: ruleLink, Because: g.because(), Link: l}
	if len(g.Lines) == 0 {
		l.Remove = true
		a.Text = "link: taken away"
	} else {
		first, last := g.Lines[0], g.Lines[len(g.Lines)-1]
		l.URL = d.links.commit(last.Commit)
		title := wiki.Cut(cmp.Or(last.Before, last.Subject), maxSubjectInLink)
		for _, c := range slices.Concat(g.moved, g.back, g.fresh) {
			if c.ID == last.Commit {
				title = d.told(c).link
			}
		}
		l.Title = fmt.Sprintf("Commit %s - %s", short(last.Commit), title)
		if g.Count > 1 {
			l.URL = cmp.Or(d.links.compare(g.From, last.Commit), l.URL)
			l.Title = fmt.Sprintf("%d commits, %s to %s", g.Count, short(cmp.Or(g.First, first.Commit)), short(last.Commit))
		}
		if l.URL == "" {
			return
		}
		l.Summary = wiki.Cut(strings.TrimPrefix(d.project+", branch "+wiki.OneLine(g.branch), ", "), maxTitle)
		a.Text = "link: " + l.Title
	}
	once := d.onceGrown(g, "link")
	d.recordToldOn("link", mention{issue: g.issue, commits: g.fresh})
	a.Records = d.growthRecords(g, "link", l.GlobalID)
	d.put(a, once...)
}
