package jira

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/plan"
)

// TestContract makes every call of the client through whatever stands at
// JIRA_URL: a checker that compares requests and answers with Atlassian's
// OpenAPI files, in front of the fake Jira (internal/jiratest) with its example
// projects. JIRA_USER and JIRA_SECRET log in, by default as the fake wants it.
func TestContract(t *testing.T) {
	address, flavour := os.Getenv("JIRA_URL"), os.Getenv("JIRA_FLAVOR")
	if address == "" {
		t.Skip("JIRA_URL is not set: there is no contract checker to talk through")
	}
	cfg := config.Jira{URL: address, Deployment: "auto", Timeout: 20 * time.Second, Auth: config.Auth{Type: "basic"}}
	cfg.Auth.Username = orElse(os.Getenv("JIRA_USER"), "jirahook")
	if flavour == "cloud" {
		cfg.Auth.Username = orElse(os.Getenv("JIRA_USER"), "jirahook@example.test")
	}
	c, err := New(Options{Jira: cfg, Secret: orElse(os.Getenv("JIRA_SECRET"), "fake-password"), UserAgent: "jirahook/test"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	wantVerdict(t, c.Probe(ctx), plan.Done)
	site, err := c.Site(ctx)
	if err != nil || site.Cloud != (flavour == "cloud") {
		t.Fatalf("site %+v, %v", site, err)
	}
	projects, err := c.Projects(ctx)
	if err != nil || !slices.Contains(projects, "SHOP") {
		t.Fatalf("projects %v, %v", projects, err)
	}
	c.Prepare(ctx, actionsOn("SHOP-12", "SHOP-3"))

	for _, issue := range []string{"SHOP-12", "SHOP-3"} {
		for _, kind := range kindsSent {
			a := action(kind)
			a.ID, a.Issue = "contract "+issue+" "+string(kind), issue
			a.Origin.Time = time.Now()
			r := c.Send(ctx, plan.Attempt{Action: a})
			if r.Verdict != plan.Done {
				t.Errorf("%s %s: %+v", issue, kind, r)
			}
			// The same with an unknown outcome: it is found, not repeated.
			r = c.Send(ctx, plan.Attempt{Action: a, Uncertain: true, FirstSent: time.Now(), Memo: "1>2"})
			if r.Verdict != plan.Done {
				t.Errorf("%s %s again: %+v", issue, kind, r)
			}
		}
	}
	a := fields(moveTo("Resolved"), "resolution", "Fixed")
	a.Issue = "OPS-7"
	wantVerdict(t, c.Send(ctx, plan.Attempt{Action: a}), plan.Done)

	a = action(plan.KindComment)
	a.Issue = "SHOP-99999"
	wantVerdict(t, c.Send(ctx, plan.Attempt{Action: a}), plan.Skipped)
	a.Issue, a.Comment.Visibility = "SHOP-12", plan.Visibility{Type: "role", Value: "Developers"}
	if r := c.Send(ctx, plan.Attempt{Action: a}); r.Verdict != plan.Done && r.Verdict != plan.Refused {
		t.Errorf("with a visibility: %+v", r)
	}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
