package repo

import (
	"encoding/hex"

	"github.com/go-git/go-git/v5/plumbing"
)

// id is the name of an object: 20 bytes of SHA-1, or 32 of SHA-256. The zero
// value is the name of none.
type id struct {
	sum  [32]byte
	size uint8 // bytes of sum
}

// parseID reads the 40 or 64 lower-case digits by which git names an object.
// All zeros name none.
func parseID(digits string) (id, bool) {
	if len(digits) != 40 && len(digits) != 64 {
		return id{}, false
	}
	for _, c := range []byte(digits) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return id{}, false
		}
	}
	parsed := id{size: uint8(len(digits) / 2)}
	if _, err := hex.Decode(parsed.sum[:], []byte(digits)); err != nil {
		return id{}, false
	}
	return parsed, parsed.sum != [32]byte{}
}

func (i id) String() string { return hex.EncodeToString(i.sum[:i.size]) }

func (i id) isZero() bool { return i.size == 0 }

// short is what stands for the name in a message to a person.
func (i id) short() string { return i.String()[:12] }

// sha1ID is the id of an object of a SHA-1 repository; hash is the way back.
func sha1ID(h plumbing.Hash) id {
	i := id{size: uint8(len(h))}
	copy(i.sum[:], h[:])
	return i
}

func (i id) hash() (h plumbing.Hash) {
	copy(h[:], i.sum[:])
	return h
}

// texts are ids as people read them.
func texts(ids []id) []string {
	all := make([]string, len(ids))
	for i, at := range ids {
		all[i] = at.String()
	}
	return all
}
