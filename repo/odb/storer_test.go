package odb

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	gogit "github.com/go-git/go-git/v5/plumbing/object"
)

// TestStorer works with go-git's objects on top, and compares with git.
func TestStorer(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	r := history{seed: 11, commits: 80}.make(t)
	r.git("repack", "-adfq")
	db := r.open(Options{Verify: true})
	for _, c := range r.commits() {
		commit, err := gogit.GetCommit(db, c.hash)
		if err != nil {
			t.Fatal(err)
		}
		if want := r.git("log", "-1", "--format=%B", c.hash.String()); commit.Message != strings.TrimSuffix(want, "\n") {
			t.Fatalf("message of %s: %q, want %q", c.hash, commit.Message, want)
		}
		if len(c.parents) == 0 {
			continue
		}
		parent, err := commit.Parent(0)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := changedFiles(t, parent, commit), r.git("diff-tree", "-r", "--name-only", c.parents[0].String(), c.hash.String()); got != want {
			t.Fatalf("files of %s:\n%swant\n%s", c.hash, got, want)
		}
	}
	tree, err := gogit.GetTree(db, r.hash("rev-parse", "main^{tree}"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.Lines(r.git("ls-tree", "-r", "--name-only", "main")) {
		name = strings.TrimSpace(name)
		file, err := tree.File(name)
		if err != nil {
			t.Fatal(err)
		}
		content, err := file.Contents()
		if want := r.git("show", "main:"+name); err != nil || content != want {
			t.Errorf("%s: %q, %v, want %q", name, content, err, want)
		}
	}
	if tag, err := gogit.GetTag(db, r.hash("rev-parse", "twice")); err != nil || tag.Message != "a tag of a tag\n" {
		t.Errorf("tag: %v, %v", tag, err)
	}
}

func changedFiles(t *testing.T, from, to *gogit.Commit) (names string) {
	t.Helper()
	a, errA := from.Tree()
	b, errB := to.Tree()
	changes, err := gogit.DiffTree(a, b)
	if err := errors.Join(err, errA, errB); err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		name := c.To.Name
		if name == "" {
			name = c.From.Name
		}
		names += name + "\n"
	}
	return names
}

func TestStorerErrors(t *testing.T) {
	r := newRepository(t)
	blob := r.object("blob", "content")
	large := r.object("blob", strings.Repeat("x", 1000))
	db := r.open(Options{MaxObject: 100})
	missing := plumbing.NewHash("1234567890123456789012345678901234567890")

	if _, err := gogit.GetCommit(db, blob); err != plumbing.ErrObjectNotFound {
		t.Errorf("a blob as a commit: %v", err)
	}
	if _, err := db.EncodedObject(plumbing.AnyObject, missing); err != plumbing.ErrObjectNotFound {
		t.Errorf("a missing object: %v", err)
	}
	if err := db.HasEncodedObject(missing); err != plumbing.ErrObjectNotFound {
		t.Errorf("a missing object: %v", err)
	}
	if size, err := db.EncodedObjectSize(large); err != nil || size != 1000 {
		t.Errorf("size of a large object: %d, %v", size, err)
	}
	found, err := db.EncodedObject(plumbing.AnyObject, large)
	if err != nil || found.Hash() != large || found.Size() != 1000 || found.Type() != plumbing.BlobObject {
		t.Fatalf("a large object: %v, %v", found, err)
	}
	if _, err := found.Reader(); !errors.Is(err, ErrTooLarge) {
		t.Errorf("reading a large object: %v", err)
	}
	if _, err := found.Writer(); err != ErrReadOnly {
		t.Errorf("writing: %v", err)
	}
	if _, err := db.SetEncodedObject(db.NewEncodedObject()); err != ErrReadOnly {
		t.Errorf("storing: %v", err)
	}
	if err := db.AddAlternate("x"); err != ErrReadOnly {
		t.Errorf("adding an alternate: %v", err)
	}
	if _, err := db.IterEncodedObjects(plumbing.AnyObject); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("listing: %v", err)
	}
	if found, err = db.EncodedObject(plumbing.BlobObject, blob); err != nil {
		t.Fatal(err)
	}
	reader, err := found.Reader()
	if err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(reader); err != nil || string(content) != "content" {
		t.Errorf("content %q, %v", content, err)
	}
}
