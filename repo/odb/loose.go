package odb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

	"github.com/go-git/go-git/v5/plumbing"
)

// openLoose opens the file of a loose object, or gives nil if no folder has one.
func openLoose(dirs []string, h plumbing.Hash) (*os.File, error) {
	hex := h.String()
	for _, dir := range dirs {
		f, err := os.Open(dir + "/" + hex[:2] + "/" + hex[2:])
		if !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return nil, nil
}

// looseHead is the most that stands before the content: "commit 1234\x00".
const looseHead = 32

// readLoose reads a loose object and closes its file; see read.
func (db *DB) readLoose(f *os.File, limit int64, buf []byte) (object, error) {
	defer f.Close()
	o, err := db.inflateLoose(f, limit, buf)
	if err != nil {
		return object{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return o, nil
}

func (db *DB) inflateLoose(f io.ReaderAt, limit int64, buf []byte) (object, error) {
	var begin [looseHead]byte
	db.stream.start(f, 0)
	n, err := db.inflate.inflate(begin[:], &db.stream)
	if err != nil {
		return object{}, err
	}
	o, head, err := parseLooseHead(begin[:n])
	if err != nil || limit == 0 {
		return o, err
	}
	if err := db.fits(min(o.size, limit)); err != nil {
		return object{}, err
	}
	db.stream.start(f, 0)
	data, err := db.inflateObject(o.size+int64(head), limit+int64(head), buf)
	if err != nil {
		return object{}, err
	}
	o.data = data[head:]
	return o, nil
}

// parseLooseHead reads kind and size, and says how long the header is.
func parseLooseHead(b []byte) (o object, head int, err error) {
	end := bytes.IndexByte(b, 0)
	name, digits, ok := bytes.Cut(b[:max(end, 0)], []byte(" "))
	if !ok {
		return o, 0, corrupt("no header of a loose object")
	}
	switch o.kind, _ = plumbing.ParseObjectType(string(name)); o.kind {
	case plumbing.CommitObject, plumbing.TreeObject, plumbing.BlobObject, plumbing.TagObject:
	default:
		return o, 0, corrupt("object type %q", name)
	}
	size, err := strconv.ParseUint(string(digits), 10, 62)
	if err != nil {
		return o, 0, corrupt("object size %q", digits)
	}
	o.size = int64(size)
	return o, end + 1, nil
}
