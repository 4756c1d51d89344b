package odb

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// madeObject is an object of a pack that a test makes by hand, good or bad.
type madeObject struct {
	name    plumbing.Hash
	kind    plumbing.ObjectType
	size    int64         // as the header says it; -1: what content has
	back    int           // of an OFS delta: which object before is the base, 1 for the last
	base    plumbing.Hash // of a REF delta
	content []byte
	large   uint64 // if not 0, the index has this offset in 8 bytes
}

// named gives an object's name with a number in it.
func named(n int) (h plumbing.Hash) {
	binary.BigEndian.PutUint32(h[:], uint32(n)*0x9e3779b1) // spread evenly
	binary.BigEndian.PutUint32(h[16:], uint32(n))
	return h
}

// makePack writes a pack and its index, without checksums.
func makePack(objects []madeObject) (idx, data []byte) {
	data = append([]byte("PACK\x00\x00\x00\x02"), binary.BigEndian.AppendUint32(nil, uint32(len(objects)))...)
	offsets := map[plumbing.Hash]int{}
	var order []int
	compressor := zlib.NewWriter(nil)
	for i, o := range objects {
		offsets[o.name] = len(data)
		order = append(order, len(data))
		size := o.size
		if size < 0 {
			size = int64(len(o.content))
		}
		data = appendEntryHead(data, o.kind, uint64(size))
		switch o.kind {
		case plumbing.OFSDeltaObject:
			distance := 0
			if o.back > 0 {
				distance = order[i] - order[i-o.back]
			}
			data = appendDistance(data, distance)
		case plumbing.REFDeltaObject:
			data = append(data, o.base[:]...)
		}
		data = append(data, deflate(compressor, o.content)...)
	}
	data = append(data, make([]byte, hashSize)...)

	sorted := slices.Clone(objects)
	slices.SortFunc(sorted, func(a, b madeObject) int { return bytes.Compare(a.name[:], b.name[:]) })
	var names, crcs, small, large []byte
	var fan fanout
	for _, o := range sorted {
		names = append(names, o.name[:]...)
		crcs = append(crcs, 0, 0, 0, 0)
		offset := uint32(offsets[o.name])
		if o.large != 0 {
			offset = uint32(len(large)/8) | largeOffset
			large = binary.BigEndian.AppendUint64(large, o.large)
		}
		small = binary.BigEndian.AppendUint32(small, offset)
		for b := int(o.name[0]); b < len(fan); b++ {
			fan[b]++
		}
	}
	idx = []byte("\xfftOc\x00\x00\x00\x02")
	for _, n := range fan {
		idx = binary.BigEndian.AppendUint32(idx, n)
	}
	idx = slices.Concat(idx, names, crcs, small, large, make([]byte, indexTail))
	return idx, data
}

func appendEntryHead(b []byte, kind plumbing.ObjectType, size uint64) []byte {
	c := byte(kind)<<4 | byte(size&15)
	for size >>= 4; size > 0; size >>= 7 {
		b = append(b, c|0x80)
		c = byte(size & 0x7f)
	}
	return append(b, c)
}

func appendDistance(b []byte, distance int) []byte {
	digits := []byte{byte(distance & 0x7f)}
	for distance >>= 7; distance > 0; distance >>= 7 {
		distance--
		digits = append(digits, 0x80|byte(distance&0x7f))
	}
	slices.Reverse(digits)
	return append(b, digits...)
}

func deflate(w *zlib.Writer, content []byte) []byte {
	var b bytes.Buffer
	w.Reset(&b)
	w.Write(content)
	w.Close()
	return b.Bytes()
}

// copyDelta makes a delta that gives all of a base of size bytes, of at least
// one and at most 64 KiB, again.
func copyDelta(size int) []byte {
	delta := binary.AppendUvarint(nil, uint64(size))
	delta = binary.AppendUvarint(delta, uint64(size))
	return append(delta, 0x80|0x10|0x20|0x40, byte(size), byte(size>>8), byte(size>>16))
}

// memoryDB makes a DB of one pack in memory.
func memoryDB(idx, data []byte, options Options) (*DB, error) {
	if options.MaxObject == 0 {
		options.MaxObject = 1 << 16
	}
	x, err := newIndex(inMemory("idx", idx))
	if err != nil {
		return nil, err
	}
	f := inMemory("pack", data)
	if err := checkPack(f); err != nil {
		return nil, err
	}
	db := newDB(layout{}, settings{}, options, nil)
	db.packs.listed = true
	db.packs.others = []*pack{{path: "memory", index: x, data: f, windows: &db.windows}}
	return db, nil
}

func inMemory(name string, data []byte) *file {
	return &file{name: name, size: int64(len(data)), data: data}
}
