package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tiny puts a package of its own with a test into the working folder.
func tiny(t *testing.T, code, test string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"go.mod": "module tiny\n\ngo 1.26\n", "tiny.go": code, "tiny_test.go": test} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMutants(t *testing.T) {
	tiny(t, `package tiny

type pair struct{ a, b int }

func kinds(n int, s string, ok bool) (pair, string, error) {
	n -= 2
	if n < 7 && !ok {
		n++
	}
	switch {
	case n == 3:
		println(s + "x")
		return pair{a: n}, s, nil
	}
	return pair{}, "", nil
}

func no() bool { return false }
`, "package tiny\n")
	p, err := load(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range p.mutants() {
		if p.compiles(m.file, p.changed(m)) {
			got = append(got, strings.TrimPrefix(p.sight(m), filepath.Base(p.dir)+"/tiny.go: "))
		}
	}
	want := []string{
		"n -= 2 => ",
		"n -= 2 => n += 2",
		"n -= 2 => n -= (2 + 1)",
		"if n < 7 && !ok { => if !(n < 7 && !ok) {",
		"if n < 7 && !ok { => if n < 7 {",
		"if n < 7 && !ok { => if !ok {",
		"if n < 7 && !ok { => if n <= 7 && !ok {",
		"if n < 7 && !ok { => if n < (7 + 1) && !ok {",
		"if n < 7 && !ok { => if n < 7 && ok {",
		"n++ => n--",
		"case n == 3: => case n != 3:",
		"case n == 3: => case n == (3 + 1):",
		`println(s + "x") => `,
		"return pair{a: n}, s, nil => return *new(pair), s, nil",
		`return pair{a: n}, s, nil => return pair{a: n}, "", nil`,
		"func no() bool { return false } => func no() bool { return true }",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestScore(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for each change")
	}
	tiny(t, "package tiny\n\nfunc isLarge(n int) bool { return n > 9 }\n", `package tiny

import "testing"

func TestIsLarge(t *testing.T) {
	if isLarge(3) || !isLarge(10) {
		t.Error("wrong")
	}
}
`)
	var out bytes.Buffer
	// Three changes: false, n >= 9, n > 9+1.
	if err := run(t.Context(), []string{"-n", "0", "-least", "60", "."}, &out); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"tiny.go:3 (boundary)", "+ func isLarge(n int) bool { return n >= 9 }", "tiny: 2 of 3 died, 66.7 %"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	if strings.Count(out.String(), "lived:") != 1 {
		t.Errorf("lived:\n%s", out.String())
	}
	if err := run(t.Context(), []string{"-n", "0", "-least", "70", "."}, &out); err == nil {
		t.Error("too few died, and all is well")
	}
}

// until ends a context when what is written holds a word.
type until struct {
	bytes.Buffer
	word string
	end  func()
}

func (u *until) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(u.word)) {
		u.end()
	}
	return u.Buffer.Write(p)
}

// Who is interrupted tells the score so far, if there is one.
func TestInterrupted(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for each change")
	}
	tiny(t, "package tiny\n\nfunc isLarge(n int) bool { return n > 9 }\n", "package tiny\n\nimport \"testing\"\n\nfunc TestIsLarge(*testing.T) { isLarge(3) }\n")
	for word, score := range map[string]string{"places to change": "", "lived": "tiny: 0 of 1 died, 0.0 %"} {
		ctx, end := context.WithCancel(t.Context())
		out := &until{word: word, end: end}
		if err := run(ctx, []string{"-n", "0", "."}, out); err == nil || strings.Contains(out.String(), " died") != (score != "") || !strings.Contains(out.String(), score) {
			t.Errorf("until %q: %v\n%s", word, err, &out.Buffer)
		}
	}
}

// A test that fails anyway would kill everything.
func TestTestsMustPass(t *testing.T) {
	tiny(t, "package tiny\n\nvar x = 1\n", "package tiny\n\nimport \"testing\"\n\nfunc TestX(t *testing.T) { t.Error(x) }\n")
	if err := run(t.Context(), []string{"."}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "without any change") {
		t.Errorf("error: %v", err)
	}
}

// A change to a file is tried by the tests in the file of its name first, and by slow
// ones last; what does not pass, or is a part, is none of them.
func TestSteps(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a_test.go": "func TestA(t *testing.T) {}\nfunc TestB(t *testing.T) {}\n", "b_test.go": "func TestC(t *testing.T) {}\nfunc TestSlow(t *testing.T) {}\nfunc TestLeftOut(t *testing.T) {}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const out = "=== RUN   TestA\n--- PASS: TestA (0.10s)\n    --- PASS: TestA/part (0.00s)\n--- PASS: TestB (0.99s)\n--- PASS: TestC (0.00s)\n--- PASS: TestSlow (1.00s)\n--- SKIP: TestLeftOut (0.00s)\nPASS\n"
	tests, err := testsOf(dir, out)
	if err != nil {
		t.Fatal(err)
	}
	p := testPackage{dir: dir, tests: tests}
	for changed, want := range map[string]string{"a.go": "TestA TestB, TestC, TestSlow", "b.go": "TestC TestSlow, TestA TestB", "c.go": "TestA TestB TestC, TestSlow", "../other/a.go": "TestA TestB TestC, TestSlow"} {
		var got []string
		for _, step := range p.steps(filepath.Join(dir, changed)) {
			got = append(got, strings.Join(step, " "))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %q, want %q", changed, got, want)
		}
	}
}

// Changes that make no difference are known by their line, those too of which nothing
// is left behind the arrow.
func TestEquivalents(t *testing.T) {
	tiny(t, "package tiny\n\nfunc f(n int) {\n\tn += 7\n\tprintln(n)\n}\n", "package tiny\n")
	p, err := load(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	at := filepath.Base(p.dir) + "/tiny.go: "
	known := knownEquivalents("# Nothing is said.\n" + at + "println(n) =>\n" + at + "n += 7 => n += (7 + 1)\n")
	for _, m := range p.mutants() {
		if !p.isAmong(known, m) {
			left = append(left, strings.TrimPrefix(p.sight(m), at))
		}
	}
	if !slices.Equal(left, []string{"n += 7 => ", "n += 7 => n -= 7"}) {
		t.Errorf("%q", left)
	}
}

// Flags of go test say which tests are run, what else they are told, and how they are
// built.
func TestFlags(t *testing.T) {
	var o options
	o.sort([]string{"-short", "-run", "TestA|TestB", "--skip=TestC", "-race", "-parallel", "2", "-tags=x"})
	if o.pattern != "TestA|TestB" || !slices.Equal(o.testFlags, []string{"-test.short", "-test.skip=TestC", "-test.parallel=2"}) || !slices.Equal(o.buildFlags, []string{"-race", "-tags=x"}) {
		t.Errorf("%+v", o)
	}
}
