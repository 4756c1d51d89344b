package repo

import (
	"slices"
	"strings"
)

const (
	heads  = "refs/heads/"
	tags   = "refs/tags/"
	origin = "refs/remotes/origin/"
)

// ref is one ref as it is now.
type ref struct {
	id     id     // what it leads to: the peeled commit, or the tag where that is not known
	name   string // full
	target string // where a symbolic ref leads to in the end; "" for all others
}

// refs are the branches and tags of a repository, and its HEAD.
type refs struct {
	all []ref
	// head is the full name of the branch that is the default by HEAD or, in a
	// clone, by the origin's HEAD; "" when HEAD is detached.
	head string
}

// scope says which refs of a repository count.
type scope struct {
	// namespace stands before all of them, "" outside a namespace
	// (gitnamespaces(7)).
	namespace string
	// clone: somebody works here, and HEAD is what they have checked out. The
	// default branch is then what it is at the origin.
	clone bool
}

// prefixes are how the names of refs that count begin. Others' namespaces are
// not read, and neither is what servers keep for themselves (inPlay says why).
func (s scope) prefixes() []string {
	all := []string{s.namespace + heads, s.namespace + tags}
	if s.clone {
		all = append(all, origin)
	}
	return all
}

// preferOrigin makes the origin's default branch the default one in a clone.
func (s scope) preferOrigin(found *refs) {
	if at := found.find(origin + "HEAD"); s.clone && strings.HasPrefix(at.target, origin) {
		found.head = heads + strings.TrimPrefix(at.target, origin)
	}
}

func (r refs) find(name string) ref {
	for _, at := range r.all {
		if at.name == name {
			return at
		}
	}
	return ref{}
}

// chooseDefault says which branch is the default, by its short name: the one
// that HEAD names. On some servers HEAD names a branch that nobody ever pushed
// (gitolite: master, while all work is on main). Then it is main, master or
// trunk, if exactly one of them exists; else the only branch there is; else
// what HEAD names. The branches of the push count as they are after it.
func chooseDefault(r refs, updates []update) string {
	usual := []string{heads + "main", heads + "master", heads + "trunk"}
	exists := map[string]bool{} // of HEAD's and the usual ones
	count, last := 0, ""
	add := func(name string) {
		if strings.HasPrefix(name, heads) {
			if name == r.head || slices.Contains(usual, name) {
				exists[name] = true
			}
			if name != last {
				count, last = count+1, name
			}
		}
	}
	named := names(updates)
	for _, at := range r.all {
		name := at.name
		if short, ok := strings.CutPrefix(name, origin); ok && short != "HEAD" {
			name = heads + short
		}
		if !named[name] {
			add(name)
		}
	}
	for _, u := range updates {
		if !u.Deleted() {
			add(u.Ref)
		}
	}
	usual = slices.DeleteFunc(usual, func(name string) bool { return !exists[name] })
	chosen := r.head
	switch {
	case exists[r.head]:
	case len(usual) == 1:
		chosen = usual[0]
	case count == 1:
		chosen = last
	}
	short, ok := strings.CutPrefix(chosen, heads)
	if !ok {
		return ""
	}
	return short
}
