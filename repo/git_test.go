package repo

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"jirahook/push"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, fact, advice string }{
		{"no repository", "not a git repository", "folder of a git repository"},
		{"no folder", "not a folder", ""},
		{"another's", "detected dubious ownership", "safe.directory"},
		{"newer format", "unknown repository extension found: refstorage", "put a newer git first into PATH"},
		{"no git", "git is not found", "PATH"},
		{"broken HEAD", "not a git repository", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t)
			tip := b.commit("A-1")
			b.push("main")
			dir, environ := b.server, b.environ()
			switch tt.name {
			case "no repository":
				dir = t.TempDir()
				environ = append(environ, "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
			case "no folder":
				dir = filepath.Join(b.server, "HEAD")
			case "another's":
				environ = append(environ, "GIT_TEST_ASSUME_DIFFERENT_OWNER=1")
			case "newer format":
				b.onServer("config", "core.repositoryFormatVersion", "1")
				b.onServer("config", "extensions.refStorage", "nonesuch")
				environ = append(environ, "GIT_DIR=.")
			case "no git":
				environ = append(environ, "PATH=/nonexistent")
			case "broken HEAD":
				environ = append(environ, "GIT_DIR=.")
				if err := os.Remove(filepath.Join(b.server, "HEAD")); err != nil {
					t.Fatal(err)
				}
			}
			r, err := Open(dir, environ)
			if err == nil {
				_, err = r.Read(context.Background(), []push.Update{{New: tip, Ref: "refs/heads/main"}}, Options{})
			}
			problem, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("error %#v", err)
			}
			if tt.name == "newer format" && strings.Contains(problem.Fact, "invalid value") {
				return // this git knows the extension and says so
			}
			if !strings.Contains(problem.Fact, tt.fact) || !strings.Contains(problem.Advice, tt.advice) {
				t.Errorf("fact %q, advice %q", problem.Fact, problem.Advice)
			}
			if strings.ContainsAny(problem.Fact+problem.Advice, "\n\t\x1b") {
				t.Errorf("more than a line: %q %q", problem.Fact, problem.Advice)
			}
		})
	}
}

func TestReasonIn(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "\n": "",
		"fatal: bad revision 'x'\n":                                  "bad revision 'x'",
		"hint: use git replace\nfatal: bad object 1234\ntrailing\n":  "bad object 1234",
		"error: one\nerror: two\n":                                   "two",
		"fatal: unknown repository extension found:\n\trefstorage\n": "unknown repository extension found: refstorage",
		"fatal: red \x1b[31m\xff " + strings.Repeat("é", 400):        "red  [31m\uFFFD " + strings.Repeat("é", 143) + "...",
	} {
		if got := reasonIn(in); got != want {
			t.Errorf("%q:\ngot  %q\nwant %q", in, got, want)
		}
	}
}

// beSlowGit is a git that has started another process and never ends.
func beSlowGit() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command(program)
	child.Args[0] = "child"
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	if err := child.Start(); err != nil {
		return err
	}
	return child.Wait()
}

// beChild lives until the test or a signal ends it.
func beChild() error {
	conn, err := net.Dial("unix", os.Getenv("TEST_SOCKET"))
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, conn)
	return err
}

// When the context ends, git and all that it started are gone.
func TestGitIsKilledWithItsChildren(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(dir, "git")); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "socket")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	r, err := Open(dir, []string{"PATH=" + dir, "GIT_DIR=.", "TEST_SOCKET=" + socket})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	failed := make(chan error, 1)
	go func() {
		_, err := r.Read(ctx, nil, Options{})
		failed <- err
	}()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if n, err := conn.Read(make([]byte, 1)); err != io.EOF && !errors.Is(err, os.ErrClosed) && !strings.Contains(err.Error(), "reset") {
		t.Errorf("read %d bytes, error %v", n, err)
	}
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// What git cannot read is an error in git's words, never half an answer.
func TestDamagedRepository(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	first := b.commit("A-1")
	b.commit("A-2")
	tip := b.commit("A-3")
	b.push("main")
	if err := os.Remove(filepath.Join(b.server, "objects", first[:2], first[2:])); err != nil {
		t.Fatal(err)
	}
	f, err := b.open().Read(context.Background(), []push.Update{{New: tip, Ref: "refs/heads/main"}}, Options{})
	if problem, ok := errors.AsType[*Error](err); !ok || !strings.HasPrefix(problem.Fact, "git rev-list: ") || len(f.Commits) != 0 {
		t.Errorf("found %q, error %v", told(f), err)
	}
	idOf := func(digits string) id { at, _ := parseID(digits); return at }
	err = b.open().git.read(context.Background(), []id{idOf(tip), idOf(first)}, func(id, *bufio.Reader) error { return nil })
	if _, ok := errors.AsType[*Error](err); !ok || !strings.Contains(err.Error(), first) {
		t.Errorf("error %v", err)
	}
	damaged := filepath.Join(b.server, "objects", tip[:2], tip[2:])
	if err := os.Remove(damaged); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(damaged, []byte("no object"), 0o600); err != nil {
		t.Fatal(err)
	}
	err = b.open().git.read(context.Background(), []id{idOf(tip)}, func(id, *bufio.Reader) error { return nil })
	if problem, ok := errors.AsType[*Error](err); !ok || !strings.HasPrefix(problem.Fact, "git cat-file: ") {
		t.Errorf("error %v", err)
	}
}

func TestOnlyIDsAreAskedFor(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	for _, id := range []string{"HEAD", "--all", "a\nb", absent + "^{tree}", strings.ToUpper(strings.Repeat("ab", 20))} {
		if f, err := b.open().Read(context.Background(), []push.Update{{New: id, Ref: "refs/heads/main"}}, Options{}); err == nil {
			t.Errorf("%q: found %+v", id, f)
		}
	}
}
