package odb

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// Ref is a ref as it is stored.
type Ref struct {
	// Name is the full name. In an iteration it is good until the next ref.
	Name []byte
	// Hash is the object's name; zero in a symbolic ref.
	Hash plumbing.Hash
	// Peeled is the object that the tags at Hash lead to, or Hash itself if it is
	// no tag. Zero: not known without reading Hash.
	Peeled plumbing.Hash
	// Target is the ref that a symbolic ref stands for; else "".
	Target string
}

// Refs gives all refs below refs/, by name when packed-refs is sorted, as git
// writes it. An error ends it. Loose refs are read before packed-refs, so that
// a ref that is packed meanwhile is not missed. HEAD is not among them, and a
// symbolic ref is given as it is, not as what it stands for.
func (db *DB) Refs() iter.Seq2[Ref, error] {
	return func(yield func(Ref, error) bool) {
		loose, err := looseRefs(db.layout)
		if err != nil {
			yield(Ref{}, err)
			return
		}
		packed, err := openPackedRefs(db.layout.common)
		if err != nil {
			yield(Ref{}, err)
			return
		}
		defer packed.close()
		mergeRefs(loose, packed, yield)
	}
}

// mergeRefs gives both kinds of refs; a loose one hides the packed one of the
// same name. Loose refs are sorted; packed ones should be, but need not.
func mergeRefs(loose []Ref, packed *packedRefs, yield func(Ref, error) bool) {
	given := 0 // how many of loose
	for {
		ref, err := packed.next()
		if err == errNoMoreRefs {
			break
		}
		if err != nil {
			yield(Ref{}, err)
			return
		}
		for given < len(loose) && bytes.Compare(loose[given].Name, ref.Name) <= 0 {
			if !yield(loose[given], nil) {
				return
			}
			given++
		}
		if given > 0 && hidden(loose[:given], ref.Name) {
			continue
		}
		if !yield(ref, nil) {
			return
		}
	}
	for _, ref := range loose[given:] {
		if !yield(ref, nil) {
			return
		}
	}
}

// hidden tells whether a name is among the loose refs that were given before it.
// When the packed ones are sorted it can only be the last.
func hidden(loose []Ref, name []byte) bool {
	if bytes.Compare(name, loose[len(loose)-1].Name) > 0 {
		return false
	}
	_, found := slices.BinarySearchFunc(loose, name, func(r Ref, name []byte) int { return bytes.Compare(r.Name, name) })
	return found
}

// Ref reads one ref, by its full name, or HEAD. A symbolic ref is not followed.
// When there is none it is plumbing.ErrReferenceNotFound.
func (db *DB) Ref(name string) (Ref, error) {
	if name != "HEAD" && (!strings.HasPrefix(name, "refs/") || !validRefName([]byte(name))) {
		return Ref{}, plumbing.ErrReferenceNotFound
	}
	ref, err := findLooseRef(db.layout.refDir(name), name)
	if !errors.Is(err, fs.ErrNotExist) {
		return ref, err
	}
	packed, err := openPackedRefs(db.layout.common)
	if err != nil {
		return Ref{}, err
	}
	defer packed.close()
	return packed.find(name)
}

// validRefName holds a name against git-check-ref-format(1): git does not see
// refs with other names.
func validRefName(name []byte) bool {
	for component := range bytes.SplitSeq(name, []byte("/")) {
		if len(component) == 0 || component[0] == '.' || bytes.HasSuffix(component, []byte(".lock")) {
			return false
		}
	}
	if bytes.Contains(name, []byte("..")) || bytes.Contains(name, []byte("@{")) || name[len(name)-1] == '.' {
		return false
	}
	for _, c := range name {
		if c <= ' ' || c == 0x7f || strings.IndexByte(`~^:?*[\`, c) >= 0 {
			return false
		}
	}
	return true
}

// parseHash reads the 40 hexadecimal digits that text begins with.
func parseHash(text []byte) (h plumbing.Hash, ok bool) {
	if len(text) < hexSize {
		return h, false
	}
	_, err := hex.Decode(h[:], text[:hexSize])
	return h, err == nil
}

const (
	hashSize = 20 // of SHA-1
	hexSize  = 2 * hashSize
)
