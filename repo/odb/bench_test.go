package odb

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// benchHistory is large enough that what is measured is not the start.
func benchHistory(b *testing.B) (*repository, []graphCommit) {
	r := history{seed: 1, commits: 10_000, skew: 100}.make(b)
	r.git("repack", "-adfq")
	r.git("commit-graph", "write", "--reachable")
	all := r.commits()
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return r, all
}

func BenchmarkOpen(b *testing.B) {
	r := history{seed: 1, commits: 100}.make(b)
	r.git("pack-refs", "--all")
	for b.Loop() {
		db, err := Open(r.dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		db.Close()
	}
}

func BenchmarkGraph(b *testing.B) {
	r, all := benchHistory(b)
	g := r.open(Options{}).Graph()
	b.Run("Find", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, ok := g.Find(all[i%len(all)].hash); !ok {
				b.Fatal("not found")
			}
		}
	})
	b.Run("Parents", func(b *testing.B) {
		var parents []uint32
		n := uint32(g.Len())
		for i := uint32(0); b.Loop(); i++ {
			var err error
			if parents, err = g.Parents(i*7919%n, parents[:0]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkPacked(b *testing.B) {
	r, all := benchHistory(b)
	b.Run("CommitHeader at random", func(b *testing.B) {
		db := r.open(Options{})
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := db.CommitHeader(all[i%len(all)].hash); err != nil {
				b.Fatal(err)
			}
		}
	})
	ordered := r.commits()
	b.Run("CommitHeader in order", func(b *testing.B) {
		db := r.open(Options{})
		for i := 0; b.Loop(); i++ {
			if _, err := db.CommitHeader(ordered[i%len(ordered)].hash); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Commit", func(b *testing.B) {
		db := r.open(Options{})
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, _, err := db.Commit(all[i%len(all)].hash, 1<<20); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkLoose(b *testing.B) {
	r := history{seed: 1, commits: 100, loose: true}.make(b)
	all := r.commits()
	db := r.open(Options{})
	for i := 0; b.Loop(); i++ {
		if _, err := db.CommitHeader(all[i%len(all)].hash); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRefs goes through 100,000 packed refs, and 1,000 loose ones.
func BenchmarkRefs(b *testing.B) {
	r := newRepository(b)
	var text strings.Builder
	text.WriteString("# pack-refs with: peeled fully-peeled sorted \n")
	for i := range 100_000 {
		fmt.Fprintf(&text, "%s refs/heads/team/branch-%06d\n", named(i+1), i)
	}
	r.write("packed-refs", text.String())
	iterate := func(b *testing.B, want int) {
		db := r.open(Options{})
		b.ReportAllocs()
		for b.Loop() {
			count := 0
			for ref, err := range db.Refs() {
				if err != nil || ref.Hash == plumbing.ZeroHash {
					b.Fatal(ref, err)
				}
				count++
			}
			if count != want {
				b.Fatal(count)
			}
		}
	}
	b.Run("packed", func(b *testing.B) { iterate(b, 100_000) })
	for i := range 1000 {
		r.write(fmt.Sprintf("refs/heads/team/branch-%06d", i*100), named(i+5).String()+"\n")
	}
	b.Run("and loose", func(b *testing.B) { iterate(b, 100_000) })
	b.Run("Ref", func(b *testing.B) {
		db := r.open(Options{})
		for b.Loop() {
			if _, err := db.Ref("refs/heads/team/branch-054321"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
