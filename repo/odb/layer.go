package odb

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"math"

	"github.com/go-git/go-git/v5/plumbing"
)

// layer is one commit-graph file: the whole graph, or a part of a split one.
type layer struct {
	names
	base      uint32 // how many commits the layers below hold
	commits   []byte // CDAT
	dates     []byte // GDA2; empty: only topological levels
	overflow  []byte // GDO2
	edges     []byte // EDGE
	baseNames []byte // BASE: the names of the layers below
}

const (
	layerHead = 8
	commitRow = hashSize + 16

	noParent = 0x70000000 // in place of a parent
	lastEdge = 1 << 31    // the last parent of an octopus merge
	manyMore = 1 << 31    // the second parent is a row of EDGE

	maxGraph = noParent // commits of all layers
)

// openLayer opens a commit-graph file. That it does not exist is
// fs.ErrNotExist.
func openLayer(path string) (*layer, error) {
	f, err := mapFile(path)
	if err != nil {
		return nil, err
	}
	l, err := newLayer(f)
	if err != nil {
		f.close()
		return nil, err
	}
	return l, nil
}

// newLayer checks what can be checked without reading each commit.
func newLayer(f *file) (*layer, error) {
	if len(f.data) < layerHead+hashSize || string(f.data[:6]) != "CGPH\x01\x01" {
		return nil, corrupt("%s: not a commit-graph of version 1 for SHA-1", f.name)
	}
	found, err := readChunks(f, layerHead, int(f.data[6]))
	if err != nil {
		return nil, err
	}
	l := &layer{}
	if l.names, err = found.names(f); err != nil {
		return nil, err
	}
	bytesOf := func(name string) []byte {
		c := found[name]
		return f.data[c.off : c.off+c.size]
	}
	l.commits, l.dates, l.overflow = bytesOf("CDAT"), bytesOf("GDA2"), bytesOf("GDO2")
	l.edges, l.baseNames = bytesOf("EDGE"), bytesOf("BASE")
	n := l.count()
	switch {
	case n > maxGraph,
		len(l.commits) != n*commitRow,
		len(l.dates) != 0 && len(l.dates) != n*4,
		len(l.overflow)%8 != 0,
		len(l.edges)%4 != 0,
		len(l.baseNames) != int(f.data[7])*hashSize:
		return nil, corrupt("%s: chunks that do not fit %d commits", f.name, n)
	}
	return l, nil
}

// row gives a commit's row of CDAT: root tree, two parents, level and date.
func (l *layer) row(i uint32) []byte { return l.commits[int(i)*commitRow:][:commitRow] }

// level is a commit's topological level, one more than its highest parent's.
func (l *layer) level(i uint32) uint64 {
	return uint64(binary.BigEndian.Uint32(l.row(i)[hashSize+8:]) >> 2)
}

// date is a commit's committer date, in seconds, of which 34 bits are kept.
func (l *layer) date(i uint32) uint64 {
	return binary.BigEndian.Uint64(l.row(i)[hashSize+8:]) & (1<<34 - 1)
}

// correctedDate is a commit's date, or one second more than its parents' if
// that is later. A value that no git wrote is infinite.
func (l *layer) correctedDate(i uint32) uint64 {
	offset := uint64(binary.BigEndian.Uint32(l.dates[4*int(i):]))
	if offset&(1<<31) != 0 {
		row := offset &^ (1 << 31) * 8
		if row >= uint64(len(l.overflow)) {
			return math.MaxUint64
		}
		if offset = binary.BigEndian.Uint64(l.overflow[row:]); offset > math.MaxInt64 {
			return math.MaxUint64
		}
	}
	return l.date(i) + offset
}

// checksum tells whether the file is as it was written.
func (l *layer) checksum() error {
	text, want := l.file.data[:l.file.size-hashSize], l.file.data[l.file.size-hashSize:]
	if sum := sha1.Sum(text); !bytes.Equal(sum[:], want) {
		return corrupt("%s: checksum %s", l.file.name, plumbing.Hash(sum))
	}
	return nil
}
