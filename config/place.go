package config

import (
	"path/filepath"
	"strings"
)

// Place is where a process finds its configuration.
type Place struct {
	Main  string // the upper file
	Named bool   // somebody named it, so that it must be there
	Dir   string // of the process: names of folders may be relative to it
}

// Source is where the configuration of a project or repository lies. A
// repository given by its folder is named by it.
func (p Place) Source(project, repository string) Source {
	s := Source{Main: p.Main, MainRequired: p.Named || repository == "", Project: project}
	if repository == "" {
		return s
	}
	s.RepoDir = Absolute(p.Dir, repository)
	if project == "" {
		upper, _ := p.Upper() // its mistakes are told below
		s.Project = PathBelow(upper.Server.Root, s.RepoDir)
	}
	return s
}

// Upper is the configuration without a repository's own: the outbox is the
// server's.
func (p Place) Upper() (Config, error) {
	loaded, err := Load(Source{Main: p.Main, MainRequired: p.Named})
	return loaded.Config, err
}

// OutboxDir is outbox.dir of a configuration that may be broken elsewhere.
// Without a repository, "", it is the upper one's.
func (p Place) OutboxDir(repository string) string { return OutboxDir(p.Source("", repository)) }

// Absolute is a file's or folder's name that begins at a folder, unless it says
// where it begins itself.
func Absolute(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// PathBelow names a repository by its folder: the path below root, or its own
// name, without ".git". A working tree's folder ends in "/.git": it is named by
// the tree.
func PathBelow(root, dir string) string {
	if filepath.Base(dir) == ".git" {
		dir = filepath.Dir(dir)
	}
	name := filepath.Base(dir)
	if root != "" {
		if rel, err := filepath.Rel(root, dir); err == nil && rel != "." && !strings.HasPrefix(rel, "..") {
			name = filepath.ToSlash(rel)
		}
	}
	return strings.TrimSuffix(name, ".git")
}
