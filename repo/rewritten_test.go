package repo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jirahook/push"
)

func TestGone(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	t.Parallel()
	b := newBed(t)
	base := b.commit("A-1")
	if f := b.push("main"); f.Gone != nil {
		t.Errorf("a first push took away %q", f.Gone)
	}
	b.git("checkout", "-q", "-b", "topic")
	first := b.commit("A-2")
	second := b.commit("A-3")
	b.push("topic")
	b.commit("A-4")
	if f := b.push("topic"); f.Gone != nil {
		t.Errorf("a fast-forward took away %q", f.Gone)
	}
	third := b.git("rev-parse", "HEAD")
	b.git("reset", "-q", "--hard", base)
	b.commit("A-5")
	if diff := cmp.Diff([]string{third, second, first}, b.push("-f", "topic").Gone); diff != "" {
		t.Error(diff)
	}
	b.commit("A-5 and more")
	taken := b.git("rev-parse", "HEAD")
	b.push("topic")
	b.git("reset", "-q", "--hard", "HEAD~1")
	if diff := cmp.Diff([]string{taken}, b.push("-f", "topic").Gone); diff != "" {
		t.Errorf("with no commit in its place: %s", diff)
	}
	fifth := b.git("rev-parse", "HEAD")
	b.git("checkout", "-q", "-b", "other", base)
	b.commit("A-6")
	if diff := cmp.Diff([]string{fifth}, b.push("other", ":topic").Gone); diff != "" {
		t.Errorf("deleted beside a push: %s", diff)
	}
	// What one branch gives up and another takes is not gone.
	sixth := b.git("rev-parse", "HEAD")
	b.git("branch", "-f", "main", "other")
	b.git("reset", "-q", "--hard", base)
	b.commit("A-7")
	if f := b.push("-f", "other", "main"); f.Gone != nil {
		t.Errorf("took away %q, %s is on main", f.Gone, sixth)
	}
	if f := b.push(":other"); f.Gone != nil {
		t.Errorf("a deletion alone rewrites nothing, took away %q", f.Gone)
	}
	// What a branch or a tag has that the push does not name is taken away from
	// another branch all the same.
	b.git("checkout", "-q", "-b", "shared", base)
	eighth := b.commit("A-8")
	b.git("branch", "keeper")
	ninth := b.commit("A-9")
	b.git("tag", "v9")
	tenth := b.commit("A-10")
	b.push("shared", "keeper", "v9")
	b.git("reset", "-q", "--hard", base)
	b.commit("A-11")
	f := b.push("-f", "shared")
	if diff := cmp.Diff([][]string{{tenth, ninth, eighth}, {ninth, eighth}}, [][]string{f.Gone, f.Kept}); diff != "" {
		t.Errorf("of a branch whose commits others have: %s", diff)
	}
}

func TestGoneIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	t.Parallel()
	b := newBed(t)
	b.manyCommits(push.MaxGone + 5)
	b.git("pull", "-q", "origin", "main")
	youngest := b.git("rev-parse", "main")
	b.git("checkout", "-q", "-B", "main", "HEAD~"+fmt.Sprint(push.MaxGone+3))
	b.commit("A-2")
	f := b.push("-f", "main")
	if len(f.Gone) != push.MaxGone || f.Gone[0] != youngest {
		t.Errorf("%d ids, the first %.8s, want %d from %.8s on", len(f.Gone), f.Gone, push.MaxGone, youngest)
	}
}

// TestRandomGone compares with plain set differences.
func TestRandomGone(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	t.Parallel()
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 2))
		b := newBed(t)
		h := newRandomGraph(r)
		h.write(b, r)
		for range 8 {
			moves := randomMoves(r, len(h.ids))
			h.set(b, moves, true)
			f, err := readBoth(b.open(), h.updates(moves), Options{})
			if err != nil {
				t.Fatal(err)
			}
			var held, holds, others []int
			for _, m := range moves {
				if !inPlay(m.ref) {
					continue
				}
				if m.before == m.after {
					others = append(others, m.after)
					continue
				}
				holds = append(holds, m.after)
				if strings.HasPrefix(m.ref, heads) {
					held = append(held, m.before)
				}
			}
			before, after, besides := h.reach(held...), h.reach(holds...), h.reach(others...)
			var want, kept []string
			for commit := range before {
				if !after[commit] && len(after) > 0 {
					want = append(want, h.ids[commit])
					if besides[commit] {
						kept = append(kept, h.ids[commit])
					}
				}
			}
			got, gotKept := slices.Sorted(slices.Values(f.Gone)), slices.Sorted(slices.Values(f.Kept))
			slices.Sort(want)
			slices.Sort(kept)
			if !slices.Equal(want, got) || !slices.Equal(kept, gotKept) {
				t.Errorf("moves %v: took away %q, of which others keep %q; want %q and %q", moves, got, gotKept, want, kept)
			}
		}
	}
}

func TestTrees(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.write("../clone/file", "one")
	b.git("add", "file")
	b.commit("A-1 with a file")
	b.push("main")
	b.git("commit", "-q", "--allow-empty", "-m", "A-2 empty")
	b.write("../clone/file", "two")
	b.git("commit", "-q", "-a", "-m", "A-3 changed")
	b.git("commit", "-q", "--allow-empty", "-m", "A-4 empty")
	for i, c := range b.push("main").Commits {
		if want := b.git("rev-parse", c.ID+"^{tree}"); c.Tree != want {
			t.Errorf("%s has tree %q, want %s", c.Message, c.Tree, want)
		}
		if want := i != 1; c.Empty != want {
			t.Errorf("%s: empty is %v", c.Message, c.Empty)
		}
	}
	all, err := b.open().Range(context.Background(), []string{"main"})
	if err != nil || len(all) != 1 || all[0].Tree == "" {
		t.Errorf("read %+v, %v", all, err)
	}
}
