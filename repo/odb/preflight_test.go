package odb

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnsupported(t *testing.T) {
	config := func(lines ...string) func(*repository) {
		return func(r *repository) {
			r.write("config", "[core]\n\trepositoryformatversion = 1\n\tbare = true\n"+strings.Join(lines, "\n")+"\n")
		}
	}
	for name, c := range map[string]struct {
		change func(r *repository)
		reason string // "": supported
	}{
		"plain":               {func(*repository) {}, ""},
		"version 1":           {config(), ""},
		"harmless extensions": {config("[extensions]", "noop", "preciousObjects=true", "objectFormat=sha1", "refStorage=files"), ""},
		"no config":           {func(r *repository) { os.Remove(filepath.Join(r.dir, "config")) }, ""},
		"empty replace":       {func(r *repository) { os.MkdirAll(filepath.Join(r.dir, "refs/replace"), 0o777) }, ""},
		"no promisor":         {config(`[remote "o"]`, "promisor=false", "url=x"), ""},

		"shallow":                {func(r *repository) { r.write("shallow", "") }, "shallow"},
		"grafts":                 {func(r *repository) { r.write("info/grafts", "") }, "grafts"},
		"reftable folder":        {func(r *repository) { r.write("reftable/tables.list", "") }, "reftable"},
		"reftable":               {config("[extensions]", "refStorage=reftable"), "refstorage"},
		"sha-256":                {config("[extensions]", "objectFormat=sha256"), "objectformat"},
		"unknown extension":      {config("[extensions]", "time = travel"), "extensions.time"},
		"extension's subsection": {config(`[extensions "noop"]`, "x=1"), "extensions.noop.x"},
		"partial clone":          {config("[extensions]", "partialClone=origin"), "partial clone"},
		"promisor":               {config(`[remote "origin"]`, "promisor"), "partial clone"},
		"filter":                 {config(`[remote "origin"]`, "partialCloneFilter=blob:none"), "partial clone"},
		"include":                {config("[include]", "path=x"), "include"},
		"includeIf":              {config(`[includeIf "gitdir:x"]`, "path=x"), "includeif"},
		"version 2":              {func(r *repository) { r.git("config", "core.repositoryFormatVersion", "2") }, "repositoryformatversion"},
		"bad config":             {config("[core"), "config near line"},
		"bad value":              {config("[core]", "commitGraph=perhaps"), "core.commitgraph"},
		"bad number":             {config("[commitGraph]", "generationVersion=two"), "generationversion"},
		"replace ref": {func(r *repository) {
			a, b := r.object("blob", "a"), r.object("blob", "b")
			r.git("replace", a.String(), b.String())
		}, "replace"},
		"packed replace ref": {func(r *repository) {
			a, b := r.object("blob", "a"), r.object("blob", "b")
			r.git("update-ref", "refs/heads/a", r.object("commit", strings.Replace(commitText, "TREE", r.object("tree", "").String(), 1)).String())
			r.git("update-ref", "refs/tags/z", a.String())
			r.git("replace", a.String(), b.String())
			r.git("pack-refs", "--all", "--prune")
			if _, err := os.Stat(filepath.Join(r.dir, "refs/replace", a.String())); err == nil {
				r.t.Fatal("the ref is still loose")
			}
		}, "replace"},
		"packed replace ref, unsorted": {func(r *repository) {
			hash := strings.Repeat("1", 40)
			r.write("packed-refs", hash+" refs/tags/z\n"+hash+" refs/replace/"+hash+"\n"+hash+" refs/a\n")
		}, "replace"},
		"worktree config": {func(r *repository) {
			config("[extensions]", "worktreeConfig=true")(r)
			r.write("config.worktree", "[include]\npath=x\n")
		}, "include"},
		"worktree config, not read": {func(r *repository) {
			r.write("config.worktree", "[include]\npath=x\n")
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			c.change(r)
			db, err := Open(r.dir, Options{})
			if c.reason == "" {
				if err != nil {
					t.Fatal(err)
				}
				db.Close()
				return
			}
			var unsupported *Unsupported
			if !errors.As(err, &unsupported) || !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(unsupported.Reason, c.reason) {
				t.Errorf("error %v, want %s", err, c.reason)
			}
		})
	}
}

const commitText = "tree TREE\nauthor A <a> 1 +0000\ncommitter C <c@example.com> 1 +0000\n\nm\n"

func TestSettings(t *testing.T) {
	r := newRepository(t)
	r.git("config", "core.commitGraph", "false")
	r.git("config", "commitGraph.generationVersion", "1")
	db := r.open(Options{})
	if db.settings.graph || db.settings.generation != 1 {
		t.Errorf("%+v", db.settings)
	}
	if db := r.open(Options{GenerationVersion: 2}); db.settings.generation != 2 {
		t.Errorf("%+v", db.settings)
	}
}

// TestOpenWhere opens repositories by each of the folders that stand for them.
func TestOpenWhere(t *testing.T) {
	r := history{seed: 1, commits: 20}.make(t)
	top := t.TempDir()
	clone, linked := filepath.Join(top, "clone"), filepath.Join(top, "linked")
	gitIn(t, top, "", "clone", "-q", r.dir, clone)
	gitIn(t, clone, "", "worktree", "add", "-q", "-b", "other", linked)
	gitIn(t, clone, "", "config", "extensions.worktreeConfig", "true")
	submodule := filepath.Join(top, "submodule")
	writeFile(t, filepath.Join(submodule, ".git"), "gitdir: ../clone/.git\r\n")
	for _, dir := range []string{r.dir, clone, filepath.Join(clone, ".git"), linked, filepath.Join(clone, ".git/worktrees/linked"), submodule} {
		checkObjects(t, r, openDB(t, dir, Options{}))
	}

	none := t.TempDir()
	for name, prepare := range map[string]func(){
		"a plain folder": func() {},
		"an empty .git":  func() { writeFile(t, filepath.Join(none, ".git"), "") },
		"another .git":   func() { writeFile(t, filepath.Join(none, ".git"), "something\n") },
		"a lost .git":    func() { writeFile(t, filepath.Join(none, ".git"), "gitdir: /nonexistent\n") },
		"a huge .git":    func() { writeFile(t, filepath.Join(none, ".git"), strings.Repeat("x", smallFile+1)) },
	} {
		prepare()
		if _, err := Open(none, Options{}); err == nil || errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(filepath.Join(none, "nothing"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(r.dir, "objects")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(r.dir, Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no objects: %v", err)
	}
}
