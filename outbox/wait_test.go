package outbox

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"jirahook/plan"
)

// wantGoroutines fails when goroutines have stayed behind. Those of database/sql
// end a little after the statement they watch.
func wantGoroutines(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// When the wait ends no request starts, and one in flight gets the grace.
func TestWaitEnds(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.Outbox.grace = 10 * time.Millisecond
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w.jira.before = func(sendCtx context.Context, a plan.Attempt) *plan.Result {
			if err := a.Sending("memo"); err != nil {
				t.Error(err)
			}
			cancel()
			<-sendCtx.Done()
			if !errors.Is(context.Cause(sendCtx), errTimeOver) {
				t.Errorf("ended by %v", context.Cause(sendCtx))
			}
			return &plan.Result{Verdict: plan.Away, Problem: "context canceled", Uncertain: true}
		}
		before := runtime.NumGoroutine()
		w.Outbox.opts.Workers = 1
		id := w.push(comment("a", "A-1"), comment("b", "A-1"), comment("c", "A-2"))
		r, err := w.deliverPush(ctx, w.Outbox, id)
		if err != nil {
			t.Fatal(err)
		}
		wantGoroutines(t, before)
		w.wantStates(id, "a sending, b queued, c queued")
		if n := w.jira.sent(); n != 1 {
			t.Errorf("%d requests", n)
		}
		// Our own impatience is no news of Jira, and nothing to tell.
		if r.Actions[0].Problem != "" || w.number("SELECT count(*) FROM site WHERE pause <> ''") != 0 {
			t.Errorf("report: %+v", r.Actions[0])
		}
		w.jira.set(func(j *jira) { j.before = nil })
		if sum := w.deliver(); sum.Done != 3 {
			t.Errorf("deliver: %+v", sum)
		}
		w.jira.check(t, "A-1: a b", "A-2: c")
		if i := slices.IndexFunc(w.jira.sends[1:], func(a plan.Attempt) bool { return a.Action.ID == "a" }); !w.jira.sends[1+i].Uncertain {
			t.Error("the one that was cut off is not uncertain")
		}
	})
}

func TestWaitEndsInTheMiddle(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
			if a.Action.ID == "b" {
				cancel() // it has been looking up something, and is about to send
			}
			return nil
		}
		id := w.push(comment("a", "A-1"), comment("b", "A-1"))
		if _, err := w.deliverPush(ctx, w.Outbox, id); err != nil {
			t.Fatal(err)
		}
		w.wantStates(id, "a done, b queued")
		w.jira.check(t, "A-1: a")
	})
}

// An answer within the grace counts, and nothing more is begun, not even a look.
func TestAnswerWithinGrace(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
			if err := a.Sending(""); err != nil {
				t.Error(err)
			}
			cancel()
			return &plan.Result{Verdict: plan.Done, Words: "comment"}
		}
		id := w.push(comment("a", "A-1"), comment("b", "A-1"))
		if _, err := w.deliverPush(ctx, w.Outbox, id); err != nil {
			t.Fatal(err)
		}
		w.wantStates(id, "a done, b queued")
		if n := w.jira.sent(); n != 1 {
			t.Errorf("%d attempts", n)
		}
	})
}

func TestWaitWasOver(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		id := w.push(comment("a", "A-1"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if r, err := w.deliverPush(ctx, w.Outbox, id); err != nil || len(r.Actions) != 1 || r.Actions[0].State != Queued {
			t.Errorf("%+v, %v", r, err)
		}
		if n := w.jira.sent() + len(w.jira.prepared); n != 0 {
			t.Errorf("%d requests", n)
		}
	})
}

// A request without an answer for as long as the wait says that Jira is away.
func TestWaitEndsAfterSilence(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.Outbox.grace = time.Millisecond
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w.jira.before = func(sendCtx context.Context, a plan.Attempt) *plan.Result {
			w.clock.advance(3 * time.Second)
			cancel()
			<-sendCtx.Done()
			return &plan.Result{Verdict: plan.Away, Problem: "Jira does not answer"}
		}
		r, err := w.deliverPush(ctx, w.Outbox, w.push(comment("a", "A-1")))
		if err != nil || r.Actions[0].Problem != "Jira does not answer" {
			t.Errorf("%+v, %v", r, err)
		}
		if n := w.number("SELECT count(*) FROM site WHERE pause = 'away'"); n != 1 {
			t.Error("the site is not paused")
		}
	})
}
