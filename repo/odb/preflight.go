package odb

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Unsupported says what in a repository is not read here. Git reads it. It is
// an errors.ErrUnsupported.
type Unsupported struct {
	Reason string // "shallow repository", "extensions.refstorage reftable"
}

func (u *Unsupported) Error() string { return "not read without git: " + u.Reason }

// Is makes errors.Is(err, errors.ErrUnsupported) true.
func (u *Unsupported) Is(target error) bool { return target == errors.ErrUnsupported }

// settings are the values of the config that reading depends on.
type settings struct {
	graph          bool // core.commitGraph
	generation     int  // commitGraph.generationVersion
	worktreeConfig bool // extensions.worktreeConfig
}

// preflight looks for everything that would make an answer from here differ
// from git's.
func preflight(l layout) (settings, error) {
	s := settings{graph: true, generation: 2}
	if err := s.read(filepath.Join(l.common, "config")); err != nil {
		return s, err
	}
	if s.worktreeConfig {
		if err := s.read(filepath.Join(l.git, "config.worktree")); err != nil {
			return s, err
		}
	}
	for _, odd := range []struct{ path, reason string }{
		{"shallow", "shallow repository"},
		{"info/grafts", "grafts"},
		{"reftable", "reftable"},
	} {
		_, err := os.Lstat(filepath.Join(l.common, odd.path))
		if err == nil {
			return s, &Unsupported{odd.reason}
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return s, err
		}
	}
	return s, noReplaceRefs(l)
}

// noReplaceRefs refuses a repository in which objects stand for others
// (git-replace(1)).
func noReplaceRefs(l layout) error {
	const replace = "refs/replace/"
	entries, err := os.ReadDir(filepath.Join(l.common, replace))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		return &Unsupported{"replace refs"}
	}
	packed, err := openPackedRefs(l.common)
	if err != nil {
		return err
	}
	defer packed.close()
	some, err := packed.anyBelow(replace)
	if err == nil && some {
		err = &Unsupported{"replace refs"}
	}
	return err
}

// read takes over what a config file says. A file that is not there says
// nothing.
func (s *settings) read(path string) error {
	text, err := readSmall(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return readConfig(text, s.set)
}

// set takes over one variable, or refuses it.
func (s *settings) set(v variable) (err error) {
	switch v.section {
	case "extensions":
		return s.extension(v)
	case "include", "includeif":
		return &Unsupported{v.section + " in the config"}
	case "remote":
		return noPromisor(v)
	}
	switch v.key() {
	case "core.repositoryformatversion":
		if v.value != "0" && v.value != "1" {
			return v.unsupported()
		}
	case "core.commitgraph":
		s.graph, err = v.bool()
	case "commitgraph.generationversion":
		if s.generation, err = strconv.Atoi(v.value); err != nil {
			return v.unsupported()
		}
	}
	return err
}

// extension refuses all extensions but those that change nothing for a reader.
func (s *settings) extension(v variable) (err error) {
	switch v.key() {
	case "extensions.noop", "extensions.preciousobjects", "extensions.relativeworktrees":
		return nil
	case "extensions.worktreeconfig":
		s.worktreeConfig, err = v.bool()
		return err
	case "extensions.objectformat":
		if strings.EqualFold(v.value, "sha1") {
			return nil
		}
	case "extensions.refstorage":
		if v.value == "files" {
			return nil
		}
	case "extensions.partialclone":
		return &Unsupported{"partial clone"}
	}
	return v.unsupported()
}

// noPromisor refuses a remote that holds objects which are not here.
func noPromisor(v variable) error {
	promisor, err := false, error(nil)
	switch v.name {
	case "promisor":
		promisor, err = v.bool()
	case "partialclonefilter":
		promisor = true
	}
	if err == nil && promisor {
		err = &Unsupported{"partial clone"}
	}
	return err
}

func (v variable) unsupported() error {
	return &Unsupported{v.key() + " " + strconv.Quote(v.value)}
}
