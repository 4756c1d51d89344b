package repo

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// FuzzHostileGraph gives the walk a commit-graph with some bytes changed: it
// must end, with an answer or an error, and not fall.
func FuzzHostileGraph(f *testing.F) {
	h, p, good := hostileBed(f)
	path := filepath.Join(h.objects, "info/commit-graph")
	f.Add(uint32(8), byte(1), uint32(1200), byte(0xff))
	f.Add(uint32(60), byte(0x80), uint32(3000), byte(7))
	f.Fuzz(func(t *testing.T, at1 uint32, with1 byte, at2 uint32, with2 byte) {
		bad := slices.Clone(good)
		bad[at1%uint32(len(bad))] ^= with1
		bad[at2%uint32(len(bad))] ^= with2
		if err := os.WriteFile(path, bad, 0o666); err != nil {
			t.Fatal(err)
		}
		_, _ = h.ask(p, 0)
		r := &Repository{git: git{dir: h.dir, missing: os.ErrNotExist}}
		_, _ = r.from(context.Background(), func(s source) error {
			_, err := newIn(context.Background(), s, p.updates)
			return err
		})
	})
}

// hostileBed makes a history with a commit-graph, and a push to it.
func hostileBed(t testing.TB) (*exactHistory, exactPush, []byte) {
	t.Helper()
	h := &exactHistory{dir: filepath.Join(t.TempDir(), "r.git"), byID: map[string]int{}}
	h.objects = filepath.Join(h.dir, "objects")
	exactGit(t, filepath.Dir(h.dir), "", "init", "-q", "--bare", "-b", "main", h.dir)
	r := rand.New(rand.NewPCG(1, 1))
	h.write(t, r, 0, 150)
	h.makeTags(t, r)
	exactGit(t, h.dir, strings.Join(h.ids[:120], "\n"), "commit-graph", "write", "--stdin-commits")
	p := h.push(r)
	for len(p.want) == 0 || len(p.refs) < 8 {
		p = h.push(r)
	}
	h.setRefs(t, r, p.refs)
	good, err := os.ReadFile(filepath.Join(h.objects, "info/commit-graph"))
	if err == nil {
		err = os.Chmod(filepath.Join(h.objects, "info/commit-graph"), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	return h, p, good
}
