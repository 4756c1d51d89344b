package odb

import (
	"bytes"
	"compress/zlib"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// Whatever the bytes: no panic, no endless loop, no memory beyond
// Options.MaxObject, no place outside of what was given. Most inputs begin with
// what git wrote.

func FuzzLayer(f *testing.F) {
	r := history{seed: 9, commits: 30, skew: 100}.make(f)
	r.git("commit-graph", "write", "--reachable")
	f.Add([]byte(readFile(f, r.files("objects/info/commit-graph")[0])))
	r.git("-c", "commitGraph.generationVersion=1", "commit-graph", "write", "--reachable")
	f.Add([]byte(readFile(f, r.files("objects/info/commit-graph")[0])))
	all := r.commits()
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := newLayer(inMemory("graph", data))
		if err != nil {
			return
		}
		if g := newGraph([]*layer{l}, []string{""}); g != nil && followGraph(g, all) == nil {
			g.dates = false
			followGraph(g, all)
		}
	})
}

func FuzzIndex(f *testing.F) {
	r := smallPack(f, true)
	objects := r.objects()
	data := []byte(readFile(f, r.files("objects/pack/*.pack")[0]))
	f.Add([]byte(readFile(f, r.files("objects/pack/*.idx")[0])))
	idx, _ := makePack([]madeObject{{name: objects[0].hash, large: 1 << 33}, {name: objects[1].hash}})
	f.Add(idx)
	f.Fuzz(func(t *testing.T, idx []byte) {
		if db, err := memoryDB(idx, data, Options{Verify: true}); err == nil {
			checkHonest(t, db, objects)
		}
	})
}

func FuzzMidx(f *testing.F) {
	r := smallPack(f, true)
	objects := r.objects()
	r.git("multi-pack-index", "write")
	f.Add([]byte(readFile(f, r.files("objects/pack/multi-pack-index")[0])))
	f.Fuzz(func(t *testing.T, data []byte) {
		if db, err := memoryMidx(r, data); err == nil {
			defer db.Close()
			checkHonest(t, db, objects)
		}
	})
}

func FuzzPack(f *testing.F) {
	r := smallPack(f, true)
	idx := []byte(readFile(f, r.files("objects/pack/*.idx")[0]))
	f.Add([]byte(readFile(f, r.files("objects/pack/*.pack")[0])))
	f.Add([]byte(readFile(f, smallPack(f, false).files("objects/pack/*.pack")[0])))
	objects := r.objects()
	f.Fuzz(func(t *testing.T, data []byte) {
		db, err := memoryDB(idx, data, Options{Verify: true})
		if err != nil {
			return
		}
		checkHonest(t, db, objects)
		p := db.packs.others[0]
		for off := range min(len(data), 400) {
			o, err := db.readPacked(place{p, int64(off)}, whole, nil)
			if err == nil && (!o.complete() || o.size > db.options.MaxObject) {
				t.Fatalf("%d of %d bytes", len(o.data), o.size)
			}
			if o, err := db.readPacked(place{p, int64(off)}, 10, nil); err == nil && int64(len(o.data)) < min(o.size, 10) {
				t.Fatalf("%d of %d bytes", len(o.data), o.size)
			}
			db.statPacked(place{p, int64(off)})
		}
	})
}

// FuzzDelta applies a delta to a text.
func FuzzDelta(f *testing.F) {
	text := []byte(strings.Repeat("text", 100))
	f.Add(copyDelta(len(text)))
	f.Add([]byte("\x90\x03\x05\x05hello"))
	f.Fuzz(func(t *testing.T, delta []byte) {
		idx, data := makePack([]madeObject{
			{name: named(1), kind: plumbing.BlobObject, size: -1, content: text},
			{name: named(2), kind: plumbing.OFSDeltaObject, size: -1, back: 1, content: delta},
		})
		db, err := memoryDB(idx, data, Options{MaxObject: 1000})
		if err != nil {
			t.Fatal(err)
		}
		_, content, err := db.Object(named(2))
		if err != nil {
			return
		}
		if _, size, err := db.Stat(named(2)); err != nil || size != int64(len(content)) || size > 1000 {
			t.Fatalf("%d bytes, and Stat says %d, %v", len(content), size, err)
		}
	})
}

func FuzzLoose(f *testing.F) {
	compressor := zlib.NewWriter(nil)
	f.Add(deflate(compressor, []byte("commit 5\x00hello")))
	f.Add(deflate(compressor, []byte("blob 0\x00")))
	f.Fuzz(func(t *testing.T, data []byte) {
		db := newDB(layout{}, settings{}, Options{MaxObject: 1 << 16}, nil)
		for _, limit := range []int64{0, 3, whole} {
			o, err := db.inflateLoose(bytes.NewReader(data), limit, nil)
			if err == nil && int64(len(o.data)) != min(o.size, limit) {
				t.Fatalf("%d of %d bytes with limit %d", len(o.data), o.size, limit)
			}
		}
	})
}

func FuzzPackedRefs(f *testing.F) {
	hash := strings.Repeat("1", 40)
	f.Add([]byte("# pack-refs with: peeled fully-peeled sorted \n"+hash+" refs/heads/a\n"+hash+" refs/tags/b\n^"+hash+"\n"+hash+" refs/tags/c\n"), "refs/tags/b")
	f.Add([]byte(hash+" refs/heads/b\n"+hash+" refs/heads/a\n"), "refs/heads/a")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		p, err := newPackedRefs(data)
		if err != nil {
			return
		}
		found, broken := false, false
		for all := *p; ; {
			ref, err := all.next()
			if err != nil {
				broken = err != errNoMoreRefs
				break
			}
			found = found || string(ref.Name) == name
		}
		some := *p
		some.anyBelow(name)
		one := *p
		ref, err := one.find(name)
		if err == nil && string(ref.Name) != name {
			t.Fatalf("%q instead of %q", ref.Name, name)
		}
		if !p.sorted && !broken && found != (err == nil) {
			t.Fatalf("found %t, %v", found, err)
		}
	})
}

func FuzzLooseRef(f *testing.F) {
	f.Add([]byte("ref: refs/heads/main\n"))
	f.Add([]byte(strings.Repeat("1", 40) + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		ref, err := parseLooseRef(data)
		if err == nil && (ref.Target == "") == ref.Hash.IsZero() {
			t.Fatalf("%+v", ref)
		}
	})
}

func FuzzConfig(f *testing.F) {
	for _, text := range configs {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := settings{}
		readConfig(data, func(v variable) error {
			if len(v.name)+len(v.value)+len(v.subsection) > len(data) {
				t.Fatalf("%+v", v)
			}
			s.set(v)
			return nil
		})
	})
}

func FuzzAlternates(f *testing.F) {
	f.Add([]byte("/a\n\"/b\\303\\244\"\n# c\n../d"))
	f.Fuzz(func(t *testing.T, data []byte) {
		total := 0
		for _, path := range splitAlternates(data, '\n') {
			if total += len(path); path == "" {
				t.Fatal("an empty path")
			}
		}
		if total > len(data) {
			t.Fatalf("%d bytes of %d", total, len(data))
		}
	})
}

func FuzzCommitHeader(f *testing.F) {
	hash := strings.Repeat("1", 40)
	f.Add([]byte("tree "+hash+"\nparent "+hash+"\nauthor A <a> 1 +0000\ncommitter C <c> 2 +0000\n\nm\n"), 60)
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		all, err := parseCommitHeader(data)
		if all.Date < 0 || len(all.Parents)*hexSize > len(data) {
			t.Fatalf("%+v", all)
		}
		// A header that was found in the beginning is the same in the whole.
		if cut < 0 || cut > len(data) {
			return
		}
		some, someErr := parseCommitHeader(data[:cut])
		if someErr == nil && (err != nil || some.Tree != all.Tree || some.Date != all.Date || len(some.Parents) != len(all.Parents)) {
			t.Fatalf("%+v, %v; whole %+v, %v", some, someErr, all, err)
		}
	})
}
