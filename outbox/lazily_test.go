package outbox

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"jirahook/plan"
)

// Outcomes and leases are written without fsync. Here the power is lost when an
// action has been carried out and only that it was being sent is on disk; the
// database is what it was at that moment.
func TestLostOutcomes(t *testing.T) {
	for _, lost := range []string{"a", "b", "c"} {
		t.Run(lost, func(t *testing.T) {
			w := newWorld(t, Options{})
			w.push(comment("a", "A-1"), comment("b", "A-1"), comment("c", "A-1"))
			after := w.opts
			after.Dir = t.TempDir()
			powerless, cut := context.WithCancel(t.Context())
			w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
				if a.Action.ID != lost {
					return nil
				}
				if err := a.Sending(""); err != nil {
					t.Error(err)
				}
				for _, suffix := range []string{"", "-wal"} {
					data, err := os.ReadFile(filepath.Join(w.opts.Dir, databaseFile+suffix))
					if err == nil {
						err = os.WriteFile(filepath.Join(after.Dir, databaseFile+suffix), data, 0o600)
					}
					if err != nil {
						t.Error(err)
					}
				}
				w.jira.apply(a.Action)
				cut() // nothing more is begun before the power goes
				return &plan.Result{Verdict: plan.Done}
			}
			if _, err := w.DrainAll(powerless, w.jira); err != nil {
				t.Fatal(err)
			}
			w.jira.set(func(j *jira) { j.before = nil })
			w.clock.advance(time.Hour)
			o, err := Open(t.Context(), after)
			if err != nil {
				t.Fatal(err)
			}
			defer o.Close()
			if sum, err := o.DrainAll(t.Context(), w.jira); err != nil || sum.Waiting > 0 {
				t.Errorf("%+v, %v", sum, err)
			}
			w.jira.check(t, "A-1: a b c")
		})
	}
}

// Whatever becomes of a transaction without fsync, the next has it again.
func TestUnsyncedIsSetBack(t *testing.T) {
	w := newWorld(t, Options{})
	failure := errors.New("failure")
	during, after := 0, 0
	look := func(into *int) func(session) error {
		return func(s session) error { return s.row("PRAGMA synchronous").Scan(into) }
	}
	for range 3 {
		if err := w.writeLazily(t.Context(), "test", look(&during)); err != nil || during != 1 {
			t.Errorf("without fsync synchronous is %d, %v", during, err)
		}
		wantError(t, w.writeLazily(t.Context(), "test", func(session) error { return failure }), failure)
		ending, cancel := context.WithCancel(t.Context())
		_ = w.writeLazily(ending, "test", func(session) error { cancel(); return nil })
		if err := w.write(t.Context(), "test", look(&after)); err != nil || after != 2 {
			t.Errorf("afterwards synchronous is %d, %v", after, err)
		}
	}
}
