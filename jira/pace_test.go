package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"jirahook/internal/jiratest"
	"jirahook/plan"
)

// 250 changes of one issue, as fast as they may: no window holds more than Cloud
// takes, and none is much emptier.
func TestPaceKeepsCloudsLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace{recent: map[string][]time.Time{}}
		began := time.Now()
		var times []time.Time
		for range 250 {
			if err := p.wait(t.Context(), "1"); err != nil {
				t.Fatal(err)
			}
			times = append(times, time.Now())
		}
		for _, l := range []writeLimit{{20, 2 * time.Second}, {100, 30 * time.Second}} {
			for i := l.count; i < len(times); i++ {
				if d := times[i].Sub(times[i-l.count]); d < l.window {
					t.Fatalf("%d changes within %v", l.count+1, d)
				}
			}
		}
		if took := time.Since(began); took > 80*time.Second {
			t.Errorf("250 changes took %v", took)
		}
		if err := p.wait(t.Context(), "2"); err != nil || p.reserve("3", time.Now()) > 0 {
			t.Error("one issue keeps another waiting")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for range 25 {
			if err := p.wait(ctx, "4"); err != nil {
				if ctx.Err() == nil {
					t.Error(err)
				}
				break
			}
		}
		if ctx.Err() == nil {
			t.Error("it goes on after the context's end")
		}
	})
}

func TestPaceForgets(t *testing.T) {
	p := pace{recent: map[string][]time.Time{}}
	now := time.Now()
	for i := range 10_000 {
		p.reserve(fmt.Sprint(i), now.Add(time.Duration(i)*time.Second))
	}
	if n := len(p.recent); n > 40 {
		t.Errorf("%d issues are remembered", n)
	}
}

// Only a Cloud is spared so.
func TestPaceIsForCloud(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		for i := range 3 {
			a := action(plan.KindComment)
			a.ID = fmt.Sprintf("%040d", i)
			wantVerdict(t, b.send(a), plan.Done)
		}
		want := 0
		if f == jiratest.Cloud {
			want = 3
		}
		if got := len(b.client.pace.recent[b.Issue("SHOP-12").ID]); got != want {
			t.Errorf("%s: %d changes were noted, want %d", f, got, want)
		}
	}
}

// An answer that leaves nothing: the next request is not sent, and the site is
// left alone as long as it says.
func TestBudget(t *testing.T) {
	for name, header := range map[string]map[string]string{
		"Data Center": {"X-RateLimit-Limit": "50", "X-RateLimit-FillRate": "10", "X-RateLimit-Interval-Seconds": "60"},
		"Cloud":       {"X-RateLimit-Limit": "100", "X-RateLimit-Reset": "2026-11-24T15:01Z"},
	} {
		t.Run(name, func(t *testing.T) {
			b := bedOf(t, jiratest.DataCenter10)
			left := "0"
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for k, v := range header {
					w.Header().Set(k, v)
				}
				w.Header().Set("X-RateLimit-Remaining", left)
				b.ServeHTTP(w, r)
			}))
			defer front.Close()
			b.cfg.URL = front.URL
			b.renew()
			if _, err := b.client.Site(t.Context()); err != nil {
				t.Fatal(err)
			}
			r := b.send(action(plan.KindComment))
			if r.Verdict != plan.Away || r.RetryAfter != time.Minute || r.Uncertain || len(b.Requests()) != 1 {
				t.Errorf("result %+v after %v", r, b.asked())
			}
			b.clock.pass(time.Minute)
			left = "7"
			wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
		})
	}
}

// What is remembered of an issue is what decides about its next change, no more; it
// may go out at the moment at which a window ends, and is noted then.
func TestPaceNotes(t *testing.T) {
	p := pace{recent: map[string][]time.Time{}}
	now := time.Now()
	for n := range 300 {
		if rest := p.reserve("1", now.Add(time.Duration(n)*33*time.Second/100)); rest != 0 {
			t.Fatalf("change %d waits %v", n, rest)
		}
		if got := len(p.recent["1"]); got != min(n+1, 100) {
			t.Fatalf("%d changes are remembered after %d", got, n+1)
		}
	}
	for n := range 20 {
		if rest := p.reserve("2", now); rest != 0 || len(p.recent["2"]) != n+1 {
			t.Fatalf("change %d waits %v, %d are remembered", n, rest, len(p.recent["2"]))
		}
	}
	for early, want := range map[time.Duration]time.Duration{2200 * time.Millisecond: 2200 * time.Millisecond, 1: 1} {
		if rest := p.reserve("2", now.Add(2200*time.Millisecond-early)); rest != want || len(p.recent["2"]) != 20 {
			t.Errorf("%v early: waits %v, %d are remembered", early, rest, len(p.recent["2"]))
		}
	}
	if rest := p.reserve("2", now.Add(2200*time.Millisecond)); rest != 0 || len(p.recent["2"]) != 21 {
		t.Errorf("in time: waits %v, %d are remembered", rest, len(p.recent["2"]))
	}
}

// What is left is told by a number; the last of it may still be used.
func TestBudgetIsTold(t *testing.T) {
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		left   string
		status int
		reset  string
		want   time.Duration
	}{
		"nothing":                   {"0", 200, "60", time.Minute},
		"less than nothing":         {"-1", 200, "60", time.Minute},
		"one":                       {"1", 200, "60", 0},
		"not told":                  {"", 200, "60", 0},
		"no number":                 {"none", 200, "60", 0},
		"until when is not told":    {"0", 200, "", 0},
		"a refusal tells by itself": {"0", 429, "60", 0},
	} {
		var b budget
		b.note(answer{status: tt.status, header: http.Header{"X-Ratelimit-Remaining": {tt.left}, "X-Ratelimit-Reset": {tt.reset}}}, request{}, false, now)
		for after, want := range map[time.Duration]time.Duration{0: tt.want, time.Second: max(0, tt.want-time.Second), time.Minute: 0, time.Minute - 1: min(1, tt.want)} {
			err := b.check(answer{short: "GET /x: not sent"}, request{}, now.Add(after))
			e, _ := errors.AsType[*Error](err)
			if (err != nil) != (want > 0) || err != nil && (e.Verdict != plan.Away || e.RetryAfter != want || e.Problem == "") {
				t.Errorf("%s, after %v: %v", name, after, err)
			}
		}
	}
}

// Whose time is over while a Cloud is spared sends nothing, and notes nothing.
func TestPaceEndsWithTheTime(t *testing.T) {
	b := bedOf(t, jiratest.Cloud)
	wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
	id := b.Issue("SHOP-12").ID
	for len(b.client.pace.recent[id]) < 20 {
		b.client.pace.reserve(id, time.Now())
	}
	ctx, cancel := context.WithCancel(t.Context())
	at := b.attempt(action(plan.KindLink))
	at.Found = func(plan.Issue) { cancel() }
	calls := b.calls
	if r := b.client.Send(ctx, at); r.Verdict != plan.Later || r.Uncertain || b.writes() != 1 || b.calls != calls {
		t.Errorf("result %+v after %v", r, b.asked())
	}
}
