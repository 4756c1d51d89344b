package odb

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// Graph is a repository's commit-graph: commits as numbers from 0 to Len()-1.
// With a commit it holds all of that commit's ancestors. It need not hold the
// newest commits, and may hold some that no ref reaches and that are gone.
//
// It is read only: several goroutines may use it at a time.
type Graph struct {
	layers []*layer // the lowest first
	n      uint32
	dates  bool // generations are corrected dates, else topological levels
}

// Graph gives the commit-graph, or nil when there is none that can be used: the
// config or Options forbid it, it is broken, or nobody wrote one. Like git it
// takes the first that it finds among the repository and its alternates.
func (db *DB) Graph() *Graph {
	if db.graphKnown || db.options.NoGraph || !db.settings.graph {
		return db.graph
	}
	db.graphKnown = true
	for _, dir := range db.packs.dirs {
		if db.graph = openGraph(dir, db.packs.dirs); db.graph != nil {
			db.graph.dates = db.graph.dates && db.settings.generation >= 2
			break
		}
	}
	return db.graph
}

// openGraph opens the graph that a folder of objects has, in one file or split.
// The lower layers of a split one may lie in any of the other folders.
func openGraph(dir string, all []string) *Graph {
	l, err := openLayer(filepath.Join(dir, "info", "commit-graph"))
	if err == nil {
		return newGraph([]*layer{l}, []string{""})
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	// A maintenance run may replace the layers between reading their names and
	// opening them; then there is a new list.
	for range 2 {
		if g := openChain(dir, all); g != nil {
			return g
		}
	}
	return nil
}

// maxLayers is the number of layers up to which a split graph is believed.
const maxLayers = 256

// openChain opens a split graph by the list of its layers, the lowest first.
func openChain(dir string, all []string) *Graph {
	text, err := readSmall(filepath.Join(dir, "info", "commit-graphs", "commit-graph-chain"))
	if err != nil {
		return nil
	}
	ids := strings.Fields(string(text))
	if len(ids) == 0 || len(ids) > maxLayers {
		return nil
	}
	var layers []*layer
	for _, id := range ids {
		l := openChainLayer(id, all)
		if l == nil {
			closeLayers(layers)
			return nil
		}
		layers = append(layers, l)
	}
	return newGraph(layers, ids)
}

// openChainLayer opens a layer, wherever it lies, or gives nil.
func openChainLayer(id string, all []string) *layer {
	if _, ok := parseHash([]byte(id)); !ok || len(id) != hexSize {
		return nil
	}
	for _, dir := range all {
		l, err := openLayer(filepath.Join(dir, "info", "commit-graphs", "graph-"+id+".graph"))
		if err == nil {
			return l
		}
	}
	return nil
}

// newGraph puts layers on each other, which have to name those below. If they
// do not, it closes them and gives nil.
func newGraph(layers []*layer, ids []string) *Graph {
	g := &Graph{layers: layers, dates: true}
	for i, l := range layers {
		if len(l.baseNames) != i*hashSize || uint64(g.n)+uint64(l.count()) > maxGraph {
			closeLayers(layers)
			return nil
		}
		for below, id := range ids[:i] {
			if hashAt(l.baseNames[below*hashSize:]).String() != id {
				closeLayers(layers)
				return nil
			}
		}
		l.base = g.n
		g.n += uint32(l.count())
		g.dates = g.dates && len(l.dates) > 0
	}
	if g.n == 0 {
		closeLayers(layers)
		return nil
	}
	return g
}

func closeLayers(layers []*layer) {
	for _, l := range layers {
		l.file.close()
	}
}

func (g *Graph) close() { closeLayers(g.layers) }

// Len is the number of commits.
func (g *Graph) Len() int { return int(g.n) }

// Find gives the number of a commit.
func (g *Graph) Find(h plumbing.Hash) (commit uint32, ok bool) {
	for i := len(g.layers) - 1; i >= 0; i-- {
		l := g.layers[i]
		if row, ok := l.names.lookUp(h); ok {
			return l.base + uint32(row), true
		}
	}
	return 0, false
}

// at gives the layer of a commit and its row there.
func (g *Graph) at(commit uint32) (*layer, uint32) {
	i := len(g.layers) - 1
	for commit < g.layers[i].base {
		i--
	}
	return g.layers[i], commit - g.layers[i].base
}

// Hash is a commit's name.
func (g *Graph) Hash(commit uint32) plumbing.Hash {
	l, i := g.at(commit)
	return hashAt(l.file.data[l.off+int64(i)*hashSize:])
}

// Tree is the name of a commit's root tree.
func (g *Graph) Tree(commit uint32) plumbing.Hash {
	l, i := g.at(commit)
	return hashAt(l.row(i))
}

// Date is a commit's committer date in seconds since 1970. The graph keeps 34
// bits of it.
func (g *Graph) Date(commit uint32) int64 {
	l, i := g.at(commit)
	return int64(l.date(i))
}

// Generation is larger than the generation of each ancestor. So a commit cannot
// reach one whose generation is not smaller. Dates of commits are no such
// bound.
func (g *Graph) Generation(commit uint32) uint64 {
	l, i := g.at(commit)
	if g.dates {
		return l.correctedDate(i)
	}
	return l.level(i)
}

// Parents appends the numbers of a commit's parents to buf. That a parent is no
// commit of the graph, or does not have a smaller generation, is an error: the
// graph is broken, and what was concluded from it is void. So it is safe to
// index arrays by the numbers, and following parents comes to an end.
func (g *Graph) Parents(commit uint32, buf []uint32) ([]uint32, error) {
	l, i := g.at(commit)
	row := l.row(i)[hashSize:]
	first, second := binary.BigEndian.Uint32(row), binary.BigEndian.Uint32(row[4:])
	from := len(buf)
	switch {
	case first == noParent && second == noParent:
		return buf, nil
	case second == noParent:
		buf = append(buf, first)
	case second&manyMore == 0:
		buf = append(buf, first, second)
	default:
		buf = append(buf, first)
		for at := int64(second&^manyMore) * 4; ; at += 4 {
			if at >= int64(len(l.edges)) {
				return buf[:from], corrupt("%s: the parents of commit %d have no end", l.file.name, i)
			}
			edge := binary.BigEndian.Uint32(l.edges[at:])
			buf = append(buf, edge&^lastEdge)
			if edge&lastEdge != 0 {
				break
			}
		}
	}
	generation := g.Generation(commit)
	for _, parent := range buf[from:] {
		// A layer's parents lie in it or below.
		if parent >= l.base+uint32(l.count()) || g.Generation(parent) >= generation {
			return buf[:from], corrupt("%s: parent %d of commit %d", l.file.name, parent, i)
		}
	}
	return buf, nil
}

// Verify compares the graph's files with their checksums. It reads all of them.
func (g *Graph) Verify() error {
	for _, l := range g.layers {
		if err := l.checksum(); err != nil {
			return err
		}
	}
	return nil
}
