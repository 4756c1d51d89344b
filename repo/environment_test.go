package repo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestGitEnviron(t *testing.T) {
	t.Parallel()
	got := gitEnviron([]string{
		"PATH=/usr/lib/git-core:/usr/bin", "HOME=/srv/git", "GIT_DIR=.", "GIT_WORK_TREE=/x", "GIT_INDEX_FILE=/x", "GIT_PREFIX=a/",
		"GIT_AUTHOR_NAME=owner", "GIT_AUTHOR_EMAIL=", "GIT_COMMITTER_NAME=owner", "GIT_COMMITTER_EMAIL=", "GIT_COMMITTER_DATE=1",
		"GIT_QUARANTINE_PATH=/q", "GIT_OBJECT_DIRECTORY=/q", "GIT_ALTERNATE_OBJECT_DIRECTORIES=/o", "GIT_EXEC_PATH=/e",
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_NO_REPLACE_OBJECTS=1", "GIT_OPTIONAL_LOCKS=1", "LC_ALL=de_DE.UTF-8", "LANGUAGE=de",
	}, "/srv/git/a.git")
	want := []string{
		"PATH=/usr/lib/git-core:/usr/bin", "HOME=/srv/git",
		"GIT_QUARANTINE_PATH=/q", "GIT_OBJECT_DIRECTORY=/q", "GIT_ALTERNATE_OBJECT_DIRECTORIES=/o", "GIT_EXEC_PATH=/e",
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_NO_REPLACE_OBJECTS=1",
		"LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0", "GIT_FLUSH=0", "GIT_DIR=/srv/git/a.git",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestFindGit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"plain": 0o600, "good": 0o700} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "git"), nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "folder", "git"), 0o700); err != nil {
		t.Fatal(err)
	}
	good := filepath.Join(dir, "good")
	for _, tt := range []struct {
		name    string
		environ []string
		want    string
	}{
		{"passes by what is no program", []string{"PATH=.::" + dir + "/plain:" + dir + "/folder:" + dir + "/none:" + good}, good + "/git"},
		{"git's own folder", []string{"PATH=" + dir, "GIT_EXEC_PATH=" + good}, good + "/git"},
		{"the last of two", []string{"PATH=" + dir, "PATH=" + good}, good + "/git"},
		{"none", []string{"PATH=" + dir + "/plain:relative"}, ""},
	} {
		got, err := findGit(lookup(tt.environ))
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: found %q, error %v", tt.name, got, err)
		}
		if problem, ok := errors.AsType[*Error](err); err != nil && (!ok || problem.Advice == "") {
			t.Errorf("%s: no advice in %v", tt.name, err)
		}
	}
}

func TestNamespacePrefix(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "a": "refs/namespaces/a/", "a/b": "refs/namespaces/a/refs/namespaces/b/", "/a//b/": "refs/namespaces/a/refs/namespaces/b/",
	} {
		if got := namespacePrefix(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestOpenAnywhereInside(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	inside := filepath.Join(b.clone, "a", "b")
	if err := os.MkdirAll(inside, 0o700); err != nil {
		t.Fatal(err)
	}
	b.git("worktree", "add", "-q", filepath.Join(b.clone, "..", "linked"), "-b", "linked")
	for dir, want := range map[string]string{
		b.clone:                                filepath.Join(b.clone, ".git"),
		inside:                                 filepath.Join(b.clone, ".git"),
		filepath.Join(b.clone, ".git"):         filepath.Join(b.clone, ".git"),
		filepath.Join(b.clone, "..", "linked"): filepath.Join(b.clone, ".git", "worktrees", "linked"),
		b.server:                               b.server,
	} {
		r, err := Open(dir, b.environ())
		if err != nil {
			t.Fatal(err)
		}
		if r.Dir() != want {
			t.Errorf("%s: found %s, want %s", dir, r.Dir(), want)
		}
		if commits, err := r.Range(context.Background(), []string{"HEAD"}); dir != b.server && (err != nil || len(commits) != 1) {
			t.Errorf("%s: %d commits, error %v", dir, len(commits), err)
		}
	}
}
