// Package repo reads a repository on disk: which commits a push brought, on
// which branches they arrived, what the default branch is.
//
//	repo.go         the repository and its default branch
//	read.go         the facts of a push, and the commits of a range
//	revision.go     what a person's words for commits mean
//	messages.go     the new commits alone, one after the other
//	question.go     which commits to ask for: tips of this push, tips that were there
//	arriving.go     on which branches the commits arrive
//	order.go        parents before children
//	refs.go         which refs count, and which branch is the default
//	decode.go       commit objects: people, dates, encodings, messages
//	id.go           names of objects
//	environment.go  what the environment says of the repository
//
// Two sources have the answers (source.go). The files of the repository are
// read directly where that is possible, because it is much faster:
//
//	files.go        refs, tags and commits, by package odb
//	history.go      commits as numbers, those of the commit-graph first
//	walk.go         which commits tips reach and others do not
//	paint.go        the same question inside the commit-graph
//	queue.go        commits that wait for the walk
//
// Else git is asked:
//
//	git.go          starting git, and what it says when it fails
//	foreachref.go    its refs
//	revlist.go      its walk
//	catfile.go      its objects
//
// All that is read is one push's worth: nothing is kept between calls, and
// nothing in the repository is changed.
package repo

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"jirahook/repo/odb"
)

// Repository is a folder that git can read. It holds no open files.
type Repository struct {
	git   git
	files odb.Options
	// onlyGit says why the files are left to git; "": they are not.
	onlyGit string
}

// Open finds a repository. environ is the environment of the hook or command;
// git is looked for in its PATH and gets it, but for what would mislead it
// there.
//
// When GIT_DIR is set a Git server has chosen the repository and checked it:
// dir is that folder. Else dir may be any folder inside a repository, and git
// finds the repository and checks who owns it. Errors are of type *Error.
func Open(dir string, environ []string) (*Repository, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, &Error{Fact: "cannot name the current folder", Err: err}
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, &Error{Fact: "not a folder: " + oneLine(dir), Err: err}
	}
	env := lookup(environ)
	program, missing := findGit(env)
	scope := scope{namespace: namespacePrefix(env("GIT_NAMESPACE"))}
	if env("GIT_DIR") == "" {
		outside := git{program: program, missing: missing, dir: dir, environ: gitEnviron(environ, "")}
		if dir, scope.clone, err = outside.locate(); err != nil {
			return nil, err
		}
	}
	r := &Repository{git: git{program: program, missing: missing, dir: dir, environ: gitEnviron(environ, dir), scope: scope}}
	r.files, r.onlyGit = filesEnviron(environ)
	return r, nil
}

// Dir is the repository's folder, absolute: what GIT_DIR means.
func (r *Repository) Dir() string { return r.git.dir }

// locate asks git for the repository around its folder, and whether somebody
// works in it.
func (g git) locate() (dir string, clone bool, err error) {
	var out bytes.Buffer
	err = g.run(context.Background(), "", func(o io.Reader) error {
		_, err := out.ReadFrom(o)
		return err
	}, "rev-parse", "--absolute-git-dir", "--is-bare-repository")
	if err != nil {
		return "", false, err
	}
	// The folder's name may hold a line feed; the second answer does not.
	answer := strings.TrimSuffix(out.String(), "\n")
	cut := strings.LastIndexByte(answer, '\n')
	if cut < 0 {
		return "", false, &Error{Fact: "git rev-parse: not two answers"}
	}
	return answer[:cut], answer[cut+1:] == "false", nil
}

// namespacePrefix is where the refs of a namespace lie: a/b is in
// refs/namespaces/a/refs/namespaces/b/ (gitnamespaces(7)).
func namespacePrefix(namespace string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(namespace, "/") {
		if part != "" {
			b.WriteString("refs/namespaces/" + part + "/")
		}
	}
	return b.String()
}

// DefaultBranch returns the short name of the branch that HEAD names; see
// chooseDefault for a HEAD that leads nowhere. "" when nothing can be said. In
// a clone it is the default branch of the origin, where that is known.
func (r *Repository) DefaultBranch() (name string, err error) {
	ctx := context.Background()
	_, err = r.from(ctx, func(s source) error {
		refs, err := s.refs(ctx)
		name = chooseDefault(refs, nil)
		return err
	})
	return name, err
}
