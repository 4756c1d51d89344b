package odb

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

// link is one delta of a chain.
type link struct {
	at    place
	entry entry
}

// root is what a chain of deltas begins with: an object that is no delta. Its
// entry says where it lies in at; or it is at hand already.
type root struct {
	at     place
	entry  entry
	object *object
}

const (
	// maxChain is the longest chain of deltas that git makes. Whatever is longer,
	// or a circle, no git wrote.
	maxChain = 4095
	// maxWork is how many times Options.MaxObject the deltas of a chain and what
	// they make may have together, so that a long chain is no bomb.
	maxWork = 16
)

// unravel collects the deltas of the object at a place in db.links, its own
// first, and gives what the last one is to be applied to. Only headers are read,
// unless a base lies outside the packs.
func (db *DB) unravel(at place) (root, error) {
	db.links = db.links[:0]
	for {
		if base := db.bases.get(at); base != nil {
			return root{at: at, object: base}, nil
		}
		e, err := db.entry(at)
		if err != nil {
			return root{}, err
		}
		if e.kind != plumbing.OFSDeltaObject && e.kind != plumbing.REFDeltaObject {
			return root{at: at, entry: e}, nil
		}
		if len(db.links) == maxChain {
			return root{}, at.wrap(corrupt("more than %d deltas, or a circle of them", maxChain))
		}
		db.links = append(db.links, link{at, e})
		if e.kind == plumbing.OFSDeltaObject {
			at.off = e.base
			continue
		}
		found, err := db.locate(e.baseHash)
		if err == plumbing.ErrObjectNotFound {
			err = corrupt("the base %s is missing", e.baseHash)
		}
		if err != nil {
			return root{}, at.wrap(err)
		}
		if found.loose != nil {
			base, err := db.readLoose(found.loose, whole, nil)
			return root{object: &base}, err
		}
		at = found.place
	}
}

// readPacked reads the object at a place; see read.
func (db *DB) readPacked(at place, limit int64, buf []byte) (object, error) {
	end, err := db.unravel(at)
	if err != nil {
		return object{}, err
	}
	if len(db.links) == 0 && end.object == nil {
		return db.inflateAt(end.at, end.entry, limit, buf)
	}
	o, err := db.readRoot(end)
	if err != nil || len(db.links) == 0 {
		return o, err
	}
	work := int64(0)
	for _, l := range slices.Backward(db.links) {
		if end.at.pack != nil {
			db.bases.keep(end.at, o)
		}
		if o, err = db.apply(o, l); err != nil {
			return object{}, l.at.wrap(err)
		}
		if work += l.entry.size + o.size; work > maxWork*db.options.MaxObject {
			return object{}, at.wrap(fmt.Errorf("the chain of deltas: %w", ErrTooLarge))
		}
		end.at = l.at
	}
	return o, nil
}

// readRoot reads what a chain begins with, whole.
func (db *DB) readRoot(end root) (object, error) {
	if end.object != nil {
		return *end.object, nil
	}
	return db.inflateAt(end.at, end.entry, whole, nil)
}

// inflateAt reads up to limit bytes of an object that is no delta.
func (db *DB) inflateAt(at place, e entry, limit int64, buf []byte) (object, error) {
	o := object{kind: e.kind, size: e.size}
	err := db.fits(min(e.size, limit))
	if err == nil {
		db.stream.start(at.pack, e.data)
		o.data, err = db.inflateObject(e.size, limit, buf)
	}
	if err != nil {
		return object{}, at.wrap(err)
	}
	return o, nil
}

// fits refuses to hold too many bytes in memory.
func (db *DB) fits(size int64) error {
	if size > db.options.MaxObject {
		return fmt.Errorf("%w: %d bytes", ErrTooLarge, size)
	}
	return nil
}

// inflateObject inflates an object or delta of a known size from the stream: all
// of it, or its first limit bytes if it is larger. Into buf, if that is large
// enough.
func (db *DB) inflateObject(size, limit int64, buf []byte) ([]byte, error) {
	want := size + 1 // one more than there should be, to see that it ends
	if size > limit {
		want = limit
	}
	if int64(cap(buf)) < want {
		buf = make([]byte, want)
	}
	n, err := db.inflate.inflate(buf[:want], &db.stream)
	if err == nil && int64(n) != min(size, limit) {
		err = corrupt("%d bytes where there should be %d", n, size)
	}
	return buf[:min(int64(n), size, limit)], err
}

// apply makes the object that a delta describes.
func (db *DB) apply(base object, l link) (object, error) {
	if err := db.fits(l.entry.size); err != nil {
		return object{}, err
	}
	db.stream.start(l.at.pack, l.entry.data)
	delta, err := db.inflateObject(l.entry.size, whole, db.delta)
	if err != nil {
		return object{}, err
	}
	db.delta = delta
	size, err := targetSize(delta)
	if err == nil {
		err = db.fits(size)
	}
	if err != nil {
		return object{}, err
	}
	data, err := packfile.PatchDelta(base.data, delta)
	if err != nil {
		return object{}, corrupt("%w", err)
	}
	return object{kind: base.kind, size: size, data: data}, nil
}

// targetSize reads the size of the object that a delta makes: the second of the
// two numbers that the delta begins with.
func targetSize(delta []byte) (int64, error) {
	_, n := binary.Uvarint(delta)
	if n > 0 {
		size, m := binary.Uvarint(delta[n:])
		if m > 0 && size < 1<<62 {
			return int64(size), nil
		}
	}
	return 0, corrupt("a delta without sizes")
}

// deltaHead is the most that the two sizes of a delta take.
const deltaHead = 2 * binary.MaxVarintLen64

// statPacked gives kind and size of the object at a place.
func (db *DB) statPacked(at place) (object, error) {
	end, err := db.unravel(at)
	if err != nil {
		return object{}, err
	}
	o := object{kind: end.entry.kind, size: end.entry.size}
	if end.object != nil {
		o = object{kind: end.object.kind, size: end.object.size}
	}
	if len(db.links) == 0 {
		return o, nil
	}
	l := db.links[0]
	db.stream.start(l.at.pack, l.entry.data)
	delta, err := db.inflateObject(l.entry.size, deltaHead, db.delta)
	if err == nil {
		o.size, err = targetSize(delta)
	}
	if err != nil {
		return object{}, l.at.wrap(err)
	}
	return o, nil
}

// wrap says in which pack something went wrong, and where.
func (at place) wrap(err error) error {
	return fmt.Errorf("%s.pack, object at %d: %w", at.pack.path, at.off, err)
}
