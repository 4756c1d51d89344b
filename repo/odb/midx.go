package odb

import (
	"encoding/binary"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// midx is a multi-pack-index: one index for the objects of many packs.
type midx struct {
	names
	packNames []string // without an ending, in the file's order
	offsets   chunk    // OOFF: for each object the pack and the offset in it
	large     chunk    // LOFF: offsets beyond 4 GiB
}

const midxHead = 12

// openMidx opens a multi-pack-index. That it does not exist is fs.ErrNotExist.
func openMidx(path string) (*midx, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	m, err := newMidx(f)
	if err != nil {
		f.close()
		return nil, err
	}
	return m, nil
}

func newMidx(f *file) (*midx, error) {
	var buf []byte
	head, err := f.slice(0, midxHead, &buf)
	if err != nil {
		return nil, err
	}
	// Version 1, SHA-1, no base.
	if string(head[:6]) != "MIDX\x01\x01" || head[7] != 0 {
		return nil, &Unsupported{"multi-pack-index of another kind: " + f.name}
	}
	packs := int(binary.BigEndian.Uint32(head[8:]))
	found, err := readChunks(f, midxHead, int(head[6]))
	if err != nil {
		return nil, err
	}
	m := &midx{offsets: found["OOFF"], large: found["LOFF"]}
	if m.names, err = found.names(f); err != nil {
		return nil, err
	}
	if m.offsets.size != 8*int64(m.count()) || m.large.size%8 != 0 {
		return nil, corrupt("%s: %d offsets in %d bytes", f.name, m.count(), m.offsets.size)
	}
	return m, m.readPacks(found["PNAM"], packs)
}

// readPacks reads the names of the packs, each ended by a zero byte.
func (m *midx) readPacks(c chunk, count int) error {
	if int64(count) > c.size || c.size > smallFile {
		return corrupt("%s: %d packs in %d bytes", m.file.name, count, c.size)
	}
	text, err := m.file.slice(c.off, int(c.size), &m.buf)
	if err != nil {
		return err
	}
	rest := string(text)
	for range count {
		idx, after, ended := strings.Cut(rest, "\x00")
		name, ok := packName(idx)
		if !ok || !ended {
			return corrupt("%s: pack %.60q", m.file.name, idx)
		}
		m.packNames, rest = append(m.packNames, name), after
	}
	return nil
}

// find gives in which of the packs an object lies, and where.
func (m *midx) find(h plumbing.Hash) (pack int, off int64, ok bool, err error) {
	row, ok, err := m.names.find(h)
	if !ok {
		return 0, 0, false, err
	}
	b, err := m.file.slice(m.offsets.off+8*int64(row), 8, &m.buf)
	if err != nil {
		return 0, 0, false, err
	}
	pack, off = int(binary.BigEndian.Uint32(b)), int64(binary.BigEndian.Uint32(b[4:]))
	if pack >= len(m.packNames) {
		return 0, 0, false, corrupt("%s: pack %d of %d", m.file.name, pack, len(m.packNames))
	}
	if m.large.size > 0 && off&largeOffset != 0 {
		if off, err = m.names.large(off&^largeOffset, m.large.off, m.large.size/8); err != nil {
			return 0, 0, false, err
		}
	}
	return pack, off, true, nil
}
