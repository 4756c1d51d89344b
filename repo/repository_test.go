package repo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jirahook/push"
)

const absent = "1234567890123456789012345678901234567890"

func line(before, after, ref string) string { return before + " " + after + " " + ref }

func TestOldValueIsGone(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	tip := b.commit("A-2")
	b.push("main")
	f := b.read(Options{}, line(absent, tip, "refs/heads/main"))
	if diff := cmp.Diff([]string{"A-1 new main", "A-2 new main"}, told(f)); diff != "" {
		t.Error(diff)
	}
	if f.Truncated != "" {
		t.Errorf("truncated: %s", f.Truncated)
	}
}

func TestNewValueIsMissing(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	tip := b.commit("A-1")
	b.push("main")
	f := b.read(Options{}, line("-", absent, "refs/heads/x"), line("-", tip, "refs/heads/main"))
	if diff := cmp.Diff([]string{"A-1 new main"}, told(f)); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(f.Truncated, absent[:12]) {
		t.Errorf("truncated: %q", f.Truncated)
	}
}

func TestRefOfAnotherPointsNowhere(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	tip := b.commit("A-1")
	b.push("main")
	if err := os.WriteFile(filepath.Join(b.server, "refs/heads/broken"), []byte(absent+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"A-1 new main"}, told(b.read(Options{}, line("-", tip, "refs/heads/main")))); diff != "" {
		t.Error(diff)
	}
}

// A symbolic ref in refs/ that leads to the pushed branch has moved with it.
func TestSymbolicRefHidesNothing(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	b.push("main")
	b.onServer("symbolic-ref", "refs/heads/current", "refs/heads/main")
	b.onServer("symbolic-ref", "refs/heads/again", "refs/heads/current")
	b.commit("A-2")
	f := b.push("main")
	if diff := cmp.Diff([]string{"A-2 new main"}, told(f)); diff != "" {
		t.Error(diff)
	}
	if f.Merged != nil {
		t.Errorf("merged %q", f.Merged)
	}
}

// A push to a symbolic ref moves the branch it leads to.
func TestPushToSymbolicRef(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	b.push("main")
	b.onServer("symbolic-ref", "refs/heads/master", "refs/heads/main")
	b.commit("A-2")
	f := b.push("main:master")
	if diff := cmp.Diff([]string{"A-2 new main,master"}, told(f)); diff != "" {
		t.Error(diff)
	}
}

// What a server writes for itself must not hide the commits of a push, and a
// commit that was seen nowhere else is new when it reaches a branch.
func TestRefsOfServers(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	t.Parallel()
	for _, ref := range []string{"refs/pull/1/head", "refs/merge-requests/1/head", "refs/keep-around/x", "refs/changes/01/1/1", "refs/custom/x"} {
		t.Run(ref, func(t *testing.T) {
			b := newBed(t)
			b.commit("A-1")
			b.push("main")
			b.commit("A-2")
			if f := b.push("main:" + ref); len(f.Commits) != 0 {
				t.Errorf("%s brought %q", ref, told(f))
			}
			if diff := cmp.Diff([]string{"A-2 new main"}, told(b.push("main"))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCommitsOfATagAreKnownOnTheBranch(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	b.push("main")
	b.commit("A-2")
	b.git("tag", "-a", "-m", "v1", "v1")
	b.git("tag", "-a", "-m", "outer", "outer", "v1")
	if diff := cmp.Diff([]string{"A-2 new"}, told(b.push("outer"))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"A-2 main"}, told(b.push("main"))); diff != "" {
		t.Error(diff)
	}
}

func TestBounds(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	b.push("main")
	b.git("checkout", "-q", "-b", "side")
	var ids []string
	for i := range 6 {
		ids = append(ids, b.commit(fmt.Sprintf("A-%d", i+2)))
	}
	old := b.git("rev-parse", "main")
	f := b.push("side")
	if f.Truncated != "" || len(f.Commits) != 6 {
		t.Fatalf("found %q, truncated %q", told(f), f.Truncated)
	}
	b.push("side:main")

	t.Run("arriving", func(t *testing.T) {
		f := b.read(Options{MaxArriving: 2}, line(old, ids[5], "refs/heads/main"))
		if diff := cmp.Diff([]string{"A-6 main", "A-7 main"}, told(f)); diff != "" {
			t.Error(diff)
		}
		if !strings.Contains(f.Truncated, "more than 2 commits") || !strings.Contains(f.Truncated, "on main") {
			t.Errorf("truncated %q", f.Truncated)
		}
	})
	t.Run("new", func(t *testing.T) {
		f := b.read(Options{MaxNew: 2}, line(old, ids[5], "refs/heads/main"), line(old, ids[5], "refs/heads/side"))
		if diff := cmp.Diff([]string{"A-6 new main,side", "A-7 new main,side"}, told(f)); diff != "" {
			t.Error(diff)
		}
		if !strings.Contains(f.Truncated, "more than 2 new commits") {
			t.Errorf("truncated %q", f.Truncated)
		}
	})
	t.Run("exactly as many", func(t *testing.T) {
		f := b.read(Options{MaxNew: 6}, line(old, ids[5], "refs/heads/main"), line(old, ids[5], "refs/heads/side"))
		if len(f.Commits) != 6 || f.Truncated != "" {
			t.Errorf("found %q, truncated %q", told(f), f.Truncated)
		}
	})
}

// A push of very many branches that moved among known commits is a migration:
// the first of them are looked at, above all the default branch.
func TestManyWalks(t *testing.T) {
	if testing.Short() {
		t.Skip("runs git some hundred times")
	}
	t.Parallel()
	b := newBed(t)
	var ids []string
	for i := range maxWalks + 3 {
		ids = append(ids, b.commit(fmt.Sprintf("A-%d", i)))
	}
	b.git("branch", "keep")
	b.push("main", "keep")
	var lines []string
	for i := range maxWalks + 1 {
		lines = append(lines, line(ids[i], ids[i+1], fmt.Sprintf("refs/heads/b%d", i)))
	}
	last := len(ids) - 1
	lines = append(lines, line(ids[last-1], ids[last], "refs/heads/main"))
	f := b.read(Options{}, lines...)
	if len(f.Commits) != maxWalks || landed(f, "main") != 1 || landed(f, "b0") != 1 {
		t.Errorf("%d commits, %d on main, %d on b0", len(f.Commits), landed(f, "main"), landed(f, "b0"))
	}
	if !strings.Contains(f.Truncated, "many branches") {
		t.Errorf("truncated %q", f.Truncated)
	}
	if f := b.read(Options{}, lines[:maxWalks]...); f.Truncated != "" || len(f.Commits) != maxWalks {
		t.Errorf("%d commits, truncated %q", len(f.Commits), f.Truncated)
	}
}

// Of more text than is read the commits that come last are left out, and that is
// told.
func TestTextLimit(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	var ids []id
	for range 3 {
		at, ok := parseID(b.commit(strings.Repeat("A-1 ", 100)))
		if !ok {
			t.Fatal("no id")
		}
		ids = append(ids, at)
	}
	b.push("main")
	r, err := Open(b.server, b.environ())
	if err != nil {
		t.Fatal(err)
	}
	nodes := []node{{id: ids[0]}, {id: ids[1], parents: ids[:1]}, {id: ids[2], parents: ids[1:2]}}
	whole, err := commits(t.Context(), r.git, nodes, 1<<20, &omissions{})
	if err != nil || len(whole) != 3 {
		t.Fatalf("%d commits, error %v", len(whole), err)
	}
	text := 0
	for _, c := range whole {
		text += textOf(c)
	}
	if len(whole[0].Message) < 400 || text < 3*(len(whole[0].Message)+len("Ann")) {
		t.Errorf("%d bytes of text, of which a message has %d", text, len(whole[0].Message))
	}
	for _, want := range []struct{ room, commits int }{{text, 3}, {text - 1, 2}, {textOf(whole[0]), 1}, {0, 0}} {
		for by, from := range map[string]func(func(source) error) error{
			"git":   func(ask func(source) error) error { return ask(r.git) },
			"files": func(ask func(source) error) error { return r.fromFiles(t.Context(), r.files, ask) },
		} {
			var left omissions
			var read []push.Commit
			err := from(func(s source) (err error) {
				read, err = commits(t.Context(), s, nodes, want.room, &left)
				return err
			})
			if err != nil || len(read) != want.commits {
				t.Errorf("%s, room for %d of %d bytes: %d commits, error %v", by, want.room, text, len(read), err)
			}
			if told := fmt.Sprintf("%d of 3 commits are read", want.commits); want.commits < 3 != strings.Contains(left.String(), told) {
				t.Errorf("%s, room for %d of %d bytes: told %q", by, want.room, text, left.String())
			}
		}
	}
}

// However long the names of branches are, those that are noted for all commits
// together have a bound.
func TestMostArrives(t *testing.T) {
	t.Parallel()
	long := []landing{{branch: "main"}, {branch: strings.Repeat("x", 250)}}
	for _, tt := range []struct {
		commits int
		pushed  []landing
		want    int
	}{
		{0, nil, maxArrives},
		{1, long, maxArrives / 250 / 2},
		{999, long, maxArrives / 250 / 1000},
		{100_000, long, leastArrives},
	} {
		if got := mostArrives(tt.commits, tt.pushed); got != tt.want {
			t.Errorf("%d commits on %d branches: %d, want %d", tt.commits, len(tt.pushed), got, tt.want)
		}
	}
}

func TestRange(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.commit("A-1")
	b.push("main")
	b.git("checkout", "-q", "-b", "topic")
	b.commit("A-2")
	b.commit("A-3")
	r, err := Open(b.clone, b.environ())
	if err != nil {
		t.Fatal(err)
	}
	b.git("fetch", "-q", "origin")
	b.git("remote", "set-head", "origin", "main")
	for _, tt := range []struct {
		revisions string
		want      []string
	}{
		{"main..topic", []string{"A-2 new main", "A-3 new main"}},
		{"topic ^main", []string{"A-2 new main", "A-3 new main"}},
		{"HEAD~1", []string{"A-2 new main"}},
		{"HEAD^!", []string{"A-3 new main"}},
		{"main..", []string{"A-2 new main", "A-3 new main"}},
		{"topic..main", nil},
	} {
		commits, err := r.Range(context.Background(), strings.Fields(tt.revisions))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, told(Facts{Commits: commits})); diff != "" {
			t.Errorf("%s: %s", tt.revisions, diff)
		}
	}
	for _, revisions := range []string{"nowhere..main", "nowhere", "--all", "-n1", "a\x00b", ""} {
		commits, err := r.Range(context.Background(), []string{revisions})
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %d commits, error %v", revisions, len(commits), err)
		}
	}
}

func TestAncestors(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	var ids []string
	for i := range 5 {
		ids = append(ids, b.commit(fmt.Sprintf("A-%d", i+1)))
	}
	b.push("main")
	when := func(i int) time.Time {
		var seconds int64
		if _, err := fmt.Sscan(b.git("log", "-1", "--format=%ct", ids[i]), &seconds); err != nil {
			t.Fatal(err)
		}
		return date(seconds)
	}
	whole := map[string][]string{ids[3]: {ids[2]}, ids[2]: {ids[1]}, ids[1]: {ids[0]}, ids[0]: {}}
	young := map[string][]string{ids[3]: {ids[2]}, ids[2]: {ids[1]}}
	for _, tt := range []struct {
		name  string
		of    []string
		limit int
		since time.Time
		want  push.Ancestors
	}{
		{"all", ids[3:4], 2000, time.Time{}, push.Ancestors{Parents: whole}},
		{"limited", ids[3:4], 2, time.Time{}, push.Ancestors{Parents: young, Since: when(1)}},
		{"since", ids[3:4], 2000, when(2), push.Ancestors{Parents: young, Since: when(2)}},
		{"since long ago", ids[3:4], 2000, when(0), push.Ancestors{Parents: whole}},
		{"of a commit below too", ids[1:4], 2000, time.Time{}, push.Ancestors{Parents: whole}},
		{"of nothing", nil, 2000, time.Time{}, push.Ancestors{}},
		{"of what is not there", []string{absent}, 2000, time.Time{}, push.Ancestors{Parents: map[string][]string{}}},
	} {
		got, err := b.open().Ancestors(context.Background(), tt.of, tt.limit, tt.since)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	if _, err := b.open().Ancestors(context.Background(), []string{"--all"}, 1, time.Time{}); err == nil {
		t.Error("took an option for an id")
	}
}

func TestEndedContext(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	tip := b.commit("A-1")
	b.push("main")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := b.open().Read(ctx, []push.Update{{New: tip, Ref: "refs/heads/main"}}, Options{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
