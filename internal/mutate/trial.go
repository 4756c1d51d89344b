package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// trial runs the tests, each time with another text in the place of one file.
type trial struct {
	options
	dir string // for the changed file
}

func newTrial(o options) (*trial, error) {
	dir, err := os.MkdirTemp("", "mutate-")
	return &trial{o, dir}, err
}

func (t *trial) close() { _ = os.RemoveAll(t.dir) }

// unchanged runs the tests as they are, which must pass, twice: the first run
// builds what every other needs.
func (t *trial) unchanged(ctx context.Context) (took time.Duration, err error) {
	for range 2 {
		began := time.Now()
		out, err := t.test(ctx, nil)
		if err != nil {
			return 0, fmt.Errorf("the tests fail without any change: %w\n%s", err, out)
		}
		took = time.Since(began)
	}
	if t.timeout == 0 {
		t.timeout = 5*took + 30*time.Second
	}
	return took, nil
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
	out, err := t.test(ctx, append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" -overlay="+t.overlay()))
	if err == nil || ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if bytes.Contains(out, []byte("[build failed]")) || bytes.Contains(out, []byte("[setup failed]")) {
		return false, fmt.Errorf("the tests cannot be built: %s", out)
	}
	return true, nil
}

func (t *trial) overlay() string { return filepath.Join(t.dir, "overlay.json") }

func (t *trial) test(ctx context.Context, environment []string) ([]byte, error) {
	args := []string{"test", "-vet=off", "-count=1", "-failfast"}
	if t.timeout > 0 {
		args = append(args, "-timeout="+t.timeout.String())
	}
	cmd := exec.CommandContext(ctx, "go", append(append(args, t.flags...), t.tests...)...)
	cmd.Env = environment
	// What a killed test has started must not outlive it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	return cmd.CombinedOutput()
}
