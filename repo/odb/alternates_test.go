package odb

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

func TestSplitAlternates(t *testing.T) {
	for list, want := range map[string][]string{
		"":                              nil,
		"/a":                            {"/a"},
		"/a\n\n../b\n# comment\n/c d\n": {"/a", "../b", "/c d"},
		"#\n/a":                         {"/a"},
		`"/a\"\\\t\303\244"` + "\n/b\n": {"/a\"\\\t\u00e4", "/b"},
		`"/not ended` + "\n/b":          {`"/not ended`, "/b"},
		`"/bad\q"` + "\n/b":             {`"/bad\q"`, "/b"},
		`"/bad\47"`:                     {`"/bad\47"`},
		`""` + "\n/b":                   {"/b"},
		`"`:                             {`"`},
		`"\`:                            {`"\`},
	} {
		if got := splitAlternates([]byte(list), '\n'); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
	if got := splitAlternates([]byte(`/a:"/b:c":d`), ':'); !slices.Equal(got, []string{"/a", "/b:c", "d"}) {
		t.Errorf("by colons: %q", got)
	}
}

// chainOf makes count repositories, each with an object of its own and the one
// before as its alternate.
func chainOf(t *testing.T, count int, path func(from, to string) string) (repositories []*repository, objects []plumbing.Hash) {
	t.Helper()
	for i := range count {
		r := newRepository(t)
		objects = append(objects, r.object("blob", fmt.Sprint("object ", i)))
		if i > 0 {
			r.write("objects/info/alternates", path(r.dir+"/objects", repositories[i-1].dir+"/objects")+"\n")
		}
		repositories = append(repositories, r)
	}
	return repositories, objects
}

// TestAlternatesNested sees exactly the objects that git sees, by absolute and
// by relative paths, also beyond git's limit of depth.
func TestAlternatesNested(t *testing.T) {
	for name, path := range map[string]func(from, to string) string{
		"absolute": func(_, to string) string { return to },
		"relative": func(from, to string) string { rel, _ := filepath.Rel(from, to); return rel },
		"quoted":   func(_, to string) string { return `"` + strings.ReplaceAll(to, "/", `\057`) + `"` },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repositories, objects := chainOf(t, 9, path)
			r := repositories[len(repositories)-1]
			seen := strings.Fields(gitIn(t, r.dir, strings.Join(hashes(objects), "\n"), "-c", "alias.try=!git cat-file --batch-check 2>/dev/null", "try"))
			db := r.open(Options{})
			found := 0
			for _, h := range objects {
				at := slices.Index(seen, h.String())
				want := seen[at+1] == "blob"
				if got := db.HasEncodedObject(h) == nil; got != want {
					t.Errorf("object %s: %t, git %t", h, got, want)
				} else if got {
					found++
				}
			}
			if found < 6 || found == len(objects) {
				t.Errorf("%d objects were found", found)
			}
		})
	}
}

func hashes(list []plumbing.Hash) (all []string) {
	for _, h := range list {
		all = append(all, h.String())
	}
	return all
}

// TestAlternatesCircle has alternates that lead back, and some that are not
// there.
func TestAlternatesCircle(t *testing.T) {
	repositories, objects := chainOf(t, 3, func(_, to string) string { return to + "/../objects/" })
	repositories[0].write("objects/info/alternates", "# back\n"+repositories[2].dir+"/objects\n/nonexistent\n"+repositories[0].dir+"/config\n")
	for _, r := range repositories {
		db := r.open(Options{})
		if len(db.packs.dirs) != 3 {
			t.Errorf("folders %q", db.packs.dirs)
		}
		for _, h := range objects {
			if err := db.HasEncodedObject(h); err != nil {
				t.Errorf("object %s: %v", h, err)
			}
		}
	}
}

// TestAlternateGraph reads a fork, whose history lies in a pool.
func TestAlternateGraph(t *testing.T) {
	pool := history{seed: 6, commits: 100}.make(t)
	fork := filepath.Join(t.TempDir(), "fork.git")
	gitIn(t, "", "", "clone", "-q", "--bare", "--shared", pool.dir, fork)
	r := &repository{t, fork}
	pool.git("repack", "-adq")
	pool.git("commit-graph", "write", "--reachable")
	inside := pool.commits()
	r.git("update-ref", "refs/heads/new", r.hash("commit-tree", "-p", "main", "-m", "new", "main^{tree}").String())

	checkObjects(t, r, r.open(Options{Verify: true}))
	checkGraph(t, r.open(Options{}).Graph(), inside, nil, true)

	// The fork's own layer lies on the pool's.
	if err := os.Remove(pool.files("objects/info/commit-graph")[0]); err != nil {
		t.Fatal(err)
	}
	pool.git("commit-graph", "write", "--reachable", "--split=no-merge")
	r.git("commit-graph", "write", "--reachable", "--split=no-merge")
	if list := strings.Fields(readFile(t, r.files("objects/info/commit-graphs/commit-graph-chain")[0])); len(list) != 2 {
		t.Fatalf("layers %q", list)
	}
	checkGraph(t, r.open(Options{}).Graph(), r.commits(), nil, true)
}

// TestQuarantine reads a push that is not accepted yet, as pre-receive sees it:
// loose, and packed.
func TestQuarantine(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	for _, limit := range []string{"1", "1000"} {
		r := history{seed: 8, commits: 40}.make(t)
		work := filepath.Join(t.TempDir(), "work")
		gitIn(t, "", "", "clone", "-q", "--shared", r.dir, work)
		gitIn(t, work, "", "commit", "-q", "--allow-empty", "-m", "pushed")
		pushed := plumbing.NewHash(strings.TrimSpace(gitIn(t, work, "", "rev-parse", "HEAD")))
		r.git("config", "receive.unpackLimit", limit)
		saved := filepath.Join(t.TempDir(), "saved")
		hook := "#!/bin/sh\n" +
			"cp -r \"$GIT_OBJECT_DIRECTORY\" " + saved + "\n" +
			"printf %s \"$GIT_ALTERNATE_OBJECT_DIRECTORIES\" >" + saved + "/list\nexit 1\n"
		r.write("hooks/pre-receive", hook)
		if err := os.Chmod(filepath.Join(r.dir, "hooks/pre-receive"), 0o777); err != nil {
			t.Fatal(err)
		}
		gitIn(t, work, "", "-c", "alias.try=!git push -q origin HEAD:refs/heads/new >/dev/null 2>&1 || :", "try")

		list := readFile(t, filepath.Join(saved, "list"))
		if list == "" {
			t.Fatal("there is no quarantine")
		}
		if err := r.open(Options{}).HasEncodedObject(pushed); err != plumbing.ErrObjectNotFound {
			t.Fatalf("outside of the quarantine: %v", err)
		}
		relative, err := filepath.Rel(r.dir, saved)
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range []string{saved, relative} {
			db := r.open(Options{ObjectDir: dir, Alternates: list})
			header, err := db.CommitHeader(pushed)
			if err != nil || len(header.Parents) != 1 || header.Parents[0] != r.hash("rev-parse", "main") {
				t.Errorf("the pushed commit: %+v, %v", header, err)
			}
			checkObjects(t, r, db)
		}
	}
}
