package repo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"jirahook/push"
)

// TestMain lets the test binary be a hook of a repository: git starts it by the
// hook's name, and it leaves what it read in the folder $BED_OUT. It is also a
// git that never ends (git_test.go).
func TestMain(m *testing.M) {
	var err error
	switch name := filepath.Base(os.Args[0]); name {
	case "pre-receive", "post-receive":
		err = beHook(name)
	case "git":
		err = beSlowGit()
	case "child":
		err = beChild()
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// hookRun is what a hook was given and what it found.
type hookRun struct {
	Updates []push.Update
	Facts   Facts
}

func beHook(name string) error {
	updates, err := push.ReadUpdates(os.Stdin)
	if err != nil {
		return err
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	r, err := Open(filepath.Join(dir, os.Getenv("GIT_DIR")), os.Environ())
	if err != nil {
		return err
	}
	facts, err := readBoth(r, updates, Options{})
	if err != nil {
		return err
	}
	out, err := json.Marshal(hookRun{updates, facts})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(os.Getenv("BED_OUT"), name), out, 0o600)
}

// readBoth reads a push as Read does, and once more by git alone: both sources
// must find the same.
func readBoth(r *Repository, updates []push.Update, opts Options) (Facts, error) {
	facts, err := r.Read(context.Background(), updates, opts)
	if err != nil {
		return Facts{}, err
	}
	byGit := *r
	byGit.onlyGit = "to compare"
	again, err := byGit.Read(context.Background(), updates, opts)
	if err != nil {
		return Facts{}, err
	}
	again.By = facts.By
	if diff := cmp.Diff(again, facts, cmpopts.EquateEmpty()); diff != "" {
		return Facts{}, fmt.Errorf("%s differs from git: %s", facts.By, diff)
	}
	return facts, nil
}

// bed is a bare repository with hooks, and a clone of it to push from.
type bed struct {
	t      *testing.T
	path   string // PATH, with the git of this bed
	server string
	clone  string
	out    string
	clock  int
}

func newBed(t *testing.T, initOptions ...string) *bed {
	t.Helper()
	return newBedWith(t, os.Getenv("PATH"), initOptions...)
}

func newBedWith(t *testing.T, path string, initOptions ...string) *bed {
	t.Helper()
	dir := t.TempDir()
	b := &bed{t: t, path: path, server: filepath.Join(dir, "server.git"), clone: filepath.Join(dir, "clone"), out: filepath.Join(dir, "out"), clock: 1_700_000_000}
	// What is written need not outlive the test, nor be tidied: git would start a
	// process for that after each commit and push.
	if err := os.WriteFile(filepath.Join(dir, "gitconfig"), []byte("[core]\n\tfsync = none\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.run(dir, append([]string{"init", "-q", "--bare", "-b", "main", b.server}, initOptions...)...)
	b.run(dir, append([]string{"init", "-q", "-b", "main", b.clone}, initOptions...)...)
	b.git("remote", "add", "origin", b.server)
	if err := os.Mkdir(b.out, 0o700); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, hook := range []string{"pre-receive", "post-receive"} {
		if err := os.Symlink(program, filepath.Join(b.server, "hooks", hook)); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// environ is git's environment in tests: nothing of this machine's settings,
// people and dates that are always the same.
func (b *bed) environ() []string {
	date := fmt.Sprintf("%d +0100", b.clock)
	return []string{
		"PATH=" + b.path, "HOME=" + filepath.Dir(b.clone), "LC_ALL=C", "BED_OUT=" + b.out,
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + filepath.Join(filepath.Dir(b.clone), "gitconfig"), "GIT_TERMINAL_PROMPT=0",
		"GORACE=atexit_sleep_ms=0", // else each hook lasts a second under -race
		"GIT_AUTHOR_NAME=Ann Example", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=Bob Example", "GIT_COMMITTER_EMAIL=bob@example.com", "GIT_COMMITTER_DATE=" + date,
	}
}

func (b *bed) try(dir, stdin string, args ...string) (string, error) {
	b.t.Helper()
	b.clock += 60
	program, err := findGit(lookup(b.environ()))
	if err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, b.environ(), strings.NewReader(stdin)
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, exit.Stderr)
	}
	return strings.TrimSuffix(string(out), "\n"), err
}

func (b *bed) run(dir string, args ...string) string {
	b.t.Helper()
	out, err := b.try(dir, "", args...)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// git works in the clone, onServer in the bare repository.
func (b *bed) git(args ...string) string      { b.t.Helper(); return b.run(b.clone, args...) }
func (b *bed) onServer(args ...string) string { b.t.Helper(); return b.run(b.server, args...) }

// gitWith gives git a standard input.
func (b *bed) gitWith(stdin string, args ...string) string {
	b.t.Helper()
	out, err := b.try(b.clone, stdin, args...)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// commit makes a commit on the branch that is checked out.
func (b *bed) commit(message string) string {
	b.t.Helper()
	b.git("commit", "-q", "--allow-empty", "-m", message)
	return b.head()
}

// head is the commit that is checked out. Most tests ask for it often, so that it
// is read from git's files where it stands there.
func (b *bed) head() string {
	b.t.Helper()
	at := "HEAD"
	for range 2 {
		data, err := os.ReadFile(filepath.Join(b.clone, ".git", at))
		if err != nil {
			break
		}
		text := strings.TrimSpace(string(data))
		ref, leads := strings.CutPrefix(text, "ref: ")
		if !leads {
			return text
		}
		at = ref
	}
	return b.git("rev-parse", "HEAD")
}

// raw makes a commit of exactly these bytes on the branch that is checked out;
// %T and %P in the header are its tree and parent.
func (b *bed) raw(header, message string) string {
	b.t.Helper()
	header = strings.NewReplacer("%T", b.git("rev-parse", "HEAD^{tree}"), "%P", b.git("rev-parse", "HEAD")).Replace(header)
	id := b.gitWith(header+"\n"+message, "hash-object", "-t", "commit", "-w", "--literally", "--stdin")
	b.git("reset", "-q", "--hard", id)
	return id
}

// pushed is what the hooks of one push saw; nil for a hook that did not run.
type pushed struct{ pre, post *hookRun }

// tryPush pushes and returns what the hooks saw, also of a push that failed in
// part.
func (b *bed) tryPush(args ...string) (pushed, error) {
	b.t.Helper()
	if err := os.RemoveAll(b.out); err != nil {
		b.t.Fatal(err)
	}
	if err := os.Mkdir(b.out, 0o700); err != nil {
		b.t.Fatal(err)
	}
	_, err := b.try(b.clone, "", append([]string{"push", "-q", "origin"}, args...)...)
	return pushed{b.ran("pre-receive"), b.ran("post-receive")}, err
}

func (b *bed) ran(hook string) *hookRun {
	b.t.Helper()
	content, err := os.ReadFile(filepath.Join(b.out, hook))
	if os.IsNotExist(err) {
		return nil
	}
	var run hookRun
	if err == nil {
		err = json.Unmarshal(content, &run)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return &run
}

// push pushes, sees that both hooks found the same, and returns that.
func (b *bed) push(args ...string) Facts {
	b.t.Helper()
	p, err := b.tryPush(args...)
	if err != nil {
		b.t.Fatal(err)
	}
	if p.pre == nil || p.post == nil {
		b.t.Fatal("no hook was run")
	}
	if pre, post := asJSON(b.t, p.pre.Facts), asJSON(b.t, p.post.Facts); pre != post {
		b.t.Errorf("pre-receive and post-receive differ:\n%s\n%s", pre, post)
	}
	checkOrder(b.t, p.post.Facts.Commits)
	return p.post.Facts
}

// open opens the bare repository as a hook does.
func (b *bed) open() *Repository {
	b.t.Helper()
	r, err := Open(b.server, append(b.environ(), "GIT_DIR=."))
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// read asks for ref lines made by hand: "old new ref", "-" for none.
func (b *bed) read(opts Options, lines ...string) Facts {
	b.t.Helper()
	var updates []push.Update
	for _, line := range lines {
		f := strings.SplitN(line, " ", 3)
		updates = append(updates, push.Update{Old: strings.Trim(f[0], "-"), New: strings.Trim(f[1], "-"), Ref: f[2]})
	}
	facts, err := readBoth(b.open(), updates, opts)
	if err != nil {
		b.t.Fatal(err)
	}
	checkOrder(b.t, facts.Commits)
	return facts
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func checkOrder(t *testing.T, commits []push.Commit) {
	t.Helper()
	at := map[string]int{}
	for i, c := range commits {
		if _, twice := at[c.ID]; twice {
			t.Errorf("commit %s is there twice", c.ID)
		}
		at[c.ID] = i
	}
	for i, c := range commits {
		for _, p := range c.Parents {
			if j, ok := at[p]; ok && j > i {
				t.Errorf("parent %s comes after its child %s", p, c.ID)
			}
		}
	}
}

// told is what was found in short, a line for each commit: its subject, "new",
// and the branches it arrives on, the one it belongs to in front.
func told(f Facts) []string {
	var lines []string
	for _, c := range f.Commits {
		subject, _, _ := strings.Cut(c.Message, "\n")
		line := subject
		if c.New {
			line += " new"
		}
		if c.Branch != "" {
			others := slices.DeleteFunc(slices.Clone(c.Arrives), func(b string) bool { return b == c.Branch })
			line += " " + strings.Join(append([]string{c.Branch}, others...), ",")
		}
		lines = append(lines, line)
	}
	return lines
}

func newOnes(f Facts) int {
	n := 0
	for _, c := range f.Commits {
		if c.New {
			n++
		}
	}
	return n
}

// landed counts the commits that arrive on a branch.
func landed(f Facts, branch string) int {
	n := 0
	for _, c := range f.Commits {
		if slices.Contains(c.Arrives, branch) {
			n++
		}
	}
	return n
}
