package odb

import (
	"compress/zlib"
	"errors"
	"io"
	"io/fs"
)

// inflater decompresses zlib streams, one after the other.
type inflater struct {
	quick quick
	zlib  io.ReadCloser // for large objects, and where quick gave up
}

// quickSize is the size in bytes up to which objects are inflated by quick.
const quickSize = 16 << 10

// inflate fills dst from the zlib stream that begins where src stands. n is less
// than len(dst) when the stream ends before; then its checksum was right. What
// does not fit into dst is left alone.
func (z *inflater) inflate(dst []byte, src *stream) (n int, err error) {
	if len(dst) <= quickSize {
		// What is compressed is hardly ever larger than this.
		ahead, err := src.ahead(len(dst) + len(dst)/8 + 128)
		if err != nil {
			return 0, err
		}
		if n, ok := z.quick.inflate(dst, ahead); ok {
			return n, nil
		}
	}
	if z.zlib == nil {
		z.zlib, err = zlib.NewReader(src)
	} else {
		err = z.zlib.(zlib.Resetter).Reset(src, nil)
	}
	for err == nil && n < len(dst) {
		var more int
		more, err = z.zlib.Read(dst[n:])
		n += more
	}
	if err == nil || err == io.EOF {
		return n, nil
	}
	if disk := (*fs.PathError)(nil); errors.As(err, &disk) {
		return n, err
	}
	return n, corrupt("compressed data: %w", err)
}
