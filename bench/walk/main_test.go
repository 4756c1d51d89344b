package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test's own program stands in for ours when it is called by these names: it
// becomes git, and the wrong one prints a line more.
const (
	rightStub = "newcommits-right"
	wrongStub = "newcommits-wrong"
)

func TestMain(m *testing.M) {
	name := filepath.Base(os.Args[0])
	if name != rightStub && name != wrongStub {
		os.Exit(m.Run())
	}
	fmt.Fprintln(os.Stderr, stub(name, os.Args[1]))
	os.Exit(1)
}

func stub(name, repository string) error {
	s := scenario{Repository: repository}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		s.Updates = append(s.Updates, update{f[0], f[1], f[2]})
	}
	if lines.Err() != nil {
		return lines.Err()
	}
	git, err := exec.LookPath("git")
	if err != nil {
		return err
	}
	if name == wrongStub {
		fmt.Println("one line more")
	}
	return syscall.Exec(git, askGit(git, s).argv, os.Environ())
}

func linkStub(t *testing.T, name string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	return program
}

// tiny is a size that is built within seconds.
func tiny() []size {
	return []size{{name: "tiny", history: history{commits: 80, branches: 3, tags: 1, packEvery: 40}, refs: 30}}
}

func TestBench(t *testing.T) {
	if testing.Short() {
		t.Skip("makes repositories and measures for a minute")
	}
	dir, files := t.TempDir(), t.TempDir()
	variants := []string{"graph", "midx", "fresh", "refs", "first"}
	o := options{dir: dir, sizes: tiny(), variants: variants, goGit: "none", ours: linkStub(t, rightStub),
		pace: pace{rounds: 1}, timeout: time.Minute, json: filepath.Join(files, "r.json")}
	var table strings.Builder
	if err := o.bench(t.Context(), &table, io.Discard); err != nil {
		t.Fatal(err)
	}
	r, err := readResults(o.json)
	if err != nil {
		t.Fatal(err)
	}
	if want := 4*len(pushes()) + 1; len(r.Rows) != want {
		t.Errorf("%d rows, not %d: nine pushes to four repositories, and the first push", len(r.Rows), want)
	}
	for _, w := range r.Rows {
		if w.Git.Wall <= 0 || w.Ours.Wall <= 0 || w.Git.Peak < 1 || w.Ours.Rounds != 1 {
			t.Errorf("%s %s was not measured: %+v", w.Variant, w.Scenario, w)
		}
	}
	for _, v := range variants {
		expectCommits(t, dir, v)
	}

	refs := repository(filepath.Join(dir, "tiny", "refs", "repo.git"))
	for pattern, want := range map[string]int{"refs/merge-requests/*/head": tiny()[0].refs, "refs/tags/*": 3, "refs/loose/*": 8} {
		names, err := refs.output(t.Context(), nil, "for-each-ref", "--format=%(refname)", pattern)
		if err != nil || len(strings.Fields(names)) != want {
			t.Errorf("%s: %d refs, not %d: %v", pattern, len(strings.Fields(names)), want, err)
		}
		for _, name := range strings.Fields(names) { // git looks for one by halving
			if err := refs.run(t.Context(), "show-ref", "--verify", "-q", name); err != nil {
				t.Error(err)
			}
		}
	}

	t.Run("the same table and a plot from the kept figures", func(t *testing.T) {
		var again strings.Builder
		plot := filepath.Join(files, "p.svg")
		if err := run(t.Context(), []string{"-plot-from", o.json, "-svg", plot}, &again, io.Discard); err != nil {
			t.Fatal(err)
		}
		if again.String() != table.String() {
			t.Errorf("another table:\n%s\n%s", table.String(), again.String())
		}
		if svg, err := os.ReadFile(plot); err != nil || !strings.Contains(string(svg), "jirahook, commit-graph") {
			t.Errorf("%v: %s", err, svg)
		}
	})

	t.Run("repositories are kept, and a wrong answer is told", func(t *testing.T) {
		repo := filepath.Join(dir, "tiny", "midx", "repo.git")
		before, err := os.Stat(repo)
		if err != nil {
			t.Fatal(err)
		}
		o.ours, o.variants, o.scenarios = linkStub(t, wrongStub), []string{"midx"}, []string{"a"}
		var table strings.Builder
		if err := o.bench(t.Context(), &table, io.Discard); !errors.Is(err, errProblems) {
			t.Errorf("error %v, want %v", err, errProblems)
		}
		if !strings.Contains(table.String(), "ours printed other lines than git") {
			t.Errorf("the table is silent about it:\n%s", table.String())
		}
		if after, err := os.Stat(repo); err != nil || !os.SameFile(before, after) {
			t.Errorf("%s was built anew: %v", repo, err)
		}
	})
}

// expectCommits checks with git that each push brought what its name says.
func expectCommits(t *testing.T, dir, variant string) {
	t.Helper()
	s := tiny()[0]
	want := map[string]int{"a": 1, "b": 3, "b2": 3, "c": 0, "d": 5, "e": 1000, "f": 1, "h": 0, "m": 5}
	folder := filepath.Join(dir, s.name, variant)
	b, ok, err := readBuilt(folder, s.recipe(variant))
	if err != nil || !ok {
		t.Fatalf("%s is not built: %v", folder, err)
	}
	for _, sc := range b.Scenarios {
		sc.Repository = filepath.Join(folder, sc.Repository)
		argv := askGit("git", sc).argv
		out, err := command(t.Context(), nil, nil, argv[0], argv[1:]...)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Count("\n"+out, "\ncommit ")
		if sc.Name == "g" && got < 20 || sc.Name != "g" && got != want[sc.Name] {
			t.Errorf("%s: push %s brought %d commits", variant, sc.Name, got)
		}
	}
	graphs, err := filepath.Glob(filepath.Join(folder, "repo.git", "objects", "info", "commit-graph*"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(graphs) > 0, variant != "first"; got != want {
		t.Errorf("%s has a commit-graph: %v, want %v", variant, got, want)
	}
}

func TestFlags(t *testing.T) {
	for args, want := range map[string]string{
		"":                     "in which folder?",
		"a b":                  "one folder",
		"-sizes 2k a":          `no size "2k"`,
		"-variants x a":        `no variant "x"`,
		"-scenarios a,z a":     `no push "z"`,
		"-rounds 0 a":          "at least one round",
		"-sizes 1k,1M,100k a":  "",
		"-sizes none -hook a":  "",
		"-scenarios a,b2,g a":  "",
		"-plot-from file.json": "",
	} {
		_, err := parseFlags(strings.Fields(args), io.Discard)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
}

func TestWherePlainGoGitRuns(t *testing.T) {
	small, large := row{Commits: 1_000, Scenario: "b"}, row{Commits: 100_000, Scenario: "b"}
	graph, one := row{Commits: 1_000, Scenario: "a", Graph: true}, row{Commits: 1_000_000, Scenario: "a"}
	for mode, want := range map[string][4]bool{
		"none": {}, "all": {true, true, true, true}, "auto": {true, false, false, true}, "b,c": {true, true, false, false},
	} {
		for i, r := range []row{small, large, graph, one} {
			if got := (options{goGit: mode}).runsGoGit(r); got != want[i] {
				t.Errorf("%s: %+v: %v", mode, r, got)
			}
		}
	}
}
