package odb

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"github.com/go-git/go-git/v5/plumbing"
)

// ErrNotCommit is what asking for a commit gives when the object is another one.
var ErrNotCommit = errors.New("not a commit")

// CommitHeader is what a walk needs of a commit.
type CommitHeader struct {
	Tree    plumbing.Hash
	Parents []plumbing.Hash
	Date    int64 // committer date, seconds since 1970; 0 if git could not read it
}

const (
	// shortHead is how many bytes of a commit are read to find its header: a tree,
	// a parent, and two people with names and addresses as people have them.
	shortHead = 272
	// middleHead is how many of merges of two such people, longHead of the others:
	// merges of signed tags, octopus merges.
	middleHead = 512
	longHead   = 1 << 20
)

// CommitHeader reads the header of a commit, and stops there. Any other object
// is ErrNotCommit.
func (db *DB) CommitHeader(h plumbing.Hash) (CommitHeader, error) {
	header, err := db.commitHeader(h, shortHead)
	for _, more := range []int64{middleHead, longHead} {
		if err == errShort {
			header, err = db.commitHeader(h, more)
		}
	}
	if err == errShort {
		err = fmt.Errorf("commit %s: header: %w", h, ErrTooLarge)
	}
	return header, err
}

// commitHeader finds the header in the first limit bytes of a commit, or gives
// errShort.
func (db *DB) commitHeader(h plumbing.Hash, limit int64) (CommitHeader, error) {
	o, err := db.readHead(h, limit)
	if err != nil {
		return CommitHeader{}, err
	}
	if o.kind != plumbing.CommitObject {
		return CommitHeader{}, fmt.Errorf("object %s: %w", h, ErrNotCommit)
	}
	header, err := parseCommitHeader(o.data)
	if err == errShort && !o.complete() {
		return CommitHeader{}, errShort
	}
	if err != nil {
		err = corrupt("commit %s: %w", h, err)
	}
	return header, err
}

// readHead reads the beginning of an object. It is good until the next one.
func (db *DB) readHead(h plumbing.Hash, limit int64) (object, error) {
	if db.head == nil {
		db.head = make([]byte, looseHead+middleHead+1)
	}
	return db.read(h, min(limit, db.options.MaxObject), db.head)
}

// maxSlack is how much memory, in bytes, a text may hold beyond its own.
const maxSlack = 4 << 10

// Commit reads a commit's text: header, empty line, message. Of the message at
// most maxMessage bytes are given; then cut is true, and the rest is not even
// decompressed unless the commit is a delta. Any other object is ErrNotCommit.
func (db *DB) Commit(h plumbing.Hash, maxMessage int) (text []byte, cut bool, err error) {
	limit := min(int64(maxMessage)+longHead, db.options.MaxObject)
	o, err := db.read(h, limit, nil)
	if err != nil {
		return nil, false, err
	}
	if o.kind != plumbing.CommitObject {
		return nil, false, fmt.Errorf("object %s: %w", h, ErrNotCommit)
	}
	if o.complete() {
		if err := db.verify(h, o); err != nil {
			return nil, false, fmt.Errorf("object %s: %w", h, err)
		}
	}
	text = o.data
	header := bytes.Index(text, []byte("\n\n"))
	if header < 0 && !o.complete() {
		return nil, false, fmt.Errorf("commit %s: header: %w", h, ErrTooLarge)
	}
	if message := header + 2; header >= 0 && len(text)-message > maxMessage {
		text = text[:message+maxMessage]
	}
	// A message that was cut must not keep the rest of it in memory.
	if o.shared || cap(text)-len(text) > maxSlack {
		text = bytes.Clone(text)
	}
	return text, int64(len(text)) < o.size, nil
}

// maxTags is the longest chain of tags that is followed.
const maxTags = 100

// Peel follows tags to a commit. ok is false when there is none at their end,
// but a tree or a blob.
func (db *DB) Peel(h plumbing.Hash) (commit plumbing.Hash, ok bool, err error) {
	for range maxTags {
		kind, _, err := db.Stat(h)
		if err != nil || kind != plumbing.TagObject {
			return h, kind == plumbing.CommitObject, err
		}
		o, err := db.readHead(h, shortHead)
		if err != nil {
			return h, false, err
		}
		line, _, _ := bytes.Cut(o.data, []byte("\n"))
		target, ok := parseHashLine(line, "object ")
		if !ok {
			return h, false, corrupt("tag %s", h)
		}
		h = target
	}
	return h, false, corrupt("tag %s: more than %d tags of tags", h, maxTags)
}

var (
	errShort  = errors.New("the header has no end")
	errHeader = errors.New("bad header")
)

// ParseCommitHeader reads the header of a commit object, as Commit gives it.
func ParseCommitHeader(object []byte) (CommitHeader, error) {
	header, err := parseCommitHeader(object)
	if err != nil {
		err = corrupt("commit: %w", err)
	}
	return header, err
}

// parseCommitHeader reads the beginning of a commit. errShort: it needs more of
// it.
func parseCommitHeader(text []byte) (c CommitHeader, err error) {
	line, text, ok := bytes.Cut(text, []byte("\n"))
	if !ok {
		return c, errShort
	}
	if c.Tree, ok = parseHashLine(line, "tree "); !ok {
		return c, errHeader
	}
	for {
		if line, text, ok = bytes.Cut(text, []byte("\n")); !ok {
			return c, errShort
		}
		if !bytes.HasPrefix(line, []byte("parent ")) {
			break
		}
		parent, ok := parseHashLine(line, "parent ")
		if !ok {
			return c, errHeader
		}
		c.Parents = append(c.Parents, parent)
	}
	if !bytes.HasPrefix(line, []byte("author ")) {
		return c, nil
	}
	if line, _, ok = bytes.Cut(text, []byte("\n")); !ok {
		return c, errShort
	}
	if bytes.HasPrefix(line, []byte("committer ")) {
		c.Date = parseDate(line)
	}
	return c, nil
}

// parseHashLine reads a line of a word and a hash.
func parseHashLine(line []byte, word string) (plumbing.Hash, bool) {
	digits, ok := bytes.CutPrefix(line, []byte(word))
	if !ok || len(digits) != hexSize {
		return plumbing.ZeroHash, false
	}
	return parseHash(digits)
}

// parseDate reads the seconds behind the last ">" of a line, 0 if there are
// none. Too many are the end of time.
func parseDate(line []byte) (seconds int64) {
	digits := bytes.TrimLeft(line[bytes.LastIndexByte(line, '>')+1:], " ")
	for _, c := range digits {
		if c < '0' || c > '9' {
			break
		}
		if seconds > (math.MaxInt64-9)/10 {
			return math.MaxInt64
		}
		seconds = seconds*10 + int64(c-'0')
	}
	return seconds
}
