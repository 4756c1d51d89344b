package odb

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// packs are all packs of a repository, as of the last listing.
type packs struct {
	dirs    []string // the folders of objects
	windows *windows
	midxs   []*midxPacks
	others  []*pack // not in midxs; the newest first
	last    *pack   // of others, where the last object was
	known   map[string]*pack

	listed   bool
	vanished bool // a listed pack was not there any more
}

// midxPacks is a multi-pack-index with its packs.
type midxPacks struct {
	*midx
	packs []*pack
}

// find gives where an object lies, if a pack has it. The pack is open then.
func (s *packs) find(h plumbing.Hash) (at place, ok bool, err error) {
	if s.last != nil {
		if off, ok, err := s.last.find(h); ok || err != nil {
			return place{s.last, off}, ok, err
		}
	}
	for _, m := range s.midxs {
		at, ok, err := m.find(h)
		if s.found(ok, err) {
			return at, ok, err
		}
	}
	for _, p := range s.others {
		if p == s.last {
			continue
		}
		off, ok, err := p.find(h)
		if s.found(ok, err) {
			s.last = p
			return place{p, off}, ok, err
		}
	}
	return place{}, false, nil
}

// found tells whether a search is over: the object was found, or it failed by
// more than that a pack is gone.
func (s *packs) found(ok bool, err error) bool {
	if err == errGone {
		s.vanished = true
		return false
	}
	return ok || err != nil
}

// find gives where an object lies. The pack is open then.
func (m *midxPacks) find(h plumbing.Hash) (at place, ok bool, err error) {
	i, off, ok, err := m.midx.find(h)
	if !ok {
		return place{}, false, err
	}
	p := m.packs[i]
	err = p.open()
	return place{p, off}, err == nil, err
}

// list looks which packs there are. A pack that is gone stays as long as it is
// open: its objects can be read still.
func (s *packs) list() error {
	if s.known == nil {
		s.known = map[string]*pack{}
	}
	gone := s.others
	s.closeMidxs()
	s.others, s.last, s.listed, s.vanished = nil, nil, true, false
	for _, dir := range s.dirs {
		if err := s.listDir(filepath.Join(dir, "pack")); err != nil {
			return err
		}
	}
	slices.SortStableFunc(s.others, func(a, b *pack) int { return b.changed.Compare(a.changed) })
	for _, p := range gone {
		if p.index != nil && p.data != nil && !slices.Contains(s.others, p) {
			s.others = append(s.others, p)
		}
	}
	return nil
}

// listDir lists the packs of one folder.
func (s *packs) listDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	files := map[string]fs.DirEntry{}
	for _, e := range entries {
		files[e.Name()] = e
	}
	covered := map[*pack]bool{}
	if files["multi-pack-index"] != nil {
		if m := s.openMidx(dir, files); m != nil {
			s.midxs = append(s.midxs, m)
			for _, p := range m.packs {
				covered[p] = true
			}
		}
	}
	for _, e := range entries {
		name, ok := packName(e.Name())
		file := files[name+".pack"]
		if !ok || file == nil {
			continue
		}
		info, err := file.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if p := s.pack(filepath.Join(dir, name)); !covered[p] {
			p.changed = info.ModTime()
			s.others = append(s.others, p)
		}
	}
	return nil
}

// openMidx opens a folder's multi-pack-index, if it can be used: an old one may
// name packs that are gone, whose objects are elsewhere now.
func (s *packs) openMidx(dir string, files map[string]fs.DirEntry) *midxPacks {
	m, err := openMidx(filepath.Join(dir, "multi-pack-index"))
	if err != nil {
		return nil
	}
	found := &midxPacks{midx: m}
	for _, name := range m.packNames {
		if files[name+".pack"] == nil {
			m.file.close()
			return nil
		}
		found.packs = append(found.packs, s.pack(filepath.Join(dir, name)))
	}
	return found
}

// pack gives the pack of a path, always the same one.
func (s *packs) pack(path string) *pack {
	p := s.known[path]
	if p == nil {
		p = &pack{path: path, windows: s.windows}
		s.known[path] = p
	}
	return p
}

func (s *packs) closeMidxs() {
	for _, m := range s.midxs {
		m.file.close()
	}
	s.midxs = nil
}

func (s *packs) close() {
	s.closeMidxs()
	for _, p := range s.known {
		if p.index != nil {
			p.index.file.close()
		}
		if p.data != nil {
			p.data.close()
		}
	}
	*s = packs{}
}
