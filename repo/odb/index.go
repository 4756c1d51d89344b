package odb

import (
	"encoding/binary"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// index is the .idx file of one pack, version 2: where in the pack each object
// lies.
type index struct{ names }

const (
	indexHead = 8 // magic and version
	indexTail = 2 * hashSize
)

// openIndex opens an index. That it does not exist is fs.ErrNotExist.
func openIndex(path string) (*index, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	x, err := newIndex(f)
	if err != nil {
		f.close()
		return nil, err
	}
	return x, nil
}

func newIndex(f *file) (*index, error) {
	x := &index{names: names{file: f, off: indexHead + fanoutSize}}
	head, err := f.slice(0, indexHead+fanoutSize, &x.buf)
	if err != nil {
		return nil, err
	}
	if string(head[:4]) != "\xfftOc" {
		return nil, &Unsupported{"pack index of version 1, or no index: " + f.name}
	}
	if version := binary.BigEndian.Uint32(head[4:]); version != 2 {
		return nil, &Unsupported{"pack index of a new version: " + f.name}
	}
	var ok bool
	if x.fanout, ok = readFanout(head[indexHead:]); !ok {
		return nil, corrupt("%s: bad fan-out", f.name)
	}
	if x.largeOffsets() < 0 || (f.size-indexTail-x.largeAt())%8 != 0 {
		return nil, corrupt("%s: %d objects in %d bytes", f.name, x.count(), f.size)
	}
	return x, nil
}

// The tables of an index: names, checksums of 4 bytes, offsets of 4 bytes, and
// for packs beyond 2 GiB offsets of 8 bytes.
func (x *index) offsetAt() int64 { return x.off + int64(x.count())*(hashSize+4) }
func (x *index) largeAt() int64  { return x.offsetAt() + int64(x.count())*4 }

// largeOffsets is the number of 8 byte offsets; negative: the file is too short.
func (x *index) largeOffsets() int64 { return (x.file.size - indexTail - x.largeAt()) >> 3 }

// find gives where an object begins in the pack.
func (x *index) find(h plumbing.Hash) (off int64, ok bool, err error) {
	row, ok, err := x.names.find(h)
	if !ok {
		return 0, false, err
	}
	b, err := x.file.slice(x.offsetAt()+4*int64(row), 4, &x.buf)
	if err != nil {
		return 0, false, err
	}
	off = int64(binary.BigEndian.Uint32(b))
	if off&largeOffset == 0 {
		return off, true, nil
	}
	off, err = x.large(off&^largeOffset, x.largeAt(), x.largeOffsets())
	return off, err == nil, err
}

// largeOffset marks an offset that is the row of an 8 byte one.
const largeOffset = 1 << 31

// large reads an offset of 8 bytes, of count that lie at off.
func (t *names) large(row, off, count int64) (int64, error) {
	if row >= count {
		return 0, corrupt("%s: large offset %d of %d", t.file.name, row, count)
	}
	b, err := t.file.slice(off+8*row, 8, &t.buf)
	if err != nil {
		return 0, err
	}
	large := int64(binary.BigEndian.Uint64(b))
	if large < 0 {
		return 0, corrupt("%s: large offset %#x", t.file.name, uint64(large))
	}
	return large, nil
}

// packName tells the name of a pack, without its ending, from an index's name.
func packName(idx string) (name string, ok bool) {
	name, ok = strings.CutSuffix(idx, ".idx")
	return name, ok && name != "" && !strings.ContainsAny(name, "/\x00")
}
