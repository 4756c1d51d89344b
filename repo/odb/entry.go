package odb

import (
	"io"

	"github.com/go-git/go-git/v5/plumbing"
)

// place is where an object lies in a pack.
type place struct {
	pack *pack
	off  int64
}

// entry is the header of an object in a pack.
type entry struct {
	kind     plumbing.ObjectType // one of the four, or a delta
	size     int64               // uncompressed, of the object or of the delta
	data     int64               // where the compressed data begins
	base     int64               // of plumbing.OFSDeltaObject: where its base begins
	baseHash plumbing.Hash       // of plumbing.REFDeltaObject
}

// entry reads the header at a place, and leaves the stream behind it.
func (db *DB) entry(at place) (entry, error) {
	if at.off < packHead || at.off >= at.pack.data.size-hashSize {
		return entry{}, corrupt("%s: no object at %d", at.pack.data.name, at.off)
	}
	db.stream.start(at.pack, at.off)
	e, err := readEntry(&db.stream, at.off)
	if err == io.ErrUnexpectedEOF {
		err = corrupt("the file ends")
	}
	if err != nil {
		return entry{}, at.wrap(err)
	}
	return e, nil
}

// readEntry reads a header that begins at off, where src stands.
func readEntry(src *stream, off int64) (e entry, err error) {
	c, err := src.ReadByte()
	if err != nil {
		return e, err
	}
	e.kind = plumbing.ObjectType(c >> 4 & 7)
	e.size = int64(c & 15)
	for shift := 4; c&0x80 != 0; shift += 7 {
		if c, err = src.ReadByte(); err != nil {
			return e, err
		}
		if shift > 53 {
			return e, corrupt("a size of more than 60 bits")
		}
		e.size |= int64(c&0x7f) << shift
	}
	switch e.kind {
	case plumbing.CommitObject, plumbing.TreeObject, plumbing.BlobObject, plumbing.TagObject:
	case plumbing.OFSDeltaObject:
		e.base, err = readBase(src, off)
	case plumbing.REFDeltaObject:
		for i := 0; i < hashSize && err == nil; i++ {
			e.baseHash[i], err = src.ReadByte()
		}
	default:
		err = corrupt("object type %d", e.kind)
	}
	e.data = src.offset()
	return e, err
}

// readBase reads how far before off the base of a delta begins, and gives where.
// Each byte but the last stands for one more than its bits say.
func readBase(src *stream, off int64) (int64, error) {
	distance := int64(-1)
	for {
		c, err := src.ReadByte()
		if err != nil {
			return 0, err
		}
		distance = (distance+1)<<7 | int64(c&0x7f)
		if distance > off-packHead {
			return 0, corrupt("a delta's base before the first object")
		}
		if c&0x80 == 0 {
			break
		}
	}
	if distance == 0 {
		return 0, corrupt("a delta that is its own base")
	}
	return off - distance, nil
}
