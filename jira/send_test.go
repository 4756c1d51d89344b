package jira

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"jirahook/internal/jiratest"
	"jirahook/plan"
)

func TestSend(t *testing.T) {
	words := map[plan.Kind]string{plan.KindComment: "comment", plan.KindLink: "link", plan.KindWorklog: "2h logged", plan.KindTransition: "Done"}
	paths := map[plan.Kind]string{plan.KindComment: "comment", plan.KindLink: "remotelink", plan.KindWorklog: "worklog", plan.KindTransition: "transitions"}
	for _, f := range flavours {
		for _, kind := range kindsSent {
			t.Run(string(f)+" "+string(kind), func(t *testing.T) {
				b := bedOf(t, f)
				r := b.send(action(kind))
				wantVerdict(t, r, plan.Done)
				if r.Words != words[kind] || r.Uncertain || r.Problem != "" || r.Note != "" {
					t.Errorf("result %+v", r)
				}
				id := b.Issue("SHOP-12").ID
				wantIn(t, "exchange", r.Exchange, "POST /rest/api/2/issue/"+id+"/"+paths[kind]+": 20")
				status := "To Do"
				if kind == plan.KindTransition {
					status = "Done"
				}
				if want := (plan.Issue{ID: id, Key: "SHOP-12", Summary: "Cart total is wrong", Status: status}); r.Issue != want {
					t.Errorf("issue %+v, want %+v", r.Issue, want)
				}
				if n := b.did(string(kind)); n != 1 || b.calls != 1 {
					t.Errorf("done %d times, noted %d times", n, b.calls)
				}
				for _, req := range b.Requests() {
					if req.UserAgent != "jirahook/test" || req.Auth != "basic" {
						t.Errorf("request %+v", req)
					}
				}
			})
		}
	}
}

// What is sent must be there as it was meant.
func TestSentWhole(t *testing.T) {
	const anchor, property = " {anchor:jirahook-0123456789ab}", `{"id":"0123456789abcdef0123456789abcdef01234567","marker":"jirahook 0123456789ab"}`
	marks := map[jiratest.Flavour]struct{ comment, worklog string }{
		jiratest.Server6: {anchor, anchor}, jiratest.Server7: {property, anchor}, jiratest.DataCenter10: {property, anchor}, jiratest.Cloud: {property, property},
	}
	for _, f := range flavours {
		for name, planned := range map[string]func(plan.Kind) plan.Action{"": action, " of before": ofBefore} {
			t.Run(string(f)+name, func(t *testing.T) {
				b := bedOf(t, f)
				for _, kind := range kindsSent {
					wantVerdict(t, b.send(planned(kind)), plan.Done)
				}
				i := b.Issue("SHOP-12")
				c, w := i.Comments[0], i.Worklogs[0]
				wantMarked(t, "comment", action(plan.KindComment).Comment.Body, marks[f].comment, c.Body, c.Properties["jirahook"])
				wantMarked(t, "worklog", action(plan.KindWorklog).Worklog.Text, marks[f].worklog, w.Comment, w.Properties["jirahook"])
				l := i.Links[0]
				if l.GlobalID != "system=jirahook&commit=1" || l.Application != "jirahook" || l.Resolved || l.Relationship != "mentioned in" || l.Summary != "team/app" {
					t.Errorf("link %+v", l)
				}
				if !w.Started.Equal(action(plan.KindWorklog).Worklog.Started) || w.Seconds != 7200 {
					t.Errorf("worklog %+v", w)
				}
				if i.Status != "Done" || i.Resolution != "Done" {
					t.Errorf("status %s, resolution %s", i.Status, i.Resolution)
				}
			})
		}
	}
}

// wantMarked: a text bears its mark, as an anchor or as a property, and a reader
// sees the text without.
func wantMarked(t *testing.T, what, text, mark, got, property string) {
	t.Helper()
	read := func(text string) string { return strings.ReplaceAll(jiratest.Rendered(text).Text, " \n", "\n") }
	if rendered := read(got); strings.TrimSpace(rendered) != read(text) {
		t.Errorf("%s reads %q", what, rendered)
	}
	if strings.HasPrefix(mark, "{") {
		if got != text || property != mark {
			t.Errorf("%s %q with the property %s, want %s", what, got, property, mark)
		}
	} else if strings.Replace(got, mark, "", 1) != text || !strings.Contains(got, mark) || property != "" {
		t.Errorf("%s %q with the property %q, want %s in it", what, got, property, mark)
	}
}

func TestLinkIsReplaced(t *testing.T) {
	b := bedOf(t, jiratest.DataCenter10)
	wantVerdict(t, b.send(action(plan.KindLink)), plan.Done)
	a := action(plan.KindLink)
	a.Link.Resolved, a.Link.Title = true, "Branch (deleted)"
	wantVerdict(t, b.send(a), plan.Done)
	if l := b.Issue("SHOP-12").Links; len(l) != 1 || !l[0].Resolved || l[0].Title != "Branch (deleted)" {
		t.Errorf("links %+v", l)
	}
}

// A link that is taken away is gone, the others stay; without one it is done.
func TestLinkIsTakenAway(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		other := action(plan.KindLink)
		other.Link.GlobalID = "system=jirahook&commit=2"
		wantVerdict(t, b.send(action(plan.KindLink)), plan.Done)
		wantVerdict(t, b.send(other), plan.Done)
		gone := action(plan.KindLink)
		gone.Link = &plan.Link{GlobalID: "system=jirahook&commit=1", Remove: true}
		b.ClearRequests()
		r := b.send(gone)
		wantVerdict(t, r, plan.Done)
		if l := b.Issue("SHOP-12").Links; len(l) != 1 || l[0].GlobalID != other.Link.GlobalID || r.Words != "link taken away" || len(b.Requests()) != 1 {
			t.Errorf("%s: links %+v, %+v, %v", f, l, r, b.asked())
		}
		r = b.send(gone)
		wantVerdict(t, r, plan.Done)
		if l := b.Issue("SHOP-12").Links; len(l) != 1 || r.Words != "" {
			t.Errorf("%s: again: links %+v, %+v", f, l, r)
		}
		// Nor does a page that Jira puts in the place of its words.
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				json200(`{"id":"1","key":"SHOP-12","name":"bot"}`)(w, r)
				return
			}
			w.Header().Set("X-Arequestid", "1")
			w.WriteHeader(http.StatusNotFound)
		}, nil)
		wantVerdict(t, c.Send(t.Context(), plan.Attempt{Action: gone}), plan.Refused)
		// A page that something before Jira answers with says nothing about the link.
		b.inject(jiratest.Fault{Kind: jiratest.HTML, Times: jiratest.Forever})
		if r = b.send(gone); r.Verdict == plan.Done || r.Verdict == plan.Refused {
			t.Errorf("%s: %+v", f, r)
		}
		b.ClearFaults()
		b.SetPermissions("SHOP", jiratest.BrowseProjects)
		gone.Link.GlobalID = other.Link.GlobalID
		wantVerdict(t, b.send(gone), plan.Refused)
	}
}

// However the answer is lost, the link is gone in the end, once.
func TestLostAnswerToTakingALinkAway(t *testing.T) {
	for _, fault := range []jiratest.Fault{
		{Kind: jiratest.Drop, Applied: true}, {Kind: jiratest.Drop}, {Kind: jiratest.StatusCode, Status: 500, Applied: true}, {Kind: jiratest.HTML},
	} {
		b := bedOf(t, jiratest.DataCenter10)
		wantVerdict(t, b.send(action(plan.KindLink)), plan.Done)
		b.renew()
		gone := action(plan.KindLink)
		gone.Link = &plan.Link{GlobalID: "system=jirahook&commit=1", Remove: true}
		fault.Method = "DELETE"
		b.inject(fault)
		wantVerdict(t, b.deliver(gone), plan.Done)
		if l := b.Issue("SHOP-12").Links; len(l) != 0 {
			t.Errorf("%+v: links %+v", fault, l)
		}
	}
}

func TestSendingFails(t *testing.T) {
	for _, kind := range kindsSent {
		b := bedOf(t, jiratest.Server7)
		a := b.attempt(action(kind))
		a.Sending = func(string) error { return errors.New("disk full") }
		r := b.client.Send(context.Background(), a)
		if r.Verdict != plan.Later || r.Uncertain || b.writes() != 0 {
			t.Errorf("%s: %+v, %v", kind, r, b.asked())
		}
	}
}

func TestContextEnds(t *testing.T) {
	b := bedOf(t, jiratest.Server7)
	ctx, cancel := context.WithCancel(context.Background())
	a := b.attempt(action(plan.KindComment))
	a.Sending = func(string) error { cancel(); return nil }
	r := b.client.Send(ctx, a)
	if r.Verdict != plan.Later || r.Uncertain || b.writes() != 0 {
		t.Errorf("ended before the request: %+v", r)
	}
	if r = b.client.Send(ctx, a); r.Verdict != plan.Later || r.Uncertain {
		t.Errorf("ended at the start: %+v", r)
	}
	b.renew()
	if _, err := b.client.Site(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want its cause within", err)
	}
	a.Uncertain = true
	if r = b.client.Send(ctx, a); r.Verdict != plan.Later || !r.Uncertain {
		t.Errorf("ended before looking: %+v", r)
	}

	ctx, cancel = context.WithCancel(context.Background())
	b.inject(jiratest.Fault{Kind: jiratest.Hang, Method: "POST", Applied: true})
	go func() {
		for b.did("comment") == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if r = b.client.Send(ctx, b.attempt(action(plan.KindComment))); r.Verdict != plan.Later || !r.Uncertain {
		t.Errorf("ended during the request: %+v", r)
	}
}

func TestNoConnection(t *testing.T) {
	b := bedOf(t, jiratest.Server7)
	wantVerdict(t, b.send(action(plan.KindLink)), plan.Done)
	b.renew() // without a kept connection
	if err := b.SetDown(true); err != nil {
		t.Fatal(err)
	}
	r := b.send(action(plan.KindComment))
	if r.Verdict != plan.Away || r.Uncertain {
		t.Errorf("result %+v", r)
	}
	wantIn(t, "problem", r.Problem, "connection refused")
	wantIn(t, "exchange", r.Exchange, "GET /rest/api/2/issue/SHOP-12: no answer")
	if strings.Contains(r.Problem+r.Exchange, "127.0.0.1") {
		t.Errorf("tells the host: %+v", r)
	}
}

// The issue is known, and Jira goes away before the write: it was not sent.
func TestRefusedConnectionIsCertain(t *testing.T) {
	b := bedOf(t, jiratest.Server7)
	wantVerdict(t, b.send(action(plan.KindLink)), plan.Done)
	b.renew() // without a kept connection
	b.client.issues.keep("SHOP-12", plan.Issue{ID: b.Issue("SHOP-12").ID, Key: "SHOP-12"}, b.clock.now())
	if err := b.SetDown(true); err != nil {
		t.Fatal(err)
	}
	r := b.send(action(plan.KindLink))
	if r.Verdict != plan.Away || r.Uncertain || b.calls != 1 {
		t.Errorf("result %+v, noted %d times", r, b.calls)
	}
}

// A time is read in either of Jira's forms; one that is neither is none, whatever was
// there before.
func TestTimestamp(t *testing.T) {
	want := time.Date(2026, 11, 24, 15, 0, 0, 5e6, time.UTC)
	for s, known := range map[string]bool{`"2026-11-24T16:00:00.005+0100"`: true, `"2026-11-24T15:00:00.005Z"`: true, `"soon"`: false, `null`: false, `7`: false} {
		got := timestamp{time.Unix(1, 0)}
		if err := got.UnmarshalJSON([]byte(s)); err != nil || got.IsZero() == known || known && !got.Equal(want) {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
}

func TestContextPath(t *testing.T) {
	for _, f := range flavours {
		b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: f, Context: "/jira"}})
		for _, kind := range kindsSent {
			wantVerdict(t, b.send(action(kind)), plan.Done)
		}
	}
}

// A scoped token works on the API's host only; links for people stay as they
// are.
func TestScopedToken(t *testing.T) {
	b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: jiratest.Cloud, Scoped: true}})
	r := b.send(action(plan.KindComment))
	wantVerdict(t, r, plan.Locked)
	b.cfg.APIURL = b.APIHostURL()
	b.renew()
	for _, kind := range kindsSent {
		wantVerdict(t, b.send(action(kind)), plan.Done)
	}
}

// A wrong context path must not look like a missing issue.
func TestWrongAddress(t *testing.T) {
	b := bedOf(t, jiratest.DataCenter10)
	b.cfg.URL += "/wrong"
	b.renew()
	for _, kind := range kindsSent {
		r := b.send(action(kind))
		wantVerdict(t, r, plan.Locked)
		wantIn(t, "advice", r.Advice, "jira.url")
	}
	wantVerdict(t, b.client.Probe(context.Background()), plan.Locked)
}
