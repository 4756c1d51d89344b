package hooks

import (
	"slices"
	"strings"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/plan"
	"jirahook/push"
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
