package repo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"jirahook/repo/odb"
)

// files is the source that reads the repository's files itself. Its errors say
// that git must be asked instead. What it reads of commits it keeps: it is good
// for the questions of one push.
type files struct {
	db      *odb.DB
	scope   scope
	commits *history
}

func (f *files) refs(ctx context.Context) (refs, error) {
	var found refs
	var names strings.Builder // of all refs in one: an allocation for each costs more than the rest
	var ends []int
	prefixes := f.scope.prefixes()
	for at, err := range f.db.Refs() {
		if err != nil {
			return refs{}, err
		}
		if !hasPrefix(at.Name, prefixes) {
			continue
		}
		listed := ref{id: sha1ID(at.Hash)}
		switch {
		case at.Target != "":
			last, hash, err := f.follow(at.Target)
			if err != nil {
				return refs{}, err
			}
			if hash == plumbing.ZeroHash {
				continue // it leads nowhere
			}
			listed.id, listed.target = sha1ID(hash), strings.TrimPrefix(last, f.scope.namespace)
		case at.Peeled != plumbing.ZeroHash:
			listed.id = sha1ID(at.Peeled)
		}
		names.Write(at.Name)
		if n := len(found.all); n == cap(found.all) { // append would grow by a quarter
			found.all, ends = slices.Grow(found.all, n+64), slices.Grow(ends, n+64)
		}
		found.all, ends = append(found.all, listed), append(ends, names.Len())
	}
	begin, all := 0, names.String()
	for i, end := range ends {
		found.all[i].name = strings.TrimPrefix(all[begin:end], f.scope.namespace)
		begin = end
	}
	head, err := f.db.Ref(f.scope.namespace + "HEAD")
	if err != nil && err != plumbing.ErrReferenceNotFound {
		return refs{}, err
	}
	if head.Target != "" {
		last, _, err := f.follow(head.Target)
		if err != nil {
			return refs{}, err
		}
		found.head = strings.TrimPrefix(last, f.scope.namespace)
	}
	f.scope.preferOrigin(&found)
	return found, ctx.Err()
}

func hasPrefix(name []byte, prefixes []string) bool {
	for _, p := range prefixes {
		if len(name) > len(p) && string(name[:len(p)]) == p {
			return true
		}
	}
	return false
}

// follow finds the ref to which a name leads in the end, through symbolic refs,
// and its object; zero when there is no such ref.
func (f *files) follow(name string) (last string, hash plumbing.Hash, err error) {
	const deepest = 5 // as git (SYMREF_MAXDEPTH)
	for range deepest {
		at, err := f.db.Ref(name)
		if err == plumbing.ErrReferenceNotFound {
			return name, plumbing.ZeroHash, nil
		}
		if err != nil {
			return "", plumbing.ZeroHash, err
		}
		if at.Target == "" {
			return name, at.Hash, nil
		}
		name = at.Target
	}
	return "", plumbing.ZeroHash, errors.New("symbolic refs in a circle: " + name)
}

func (f *files) peel(_ context.Context, ids []id) (map[id]object, error) {
	found := make(map[id]object, len(ids))
	for _, at := range ids {
		if int(at.size) != len(plumbing.ZeroHash) {
			continue // of another kind of repository
		}
		if f.commits.isInside(f.commits.number(at.hash())) {
			found[at] = object{at, true}
			continue
		}
		peeled, isCommit, err := f.db.Peel(at.hash())
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found[at] = object{sha1ID(peeled), isCommit}
	}
	return found, nil
}

func (f *files) walk(_ context.Context, tips, without []id, limit int) (nodes []node, more bool, err error) {
	w := newWalk(f.commits)
	if len(without) == 0 {
		err = w.newest(hashes(tips), true, func(n uint32) (bool, error) {
			if more = len(nodes) == limit; more {
				return false, nil
			}
			next, err := f.commits.node(n)
			nodes = append(nodes, next)
			return true, err
		})
		return nodes, more, err
	}
	found, err := w.find(hashes(tips), hashes(without))
	if err != nil {
		return nil, false, err
	}
	if more = len(found) > limit; more {
		found = found[:limit]
	}
	nodes = make([]node, len(found))
	for i, n := range found {
		if nodes[i], err = f.commits.node(n); err != nil {
			return nil, false, err
		}
	}
	return nodes, more, nil
}

func (f *files) history(_ context.Context, of []id, whole bool, each func(node) bool) error {
	return newWalk(f.commits).newest(hashes(of), whole, func(n uint32) (bool, error) {
		next, err := f.commits.node(n)
		return err == nil && each(next), err
	})
}

func hashes(ids []id) []plumbing.Hash {
	all := make([]plumbing.Hash, len(ids))
	for i, at := range ids {
		all[i] = at.hash()
	}
	return all
}

func (f *files) read(ctx context.Context, ids []id, each func(id, *bufio.Reader) error) error {
	one, content := newObjectReader(), new(bytes.Reader)
	for _, at := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		object, err := f.commits.object(at.hash())
		if err != nil {
			return err
		}
		content.Reset(object)
		one.Reset(content)
		if err := each(at, one); err != nil {
			return err
		}
	}
	return nil
}
