package odb

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

func TestMadePacks(t *testing.T) {
	text := []byte(strings.Repeat("text", 100))
	blob := madeObject{name: named(1), kind: plumbing.BlobObject, size: -1, content: text}
	delta := func(n int) madeObject {
		return madeObject{name: named(n), kind: plumbing.OFSDeltaObject, size: -1, back: 1, content: copyDelta(len(text))}
	}
	reference := func(n, base int) madeObject {
		return madeObject{name: named(n), kind: plumbing.REFDeltaObject, size: -1, base: named(base), content: copyDelta(len(text))}
	}
	chain := func(length int) []madeObject {
		objects := []madeObject{blob}
		for n := range length {
			objects = append(objects, delta(n+2))
		}
		return objects
	}
	change := func(o madeObject, f func(*madeObject)) madeObject { f(&o); return o }
	for name, c := range map[string]struct {
		objects []madeObject // the last one is read
		limit   int64
		err     error
	}{
		"plain":                 {[]madeObject{blob}, 0, nil},
		"delta":                 {chain(1), 0, nil},
		"longest chain":         {chain(maxChain), 1 << 20, nil},
		"longer chain":          {chain(maxChain + 1), 1 << 20, ErrCorrupt},
		"base behind":           {[]madeObject{reference(3, 2), blob, reference(2, 1)}, 0, nil},
		"own base":              {[]madeObject{blob, reference(2, 2)}, 0, ErrCorrupt},
		"circle":                {[]madeObject{reference(2, 3), reference(3, 2)}, 0, ErrCorrupt},
		"missing base":          {[]madeObject{blob, reference(3, 2)}, 0, ErrCorrupt},
		"own base by offset":    {[]madeObject{blob, change(delta(2), func(o *madeObject) { o.back = 0 })}, 0, ErrCorrupt},
		"too large":             {[]madeObject{blob}, 399, ErrTooLarge},
		"just not":              {[]madeObject{blob}, 400, nil},
		"made too large":        {chain(1), 399, ErrTooLarge},
		"a bomb":                {chain(50), 400, ErrTooLarge},
		"size is more":          {[]madeObject{change(blob, func(o *madeObject) { o.size = 401 })}, 0, ErrCorrupt},
		"size is less":          {[]madeObject{change(blob, func(o *madeObject) { o.size = 399 })}, 0, ErrCorrupt},
		"size is huge":          {[]madeObject{change(blob, func(o *madeObject) { o.size = 1 << 59 })}, 0, ErrTooLarge},
		"size has 63 bits":      {[]madeObject{change(blob, func(o *madeObject) { o.size = 1<<63 - 1 })}, 0, ErrCorrupt},
		"delta's size is more":  {[]madeObject{blob, change(delta(2), func(o *madeObject) { o.size = 1000 })}, 0, ErrCorrupt},
		"delta is too large":    {[]madeObject{blob, change(delta(2), func(o *madeObject) { o.size = 1 << 40 })}, 0, ErrTooLarge},
		"type 0":                {[]madeObject{change(blob, func(o *madeObject) { o.kind = 0 })}, 0, ErrCorrupt},
		"type 5":                {[]madeObject{change(blob, func(o *madeObject) { o.kind = 5 })}, 0, ErrCorrupt},
		"delta of another size": {[]madeObject{blob, change(delta(2), func(o *madeObject) { o.content = copyDelta(399) })}, 0, ErrCorrupt},
		"empty delta":           {[]madeObject{blob, change(delta(2), func(o *madeObject) { o.content = nil })}, 0, ErrCorrupt},
		"delta promises much":   {[]madeObject{blob, change(delta(2), func(o *madeObject) { o.content = binary.AppendUvarint(o.content[:2], 1<<40) })}, 0, ErrTooLarge},
		"large offset":          {[]madeObject{change(blob, func(o *madeObject) { o.large = packHead })}, 0, nil},
		"offset behind the end": {[]madeObject{change(blob, func(o *madeObject) { o.large = 1 << 40 })}, 0, ErrCorrupt},
		"offset at the end":     {[]madeObject{change(blob, func(o *madeObject) { o.large = 48 })}, 0, ErrCorrupt},
		"negative offset":       {[]madeObject{change(blob, func(o *madeObject) { o.large = 1 << 63 })}, 0, ErrCorrupt},
		"offset in the head":    {[]madeObject{change(blob, func(o *madeObject) { o.large = 4 })}, 0, ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			idx, data := makePack(c.objects)
			db, err := memoryDB(idx, data, Options{MaxObject: c.limit})
			if err != nil {
				t.Fatal(err)
			}
			kind, content, err := db.Object(c.objects[len(c.objects)-1].name)
			if c.err != nil {
				if !errors.Is(err, c.err) || errors.Is(err, plumbing.ErrObjectNotFound) {
					t.Errorf("%s, %d bytes, %v, want %v", kind, len(content), err, c.err)
				}
				return
			}
			if err != nil || kind != plumbing.BlobObject || !bytes.Equal(content, text) {
				t.Errorf("%s, %d bytes, %v", kind, len(content), err)
			}
		})
	}
}

// TestObjectIsOwn changes what was read: it must not be a base of others.
func TestObjectIsOwn(t *testing.T) {
	text := bytes.Repeat([]byte("text"), 100)
	idx, data := makePack([]madeObject{
		{name: named(1), kind: plumbing.BlobObject, size: -1, content: text},
		{name: named(2), kind: plumbing.OFSDeltaObject, size: -1, back: 1, content: copyDelta(len(text))},
		{name: named(3), kind: plumbing.OFSDeltaObject, size: -1, back: 1, content: copyDelta(len(text))},
	})
	db, err := memoryDB(idx, data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for _, n := range []int{3, 1, 2} {
			_, content, err := db.Object(named(n))
			if err != nil || !bytes.Equal(content, text) {
				t.Fatalf("object %d: %q, %v", n, content, err)
			}
			clear(content)
		}
	}
}

// smallPack is a repository with one small pack that git made, with its deltas
// of one kind or the other.
func smallPack(t testing.TB, byOffset bool) *repository {
	t.Helper()
	r := newRepository(t)
	tree := r.object("tree", "")
	list := fmt.Sprintln(tree)
	for i := range 4 {
		list += fmt.Sprintln(r.object("blob", strings.Repeat("a line that does not change\n", 10)+fmt.Sprint(i)))
	}
	list += fmt.Sprintln(r.object("commit", strings.Replace(commitText, "TREE", tree.String(), 1)))
	args := []string{"pack-objects", "-q", "objects/pack/pack"}
	if byOffset {
		args = append(args, "--delta-base-offset")
	}
	gitIn(t, r.dir, list, args...)
	r.git("prune-packed")
	return r
}

// mangled gives data with each byte changed in some ways, one at a time.
func mangled(data []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for i := range data {
			for _, change := range []byte{1, 0x80, 0xff} {
				data[i] ^= change
				more := yield(data)
				data[i] ^= change
				if !more {
					return
				}
			}
		}
	}
}

// checkHonest reads objects, of which each must be right or an error.
func checkHonest(t *testing.T, db *DB, objects []gitObject) {
	t.Helper()
	for _, o := range objects {
		if _, content, err := db.Object(o.hash); err == nil && string(content) != o.content {
			t.Fatalf("object %s: %q instead of %q", o.hash, content, o.content)
		}
		db.Stat(o.hash)
		db.CommitHeader(o.hash)
		db.Peel(o.hash)
	}
}

// TestPackBroken changes each byte of small packs and of their indexes.
func TestPackBroken(t *testing.T) {
	for _, byOffset := range []bool{true, false} {
		r := smallPack(t, byOffset)
		objects := r.objects()
		idx := []byte(readFile(t, r.files("objects/pack/*.idx")[0]))
		data := []byte(readFile(t, r.files("objects/pack/*.pack")[0]))
		options := Options{Verify: true}
		db, err := memoryDB(idx, data, options)
		if err != nil {
			t.Fatal(err)
		}
		checkObjects(t, r, db)
		for idx := range mangled(idx) {
			if db, err := memoryDB(idx, data, options); err == nil {
				checkHonest(t, db, objects)
			}
		}
		for data := range mangled(data) {
			if db, err := memoryDB(idx, data, options); err == nil {
				checkHonest(t, db, objects)
			}
		}
		for n := range data {
			if db, err := memoryDB(idx, data[:n], options); err == nil {
				checkHonest(t, db, objects)
			}
		}
		for n := range idx {
			if db, err := memoryDB(idx[:n], data, options); err == nil {
				checkHonest(t, db, objects)
			}
		}
	}
}

// TestIndexVersion1 has an index as git wrote it before 2008.
func TestIndexVersion1(t *testing.T) {
	r := history{seed: 1, commits: 5}.make(t)
	r.git("-c", "pack.indexVersion=1", "repack", "-adfq")
	if _, _, err := r.open(Options{}).Object(r.hash("rev-parse", "main")); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}

// memoryMidx makes a DB of packs on disk and of a multi-pack-index in memory.
func memoryMidx(r *repository, data []byte) (*DB, error) {
	m, err := newMidx(inMemory("midx", data))
	if err != nil {
		return nil, err
	}
	db := newDB(layout{}, settings{}, Options{Verify: true, MaxObject: 1 << 16}, nil)
	db.packs.known = map[string]*pack{}
	found := &midxPacks{midx: m}
	for _, name := range m.packNames {
		found.packs = append(found.packs, db.packs.pack(r.dir+"/objects/pack/"+name))
	}
	db.packs.listed, db.packs.midxs = true, []*midxPacks{found}
	return db, nil
}

// TestMidxBroken changes each byte of a small multi-pack-index.
func TestMidxBroken(t *testing.T) {
	r := smallPack(t, true)
	r.git("multi-pack-index", "write")
	objects := r.objects()
	data := []byte(readFile(t, r.files("objects/pack/multi-pack-index")[0]))
	db, err := memoryMidx(r, data)
	if err != nil {
		t.Fatal(err)
	}
	checkObjects(t, r, db)
	for data := range mangled(data) {
		if db, err := memoryMidx(r, data); err == nil {
			checkHonest(t, db, objects)
			db.Close()
		}
	}
	for n := range data {
		if db, err := memoryMidx(r, data[:n]); err == nil {
			checkHonest(t, db, objects)
			db.Close()
		}
	}
}

// TestLooseBroken changes each byte of a loose object.
func TestLooseBroken(t *testing.T) {
	content := "commit 200\x00" + strings.Repeat("A commit. ", 20)
	db := newDB(layout{}, settings{}, Options{MaxObject: 1 << 16, Verify: true}, nil)
	read := func(data []byte) (object, error) {
		o, err := db.inflateLoose(bytes.NewReader(data), whole, nil)
		if err == nil && o.kind == plumbing.CommitObject && string(o.data) != content[11:] {
			t.Fatalf("content %q", o.data)
		}
		return o, err
	}
	compressor := zlib.NewWriter(nil)
	file := deflate(compressor, []byte(content))
	if o, err := read(file); err != nil || o.size != 200 {
		t.Fatalf("%+v, %v", o, err)
	}
	for data := range mangled(file) {
		read(data)
	}
	for n := range file {
		if _, err := read(file[:n]); !errors.Is(err, ErrCorrupt) {
			t.Errorf("the first %d bytes: %v", n, err)
		}
	}
	for _, text := range []string{
		"", "commit", "commit 200", "commit\x00", "commit 201\x00", "commit 199\x00", "commit -1\x00", "commit 0x5\x00",
		"commit 99999999999999999999\x00", "ofs-delta 3\x00", "thing 3\x00", " 3\x00", strings.Repeat("commit", 20) + " 3\x00",
	} {
		if o, err := read(deflate(compressor, []byte(text+content[11:]))); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%q: %+v, %v", text, o, err)
		}
	}
	if _, err := read(deflate(compressor, []byte("blob 999999999\x00"))); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a large object: %v", err)
	}
}
