package odb

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// TestGarbageCollection reads all the time while git repacks, writes
// multi-pack-indexes, prunes and adds commits.
func TestGarbageCollection(t *testing.T) {
	if testing.Short() {
		t.Skip("packs a repository again and again")
	}
	r := history{seed: 12, commits: 60, loose: true}.make(t)
	reachable := r.git("rev-list", "--objects", "--all", "--no-object-names")
	want := map[plumbing.Hash]string{}
	for _, o := range r.objects() {
		if strings.Contains(reachable, o.hash.String()) {
			want[o.hash] = o.content
		}
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for _, lasting := range []bool{true, false} {
		readers.Go(func() {
			for round := 0; ; round++ {
				select {
				case <-done:
					return
				default:
				}
				if err := readRound(r.dir, want, lasting); err != nil {
					t.Errorf("round %d: %v", round, err)
					return
				}
			}
		})
	}
	for i := range 5 {
		r.git("update-ref", fmt.Sprintf("refs/heads/new%d", i), r.hash("commit-tree", "-p", "main", "-m", fmt.Sprint("new ", i), "main^{tree}").String())
		r.git("repack", "-dq")
		r.git("multi-pack-index", "write")
		r.git("repack", "-adq")
		r.git("repack", "-Adq", "--unpack-unreachable=now")
		r.git("gc", "-q", "--prune=now")
	}
	close(done)
	readers.Wait()
}

// readRound reads all objects once: with one DB, or a new one for every few.
func readRound(dir string, want map[plumbing.Hash]string, lasting bool) error {
	db, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	defer func() { db.Close() }()
	count := 0
	for h, content := range want {
		if count++; !lasting && count%10 == 0 {
			db.Close()
			if db, err = Open(dir, Options{}); err != nil {
				return err
			}
		}
		_, got, err := db.Object(h)
		if err != nil {
			return err
		}
		if string(got) != content {
			return fmt.Errorf("object %s has other content", h)
		}
	}
	return nil
}

// TestRemovedMeanwhile reads on from what is open when all packs are gone.
func TestRemovedMeanwhile(t *testing.T) {
	r := history{seed: 13, commits: 40}.make(t)
	r.git("repack", "-adq")
	r.git("commit-graph", "write", "--reachable")
	objects, commits := r.objects(), r.commits()
	db := r.open(Options{})
	g := db.Graph()
	if err := db.HasEncodedObject(commits[0].hash); err != nil {
		t.Fatal(err)
	}
	missing := plumbing.NewHash("1234567890123456789012345678901234567890")
	if err := os.RemoveAll(r.dir); err != nil {
		t.Fatal(err)
	}
	if err := db.HasEncodedObject(missing); err != plumbing.ErrObjectNotFound {
		t.Errorf("a missing object: %v", err)
	}
	for _, o := range objects {
		if _, content, err := db.Object(o.hash); err != nil || string(content) != o.content {
			t.Fatalf("object %s: %v", o.hash, err)
		}
	}
	checkGraph(t, g, commits, nil, true)
	if _, err := Open(r.dir, Options{}); err == nil {
		t.Error("a repository that is gone was opened")
	}
}

// TestPacksAppear finds what is pushed and packed after the packs were listed.
func TestPacksAppear(t *testing.T) {
	r := history{seed: 13, commits: 10}.make(t)
	db := r.open(Options{})
	checkObjects(t, r, db)
	for _, store := range []func(){
		func() {},
		func() { r.git("repack", "-dq") },
		func() { r.git("repack", "-adq") },
		func() { r.git("multi-pack-index", "write") },
	} {
		r.git("update-ref", "refs/heads/main", r.hash("commit-tree", "-p", "main", "-m", "more", "main^{tree}").String())
		store()
		checkObjects(t, r, db)
	}
}

// TestMidxStale has a multi-pack-index that names a pack which is gone, and no
// pack of its objects but by their own indexes.
func TestMidxStale(t *testing.T) {
	r := history{seed: 14, commits: 60}.make(t)
	splitPacks(r)
	r.git("multi-pack-index", "write")
	stale := readFile(t, r.files("objects/pack/multi-pack-index")[0])
	db := r.open(Options{})
	checkObjects(t, r, db)
	if len(db.packs.midxs) != 1 || len(db.packs.others) != 0 {
		t.Fatalf("%d multi-pack-indexes, %d other packs", len(db.packs.midxs), len(db.packs.others))
	}
	r.git("repack", "-adq")
	objects := r.objects()
	r.write("objects/pack/multi-pack-index", stale)
	for _, d := range []*DB{db, r.open(Options{})} {
		for _, o := range objects {
			if _, content, err := d.Object(o.hash); err != nil || string(content) != o.content {
				t.Fatalf("object %s: %v", o.hash, err)
			}
		}
	}
}

// TestClone reads with several at the same time, and asks one graph.
func TestClone(t *testing.T) {
	r := history{seed: 15, commits: 60}.make(t)
	r.git("commit-graph", "write", "--reachable")
	db := r.open(Options{})
	g := db.Graph()
	all := r.objects()
	var readers sync.WaitGroup
	for _, d := range []*DB{db, db.Clone(), db.Clone()} {
		readers.Go(func() {
			for _, o := range all {
				if _, content, err := d.Object(o.hash); err != nil || string(content) != o.content {
					t.Errorf("object %s: %v", o.hash, err)
				}
				if n, ok := g.Find(o.hash); ok && g.Hash(n) != o.hash {
					t.Errorf("commit %d is not %s", n, o.hash)
				}
			}
			if d != db {
				d.Close()
			}
		})
	}
	readers.Wait()
	if err := db.HasEncodedObject(all[0].hash); err != nil {
		t.Error(err)
	}
}
