package jira

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"jirahook/internal/jiratest"
	"jirahook/plan"
)

// A search for all, then one request for each comment.
func TestPrepare(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		keys := []string{"SHOP-12", "not a key", "../x"}
		for n := 100; n < 170; n++ {
			key := fmt.Sprint("SHOP-", n)
			b.AddIssue(key, "issue "+key)
			keys = append(keys, key)
		}
		b.client.Prepare(context.Background(), actionsOn(keys...))
		searches := 0
		for _, r := range b.asked() {
			if strings.Contains(r, "/search") || strings.Contains(r, "/bulkfetch") {
				searches++
			}
		}
		if searches != 2 {
			t.Errorf("%s: %v", f, b.asked())
		}
		b.ClearRequests()
		a := action(plan.KindLink)
		a.Issue = "SHOP-169"
		r := b.send(a)
		wantVerdict(t, r, plan.Done)
		if r.Issue.Summary != "issue SHOP-169" || r.Issue.Status != "To Do" || len(b.Requests()) != 1 {
			t.Errorf("%s: %+v, %v", f, r.Issue, b.asked())
		}
		b.client.Prepare(context.Background(), actionsOn(keys...)) // all known
		if len(b.Requests()) != 1 {
			t.Errorf("%s: %v", f, b.asked())
		}
	}
}

// Fifty are asked for at once. Where one of them is refused the others may do; where
// Jira does not answer no more is asked.
func TestPrepareInParts(t *testing.T) {
	for n, want := range map[int]int{2: 1, 50: 1, 51: 2, 100: 2, 101: 3} {
		for _, status := range []int{200, 400, 403, 500} {
			b := bedOf(t, jiratest.DataCenter10)
			var keys []string
			for i := range n {
				keys = append(keys, fmt.Sprint("SHOP-", 100+i))
			}
			if status != 200 {
				b.inject(jiratest.Fault{Kind: jiratest.StatusCode, Status: status, Path: "search"})
			}
			b.client.Prepare(t.Context(), actionsOn(keys...))
			want := want
			if status == 403 || status == 500 {
				want = 1
			}
			if got := len(b.Requests()) - 1; got != want { // and one for the site
				t.Errorf("%d issues, %d: %d searches", n, status, got)
			}
		}
	}
}

// What is found is taken for an issue only with an id and a key that may stand in a
// path; one that is named twice is asked for once, and read ahead.
func TestOddIssues(t *testing.T) {
	for body, known := range map[string]bool{`{"id":"1","key":"SHOP-12"}`: true, `{"id":"../1","key":"SHOP-12"}`: false, `{"id":"1","key":"../SHOP-12"}`: false, `{"id":"","key":"SHOP-12"}`: false} {
		c := serve(t, json200(`{"issues":[`+body+`]}`), nil)
		c.detected.found.Store(&Site{})
		c.Prepare(t.Context(), actionsOn("SHOP-12", "SHOP-13"))
		if got := len(c.issues.byKey) == 1; got != known {
			t.Errorf("%s: known %v", body, got)
		}
		c = serve(t, json200(body), nil)
		if _, err := c.issue(t.Context(), "SHOP-12"); (err == nil) != (known || strings.Contains(body, "../SHOP")) {
			t.Errorf("%s: %v", body, err)
		}
	}
	c := serve(t, json200(`{"id":"1"}`), nil)
	if _, err := c.issue(t.Context(), "SHOP-12"); resultOf(err).Verdict != plan.Locked {
		t.Errorf("without a key: %v", err)
	}
	b := bedOf(t, jiratest.DataCenter10)
	b.client.Prepare(t.Context(), actionsOn("SHOP-12", "SHOP-12"))
	if got := b.asked(); len(got) != 1 || got[0] != "GET /rest/api/2/issue/SHOP-12" {
		t.Errorf("requests %v", got)
	}
	for id, want := range map[string]bool{"": false, "1": true, "9999999999999999999": true, "99999999999999999999": false, "1a": false, "-1": false, "1/2": false} {
		if got := isID(id); got != want {
			t.Errorf("%q is an id: %v", id, got)
		}
	}
}

// An action that reads the issue itself is not read ahead for; a digest without parts
// is no such action.
func TestReadAheadFor(t *testing.T) {
	b := bedOf(t, jiratest.DataCenter10)
	for _, a := range []plan.Action{partly("done"), moveTo("Done")} {
		b.client.Prepare(t.Context(), []plan.Action{a})
	}
	if n := len(b.Requests()); n != 0 {
		t.Errorf("requests %v", b.asked())
	}
	b.client.Prepare(t.Context(), []plan.Action{action(plan.KindLink)})
	if n := len(b.Requests()); n != 1 {
		t.Errorf("requests %v", b.asked())
	}
	// Ours came first: the second hears of a new reading.
	if _, ok := b.client.issues.takeReading("SHOP-12", b.clock.now().Add(5*time.Second)); !ok {
		t.Error("the reading is forgotten too early")
	}
}

// Preparing is no promise: what fails or is missing there is read later.
func TestPrepareFailsSilently(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		b.AddIssue("SHOP-13", "second")
		b.inject(jiratest.Fault{Kind: jiratest.StatusCode, Status: 500, Path: "search", Times: jiratest.Forever})
		b.client.Prepare(context.Background(), actionsOn("SHOP-12", "SHOP-13"))
		wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
		b.ClearFaults()

		b.renew()
		b.client.Prepare(context.Background(), actionsOn("SHOP-12", "SHOP-99", "NOPE-1"))
		wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
		a := action(plan.KindComment)
		a.Issue = "SHOP-99"
		wantVerdict(t, b.send(a), plan.Skipped)
	}
}

func actionsOn(keys ...string) []plan.Action {
	var all []plan.Action
	for _, k := range keys {
		a := action(plan.KindComment)
		a.Issue = k
		all = append(all, a)
	}
	return all
}

// A single issue is read ahead for the action that comes next: which is told how
// it went, with the exchange, and asks for nothing itself.
func TestOneIssueIsReadAhead(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		b.client.Prepare(context.Background(), actionsOn("SHOP-12"))
		r := b.send(action(plan.KindComment))
		wantVerdict(t, r, plan.Done)
		asked := strings.Join(b.asked(), "\n")
		if len(r.Exchanges) != len(b.Requests()) || strings.Count(asked, "GET /rest/api/2/issue/") != 1 {
			t.Errorf("%s: %v, requests %v", f, r.Exchanges, b.asked())
		}
	}
}

// What is wrong is told once: then it is asked for again.
func TestReadAheadFails(t *testing.T) {
	b := bedOf(t, jiratest.DataCenter10)
	b.inject(jiratest.Fault{Kind: jiratest.StatusCode, Status: 503, Path: "issue/", Times: 1})
	b.client.Prepare(context.Background(), actionsOn("SHOP-12"))
	r := b.send(action(plan.KindComment))
	wantVerdict(t, r, plan.Away)
	if len(r.Exchanges) != 1 || len(b.Requests()) != 1 {
		t.Errorf("%v, requests %v", r.Exchanges, b.asked())
	}
	wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)

	b.renew()
	over, cancel := context.WithCancel(context.Background())
	cancel()
	b.client.Prepare(over, actionsOn("SHOP-12")) // our own end says nothing about Jira
	wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
}

// A transition reads the issue itself, when its turn has come.
func TestTransitionIsNotReadAhead(t *testing.T) {
	b := bedOf(t, jiratest.DataCenter10)
	b.client.Prepare(context.Background(), []plan.Action{moveTo("Done")})
	if n := len(b.Requests()); n != 0 {
		t.Errorf("requests %v", b.asked())
	}
}

func TestReadingAges(t *testing.T) {
	m := memory{readings: map[string]reading{}}
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	m.keepReading("A-1", reading{until: now})
	if _, ok := m.takeReading("A-1", now.Add(1)); ok {
		t.Error("an old reading is told")
	}
}

// Several actions on an issue read it once; a summary with control characters
// reaches nobody.
func TestIssueIsReadOnce(t *testing.T) {
	b := bedOf(t, jiratest.Cloud)
	b.Edit("SHOP-12", "summary", "Cart\x1b[31m total\u202e\n is wrong")
	for _, kind := range []plan.Kind{plan.KindComment, plan.KindLink, plan.KindWorklog} {
		r := b.send(action(kind))
		wantVerdict(t, r, plan.Done)
		if r.Issue.Summary != "Cart[31m total is wrong" {
			t.Errorf("summary %q", r.Issue.Summary)
		}
	}
	reads := 0
	for _, r := range b.asked() {
		if r == "GET /rest/api/2/issue/SHOP-12" {
			reads++
		}
	}
	if reads != 1 {
		t.Errorf("requests %v", b.asked())
	}
}
