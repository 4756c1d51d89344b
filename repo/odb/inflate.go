package odb

import (
	"compress/zlib"
	"errors"
	"io"
	"io/fs"
)

// inflater decompresses zlib streams, one after the other.
type inflater struct{ zlib io.ReadCloser }

// inflate fills dst from the zlib stream that begins where src stands. n is less
// than len(dst) when the stream ends before; then its checksum was right. What
// does not fit into dst is left alone.
func (z *inflater) inflate(dst []byte, src *stream) (n int, err error) {
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
