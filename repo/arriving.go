package repo

import (
	"slices"
	"strings"

	"jirahook/push"
)

// landing is a branch that the push created or moved. What arrives on it is
// what tip reaches and without does not.
type landing struct {
	branch string // short name
	tip    id     // its new commit
	// without is what the branch held before. For a new branch it is what the
	// default branch held before: that much is nobody's news. Zero: nothing.
	without id
	created bool
	place   int // in the order of the updates
}

// landings are the branches that were pushed, the default branch first: when
// something must be cut short, it is not that one.
func landings(updates []update, defaultBranch string, r refs, objects map[id]object) []landing {
	defaultHeld := heldBefore(updates, heads+defaultBranch, r, objects)
	var all []landing
	for i, u := range updates {
		name, isBranch := u.Branch()
		tip := objects[u.new]
		if !isBranch || u.Deleted() || !tip.commit {
			continue
		}
		l := landing{branch: name, tip: tip.id, created: u.Created(), place: i}
		if held := objects[u.old]; held.commit {
			l.without = held.id
		} else if name != defaultBranch {
			l.without = defaultHeld
		}
		all = append(all, l)
	}
	slices.SortStableFunc(all, func(a, b landing) int {
		return rankOf(a, defaultBranch) - rankOf(b, defaultBranch)
	})
	return all
}

func rankOf(l landing, defaultBranch string) int {
	if l.branch == defaultBranch {
		return 0
	}
	return 1
}

// heldBefore is the commit of a ref before the push; zero when there was none.
func heldBefore(updates []update, name string, r refs, objects map[id]object) id {
	for _, u := range updates {
		if u.Ref == name {
			if held := objects[u.old]; held.commit {
				return held.id
			}
			return id{}
		}
	}
	return r.find(name).id
}

// arrivals tell for each commit on which landings it arrives: their places in
// the list of landings, ascending, not more than most for one commit.
type arrivals struct {
	at     map[id][]int
	most   int
	capped bool // some commit arrives on more
}

func (a *arrivals) add(commit id, places []int) {
	union := merge(a.at[commit], places)
	if len(union) > a.most {
		union, a.capped = union[:a.most], true
	}
	a.at[commit] = union
}

// merge unites two ascending lists. Most often one holds the other; then it is
// that list itself, so that a thousand commits share one. Lists are not changed.
func merge(a, b []int) []int {
	if holds(b, a) {
		return b
	}
	if holds(a, b) {
		return a
	}
	union := slices.Concat(a, b)
	slices.Sort(union)
	return slices.Compact(union)
}

// holds reports whether all of part, ascending, is in whole, ascending.
func holds(whole, part []int) bool {
	for _, p := range part {
		i, ok := slices.BinarySearch(whole, p)
		if !ok {
			return false
		}
		whole = whole[i:]
	}
	return true
}

// reach is a walk that is still to be made: the commits that were known before
// and arrive with the push.
type reach struct {
	tips    []id
	without id
	places  []int // of the landings that it is for
}

// spread finds where the new commits arrive, by walking them alone: what the
// refs of before do not reach, the landings' own old values do not reach
// either. It also returns the walks that are left to do below them, as few as
// possible, in the order of the landings. Of fresh, parents come first.
func spread(fresh []node, all []landing, most int) (*arrivals, []reach) {
	isNew := make(map[id]bool, len(fresh))
	for _, n := range fresh {
		isNew[n.id] = true
	}
	found := &arrivals{at: make(map[id][]int, len(fresh)), most: most}
	border := &arrivals{at: map[id][]int{}, most: most} // known commits that tips or new commits stand on
	var onBorder []id
	add := func(commit id, places []int) {
		if isNew[commit] {
			found.add(commit, places)
			return
		}
		if _, ok := border.at[commit]; !ok {
			onBorder = append(onBorder, commit)
		}
		border.add(commit, places)
	}
	for place, l := range all {
		add(l.tip, []int{place})
	}
	for _, n := range slices.Backward(fresh) {
		for _, p := range n.parents {
			if places := found.at[n.id]; len(places) > 0 {
				add(p, places)
			}
		}
	}
	tips := make([][]id, len(all))
	for _, commit := range onBorder {
		for _, place := range border.at[commit] {
			if commit != all[place].without {
				tips[place] = append(tips[place], commit)
			}
		}
	}
	return found, reaches(tips, all)
}

// reaches makes one walk of those that have the same answer.
func reaches(tips [][]id, all []landing) []reach {
	var walks []reach
	same := map[string]int{}
	for place, from := range tips {
		if len(from) == 0 {
			continue
		}
		question := strings.Join(texts(from), " ") + " ^" + all[place].without.String()
		i, ok := same[question]
		if !ok {
			i = len(walks)
			same[question] = i
			walks = append(walks, reach{tips: from, without: all[place].without})
		}
		walks[i].places = append(walks[i].places, place)
	}
	return walks
}

// on fills in where a commit arrives, and the branch that it belongs to: the
// default branch, else the first that was pushed. Commits that follow each other
// mostly arrive where the one before did, and then share its list.
func (a *arrivals) on(c *push.Commit, before *push.Commit, commit id, all []landing, defaultBranch string) {
	there := make([]landing, 0, len(a.at[commit]))
	for _, place := range a.at[commit] {
		there = append(there, all[place])
	}
	if len(there) == 0 {
		return
	}
	slices.SortFunc(there, func(a, b landing) int { return a.place - b.place })
	c.Branch = there[0].branch
	same := before != nil && len(before.Arrives) == len(there)
	for i, l := range there {
		same = same && before.Arrives[i] == l.branch
		if l.branch == defaultBranch {
			c.Branch = defaultBranch
		}
	}
	if same {
		c.Arrives = before.Arrives
		return
	}
	c.Arrives = make([]string, len(there))
	for i, l := range there {
		c.Arrives[i] = l.branch
	}
}

// merged are the branches that the push did not name and whose tip arrived on
// the default branch. A default branch that was just created merges nothing.
func (a *arrivals) merged(all []landing, defaultBranch string, updates []update, r refs) []string {
	if len(all) == 0 || all[0].branch != defaultBranch || all[0].created {
		return nil
	}
	named := names(updates)
	var branches []string
	for _, at := range r.all {
		name, isBranch := strings.CutPrefix(at.name, heads)
		if isBranch && at.target == "" && !named[at.name] && slices.Contains(a.at[at.id], 0) {
			branches = append(branches, name)
		}
	}
	return branches
}
