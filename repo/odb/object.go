package odb

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"os"
	"strconv"

	"github.com/go-git/go-git/v5/plumbing"
)

// object is an object, or its beginning, or only its kind and size.
type object struct {
	kind   plumbing.ObjectType
	size   int64
	data   []byte // at most size bytes
	shared bool   // data is a base of others too, and must not be changed
}

// complete tells whether data is more than the beginning.
func (o object) complete() bool { return int64(len(o.data)) == o.size }

// whole is a limit that no object reaches.
const whole = 1 << 62

// location is where an object is: in a pack, or in a file of its own, which is
// open.
type location struct {
	place
	loose *os.File
}

// maxListings bounds how often the packs are listed anew for one object, when
// they vanish as fast as they are listed.
const maxListings = 5

// locate looks for an object in the packs, then for a loose one. A miss may mean
// that it has been packed, or repacked, since the packs were listed: then both
// are looked at once more. In the end it is plumbing.ErrObjectNotFound.
func (db *DB) locate(h plumbing.Hash) (location, error) {
	for listing := range maxListings {
		if listing > 0 || !db.packs.listed {
			if err := db.packs.list(); err != nil {
				return location{}, err
			}
		}
		at, ok, err := db.packs.find(h)
		if ok || err != nil {
			return location{place: at}, err
		}
		f, err := openLoose(db.packs.dirs, h)
		if f != nil || err != nil {
			return location{loose: f}, err
		}
		if listing > 0 && !db.packs.vanished {
			break
		}
	}
	return location{}, plumbing.ErrObjectNotFound
}

// read reads an object: its first limit bytes, or more. Its data may lie in buf.
// To read one larger than Options.MaxObject whole is ErrTooLarge.
func (db *DB) read(h plumbing.Hash, limit int64, buf []byte) (object, error) {
	found, err := db.locate(h)
	if err != nil {
		return object{}, err
	}
	var o object
	if found.loose != nil {
		o, err = db.readLoose(found.loose, limit, buf)
	} else {
		o, err = db.readPacked(found.place, limit, buf)
	}
	if err == nil && limit == whole {
		err = db.verify(h, o)
	}
	if err != nil {
		return object{}, fmt.Errorf("object %s: %w", h, err)
	}
	return o, nil
}

// Object reads an object. A missing one is plumbing.ErrObjectNotFound, one larger
// than Options.MaxObject ErrTooLarge.
func (db *DB) Object(h plumbing.Hash) (plumbing.ObjectType, []byte, error) {
	o, err := db.read(h, whole, nil)
	if err != nil {
		return plumbing.InvalidObject, nil, err
	}
	if o.shared {
		o.data = bytes.Clone(o.data)
	}
	return o.kind, o.data, nil
}

// Stat gives the type and the size in bytes of an object without reading all of
// it.
func (db *DB) Stat(h plumbing.Hash) (plumbing.ObjectType, int64, error) {
	found, err := db.locate(h)
	if err != nil {
		return plumbing.InvalidObject, 0, err
	}
	var o object
	if found.loose != nil {
		o, err = db.readLoose(found.loose, 0, nil)
	} else {
		o, err = db.statPacked(found.place)
	}
	if err != nil {
		return plumbing.InvalidObject, 0, fmt.Errorf("object %s: %w", h, err)
	}
	return o.kind, o.size, nil
}

// verify compares a complete object with its name, if Options say so.
func (db *DB) verify(h plumbing.Hash, o object) error {
	if !db.options.Verify {
		return nil
	}
	if db.sum == nil {
		db.sum = sha1.New()
	}
	db.sum.Reset()
	var head [looseHead]byte
	db.sum.Write(append(strconv.AppendInt(append(append(head[:0], o.kind.Bytes()...), ' '), o.size, 10), 0))
	db.sum.Write(o.data)
	if got := hashAt(db.sum.Sum(head[:0])); got != h {
		return corrupt("its content is that of %s", got)
	}
	return nil
}
