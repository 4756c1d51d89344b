// Testrun runs go test as ./test does, and tells what a person wants to know of it:
// a line for each package when it is done, failures in full when they happen, and
// at the end what was left out and why, then go test's own lines, as it ends itself.
//
//	testrun [-race] [FLAG OF GO TEST ...] [PACKAGE ...]
//
// Without a package it is all of them.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "testrun:", err)
	}
	os.Exit(code)
}

func run(args []string) (int, error) {
	cmd := exec.Command("go", append([]string{"test", "-json"}, complete(args, isFolder)...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 2, err
	}
	if err := cmd.Start(); err != nil {
		return 2, err
	}
	r := newReport(os.Stdout)
	if err := r.read(out); err != nil {
		return 2, errors.Join(err, cmd.Wait())
	}
	failed := r.end()
	var exit *exec.ExitError
	switch err := cmd.Wait(); {
	case errors.As(err, &exit):
		return max(exit.ExitCode(), 1), nil
	case err != nil:
		return 2, err
	case failed:
		return 1, nil
	}
	return 0, nil
}

// takesValue are go test's flags whose value may be the next word.
var takesValue = " asmflags bench benchtime blockprofile blockprofilerate count covermode coverpkg coverprofile cpu cpuprofile exec fuzz" +
	" fuzzminimizetime fuzztime gcflags ldflags list memprofile memprofilerate mod modfile mutexprofile mutexprofilefraction o outputdir" +
	" overlay p parallel pgo run shuffle skip tags test.testlogfile timeout trace vet C "

// complete puts ./... behind flags alone, and ./ before a folder that is named
// without it, as the shell completes it. What is behind -args stays.
func complete(args []string, folder func(string) bool) []string {
	var done []string
	named := false
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "-args" || a == "--args":
			if !named {
				done = append(done, "./...")
			}
			return append(done, args[i:]...)
		case strings.HasPrefix(a, "-"):
			done = append(done, a)
			if strings.Contains(takesValue, " "+strings.TrimLeft(a, "-")+" ") && i+1 < len(args) {
				i++
				done = append(done, args[i])
			}
		default:
			named = true
			if !strings.HasPrefix(a, ".") && !filepath.IsAbs(a) && folder(strings.TrimSuffix(a, "/...")) {
				a = "./" + a
			}
			done = append(done, a)
		}
	}
	if !named {
		done = append(done, "./...")
	}
	return done
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
