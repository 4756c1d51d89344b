package jira

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jirahook/internal/jiratest"
	"jirahook/plan"
)

// A Cloud that takes no more comments for now is asked for no more comments, by this
// process and the next, and for everything else as before. A Data Center counts all
// requests of an account.
func TestRefusedForNowIsTheOperation(t *testing.T) {
	for _, f := range []jiratest.Flavour{jiratest.Cloud, jiratest.DataCenter10} {
		t.Run(string(f), func(t *testing.T) {
			b := bedOf(t, f)
			b.AddIssue("SHOP-13", "Another")
			var limits map[string]time.Time
			b.change = func(o *Options) {
				o.KnownLimits = limits
				o.OnLimits = func(l map[string]time.Time) { limits = l }
			}
			b.renew()
			if _, err := b.client.Site(t.Context()); err != nil {
				t.Fatal(err)
			}
			b.inject(jiratest.Fault{Kind: jiratest.RateLimited, Method: "POST", Path: "/comment", RetryAfter: "60", Times: 1})
			comment, other, link := action(plan.KindComment), onKey(action(plan.KindComment), "SHOP-13"), onKey(action(plan.KindLink), "SHOP-13")
			r := b.send(comment)
			if f != jiratest.Cloud {
				if r.Verdict != plan.Away || r.RetryAfter != time.Minute {
					t.Errorf("%+v", r)
				}
				return
			}
			if r.Verdict != plan.Later || r.RetryAfter != time.Minute || r.Uncertain {
				t.Errorf("the comment: %+v", r)
			}
			wantVerdict(t, b.send(link), plan.Done) // at once: no clock has moved
			for _, process := range []string{"this", "the next"} {
				b.ClearRequests()
				r = b.send(other)
				if r.Verdict != plan.Later || r.RetryAfter != time.Minute || r.Problem == "" || b.writes() != 0 {
					t.Errorf("in %s process: %+v after %v", process, r, b.asked())
				}
				b.renew()
			}
			b.clock.pass(time.Minute)
			wantVerdict(t, b.send(other), plan.Done)
		})
	}
}

// A refusal for the changes of one issue leaves all others alone.
func TestRefusedForOneIssue(t *testing.T) {
	b := bedOf(t, jiratest.Cloud)
	b.AddIssue("SHOP-13", "Another")
	if _, err := b.client.Site(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.inject(jiratest.Fault{Kind: jiratest.RateLimited, Method: "POST", Path: "/comment", RetryAfter: "60", Times: 1, Header: map[string]string{"RateLimit-Reason": "jira-per-issue-on-write"}})
	if r := b.send(action(plan.KindComment)); r.Verdict != plan.Later || r.RetryAfter != time.Minute {
		t.Errorf("%+v", r)
	}
	wantVerdict(t, b.send(onKey(action(plan.KindComment), "SHOP-13")), plan.Done)
}

func TestOperationOf(t *testing.T) {
	for path, want := range map[string]string{
		"issue/10042/comment": "POST issue/*/comment", "issue/1/comment/2": "POST issue/*/comment/*", "myself": "POST myself", "issue/bulkfetch": "POST issue/*",
	} {
		if got := operationOf(request{method: "POST", path: path}); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// A limit that is near halves the pace, however often that is said, until it was not
// said for a minute.
func TestPaceIsHalvedNearTheLimit(t *testing.T) {
	b := bedOf(t, jiratest.Cloud)
	near := "true"
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-RateLimit-NearLimit", near)
		b.ServeHTTP(w, r)
	}))
	defer front.Close()
	b.cfg.URL, b.cfg.Rate = front.URL, 100
	b.renew()
	look := func() float64 {
		t.Helper()
		if _, err := b.client.Login(t.Context()); err != nil && !strings.Contains(err.Error(), "login") {
			t.Fatal(err)
		}
		return float64(b.client.limit.Limit())
	}
	for range 3 {
		if got := look(); got != 50 {
			t.Errorf("near the limit %v a second", got)
		}
	}
	near = "false"
	b.clock.pass(slowFor)
	if got := look(); got != 50 {
		t.Errorf("a minute later %v a second", got)
	}
	b.clock.pass(time.Second)
	if got := look(); got != 100 {
		t.Errorf("after that %v a second", got)
	}
}

// A rest is never made shorter by a request that was under way, and one without a time
// is a short one.
func TestRestIsTheLongest(t *testing.T) {
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	comment := request{method: "POST", path: "issue/10042/comment"}
	var b budget
	for _, seconds := range []string{"60", "3", ""} {
		h := http.Header{}
		if seconds != "" {
			h.Set("Retry-After", seconds)
		}
		b.note(answer{status: 429, header: h}, comment, true, now)
	}
	if err := b.check(answer{}, comment, now); restOf(err) != time.Minute {
		t.Errorf("after 60 s, 3 s and no time: %v", err)
	}
	b = budget{}
	b.note(answer{status: 429, header: http.Header{}}, comment, true, now)
	if err := b.check(answer{}, comment, now); restOf(err) != unsaid {
		t.Errorf("without a time: %v", err)
	}
}

// restOf is how long an error says to wait.
func restOf(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}
