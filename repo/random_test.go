package repo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jirahook/push"
)

// randomGraph is a random graph of commits, and the truth about it.
type randomGraph struct {
	parents [][]int // parents come earlier
	ids     []string
}

func newRandomGraph(r *rand.Rand) *randomGraph {
	h := &randomGraph{}
	for i := range 5 + r.IntN(40) {
		var parents []int
		for range min(i, r.IntN(8)/2) { // a root now and then, up to three parents
			if p := max(0, i-1-r.IntN(6)); !slices.Contains(parents, p) {
				parents = append(parents, p)
			}
		}
		h.parents = append(h.parents, parents)
	}
	return h
}

// write makes the commits in the repository, with dates a little out of order.
func (h *randomGraph) write(b *bed, r *rand.Rand) {
	var in strings.Builder
	for i, parents := range h.parents {
		fmt.Fprintf(&in, "commit refs/random/%d\nmark :%d\ncommitter A <a@example.com> %d +0000\ndata <<M\nA-%d\nM\n", i, i+1, b.clock+60*i+r.IntN(240), i)
		for j, p := range parents {
			fmt.Fprintf(&in, "%s :%d\n", []string{"from", "merge", "merge"}[j], p+1)
		}
		in.WriteString("\n")
	}
	marks := filepath.Join(b.out, "marks")
	if _, err := b.try(b.server, in.String(), "fast-import", "--quiet", "--force", "--export-marks="+marks); err != nil {
		b.t.Fatal(err)
	}
	content, err := os.ReadFile(marks)
	if err != nil {
		b.t.Fatal(err)
	}
	h.ids = make([]string, len(h.parents))
	for l := range strings.Lines(string(content)) {
		var mark int
		var id string
		if _, err := fmt.Sscanf(l, ":%d %s", &mark, &id); err != nil {
			b.t.Fatal(err)
		}
		h.ids[mark-1] = id
	}
}

// reach is everything that the tips reach, by a plain walk.
func (h *randomGraph) reach(tips ...int) map[int]bool { return reachedBy(h.parents, tips) }

// reachedBy is everything that tips reach, themselves included; negative ones are
// none.
func reachedBy(parents [][]int, tips []int) map[int]bool {
	seen := map[int]bool{}
	for len(tips) > 0 {
		at := tips[len(tips)-1]
		tips = tips[:len(tips)-1]
		if at >= 0 && !seen[at] {
			seen[at] = true
			tips = append(tips, parents[at]...)
		}
	}
	return seen
}

// move is one ref before and after a push; -1: it is not there.
type move struct {
	ref           string
	before, after int
}

func randomMoves(r *rand.Rand, commits int) []move {
	refs := []string{"refs/heads/main", "refs/heads/a", "refs/heads/b", "refs/heads/c", "refs/heads/d", "refs/tags/v1", "refs/tags/v2", "refs/pull/1/head", "refs/notes/x"}
	var moves []move
	for _, ref := range refs {
		m := move{ref, r.IntN(commits+commits/4) - commits/4, -1}
		m.before = max(-1, m.before)
		m.after = m.before
		if r.IntN(2) == 0 {
			m.after = max(-1, r.IntN(commits+commits/8)-commits/8)
		}
		moves = append(moves, m)
	}
	r.Shuffle(len(moves), func(i, j int) { moves[i], moves[j] = moves[j], moves[i] })
	return moves
}

// truth is what the push of these moves brought: a line for each commit, and
// the merged branches.
func (h *randomGraph) truth(moves []move) (lines, merged []string) {
	var tips, there []int
	mainBefore := moves[slices.IndexFunc(moves, func(m move) bool { return m.ref == "refs/heads/main" })].before
	for _, m := range moves {
		if inPlay(m.ref) {
			there = append(there, m.before)
			if m.before != m.after {
				tips = append(tips, m.after)
			}
		}
	}
	all, old := h.reach(tips...), h.reach(there...)
	arrives := map[int][]string{}
	for _, m := range moves {
		name, isBranch := strings.CutPrefix(m.ref, heads)
		if !isBranch || m.before == m.after {
			continue
		}
		without := m.before
		if without < 0 && name != "main" {
			without = mainBefore
		}
		held := h.reach(without)
		for c := range h.reach(m.after) {
			if !held[c] {
				arrives[c] = append(arrives[c], name)
			}
		}
	}
	for c := range h.ids {
		isNew := all[c] && !old[c]
		if isNew || len(arrives[c]) > 0 {
			lines = append(lines, fmt.Sprintf("A-%d %v %q", c, isNew, arrives[c]))
		}
	}
	for _, m := range moves {
		name, isBranch := strings.CutPrefix(m.ref, heads)
		if isBranch && m.before == m.after && m.before >= 0 && mainBefore >= 0 && slices.Contains(arrives[m.before], "main") {
			merged = append(merged, name)
		}
	}
	slices.Sort(lines)
	slices.Sort(merged)
	return lines, merged
}

// set makes the refs what they are before or after the moves.
func (h *randomGraph) set(b *bed, moves []move, after bool) {
	var in strings.Builder
	for _, m := range moves {
		at := m.before
		if after {
			at = m.after
		}
		if at < 0 {
			fmt.Fprintf(&in, "delete %s\n", m.ref)
		} else {
			fmt.Fprintf(&in, "update %s %s\n", m.ref, h.ids[at])
		}
	}
	if _, err := b.try(b.server, in.String(), "update-ref", "--stdin"); err != nil {
		b.t.Fatal(err)
	}
}

func (h *randomGraph) updates(moves []move) []push.Update {
	id := func(i int) string {
		if i < 0 {
			return ""
		}
		return h.ids[i]
	}
	var updates []push.Update
	for _, m := range moves {
		if m.before != m.after {
			updates = append(updates, push.Update{Old: id(m.before), New: id(m.after), Ref: m.ref})
		}
	}
	return updates
}

// TestRandomPushes compares what is found with plain set differences: what the
// new tips reach, less what is reached by all refs before; and the same for
// each branch. Dates are out of order by minutes only, for far beyond that git
// itself is not exact.
func TestRandomPushes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			b := newBed(t)
			h := newRandomGraph(r)
			h.write(b, r)
			for range 12 {
				moves := randomMoves(r, len(h.ids))
				want, merged := h.truth(moves)
				for _, after := range []bool{false, true} {
					h.set(b, moves, after)
					f, err := b.open().Read(context.Background(), h.updates(moves), Options{})
					if err != nil {
						t.Fatal(err)
					}
					checkOrder(t, f.Commits)
					if f.DefaultBranch != "main" {
						continue // it was deleted, and a stand-in was found
					}
					var got []string
					for _, c := range f.Commits {
						got = append(got, fmt.Sprintf("%s %v %q", strings.TrimSpace(c.Message), c.New, c.Arrives))
						checkAttribution(t, c)
					}
					slices.Sort(got)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("moves %v, refs after them: %v\nparents %v\n%s", moves, after, h.parents, diff)
					}
					if diff := cmp.Diff(merged, f.Merged); diff != "" {
						t.Errorf("merged: moves %v, refs after them: %v\n%s", moves, after, diff)
					}
				}
			}
		})
	}
}

func checkAttribution(t *testing.T, c push.Commit) {
	t.Helper()
	want := ""
	switch {
	case slices.Contains(c.Arrives, "main"):
		want = "main"
	case len(c.Arrives) > 0:
		want = c.Arrives[0]
	}
	if c.Branch != want {
		t.Errorf("%s belongs to %q, it arrives on %q", c.ID, c.Branch, c.Arrives)
	}
}
