package odb

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"
)

// packedRefs goes through a packed-refs file:
//
//	# pack-refs with: peeled fully-peeled sorted
//	<40 digits> refs/heads/main
//	<40 digits> refs/tags/v1
//	^<40 digits>                      what the tag of the line before leads to
type packedRefs struct {
	file        *file  // nil: there is no packed-refs
	rest        []byte // the lines that are not read yet
	fullyPeeled bool   // a ref without a ^ line is no tag
	sorted      bool   // by name
}

// errNoMoreRefs ends the iteration by next.
var errNoMoreRefs = errors.New("no more refs")

// openPackedRefs maps the packed-refs of a repository. Git writes it anew and
// renames it, so that the map is one state.
func openPackedRefs(dir string) (*packedRefs, error) {
	f, err := mapFile(filepath.Join(dir, "packed-refs"))
	if errors.Is(err, fs.ErrNotExist) {
		return &packedRefs{}, nil
	}
	if err != nil {
		return nil, err
	}
	p, err := newPackedRefs(f.data)
	if err != nil {
		f.close()
		return nil, err
	}
	p.file = f
	return p, nil
}

// newPackedRefs reads the first line.
func newPackedRefs(text []byte) (*packedRefs, error) {
	p := &packedRefs{rest: text}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return nil, corrupt("packed-refs: its last line has no end")
	}
	if !bytes.HasPrefix(text, []byte("#")) {
		return p, nil
	}
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	traits, ok := bytes.CutPrefix(line, []byte("# pack-refs with:"))
	if !ok {
		return nil, corrupt("packed-refs: first line %.40q", line)
	}
	for trait := range bytes.FieldsSeq(traits) {
		switch string(trait) {
		case "fully-peeled":
			p.fullyPeeled = true
		case "sorted":
			p.sorted = true
		}
	}
	p.rest = rest
	return p, nil
}

func (p *packedRefs) close() {
	if p.file != nil {
		p.file.close()
	}
}

// next gives the next ref, whose name lies in the map, or errNoMoreRefs.
func (p *packedRefs) next() (Ref, error) {
	if len(p.rest) == 0 {
		return Ref{}, errNoMoreRefs
	}
	end := bytes.IndexByte(p.rest, '\n') // there is one: newPackedRefs has looked
	line := p.rest[:end]
	hash, ok := parseHash(line)
	if !ok || len(line) < hexSize+2 || line[hexSize] != ' ' {
		return Ref{}, corrupt("packed-refs: line %.60q", line)
	}
	ref := Ref{Name: line[hexSize+1:], Hash: hash}
	p.rest = p.rest[end+1:]
	switch {
	case len(p.rest) > 0 && p.rest[0] == '^':
		// Forty digits are not the end of the text, which is \n.
		if ref.Peeled, ok = parseHash(p.rest[1:]); !ok || p.rest[1+hexSize] != '\n' {
			return Ref{}, corrupt("packed-refs: ^ line of %.60q", ref.Name)
		}
		p.rest = p.rest[1+hexSize+1:]
	case p.fullyPeeled:
		ref.Peeled = hash
	}
	return ref, nil
}

// find gives one ref, with a name of its own, or plumbing.ErrReferenceNotFound.
func (p *packedRefs) find(name string) (Ref, error) {
	p.seek(name)
	for {
		ref, err := p.next()
		if err == errNoMoreRefs || err == nil && p.sorted && string(ref.Name) > name {
			return Ref{}, plumbing.ErrReferenceNotFound
		}
		if err != nil {
			return Ref{}, err
		}
		if string(ref.Name) == name {
			ref.Name = []byte(name)
			return ref, nil
		}
	}
}

// anyBelow tells whether a name begins with prefix.
func (p *packedRefs) anyBelow(prefix string) (bool, error) {
	p.seek(prefix)
	for {
		ref, err := p.next()
		if err == errNoMoreRefs {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if bytes.HasPrefix(ref.Name, []byte(prefix)) {
			return true, nil
		}
		if p.sorted && string(ref.Name) > prefix {
			return false, nil
		}
	}
}

// seek skips the refs before a name if the file is sorted.
func (p *packedRefs) seek(name string) {
	if !p.sorted {
		return
	}
	text := p.rest
	low, high := 0, len(text) // both at the beginning of a ref's line
	for low < high {
		at := lineOfRef(text, low, low+(high-low)/2)
		end := at + bytes.IndexByte(text[at:], '\n')
		if line := text[at:end]; len(line) <= hexSize || string(line[hexSize+1:]) >= name {
			high = at
			continue
		}
		low = end + 1
		if low < len(text) && text[low] == '^' {
			low += bytes.IndexByte(text[low:], '\n') + 1
		}
	}
	p.rest = text[low:]
}

// lineOfRef gives where the line of the ref begins that holds text[at], or to
// which that ^ line belongs. A ref's line begins at low.
func lineOfRef(text []byte, low, at int) int {
	for {
		at = low + bytes.LastIndexByte(text[low:at], '\n') + 1
		if at == low || text[at] != '^' {
			return at
		}
		at-- // the end of the line before
	}
}
