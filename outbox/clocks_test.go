package outbox

import (
	"context"
	"testing"
	"time"

	"jirahook/plan"
)

// The sender is told times by the clock that it has itself.
func TestFirstSentByTheMachinesClock(t *testing.T) {
	w := newWorld(t, Options{})
	w.ahead = time.Hour
	w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
		if err := a.Sending(""); err != nil {
			t.Error(err)
		}
		return &plan.Result{Verdict: plan.Later, Problem: "timeout", Uncertain: true}
	}
	start := w.clock.Now()
	id := w.push(comment("a", "A-1"))
	for range 2 {
		w.drain(id)
		w.clock.advance(time.Minute)
	}
	if got := w.jira.sends[1].FirstSent; !got.Equal(start.Add(-time.Hour)) {
		t.Errorf("first sent %v, want an hour before %v", got, start)
	}
}

// The clocks of two machines differ a little.
func TestSkew(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		id := w.push(comment("a", "A-1"))
		w.opts.Now = func() time.Time { return w.clock.Now().Add(-maxSkew / 2) }
		slow := w.open()
		if r, err := w.deliverPush(t.Context(), slow, id); err != nil || r.Actions[0].State != Done {
			t.Errorf("%+v, %v", r, err)
		}
	})
}
