package odb

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// TestNames looks for names in tables that are spread evenly and in such that
// are not, mapped and read.
func TestNames(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	random := func(prefix ...byte) func(int) plumbing.Hash {
		return func(int) (h plumbing.Hash) {
			for i := range h {
				h[i] = byte(rnd.Uint32())
			}
			copy(h[:], prefix)
			return h
		}
	}
	for name, c := range map[string]struct {
		count int
		name  func(i int) plumbing.Hash
	}{
		"none":            {0, random()},
		"one":             {1, random()},
		"few":             {20, random()},
		"many":            {30_000, random()},
		"one bucket":      {5_000, random(7)},
		"first bucket":    {5_000, random(0, 0, 0)},
		"last bucket":     {5_000, random(255, 255, 255)},
		"equal beginning": {5_000, random(7, 7, 7, 7, 7, 7, 7, 7)},
		"two heaps": {5_000, func(i int) plumbing.Hash {
			return random(9, byte(i%2*255), byte(i%2*255), byte(i%2*255), byte(i%2*255), byte(i%2*255))(i)
		}},
		"steps": {5_000, func(i int) (h plumbing.Hash) {
			h[0] = 9
			binary.BigEndian.PutUint64(h[1:], 1<<(i%64))
			binary.BigEndian.PutUint64(h[9:], uint64(i))
			return h
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var all []plumbing.Hash
			for i := range c.count {
				all = append(all, c.name(i))
			}
			slices.SortFunc(all, func(a, b plumbing.Hash) int { return bytes.Compare(a[:], b[:]) })
			checkNames(t, all, c.name)
		})
	}
}

// checkNames looks for all names of a table, for others like them, and for some
// that are next to them.
func checkNames(t *testing.T, all []plumbing.Hash, other func(int) plumbing.Hash) {
	t.Helper()
	table := namesOf(t, all)
	defer table.file.close()
	check := func(h plumbing.Hash, find func(plumbing.Hash) (int, bool, error)) {
		t.Helper()
		row, ok, err := find(h)
		want, exists := slices.BinarySearchFunc(all, h, func(a, b plumbing.Hash) int { return bytes.Compare(a[:], b[:]) })
		if err != nil || ok != exists || ok && row != want {
			t.Fatalf("%s: row %d, %t, %v; want %d, %t", h, row, ok, err, want, exists)
		}
	}
	round := func(find func(plumbing.Hash) (int, bool, error)) {
		t.Helper()
		for i, h := range all {
			check(h, find)
			if i%7 == 0 {
				h[19]++
				check(h, find)
				h[0]++
				check(h, find)
				check(other(i), find)
			}
		}
		check(plumbing.ZeroHash, find)
		check(plumbing.NewHash("ffffffffffffffffffffffffffffffffffffffff"), find)
	}
	round(table.readUp)
	if err := table.file.mmap(); err != nil {
		t.Fatal(err)
	}
	round(table.find)
}

// namesOf writes a table of names to a file, from offset 3 on.
func namesOf(t *testing.T, all []plumbing.Hash) *names {
	t.Helper()
	table := &names{off: 3}
	data := []byte("...")
	for _, h := range all {
		data = append(data, h[:]...)
		for b := int(h[0]); b < len(table.fanout); b++ {
			table.fanout[b]++
		}
	}
	path := filepath.Join(t.TempDir(), "names")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	var err error
	if table.file, err = openFile(path); err != nil {
		t.Fatal(err)
	}
	return table
}

// TestNamesMapped reads an index so often that it is mapped.
func TestNamesMapped(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a repository of 2000 commits")
	}
	r := history{seed: 1, commits: 2000}.make(t)
	r.git("repack", "-adq")
	db := r.open(Options{})
	main := r.hash("rev-parse", "main")
	for i := 0; ; i++ {
		if err := db.HasEncodedObject(main); err != nil {
			t.Fatal(err)
		}
		file := db.packs.last.index.file
		if i == 0 && file.data != nil {
			t.Errorf("an index of %d bytes is mapped at once", file.size)
		}
		if file.data != nil {
			break
		}
		if int64(i)*mapShare > file.size {
			t.Fatal("the index is not mapped")
		}
	}
	checkObjects(t, r, db)
}

// TestNamesUnsorted looks into tables that nobody sorted: it must end.
func TestNamesUnsorted(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		var all []plumbing.Hash
		for range rnd.IntN(3000) {
			var h plumbing.Hash
			binary.BigEndian.PutUint64(h[:], rnd.Uint64())
			all = append(all, h)
		}
		table := namesOf(t, all)
		n := uint32(len(all))
		for b := range table.fanout {
			table.fanout[b] = n
		}
		table.fanout[0] = n / 2
		for range 300 {
			h := plumbing.Hash{byte(rnd.IntN(3)), byte(rnd.Uint32()), byte(rnd.Uint32())}
			if _, _, err := table.readUp(h); err != nil {
				t.Fatal(err)
			}
		}
		if err := table.file.mmap(); err != nil {
			t.Fatal(err)
		}
		for range 300 {
			table.lookUp(plumbing.Hash{byte(rnd.IntN(3)), byte(rnd.Uint32()), byte(rnd.Uint32())})
		}
		table.file.close()
	}
}
