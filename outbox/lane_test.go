package outbox

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// abandon claims a lane and sends its head, as a process that dies then.
func (w *world) abandon(lane string, applied bool) {
	w.Helper()
	l, next, err := w.begin(w.Context(), w.claimLane(lane), 0)
	if err != nil || next == nil {
		w.Fatalf("claim: %v, %v", next, err)
	}
	d := &drainer{Outbox: w.Outbox, sender: w.jira}
	if err := d.sending(w.Context(), w.Context(), l, next, "memo"); err != nil {
		w.Fatal(err)
	}
	if applied {
		w.jira.apply(next.action)
	}
}

func TestCrashWhileSending(t *testing.T) {
	for _, applied := range []bool{true, false} {
		t.Run(fmt.Sprint("applied ", applied), func(t *testing.T) {
			databases(t, func(t *testing.T, w *world) {
				start := w.clock.Now()
				id := w.push(comment("a", "A-1"), comment("b", "A-1"))
				w.abandon(site+" A-1", applied)
				w.wantStates(id, "a sending, b queued")
				w.clock.advance(w.opts.Lease - time.Millisecond)
				if sum := w.deliver(); sum.Waiting != 2 {
					t.Errorf("somebody took a lane that is leased: %+v", sum)
				}
				w.clock.advance(time.Millisecond)
				w.deliver()
				first := w.jira.sends[0]
				if !first.Uncertain || !first.FirstSent.Equal(start) || first.Memo != "memo" {
					t.Errorf("attempt: %+v", first)
				}
				w.jira.check(t, "A-1: a b")
			})
		})
	}
}

// Whoever comes back after his lease has ended touches nothing.
func TestLeaseLost(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		id := w.push(comment("a", "A-1"), comment("b", "A-1"))
		l, first, err := w.begin(t.Context(), w.claimLane(site+" A-1"), 0)
		if err != nil || first == nil {
			t.Fatal(first, err)
		}
		w.clock.advance(w.opts.Lease)
		thief, stolen, err := w.begin(t.Context(), w.claimLane(site+" A-1"), 0)
		if err != nil || stolen == nil {
			t.Fatal(stolen, err)
		}
		d := &drainer{Outbox: w.Outbox, sender: w.jira}
		wantError(t, d.sending(t.Context(), t.Context(), l, first, ""), errLeaseLost)
		_, err = w.step(t.Context(), l, &outcome{work: first, result: plan.Result{Verdict: plan.Refused}}, 0)
		wantError(t, err, errLeaseLost)
		w.wantStates(id, "a queued, b queued")
		if n := w.number("SELECT count(*) FROM lane WHERE owner = ?", thief.owner); n != 1 {
			t.Error("the thief's lease is gone")
		}
		if n := w.number("SELECT count(*) FROM attempt"); n != 0 {
			t.Error("the history was written")
		}
	})
}

// A lease is renewed while its owner works, and his request ends when he loses
// it all the same.
func TestLeaseStolenWhileSending(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.Outbox.renewEvery = 5 * time.Millisecond
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		id := w.push(comment("a", "A-1"), comment("b", "A-1"))
		w.jira.before = func(ctx context.Context, a plan.Attempt) *plan.Result {
			before := w.number("SELECT due_at FROM lane")
			w.clock.advance(time.Second)
			for w.number("SELECT due_at FROM lane") == before && ctx.Err() == nil {
				runtime.Gosched() // until it is renewed
			}
			if ctx.Err() != nil {
				t.Error("lost the lease while it was being renewed")
			}
			if err := w.db.Write(t.Context(), "steal", func(s store.Session) error {
				_, err := s.Exec("UPDATE lane SET owner = 'thief', due_at = due_at + 100000")
				return err
			}); err != nil {
				t.Error(err)
			}
			<-ctx.Done()
			if !errors.Is(context.Cause(ctx), errLeaseLost) {
				t.Errorf("ended by %v", context.Cause(ctx))
			}
			cancel() // else we would look on until the thief is done
			return &plan.Result{Verdict: plan.Refused, Problem: "of the robbed"}
		}
		if _, err := w.deliverPush(ctx, w.Outbox, id); err != nil {
			t.Fatal(err)
		}
		w.wantStates(id, "a queued, b queued")
		if n := w.number("SELECT count(*) FROM lane WHERE owner = 'thief'"); n != 1 {
			t.Error("the thief's lease is gone")
		}
	})
}

// A lease that is about to end is renewed before a request goes out; one that was
// lost lets none go out.
func TestLeaseAlmostOver(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.push(comment("a", "A-1"))
		l, next, err := w.begin(t.Context(), w.claimLane(site+" A-1"), 0)
		if err != nil || next == nil {
			t.Fatal(next, err)
		}
		d := &drainer{Outbox: w.Outbox, sender: w.jira}
		due := func() int { return w.number("SELECT due_at FROM lane") }
		fresh := due()
		if _, err := d.noteSending(t.Context(), l, next, ""); err != nil || due() != fresh {
			t.Errorf("due at %d, want %d: %v", due(), fresh, err)
		}
		w.clock.advance(w.opts.Lease - time.Second)
		if _, err := d.noteSending(t.Context(), l, next, ""); err != nil || due() <= fresh {
			t.Errorf("due at %d, want later than %d: %v", due(), fresh, err)
		}
		if got := w.number("SELECT first_sent FROM action"); got != int(store.Millis(w.clock.Now())) {
			t.Errorf("first sent %d", got)
		}
		l.owner = "somebody else"
		_, err = d.noteSending(t.Context(), l, next, "")
		wantError(t, err, errLeaseLost)
	})
}
