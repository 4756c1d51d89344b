package relay

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/jira"
	"jirahook/plan"
)

// clocked is a relay whose clock is set by hand, and a configuration whose outbox
// is a folder of its own.
func clocked(t *testing.T) (*Relay, *time.Time, config.Config) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	cfg := config.Default()
	cfg.Outbox.Dir = t.TempDir()
	cfg.Jira.URL = "https://jira.example.com"
	cfg.Projects.Auto = true
	return &Relay{Now: func() time.Time { return now }}, &now, cfg
}

func TestSiteIsBelievedForADay(t *testing.T) {
	r, now, cfg := clocked(t)
	if r.recallSite(cfg) != nil {
		t.Error("a Jira is known that nobody has asked")
	}
	site := jira.Site{Cloud: true}
	r.keepSite(cfg, site)
	if got := r.recallSite(cfg); got == nil || !reflect.DeepEqual(*got, site) {
		t.Errorf("%+v was kept, %+v is recalled", site, got)
	}
	*now = now.Add(siteAge)
	if r.recallSite(cfg) == nil {
		t.Error("it is forgotten within the day")
	}
	*now = now.Add(time.Second)
	if r.recallSite(cfg) != nil {
		t.Error("it is believed for longer than a day")
	}
	*now = now.Add(-siteAge - time.Hour)
	if r.recallSite(cfg) != nil {
		t.Error("it is believed although it comes from the future")
	}
	*now = now.Add(2 * time.Hour)
	moved := cfg
	moved.Jira.APIURL = "https://api.atlassian.com/ex/jira/1"
	must(t, os.Rename(filepath.Join(cfg.Outbox.Dir, siteFile(cfg)), filepath.Join(cfg.Outbox.Dir, siteFile(moved))))
	if r.recallSite(moved) != nil {
		t.Error("what is kept of one address is believed of another")
	}
}

func TestProjectsAreAskedFor(t *testing.T) {
	r, now, cfg := clocked(t)
	asked := 0
	answer, trouble := []string{"SHOP"}, error(nil)
	refresh := func(wantAsked int, wantKeys ...string) {
		t.Helper()
		asked = 0
		err := r.refreshProjects(t.Context(), cfg, now.Add(-projectsAge), func(context.Context) ([]string, error) {
			asked++
			return answer, trouble
		})
		if asked != wantAsked || asked > 0 && !errors.Is(err, trouble) {
			t.Errorf("asked %d times, want %d; error %v", asked, wantAsked, err)
		}
		if got := KnownProjects(cfg).Keys; !slices.Equal(got, wantKeys) {
			t.Errorf("projects %v, want %v", got, wantKeys)
		}
	}
	refresh(1, "SHOP")
	answer = []string{"SHOP", "OPS"}
	refresh(0, "SHOP")
	*now = now.Add(projectsAge + time.Second)
	trouble = errors.New("no answer")
	refresh(1, "SHOP")
	trouble = nil
	*now = now.Add(projectsPause - time.Second)
	refresh(0, "SHOP")
	*now = now.Add(time.Second)
	refresh(1, "SHOP", "OPS")

	if !isListFresh(cfg, now.Add(freshProjects-time.Second)) || isListFresh(cfg, now.Add(freshProjects)) {
		t.Error("how fresh the list is")
	}
	cfg.Jira.Auth.Username = "another"
	if got := KnownProjects(cfg).Keys; got != nil {
		t.Errorf("another account is taken to see %v", got)
	}
	cfg.Projects.Auto = false
	refresh(0)
}

// The numbers of a Jira that has moved are other issues' in the one that it was.
func TestNumbersOfAMovedJira(t *testing.T) {
	for _, test := range []struct{ site, id, want string }{
		{"", "10001", "10001"},
		{"https://jira.example.com", "10001", "10001"},
		{"https://old.example.com", "10001", "https://jira.example.com 10001"},
		{"https://old.example.com", "", ""},
	} {
		cfg := config.Default()
		cfg.Jira.URL, cfg.Jira.Site = "https://jira.example.com", test.site
		if got := lasting(cfg.Jira, plan.Issue{ID: test.id, Key: "SHOP-1"}); got.ID != test.want || got.Key != "SHOP-1" {
			t.Errorf("site %q: issue %q is kept as %+v", test.site, test.id, got)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What one process was told does not undo what another was.
func TestLimitsOfTwoProcesses(t *testing.T) {
	r, now, cfg := clocked(t)
	const comment, worklog, link = "POST issue/*/comment", "POST issue/*/worklog", "POST issue/*/remotelink"
	minute, second := now.Add(time.Minute), now.Add(time.Second)
	r.keepLimits(cfg, map[string]time.Time{comment: minute, link: second})
	r.keepLimits(cfg, map[string]time.Time{comment: second, worklog: minute})
	*now = now.Add(2 * time.Second)
	r.keepLimits(cfg, map[string]time.Time{})
	var kept map[string]time.Time
	recall(cfg, limitsFile(cfg), &kept)
	if want := map[string]time.Time{comment: minute, worklog: minute}; !reflect.DeepEqual(kept, want) {
		t.Errorf("%v is kept, want %v", kept, want)
	}
}
