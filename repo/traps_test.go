package repo

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jirahook/push"
)

// trap is a repository in which a reader that knows less than git goes wrong.
type trap struct {
	name string
	// set springs it, after were pushed to main, and before A-4 is.
	set func(b *bed)
	// after springs it when A-4 was pushed.
	after func(b *bed)
	by    string // how Facts.By begins
	// onlyWe: git cannot read it at all.
	onlyWe bool
}

// TestTraps pushes one commit to a repository with a trap in it, and sees that
// it is found, by whom, and that git says the same.
func TestTraps(t *testing.T) {
	t.Parallel()
	graph := func(b *bed) { b.onServer("commit-graph", "write", "--reachable") }
	extension := func(name, value string) func(*bed) {
		return func(b *bed) {
			b.onServer("config", "core.repositoryFormatVersion", "1")
			b.onServer("config", "extensions."+name, value)
		}
	}
	for _, tt := range []trap{
		{name: "none", by: "files"},
		{name: "commit-graph", set: graph, by: "files"},
		{name: "split commit-graph", by: "files", set: func(b *bed) {
			b.onServer("commit-graph", "write", "--reachable", "--split")
			b.commit("A-3b")
			b.push("main:between")
			b.onServer("commit-graph", "write", "--reachable", "--split=no-merge")
		}},
		{name: "commit-graph that has the new commit", after: graph, by: "files"},
		{name: "commit-graph with levels only", by: "files", set: func(b *bed) {
			b.onServer("config", "commitGraph.generationVersion", "1")
			graph(b)
		}},
		{name: "commit-graph of another version", by: "files", set: func(b *bed) {
			graph(b)
			b.spoil("objects/info/commit-graph", 4, 9)
		}},
		{name: "commit-graph with a parent that is none", by: "files without the commit-graph", onlyWe: true, after: func(b *bed) {
			graph(b)
			b.spoilGraphParents()
		}},
		{name: "core.commitGraph=false", by: "files", set: func(b *bed) {
			graph(b)
			b.spoilGraphParents()
			b.onServer("config", "core.commitGraph", "false")
		}},
		{name: "packs and a multi-pack-index", by: "files", set: func(b *bed) {
			b.onServer("repack", "-dq")
			b.commit("A-3b")
			b.push("main:between")
			b.onServer("repack", "-dq")
			b.onServer("multi-pack-index", "write")
			for _, idx := range b.glob("objects/pack/*.idx") {
				if err := os.Chmod(idx, 0o600); err != nil {
					b.t.Fatal(err)
				}
			}
		}},
		{name: "a multi-pack-index for a pack that is gone", by: "files", set: func(b *bed) {
			b.onServer("repack", "-dq")
			b.onServer("multi-pack-index", "write")
			index, err := os.ReadFile(b.glob("objects/pack/multi-pack-index")[0])
			if err != nil {
				b.t.Fatal(err)
			}
			b.onServer("repack", "-adfq", "-F")
			b.write("objects/pack/multi-pack-index", string(index))
		}},
		{name: "packed refs and a loose one of the same name", by: "files", set: func(b *bed) { b.onServer("pack-refs", "--all") }},
		{name: "a lock of a ref, and one of the packed refs", by: "files", set: func(b *bed) {
			b.write("refs/heads/other.lock", "")
			b.write("packed-refs.lock", "half a line")
		}},
		{name: "a ref that leads nowhere", by: "files", after: func(b *bed) {
			b.write("refs/heads/broken", absent+"\n")
			b.write("refs/tags/broken", absent+"\n")
		}},
		{name: "a symbolic ref that leads nowhere, and one in a circle", by: "git: symbolic refs in a circle", set: func(b *bed) {
			b.write("refs/heads/nowhere", "ref: refs/heads/gone\n")
			b.write("refs/heads/self", "ref: refs/heads/self\n")
		}},
		{name: "tags of everything", by: "files", set: func(b *bed) {
			b.onServer("tag", "-a", "-m", "x", "once", "main~1")
			b.onServer("tag", "-a", "-m", "x", "twice", "once")
			b.onServer("tag", "-a", "-m", "x", "tree", "main^{tree}")
			b.onServer("update-ref", "refs/tags/bare-tree", "main^{tree}")
			b.onServer("tag", "blob", b.gitBlob())
		}},
		{name: "extensions that change nothing", by: "files", set: func(b *bed) {
			extension("preciousObjects", "true")(b)
			extension("objectFormat", "sha1")(b)
		}},
		{name: "a worktree with a config of its own", by: "files", set: extension("worktreeConfig", "true")},
		{name: "partial clone", by: "git: not read without git: partial clone", set: func(b *bed) {
			extension("partialClone", "origin")(b)
			b.onServer("config", "remote.origin.url", b.clone)
			b.onServer("config", "remote.origin.promisor", "true")
		}},
		{name: "an included config", by: "git: not read without git: include", set: func(b *bed) {
			b.write("more", "[core]\n")
			b.onServer("config", "include.path", "more")
		}},
		{name: "grafts", by: "git: not read without git: grafts", set: func(b *bed) { b.write("info/grafts", "") }},
		{name: "a shallow file", by: "git: not read without git: shallow", set: func(b *bed) {
			b.write("shallow", b.git("rev-parse", "main~2")+"\n")
		}},
		{name: "replace refs", by: "git: not read without git: replace refs", set: func(b *bed) {
			b.onServer("replace", "--graft", "main~1")
		}},
		{name: "replace refs, packed", by: "git: not read without git: replace refs", set: func(b *bed) {
			b.onServer("replace", "--graft", "main~1")
			b.onServer("pack-refs", "--all")
		}},
		{name: "pack index of version 1", by: "git: not read without git: pack index", set: func(b *bed) {
			b.onServer("-c", "pack.indexVersion=1", "repack", "-adq")
		}},
		{name: "committers from the future and the past", by: "files", set: func(b *bed) {
			b.clock += 1 << 30
			b.commit("A-3b")
			b.clock -= 3 << 29
			b.push("main:between")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t)
			b.onServer("config", "receive.unpackLimit", "1000")
			b.commit("A-1")
			b.commit("A-2")
			b.commit("A-3")
			b.push("main")
			old := b.git("rev-parse", "main")
			if tt.set != nil {
				tt.set(b)
			}
			before := b.git("rev-parse", "main")
			b.commit("A-4")
			b.git("push", "-q", "origin", "main")
			if tt.after != nil {
				tt.after(b)
			}
			var f Facts
			if updates := []push.Update{{Old: old, New: b.git("rev-parse", "main"), Ref: "refs/heads/main"}}; tt.onlyWe {
				var err error
				if f, err = b.open().Read(context.Background(), updates, Options{}); err != nil {
					t.Fatal(err)
				}
			} else {
				f = b.read(Options{}, line(updates[0].Old, updates[0].New, updates[0].Ref))
			}
			want := []string{"A-4 new main"}
			if before != old {
				want = []string{"A-3b main", "A-4 new main"}
			}
			if diff := cmp.Diff(want, told(f)); diff != "" {
				t.Error(diff)
			}
			if !strings.HasPrefix(f.By, tt.by) || tt.by == "files" && f.By != tt.by {
				t.Errorf("read by %q, want %q", f.By, tt.by)
			}
		})
	}
}

func (b *bed) write(name, content string) {
	b.t.Helper()
	path := filepath.Join(b.server, name)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bed) glob(pattern string) []string {
	b.t.Helper()
	found, err := filepath.Glob(filepath.Join(b.server, pattern))
	if err != nil || len(found) == 0 {
		b.t.Fatalf("%s: %d files, error %v", pattern, len(found), err)
	}
	return found
}

func (b *bed) gitBlob() string {
	b.t.Helper()
	out, err := b.try(b.server, "a file", "hash-object", "-w", "--stdin")
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// spoil changes one byte of a file of the server.
func (b *bed) spoil(name string, at int, with byte) {
	b.t.Helper()
	content, err := os.ReadFile(filepath.Join(b.server, name))
	if err != nil {
		b.t.Fatal(err)
	}
	content[at] = with
	b.write(name, string(content))
}

// spoilGraphParents gives all commits of the commit-graph a parent that is not
// in it.
func (b *bed) spoilGraphParents() {
	b.t.Helper()
	content, err := os.ReadFile(filepath.Join(b.server, "objects/info/commit-graph"))
	if err != nil {
		b.t.Fatal(err)
	}
	data := strings.Index(string(content), "CDAT") + 4
	from := 0
	for _, c := range content[data : data+8] {
		from = from<<8 | int(c)
	}
	for range 3 {
		copy(content[from+20:], "\x0f\x00\x00\x00")
		from += 36
	}
	b.write("objects/info/commit-graph", string(content))
}

// What the environment says of a repository is heeded, or git is asked.
func TestTrapsOfTheEnvironment(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	tip := b.commit("A-2")
	b.push("main")
	b.write("nothing", "")
	for _, tt := range []struct {
		variables []string
		by        string
	}{
		{nil, "files"},
		{[]string{"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=core.commitGraph", "GIT_CONFIG_VALUE_0=false"}, "files"},
		{[]string{"GIT_SHALLOW_FILE=" + b.server + "/nothing"}, "git: GIT_SHALLOW_FILE is set"},
		{[]string{"GIT_GRAFT_FILE=" + b.server + "/nothing"}, "git: GIT_GRAFT_FILE is set"},
		{[]string{"GIT_REPLACE_REF_BASE=refs/other/"}, "git: GIT_REPLACE_REF_BASE is set"},
		{[]string{"GIT_COMMON_DIR=" + b.server}, "git: GIT_COMMON_DIR is set"},
	} {
		r, err := Open(b.server, append(append(b.environ(), "GIT_DIR=."), tt.variables...))
		if err != nil {
			t.Fatal(err)
		}
		f, err := readBoth(r, []push.Update{{New: tip, Ref: "refs/heads/main"}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"A-1 new main", "A-2 new main"}, told(f)); diff != "" || f.By != tt.by {
			t.Errorf("%q: read by %q\n%s", tt.variables, f.By, diff)
		}
	}
}

// Where the files can be read no git is needed: none is found here.
func TestNoGit(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	tip := b.commit("A-1")
	b.push("main")
	r, err := Open(b.server, []string{"PATH=/nonexistent", "GIT_DIR=."})
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Read(context.Background(), []push.Update{{New: tip, Ref: "refs/heads/main"}}, Options{})
	if diff := cmp.Diff([]string{"A-1 new main"}, told(f)); diff != "" || err != nil {
		t.Errorf("error %v\n%s", err, diff)
	}
}

// A worktree has its own HEAD, and shares all else.
func TestWorktree(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	old := b.commit("A-1")
	b.push("main")
	tree := filepath.Join(filepath.Dir(b.server), "tree")
	b.onServer("worktree", "add", "-q", "-b", "side", tree, "main")
	b.run(tree, "commit", "-q", "--allow-empty", "-m", "A-2")
	tip := b.run(tree, "rev-parse", "HEAD")
	r, err := Open(tree, b.environ())
	if err != nil {
		t.Fatal(err)
	}
	f, err := readBoth(r, []push.Update{{Old: old, New: tip, Ref: "refs/heads/side"}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"A-2 new side"}, told(f)); diff != "" || f.By != "files" {
		t.Errorf("read by %q\n%s", f.By, diff)
	}
}

// Maintenance packs and prunes, and others push, while a push is read again and
// again: the answer is the same, whoever gives it.
func TestMaintenanceMeanwhile(t *testing.T) {
	if testing.Short() {
		t.Skip("packs a repository again and again")
	}
	t.Parallel()
	b := newBed(t)
	for i := range 30 {
		b.commit(fmt.Sprintf("A-%d", i+1))
	}
	b.push("main")
	old, tip := b.git("rev-parse", "main~5"), b.git("rev-parse", "main")
	ctx, stop := context.WithCancel(context.Background())
	tidied := make(chan error)
	go func() { tidied <- maintain(ctx, b.server, b.environ()) }()
	by := map[string]int{}
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end) && !t.Failed(); {
		f, err := b.open().Read(context.Background(), []push.Update{{Old: old, New: tip, Ref: "refs/heads/main"}}, Options{})
		if err != nil {
			t.Error(err)
		}
		by[f.By]++
		if diff := cmp.Diff([]string{"A-26 new main", "A-27 new main", "A-28 new main", "A-29 new main", "A-30 new main"}, told(f)); diff != "" {
			t.Errorf("by %s: %s", f.By, diff)
		}
	}
	stop()
	if err := <-tidied; err != nil {
		t.Error(err)
	}
	if by["files"] == 0 {
		t.Errorf("the files were never read: %v", by)
	}
}

// maintain does what servers do beside pushes, until the context ends.
func maintain(ctx context.Context, server string, environ []string) error {
	for i := 0; ; i++ {
		for _, args := range [][]string{
			{"commit-tree", "-p", "main", "-m", fmt.Sprint("noise ", i), "main^{tree}"},
			{"branch", "-f", fmt.Sprint("noise", i%5), fmt.Sprint("main~", 5+i%20)},
			{"repack", "-dq"},
			{"pack-refs", "--all"},
			{"commit-graph", "write", "--reachable", "--split"},
			{"multi-pack-index", "write"},
			{"repack", "-adq"},
			{"gc", "-q", "--prune=now"},
		} {
			cmd := exec.CommandContext(ctx, "git", args...)
			cmd.Dir, cmd.Env = server, environ
			out, err := cmd.CombinedOutput()
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return fmt.Errorf("git %v: %w: %s", args, err, out)
			}
		}
	}
}
