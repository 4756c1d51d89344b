package odb

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// pack is a .pack file with its index. Both are opened when they are needed.
type pack struct {
	path    string // without the ending
	changed time.Time
	index   *index
	data    *file
	windows *windows
}

// packHead is the size of what stands before the first object: PACK, the
// version, the number of objects.
const packHead = 12

// errGone is what a pack gives that gc took away after it was listed.
var errGone = errors.New("the pack is gone")

// find gives where an object begins in the pack, which it opens, or errGone.
func (p *pack) find(h plumbing.Hash) (off int64, ok bool, err error) {
	if p.index == nil {
		p.index, err = openIndex(p.path + ".idx")
		if errors.Is(err, fs.ErrNotExist) {
			err = errGone
		}
		if err != nil {
			return 0, false, err
		}
	}
	off, ok, err = p.index.find(h)
	if !ok {
		return 0, false, err
	}
	err = p.open()
	return off, err == nil, err
}

// open opens the pack itself, or gives errGone.
func (p *pack) open() error {
	if p.data != nil {
		return nil
	}
	f, err := openFile(p.path + ".pack")
	if errors.Is(err, fs.ErrNotExist) {
		return errGone
	}
	if err != nil {
		return err
	}
	if err := checkPack(f); err != nil {
		f.close()
		return err
	}
	p.data = f
	return nil
}

func checkPack(f *file) error {
	var buf []byte
	head, err := f.slice(0, packHead, &buf)
	if err != nil {
		return err
	}
	if version := binary.BigEndian.Uint32(head[4:]); string(head[:4]) != "PACK" || version != 2 && version != 3 {
		return corrupt("%s: no pack of version 2 or 3", f.name)
	}
	return nil
}
