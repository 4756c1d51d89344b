package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// isolated is the environment of all that is run: nobody's git configuration or
// repository decides what is built and measured.
func isolated(extra ...string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GIT_") || strings.HasPrefix(v, "GIT_EXEC_PATH=") {
			env = append(env, v)
		}
	}
	env = append(env, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "LC_ALL=C",
		"GIT_COMMITTER_NAME=x", "GIT_COMMITTER_EMAIL=x@example.com")
	return append(env, extra...)
}

// repository is the folder of a bare repository.
type repository string

// initBare makes an empty repository that stays as it is left: git does not
// tidy it. A loss of power may cost it; it is built anew then.
func initBare(ctx context.Context, dir string) (repository, error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	if _, err := command(ctx, nil, nil, "git", "init", "-q", "--bare", "-b", "main", dir); err != nil {
		return "", err
	}
	r := repository(dir)
	return r, errors.Join(r.run(ctx, "config", "gc.auto", "0"),
		r.run(ctx, "config", "core.compression", "1"), r.run(ctx, "config", "core.fsync", "none"))
}

// run runs git in the repository.
func (r repository) run(ctx context.Context, args ...string) error {
	_, err := r.output(ctx, nil, args...)
	return err
}

// output runs git in the repository with an input that may be nil, and returns
// what it printed, without white space at the end.
func (r repository) output(ctx context.Context, in io.Reader, args ...string) (string, error) {
	return command(ctx, nil, in, "git", append([]string{"-C", string(r)}, args...)...)
}

// resolve is the object that a revision names.
func (r repository) resolve(ctx context.Context, revision string) (string, error) {
	return r.output(ctx, nil, "rev-parse", "--verify", revision)
}

// fastImport feeds a stream to git fast-import, which needs a "done" at its end.
func (r repository) fastImport(ctx context.Context, write func(io.Writer) error, args ...string) error {
	in, out := io.Pipe()
	go func() { out.CloseWithError(write(out)) }()
	defer in.Close()
	_, err := r.output(ctx, in, append([]string{"fast-import", "--quiet", "--force", "--done"}, args...)...)
	return err
}

// updateRefs feeds lines to git update-ref.
func (r repository) updateRefs(ctx context.Context, lines string) error {
	_, err := r.output(ctx, strings.NewReader(lines), "update-ref", "--stdin")
	return err
}

// command runs a program to its end and returns what it printed, without white
// space at the end; what it said on standard error is in the error.
func command(ctx context.Context, extraEnv []string, in io.Reader, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = isolated(extraEnv...)
	cmd.Stdin = in
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, bytes.TrimSpace(complaint.Bytes()))
	}
	return strings.TrimSpace(out.String()), nil
}

// link copies a repository; object files are shared by hard links, which is safe
// because git replaces them and never writes to one.
func (r repository) link(to string) (repository, error) {
	from := string(r)
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case strings.HasPrefix(rel, "objects"+string(filepath.Separator)):
			return os.Link(path, target)
		default:
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(target, content, 0o644)
		}
	})
	if err != nil {
		return "", fmt.Errorf("copy %s: %w", from, err)
	}
	return repository(to), nil
}
