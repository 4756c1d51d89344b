package plan

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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
	moved []statement // in whose place an earlier form stood
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
func (d *draft) grow(kind string, tell func(*growth), tellPush func(mention)) {
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
	d.findMoved(growths, kind)
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

func (d *draft) growthOf(all *growths, kind, issue, branch string) *growth {
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

func (d *draft) growthID(kind, issue, branch string) string {
	return d.ledger.id("growth", issue, d.push.Repository.ID, kind, branch)
}

// recall reads what was told before, unless the branch begins anew.
func (d *draft) recall(g *growth, kind string) {
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

// findMoved finds commits that take the place of some that a forced push took
// away and that were told.
func (d *draft) findMoved(all *growths, kind string) {
	if len(d.push.Gone) == 0 {
		return
	}
	for _, c := range d.commits {
		if d.over() {
			return
		}
		if !c.speaks || c.branch == "" || c.change.own == nil {
			continue
		}
		for _, key := range c.Mentions {
			d.ledger.find(d.growthID(kind, key, c.branch)) // asked whatever else is known
			for _, r := range slices.Backward(d.ledger.told(kind, key, c.change, "")) {
				if r.Commit == c.ID || !d.ledger.gone[r.Commit] {
					continue
				}
				g := d.growthOf(all, kind, key, c.branch)
				if i := slices.IndexFunc(g.Lines, func(l grownLine) bool { return l.Commit == r.Commit }); i >= 0 {
					g.move(r.Commit, d.grownLine(g, c))
					g.moved = append(g.moved, c)
					if g.First == r.Commit {
						g.First, g.From = c.ID, parentOf(c)
					}
					break
				}
			}
		}
	}
}

func (g *grown) move(from string, to grownLine) {
	if g.Now == nil {
		g.Now = map[string]*grownLine{}
	}
	g.Now[from] = &to
}

// follow brings a growth up to this push; false: nothing has changed.
func (d *draft) follow(g *growth) bool {
	for _, l := range g.Lines {
		if _, ok := g.Now[l.Commit]; !ok && d.ledger.gone[l.Commit] {
			if g.Now == nil {
				g.Now = map[string]*grownLine{}
			}
			g.Now[l.Commit] = nil
			g.Count--
		}
	}
	g.replace(g.Now)
	if len(g.fresh) > 0 && len(g.Lines) == 0 {
		m := mention{commits: g.fresh}
		g.Count, g.First, g.From = 0, g.fresh[0].ID, d.compareFrom(m)
	}
	for _, c := range g.fresh {
		g.Lines = append(g.Lines, d.grownLine(g, c))
	}
	g.Count += len(g.fresh)
	return len(g.fresh) > 0 || len(g.Now) > 0
}

func parentOf(c statement) string {
	if len(c.Parents) == 0 {
		return ""
	}
	return c.Parents[0]
}

func (d *draft) grownLine(g *growth, c statement) grownLine {
	t := d.told(c)
	l := grownLine{Commit: c.ID, Subject: cut(t.subject, maxSubject), Commands: t.commands, People: people(c), Tail: t.ref + d.mergeRequest(c)}
	if t.before != t.subject {
		l.Before = cut(t.before, maxSubject)
	}
	l.Reopens = c.reopens[d.ledger.issue(g.issue)]
	return l
}

// growthRecords are those of an action: of its commits, and of what it adds to what
// the issue was told of the branch.
func (d *draft) growthRecords(g *growth, kind, via string) []Record {
	var records []Record
	for _, c := range slices.Concat(g.fresh, g.moved) {
		records = append(records, d.ledger.record(kind, g.issue, c.change, "", ""))
	}
	added := g.grown
	added.Lines = lastOf(g.Lines, min(len(g.fresh), maxListed))
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

// once is what makes an action for a growth the only one.
func (d *draft) onceGrown(g *growth, kind string) []string {
	if len(g.fresh) == 0 {
		return []string{"rewritten", d.push.ID, g.branch}
	}
	_, once := d.recordsOf(kind, mention{issue: g.issue, commits: g.fresh})
	return once
}

func (g *growth) because() string {
	if len(g.fresh) == 0 {
		return fmt.Sprintf("commits on branch %s were rewritten", OneLine(g.branch))
	}
	return mention{commits: g.fresh}.because()
}

// putGrownComment says in one comment what the issue is told of a branch.
func (d *draft) putGrownComment(g *growth) {
	if len(g.Lines) == 0 {
		return
	}
	once := d.onceGrown(g, "comment")
	a := Action{Issue: g.issue, Kind: KindComment, Because: g.because()}
	a.Text = fmt.Sprintf("comment: %s on branch %s", counted(g.Count), OneLine(g.branch))
	a.Comment = &Comment{Marker: markerOf(d.onceID(a, once...)), Visibility: d.visibility, Edits: g.made, OnlyEdit: len(g.fresh) == 0}
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
func (d *draft) grownDigest(g *growth) parts {
	var names []string
	seen := map[string]bool{}
	for _, l := range g.Lines {
		for _, name := range l.People {
			if !seen[name] {
				seen[name] = true
				names = append(names, bold(name))
			}
		}
	}
	branch := mention{commits: []statement{{branch: g.branch}}}
	head := fmt.Sprintf("%s mentioned this issue in %s%s", listed(names), counted(g.Count), d.whereabouts(branch))
	if compare := d.links.compare(g.From, g.Lines[len(g.Lines)-1].Commit); compare != "" && g.Count > 1 {
		head += " (" + linked("compare", compare) + ")"
	}
	var p parts
	p.add(head + ":")
	shown, texts := d.shownLines(g, maxText-units(head))
	if earlier := g.Count - len(shown); earlier > 0 {
		p.add(fmt.Sprintf("\n* … and %d before", earlier))
	}
	var closed []string
	for i, l := range shown {
		p.add("\n")
		p.addAll(texts[i])
		if l.Reopens {
			closed = append(closed, linked(short(l.Commit), d.links.commit(l.Commit)))
		}
	}
	if len(closed) > 0 {
		p.add(fmt.Sprintf("\nThis issue was closed by what %s reverts.", listed(closed)))
	}
	return p
}

// shownLines are the last commits, as many as a digest lists and as fit into max
// UTF-16 units of markup, but one at least.
func (d *draft) shownLines(g *growth, max int) (shown []grownLine, texts []parts) {
	by := func(l grownLine) string { return strings.Join(l.People, "\n") }
	several := slices.ContainsFunc(g.Lines, func(l grownLine) bool { return by(l) != by(g.Lines[0]) })
	size := 0
	for _, l := range slices.Backward(lastOf(g.Lines, maxListed)) {
		tail := l.Tail
		if several {
			var names []string
			for _, name := range l.People {
				names = append(names, escape(name))
			}
			tail += " by " + listed(names)
		}
		lead := "* " + linked(short(l.Commit), d.links.commit(l.Commit)) + " "
		subject := escape(l.Subject)
		if size += units(lead) + units(subject) + units(tail) + 1; size > max && len(shown) > 0 {
			break
		}
		var text parts
		text.add(lead)
		text.addAll(parts{{Text: subject, Commands: l.Commands, Else: escape(cmp.Or(l.Before, l.Subject))}})
		text.add(tail)
		shown, texts = append(shown, l), append(texts, text)
	}
	slices.Reverse(shown)
	slices.Reverse(texts)
	return shown, texts
}

// putGrownLink leads with one link to all that mentions the issue on a branch.
func (d *draft) putGrownLink(g *growth) {
	l := &Link{GlobalID: d.globalID("commits-on", g.branch), Relationship: "mentioned in"}
	a := Action{Issue: g.issue, Kind: KindLink, Because: g.because(), Link: l}
	if len(g.Lines) == 0 {
		l.Remove = true
		a.Text = "link: taken away"
	} else {
		first, last := g.Lines[0], g.Lines[len(g.Lines)-1]
		l.URL = d.links.commit(last.Commit)
		title := cut(cmp.Or(last.Before, last.Subject), maxSubjectInLink)
		if c := slices.Concat(g.moved, g.fresh); len(c) > 0 {
			title = linkTitle(c[len(c)-1])
		}
		l.Title = fmt.Sprintf("Commit %s - %s", short(last.Commit), title)
		if g.Count > 1 {
			l.URL = cmp.Or(d.links.compare(g.From, last.Commit), l.URL)
			l.Title = fmt.Sprintf("%d commits, %s to %s", g.Count, short(cmp.Or(g.First, first.Commit)), short(last.Commit))
		}
		if l.URL == "" {
			return
		}
		l.Summary = cut(strings.TrimPrefix(d.project+", branch "+OneLine(g.branch), ", "), maxTitle)
		a.Text = "link: " + l.Title
	}
	once := d.onceGrown(g, "link")
	d.recordToldOn("link", mention{issue: g.issue, commits: g.fresh})
	a.Records = d.growthRecords(g, "link", l.GlobalID)
	d.put(a, once...)
}
