package odb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// layout says where a repository keeps its things (gitrepository-layout(5)).
type layout struct {
	git    string // HEAD and what else is one working tree's own
	common string // config, refs, packed-refs, objects: git itself but in a linked worktree
}

// smallFile is the size in bytes beyond which a file of a few lines is not
// believed.
const smallFile = 1 << 20

// findLayout looks at dir/.git before dir itself, as git does, so that a working
// tree is not mistaken for a repository that someone committed into it.
func findLayout(dir string) (layout, error) {
	git := filepath.Join(dir, ".git")
	info, err := os.Stat(git)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		git = dir
	case err != nil:
		return layout{}, err
	case !info.IsDir():
		if git, err = readGitFile(git); err != nil {
			return layout{}, err
		}
	}
	if _, err := os.Lstat(filepath.Join(git, "HEAD")); err != nil {
		return layout{}, fmt.Errorf("%s is not a git repository: %w", dir, err)
	}
	text, err := readSmall(filepath.Join(git, "commondir"))
	if errors.Is(err, fs.ErrNotExist) {
		return layout{git: git, common: git}, nil
	}
	if err != nil {
		return layout{}, err
	}
	return layout{git: git, common: resolve(git, strings.TrimRight(string(text), "\r\n"))}, nil
}

// readGitFile reads the file that stands for the .git folder in a linked
// worktree or a submodule: "gitdir: PATH".
func readGitFile(path string) (string, error) {
	text, err := readSmall(path)
	if err != nil {
		return "", err
	}
	target, ok := bytes.CutPrefix(text, []byte("gitdir: "))
	target = bytes.TrimRight(target, "\r\n")
	if !ok || len(target) == 0 {
		return "", corrupt("%s does not begin with gitdir:", path)
	}
	return resolve(filepath.Dir(path), string(target)), nil
}

// refDir gives the folder that holds a ref, or the refs below a name. Some
// belong to one worktree (git-worktree(1), REFS).
func (l layout) refDir(name string) string {
	for _, own := range worktreeRefs {
		if strings.HasPrefix(name, own) {
			return l.git
		}
	}
	if !strings.HasPrefix(name, "refs/") {
		return l.git // HEAD
	}
	return l.common
}

// worktreeRefs are the refs of which each worktree has its own.
var worktreeRefs = [...]string{"refs/bisect/", "refs/rewritten/", "refs/worktree/"}

// resolve makes a path that may be relative to base independent of it.
func resolve(base, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(base, path)
}

// readSmall reads a file of at most smallFile bytes.
func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, smallFile+1))
	if err == nil && len(text) > smallFile {
		err = fmt.Errorf("%s is larger than %d bytes", path, smallFile)
	}
	return text, err
}
