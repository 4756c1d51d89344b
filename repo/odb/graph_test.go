package odb

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// graphCommit is a commit as git tells it.
type graphCommit struct {
	hash, tree plumbing.Hash
	date       int64
	parents    []plumbing.Hash
}

// commits gives all commits that refs reach, parents first.
func (r *repository) commits() []graphCommit {
	r.t.Helper()
	var all []graphCommit
	for line := range strings.Lines(r.git("log", "--all", "--topo-order", "--reverse", "--format=%H %T %ct %P")) {
		var c graphCommit
		f := strings.Fields(line)
		c.hash, c.tree = plumbing.NewHash(f[0]), plumbing.NewHash(f[1])
		fmt.Sscan(f[2], &c.date)
		for _, p := range f[3:] {
			c.parents = append(c.parents, plumbing.NewHash(p))
		}
		all = append(all, c)
	}
	return all
}

// checkGraph compares each commit of the graph, and which commits it has, with
// git. Dates tells which generations are expected.
func checkGraph(t *testing.T, g *Graph, inside, outside []graphCommit, dates bool) {
	t.Helper()
	if g == nil || g.Len() != len(inside) {
		t.Fatalf("graph %v, want %d commits", g, len(inside))
	}
	generations := map[plumbing.Hash]int64{}
	for _, want := range inside {
		n, ok := g.Find(want.hash)
		if !ok || g.Hash(n) != want.hash || g.Tree(n) != want.tree || g.Date(n) != want.date {
			t.Fatalf("commit %v: found %t as %d, %s, tree %s, date %d", want, ok, n, g.Hash(n), g.Tree(n), g.Date(n))
		}
		parents, err := g.Parents(n, nil)
		if err != nil || len(parents) != len(want.parents) {
			t.Fatalf("Parents(%s) = %v, %v, want %v", want.hash, parents, err, want.parents)
		}
		var generation int64
		for i, p := range want.parents {
			if g.Hash(parents[i]) != p {
				t.Fatalf("parent %d of %s is %s, want %s", i, want.hash, g.Hash(parents[i]), p)
			}
			generation = max(generation, generations[p])
		}
		generation++
		if dates {
			generation = max(generation, want.date)
		}
		generations[want.hash] = generation
		if got := g.Generation(n); got != uint64(generation) {
			t.Fatalf("Generation(%s) = %d, want %d", want.hash, got, generation)
		}
	}
	for _, c := range outside {
		if n, ok := g.Find(c.hash); ok {
			t.Fatalf("%s is not in the graph, and was found as %d", c.hash, n)
		}
	}
	if _, ok := g.Find(plumbing.ZeroHash); ok {
		t.Error("the zero hash was found")
	}
	if err := g.Verify(); err != nil {
		t.Error(err)
	}
}

func TestGraph(t *testing.T) {
	for name, c := range map[string]struct {
		write func(r *repository)
		dates bool
		stale int // if not 0, only so many commits are in the graph
	}{
		"one file": {func(r *repository) { r.git("commit-graph", "write", "--reachable") }, true, 0},
		"levels": {func(r *repository) {
			r.git("-c", "commitGraph.generationVersion=1", "commit-graph", "write", "--reachable")
		}, false, 0},
		"levels by the config": {func(r *repository) {
			r.git("commit-graph", "write", "--reachable")
			r.git("config", "commitGraph.generationVersion", "1")
		}, false, 0},
		"changed paths": {func(r *repository) { r.git("commit-graph", "write", "--reachable", "--changed-paths") }, true, 0},
		"split":         {splitGraph, true, 0},
		"split, the lowest with levels": {func(r *repository) {
			r.git("config", "commitGraph.generationVersion", "1")
			writeLayer(r, 50)
			r.git("config", "--unset", "commitGraph.generationVersion")
			writeLayer(r, 120)
			writeLayer(r, 200)
		}, false, 0},
		"stale":       {func(r *repository) { writeLayer(r, 90) }, true, 90},
		"stale split": {func(r *repository) { writeLayer(r, 90); writeLayer(r, 95) }, true, 95},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := history{seed: 5, commits: 200, skew: 1000}.make(t)
			c.write(r)
			all := r.commits()
			inside := len(all)
			if c.stale > 0 {
				inside = c.stale
			}
			checkGraph(t, r.open(Options{}).Graph(), all[:inside], all[inside:], c.dates)
		})
	}
}

// splitGraph writes a graph of three layers.
func splitGraph(r *repository) {
	n := len(r.commits())
	for _, count := range []int{n / 3, n / 2, n} {
		writeLayer(r, count)
	}
}

// writeLayer puts a layer onto the graph, so that it has count commits, if there
// are so many.
func writeLayer(r *repository, count int) {
	r.t.Helper()
	list := ""
	all := r.commits()
	for _, c := range all[:min(count, len(all))] {
		list += c.hash.String() + "\n"
	}
	gitIn(r.t, r.dir, list, "commit-graph", "write", "--stdin-commits", "--split=no-merge")
}

// TestGraphOverflow has corrected dates that do not fit into 31 bits.
func TestGraphOverflow(t *testing.T) {
	r := newRepository(t)
	var s strings.Builder
	for i, date := range []int64{1 << 33, 1, 1<<34 - 1, 2, 3} {
		fmt.Fprintf(&s, "commit refs/heads/main\ncommitter C <c@example.com> %d +0000\ndata 1\nm\n", date)
		if i > 0 {
			fmt.Fprint(&s, "\n")
		}
	}
	gitIn(t, r.dir, s.String(), "fast-import", "--quiet")
	r.git("commit-graph", "write", "--reachable")
	if !strings.Contains(readFile(t, filepath.Join(r.dir, "objects/info/commit-graph")), "GDO2") {
		t.Fatal("the graph has no large dates")
	}
	checkGraph(t, r.open(Options{}).Graph(), r.commits(), nil, true)
}

func TestGraphNotUsed(t *testing.T) {
	for name, spoil := range map[string]func(r *repository, options *Options){
		"none":          func(r *repository, _ *Options) { os.Remove(filepath.Join(r.dir, "objects/info/commit-graph")) },
		"by the config": func(r *repository, _ *Options) { r.git("config", "core.commitGraph", "false") },
		"by options":    func(_ *repository, options *Options) { options.NoGraph = true },
		"cut": func(r *repository, _ *Options) {
			if err := os.Truncate(r.files("objects/info/commit-graph")[0], 1200); err != nil {
				r.t.Fatal(err)
			}
		},
		"empty":         func(r *repository, _ *Options) { r.write("objects/info/commit-graph", "") },
		"another thing": func(r *repository, _ *Options) { r.write("objects/info/commit-graph", strings.Repeat("x", 3000)) },
	} {
		t.Run(name, func(t *testing.T) {
			r := history{seed: 5, commits: 10}.make(t)
			r.git("commit-graph", "write", "--reachable")
			options := Options{}
			spoil(r, &options)
			if g := r.open(options).Graph(); g != nil {
				t.Errorf("a graph of %d commits", g.Len())
			}
		})
	}
}

// TestGraphChainNotUsed spoils graphs of several layers.
func TestGraphChainNotUsed(t *testing.T) {
	const chain = "objects/info/commit-graphs/commit-graph-chain"
	for name, spoil := range map[string]func(r *repository, ids []string){
		"a layer is missing": func(r *repository, ids []string) {
			if err := os.Remove(r.files("objects/info/commit-graphs/graph-" + ids[0] + ".graph")[0]); err != nil {
				r.t.Fatal(err)
			}
		},
		"wrong order":    func(r *repository, ids []string) { r.write(chain, ids[1]+"\n"+ids[0]+"\n"+ids[2]+"\n") },
		"without a base": func(r *repository, ids []string) { r.write(chain, ids[1]+"\n") },
		"one too many":   func(r *repository, ids []string) { r.write(chain, strings.Join(append(ids, ids[0]), "\n")) },
		"no list":        func(r *repository, _ []string) { r.write(chain, "") },
		"a path":         func(r *repository, ids []string) { r.write(chain, ids[0]+"\n../"+ids[1]+"\n") },
		"a long list":    func(r *repository, ids []string) { r.write(chain, strings.Repeat(ids[0]+"\n", maxLayers+1)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := history{seed: 5, commits: 60}.make(t)
			splitGraph(r)
			ids := strings.Fields(readFile(t, filepath.Join(r.dir, chain)))
			if len(ids) != 3 {
				t.Fatalf("%d layers", len(ids))
			}
			spoil(r, ids)
			if g := r.open(Options{}).Graph(); g != nil {
				t.Errorf("a graph of %d commits", g.Len())
			}
		})
	}
}

// TestGraphBroken changes each byte of a small graph. It must be noticed, at the
// latest by Verify; before, nothing may panic or point outside.
func TestGraphBroken(t *testing.T) {
	r := history{seed: 9, commits: 30, skew: 100}.make(t)
	splitGraph(r)
	all := r.commits()
	var files [][]byte
	ids := strings.Fields(readFile(t, r.files("objects/info/commit-graphs/commit-graph-chain")[0]))
	for _, id := range ids {
		files = append(files, []byte(readFile(t, r.files("objects/info/commit-graphs/graph-" + id + ".graph")[0])))
	}
	whole := graphOf(files, ids)
	checkGraph(t, whole, all, nil, true)
	noticed := 0
	for i := range files {
		for at := range files[i] {
			for _, change := range []byte{1, 0x80, 0xff} {
				files[i][at] ^= change
				if g := graphOf(files, ids); g == nil || followGraph(g, all) != nil {
					noticed++
				} else if g.Verify() == nil {
					t.Fatalf("layer %d: byte %d changed by %#x was not noticed", i, at, change)
				}
				files[i][at] ^= change
			}
		}
	}
	if noticed == 0 {
		t.Error("nothing was noticed before Verify")
	}
}

// graphOf makes a graph of files in memory.
func graphOf(files [][]byte, ids []string) *Graph {
	var layers []*layer
	for _, data := range files {
		l, err := newLayer(&file{name: "graph", data: data, size: int64(len(data))})
		if err != nil {
			return nil
		}
		layers = append(layers, l)
	}
	g := newGraph(layers, ids)
	return g
}

// followGraph asks a graph everything about all its commits, and fails when it
// does not hold together.
func followGraph(g *Graph, all []graphCommit) error {
	for _, c := range all {
		g.Find(c.hash)
	}
	reached := make([]bool, g.Len())
	for n := range uint32(g.Len()) {
		g.Hash(n)
		g.Tree(n)
		g.Date(n)
		parents, err := g.Parents(n, nil)
		if err != nil {
			return err
		}
		for _, p := range parents {
			reached[p] = true
			if g.Generation(p) >= g.Generation(n) {
				return fmt.Errorf("generation of %d", n)
			}
		}
	}
	return nil
}
