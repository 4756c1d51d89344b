package repo

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestScenarios makes the pushes that were tried on real servers, with hooks
// that read the repository while git runs them, before and after the refs
// move. The figures of new commits are those of `git rev-list NEW... --not
// OLD... OTHERS...` on OpenSSH, git http-backend, gitolite, Gitea and Gitaly.
func TestScenarios(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			if testing.Short() && format != "sha1" {
				t.Skip("runs git some hundred times")
			}
			b := newBed(t, "--object-format="+format)
			for _, s := range scenarios {
				b.scenario(t, s)
			}
		})
	}
}

type scenario struct {
	name string
	do   func(*bed)
	push []string
	new  int
	// arrive counts the commits for each branch they arrive on.
	arrive map[string]int
	merged []string
}

func (b *bed) scenario(t *testing.T, s scenario) {
	t.Run(s.name, func(t *testing.T) {
		outer := b.t
		b.t = t
		defer func() { b.t = outer }()
		if s.do != nil {
			s.do(b)
		}
		f := b.push(s.push...)
		if got := newOnes(f); got != s.new {
			t.Errorf("%d new commits, want %d: %q", got, s.new, told(f))
		}
		arrive := map[string]int{}
		for _, c := range f.Commits {
			for _, branch := range c.Arrives {
				arrive[branch]++
			}
			if c.New && len(c.Arrives) == 0 && s.name[:2] != "07" {
				t.Errorf("%s arrives nowhere", c.ID)
			}
		}
		if s.arrive == nil {
			s.arrive = map[string]int{}
		}
		if diff := cmp.Diff(s.arrive, arrive); diff != "" {
			t.Errorf("arriving commits (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(s.merged, f.Merged); diff != "" {
			t.Errorf("merged branches (-want +got):\n%s", diff)
		}
		if f.DefaultBranch != "main" || f.Truncated != "" {
			t.Errorf("default branch %q, truncated %q", f.DefaultBranch, f.Truncated)
		}
	})
}

var scenarios = []scenario{
	{"01-first-push", func(b *bed) {
		b.commit("PROJ-1 first commit")
		b.commit("PROJ-2 first commit")
		b.commit("PROJ-3 first commit")
	}, []string{"main"}, 3, map[string]int{"main": 3}, nil},
	{"02-new-branch", func(b *bed) {
		b.git("checkout", "-q", "-b", "feature/PROJ-10-login")
		b.commit("PROJ-10 #comment start")
		b.commit("PROJ-10 #time 1h 30m more")
	}, []string{"feature/PROJ-10-login"}, 2, map[string]int{"feature/PROJ-10-login": 2}, nil},
	{"03-update-ff", func(b *bed) { b.commit("PROJ-10 #done") }, []string{"HEAD"}, 1, map[string]int{"feature/PROJ-10-login": 1}, nil},
	{"04-branch-at-existing-commit", func(b *bed) { b.git("branch", "same-commit", "main") }, []string{"same-commit"}, 0, nil, nil},
	{"05-tag-lightweight", func(b *bed) { b.git("tag", "light-1", "main") }, []string{"light-1"}, 0, nil, nil},
	{"06-tag-annotated", func(b *bed) { b.git("tag", "-a", "v1.0.0", "-m", "PROJ-3 release 1.0.0", "main") }, []string{"v1.0.0"}, 0, nil, nil},
	{"07-tag-annotated-with-new-commits", func(b *bed) {
		b.git("checkout", "-q", "main")
		b.commit("PROJ-20 only reachable from tag")
		b.git("tag", "-a", "v1.1.0", "-m", "rel 1.1.0")
		b.git("reset", "-q", "--hard", "HEAD~1")
	}, []string{"v1.1.0"}, 1, nil, nil},
	{"08-multi-refs", func(b *bed) {
		for i := range 3 {
			b.git("checkout", "-q", "-b", fmt.Sprintf("multi/%d", i+1), "main")
			b.commit(fmt.Sprintf("MULTI-%d change", i+1))
		}
		b.git("tag", "mtag-l")
		b.git("tag", "-a", "mtag-a", "-m", "MULTI-9 annotated")
	}, []string{"multi/1", "multi/2", "multi/3", "mtag-l", "mtag-a"}, 3, map[string]int{"multi/1": 1, "multi/2": 1, "multi/3": 1}, nil},
	{"09-two-refs-same-commit", func(b *bed) {
		b.git("checkout", "-q", "-b", "dup-a", "main")
		b.commit("DUP-1 one commit, two branches")
		b.git("branch", "dup-b")
	}, []string{"dup-a", "dup-b"}, 1, map[string]int{"dup-a": 1, "dup-b": 1}, nil},
	{"10-one-more", func(b *bed) {
		b.git("checkout", "-q", "main")
		b.commit("PROJ-30 with options")
	}, []string{"main"}, 1, map[string]int{"main": 1}, nil},
	{"11-push-500-commits", func(b *bed) {
		b.git("checkout", "-q", "-b", "bulk", "main")
		b.gitWith(manyCommits(500), "fast-import", "--quiet", "--force")
		b.git("reset", "-q", "--hard")
	}, []string{"bulk"}, 500, map[string]int{"bulk": 500}, nil},
	{"12-merge-noff", func(b *bed) {
		b.git("checkout", "-q", "main")
		b.git("merge", "-q", "--no-ff", "feature/PROJ-10-login", "-m", "Merge branch 'feature/PROJ-10-login' into main")
	}, []string{"main"}, 1, map[string]int{"main": 4}, []string{"feature/PROJ-10-login"}},
	{"13-merge-with-unpushed-side", func(b *bed) {
		b.git("checkout", "-q", "-b", "side", "main")
		b.commit("SIDE-1 new")
		b.commit("SIDE-2 new")
		b.git("checkout", "-q", "main")
		b.git("merge", "-q", "--no-ff", "side", "-m", "Merge SIDE work")
	}, []string{"main"}, 3, map[string]int{"main": 3}, nil},
	{"14-octopus", func(b *bed) {
		for _, oct := range []string{"oct1", "oct2"} {
			b.git("checkout", "-q", "-b", oct, "main")
			b.commit(strings.ToUpper(oct))
		}
		b.git("checkout", "-q", "main")
		b.git("merge", "-q", "--no-ff", "oct1", "oct2", "-m", "octopus OCT-3")
	}, []string{"main"}, 3, map[string]int{"main": 3}, nil},
	{"15-message-latin1-declared", func(b *bed) {
		b.gitWith("PROJ-40 Gr\xfcn \xe4ndern\n", "-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "-F", "-")
	}, []string{"main"}, 1, map[string]int{"main": 1}, nil},
	{"16-message-invalid-utf8", func(b *bed) {
		b.raw("tree %T\nparent %P\nauthor J\xfcrgen <j@example.com> 1700000000 +0100\ncommitter J\xfcrgen <j@example.com> 1700000000 +0100\n",
			"PROJ-41 raw \xfc\xff bytes \x01 ctl\r\nCRLF line\r\n")
	}, []string{"main"}, 1, map[string]int{"main": 1}, nil},
	{"17-message-empty-and-huge", func(b *bed) {
		b.git("commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "")
		b.gitWith("PROJ-42 huge\n\n"+strings.Repeat("x", 1_100_000)+"\n", "commit", "-q", "--allow-empty", "-F", "-")
	}, []string{"main"}, 2, map[string]int{"main": 2}, nil},
	{"18-force-push-rewrite", func(b *bed) {
		b.git("checkout", "-q", "feature/PROJ-10-login")
		b.git("commit", "-q", "--amend", "--allow-empty", "-m", "PROJ-10 #done (amended)")
	}, []string{"-f", "feature/PROJ-10-login"}, 1, map[string]int{"feature/PROJ-10-login": 1}, nil},
	{"19-force-push-rewind", func(b *bed) {
		b.git("checkout", "-q", "dup-a")
		b.git("reset", "-q", "--hard", "HEAD~1")
	}, []string{"-f", "dup-a"}, 0, nil, nil},
	{"20-unicode-ref", func(b *bed) {
		b.git("checkout", "-q", "-b", "feature/ÜML-7-größe", "main")
		b.commit("UML-7 unicode ref")
	}, []string{"feature/ÜML-7-größe"}, 1, map[string]int{"feature/ÜML-7-größe": 1}, nil},
	{"21-orphan-branch", func(b *bed) {
		b.git("checkout", "-q", "--orphan", "orph")
		b.commit("ORPH-1 unrelated")
	}, []string{"orph"}, 1, map[string]int{"orph": 1}, nil},
	// The commit of the notes is one by git's count; the namespace leaves it out.
	{"22-notes-and-custom-ref", func(b *bed) {
		b.git("checkout", "-q", "main")
		b.git("notes", "add", "-m", "NOTE-1", "HEAD")
	}, []string{"refs/notes/commits", "main:refs/custom/x"}, 0, nil, nil},
	// As seen from the default branch nothing arrives with a new name.
	{"23-rename-branch", nil, []string{"same-commit:renamed", ":same-commit"}, 0, nil, nil},
	{"24-tag-moved", func(b *bed) { b.git("tag", "-f", "light-1", "main") }, []string{"-f", "light-1"}, 0, nil, nil},
	{"25-tag-of-tag-and-blob", func(b *bed) {
		b.git("tag", "-a", "tagtag", "-m", "nested", "v1.0.0")
		b.git("tag", "blobtag", b.gitWith("a file", "hash-object", "-w", "--stdin"))
		b.git("tag", "treetag", "HEAD^{tree}")
	}, []string{"tagtag", "blobtag", "treetag"}, 0, nil, nil},
	{"26-delete-branch", nil, []string{":dup-b"}, 0, nil, nil},
	{"27-delete-tag", nil, []string{":refs/tags/v1.1.0"}, 0, nil, nil},
}

// manyCommits is a fast-import stream of commits on the branch bulk.
func manyCommits(n int) string {
	var in strings.Builder
	for i := range n {
		message := fmt.Sprintf("BULK-%d commit number %d\n", i+1, i+1)
		fmt.Fprintf(&in, "commit refs/heads/bulk\ncommitter Ann Example <ann@example.com> %d +0200\ndata %d\n%s\n", 1_700_000_000+i+1, len(message), message)
		if i == 0 {
			in.WriteString("from refs/heads/main^0\n")
		}
		fmt.Fprintf(&in, "M 644 inline bulk.txt\ndata <<D\n%d\nD\n\n", i)
	}
	return in.String()
}

// TestScenarioRefused: no hook is run where nothing changed (28, 29, 32),
// and only accepted refs are listed (31).
func TestScenarioRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	b.git("branch", "one")
	b.git("branch", "two")
	b.push("main", "one", "two")
	for _, args := range [][]string{{":refs/heads/does-not-exist"}, {"main"}} {
		if p, _ := b.tryPush(args...); p.post != nil {
			t.Errorf("push %q ran post-receive", args)
		}
	}
	b.onServer("config", "receive.denyNonFastForwards", "true")
	b.git("checkout", "-q", "two")
	want := b.commit("MULTI-2 ok")
	b.git("checkout", "-q", "one")
	b.git("commit", "-q", "--amend", "--allow-empty", "-m", "MULTI-1 non-ff")
	if p, _ := b.tryPush("--atomic", "+one", "two"); p.post != nil {
		t.Error("a refused atomic push ran post-receive")
	}
	p, err := b.tryPush("+one", "two")
	if err == nil || p.post == nil {
		t.Fatalf("the push was not refused in part: %v", err)
	}
	if len(p.post.Updates) != 1 || len(p.post.Facts.Commits) != 1 || p.post.Facts.Commits[0].ID != want {
		t.Errorf("found %+v", p.post)
	}
	// Before acceptance both are asked for.
	if len(p.pre.Updates) != 2 || newOnes(p.pre.Facts) != 2 {
		t.Errorf("pre-receive found %q", told(p.pre.Facts))
	}
}

func TestBranchAndTagTogether(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	b.push("main")
	b.commit("A-2")
	b.git("tag", "v1")
	if diff := cmp.Diff([]string{"A-2 new main"}, told(b.push("main", "v1"))); diff != "" {
		t.Error(diff)
	}
}

func TestTwoBranchesOneOnTheOther(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	b.push("main")
	b.git("checkout", "-q", "-b", "aaa")
	b.commit("A-2 both")
	b.git("branch", "base")
	b.commit("A-3 one")
	b.git("checkout", "-q", "base")
	b.commit("A-4 other")
	b.git("push", "-q", "origin", "main:zzz") // zzz stands where main is
	want := []string{"A-2 both new main,zzz,aaa", "A-3 one new aaa", "A-4 other new main,zzz"}
	if diff := cmp.Diff(want, told(b.push("aaa", "base:main", "base:zzz"))); diff != "" {
		t.Error(diff)
	}
}

func TestForcedPushBringsKnownCommitsBack(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	b.commit("A-2")
	b.commit("A-3")
	b.git("branch", "keep")
	b.push("main", "keep")
	b.push("-f", "main~2:main")
	f := b.push("main")
	if diff := cmp.Diff([]string{"A-2 main", "A-3 main"}, told(f)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"keep"}, f.Merged); diff != "" {
		t.Error(diff)
	}
}

func TestRenameBringsNothingNew(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	b.push("main")
	b.git("checkout", "-q", "-b", "old")
	b.commit("A-2 only on old")
	b.push("old")
	f := b.push("old:new", ":old")
	if newOnes(f) != 0 || len(f.Commits) != 1 || !slices.Equal(f.Commits[0].Arrives, []string{"new"}) {
		t.Errorf("found %+v", f.Commits)
	}
}

// Scenario 30: a thousand branches in one push, made on a commit that was there,
// then all moved to a new one. Real git takes seconds to write them, so the
// lines are made by hand.
func TestThousandBranches(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	t.Parallel()
	b := newBed(t)
	old := b.commit("A-1")
	b.push("main")
	b.git("checkout", "-q", "-b", "topic")
	b.commit("A-2 known")
	b.push("topic")
	tip := b.commit("A-3 new")
	b.git("push", "-q", "origin", "topic:refs/custom/objects")
	var created, moved []string
	var in strings.Builder
	for i := range 1000 {
		ref := fmt.Sprintf("refs/heads/many/branch-with-a-long-name-%d", i+1)
		created = append(created, line("-", old, ref))
		moved = append(moved, line(old, tip, ref))
		fmt.Fprintf(&in, "create %s %s\n", ref, tip)
	}
	if f := b.read(Options{}, created...); len(f.Commits) != 0 || f.Truncated != "" {
		t.Errorf("found %q, truncated %q", told(f), f.Truncated)
	}
	if _, err := b.try(b.server, in.String(), "update-ref", "--stdin"); err != nil {
		t.Fatal(err)
	}
	f := b.read(Options{}, moved...)
	if len(f.Commits) != 2 || f.Commits[0].New || !f.Commits[1].New || f.Truncated != "" {
		t.Fatalf("found %.200q, truncated %q", told(f), f.Truncated)
	}
	for _, c := range f.Commits {
		if len(c.Arrives) != 1000 || c.Arrives[999] != "many/branch-with-a-long-name-1000" || c.Branch != "many/branch-with-a-long-name-1" {
			t.Errorf("%s arrives on %d branches, belongs to %q", c.ID, len(c.Arrives), c.Branch)
		}
	}
}
