package plan

import (
	"fmt"
	"slices"
	"strings"

	"jirahook/push"
)

// A commit that was rewritten does not speak again. But when a forced push has
// taken the earlier form away, what leads to that in Jira is brought up to date
// in place: its web link, and a comment that tells of it alone. A link to several
// commits that were pushed together follows them as a whole.

// portion is what a comment or link tells of: how many commits, the first of them
// and what that stands on. In a record it is the Detail.
type portion struct {
	commits     int
	first, from string
}

func (d *pushDraft) portionOf(m mention) portion {
	return portion{len(m.commits), m.commits[0].ID, d.compareFrom(m)}
}

func (p portion) String() string {
	if p.commits == 1 {
		return "1"
	}
	return fmt.Sprintf("%d %s %s", p.commits, p.first, p.from)
}

func parsePortion(detail string) portion {
	var p portion
	fields := strings.Split(detail, " ")
	if _, err := fmt.Sscanf(fields[0], "%d", &p.commits); err != nil {
		return portion{} // of an older version: nobody knows
	}
	if len(fields) == 3 {
		p.first, p.from = fields[1], fields[2]
	}
	return p
}

// madeBy completes the records of a mention by what made it.
func madeBy(records []Record, via string, p portion) []Record {
	for i := range records {
		records[i].Via, records[i].Detail = via, p.String()
	}
	return records
}

// renew brings up to date what leads to commits that this push took away.
func (d *pushDraft) renew() {
	if len(d.push.Gone) == 0 {
		return
	}
	links := &renewals{of: map[linkAt]*renewal{}}
	for _, c := range d.commits {
		if !c.speaks || c.change.own == nil {
			continue
		}
		if d.over() {
			return
		}
		names := map[string]bool{}
		for _, key := range c.Mentions {
			names[d.ledger.issue(key)] = true
		}
		cl := c.change.class()
		for _, e := range slices.Clone(cl.order) { // renewing adds records
			r, ok := d.ledger.leadsAway(cl.told[e], c.Commit)
			if !ok {
				continue
			}
			switch {
			case e.kind == "link" && (names[e.issue] || !d.ledger.kept[r.Commit]):
				links.add(r, c, names[e.issue])
			case e.kind == "comment" && names[e.issue] && parsePortion(r.Detail).commits == 1:
				d.renewComment(c, r, vias(cl.told[e]))
			}
		}
	}
	for _, w := range links.all {
		d.renewLink(w)
	}
}

// leadsAway finds the record of what leads to a commit that is gone, and that c is
// the new form of.
func (l *ledger) leadsAway(told []Record, c push.Commit) (Record, bool) {
	for _, r := range slices.Backward(told) {
		if r.Via != "" && r.Commit != c.ID && l.gone[r.Commit] {
			return r, true
		}
	}
	return Record{}, false
}

// underDroppedKeys are the comments that told of a commit that is gone by keys that
// its new form c does not name: should Jira say that the issue was only moved, the
// comment for its new key takes the place of one of them.
func (d *pushDraft) underDroppedKeys(c statement, kind, place string) []string {
	if len(d.push.Gone) == 0 {
		return nil
	}
	names := map[string]bool{}
	for _, key := range c.Mentions {
		names[d.ledger.issue(key)] = true
	}
	var all []string
	cl := c.change.class()
	for _, e := range cl.order {
		if e.kind != kind || e.place != place || names[e.issue] {
			continue
		}
		if r, ok := d.ledger.leadsAway(cl.told[e], c.Commit); ok && (kind != "comment" || parsePortion(r.Detail).commits == 1) {
			all = append(all, vias(cl.told[e])...)
		}
	}
	return all
}

// vias are what the records were made by, the last first.
func vias(told []Record) []string {
	var all []string
	for _, r := range slices.Backward(told) {
		if r.Via != "" && !slices.Contains(all, r.Via) {
			all = append(all, r.Via)
		}
	}
	return all
}

// renewComment puts the commit as it is now into the comment that tells of its
// earlier form.
func (d *pushDraft) renewComment(c statement, r Record, earlier []string) {
	if d.Config.Mentions.Comment == "none" {
		return
	}
	m := mention{issue: r.Issue, commits: []statement{c}}
	once := d.onceRenewed(r, c)
	a := Action{Issue: r.Issue, Kind: KindComment, Rule: ruleComment, Text: "comment: now commit " + short(c.ID), Because: rewritten(r, c)}
	a.Comment = &Comment{Marker: markerOf(d.onceID(a, once...)), Visibility: d.visibility, Edits: earlier, OnlyEdit: true}
	d.digest(m).into(a.Comment)
	a.Records = []Record{d.renewed(r, c, a.Comment.Marker, r.Detail)}
	d.put(a, once...)
}

// renewSaying does so with what a person said by a command.
func (d *pushDraft) renewSaying(c *statement, cmd written, before Record) {
	told := c.change.class().told[effect{before.Kind, d.ledger.issue(before.Issue), before.Place}]
	r, ok := d.ledger.leadsAway(told, c.Commit)
	if !ok {
		return
	}
	once := d.onceRenewed(r, *c)
	a := Action{Issue: r.Issue, Kind: KindComment, Rule: ruleCommand, Text: "comment: now of commit " + short(c.ID), Because: rewritten(r, *c)}
	a.Comment = d.saying(c, cmd.Command, markerOf(d.onceID(a, once...)))
	a.Comment.Edits, a.Comment.OnlyEdit = vias(told), true
	a.Records = []Record{d.renewed(r, *c, a.Comment.Marker, r.Detail)}
	d.pending = append(d.pending, d.finish(a, once...))
}

func rewritten(r Record, c statement) string {
	return fmt.Sprintf("commit %s was rewritten to %s", short(r.Commit), short(c.ID))
}

// onceRenewed is what makes a renewal the only one: a commit may go and come back
// several times.
func (d *pushDraft) onceRenewed(r Record, c statement) []string {
	return []string{"rewritten", d.push.ID, r.Via, c.ID}
}

// renewed is the record of what leads to the new form now.
func (d *pushDraft) renewed(r Record, c statement, via, detail string) Record {
	now := d.ledger.record(r.Kind, r.Issue, c.change, r.Place, detail)
	now.Via = via
	return now
}

// renewal is a web link that leads to commits that were rewritten.
type renewal struct {
	record Record // of one of them
	// kept are those that name the issue still; left do not, of all how many.
	kept, left []statement
	why        string
}

// linkAt is a link of an issue.
type linkAt struct{ issue, via string }

// renewals are gathered by link.
type renewals struct {
	all []*renewal
	of  map[linkAt]*renewal
}

func (w *renewals) add(r Record, c statement, names bool) {
	at := linkAt{r.Issue, r.Via}
	one := w.of[at]
	if one == nil {
		one = &renewal{record: r, why: rewritten(r, c)}
		w.of[at] = one
		w.all = append(w.all, one)
	}
	if names {
		one.kept = append(one.kept, c)
	} else {
		one.left = append(one.left, c)
	}
}

// renewLink leads a link to what its commits are now, or takes it away where none
// of them names the issue any more.
func (d *pushDraft) renewLink(w *renewal) {
	before := parsePortion(w.record.Detail)
	var l *Link
	now := before
	switch {
	case d.Config.Mentions.WebLink == "none" || before.commits == 0:
		return
	case len(w.kept) == 0 && len(w.left) >= before.commits:
		l = &Link{Remove: true}
	case len(w.kept) == 0:
		l = d.linkOfRest(before, w.left[0])
	case before.commits == 1 || d.isWhole(before, w):
		m := mention{issue: w.record.Issue, commits: w.kept}
		now = d.portionOf(m)
		l = d.linkOf(m)
	default:
		l, now.commits = d.linkUpTo(before, w.kept[len(w.kept)-1]), before.commits-len(w.left)
	}
	if l == nil {
		return
	}
	l.GlobalID = w.record.Via
	last := append(slices.Clone(w.left), w.kept...)
	once := d.onceRenewed(w.record, last[len(last)-1])
	a := Action{Issue: w.record.Issue, Kind: KindLink, Rule: ruleLink, Text: "link: now " + l.Title, Because: w.why, Link: l}
	if l.Remove {
		a.Text, a.Because = "link: taken away", w.why+", which does not name the issue"
	}
	for _, c := range w.kept {
		a.Records = append(a.Records, d.renewed(w.record, c, w.record.Via, now.String()))
	}
	d.put(a, once...)
}

// isWhole reports whether all of a link's commits were rewritten: the first was,
// and so all that stand on it.
func (d *pushDraft) isWhole(before portion, w *renewal) bool {
	all := append(slices.Clone(w.kept), w.left...)
	return slices.ContainsFunc(all, func(c statement) bool {
		return d.ledger.at(c.change.second).commits[before.first] == c.change.class()
	})
}

// linkUpTo is a link to several commits of which only the last were rewritten.
func (d *pushDraft) linkUpTo(before portion, last statement) *Link {
	l := d.linkOf(mention{commits: []statement{last}})
	if l == nil {
		return nil
	}
	if compare := d.links.compare(before.from, last.ID); compare != "" {
		l.URL = compare
	}
	l.Title = fmt.Sprintf("Commits %s to %s", short(before.first), short(last.ID))
	return l
}

// linkOfRest is a link to the commits before one that names the issue no more.
func (d *pushDraft) linkOfRest(before portion, c statement) *Link {
	if len(c.Parents) == 0 {
		return nil
	}
	last := c
	last.Commit.ID = c.Parents[0]
	l := d.linkUpTo(before, last)
	if l != nil && last.ID == before.first {
		l.URL, l.Title = d.links.commit(last.ID), "Commit "+short(last.ID)
	}
	return l
}
