package odb

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

var _ storer.EncodedObjectStorer = (*DB)(nil)

// EncodedObject finds an object of a type, or of any (plumbing.AnyObject). As
// go-git wants it, one of another type is plumbing.ErrObjectNotFound. The content
// is read when its Reader is asked for.
func (db *DB) EncodedObject(kind plumbing.ObjectType, h plumbing.Hash) (plumbing.EncodedObject, error) {
	found, size, err := db.Stat(h)
	if err != nil {
		return nil, err
	}
	if kind != plumbing.AnyObject && kind != found {
		return nil, plumbing.ErrObjectNotFound
	}
	return &encodedObject{db: db, hash: h, kind: found, size: size}, nil
}

// HasEncodedObject is nil if there is such an object.
func (db *DB) HasEncodedObject(h plumbing.Hash) error {
	found, err := db.locate(h)
	if found.loose != nil {
		found.loose.Close()
	}
	return err
}

// EncodedObjectSize gives an object's size in bytes.
func (db *DB) EncodedObjectSize(h plumbing.Hash) (int64, error) {
	_, size, err := db.Stat(h)
	return size, err
}

// IterEncodedObjects is not offered: listing all objects is what this package
// exists to avoid.
func (db *DB) IterEncodedObjects(plumbing.ObjectType) (storer.EncodedObjectIter, error) {
	return nil, fmt.Errorf("listing all objects: %w", errors.ErrUnsupported)
}

// NewEncodedObject gives an object that can be filled, and not stored.
func (db *DB) NewEncodedObject() plumbing.EncodedObject { return &plumbing.MemoryObject{} }

// SetEncodedObject is ErrReadOnly.
func (db *DB) SetEncodedObject(plumbing.EncodedObject) (plumbing.Hash, error) {
	return plumbing.ZeroHash, ErrReadOnly
}

// AddAlternate is ErrReadOnly.
func (db *DB) AddAlternate(string) error { return ErrReadOnly }

// encodedObject is an object for go-git. It knows its name, which
// plumbing.MemoryObject would compute whenever it is asked.
type encodedObject struct {
	db   *DB
	hash plumbing.Hash
	kind plumbing.ObjectType
	size int64
}

func (o *encodedObject) Hash() plumbing.Hash             { return o.hash }
func (o *encodedObject) Type() plumbing.ObjectType       { return o.kind }
func (o *encodedObject) Size() int64                     { return o.size }
func (o *encodedObject) SetType(plumbing.ObjectType)     {}
func (o *encodedObject) SetSize(int64)                   {}
func (o *encodedObject) Writer() (io.WriteCloser, error) { return nil, ErrReadOnly }

// Reader reads the object, which must not be larger than Options.MaxObject.
func (o *encodedObject) Reader() (io.ReadCloser, error) {
	read, err := o.db.read(o.hash, whole, nil)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(read.data)), nil
}
