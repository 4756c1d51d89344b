package odb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

func readFile(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// lines gives refs in the form of checkRefs, peeled ones if they are known.
func lines(t testing.TB, db *DB) []string {
	t.Helper()
	var all []string
	for ref, err := range db.Refs() {
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%s %s", ref.Name, ref.Hash)
		if ref.Target != "" {
			line = fmt.Sprintf("%s -> %s", ref.Name, ref.Target)
		}
		all = append(all, line)
	}
	return all
}

// checkRefs compares all refs with those that git finds in a folder.
func checkRefs(t testing.TB, dir string, db *DB) {
	t.Helper()
	var want []string
	for line := range strings.Lines(gitIn(t, dir, "", "for-each-ref", "--format=%(refname) %(objectname) %(symref)")) {
		f := strings.Fields(line)
		if len(f) == 3 {
			f = []string{f[0], "->", f[2]}
		}
		want = append(want, strings.Join(f, " "))
	}
	if got := lines(t, db); !slices.Equal(got, want) {
		t.Errorf("refs\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestRefs(t *testing.T) {
	r := history{seed: 2, commits: 60}.make(t)
	db := r.open(Options{})
	checkRefs(t, r.dir, db)
	r.git("pack-refs", "--all")
	checkRefs(t, r.dir, db)

	// Loose refs hide packed ones, at the ends and in the middle.
	r.git("update-ref", "refs/heads/b10", "main")
	r.git("update-ref", "refs/heads/main", "main~1")
	r.git("update-ref", "refs/heads/a", "main")
	r.git("update-ref", "refs/zzz/deep/er/ref", "main")
	r.git("update-ref", "refs/tags/twice", "once")
	r.git("update-ref", "refs/keep-around/0123", "main")
	r.git("symbolic-ref", "refs/heads/current", "refs/heads/main")
	r.git("symbolic-ref", "refs/heads/zz-unborn", "refs/heads/none")
	r.git("update-ref", "-d", "refs/heads/b60")
	r.write("refs/heads/x.lock", "what is being written")
	r.write("refs/heads/.hidden", "not a ref")
	r.write("refs/heads/bad~name", "not a ref")
	if err := os.MkdirAll(filepath.Join(r.dir, "refs/heads/empty/folder"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(r.dir, "refs/heads/link")); err != nil {
		t.Fatal(err)
	}
	want := lines(t, db)
	if !slices.Contains(want, "refs/heads/zz-unborn -> refs/heads/none") {
		t.Error("an unborn symbolic ref is missing")
	}
	r.git("symbolic-ref", "-d", "refs/heads/zz-unborn") // git does not list it
	checkRefs(t, r.dir, db)

	for _, name := range []string{"refs/heads/b10", "refs/heads/main", "refs/tags/twice", "refs/tags/once", "refs/zzz/deep/er/ref"} {
		ref, err := db.Ref(name)
		if err != nil || ref.Hash != r.hash("rev-parse", name) || string(ref.Name) != name {
			t.Errorf("Ref(%s) = %s, %v", name, ref.Hash, err)
		}
	}
	for _, name := range []string{"refs/heads/none", "refs/heads", "refs/heads/empty", "refs/heads/main/x", "refs/a", "refs/zzzz", "refs/../HEAD", "config", ""} {
		if ref, err := db.Ref(name); err != plumbing.ErrReferenceNotFound {
			t.Errorf("Ref(%q) = %v, %v", name, ref, err)
		}
	}
	if head, err := db.Ref("HEAD"); err != nil || head.Target != "refs/heads/main" {
		t.Errorf("HEAD: %v, %v", head, err)
	}
	r.write("HEAD", r.git("rev-parse", "main"))
	if head, err := db.Ref("HEAD"); err != nil || head.Hash != r.hash("rev-parse", "main") {
		t.Errorf("detached HEAD: %v, %v", head, err)
	}
	if err := errors.Join(os.Remove(filepath.Join(r.dir, "HEAD")), os.Symlink("refs/heads/none", filepath.Join(r.dir, "HEAD"))); err != nil {
		t.Fatal(err)
	}
	if head, err := db.Ref("HEAD"); err != nil || head.Target != "refs/heads/none" {
		t.Errorf("HEAD as a link: %v, %v", head, err)
	}
}

// TestRefPacked looks for each ref of a packed-refs, and for names between them.
func TestRefPacked(t *testing.T) {
	r := history{seed: 4, commits: 150}.make(t)
	r.git("pack-refs", "--all", "--prune")
	all := lines(t, r.open(Options{}))
	packed := readFile(t, filepath.Join(r.dir, "packed-refs"))
	_, unsorted, _ := strings.Cut(packed, "\n")
	for _, text := range []string{packed, unsorted} {
		r.write("packed-refs", text)
		db := r.open(Options{})
		for _, line := range all {
			name, hash, _ := strings.Cut(line, " ")
			if ref, err := db.Ref(name); err != nil || ref.Hash.String() != hash {
				t.Fatalf("Ref(%s) = %s, %v, want %s", name, ref.Hash, err, hash)
			}
			for _, none := range []string{name + "0", name[:len(name)-1]} {
				if ref, err := db.Ref(none); err == nil && !slices.Contains(all, none+" "+ref.Hash.String()) {
					t.Fatalf("Ref(%s) = %s", none, ref.Hash)
				}
			}
		}
	}
}

// TestRefsPeeled compares what is known of tags with git.
func TestRefsPeeled(t *testing.T) {
	r := history{seed: 4, commits: 60}.make(t)
	db := r.open(Options{})
	for ref := range db.Refs() {
		if ref.Peeled != plumbing.ZeroHash {
			t.Errorf("%s is loose, and peeled", ref.Name)
		}
	}
	r.git("pack-refs", "--all")
	count := 0
	for ref, err := range db.Refs() {
		if err != nil {
			t.Fatal(err)
		}
		count++
		if want := r.hash("rev-parse", string(ref.Name)+"^{}"); ref.Peeled != want {
			t.Errorf("%s is peeled to %s, want %s", ref.Name, ref.Peeled, want)
		}
	}
	if count < 5 {
		t.Errorf("%d refs", count)
	}
}

// TestRefsUnsorted reads a packed-refs of an old git, whose loose refs hide some
// of it.
func TestRefsUnsorted(t *testing.T) {
	r := history{seed: 4, commits: 3}.make(t)
	r.git("pack-refs", "--all")
	main := strings.TrimSpace(r.git("rev-parse", "main"))
	line := func(name string) string { return main + " refs/heads/" + name + "\n" }
	r.write("packed-refs", "# pack-refs with: peeled \n"+line("c")+line("a")+line("d")+line("b"))
	for _, name := range []string{"a", "c", "e"} {
		r.write("refs/heads/"+name, main+"\n")
	}
	names := map[string]int{}
	for ref, err := range r.open(Options{}).Refs() {
		if err != nil {
			t.Fatal(err)
		}
		names[string(ref.Name)]++
		if ref.Peeled != plumbing.ZeroHash {
			t.Errorf("%s is peeled", ref.Name)
		}
	}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		if names["refs/heads/"+name] != 1 {
			t.Errorf("%s is there %d times", name, names["refs/heads/"+name])
		}
	}
}

// TestRefsStop ends the iteration early.
func TestRefsStop(t *testing.T) {
	r := history{seed: 4, commits: 60}.make(t)
	r.git("pack-refs", "--all")
	r.git("update-ref", "refs/heads/a", "main")
	r.git("update-ref", "refs/zzz/z", "main")
	db := r.open(Options{})
	all := lines(t, db)
	for stop := range all {
		count := 0
		for range db.Refs() {
			if count++; count > stop {
				break
			}
		}
		if count != stop+1 {
			t.Errorf("stopped after %d of %d", count, stop+1)
		}
	}
}

func TestRefsBroken(t *testing.T) {
	hash := strings.Repeat("1", 40)
	for name, files := range map[string]map[string]string{
		"empty file":         {"refs/heads/x": ""},
		"short hash":         {"refs/heads/x": "1234\n"},
		"zero hash":          {"refs/heads/x": strings.Repeat("0", 40) + "\n"},
		"something behind":   {"refs/heads/x": hash + " x\n"},
		"bad target":         {"refs/heads/x": "ref: refs/heads/a..b\n"},
		"long file":          {"refs/heads/x": hash + strings.Repeat(" ", 5000)},
		"packed, no name":    {"packed-refs": hash + " \n"},
		"packed, no hash":    {"packed-refs": "refs/heads/x\n"},
		"packed, cut":        {"packed-refs": hash + " refs/heads/x"},
		"packed, bad peeled": {"packed-refs": hash + " refs/heads/x\n^123\n"},
		"packed, first line": {"packed-refs": "# something else\n"},
		"packed, only a ^":   {"packed-refs": "^" + hash + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepository(t)
			db := r.open(Options{})
			for file, text := range files {
				r.write(file, text)
			}
			var failed error
			for _, err := range db.Refs() {
				failed = err
			}
			if failed == nil {
				t.Error("no error")
			}
		})
	}
}

func TestWorktreeRefs(t *testing.T) {
	r := history{seed: 2, commits: 10}.make(t)
	dir := filepath.Join(t.TempDir(), "tree")
	r.git("worktree", "add", "-q", dir, "main")
	r.git("update-ref", "refs/bisect/bad", "main~1")
	gitIn(t, dir, "", "update-ref", "refs/bisect/good", "main")
	gitIn(t, dir, "", "update-ref", "refs/worktree/own", "main")
	gitIn(t, dir, "", "checkout", "-q", "--detach", "main")

	checkRefs(t, r.dir, r.open(Options{}))
	db := openDB(t, dir, Options{})
	checkRefs(t, dir, db)
	checkObjects(t, r, db)
	if ref, err := db.Ref("refs/worktree/own"); err != nil || ref.Hash != r.hash("rev-parse", "main") {
		t.Errorf("refs/worktree/own: %v, %v", ref, err)
	}
	if head, err := db.Ref("HEAD"); err != nil || head.Hash != r.hash("rev-parse", "main") {
		t.Errorf("HEAD: %v, %v", head, err)
	}
}
