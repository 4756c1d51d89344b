package odb

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/go-git/go-git/v5/plumbing"
)

// maxRefFile is the size in bytes up to which a loose ref is believed.
const maxRefFile = 4 << 10

// looseRefs reads all refs that have a file of their own, sorted by name.
func looseRefs(l layout) ([]Ref, error) {
	s := looseScan{layout: l}
	if err := s.folder(l.common, "refs/"); err != nil {
		return nil, err
	}
	if l.git != l.common {
		for _, own := range worktreeRefs {
			if err := s.folder(l.git, own); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(s.refs, func(a, b Ref) int { return bytes.Compare(a.Name, b.Name) })
	return s.refs, nil
}

// looseScan collects loose refs.
type looseScan struct {
	layout layout
	refs   []Ref
	text   [maxRefFile]byte
}

// folder reads the refs below a name that ends in a slash. What vanishes while
// it is read was packed or deleted.
func (s *looseScan) folder(dir, prefix string) error {
	if s.layout.refDir(prefix) != dir {
		return nil // the main worktree's own, seen from another
	}
	entries, err := os.ReadDir(filepath.Join(dir, prefix))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := prefix + entry.Name()
		if !validRefName([]byte(name)) {
			continue // one that is being written: main.lock
		}
		if entry.IsDir() {
			if err := s.folder(dir, name+"/"); err != nil {
				return err
			}
			continue
		}
		if entry.Type() == fs.ModeSymlink {
			// One that leads nowhere is no ref for git either, when it lists them.
			if _, err := os.Stat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
				continue
			}
		}
		ref, err := readLooseRef(dir, name, entry.Type(), s.text[:])
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		s.refs = append(s.refs, ref)
	}
	return nil
}

// findLooseRef reads one ref if it has a file of its own; else it is
// fs.ErrNotExist. A folder of its name may be left of refs that are gone.
func findLooseRef(dir, name string) (Ref, error) {
	info, err := os.Lstat(filepath.Join(dir, name))
	if errors.Is(err, syscall.ENOTDIR) || err == nil && info.IsDir() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return Ref{}, err
	}
	return readLooseRef(dir, name, info.Mode().Type(), make([]byte, maxRefFile))
}

// readLooseRef reads the file of one ref into buf, which is as large as it may
// be.
func readLooseRef(dir, name string, mode fs.FileMode, buf []byte) (ref Ref, err error) {
	path := filepath.Join(dir, name)
	switch {
	case mode&fs.ModeSymlink != 0:
		ref, err = readLinkRef(path)
	case !mode.IsRegular():
		err = corrupt("%s is no file", path)
	default:
		ref, err = readRefFile(path, buf)
	}
	ref.Name = []byte(name)
	return ref, err
}

func readRefFile(path string, buf []byte) (Ref, error) {
	f, err := os.Open(path)
	if err != nil {
		return Ref{}, err
	}
	defer f.Close()
	n, err := io.ReadFull(f, buf)
	if err == nil {
		return Ref{}, corrupt("%s is too long", path)
	}
	if err != io.EOF && err != io.ErrUnexpectedEOF {
		return Ref{}, err
	}
	ref, err := parseLooseRef(buf[:n])
	if err != nil {
		err = corrupt("%s: %w", path, err)
	}
	return ref, err
}

// readLinkRef reads a symbolic ref of the old kind, a symbolic link. Any other
// link is git's matter.
func readLinkRef(path string) (Ref, error) {
	target, err := os.Readlink(path)
	if err != nil {
		return Ref{}, err
	}
	if !strings.HasPrefix(target, "refs/") || !validRefName([]byte(target)) {
		return Ref{}, &Unsupported{"a ref that is a symbolic link: " + path}
	}
	return Ref{Target: target}, nil
}

// parseLooseRef reads "ref: refs/heads/main" or 40 digits.
func parseLooseRef(text []byte) (Ref, error) {
	if target, ok := bytes.CutPrefix(text, []byte("ref:")); ok {
		target = bytes.TrimSpace(target)
		if !validRefName(target) {
			return Ref{}, errors.New("a symbolic ref to a bad name")
		}
		return Ref{Target: string(target)}, nil
	}
	hash, ok := parseHash(text)
	if !ok || hash == plumbing.ZeroHash || len(bytes.TrimSpace(text[hexSize:])) > 0 {
		return Ref{}, errors.New("not a ref")
	}
	return Ref{Hash: hash}, nil
}
