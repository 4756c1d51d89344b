package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jirahook/config"
	"jirahook/plan"
	"jirahook/push"
)

// siteRules are rules for a Jira at an address, kept under a name.
func siteRules(t *testing.T, url, site string) *plan.Rules {
	t.Helper()
	cfg := config.Default()
	cfg.Jira.URL, cfg.Jira.Site = url, site
	rules, err := plan.Compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func sitePush(messages ...string) push.Push {
	p := push.Push{
		ID: "push-1", Time: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
		Repository: push.Repository{ID: "project-1", Path: "team/app", DefaultBranch: "main"},
	}
	for i, m := range messages {
		at := push.Signature{Name: "Ann", Email: "ann@example.com", When: p.Time.Add(time.Duration(i-60) * time.Minute)}
		p.Commits = append(p.Commits, push.Commit{ID: string(rune('a'+i)) + "000000000000000000000000000000000000000", Branch: "main", Arrives: []string{"main"}, New: true, Message: m, Author: at, Committer: at})
	}
	p.Updates = []push.Update{{Ref: "refs/heads/main", Old: "f000000000000000000000000000000000000000", New: p.Commits[len(p.Commits)-1].ID}}
	return p
}

// A Jira that has moved is the one that it was in all that is kept: only what is
// printed for people may lead elsewhere.
func TestMovedSiteIsTheSame(t *testing.T) {
	known := plan.Known{FirstSeen: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	p := sitePush("SHOP-1 #time 1h", "Closes SHOP-2", "SHOP-3 Text #comment more")
	before := siteRules(t, "https://jira.example.com", "").Plan(p, known)
	after := siteRules(t, "https://example.atlassian.net", "https://jira.example.com").Plan(p, known)
	if len(before.Actions) < 5 {
		t.Fatalf("%d actions", len(before.Actions))
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("after the move (-before +after)\n%s", diff)
	}
	other := siteRules(t, "https://example.atlassian.net", "").Plan(p, known)
	for i, a := range other.Actions {
		if a.ID == before.Actions[i].ID || a.Site == before.Actions[i].Site {
			t.Errorf("for another Jira, too, action %d is %s at %s", i, a.ID, a.Site)
		}
	}
}
