package odb

import (
	"encoding/binary"
	"hash/adler32"
)

// quick inflates small zlib streams (RFC 1950 and 1951) from memory to memory.
// Commits are a few hundred bytes, of which mostly only the first are wanted,
// and the walk of a repository without a commit-graph reads a great many of
// them: compress/zlib, made for long streams, inflates to the end of a block,
// and takes longer; so does klauspost/compress (docs/measurements.md). Where anything is odd, quick gives up, and
// compress/zlib has the last word: it only ever needs to be right about what it
// accepts.
type quick struct {
	literals, distances huffman
	ofLengths           huffman // by which the other two are written
	fixed               bool    // they are those of blocks of type 1

	src  []byte
	at   int    // of the next byte to be taken
	hold uint64 // bits that were taken, the next one lowest
	held uint   // how many
}

const (
	maxLiterals  = 288
	maxDistances = 32
	maxCode      = 15 // bits
	endOfBlock   = 256
)

// inflate fills dst from the stream that src begins with. n is less than
// len(dst) when the stream ends before, with the right checksum. ok is false when
// src ends too early, and when something is odd.
func (q *quick) inflate(dst, src []byte) (n int, ok bool) {
	const head = 2
	if len(src) < head || src[0]&15 != 8 || src[0]>>4 > 7 || src[1]&0x20 != 0 || binary.BigEndian.Uint16(src)%31 != 0 {
		return 0, false
	}
	q.src, q.at, q.hold, q.held = src, head, 0, 0
	for last := false; !last && n < len(dst); {
		last = q.take(1) == 1
		switch kind := q.take(2); {
		case kind == 0:
			n, ok = q.stored(dst, n)
		case kind == 1 && q.useFixed(), kind == 2 && q.readCodes():
			n, ok = q.block(dst, n)
		default:
			ok = false
		}
		if !ok {
			return n, false
		}
		if last && n < len(dst) {
			return n, q.checksum(dst[:n])
		}
	}
	return n, true
}

// refill takes bytes until at least 56 bits are held, if there are as many.
func (q *quick) refill() {
	if q.at+8 <= len(q.src) {
		q.hold |= binary.LittleEndian.Uint64(q.src[q.at:]) << q.held
		q.at += int(63-q.held) >> 3
		q.held |= 56
		return
	}
	for q.held <= 56 && q.at < len(q.src) {
		q.hold |= uint64(q.src[q.at]) << q.held
		q.at++
		q.held += 8
	}
}

// take takes up to 32 bits. Behind the end of src there are zeros, and overrun
// tells.
func (q *quick) take(n uint) uint32 {
	if q.held < n {
		q.refill()
	}
	value := uint32(q.hold & (1<<n - 1))
	q.drop(n)
	return value
}

func (q *quick) drop(n uint) {
	q.hold >>= n
	q.held -= n // below zero it becomes huge
}

func (q *quick) overrun() bool { return q.held > 64 }

// stored copies a block that is not compressed.
func (q *quick) stored(dst []byte, n int) (int, bool) {
	q.drop(q.held & 7)
	size := q.take(16)
	if q.overrun() || q.take(16) != size^0xffff || q.overrun() {
		return n, false
	}
	begin := q.at - int(q.held/8)
	want := min(int(size), len(dst)-n)
	if begin+want > len(q.src) {
		return n, false
	}
	n += copy(dst[n:n+want], q.src[begin:])
	q.at, q.hold, q.held = begin+want, 0, 0
	return n, true
}

// block inflates a block by the codes that are set.
func (q *quick) block(dst []byte, n int) (int, bool) {
	for {
		n = q.run(dst, n)
		symbol := q.symbol(&q.literals)
		if symbol < endOfBlock {
			if q.overrun() {
				return n, false
			}
			if n == len(dst) {
				return n, true
			}
			dst[n] = byte(symbol)
			n++
			continue
		}
		if symbol == endOfBlock || symbol >= endOfBlock+1+len(lengths) {
			return n, symbol == endOfBlock && !q.overrun()
		}
		length := lengths[symbol-endOfBlock-1].read(q)
		symbol = q.symbol(&q.distances)
		if symbol >= len(distances) {
			return n, false
		}
		distance := distances[symbol].read(q)
		if distance > n || q.overrun() {
			return n, false
		}
		length = min(length, len(dst)-n)
		if distance >= length {
			n += copy(dst[n:n+length], dst[n-distance:n])
		} else {
			for end := n + length; n < end; n++ {
				dst[n] = dst[n-distance]
			}
		}
		if n == len(dst) {
			return n, true
		}
	}
}

// run inflates literals with short codes, as many as the bits that are held have
// for sure: what most of a block is made of.
func (q *quick) run(dst []byte, n int) int {
	if q.held < 48 {
		q.refill()
	}
	hold, held := q.hold, q.held
	for n < len(dst) && held >= longTable && held < 64 {
		entry := q.literals.short[hold&(1<<longTable-1)]
		if entry == 0 || entry >= endOfBlock<<4 {
			break
		}
		hold >>= entry & 15
		held -= uint(entry & 15)
		dst[n] = byte(entry >> 4)
		n++
	}
	q.hold, q.held = hold, held
	return n
}

// checksum compares what was inflated with what follows the last block.
func (q *quick) checksum(data []byte) bool {
	q.drop(q.held & 7)
	begin := q.at - int(q.held/8)
	return begin+4 <= len(q.src) && binary.BigEndian.Uint32(q.src[begin:]) == adler32.Checksum(data)
}

// span of lengths or distances that share a symbol.
type extent struct{ base, extra uint16 }

func (e extent) read(q *quick) int { return int(e.base) + int(q.take(uint(e.extra))) }

var lengths = [...]extent{
	{3, 0}, {4, 0}, {5, 0}, {6, 0}, {7, 0}, {8, 0}, {9, 0}, {10, 0}, {11, 1}, {13, 1},
	{15, 1}, {17, 1}, {19, 2}, {23, 2}, {27, 2}, {31, 2}, {35, 3}, {43, 3}, {51, 3}, {59, 3},
	{67, 4}, {83, 4}, {99, 4}, {115, 4}, {131, 5}, {163, 5}, {195, 5}, {227, 5}, {258, 0},
}

var distances = [...]extent{
	{1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 1}, {7, 1}, {9, 2}, {13, 2}, {17, 3}, {25, 3},
	{33, 4}, {49, 4}, {65, 5}, {97, 5}, {129, 6}, {193, 6}, {257, 7}, {385, 7}, {513, 8}, {769, 8},
	{1025, 9}, {1537, 9}, {2049, 10}, {3073, 10}, {4097, 11}, {6145, 11}, {8193, 12}, {12289, 12}, {16385, 13}, {24577, 13},
}

// useFixed sets the codes of blocks of type 1.
func (q *quick) useFixed() bool {
	if q.fixed {
		return true
	}
	q.literals.begin()
	for symbol := range maxLiterals {
		switch {
		case symbol < 144, symbol >= 280:
			q.literals.add(symbol, 8)
		case symbol < 256:
			q.literals.add(symbol, 9)
		default:
			q.literals.add(symbol, 7)
		}
	}
	q.distances.begin()
	for symbol := range maxDistances {
		q.distances.add(symbol, 5)
	}
	q.fixed = q.literals.set(longTable) && q.distances.set(shortTable)
	return q.fixed
}

// readCodes reads the codes that a block of type 2 begins with.
func (q *quick) readCodes() bool {
	literals := int(q.take(5)) + 257
	all := literals + int(q.take(5)) + 1
	count := int(q.take(4)) + 4
	if literals > 286 || all-literals > 30 {
		return false
	}
	var lengths [len(lengthOrder)]uint8
	for _, symbol := range lengthOrder[:count] {
		lengths[symbol] = uint8(q.take(3))
	}
	q.ofLengths.begin()
	for symbol, length := range lengths {
		if length > 0 {
			q.ofLengths.add(symbol, length)
		}
	}
	q.fixed = false
	if q.overrun() || !q.ofLengths.set(shortTable) {
		return false
	}
	return q.readLengths(literals, all) && q.literals.set(longTable) && q.distances.set(shortTable)
}

// lengthOrder is in which order the lengths of the codes of lengths stand.
var lengthOrder = [...]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readLengths reads how long the codes of all literals are, and then those of
// the distances, all together.
func (q *quick) readLengths(literals, all int) bool {
	q.literals.begin()
	q.distances.begin()
	length, ends := uint8(0), false
	for i := 0; i < all; {
		times := 1
		switch symbol := q.symbol(&q.ofLengths); {
		case symbol < 16:
			length = uint8(symbol)
		case symbol == 16 && i > 0:
			times = 3 + int(q.take(2))
		case symbol == 17:
			length, times = 0, 3+int(q.take(3))
		case symbol == 18:
			length, times = 0, 11+int(q.take(7))
		default:
			return false
		}
		if i+times > all || q.overrun() {
			return false
		}
		if length == 0 {
			i += times
			continue
		}
		for ; times > 0; times-- {
			if i < literals {
				q.literals.add(i, length)
				ends = ends || i == endOfBlock
			} else {
				q.distances.add(i-literals, length)
			}
			i++
		}
	}
	return ends
}
