package plan

import (
	"encoding/json"
	"fmt"
	"slices"

	"jirahook/wiki"
)

// With mentions.comment: branch an issue has one comment for a branch, which is
// edited as the branch grows, and with mentions.web_link: branch one link. What
// they told before stands on record, one record for each push that changed it.

// growth is what an issue is told of a branch: what it was told before, and what
// this push changes.
type growth struct {
	issue, branch string
	grown
	fresh []statement // that this push adds
	back  []statement // that a push took away, and this one brings back
	moved []statement // in whose place an earlier form stood
	lost  []string    // what this push took away
	made  []string    // what it was told by, newest first
}

// grown is the state of a growth.
type grown struct {
	Count int `json:"count"`
	// Lines are the last commits, oldest first; on record those that the push
	// added.
	Lines []grownLine `json:"lines,omitempty"`
	// First is the first commit, and From what that stands on.
	First string `json:"first"`
	From  string `json:"from,omitempty"`
	// Begun: nothing before this push counts.
	Begun bool `json:"begun,omitempty"`
	// Now are the lines of commits that were rewritten, by their former ids; nil:
	// the commit is gone.
	Now map[string]*grownLine `json:"now,omitempty"`
}

// grownLine is what is told of one commit.
type grownLine struct {
	Commit   string   `json:"commit"`
	Subject  string   `json:"subject"`
	Before   string   `json:"before,omitempty"` // see telling
	Commands []Moving `json:"commands,omitempty"`
	People   []string `json:"people"`
	Tail     string   `json:"tail,omitempty"`    // markup: the merge request
	Reopens  bool     `json:"reopens,omitempty"` // it reverts what closed the issue
}

// grow tells issues of branches. What came by a tag belongs to none and is told
// as with every push.
func (d *pushDraft) grow(kind string, tell func(*growth), tellPush func(mention)) {
	growths := &growths{of: map[[2]string]*growth{}}
	for _, m := range d.mentions(kind) {
		if d.over() {
			return
		}
		tagged := mention{issue: m.issue}
		for _, c := range m.commits {
			if c.branch == "" {
				tagged.commits = append(tagged.commits, c)
				continue
			}
			g := d.growthOf(growths, kind, m.issue, c.branch)
			g.fresh = append(g.fresh, c)
		}
		if len(tagged.commits) > 0 {
			tellPush(tagged)
		}
	}
	d.findLost(growths, kind)
	d.findMoved(growths, kind)
	d.findBack(growths, kind)
	for _, g := range growths.all {
		if d.over() {
			return
		}
		if d.follow(g) {
			tell(g)
		}
	}
}

type growths struct {
	all []*growth
	of  map[[2]string]*growth // by issue and branch
}

func (d *pushDraft) growthOf(all *growths, kind, issue, branch string) *growth {
	at := [2]string{d.ledger.issue(issue), branch}
	g := all.of[at]
	if g == nil {
		g = &growth{issue: issue, branch: branch}
		d.recall(g, kind)
		all.of[at] = g
		all.all = append(all.all, g)
	}
	return g
}

func (d *pushDraft) growthID(kind, issue, branch string) string {
	return d.ledger.id("growth", issue, d.push.Repository.ID, kind, branch)
}

// recall reads what was told before, unless the branch begins anew.
func (d *pushDraft) recall(g *growth, kind string) {
	records := d.ledger.find(d.growthID(kind, g.issue, g.branch))
	if u, ok := d.updates[g.branch]; ok && u.Created() {
		g.Begun = true
		return
	}
	for _, r := range records {
		var was grown
		if json.Unmarshal([]byte(r.Detail), &was) != nil {
			continue
		}
		if was.Begun {
			g.grown, g.made = grown{}, nil
		}
		g.replace(was.Now)
		g.Lines = append(g.Lines, was.Lines...)
		g.Count, g.First, g.From = was.Count, was.First, was.From
		if r.Via != "" {
			g.made = append(g.made, r.Via)
		}
	}
	g.Lines = lastOf(g.Lines, maxListed)
	g.made = lastOf(g.made, mostMade)
	slices.Reverse(g.made)
	g.Begun = len(records) == 0
}

// mostMade is how many earlier comments of a branch are looked for.
const mostMade = 20

func lastOf[T any](all []T, most int) []T { return all[max(0, len(all)-most):] }

// replace puts commits in the place of their earlier forms.
func (g *grown) replace(now map[string]*grownLine) {
	if len(now) == 0 {
		return
	}
	kept := g.Lines[:0:0]
	for _, l := range g.Lines {
		new, ok := now[l.Commit]
		switch {
		case !ok:
			kept = append(kept, l)
		case new != nil:
			kept = append(kept, *new)
		}
	}
	g.Lines = kept
}

// follow brings a growth up to this push; false: nothing has changed.
func (d *pushDraft) follow(g *growth) (follows bool) {
	unlisted := g.Count - len(g.Lines)
	for _, id := range g.lost {
		switch {
		case g.lists(id):
			g.become(id, nil)
		case unlisted > 0: // it may be one of them
			unlisted--
		default:
			continue
		}
		g.Count--
		follows = true
	}
	g.replace(g.Now)
	added := slices.Concat(g.back, g.fresh)
	switch {
	case len(g.Lines) == 0 && len(added) > 0:
		g.Count, g.First, g.From = 0, added[0].ID, d.compareFrom(mention{commits: added})
	case len(g.Lines) > 0 && d.ledger.dead(g.First):
		g.First = g.Lines[0].Commit
		if i := slices.IndexFunc(g.moved, func(c statement) bool { return c.ID == g.First }); i >= 0 {
			g.From = parentOf(g.moved[i])
		}
	}
	if d.ledger.dead(g.From) {
		g.From = "" // a comparison would lead nowhere
	}
	for _, c := range added {
		g.Lines = append(g.Lines, d.grownLine(g, c))
		g.Count++
	}
	return follows || len(g.fresh)+len(g.back)+len(g.moved) > 0
}

func parentOf(c statement) string {
	if len(c.Parents) == 0 {
		return ""
	}
	return c.Parents[0]
}

func (d *pushDraft) grownLine(g *growth, c statement) grownLine {
	t := d.told(c)
	l := grownLine{Commit: c.ID, Subject: wiki.Cut(t.subject, maxSubject), Commands: t.commands, People: t.by, Tail: t.ref + d.mergeRequest(c)}
	if t.before != t.subject {
		l.Before = wiki.Cut(t.before, maxSubject)
	}
	l.Reopens = c.reopens[d.ledger.issue(g.issue)]
	return l
}

// growthRecords are those of an action: of its commits, and of what it adds to what
// the issue was told of the branch.
func (d *pushDraft) growthRecords(g *growth, kind, via string) []Record {
	var records []Record
	for _, c := range slices.Concat(g.fresh, g.moved, g.back) {
		records = append(records, d.ledger.record(kind, g.issue, c.change, "", ""),
			Record{ID: d.grownOnID(kind, c.ID), Kind: "grown on", Issue: g.issue, Place: g.branch, Commit: c.ID, When: d.push.Time})
	}
	added := g.grown
	added.Lines = lastOf(g.Lines, min(len(g.back)+len(g.fresh), maxListed))
	detail, err := json.Marshal(added)
	if err != nil {
		return records // cannot be: it is made of texts and numbers
	}
	last := ""
	if n := len(g.Lines); n > 0 {
		last = g.Lines[n-1].Commit
	}
	return append(records, Record{
		ID: d.growthID(kind, g.issue, g.branch), Kind: "growth", Issue: g.issue, Place: d.push.ID, Commit: last,
		When: d.push.Time, Detail: string(detail), Via: via,
	})
}

// onceGrown is what makes an action for a growth the only one.
func (d *pushDraft) onceGrown(g *growth, kind string) []string {
	if len(g.fresh) == 0 {
		return []string{"rewritten", d.push.ID, g.branch}
	}
	_, once := d.recordsOf(kind, mention{issue: g.issue, commits: g.fresh})
	return once
}

func (g *growth) because() string {
	if len(g.fresh) == 0 {
		return fmt.Sprintf("commits on branch %s were rewritten", wiki.OneLine(g.branch))
	}
	return mention{commits: g.fresh}.because()
}
