package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// event is a line of go test -json (go doc test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string // of build-output
	Test       string
	Elapsed    float64
	Output     string
}

// report tells of the events as they come.
type report struct {
	out      io.Writer
	packages map[string]*pkg
	done     int
	lines    []string // go test's own, one for a package
	leftOut  []omission
	failed   bool
}

// omission is a test, or the rest of one, that did not run.
type omission struct{ why, test string }

// pkg is what a package's run has said so far.
type pkg struct {
	own   []string            // outside any test
	tests map[string][]string // those that are not over
	names []string            // in the order in which they began
}

func newReport(out io.Writer) *report {
	return &report{out: out, packages: map[string]*pkg{}}
}

func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				fmt.Fprintf(r.out, "%s", line) // of go itself
			} else {
				r.take(e)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) take(e event) {
	if e.Action == "build-output" {
		fmt.Fprint(r.out, e.Output)
		return
	}
	if e.Action == "build-fail" {
		r.failed = true
		return
	}
	p := r.packages[e.Package]
	if p == nil {
		p = &pkg{tests: map[string][]string{}}
		r.packages[e.Package] = p
	}
	switch {
	case e.Action == "output" && e.Test == "":
		p.own = append(p.own, e.Output)
	case e.Action == "output":
		if _, begun := p.tests[e.Test]; !begun {
			p.names = append(p.names, e.Test)
		}
		p.tests[e.Test] = append(p.tests[e.Test], e.Output)
	case e.Test == "":
		r.packageOver(p, e)
	case e.Action == "skip":
		r.leftOut = append(r.leftOut, omission{reason(p.tests[e.Test]), short(e.Package) + " " + e.Test})
		delete(p.tests, e.Test)
	case e.Action == "pass":
		for _, line := range p.tests[e.Test] {
			if m := stopped.FindStringSubmatch(line); m != nil {
				r.leftOut = append(r.leftOut, omission{m[1], "the rest of " + short(e.Package) + " " + e.Test})
			}
		}
		delete(p.tests, e.Test)
	case e.Action == "fail":
		r.print(p.tests[e.Test])
		delete(p.tests, e.Test)
	}
}

// stopped is what a test script prints when it ends early; the line that may do so,
// [!exec:x] stop 'why', is printed even where it does not.
var stopped = regexp.MustCompile(`^\s*stop: (.*)`)

func (r *report) packageOver(p *pkg, e event) {
	if e.Action != "pass" && e.Action != "fail" && e.Action != "skip" {
		return // start, pause and the like
	}
	r.done++
	if e.Action == "fail" {
		r.failed = true
		for _, name := range p.names { // a panic ends tests without a word
			r.print(p.tests[name])
		}
		r.print(p.own)
	}
	line := fmt.Sprintf("%s\t%s\t%.3fs\n", map[string]string{"pass": "ok  ", "fail": "FAIL", "skip": "?   "}[e.Action], e.Package, e.Elapsed)
	for _, own := range p.own {
		if strings.HasPrefix(own, "ok  \t") || strings.HasPrefix(own, "FAIL\t") || strings.HasPrefix(own, "?   \t") {
			line = own
		}
	}
	r.lines = append(r.lines, line)
	word := map[string]string{"pass": "passed", "fail": "FAILED", "skip": "no tests"}[e.Action]
	fmt.Fprintf(r.out, "%3d  %-8s %7.1f s  %s\n", r.done, word, e.Elapsed, short(e.Package))
	delete(r.packages, e.Package)
}

// print leaves away what go test would without -v.
func (r *report) print(lines []string) {
	for _, l := range lines {
		if !strings.HasPrefix(l, "=== ") && !strings.HasPrefix(l, "ok  \t") && !strings.HasPrefix(l, "FAIL\t") && l != "FAIL\n" && l != "PASS\n" {
			fmt.Fprint(r.out, l)
		}
	}
}

var place = regexp.MustCompile(`^\s*[^\s:]+\.go:\d+: `)

// reason is what a test said last before it was skipped.
func reason(output []string) string {
	for _, line := range slices.Backward(output) {
		line = strings.TrimSpace(place.ReplaceAllString(line, ""))
		if line != "" && !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "===") {
			return strings.TrimPrefix(line, "left out: ")
		}
	}
	return "it does not say why"
}

// end lists what was left out, then ends as go test does, and says whether anything
// failed.
func (r *report) end() bool {
	if len(r.leftOut) > 0 {
		fmt.Fprintf(r.out, "\nleft out: %d\n", len(r.leftOut))
		reasons := r.reasons()
		for _, why := range slices.Sorted(maps.Keys(reasons)) {
			fmt.Fprintln(r.out, "  "+why+reasons[why])
		}
	}
	fmt.Fprintln(r.out)
	for _, l := range r.lines {
		fmt.Fprint(r.out, l)
	}
	if r.failed {
		fmt.Fprintln(r.out, "FAIL")
	}
	return r.failed
}

// reasons are the tests that were left out for the same one, together: at most three
// by name.
func (r *report) reasons() map[string]string {
	tests := map[string][]string{}
	for _, l := range r.leftOut {
		tests[l.why] = append(tests[l.why], l.test)
	}
	named := map[string]string{}
	for why, list := range tests {
		slices.Sort(list)
		named[why] = ": " + strings.Join(list[:min(3, len(list))], ", ")
		if len(list) > 3 {
			named[why] += fmt.Sprintf(" and %d more", len(list)-3)
		}
	}
	return named
}

func short(pkg string) string { return strings.TrimPrefix(pkg, "jirahook/") }
