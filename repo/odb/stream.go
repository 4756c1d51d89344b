package odb

import (
	"errors"
	"io"
)

// stream reads a file from an offset on, in pieces that grow: most objects end
// in the first one. It is an io.Reader and an io.ByteReader.
type stream struct {
	source io.ReaderAt
	end    int64 // offset behind the bytes in buf
	rest   []byte
	buf    []byte
	piece  int
}

const (
	firstPiece = 512
	lastPiece  = 64 << 10
)

// start puts the stream at an offset. What was read of the same file is kept.
func (s *stream) start(source io.ReaderAt, off int64) {
	s.piece = firstPiece
	if begin := s.end - int64(len(s.buf)); s.source == source && off >= begin && off <= s.end {
		s.rest = s.buf[off-begin:]
		return
	}
	s.source, s.end, s.rest, s.buf = source, off, nil, s.buf[:0]
}

// offset is where the next byte lies in the file.
func (s *stream) offset() int64 { return s.end - int64(len(s.rest)) }

// ahead gives the next n bytes, or as many as there are, and leaves the stream
// where it is. They are good until the next call of a method.
func (s *stream) ahead(n int) ([]byte, error) {
	if len(s.rest) >= n {
		return s.rest, nil
	}
	have := len(s.rest)
	if cap(s.buf) < n {
		s.buf = append(make([]byte, 0, n), s.rest...)
	} else {
		s.buf = s.buf[:copy(s.buf[:have], s.rest)]
	}
	for have < n {
		more, err := s.source.ReadAt(s.buf[have:n], s.end)
		have += more
		s.end += int64(more)
		if more > 0 {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		break
	}
	s.buf = s.buf[:have]
	s.rest = s.buf
	return s.rest, nil
}

// fill reads the next piece.
func (s *stream) fill() error {
	if cap(s.buf) < s.piece {
		s.buf = make([]byte, s.piece)
	}
	n, err := s.source.ReadAt(s.buf[:s.piece], s.end)
	s.buf = s.buf[:n]
	s.rest = s.buf
	s.end += int64(n)
	s.piece = min(s.piece*4, lastPiece)
	if n > 0 {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func (s *stream) ReadByte() (byte, error) {
	if len(s.rest) == 0 {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	b := s.rest[0]
	s.rest = s.rest[1:]
	return b, nil
}

func (s *stream) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}
