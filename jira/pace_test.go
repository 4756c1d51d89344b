package jira

import (
	"context"
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
