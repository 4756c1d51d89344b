package outbox

import (
	"context"
	"testing"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// What several lanes hear of one outage adds up to the longest patience that Jira
// asked for, in whatever order they hear it; to a pause of another kind it adds
// nothing.
func TestLongestRetryAfterOfASite(t *testing.T) {
	const minute = time.Minute
	type answers [2]time.Duration // what two attempts that ran beside each other are told
	for said, want := range map[answers]time.Duration{
		{minute, 60 * minute}:  60 * minute,
		{60 * minute, minute}:  60 * minute,
		{0, 60 * minute}:       60 * minute,
		{60 * minute, 0}:       60 * minute,
		{minute, minute + 1e6}: minute + 1e6,
		{time.Millisecond, 0}:  time.Millisecond,
		{}:                     0,
	} {
		databases(t, func(t *testing.T, w *world) {
			w.jira.probe = probing(plan.Result{Verdict: plan.Done})
			w.jira.before = always(plan.Result{Verdict: plan.Later})
			w.push(comment("a", "A-1"))
			w.deliver()
			for _, patience := range said {
				w.pauseAwayNow(patience)
			}
			next := w.site().Next.Sub(w.clock.Now())
			if want > minute && next != want || next < want {
				t.Errorf("%v: probed in %v, want %v", said, next, want)
			}
			if want > 0 {
				w.clock.advance(want - time.Millisecond)
				if w.deliver(); w.jira.probed() != 0 {
					t.Errorf("%v: probed too early", said)
				}
				w.clock.advance(time.Millisecond)
			}
			if w.deliver(); w.jira.probed() != 1 {
				t.Errorf("%v: not probed", said)
			}
		})
	}
}

// pauseAwayNow plays the end of an attempt that was told to wait.
func (w *world) pauseAwayNow(patience time.Duration) {
	w.Helper()
	err := w.db.Write(w.Context(), "test", func(s store.Session) error {
		return w.pauseAway(s, site, plan.Result{Verdict: plan.Away, Problem: "429", RetryAfter: patience}, store.Millis(w.clock.Now()))
	})
	if err != nil {
		w.Fatal(err)
	}
}

func TestRetryAfterChangesNoOtherPause(t *testing.T) {
	for name, pause := range map[string]func(*world) error{
		"operator": func(w *world) error { return w.Pause(w.Context(), site, "") },
		"credentials": func(w *world) error {
			w.jira.before = always(locked)
			w.push(comment("a", "A-1"))
			w.deliver()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			if err := pause(w); err != nil {
				t.Fatal(err)
			}
			before := w.site()
			w.pauseAwayNow(time.Hour)
			if after := w.site(); after != before {
				t.Errorf("was %+v, is %+v", before, after)
			}
			if n := w.number("SELECT not_before FROM site"); n != 0 {
				t.Errorf("not before %d", n)
			}
		})
	}
}

// What Jira asks for counts although it arrives when our own time is over. Our own
// impatience, on the other hand, is no news of Jira.
func TestRetryAfterWhenTimeIsOver(t *testing.T) {
	for name, tt := range map[string]struct {
		result plan.Result
		paused bool
	}{
		"site":   {plan.Result{Verdict: plan.Away, Problem: "429", RetryAfter: time.Hour}, true},
		"lane":   {plan.Result{Verdict: plan.Later, Problem: "429", RetryAfter: time.Hour}, false},
		"second": {plan.Result{Verdict: plan.Away, Problem: "429", RetryAfter: time.Second}, true},
	} {
		databases(t, func(t *testing.T, w *world) {
			ctx, cancel := context.WithCancel(t.Context())
			w.jira.before = func(context.Context, plan.Attempt) *plan.Result {
				cancel()
				return &tt.result
			}
			id := w.push(comment("a", "A-1"))
			if _, err := w.deliverPush(ctx, w.Outbox, id); err != nil {
				t.Fatal(err)
			}
			w.wantStates(id, "a queued")
			if paused := w.number("SELECT count(*) FROM site WHERE pause = 'away'") == 1; paused != tt.paused {
				t.Errorf("%s: paused %v", name, paused)
			}
			w.jira.set(func(j *jira) { j.before = nil })
			w.clock.advance(tt.result.RetryAfter - time.Millisecond)
			if w.deliver(); w.jira.sent() != 1 || w.jira.probed() != 0 {
				t.Errorf("%s: %d requests and %d probes, too early", name, w.jira.sent(), w.jira.probed())
			}
			w.clock.advance(time.Millisecond)
			if sum := w.deliver(); sum.Done != 1 {
				t.Errorf("%s: %+v", name, sum)
			}
		})
	}
}
