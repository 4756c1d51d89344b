package odb

import "io"

// windows keeps pieces of packs. Commits lie together in a pack, nearly in the
// order of a walk: a window that is met for the third time is read whole.
type windows [64]window

type window struct {
	pack   *pack
	number int64 // its offset in windows
	met    int
	data   []byte // empty: not read yet
	buf    []byte
}

const (
	windowSize = 16 << 10
	// smallRead is the size up to which a read goes through a window. Larger ones
	// go on where small ones ended.
	smallRead = 2 << 10
)

// ReadAt reads from the pack through windows. It may give less than was asked
// for.
func (p *pack) ReadAt(b []byte, off int64) (int, error) {
	if len(b) > smallRead {
		return p.data.ReadAt(b, off)
	}
	number := off / windowSize
	w := &p.windows[uint64(number)%uint64(len(p.windows))]
	if w.pack != p || w.number != number {
		w.pack, w.number, w.met, w.data = p, number, 0, nil
	}
	if w.met++; w.met < 3 {
		return p.data.ReadAt(b, off)
	}
	if len(w.data) == 0 {
		if w.buf == nil {
			w.buf = make([]byte, windowSize)
		}
		n, err := p.data.ReadAt(w.buf, number*windowSize)
		if n == 0 {
			return 0, err
		}
		w.data = w.buf[:n]
	}
	at := off - number*windowSize
	if at >= int64(len(w.data)) {
		return 0, io.EOF
	}
	return copy(b, w.data[at:]), nil
}
