package jira

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/internal/jiratest"
	"jirahook/plan"
)

// TestContract makes every call of the client through whatever stands at
// JIRA_URL: a checker that compares requests and answers with Atlassian's
// OpenAPI files, in front of the fake Jira (internal/jiratest) with its example
// projects. JIRA_USER and JIRA_SECRET log in, by default as the fake wants it.
// Where JIRA_URL is not set it is the fakes themselves.
func TestContract(t *testing.T) {
	if address := os.Getenv("JIRA_URL"); address != "" {
		testContract(t, address, os.Getenv("JIRA_FLAVOR"))
		return
	}
	for _, f := range []jiratest.Flavour{jiratest.DataCenter10, jiratest.Cloud} {
		t.Run(string(f), func(t *testing.T) {
			fake := jiratest.New(jiratest.Options{Flavour: f})
			if err := fake.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(fake.Close)
			fake.Seed()
			testContract(t, fake.URL(), string(f))
		})
	}
}

func testContract(t *testing.T, address, flavour string) {
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
			// The same with an unknown outcome, too old to arrive still: it is found, not
			// repeated; a link is written over itself.
			r = c.Send(ctx, plan.Attempt{Action: a, Uncertain: true, FirstSent: time.Now().Add(-time.Minute), Memo: "1>2"})
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
	testContractOnDesk(ctx, t, c)
}

// testContractOnDesk: what is said is for some, is edited, goes with a transition;
// a link is taken away.
func testContractOnDesk(ctx context.Context, t *testing.T, c *Client) {
	kinds, err := c.ProjectKinds(ctx)
	if err != nil || kinds["HELP"] != (ProjectKind{"HELP", ServiceDesk}) || kinds["SHOP"].Type == ServiceDesk {
		t.Errorf("projects %v, %v", kinds, err)
	}
	note, developers := plan.Visibility{Type: plan.Internal}, plan.Visibility{Type: "role", Value: "Developers"}
	unlink := action(plan.KindLink)
	unlink.Link = &plan.Link{GlobalID: unlink.Link.GlobalID, Remove: true}
	for i, step := range []struct {
		a     plan.Action
		words string
	}{
		{restrictedTo(action(plan.KindComment), "HELP-1", note), "comment"},
		{restrictedTo(editing(), "HELP-1", note), "comment edited"},
		{restrictedTo(action(plan.KindWorklog), "HELP-1", developers), "2h logged"},
		{restrictedTo(saying(command("done")), "HELP-1", note), "Done"},
		{restrictedTo(saying(command("reopen")), "HELP-1", developers), "To Do"},
		{restrictedTo(withComment("closed"), "HELP-1", developers), "Done"},
		{restrictedTo(action(plan.KindLink), "HELP-1", note), "link"},
		{restrictedTo(unlink, "HELP-1", note), "link taken away"},
		{restrictedTo(unlink, "HELP-1", note), ""},
	} {
		if r := c.Send(ctx, plan.Attempt{Action: step.a}); r.Verdict != plan.Done || r.Words != step.words {
			t.Errorf("step %d, want %q: %+v", i, step.words, r)
		}
	}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
