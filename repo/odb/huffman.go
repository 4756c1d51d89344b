package odb

import "math/bits"

// huffman is a canonical code, by which symbols are read. It is set by begin,
// then add for each symbol that has a code, in their order, then set.
type huffman struct {
	used    int // how many codes there are
	of      [maxLiterals]coded
	count   [maxCode + 1]uint16 // codes of each length
	symbols [maxLiterals]uint16 // in the order of their codes
	// short has for the next bits the symbol times 16 plus the length of its
	// code; 0 where the code is longer than bits.
	short [1 << longTable]uint16
	bits  uint
}

type coded struct {
	symbol uint16
	length uint8
}

// How many bits are looked up at once: enough for nearly all codes, and few
// enough to be set up for some hundred bytes.
const (
	longTable  = 9 // literals and lengths
	shortTable = 7
)

// noSymbol is none of any code.
const noSymbol = 1 << 16

func (h *huffman) begin() {
	h.used = 0
	h.count = [maxCode + 1]uint16{}
}

// add gives a symbol a code of a length.
func (h *huffman) add(symbol int, length uint8) {
	h.of[h.used] = coded{uint16(symbol), length}
	h.used++
	h.count[length]++
}

// set makes the code, and tables of 2^bits. It takes complete codes, one single
// code of one bit, and an empty one.
func (h *huffman) set(bits uint) bool {
	free := 1
	var next [maxCode + 2]uint16 // place of the next symbol of a length
	for n := 1; n <= maxCode; n++ {
		free = free<<1 - int(h.count[n])
		if free < 0 {
			return false
		}
		next[n+1] = next[n] + h.count[n]
	}
	if free > 0 && h.used > 0 && (h.used > 1 || h.count[1] != 1) {
		return false
	}
	for _, c := range h.of[:h.used] {
		h.symbols[next[c.length]] = c.symbol
		next[c.length]++
	}
	h.bits = bits
	h.fill()
	return true
}

// fill makes the table. Codes stand in the stream with their first bit lowest:
// what is read begins with a code of n bits if its lowest n bits, turned round,
// are that code. So the table for n bits is that for n-1 bits twice, and the
// codes of n bits.
func (h *huffman) fill() {
	h.short[0] = 0
	code, symbol := 0, 0
	for n := uint(1); n <= h.bits; n++ {
		half := 1 << (n - 1)
		copy(h.short[half:2*half], h.short[:half])
		for range h.count[n] {
			h.short[code] = h.symbols[symbol]<<4 | uint16(n)
			symbol++
			code = nextCode(code, n)
		}
	}
}

// nextCode adds one to a code of n bits that is turned round.
func nextCode(code int, n uint) int {
	zeros := ^code & (1<<n - 1)
	if zeros == 0 {
		return 0 // it was the last one
	}
	top := 1 << (bits.Len(uint(zeros)) - 1)
	return code&(top-1) | top
}

// symbol reads one symbol, or noSymbol.
func (q *quick) symbol(h *huffman) int {
	if q.held < 48 { // enough for a length and a distance
		q.refill()
	}
	if entry := h.short[q.hold&(1<<h.bits-1)&(1<<longTable-1)]; entry != 0 {
		q.drop(uint(entry & 15))
		return int(entry >> 4)
	}
	code, first, place := 0, 0, 0
	for n := uint(1); n <= maxCode; n++ {
		code |= int(q.hold >> (n - 1) & 1)
		count := int(h.count[n])
		if code < first+count {
			q.drop(n)
			return int(h.symbols[place+code-first])
		}
		place += count
		first = (first + count) << 1
		code <<= 1
	}
	return noSymbol
}
