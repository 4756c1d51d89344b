package plan

import "slices"

// What an issue was told of a branch follows what a forced push does to the branch:
// it loses commits, gets others in their place, or has them back.

// grownOnID is what says which issues were told of a commit, and on which branch.
func (d *pushDraft) grownOnID(kind, commit string) string {
	return d.ledger.id("grown on", "", d.push.Repository.ID, kind, commit)
}

// findLost finds what was told of commits that this push took away, and that are
// nowhere else. What was told of a branch that it deletes stays as it is: it may
// have been merged by a squash.
func (d *pushDraft) findLost(all *growths, kind string) {
	for _, id := range d.push.Gone {
		if d.over() {
			return
		}
		for _, r := range d.ledger.find(d.grownOnID(kind, id)) {
			if u, ok := d.updates[r.Place]; ok && u.Deleted() || d.ledger.kept[id] {
				continue
			}
			g := d.growthOf(all, kind, r.Issue, r.Place)
			if n := len(g.lost); n == 0 || g.lost[n-1] != id {
				g.lost = append(g.lost, id)
			}
		}
	}
}

// findMoved finds commits that take the place of some that a forced push took
// away and that were told. A branch that the push did not name may still have the
// earlier form.
func (d *pushDraft) findMoved(all *growths, kind string) {
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
				for _, branch := range d.grownOn(kind, key, r.Commit) {
					if _, pushed := d.updates[branch]; !pushed && d.ledger.kept[r.Commit] {
						continue
					}
					d.moveGrown(d.growthOf(all, kind, key, branch), r.Commit, c)
				}
				break
			}
		}
	}
}

// moveGrown puts a commit in the place of its earlier form.
func (d *pushDraft) moveGrown(g *growth, from string, c statement) {
	if g.Count == len(g.Lines) && !g.lists(from) {
		return // it was told otherwise
	}
	g.lost = slices.DeleteFunc(g.lost, func(id string) bool { return id == from })
	g.moved = append(g.moved, c)
	if g.First == from {
		g.First, g.From = c.ID, parentOf(c)
	}
	if g.lists(from) {
		g.become(from, new(d.grownLine(g, c)))
	}
}

// become notes what a listed commit is now; nil: it is gone.
func (g *grown) become(from string, to *grownLine) {
	if g.Now == nil {
		g.Now = map[string]*grownLine{}
	}
	g.Now[from] = to
}

// findBack finds commits that were told, taken away and are there again, be it on
// another branch.
func (d *pushDraft) findBack(all *growths, kind string) {
	for _, c := range d.commits {
		if d.over() {
			return
		}
		if !c.speaks || !c.New || c.branch == "" || len(c.Mentions) == 0 {
			continue
		}
		for _, key := range c.Mentions {
			if len(d.grownOn(kind, key, c.ID)) > 0 && !d.isGrown(all, kind, key, c) {
				g := d.growthOf(all, kind, key, c.branch)
				g.back = append(g.back, c)
			}
		}
	}
}

// grownOn are the branches by which an issue was told of a commit.
func (d *pushDraft) grownOn(kind, key, commit string) (branches []string) {
	for _, r := range d.ledger.find(d.grownOnID(kind, commit)) {
		if d.ledger.issue(r.Issue) == d.ledger.issue(key) {
			branches = append(branches, r.Place)
		}
	}
	return branches
}

// isGrown reports whether what an issue is told of a branch holds the commit, in
// whatever form. Of more commits than are listed nobody knows.
func (d *pushDraft) isGrown(all *growths, kind, key string, c statement) bool {
	for _, r := range d.ledger.told(kind, key, c.change, "") {
		for _, branch := range d.grownOn(kind, key, r.Commit) {
			u, pushed := d.updates[branch]
			g := d.growthOf(all, kind, key, branch)
			if pushed && u.Created() || g.Count != len(g.Lines) || g.lists(r.Commit) {
				return true
			}
		}
	}
	return false
}

func (g *grown) lists(commit string) bool {
	return slices.ContainsFunc(g.Lines, func(l grownLine) bool { return l.Commit == commit })
}
