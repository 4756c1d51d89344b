package odb

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// checkCommit compares a commit's header and text with what git gives.
func checkCommit(t *testing.T, r *repository, db *DB, want gitObject) {
	t.Helper()
	header, err := db.CommitHeader(want.hash)
	if err != nil {
		t.Fatalf("CommitHeader(%s): %v", want.hash, err)
	}
	text, _, _ := strings.Cut(want.content, "\n\n")
	got := fmt.Sprintf("tree %s\n", header.Tree)
	for _, p := range header.Parents {
		got += fmt.Sprintf("parent %s\n", p)
	}
	if !strings.HasPrefix(text, got+"author ") || !strings.Contains(text, fmt.Sprintf("\ncommitter C <c@example.com> %d +", header.Date)) {
		t.Fatalf("CommitHeader(%s) = %+v of\n%s", want.hash, header, text)
	}
	raw, cut, err := db.Commit(want.hash, 1<<20)
	if err != nil || cut || string(raw) != want.content {
		t.Fatalf("Commit(%s) = %d bytes, cut %t, %v", want.hash, len(raw), cut, err)
	}
	message := want.content[len(text)+2:]
	raw, cut, err = db.Commit(want.hash, 10)
	if err != nil || cut != (len(message) > 10) || string(raw) != want.content[:len(text)+2+min(10, len(message))] {
		t.Fatalf("Commit(%s), 10 bytes: %q, cut %t, %v", want.hash, raw, cut, err)
	}
}

func TestParseCommitHeader(t *testing.T) {
	tree := "tree " + strings.Repeat("1", 40) + "\n"
	parent := "parent " + strings.Repeat("2", 40) + "\n"
	author := "author A <a> 1 +0000\n"
	for _, c := range []struct {
		name, text string
		parents    int
		date       int64
		err        error
	}{
		{"plain", tree + parent + author + "committer C <c> 12345 +0200\n\nm", 1, 12345, nil},
		{"root", tree + author + "committer C <c> 1 +0000\n", 0, 1, nil},
		{"octopus", tree + strings.Repeat(parent, 9) + author + "committer C <c> 1 +0000\n", 9, 1, nil},
		{"brackets in the name", tree + author + "committer C > D <c> 77 +0000\n", 0, 77, nil},
		{"no date", tree + author + "committer C <c>\n\n", 0, 0, nil},
		{"no digits", tree + author + "committer C <c> soon\n\n", 0, 0, nil},
		{"before 1970", tree + author + "committer C <c> -5 +0000\n\n", 0, 0, nil},
		{"end of time", tree + author + "committer C <c> 99999999999999999999 +0000\n", 0, 1<<63 - 1, nil},
		{"no author", tree + parent + "\nmessage", 1, 0, nil},
		{"no committer", tree + author + "encoding x\n", 0, 0, nil},
		{"cut in the date", tree + author + "committer C <c> 123", 0, 0, errShort},
		{"cut in a parent", tree + parent[:20], 0, 0, errShort},
		{"empty", "", 0, 0, errShort},
		{"a tag", "object " + strings.Repeat("1", 40) + "\n", 0, 0, errHeader},
		{"short tree", "tree 12\n", 0, 0, errHeader},
		{"short parent", tree + "parent 12\n" + author, 0, 0, errHeader},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseCommitHeader([]byte(c.text))
			if err != c.err {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if err == nil && (len(got.Parents) != c.parents || got.Date != c.date) {
				t.Errorf("%d parents, date %d; want %d, %d", len(got.Parents), got.Date, c.parents, c.date)
			}
		})
	}
}

// TestCommitLarge reads commits with long headers and long messages, loose,
// packed and as deltas.
func TestCommitLarge(t *testing.T) {
	r := newRepository(t)
	tree := r.object("tree", "")
	base := r.object("commit", fmt.Sprintf("tree %s\nauthor A <a> 1 +0000\ncommitter C <c> 2 +0000\n\nbase\n", tree))
	octopus := fmt.Sprintf("tree %s\n", tree) + strings.Repeat(fmt.Sprintf("parent %s\n", base), 300) +
		"author A <a> 1 +0000\ncommitter C <c> 3 +0000\n\nmany\n"
	signed := fmt.Sprintf("tree %s\nauthor A <a> 1 +0000\ncommitter C <c> 4 +0000\ngpgsig %s\n\n", tree, strings.Repeat("signature\n ", 3000))
	long := fmt.Sprintf("tree %s\nauthor A <a> 1 +0000\ncommitter C <c> 5 +0000\n\n", tree)
	message := strings.Repeat("A long story about ABC-1. ", 200_000)
	contents := map[plumbing.Hash]string{}
	for _, content := range []string{octopus, signed + "message", long + message, long + message + "more"} {
		contents[r.object("commit", content)] = content
	}
	noEnd := r.object("commit", fmt.Sprintf("tree %s\nauthor %s", tree, strings.Repeat("A", 3<<20)))
	check := func(t *testing.T) {
		t.Helper()
		db := r.open(Options{Verify: true})
		for h, content := range contents {
			header, err := db.CommitHeader(h)
			if err != nil || header.Date < 3 || len(header.Parents) != strings.Count(content, "\nparent ") {
				t.Errorf("CommitHeader(%s): %d parents, date %d, %v", h, len(header.Parents), header.Date, err)
			}
			if text, _, err := db.Commit(h, 1000); err != nil || cap(text)-len(text) > maxSlack {
				t.Errorf("Commit(%s) of 1000 bytes holds %d more, %v", h, cap(text)-len(text), err)
			}
			text, cut, err := db.Commit(h, 1<<20)
			end := min(len(content), strings.Index(content, "\n\n")+2+1<<20)
			if err != nil || string(text) != content[:end] || cut != (end < len(content)) {
				t.Errorf("Commit(%s) = %d bytes of %d, cut %t, %v", h, len(text), len(content), cut, err)
			}
		}
		if _, err := db.CommitHeader(noEnd); !errors.Is(err, ErrTooLarge) {
			t.Errorf("a header of 3 MiB: %v", err)
		}
		if _, _, err := db.Commit(noEnd, 100); !errors.Is(err, ErrTooLarge) {
			t.Errorf("a header of 3 MiB: %v", err)
		}
		for _, other := range []func() error{
			func() error { _, err := db.CommitHeader(tree); return err },
			func() error { _, _, err := db.Commit(tree, 100); return err },
		} {
			if err := other(); !errors.Is(err, ErrNotCommit) {
				t.Errorf("a tree: %v", err)
			}
		}
	}
	check(t)
	list := fmt.Sprintln(noEnd) + fmt.Sprintln(tree) + fmt.Sprintln(base)
	for h := range contents {
		list += fmt.Sprintln(h)
	}
	gitIn(t, r.dir, list, "pack-objects", "-q", "objects/pack/pack")
	r.git("prune-packed", "-q")
	check(t)
}

func TestPeel(t *testing.T) {
	r := history{seed: 3, commits: 10}.make(t)
	main := r.hash("rev-parse", "main")
	for range 2 {
		db := r.open(Options{})
		for name, want := range map[string]bool{
			"main": true, "once": true, "twice": true, "main^{tree}": false, "tree": false, "blob": false,
		} {
			got, ok, err := db.Peel(r.hash("rev-parse", name))
			if err != nil || ok != want || ok && got != main {
				t.Errorf("Peel(%s) = %s, %t, %v", name, got, ok, err)
			}
		}
		r.git("repack", "-adq")
	}
}

func TestPeelOdd(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	r := newRepository(t)
	h := r.object("tree", "")
	kind := "tree"
	for range maxTags + 1 {
		h = r.object("tag", fmt.Sprintf("object %s\ntype %s\ntag t\n\nm\n", h, kind))
		kind = "tag"
	}
	db := r.open(Options{})
	if _, _, err := db.Peel(h); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a long chain of tags: %v", err)
	}
	if _, _, err := db.Peel(r.object("tag", "object 12\n")); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a tag of nothing: %v", err)
	}
	dangling := r.object("tag", fmt.Sprintf("object %s\ntype commit\ntag t\n\nm\n", strings.Repeat("3", 40)))
	if _, _, err := db.Peel(dangling); !errors.Is(err, plumbing.ErrObjectNotFound) {
		t.Errorf("a tag of what is missing: %v", err)
	}
}
