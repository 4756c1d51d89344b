package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// builder builds the programs that are compared, as they are shipped: static and
// without the build machine's paths.
type builder struct {
	module string // the module's folder
	out    string // where programs go
}

// newBuilder finds the module of the working folder.
func newBuilder(ctx context.Context, out string) (builder, error) {
	file, err := command(ctx, nil, nil, "go", "env", "GOMOD")
	if err != nil {
		return builder{}, err
	}
	if file == "" || file == os.DevNull {
		return builder{}, fmt.Errorf("run it in the module's folder: go run ./bench/walk")
	}
	return builder{module: filepath.Dir(file), out: out}, os.MkdirAll(out, 0o755)
}

// build builds the package in a folder of the module, which may be a module of
// its own, and returns the program.
func (b builder) build(ctx context.Context, folder string, flags ...string) (string, error) {
	program := filepath.Join(b.out, filepath.Base(folder))
	args := append([]string{"build", "-C", filepath.Join(b.module, folder), "-trimpath", "-o", program}, flags...)
	_, err := command(ctx, []string{"CGO_ENABLED=0"}, nil, "go", append(args, ".")...)
	return program, err
}

// ours is bench/newcommits, or another program that is used as it is.
func (b builder) ours(ctx context.Context, program string) (string, error) {
	if program == "" {
		return b.build(ctx, "bench/newcommits")
	}
	return filepath.Abs(program)
}

// jirahook is the program as it is shipped.
func (b builder) jirahook(ctx context.Context) (string, error) {
	return b.build(ctx, "cmd/jirahook", "-ldflags", "-s -w")
}

// askGit is the question to git: what the new values reach, and neither an old
// value nor any other ref. It is --glob and not --all, which counts HEAD whatever
// is excluded.
func askGit(git string, s scenario) process {
	argv := []string{git, "-C", s.Repository, "rev-list", "--format=%B"}
	for _, u := range s.Updates {
		if u.New != zeroID {
			argv = append(argv, u.New)
		}
	}
	argv = append(argv, "--not")
	for _, u := range s.Updates {
		if u.Old != zeroID {
			argv = append(argv, u.Old)
		}
	}
	for _, u := range s.Updates {
		argv = append(argv, "--exclude="+u.Ref)
	}
	return process{argv: append(argv, "--glob=refs/*")}
}

// askProgram is the same question to a program that takes the repository as its
// argument and reads ref lines.
func askProgram(program string, s scenario) process {
	return process{argv: []string{program, s.Repository}, stdin: s.lines()}
}

// findGit is git's path, and its version in words.
func findGit(ctx context.Context) (path, version string, err error) {
	if path, err = exec.LookPath("git"); err != nil {
		return "", "", err
	}
	version, err = command(ctx, nil, nil, path, "version")
	return path, strings.Replace(version, "git version", "git", 1), err
}
