package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// go test's flags and packages in any order; no package is all of them.
func TestComplete(t *testing.T) {
	t.Parallel()
	folder := func(name string) bool { return name == "outbox" || name == "repo" }
	for in, want := range map[string]string{
		"":                                "./...",
		"-short":                          "-short ./...",
		"-race -run outbox":               "-race -run outbox ./...",
		"./outbox -run X":                 "-run X ./outbox",
		"-run X outbox repo/...":          "-run X ./outbox ./repo/...",
		"-run=X":                          "-run=X ./...",
		"jirahook/outbox":                 "jirahook/outbox",
		"-count 1 -v -args outbox":        "-count 1 -v ./... -args outbox",
		"--timeout 5m ./repo -args -slow": "--timeout 5m ./repo -args -slow",
	} {
		c := complete(strings.Fields(in), folder)
		if got := strings.Join(c.words(c.flags), " "); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// With -race, what does nothing at the same time is tested without; the longest
// come first, and SQLite's engine is not looked into. Without it all are in one run.
func TestApart(t *testing.T) {
	t.Parallel()
	engine := strings.Join(unwatched(), " ") + " "
	packages := []listed{{ImportPath: "jirahook/plan"}, {ImportPath: "jirahook/jira", Concurrent: true}, {ImportPath: "jirahook/outbox", Concurrent: true, Unraced: true}}
	for in, want := range map[string]string{
		"-short":                         "-short jirahook/outbox jirahook/plan jirahook/jira",
		"-race -run X -args -v":          engine + "-race -run X jirahook/outbox jirahook/jira -args -v\n-run X jirahook/plan -args -v",
		"-race":                          engine + "-race -skip=" + unraced + " jirahook/outbox jirahook/jira\n-run=" + unraced + " jirahook/outbox\njirahook/plan",
		"-timeout=1m -race=true -skip=Y": engine + "-timeout=1m -race=true -skip=Y jirahook/outbox jirahook/jira\n-timeout=1m -skip=Y jirahook/plan",
	} {
		c := complete(strings.Fields(in), func(string) bool { return false })
		var got []string
		for _, run := range c.apart(slices.Clone(packages)) {
			got = append(got, strings.Join(run, " "))
		}
		if strings.Join(got, "\n") != want {
			t.Errorf("%q:\n%s", in, strings.Join(got, "\n"))
		}
	}
}

// What starts something beside itself, or is made for those that do, is found.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"func f() { f() }":               false,
		"var o = sync.OnceValue(f)":      false,
		"func f() { go f() }":            true,
		"func f() { group.Go(f) }":       true,
		"type s struct { m sync.Mutex }": true,
		"var n atomic.Int64":             true,
		"var a = time.AfterFunc(1, f)":   true,
		"var s http.Server":              true,
	} {
		file := filepath.Join(t.TempDir(), "a.go")
		if err := os.WriteFile(file, []byte("package a\n\n"+text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := concurrent(tree); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	packages, err := list([]string{"jirahook/...", "jirahook/outbox"})
	if err != nil {
		t.Fatal(err)
	}
	found, apart := map[string]bool{}, []string{}
	for _, p := range packages {
		found[short(p.ImportPath)] = p.Concurrent
		if p.Unraced && !slices.Contains(apart, short(p.ImportPath)) {
			apart = append(apart, short(p.ImportPath))
		}
	}
	if strings.Join(apart, " ") != "cmd/jirahook outbox" {
		t.Errorf("tests without the detector: %q", apart)
	}
	if len(found) < 20 || !found["outbox"] || !found["jira"] || !found["repo"] || !found["cmd/jirahook"] || found["plan"] || found["parser"] {
		t.Errorf("concurrent: %v", found)
	}
}

// What a person sees: a package a line, failures in full and at once and without
// what else the package said, what was left out with its reason, go test's ending.
func TestReport(t *testing.T) {
	t.Parallel()
	events := `{"Action":"start","Package":"jirahook/plan"}
{"Action":"run","Package":"jirahook/plan","Test":"TestQuiet"}
{"Action":"output","Package":"jirahook/plan","Test":"TestQuiet","Output":"=== RUN   TestQuiet\n"}
{"Action":"output","Package":"jirahook/plan","Test":"TestQuiet","Output":"    a_test.go:1: of no interest\n"}
{"Action":"pass","Package":"jirahook/plan","Test":"TestQuiet","Elapsed":1}
{"Action":"output","Package":"jirahook/plan","Test":"TestRoot","Output":"=== RUN   TestRoot\n"}
{"Action":"output","Package":"jirahook/plan","Test":"TestRoot","Output":"    b_test.go:7: left out: only root can\n"}
{"Action":"output","Package":"jirahook/plan","Test":"TestRoot","Output":"--- SKIP: TestRoot (0.00s)\n"}
{"Action":"skip","Package":"jirahook/plan","Test":"TestRoot","Elapsed":0}
{"Action":"output","Package":"jirahook/plan","Test":"TestScripts/disk","Output":"        > [missing:x] stop 'there is no x'\n"}
{"Action":"output","Package":"jirahook/plan","Test":"TestScripts/disk","Output":"        > [!mount] stop 'a full disk needs root'\n"}
{"Action":"output","Package":"jirahook/plan","Test":"TestScripts/disk","Output":"        stop: a full disk needs root\n"}
{"Action":"pass","Package":"jirahook/plan","Test":"TestScripts/disk","Elapsed":0}
{"Action":"output","Package":"jirahook/plan","Output":"ok  \tjirahook/plan\t(cached)\n"}
{"Action":"pass","Package":"jirahook/plan","Elapsed":0.5}
{"ImportPath":"jirahook/jira","Action":"build-output","Output":"jira/x.go:1:1: undefined: y\n"}
{"ImportPath":"jirahook/jira","Action":"build-fail"}
{"Action":"output","Package":"jirahook/jira","Output":"FAIL\tjirahook/jira [build failed]\n"}
{"Action":"fail","Package":"jirahook/jira","Elapsed":0,"FailedBuild":"jirahook/jira"}
{"Action":"output","Package":"jirahook/repo","Test":"TestBad","Output":"=== RUN   TestBad\n"}
{"Action":"output","Package":"jirahook/repo","Test":"TestBad","Output":"    c_test.go:3: 1, want 2\n"}
{"Action":"output","Package":"jirahook/repo","Test":"TestBad","Output":"--- FAIL: TestBad (0.00s)\n"}
{"Action":"fail","Package":"jirahook/repo","Test":"TestBad","Elapsed":0}
{"Action":"output","Package":"jirahook/repo","Test":"TestHung","Output":"panic: oh\n"}
{"Action":"output","Package":"jirahook/repo","Output":"FAIL\tjirahook/repo\t2.000s\n"}
{"Action":"output","Package":"jirahook/repo","Output":"FAIL\n"}
{"Action":"fail","Package":"jirahook/repo","Elapsed":2}
`
	want := `  1  passed       0.5 s  plan
jira/x.go:1:1: undefined: y
  2  FAILED       0.0 s  jira
    c_test.go:3: 1, want 2
--- FAIL: TestBad (0.00s)
panic: oh
  3  FAILED       2.0 s  repo

left out: 2
  a full disk needs root: the rest of plan TestScripts/disk
  only root can: plan TestRoot

ok  	jirahook/plan	(cached)
FAIL	jirahook/jira [build failed]
FAIL	jirahook/repo	2.000s
FAIL
`
	var out strings.Builder
	r := newReport(&out)
	if err := r.read(strings.NewReader(events)); err != nil {
		t.Fatal(err)
	}
	if failed := r.end(); !failed || out.String() != want {
		t.Errorf("failed: %v; got\n%s", failed, out.String())
	}
	good := slices.DeleteFunc(strings.SplitAfter(events, "\n"), func(l string) bool { return !strings.Contains(l, "jirahook/plan") })
	out.Reset()
	r = newReport(&out)
	if err := r.read(strings.NewReader(strings.Join(good, ""))); err != nil || r.end() || !strings.HasSuffix(out.String(), "\nok  \tjirahook/plan\t(cached)\n") {
		t.Errorf("%v; got\n%s", err, out.String())
	}
}
