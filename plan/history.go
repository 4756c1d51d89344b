package plan

import (
	"slices"
	"sort"
	"time"

	"jirahook/push"
)

// history is the part of the commit graph that travelled with the push. It is
// cut into strands, each a commit with its first parents as far as no other strand
// has them: then one commit of a strand is seen to be an ancestor of another by
// their generations, and only what leads from strand to strand has to be followed.
type history struct {
	since time.Time // what is older is not known
	graph push.Push
	built bool

	number     map[string]int32
	generation []int32 // 1 + the highest of the parents'
	strand     []int32
	strands    []strand

	// steps are left for following what leads from strand to strand. When they are
	// used up nothing is an ancestor any more: so planning stays linear whatever
	// the history looks like.
	steps int
	asked int32 // counts the questions
}

// strand is a chain of first parents.
type strand struct {
	// leave are the steps out of the strand: those of its merges to their other
	// parents, and that of its last commit; by generation of the commit.
	leave []leaving
	// asked and from say up to which generation the question has followed it.
	asked, from int32
}

type leaving struct{ generation, to int32 }

// historyOf is the history below the commits of a push.
func historyOf(p push.Push) *history { return &history{graph: p, since: p.Ancestors.Since} }

// stepsEach is how many steps there are for each commit, and stepsFree for all.
const stepsEach, stepsFree = 64, 1 << 20

// build numbers the commits, parents first, and finds the strands.
func (h *history) build() {
	h.built = true
	parents := h.collect()
	h.steps = stepsFree + stepsEach*len(parents)
	order := h.rank(parents)
	h.strand = make([]int32, len(parents))
	for i := range h.strand {
		h.strand[i] = -1
	}
	for _, tip := range slices.Backward(order) {
		if h.strand[tip] >= 0 {
			continue
		}
		own := int32(len(h.strands))
		h.strands = append(h.strands, strand{})
		for at := tip; ; {
			h.strand[at] = own
			for i, p := range parents[at] {
				if i > 0 || h.strand[p] >= 0 {
					h.strands[own].leave = append(h.strands[own].leave, leaving{h.generation[at], p})
				}
			}
			if len(parents[at]) == 0 || h.strand[parents[at][0]] >= 0 {
				break
			}
			at = parents[at][0]
		}
		slices.Reverse(h.strands[own].leave)
	}
}

// collect numbers the commits and gives the parents of each.
func (h *history) collect() (parents [][]int32) {
	h.number = make(map[string]int32, len(h.graph.Commits)+len(h.graph.Ancestors.Parents))
	add := func(id string) int32 {
		n, ok := h.number[id]
		if !ok {
			n = int32(len(parents))
			h.number[id] = n
			parents = append(parents, nil)
		}
		return n
	}
	set := func(id string, of []string) {
		n := add(id)
		if parents[n] != nil {
			return
		}
		for _, p := range of {
			p := add(p)
			parents[n] = append(parents[n], p)
		}
	}
	for _, c := range h.graph.Commits {
		set(c.ID, c.Parents)
	}
	for id, of := range h.graph.Ancestors.Parents {
		set(id, of)
	}
	return parents
}

// rank finds the generations, and an order in which parents come first. Commits
// in a circle, which no repository holds, lose their parents.
func (h *history) rank(parents [][]int32) (order []int32) {
	children := make([][]int32, len(parents))
	waits := make([]int, len(parents))
	for n, of := range parents {
		waits[n] = len(of)
		for _, p := range of {
			children[p] = append(children[p], int32(n))
		}
	}
	h.generation = make([]int32, len(parents))
	order = make([]int32, 0, len(parents))
	for n := range parents {
		if waits[n] == 0 {
			order = append(order, int32(n))
		}
	}
	for i := 0; i < len(order); i++ {
		n := order[i]
		for _, p := range parents[n] {
			h.generation[n] = max(h.generation[n], h.generation[p])
		}
		h.generation[n]++
		for _, c := range children[n] {
			if waits[c]--; waits[c] == 0 {
				order = append(order, c)
			}
		}
	}
	if len(order) < len(parents) {
		for n := range parents {
			if waits[n] > 0 {
				parents[n] = nil
				order = append(order, int32(n))
			}
		}
	}
	return order
}

// isAncestor reports whether old can be reached from id, itself included, as far
// as the history is known.
func (h *history) isAncestor(old, id string) bool {
	if old == "" || old == id {
		return old != ""
	}
	if !h.built {
		h.build()
	}
	sought, ok := h.number[old]
	from, known := h.number[id]
	if !ok || !known {
		return false
	}
	h.asked++
	lowest := h.generation[sought]
	next := []int32{from}
	for len(next) > 0 && h.steps > 0 {
		h.steps--
		at := next[len(next)-1]
		next = next[:len(next)-1]
		if h.strand[at] == h.strand[sought] && h.generation[at] >= lowest {
			return true
		}
		l := &h.strands[h.strand[at]]
		done := lowest // below that nothing leads to what is sought
		if l.asked == h.asked {
			done = max(done, l.from)
		}
		if h.generation[at] <= done {
			continue
		}
		l.asked, l.from = h.asked, h.generation[at]
		first := sort.Search(len(l.leave), func(i int) bool { return l.leave[i].generation > done })
		for _, out := range l.leave[first:] {
			if out.generation > h.generation[at] {
				break
			}
			h.steps--
			if h.generation[out.to] >= lowest {
				next = append(next, out.to)
			}
		}
	}
	return false
}

// distinct reports whether a commit that looks like an old one is another change
// all the same: somebody made both in one second. One is never the rewritten form
// of its own ancestor, except by a cherry-pick after a revert, which is committed
// later than it was written.
func (h *history) distinct(old string, c push.Commit) bool {
	fresh := c.Committer.When.Sub(c.Author.When) < 2*time.Second
	return fresh && old != c.ID && h.isAncestor(old, c.ID)
}
