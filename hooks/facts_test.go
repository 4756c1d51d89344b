package hooks

import (
	"fmt"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jirahook/config"
	"jirahook/plan"
	"jirahook/push"
	"jirahook/repo"
)

// TestTrimKeepsMergesOfBranches: the subject of a merge holds the branch's name,
// in which a key may be in lower case.
func TestTrimKeepsMergesOfBranches(t *testing.T) {
	for _, test := range []struct {
		message    string
		ignoreCase bool
		kept       bool
	}{
		{"Merge branch 'feature/shop-12-cart' into 'main'", true, true},
		{"Merge branch 'feature/shop-12-cart' into 'main'", false, false},
		{"Merge branch 'feature/utf-8' into 'main'", true, false},
		{"Merge branch 'cart'\n\nsee shop-12", true, false},
		{"Round shop-12", true, false},
		{"Round SHOP-12", false, true},
		{"Round OTHER-12", false, true},
	} {
		cfg := config.Default()
		cfg.Projects.Keys = []string{"SHOP"}
		cfg.Branches.IgnoreCase = test.ignoreCase
		rules, err := plan.Compile(cfg)
		if err != nil {
			t.Fatal(err)
		}
		commits := trim([]push.Commit{{ID: "1", Message: test.message, Branch: "main", New: true}}, rules)
		p := push.Push{Commits: commits}
		if kept := commits[0].Message != ""; kept != test.kept || anyKey(p, rules) != test.kept {
			t.Errorf("%q, ignore_case %v: kept %v, any key %v", test.message, test.ignoreCase, kept, anyKey(p, rules))
		}
	}
}

// What alone makes a push one that must be kept.
func TestAnyKey(t *testing.T) {
	rules, err := plan.Compile(config.Default())
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		push push.Push
		want bool
	}{
		"nothing":             {push.Push{Commits: []push.Commit{{ID: "1"}}, Merged: []string{"topic"}, Updates: []push.Update{{New: "1", Ref: "refs/heads/main"}}}, false},
		"not whole":           {push.Push{Truncated: "too many commits"}, true},
		"taken away":          {push.Push{Gone: []string{"1"}}, true},
		"a message":           {push.Push{Commits: []push.Commit{{ID: "1"}, {ID: "2", Message: "SHOP-1"}}}, true},
		"a branch that came":  {push.Push{Merged: []string{"topic", "SHOP-1-x"}}, true},
		"a branch":            {push.Push{Updates: []push.Update{{New: "1", Ref: "refs/heads/main"}, {New: "1", Ref: "refs/heads/SHOP-1"}}}, true},
		"a branch taken away": {push.Push{Updates: []push.Update{{Old: "1", Ref: "refs/heads/SHOP-1"}}}, true},
		"a tag":               {push.Push{Updates: []push.Update{{New: "1", Ref: "refs/tags/SHOP-1"}}}, false},
	} {
		if got := anyKey(tt.push, rules); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Of a commit that is not new its message is needed, or it is not.
func TestTrim(t *testing.T) {
	rules, err := plan.Compile(config.Default())
	if err != nil {
		t.Fatal(err)
	}
	got := trim([]push.Commit{
		{ID: "1", Message: "none", Cut: true, New: true}, {ID: "2", Message: "none", Cut: true},
		{ID: "3", Message: "SHOP-1", Cut: true, New: true}, {ID: "4", Message: "SHOP-1", Cut: true}, {ID: "5", Message: "none", Branch: "SHOP-2", New: true},
	}, rules)
	want := []push.Commit{
		{ID: "1", New: true}, {ID: "3", Message: "SHOP-1", Cut: true, New: true}, {ID: "4", Message: "SHOP-1", Cut: true},
		{ID: "5", Message: "none", Branch: "SHOP-2", New: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// History is read down to its limit, which is at n and n+1 commits.
func TestHistoryHasALimit(t *testing.T) {
	const most = 2000
	s := newServer(t)
	var stream strings.Builder
	for n := range most + 1 {
		fmt.Fprintf(&stream, "commit refs/heads/main\nmark :%d\ncommitter Ann <ann@example.com> %d +0000\ndata 6\nSHOP-1\n", n+1, 1_700_000_000+n)
	}
	cmd := exec.Command("git", "-C", s.dir, "fast-import", "--quiet")
	cmd.Stdin = strings.NewReader(stream.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	rules, err := plan.Compile(s.cfg)
	if err != nil {
		t.Fatal(err)
	}
	for tip, whole := range map[string]bool{"main": false, "main~": true} {
		r, err := repo.Open(s.dir, s.hook.Environ)
		if err != nil {
			t.Fatal(err)
		}
		// As if the branch had been there but for a commit that names earlier ones.
		squash := s.git("commit-tree", "-m", "SHOP-1 #time 1h (#12)", "-p", tip+"~", tip+"^{tree}")
		s.git("update-ref", "refs/heads/main2", squash)
		p := push.Push{Time: time.Unix(1_700_000_000, 0), Updates: []push.Update{{Old: s.git("rev-parse", tip+"~"), New: squash, Ref: "refs/heads/main2"}}}
		if err := readFacts(t.Context(), slog.New(slog.DiscardHandler), r, &p, rules, repo.Options{}); err != nil {
			t.Fatal(err)
		}
		if n := len(p.Ancestors.Parents); n != most || p.Ancestors.Since.IsZero() != whole {
			t.Errorf("%s: %d commits, whole since %v", tip, n, p.Ancestors.Since)
		}
	}
}

// Below which commits history is read, and how far back: as far as commands run,
// where a message may repeat some; else to the date of the oldest commit that is
// fresh from its author.
func TestHistoryWanted(t *testing.T) {
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	commit := func(id, message string, written, committed time.Duration) push.Commit {
		return push.Commit{ID: id, Message: message,
			Author: push.Signature{When: now.Add(-written)}, Committer: push.Signature{When: now.Add(-committed)}}
	}
	const squash = "SHOP-1 #time 2h (#12)"
	fresh, amended := commit("fresh", "SHOP-1 x", 5*time.Hour, 4*time.Hour), commit("amended", "SHOP-1 x", 5*time.Hour, 4*time.Hour-time.Second)
	for name, tt := range map[string]struct {
		commits []push.Commit
		maxAge  time.Duration
		ids     string
		since   time.Duration // ago; 0: no date
	}{
		"fresh":            {[]push.Commit{fresh}, 720 * time.Hour, "fresh", 5 * time.Hour},
		"written long ago": {[]push.Commit{amended}, 720 * time.Hour, "", 0},
		"the oldest":       {[]push.Commit{commit("b", "x", time.Hour, 0), fresh, commit("a", "x", time.Hour, 0)}, time.Hour, "b fresh a", 5 * time.Hour},
		"a squash":         {[]push.Commit{fresh, commit("s", squash, 99*time.Hour, 0)}, 720 * time.Hour, "fresh s", 720 * time.Hour},
		"all of it":        {[]push.Commit{fresh, commit("s", squash, 99*time.Hour, 0)}, 0, "fresh s", 0},
		"no message":       {[]push.Commit{commit("m", "", 0, 0)}, 720 * time.Hour, "", 0},
		"no evidence":      {[]push.Commit{commit("m", "SHOP-1 #time 2h", 99*time.Hour, 0)}, 720 * time.Hour, "", 0},
		"no command":       {[]push.Commit{commit("m", "SHOP-1 C# x (#12)", 99*time.Hour, 0)}, 720 * time.Hour, "", 0},
		"no key":           {[]push.Commit{commit("m", "#time 2h (#12)", 99*time.Hour, 0)}, 720 * time.Hour, "", 0},
		"a revert":         {[]push.Commit{commit("m", "Revert \"SHOP-1 #time 2h\"\n\nThis reverts commit 0123456789.", 99*time.Hour, 0)}, 720 * time.Hour, "", 0},
	} {
		cfg := config.Default()
		cfg.Limits.MaxAge = tt.maxAge
		rules, err := plan.Compile(cfg)
		if err != nil {
			t.Fatal(err)
		}
		ids, since := historyWanted(push.Push{Time: now, Commits: tt.commits}, rules)
		ago := time.Duration(0)
		if !since.IsZero() {
			ago = now.Sub(since)
		}
		if !slices.Equal(ids, strings.Fields(tt.ids)) || ago != tt.since {
			t.Errorf("%s: %v, since %v ago", name, ids, ago)
		}
	}
}
