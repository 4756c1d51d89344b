package odb

import "encoding/binary"

// chunks is the table of contents of a commit-graph or a multi-pack-index
// (gitformat-chunk(5)): where in the file each chunk lies.
type chunks map[string]chunk

type chunk struct{ off, size int64 }

const chunkRow = 12 // a name of four bytes, an offset of eight

// readChunks reads a table of contents of count chunks at off. They lie behind
// it, one after the other, up to the checksum at the file's end.
func readChunks(f *file, off int64, count int) (chunks, error) {
	var buf []byte
	size := (count + 1) * chunkRow
	table, err := f.slice(off, size, &buf)
	if err != nil {
		return nil, err
	}
	found := make(chunks, count)
	start := binary.BigEndian.Uint64(table[4:])
	if start < uint64(off)+uint64(size) {
		return nil, corrupt("%s: a chunk begins in the table of chunks", f.name)
	}
	for i := range count {
		name := string(table[i*chunkRow:][:4])
		end := binary.BigEndian.Uint64(table[(i+1)*chunkRow+4:])
		if end < start || end > uint64(max(0, f.size-hashSize)) {
			return nil, corrupt("%s: chunk %q ends at %d", f.name, name, end)
		}
		if _, twice := found[name]; twice {
			return nil, corrupt("%s: two chunks %q", f.name, name)
		}
		found[name] = chunk{int64(start), int64(end - start)}
		start = end
	}
	return found, nil
}

// names opens the table of names that OIDF and OIDL hold.
func (c chunks) names(f *file) (names, error) {
	t := names{file: f, off: c["OIDL"].off}
	fan, err := f.slice(c["OIDF"].off, fanoutSize, &t.buf)
	if err != nil {
		return names{}, err
	}
	var ok bool
	if t.fanout, ok = readFanout(fan); !ok || c["OIDF"].size != fanoutSize {
		return names{}, corrupt("%s: bad fan-out", f.name)
	}
	if c["OIDL"].size != int64(t.count())*hashSize {
		return names{}, corrupt("%s: %d names in %d bytes", f.name, t.count(), c["OIDL"].size)
	}
	return t, nil
}
