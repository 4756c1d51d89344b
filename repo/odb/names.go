package odb

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/go-git/go-git/v5/plumbing"
)

// fanout[b] says how many names of a sorted table begin with a byte of at most
// b. Indexes and commit-graphs begin with one.
type fanout [256]uint32

const fanoutSize = 256 * 4

// readFanout takes a fan-out of fanoutSize bytes. It never falls, and no file
// has more names than an int32 counts.
func readFanout(text []byte) (f fanout, ok bool) {
	last := uint32(0)
	for i := range f {
		f[i] = binary.BigEndian.Uint32(text[4*i:])
		if f[i] < last || f[i] > math.MaxInt32 {
			return f, false
		}
		last = f[i]
	}
	return f, true
}

// bucket gives the rows of the names that begin with a byte.
func (f *fanout) bucket(b byte) (low, high int) {
	if b > 0 {
		low = int(f[b-1])
	}
	return low, int(f[b])
}

// names is a sorted table of object names in a file, behind its fan-out.
type names struct {
	fanout fanout
	file   *file
	off    int64  // of the first name
	buf    []byte // what was read of an unmapped file

	searches int
}

// mapShare is how many bytes of a file are worth a search in it: a page fault
// brings in 64 KiB, reading a piece 6. So a small file is mapped at once, and a
// large one when it is searched so often that the memory pays.
const mapShare = 16 << 10

// count is the number of names.
func (t *names) count() int { return int(t.fanout[255]) }

// find gives the row of a name. The table may hold any bytes; then a name may
// be missed.
func (t *names) find(h plumbing.Hash) (row int, ok bool, err error) {
	if t.file.data == nil {
		if t.searches++; int64(t.searches)*mapShare >= t.file.size {
			_ = t.file.mmap() // without a map it is slower, not wrong
		}
	}
	if t.file.data == nil {
		return t.readUp(h)
	}
	row, ok = t.lookUp(h)
	return row, ok, nil
}

// lookUp is find in a mapped table.
func (t *names) lookUp(h plumbing.Hash) (row int, ok bool) {
	low, high := t.fanout.bucket(h[0])
	rows := t.file.data[t.off+int64(low)*hashSize : t.off+int64(high)*hashSize]
	row, ok = search(rows, &h, spanOf(h[0]))
	return low + row, ok
}

// readUp is find in a table that is not mapped. Names are spread evenly, so
// that a name's place is known to within about the root of the bucket's size:
// one read is nearly always enough.
func (t *names) readUp(h plumbing.Hash) (row int, ok bool, err error) {
	low, high := t.fanout.bucket(h[0])
	within := spanOf(h[0])
	key := binary.BigEndian.Uint64(h[:])
	for low < high {
		from, to := around(low, high, within.guess(key, high-low))
		rows, err := t.file.slice(t.off+int64(from)*hashSize, (to-from)*hashSize, &t.buf)
		if err != nil {
			return 0, false, err
		}
		i, ok := search(rows, &h, within)
		switch {
		case ok:
			return from + i, true, nil
		case i == 0 && from > low:
			high, within.high = from, binary.BigEndian.Uint64(rows)
		case i == to-from && to < high:
			low, within.low = to, binary.BigEndian.Uint64(rows[len(rows)-hashSize:])
		default:
			return 0, false, nil
		}
	}
	return 0, false, nil
}

// around gives the rows next to a guess where the name is: 2.6 standard
// deviations to each side, which are at most the root of the size by two.
func around(low, high, guess int) (from, to int) {
	aside := int(1.3*math.Sqrt(float64(high-low))) + 4
	return max(low, low+guess-aside), min(high, low+guess+aside)
}

// span holds what the first eight bytes of some sorted names lie between.
type span struct{ low, high uint64 }

// spanOf is the span of the names that begin with a byte.
func spanOf(b byte) span { return span{uint64(b) << 56, uint64(b)<<56 | (1<<56 - 1)} }

// guess gives the place of a key among n names: 0 to n-1.
func (s span) guess(key uint64, n int) int {
	if s.low == s.high {
		return 0
	}
	high, low := bits.Mul64(key-s.low, uint64(n))
	place, _ := bits.Div64(high, low, s.high-s.low) // low <= key <= high: at most n
	return min(int(place), n-1)
}

// search gives the row of a name in sorted rows, or the first row behind it.
func search(rows []byte, h *plumbing.Hash, within span) (row int, ok bool) {
	const guesses = 4 // names that are not spread evenly must not make it slow
	key := binary.BigEndian.Uint64(h[:])
	low, high := 0, len(rows)/hashSize
	for try := 0; low < high; try++ {
		middle := low + (high-low)/2
		if try < guesses {
			middle = low + within.guess(key, high-low)
		}
		name := rows[middle*hashSize:][:hashSize]
		begin := binary.BigEndian.Uint64(name)
		less := begin < key
		if begin == key {
			order := bytes.Compare(name, h[:])
			if order == 0 {
				return middle, true
			}
			less = order < 0
		}
		if less {
			low, within.low = middle+1, begin
		} else {
			high, within.high = middle, begin
		}
	}
	return low, false
}

// hashAt takes an object name out of a table.
func hashAt(b []byte) (h plumbing.Hash) {
	copy(h[:], b)
	return h
}
