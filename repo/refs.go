package repo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"jirahook/push"
)

const (
	heads  = "refs/heads/"
	tags   = "refs/tags/"
	origin = "refs/remotes/origin/"
)

// ref is one ref as it is now.
type ref struct {
	id     string
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

// refs asks git for the refs that count. Others' namespaces are not read, and
// neither is what servers keep for themselves (question.go says why).
func (r *Repository) refs(ctx context.Context) (refs, error) {
	patterns := []string{"for-each-ref", "--format=%(HEAD)%(objectname) %(refname) %(symref)", r.namespace + heads, r.namespace + tags}
	if r.clone {
		patterns = append(patterns, origin)
	}
	var found refs
	err := r.git.run(ctx, "", func(out io.Reader) error {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			listed, isHead, err := parseRef(lines.Text())
			if err != nil {
				return err
			}
			listed.name = strings.TrimPrefix(listed.name, r.namespace)
			listed.target = strings.TrimPrefix(listed.target, r.namespace)
			if isHead {
				found.head = listed.name
			}
			found.all = append(found.all, listed)
		}
		return lines.Err()
	}, patterns...)
	if err != nil {
		return refs{}, err
	}
	if at := found.find(origin + "HEAD"); r.clone && strings.HasPrefix(at.target, origin) {
		found.head = heads + strings.TrimPrefix(at.target, origin)
	}
	if found.head == "" || r.namespace != "" {
		found.head, err = r.unbornHead(ctx)
	}
	return found, err
}

// parseRef reads "*ID NAME TARGET"; the first character is a blank but for the
// branch that HEAD names. No ref name holds a blank (git-check-ref-format(1)).
func parseRef(line string) (ref, bool, error) {
	fields := strings.Split(line, " ")
	isHead := strings.HasPrefix(line, "*")
	if !isHead {
		fields = fields[1:]
	}
	if len(fields) != 3 {
		return ref{}, false, fmt.Errorf("not a ref: %q", line)
	}
	return ref{id: strings.TrimPrefix(fields[0], "*"), name: fields[1], target: fields[2]}, isHead, nil
}

// unbornHead is where HEAD leads to although there is no such branch; "" when
// HEAD is detached.
func (r *Repository) unbornHead(ctx context.Context) (string, error) {
	var name []byte
	err := r.git.run(ctx, "", func(out io.Reader) (err error) {
		name, err = io.ReadAll(out)
		return err
	}, "symbolic-ref", "-q", r.namespace+"HEAD")
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 {
		return "", nil
	}
	return strings.TrimPrefix(strings.TrimSuffix(string(name), "\n"), r.namespace), err
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
func chooseDefault(r refs, updates []push.Update) string {
	exists := map[string]bool{}
	for _, at := range r.all {
		name := at.name
		if short, ok := strings.CutPrefix(name, origin); ok && short != "HEAD" {
			name = heads + short
		}
		if strings.HasPrefix(name, heads) {
			exists[name] = true
		}
	}
	for _, u := range updates {
		if _, ok := u.Branch(); ok {
			exists[u.Ref] = true
			if u.Deleted() {
				delete(exists, u.Ref)
			}
		}
	}
	chosen := r.head
	if !exists[r.head] {
		chosen = standIn(exists, r.head)
	}
	short, ok := strings.CutPrefix(chosen, heads)
	if !ok {
		return ""
	}
	return short
}

func standIn(exists map[string]bool, head string) string {
	var usual []string
	for _, name := range []string{"main", "master", "trunk"} {
		if exists[heads+name] {
			usual = append(usual, heads+name)
		}
	}
	if len(usual) == 1 {
		return usual[0]
	}
	if len(exists) == 1 {
		for name := range exists {
			return name
		}
	}
	return head
}
