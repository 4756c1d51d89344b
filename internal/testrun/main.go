// Testrun runs go test as ./test does, and tells what a person wants to know of it:
// a line for each package when it is done, failures in full when they happen, and
// at the end what was left out and why, then go test's own lines, as it ends itself.
//
//	testrun [-race] [FLAG OF GO TEST ...] [PACKAGE ...]
//
// Without a package it is all of them.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "testrun:", err)
	}
	os.Exit(code)
}

// run is one run of go test, or up to three: with -race, packages that do nothing at
// the same time have theirs without it, and so have tests that it would see nothing of.
func run(args []string) (int, error) {
	c := complete(args, isFolder)
	runs := [][]string{c.words(c.flags)}
	// What go list cannot find go test says better.
	if packages, err := list(c.packages); err == nil {
		runs = c.apart(packages)
	}
	environ := os.Environ()
	if os.Getenv("TMPDIR") == "" { // else it is chosen
		if dir := inMemory(memory, roomy); dir != "" {
			defer os.RemoveAll(dir)
			environ = append(environ, "TMPDIR="+dir, "GOTMPDIR="+cmp.Or(os.Getenv("GOTMPDIR"), os.TempDir())) // programs are large
		}
	}
	// A signal is go test's, which ends; then the folder goes.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	r, code := newReport(os.Stdout), 0
	for _, words := range runs {
		one, err := goTest(r, words, environ, signals)
		if err != nil {
			return 2, err
		}
		code = max(code, one)
	}
	if r.end() {
		code = max(code, 1)
	}
	return code, nil
}

// goTest runs it and has its events told. A signal is passed on, and is an error once
// go test has ended.
func goTest(r *report, words, environ []string, signals <-chan os.Signal) (int, error) {
	cmd := exec.Command("go", append([]string{"test", "-json"}, words...)...)
	cmd.Stderr, cmd.Env = os.Stderr, environ
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 2, err
	}
	if err := cmd.Start(); err != nil {
		return 2, err
	}
	done, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		select {
		case s := <-signals:
			_ = cmd.Process.Signal(s)
			ended <- fmt.Errorf("ended by a signal: %v", s)
		case <-done:
			ended <- nil
		}
	}()
	if err := r.read(out); err != nil {
		return 2, errors.Join(err, cmd.Wait())
	}
	var exit *exec.ExitError
	err = cmd.Wait()
	close(done)
	if signalled := <-ended; signalled != nil {
		return 2, signalled
	}
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	return 0, err
}

// call is go test's command line, taken apart.
type call struct {
	flags    []string
	packages []string // patterns
	rest     []string // from -args on
}

func (c call) words(flags []string, packages ...string) []string {
	if packages == nil {
		packages = c.packages
	}
	return slices.Concat(flags, packages, c.rest)
}

// unwatched are packages that the race detector does not look into: SQLite and its C
// library, translated from C. They keep what they share in memory outside Go's, which
// it does not watch anyway, and looking took outbox's tests three times as long. Our
// own packages and the driver between are watched. A -gcflags of the caller's own comes
// later, and wins.
func unwatched() []string {
	return []string{"-gcflags=modernc.org/sqlite/lib=-race=false", "-gcflags=modernc.org/libc=-race=false"}
}

// apart are the runs of these packages, the longest first in each.
func (c call) apart(packages []listed) [][]string {
	slices.SortStableFunc(packages, func(a, b listed) int { return a.rank() - b.rank() })
	var names, apart, alone []string
	without := slices.DeleteFunc(slices.Clone(c.flags), isRace)
	for _, p := range packages {
		if p.Concurrent || len(without) == len(c.flags) {
			names = append(names, p.ImportPath)
			if p.Unraced {
				apart = append(apart, p.ImportPath)
			}
		} else {
			alone = append(alone, p.ImportPath)
		}
	}
	var runs [][]string
	if len(names) > 0 {
		flags := c.flags
		if len(without) < len(flags) {
			flags = append(unwatched(), flags...)
			if slices.ContainsFunc(flags, choosesTests) {
				apart = nil
			} else if len(apart) > 0 {
				flags = append(flags, "-skip="+unraced)
			}
		} else {
			apart = nil
		}
		runs = append(runs, c.words(flags, names...))
	}
	if len(apart) > 0 {
		runs = append(runs, c.words(append(slices.Clone(without), "-run="+unraced), apart...))
	}
	if len(alone) > 0 {
		runs = append(runs, c.words(without, alone...))
	}
	return runs
}

// choosesTests: whoever names tests has those, as go test would.
func choosesTests(flag string) bool {
	name, _, _ := strings.Cut(strings.TrimLeft(flag, "-"), "=")
	return name == "run" || name == "skip" || name == "fuzz" || name == "bench"
}

func isRace(flag string) bool { return flag == "-race" || flag == "--race" || flag == "-race=true" }

// takesValue are go test's flags whose value may be the next word.
var takesValue = " asmflags bench benchtime blockprofile blockprofilerate count covermode coverpkg coverprofile cpu cpuprofile exec fuzz" +
	" fuzzminimizetime fuzztime gcflags ldflags list memprofile memprofilerate mod modfile mutexprofile mutexprofilefraction o outputdir" +
	" overlay p parallel pgo run shuffle skip tags test.testlogfile timeout trace vet C "

// complete takes the words apart. No package is ./..., and a folder that is named
// without it gets ./, as the shell completes it. What is behind -args stays.
func complete(args []string, folder func(string) bool) call {
	var c call
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "-args" || a == "--args" {
			c.rest = args[i:]
			break
		}
		if strings.HasPrefix(a, "-") {
			c.flags = append(c.flags, a)
			if strings.Contains(takesValue, " "+strings.TrimLeft(a, "-")+" ") && i+1 < len(args) {
				i++
				c.flags = append(c.flags, args[i])
			}
			continue
		}
		if !strings.HasPrefix(a, ".") && !filepath.IsAbs(a) && folder(strings.TrimSuffix(a, "/...")) {
			a = "./" + a
		}
		c.packages = append(c.packages, a)
	}
	if len(c.packages) == 0 {
		c.packages = []string{"./..."}
	}
	return c
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
