package odb

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// history says what random history to make.
type history struct {
	seed    uint64
	commits int
	skew    int // seconds by which dates differ from a steady clock, either way
	loose   bool
}

// make writes the history: merges, octopus merges, several roots, files in
// folders that change a little, long and short messages, some branches, tags of
// commits, tags, trees and blobs.
func (h history) make(t testing.TB) *repository {
	t.Helper()
	r := newRepository(t)
	rnd := rand.New(rand.NewPCG(h.seed, 1))
	var s strings.Builder
	for i := 1; i <= h.commits; i++ {
		date := 1_600_000_000 + 60*i
		if h.skew > 0 {
			date += rnd.IntN(2*h.skew) - h.skew
		}
		message := strings.Repeat(fmt.Sprintf("Commit %d, ABC-%d.\n", i, rnd.IntN(100)), 1+rnd.IntN(4))
		if rnd.IntN(40) == 0 {
			message = strings.Repeat(message, 200)
		}
		fmt.Fprintf(&s, "commit refs/heads/all\nmark :%d\nauthor A <a@example.com> %d +0100\ncommitter C <c@example.com> %d +0000\ndata %d\n%s\n",
			i, date, date, len(message), message)
		keyword := "from"
		for _, parent := range h.parents(rnd, i) {
			fmt.Fprintf(&s, "%s :%d\n", keyword, parent)
			keyword = "merge"
		}
		for range 1 + rnd.IntN(2) {
			content := strings.Repeat("a line that does not change\n", rnd.IntN(40)) + fmt.Sprint(rnd.IntN(1000))
			fmt.Fprintf(&s, "M 100644 inline d%d/e%d/f%d\ndata %d\n%s\n", rnd.IntN(4), rnd.IntN(4), rnd.IntN(9), len(content), content)
		}
		if rnd.IntN(10) == 0 || i > h.commits-12 { // all are reached by a ref
			fmt.Fprintf(&s, "reset refs/heads/b%d\nfrom :%d\n\n", i, i)
		}
		if rnd.IntN(15) == 0 {
			fmt.Fprintf(&s, "tag t%d\nfrom :%d\ntagger T <t@example.com> %d +0000\ndata 4\ntag\n\n", i, i, date)
		}
		if i%5 == 0 { // the next commit begins anew
			fmt.Fprint(&s, "reset refs/heads/all\n\n")
		}
	}
	fmt.Fprintf(&s, "reset refs/heads/main\nfrom :%d\n\n", h.commits)
	unpack := "1"
	if h.loose {
		unpack = fmt.Sprint(100 * h.commits)
	}
	gitIn(t, r.dir, s.String(), "-c", "fastimport.unpackLimit="+unpack, "fast-import", "--quiet", "--force")
	r.git("tag", "-a", "-m", "a tag of a tree", "tree", "main^{tree}")
	r.git("tag", "-a", "-m", "a tag", "once", "main")
	r.git("tag", "-a", "-m", "a tag of a tag", "twice", "once")
	blob := r.object("blob", "tagged")
	r.git("tag", "-a", "-m", "a tag of a blob", "blob", blob.String())
	return r
}

// parents picks the parents of commit i: none for a new root, one, or several.
func (h history) parents(rnd *rand.Rand, i int) []int {
	count := 1
	switch n := rnd.IntN(30); {
	case i == 1 || n == 0:
		return nil
	case n < 8:
		count = 2
	case n < 10:
		count = 3 + rnd.IntN(5)
	}
	var picked []int
	for _, back := range rnd.Perm(min(i-1, 12)) {
		if len(picked) < count {
			picked = append(picked, i-1-back)
		}
	}
	return picked
}
