package repo

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func (b *bed) inspect() Inspection {
	b.t.Helper()
	i, err := b.open().Inspect(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return i
}

// manyCommits makes commits on the server's branch main, each on the other.
func (b *bed) manyCommits(n int) {
	b.t.Helper()
	var stream strings.Builder
	for i := range n {
		b.clock++
		fmt.Fprintf(&stream, "commit refs/heads/main\ncommitter Bob <bob@example.com> %d +0000\ndata 1\nx\n", b.clock)
		if i == 0 {
			if tip, err := b.try(b.server, "", "rev-parse", "-q", "--verify", "main"); err == nil {
				fmt.Fprintf(&stream, "from %s\n", strings.TrimSpace(tip))
			}
		}
	}
	if out, err := b.try(b.server, stream.String(), "fast-import", "--quiet"); err != nil {
		b.t.Fatal(err, out)
	}
}

func TestInspect(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	b := newBed(t)
	if i := b.inspect(); i.Branches != 0 || i.Unborn || i.By != "files" {
		t.Errorf("an empty repository: %+v", i)
	}
	b.manyCommits(30)
	if i := b.inspect(); i.Branches != 1 || i.Default != "main" || i.Graph || i.Outside != 30 || i.More {
		t.Errorf("without a commit-graph: %+v", i)
	}
	b.onServer("commit-graph", "write", "--reachable")
	if i := b.inspect(); !i.Graph || i.Outside != 0 {
		t.Errorf("with a commit-graph: %+v", i)
	}
	b.manyCommits(7)
	if i := b.inspect(); !i.Graph || i.Outside != 7 || i.More {
		t.Errorf("with an old commit-graph: %+v", i)
	}
	b.manyCommits(inspected)
	if i := b.inspect(); i.Outside != inspected || !i.More {
		t.Errorf("with one that is very old: %+v", i)
	}
	b.onServer("symbolic-ref", "HEAD", "refs/heads/trunk")
	if i := b.inspect(); !i.Unborn || i.Head != "trunk" || i.Default != "main" {
		t.Errorf("with a HEAD that leads nowhere: %+v", i)
	}
}

func TestInspectByGit(t *testing.T) {
	b := newBed(t, "--object-format=sha256")
	b.manyCommits(3)
	i := b.inspect()
	if !strings.HasPrefix(i.By, "git: ") || !strings.Contains(i.Unsupported(), "extensions.objectformat") || i.Branches != 1 || i.Unborn {
		t.Errorf("%+v: %s", i, i.Unsupported())
	}
}

func TestHooksPath(t *testing.T) {
	b := newBed(t)
	if path, origin, err := b.open().HooksPath(t.Context()); path != "" || origin != "" || err != nil {
		t.Errorf("not set: %q %q %v", path, origin, err)
	}
	b.onServer("config", "core.hooksPath", "/srv/hooks of all")
	path, origin, err := b.open().HooksPath(t.Context())
	if path != "/srv/hooks of all" || filepath.Base(origin) != "config" || err != nil {
		t.Errorf("set: %q %q %v", path, origin, err)
	}
	version, program, err := b.open().GitVersion(t.Context())
	if !strings.HasPrefix(version, "git version ") || !filepath.IsAbs(program) || err != nil {
		t.Errorf("%q %q %v", version, program, err)
	}
}
