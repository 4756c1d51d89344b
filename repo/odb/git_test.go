package odb

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// repository is a bare repository in a temporary folder, written by git.
type repository struct {
	t   testing.TB
	dir string
}

// newRepository makes an empty bare repository.
func newRepository(t testing.TB) *repository {
	t.Helper()
	r := &repository{t, filepath.Join(t.TempDir(), "r.git")}
	gitIn(t, "", "", "init", "-q", "--bare", "-b", "main", r.dir)
	return r
}

// gitIn runs git, with the given standard input, and gives what it prints. Only
// the repository's own config counts. Nothing is kept: git need not wait for the
// disk.
func gitIn(t testing.TB, dir, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_AUTHOR_DATE=1700000000 +0000",
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=core.fsync", "GIT_CONFIG_VALUE_0=none",
		"GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.com", "GIT_COMMITTER_DATE=1700000000 +0000",
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return string(out)
}

func (r *repository) git(args ...string) string { r.t.Helper(); return gitIn(r.t, r.dir, "", args...) }

// hash runs git and takes its output as an object's name.
func (r *repository) hash(args ...string) plumbing.Hash {
	r.t.Helper()
	return plumbing.NewHash(strings.TrimSpace(r.git(args...)))
}

// object writes a loose object.
func (r *repository) object(kind, content string) plumbing.Hash {
	r.t.Helper()
	out := gitIn(r.t, r.dir, content, "hash-object", "-w", "-t", kind, "--literally", "--stdin")
	return plumbing.NewHash(strings.TrimSpace(out))
}

// write writes a file of the repository.
func (r *repository) write(name, content string) {
	r.t.Helper()
	writeFile(r.t, filepath.Join(r.dir, name), content)
}

func writeFile(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// open opens the repository for the time of the test.
func (r *repository) open(options Options) *DB {
	r.t.Helper()
	return openDB(r.t, r.dir, options)
}

func openDB(t testing.TB, dir string, options Options) *DB {
	t.Helper()
	db, err := Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// gitObject is an object as git gives it.
type gitObject struct {
	hash    plumbing.Hash
	kind    string
	content string
}

// objects gives all objects of the repository, those of alternates too.
func (r *repository) objects() []gitObject {
	r.t.Helper()
	rest := r.git("cat-file", "--batch", "--batch-all-objects")
	var all []gitObject
	for rest != "" {
		head, after, _ := strings.Cut(rest, "\n")
		f := strings.Fields(head)
		var size int
		for _, c := range f[2] {
			size = size*10 + int(c-'0')
		}
		all = append(all, gitObject{plumbing.NewHash(f[0]), f[1], after[:size]})
		rest = after[size+1:]
	}
	return all
}

// files gives the paths that match a pattern below the repository.
func (r *repository) files(pattern string) []string {
	r.t.Helper()
	found, err := filepath.Glob(filepath.Join(r.dir, pattern))
	if err != nil || len(found) == 0 {
		r.t.Fatalf("no files %s (%v)", pattern, err)
	}
	return found
}
