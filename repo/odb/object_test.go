package odb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// checkObjects compares every object with git's.
func checkObjects(t *testing.T, r *repository, db *DB) {
	t.Helper()
	objects := r.objects()
	if len(objects) == 0 {
		t.Fatal("no objects")
	}
	for _, want := range objects {
		kind, size, err := db.Stat(want.hash)
		if err != nil || kind.String() != want.kind || size != int64(len(want.content)) {
			t.Fatalf("Stat(%s) = %s, %d, %v; want %s, %d", want.hash, kind, size, err, want.kind, len(want.content))
		}
		kind, content, err := db.Object(want.hash)
		if err != nil || kind.String() != want.kind || string(content) != want.content {
			t.Fatalf("Object(%s) = %s, %d bytes, %v; want %s, %d bytes", want.hash, kind, len(content), err, want.kind, len(want.content))
		}
		if want.kind == "commit" {
			checkCommit(t, r, db, want)
		}
	}
}

func TestObjects(t *testing.T) {
	storages := map[string]func(r *repository){
		"as imported":        func(*repository) {},
		"one pack":           func(r *repository) { r.git("repack", "-adfq", "--depth=50") },
		"ref deltas":         func(r *repository) { r.git("-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq") },
		"no deltas":          func(r *repository) { r.git("repack", "-adfq", "--depth=0") },
		"multi-pack-index":   func(r *repository) { splitPacks(r); r.git("multi-pack-index", "write") },
		"many packs":         splitPacks,
		"commits are deltas": func(r *repository) { r.git("repack", "-adfq", "--window=250", "--depth=4000") },
		"stored":             func(r *repository) { r.git("-c", "pack.compression=0", "repack", "-adfq") },
	}
	for name, store := range storages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := history{seed: 7, commits: 120}.make(t)
			store(r)
			checkObjects(t, r, r.open(Options{Verify: true}))
		})
	}
	t.Run("loose", func(t *testing.T) {
		t.Parallel()
		r := history{seed: 8, commits: 60, loose: true}.make(t)
		checkObjects(t, r, r.open(Options{Verify: true}))
	})
}

// splitPacks makes several packs, which have objects in common.
func splitPacks(r *repository) {
	r.t.Helper()
	all := r.commits()
	third, half := all[len(all)/3].hash, all[len(all)/2].hash
	for _, revisions := range []string{fmt.Sprintln(third), fmt.Sprintf("%s\n^%s\n", half, third)} {
		gitIn(r.t, r.dir, revisions, "pack-objects", "-q", "--revs", "objects/pack/pack")
	}
	r.git("repack", "-q") // what is loose
	r.git("prune-packed", "-q")
}

func TestObjectMissing(t *testing.T) {
	r := history{seed: 1, commits: 5}.make(t)
	db := r.open(Options{})
	missing := plumbing.NewHash("0123456789012345678901234567890123456789")
	if _, _, err := db.Object(missing); err != plumbing.ErrObjectNotFound {
		t.Errorf("Object: %v", err)
	}
	if _, _, err := db.Stat(missing); err != plumbing.ErrObjectNotFound {
		t.Errorf("Stat: %v", err)
	}
	if _, err := db.CommitHeader(missing); err != plumbing.ErrObjectNotFound {
		t.Errorf("CommitHeader: %v", err)
	}
}

func TestObjectSizes(t *testing.T) {
	r := newRepository(t)
	var hashes []plumbing.Hash
	sizes := []int{0, 1, 4, 5, 31, 32, 33, 511, 512, 99, 100, 101, 70_000, 200_000}
	for _, size := range sizes {
		content := make([]byte, size)
		state := uint32(size + 1)
		for i := range content {
			state = state*1664525 + 1013904223
			content[i] = byte(state >> 24) // hardly compressible
		}
		hashes = append(hashes, r.object("blob", string(content)))
	}
	check := func(db *DB, limit int) {
		t.Helper()
		for i, h := range hashes {
			kind, content, err := db.Object(h)
			switch {
			case sizes[i] > limit:
				if !errors.Is(err, ErrTooLarge) {
					t.Errorf("%d bytes with limit %d: %v", sizes[i], limit, err)
				}
			case err != nil || kind != plumbing.BlobObject || len(content) != sizes[i]:
				t.Errorf("%d bytes with limit %d: %s, %d bytes, %v", sizes[i], limit, kind, len(content), err)
			}
		}
	}
	for range 2 {
		check(r.open(Options{Verify: true}), 1<<30)
		check(r.open(Options{MaxObject: 100}), 100)
		list := ""
		for _, h := range hashes {
			list += h.String() + "\n"
		}
		gitIn(t, r.dir, list, "pack-objects", "-q", "objects/pack/pack")
		r.git("prune-packed", "-q")
	}
}

func TestVerify(t *testing.T) {
	r := newRepository(t)
	good, bad := r.object("blob", "good"), r.object("blob", "bad")
	path := func(h plumbing.Hash) string { return filepath.Join(r.dir, "objects", h.String()[:2], h.String()[2:]) }
	if err := os.Remove(path(good)); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(path(bad), path(good)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.open(Options{Verify: true}).Object(good); !errors.Is(err, ErrCorrupt) {
		t.Errorf("an object with another's content: %v", err)
	}
	if _, _, err := r.open(Options{Verify: true}).Object(bad); err != nil {
		t.Error(err)
	}
}
