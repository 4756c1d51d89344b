package outbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// Outcomes and leases are written without fsync. Here the power is lost when an
// action has been carried out and only that it was being sent is on FS; the
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
					data, err := os.ReadFile(filepath.Join(w.opts.Dir, store.FileName+suffix))
					if err == nil {
						err = os.WriteFile(filepath.Join(after.Dir, store.FileName+suffix), data, 0o600)
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

// Whatever becomes of a transaction without fsync, the next one on the connection
// has it again. Each is tried from a connection that is as it should be, and one
// that is thrown away hides nothing from those that follow.
func TestUnsyncedIsSetBack(t *testing.T) {
	synchronous := func(into *int) func(store.Session) error {
		return func(s store.Session) error { return s.Row("PRAGMA synchronous").Scan(into) }
	}
	failure := errors.New("failure")
	for name, lazily := range map[string]func(*world, *int) error{
		"done": func(w *world, during *int) error { return w.db.WriteLazily(t.Context(), "test", synchronous(during)) },
		"failed": func(w *world, during *int) error {
			err := w.db.WriteLazily(t.Context(), "test", func(s store.Session) error {
				return errors.Join(synchronous(during)(s), failure)
			})
			if !errors.Is(err, failure) {
				return fmt.Errorf("the failure is %w", err)
			}
			return nil
		},
		"cancelled": func(w *world, during *int) error {
			ctx, cancel := context.WithCancel(t.Context())
			_ = w.db.WriteLazily(ctx, "test", func(s store.Session) error {
				defer cancel()
				return synchronous(during)(s)
			})
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			for range 2 {
				during, after := 0, 0
				if err := lazily(w, &during); err != nil || during != 1 {
					t.Errorf("without fsync synchronous is %d, %v", during, err)
				}
				if err := w.db.Write(t.Context(), "test", synchronous(&after)); err != nil || after != 2 {
					t.Errorf("afterwards synchronous is %d, %v", after, err)
				}
			}
		})
	}
}
