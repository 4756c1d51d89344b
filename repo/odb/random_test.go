package odb

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// TestRandom makes random histories, stores them in random ways, and compares
// refs, objects and what refs reach with git.
func TestRandom(t *testing.T) {
	stores := []func(r *repository){
		func(r *repository) { r.git("repack", "-adfq") },
		func(r *repository) { r.git("-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq") },
		func(r *repository) { splitPacks(r); r.git("multi-pack-index", "write") },
		splitPacks,
		func(*repository) {},
	}
	graphs := []func(r *repository){
		func(r *repository) { r.git("commit-graph", "write", "--reachable") },
		func(r *repository) { writeLayer(r, 20) },
		splitGraph,
		func(*repository) {},
	}
	refs := []func(r *repository){
		func(r *repository) { r.git("pack-refs", "--all") },
		func(r *repository) { r.git("pack-refs") }, // tags only
		func(*repository) {},
	}
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(seed, 3))
			r := history{seed: 100 + seed, commits: 5 + rnd.IntN(60), skew: []int{0, 10, 1000, 100_000}[rnd.IntN(4)], loose: rnd.IntN(3) == 0}.make(t)
			for _, ways := range [][]func(*repository){stores, graphs, refs} {
				ways[rnd.IntN(len(ways))](r)
			}
			db := r.open(Options{Verify: true})
			checkRefs(t, r.dir, db)
			checkObjects(t, r, db)
			var want []plumbing.Hash
			for _, c := range r.commits() {
				want = append(want, c.hash)
			}
			plumbing.HashesSort(want)
			if got := reached(t, db); !slices.Equal(got, want) {
				t.Errorf("refs reach %d commits, want %d", len(got), len(want))
			}
		})
	}
}

// reached walks from all refs, in the graph by numbers and outside of it by
// headers, and gives what it meets, sorted.
func reached(t *testing.T, db *DB) (all []plumbing.Hash) {
	t.Helper()
	seen := map[plumbing.Hash]bool{}
	var next []plumbing.Hash
	for ref, err := range db.Refs() {
		if err != nil {
			t.Fatal(err)
		}
		commit, ok, err := db.Peel(ref.Hash)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			next = append(next, commit)
		}
	}
	g := db.Graph()
	for len(next) > 0 {
		h := next[len(next)-1]
		next = next[:len(next)-1]
		if seen[h] {
			continue
		}
		seen[h] = true
		all = append(all, h)
		if g != nil {
			if n, ok := g.Find(h); ok {
				parents, err := g.Parents(n, nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range parents {
					next = append(next, g.Hash(p))
				}
				continue
			}
		}
		header, err := db.CommitHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		next = append(next, header.Parents...)
	}
	plumbing.HashesSort(all)
	return all
}
