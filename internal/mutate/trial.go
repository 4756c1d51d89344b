package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// trial runs the tests, each time with another text in the place of one file.
type trial struct {
	options
	dir      string // for the changed file, and the tests as programs
	packages []testPackage
}

// testPackage is a package whose tests are run.
type testPackage struct {
	dir, program string
	tests        []test
}

// test is one at the top of a package. Its file is the base name of the one that it
// stands in.
type test struct {
	name, file string
	took       time.Duration
}

// slow is how long a test takes that is left for the end.
const slow = time.Second

func newTrial(ctx context.Context, o options) (*trial, error) {
	dir, err := os.MkdirTemp("", "mutate-")
	t := &trial{options: o, dir: dir}
	if err != nil {
		return t, err
	}
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-f", "{{.Dir}}", "--"}, o.tests...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return t, fmt.Errorf("list the tests' packages: %w", err)
	}
	for n, dir := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		t.packages = append(t.packages, testPackage{dir: dir, program: filepath.Join(t.dir, strconv.Itoa(n)+".test")})
	}
	return t, nil
}

func (t *trial) close() { _ = os.RemoveAll(t.dir) }

// unchanged runs the tests as they are, which must pass, and finds out which there
// are and how long each takes.
func (t *trial) unchanged(ctx context.Context) (took time.Duration, err error) {
	for i := range t.packages {
		p := &t.packages[i]
		if out, err := t.build(ctx, *p, nil); err != nil {
			return 0, fmt.Errorf("the tests cannot be built: %w\n%s", err, out)
		}
		began := time.Now()
		out, err := t.run(ctx, *p, nil, "-test.v", "-test.run="+t.pattern)
		if err != nil {
			return 0, fmt.Errorf("the tests fail without any change: %w\n%s", err, out)
		}
		took += time.Since(began)
		if p.tests, err = testsOf(p.dir, string(out)); err != nil {
			return 0, err
		}
	}
	if t.timeout == 0 {
		t.timeout = 5*took + 30*time.Second
	}
	return took, nil
}

var passed = regexp.MustCompile(`(?m)^--- PASS: (\w+) \(([0-9.]+)s\)$`)

// testsOf reads which tests passed from what they print with -v.
func testsOf(dir, out string) ([]test, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	in := map[string]string{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "func "); ok {
				function, _, _ := strings.Cut(rest, "(")
				in[function] = filepath.Base(name)
			}
		}
	}
	var all []test
	for _, m := range passed.FindAllStringSubmatch(out, -1) {
		took, err := time.ParseDuration(m[2] + "s")
		if err != nil {
			return nil, err
		}
		all = append(all, test{m[1], in[m[1]], took})
	}
	return all, nil
}

// steps are the tests in the order in which they are tried on a change to a file:
// those in the file that is named like it, then the quick ones, then the others.
func (p testPackage) steps(changed string) [][]string {
	own := strings.TrimSuffix(filepath.Base(changed), ".go") + "_test.go"
	steps := make([][]string, 3)
	for _, t := range p.tests {
		n := 1
		switch {
		case t.file == own && filepath.Dir(changed) == p.dir:
			n = 0
		case t.took >= slow:
			n = 2
		}
		steps[n] = append(steps[n], t.name)
	}
	return slices.DeleteFunc(steps, func(s []string) bool { return len(s) == 0 })
}

// dies reports whether a test fails, or does not come to an end, with text as
// the content of a file.
func (t *trial) dies(ctx context.Context, name string, text []byte) (bool, error) {
	changed := filepath.Join(t.dir, filepath.Base(name))
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {name: changed}})
	if err != nil {
		return false, err
	}
	if err := errors.Join(os.WriteFile(changed, text, 0o600), os.WriteFile(t.overlay(), overlay, 0o600)); err != nil {
		return false, err
	}
	// By the environment, so that tests which build a program get it too.
	environment := append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" -overlay="+t.overlay())
	for _, p := range t.packages {
		if out, err := t.build(ctx, p, environment); err != nil {
			return false, errors.Join(context.Cause(ctx), fmt.Errorf("the tests cannot be built: %w\n%s", err, out))
		}
		for _, step := range p.steps(name) {
			run := "^(" + strings.Join(step, "|") + ")$"
			if strings.Contains(t.pattern, "/") {
				run = t.pattern // a part of a test
			}
			if _, err := t.run(ctx, p, environment, "-test.run="+run); err != nil || ctx.Err() != nil {
				return ctx.Err() == nil, context.Cause(ctx)
			}
		}
	}
	return false, nil
}

func (t *trial) overlay() string { return filepath.Join(t.dir, "overlay.json") }

func (t *trial) build(ctx context.Context, p testPackage, environment []string) ([]byte, error) {
	args := append([]string{"test", "-c", "-vet=off", "-o", p.program}, t.buildFlags...)
	cmd := exec.CommandContext(ctx, "go", append(args, p.dir)...)
	cmd.Env = environment
	return cmd.CombinedOutput()
}

func (t *trial) run(ctx context.Context, p testPackage, environment []string, flags ...string) ([]byte, error) {
	args := append([]string{"-test.failfast", "-test.timeout=" + t.timeout.String()}, t.testFlags...)
	cmd := exec.CommandContext(ctx, p.program, append(args, flags...)...)
	cmd.Dir, cmd.Env = p.dir, environment
	// What a killed test has started must not outlive it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	return cmd.CombinedOutput()
}

// sort sorts flags of go test: which tests are run, what else they are told, and
// what is for building them.
func (o *options) sort(flags []string) {
	for i := 0; i < len(flags); i++ {
		name, value, given := strings.Cut(strings.TrimLeft(flags[i], "-"), "=")
		next := func() string {
			if !given && i+1 < len(flags) {
				i++
				value = flags[i]
			}
			return value
		}
		switch name {
		case "run":
			o.pattern = next()
		case "skip", "count", "cpu", "parallel":
			o.testFlags = append(o.testFlags, "-test."+name+"="+next())
		case "short":
			o.testFlags = append(o.testFlags, "-test.short")
		default:
			o.buildFlags = append(o.buildFlags, flags[i])
		}
	}
}
