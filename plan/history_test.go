package plan

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"jirahook/push"
)

// randomHistory is a history of n commits, some of them in the push and the
// others below, with merges of up to three, several roots, and the first parent
// not always the nearest.
func randomHistory(r *rand.Rand, n int) push.Push {
	p := push.Push{Ancestors: push.Ancestors{Parents: map[string][]string{}}}
	for i := range n {
		id := fmt.Sprint("c", i)
		var parents []string
		for range min(i, []int{0, 1, 1, 1, 1, 2, 2, 3}[r.IntN(8)]) {
			parents = append(parents, fmt.Sprint("c", max(0, i-1-r.IntN(1+r.IntN(i)))))
		}
		if r.IntN(3) == 0 {
			p.Ancestors.Parents[id] = parents
		} else {
			p.Commits = append(p.Commits, push.Commit{ID: id, Parents: parents})
		}
	}
	return p
}

// TestIsAncestor compares with a walk over all of it.
func TestIsAncestor(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		p := randomHistory(r, 2+r.IntN(40))
		parents := map[string][]string{}
		for _, c := range p.Commits {
			parents[c.ID] = c.Parents
		}
		for id, of := range p.Ancestors.Parents {
			parents[id] = of
		}
		reach := func(from string) map[string]bool {
			seen := map[string]bool{}
			for next := []string{from}; len(next) > 0; {
				at := next[0]
				next = next[1:]
				if !seen[at] {
					seen[at] = true
					next = append(next, parents[at]...)
				}
			}
			return seen
		}
		h := historyOf(p)
		for id := range parents {
			reached := reach(id)
			for old := range parents {
				if got := h.isAncestor(old, id); got != reached[old] {
					t.Fatalf("seed %d: %s an ancestor of %s: %v, want %v\n%v", seed, old, id, got, reached[old], parents)
				}
			}
			for _, old := range []string{"", "elsewhere"} {
				if h.isAncestor(old, id) {
					t.Errorf("%q is an ancestor of %s", old, id)
				}
			}
		}
	}
}

// A broken spool file may hold anything.
func TestIsAncestorEnds(t *testing.T) {
	h := historyOf(push.Push{Commits: []push.Commit{{ID: "a", Parents: []string{"b"}}, {ID: "b", Parents: []string{"a", "c"}}, {ID: "d", Parents: []string{"d"}}}})
	if h.isAncestor("c", "a") || h.isAncestor("a", "d") {
		t.Error("followed a circle")
	}
}

// BenchmarkIsAncestor asks once for each commit of a chain, and of a chain with
// merges, about an old one.
func BenchmarkIsAncestor(b *testing.B) {
	for name, shape := range map[string]func(n int) push.Push{
		"chain": func(n int) push.Push {
			var p push.Push
			for i := range n {
				p.Commits = append(p.Commits, push.Commit{ID: fmt.Sprint(i), Parents: []string{fmt.Sprint(i - 1)}})
			}
			return p
		},
		"merges": func(n int) push.Push {
			var p push.Push
			for i := range n {
				p.Commits = append(p.Commits,
					push.Commit{ID: fmt.Sprint("t", i), Parents: []string{fmt.Sprint("t", i-1)}},
					push.Commit{ID: fmt.Sprint(i), Parents: []string{fmt.Sprint(i - 1), fmt.Sprint("t", i)}})
			}
			return p
		},
	} {
		for _, n := range []int{10_000, 20_000, 40_000} {
			p := shape(n)
			b.Run(fmt.Sprintf("%s-%d", name, n), func(b *testing.B) {
				for b.Loop() {
					h := historyOf(p)
					for i := range n {
						h.isAncestor("t0", fmt.Sprint(i))
						h.isAncestor("0", fmt.Sprint(i))
					}
				}
			})
		}
	}
}
