package repo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jirahook/push"
)

// TestReftable needs a git that has reftables (2.45): the one in the PATH, or
// that in the folder JIRAHOOK_TEST_GIT, which .ci/git builds and ./test finds; "none"
// says that it could not be built.
func TestReftable(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	t.Parallel()
	path := os.Getenv("PATH")
	if dir := os.Getenv("JIRAHOOK_TEST_GIT"); dir != "" {
		path = dir + ":" + path
	}
	probe := &bed{t: t, path: path, clock: 1_700_000_000, clone: filepath.Join(t.TempDir(), "probe")}
	if _, err := probe.try(t.TempDir(), "", "init", "-q", "--bare", "--ref-format=reftable", probe.clone); err != nil {
		if os.Getenv("CI") == "true" && os.Getenv("JIRAHOOK_TEST_GIT") != "none" {
			t.Fatalf("no git with reftables: %v", err)
		}
		t.Skipf("this git makes no reftable repositories (git 2.45 does; .ci/git builds one): %v", err)
	}
	b := newBedWith(t, path, "--ref-format=reftable")
	for _, s := range scenarios {
		b.scenario(t, s)
	}
	tip := b.onServer("rev-parse", "main")
	if f := b.read(Options{}, line("-", tip, "refs/heads/main")); !strings.HasPrefix(f.By, "git: not read without git: ") || !strings.Contains(f.By, "reftable") {
		t.Errorf("read by %q", f.By)
	}
}

// In pre-receive the new objects are in a quarantine folder, for a small push
// as files, for a large one as a pack.
func TestQuarantine(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	t.Parallel()
	for _, limit := range []string{"1", "1000"} {
		b := newBed(t)
		b.onServer("config", "receive.unpackLimit", limit)
		b.commit("A-1")
		b.push("main")
		b.commit("A-2")
		b.git("tag", "-a", "-m", "v1", "v1")
		p, err := b.tryPush("main", "v1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"A-2 new main"}, told(p.pre.Facts)); diff != "" {
			t.Errorf("unpackLimit %s: %s", limit, diff)
		}
	}
}

// Forks share objects with the repository they come from; git follows
// alternates by itself, relative ones too.
func TestAlternates(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	b.push("main")
	b.commit("A-2 in the pool")
	b.push("main:pooled")
	fork := filepath.Join(filepath.Dir(b.server), "fork.git")
	b.run(b.clone, "init", "-q", "--bare", "-b", "main", fork)
	if err := os.WriteFile(filepath.Join(fork, "objects/info/alternates"), []byte("../../server.git/objects\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.run(fork, "update-ref", "refs/heads/main", b.git("rev-parse", "main~1"))
	b.git("remote", "add", "fork", fork)
	b.commit("A-3 in the fork")
	b.git("push", "-q", "fork", "main:topic")
	r, err := Open(fork, append(b.environ(), "GIT_DIR=."))
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Read(context.Background(), []push.Update{{New: b.git("rev-parse", "main"), Ref: "refs/heads/topic"}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	// The pool's refs are not the fork's: A-2 is new here.
	if diff := cmp.Diff([]string{"A-2 in the pool new topic", "A-3 in the fork new topic"}, told(f)); diff != "" {
		t.Error(diff)
	}
}

func TestShallow(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	b.commit("A-2")
	b.commit("A-3")
	b.push("main")
	shallow := filepath.Join(filepath.Dir(b.server), "shallow.git")
	b.run(b.clone, "clone", "-q", "--bare", "--depth=2", "file://"+b.server, shallow)
	r, err := Open(shallow, append(b.environ(), "GIT_DIR=."))
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Read(context.Background(), []push.Update{{New: b.git("rev-parse", "main"), Ref: "refs/heads/main"}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"A-2 new main", "A-3 new main"}, told(f)); diff != "" {
		t.Error(diff)
	}
	if parents := f.Commits[0].Parents; len(parents) != 0 {
		t.Errorf("parents %q, but the history ends here", parents)
	}
}

// Replaced commits and grafts are git's to see or not to see: Gitea pushes with
// GIT_NO_REPLACE_OBJECTS.
func TestReplacedCommit(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	b.commit("A-2")
	tip := b.commit("A-3")
	b.push("main")
	b.onServer("replace", "--graft", tip, tip+"~2")
	update := []push.Update{{New: tip, Ref: "refs/heads/main"}}
	for _, tt := range []struct {
		variable string
		want     []string
	}{
		{"X=1", []string{"A-1 new main", "A-3 new main"}},
		{"GIT_NO_REPLACE_OBJECTS=1", []string{"A-1 new main", "A-2 new main", "A-3 new main"}},
	} {
		r, err := Open(b.server, append(b.environ(), "GIT_DIR=.", tt.variable))
		if err != nil {
			t.Fatal(err)
		}
		f, err := r.Read(context.Background(), update, Options{})
		if err != nil {
			t.Fatal(err)
		}
		checkOrder(t, f.Commits)
		if diff := cmp.Diff(tt.want, told(f)); diff != "" {
			t.Errorf("%s: %s", tt.variable, diff)
		}
	}
}

func TestGrafts(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	first := b.commit("A-1")
	b.commit("A-2")
	tip := b.commit("A-3")
	b.push("main")
	if err := os.WriteFile(filepath.Join(b.server, "info/grafts"), []byte(tip+" "+first+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"A-1 new main", "A-3 new main"}, told(b.read(Options{}, line("-", tip, "refs/heads/main")))); diff != "" {
		t.Error(diff)
	}
}

// A repository that somebody also works in: the hook runs in .git.
func TestPushToAWorkingCopy(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	b.push("main")
	b.onServer("config", "core.bare", "false")
	work := filepath.Join(filepath.Dir(b.server), "work")
	if err := os.Mkdir(work, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(b.server, filepath.Join(work, ".git")); err != nil {
		t.Fatal(err)
	}
	b.run(work, "reset", "-q", "--hard")
	b.run(work, "config", "receive.denyCurrentBranch", "updateInstead")
	b.git("remote", "set-url", "origin", work)
	b.commit("A-2")
	if diff := cmp.Diff([]string{"A-2 new main"}, told(b.push("main"))); diff != "" {
		t.Error(diff)
	}
}

// A namespace is a repository of its own, whose objects are shared
// (gitnamespaces(7)). The ref lines do not name it.
func TestNamespace(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	b.push("main")
	tip := b.commit("A-2")
	b.push("main")
	b.onServer("update-ref", "refs/namespaces/fork/refs/heads/master", tip+"~1")
	b.onServer("update-ref", "refs/namespaces/fork/refs/heads/topic", tip)
	b.onServer("symbolic-ref", "refs/namespaces/fork/HEAD", "refs/namespaces/fork/refs/heads/master")
	r, err := Open(b.server, append(b.environ(), "GIT_DIR=.", "GIT_NAMESPACE=fork"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Read(context.Background(), []push.Update{{New: tip, Ref: "refs/heads/topic"}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if f.DefaultBranch != "master" {
		t.Errorf("default branch %q", f.DefaultBranch)
	}
	if diff := cmp.Diff([]string{"A-2 new topic"}, told(f)); diff != "" {
		t.Error(diff)
	}
}

// In a clone HEAD is what somebody has checked out.
func TestDefaultBranchOfAClone(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	b.push("main")
	clone := filepath.Join(filepath.Dir(b.clone), "another")
	b.run(b.clone, "clone", "-q", b.server, clone)
	b.run(clone, "checkout", "-q", "-b", "topic")
	check := func(want string) {
		t.Helper()
		r, err := Open(clone, b.environ())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.DefaultBranch(); got != want || err != nil {
			t.Errorf("default branch %q, want %q, error %v", got, want, err)
		}
	}
	check("main")
	// As CI does it: a commit is checked out, no branch, no HEAD of the origin.
	b.run(clone, "checkout", "-q", "--detach")
	b.run(clone, "remote", "set-head", "origin", "-d")
	b.run(clone, "branch", "-q", "-D", "main", "topic")
	check("main")
}

func TestMessages(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	t.Parallel()
	b := newBed(t)
	b.commit("A-0")
	b.push("main")
	people := "author J\xfcrgen <j@example.com> 1700000000 +0530\ncommitter =?x? <> 1700000001 -0300\n"
	huge := strings.Repeat("é", MessageLimit/2-1) + "x"
	for _, m := range []struct {
		name, header, message string
		want, author          string
		cut                   bool
	}{
		{"Latin-1", people + "encoding ISO-8859-1\n", "A-1 Gr\xfcn \xe4ndern\n", "A-1 Grün ändern\n", "Jürgen", false},
		{"a lying header", "author J\u00fcrgen <j@example.com> 1 +0000\ncommitter c <c> 1 +0000\nencoding ISO-8859-1\n", "A-2 Grün\n", "A-2 Grün\n", "Jürgen", false},
		{"an unknown one", people + "encoding X-Nonsense\n", "A-3 Gr\xfcn ok\n", "A-3 Gr\uFFFDn ok\n", "J\uFFFDrgen", false},
		{"none", people, "A-4 Gr\xfcn\n", "A-4 Grün\n", "Jürgen", false},
		{"line ends and NUL", people, "A-5 a\r\nb\rc\x00d\n\r\n", "A-5 a\nb\nc\uFFFDd\n\n", "Jürgen", false},
		{"a signature", people + "gpgsig -----BEGIN\n encoding KOI8-R\n author x <y> 1 +0000\n \n end\n", "A-6 signed\n", "A-6 signed\n", "Jürgen", false},
		{"no message", people, "", "", "Jürgen", false},
		{"just fits", people, huge, huge, "Jürgen", false},
		{"cut in a character", people, "a" + huge[:len(huge)-1] + "é", "a" + huge[:len(huge)-1], "Jürgen", true},
		{"far too long", people, strings.Repeat("A-9 long\n", 1<<18), strings.Repeat("A-9 long\n", 1<<18)[:MessageLimit], "Jürgen", true},
	} {
		t.Run(m.name, func(t *testing.T) {
			outer := b.t
			b.t = t
			defer func() { b.t = outer }()
			id := b.raw("tree %T\nparent %P\n"+m.header, m.message)
			f := b.push("main")
			if len(f.Commits) != 1 || f.Commits[0].ID != id {
				t.Fatalf("%d commits", len(f.Commits))
			}
			c := f.Commits[0]
			if c.Message != m.want || c.Cut != m.cut || c.Author.Name != m.author || c.Author.Email != "j@example.com" {
				t.Errorf("message %.60q of %d bytes, want %.60q of %d; cut %v; author %+v", c.Message, len(c.Message), m.want, len(m.want), c.Cut, c.Author)
			}
			if m.name == "none" {
				if got := fmt.Sprint(c.Author.When.Format("2006-01-02T15:04:05Z07:00"), c.Committer); got != "2023-11-15T03:43:20+05:30{=?x?  2023-11-14 19:13:21 -0300 -0300}" {
					t.Errorf("people and dates: %s", got)
				}
			}
		})
	}
}
