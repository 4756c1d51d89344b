package outbox

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// newerTables are ways in which a newer program leaves the version of its tables;
// on SQLite it may die between the two that there are.
func newerTables(file bool) map[string][]string {
	const ofGoose = "INSERT INTO goose_db_version(version_id, is_applied) VALUES (99, true)"
	if !file {
		return map[string][]string{"": {ofGoose}}
	}
	return map[string][]string{
		"at its end":     {ofGoose, "PRAGMA user_version = 99"},
		"not at its end": {ofGoose},
		"from the start": {ofGoose, "PRAGMA user_version = 0"},
		"by another way": {"PRAGMA user_version = 99"},
	}
}

// raise gives the tables a version of the future.
func (w *world) raise(statements ...string) {
	w.Helper()
	for _, s := range statements {
		if _, err := w.db.DB.ExecContext(w.Context(), s); err != nil {
			w.Fatal(err)
		}
	}
}

// lower takes it back, as if the newer program had been this one.
func (w *world) lower() {
	w.Helper()
	w.raise("DELETE FROM goose_db_version WHERE version_id = 99")
	if w.db.File {
		w.raise(fmt.Sprintf("PRAGMA user_version = %d", store.Version))
	}
}

// ownDatabases is databases for tests that change the tables.
func ownDatabases(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, newWorld(t, Options{})) })
	t.Run("postgres", func(t *testing.T) { test(t, newWorld(t, Options{Database: postgresSchema(t)})) })
}

func wantNewer(t *testing.T, doing string, err error) {
	t.Helper()
	wantError(t, err, store.ErrNewer)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("have version 99, this program knows %d", store.Version)) {
		t.Errorf("%s: %v", doing, err)
	}
}

func TestNewerDatabase(t *testing.T) {
	ownDatabases(t, func(t *testing.T, w *world) {
		for name, statements := range newerTables(w.db.File) {
			w.raise(statements...)
			_, err := Open(t.Context(), w.opts)
			wantNewer(t, "open, "+name, err)
			if _, err := Inspect(t.Context(), w.opts); w.db.File && name != "from the start" {
				wantNewer(t, "inspect, "+name, err)
			}
			w.lower()
			w.open()
		}
	})
}

// An outbox that was opened before a newer program changed its tables writes
// nothing there any more, whatever it is asked for; pushes stay in the spool.
func TestNewerWhileOpen(t *testing.T) {
	ownDatabases(t, func(t *testing.T, w *world) {
		w.Outbox.opts.Keep = time.Hour
		w.push(comment("a", "A-1"))
		w.deliver()
		w.jira.before = always(plan.Result{Verdict: plan.Refused, Problem: "no"})
		w.push(comment("dead", "A-9"))
		w.deliver()
		w.jira.set(func(j *jira) { j.before = nil })
		waits := w.push(comment("b", "A-2"))
		held := w.keep(facts{Hold: "too many", Actions: []plan.Action{comment("h", "A-3")}})
		w.ingest()
		kept := w.keep(facts{Actions: []plan.Action{comment("c", "A-4")}})
		sent := w.jira.sent()
		for name, statements := range newerTables(w.db.File) {
			w.raise(statements...)
			asked := map[string]func() error{
				"ingest": func() error { _, err := w.Ingest(t.Context(), w.spool, w.planner); return err },
				"deliver a push": func() error {
					_, _, err := w.DeliverPush(t.Context(), w.spool, w.planner, kept, w.jira)
					return err
				},
				"deliver an older push": func() error {
					_, _, err := w.DeliverPush(t.Context(), w.spool, w.planner, waits, w.jira)
					return err
				},
				"deliver": func() error { _, err := w.DrainAll(t.Context(), w.jira); return err },
				"work":    func() error { return w.Work(t.Context(), w.spool, w.planner, w.jira, WorkOptions{}) },
				"pause":   func() error { return w.Pause(t.Context(), site, "tea") },
				"resume":  func() error { return w.Resume(t.Context(), site) },
				"retry":   func() error { return w.Retry(t.Context(), "dead") },
				"drop":    func() error { return w.Drop(t.Context(), "dead") },
				"release": func() error { return w.Release(t.Context(), held, w.planner) },
				"prune":   func() error { return w.Prune(t.Context()) },
				"vacuum":  func() error { _, _, err := w.Vacuum(t.Context()); return err },
			}
			for doing, ask := range asked {
				wantNewer(t, doing+", "+name, ask())
			}
			w.lower()
		}
		if w.jira.sent() != sent {
			t.Errorf("%d requests", w.jira.sent()-sent)
		}
		if ids, err := w.spool.List(); err != nil || len(ids) != 1 || ids[0] != kept {
			t.Errorf("the spool holds %v, %v", ids, err)
		}
		w.wantStates(waits, "b queued")
		if s := w.site(); s.Pause != "" {
			t.Errorf("site: %+v", s)
		}
		w.ingest()
		if sum := w.deliver(); sum.Done != 2 || sum.Waiting != 0 || sum.Dead != 1 {
			t.Errorf("after all: %+v", sum)
		}
	})
}

// A worker whose tables become a newer program's comes to its end. What it was
// sending is left as it is, for the newer one to look for in Jira.
func TestNewerWhileWorking(t *testing.T) {
	ownDatabases(t, func(t *testing.T, w *world) {
		under, over := make(chan struct{}), make(chan struct{})
		w.jira.set(func(j *jira) {
			j.before = func(_ context.Context, a plan.Attempt) *plan.Result {
				if err := a.Sending("memo"); err != nil {
					t.Error(err)
				}
				j.apply(a.Action)
				close(under)
				<-over
				r := j.done(a)
				return &r
			}
		})
		ended := make(chan error, 1)
		o := w.open()
		go func() {
			ended <- o.Work(t.Context(), w.spool, w.planner, w.jira, WorkOptions{Poll: 5 * time.Millisecond})
		}()
		first := w.keep(facts{Actions: []plan.Action{comment("a", "A-1")}})
		<-under
		for _, statements := range newerTables(w.db.File) {
			w.raise(statements...)
			break
		}
		second := w.keep(facts{Actions: []plan.Action{comment("b", "A-2")}})
		close(over)
		wantNewer(t, "work", <-ended)
		if ids, err := w.spool.List(); err != nil || len(ids) != 1 || ids[0] != second {
			t.Errorf("the spool holds %v, %v", ids, err)
		}
		w.wantStates(first, "a sending")
		w.lower()
		w.jira.set(func(j *jira) { j.before = nil })
		w.clock.advance(2 * w.opts.Lease)
		w.ingest()
		w.deliver()
		w.jira.check(t, "A-1: a", "A-2: b")
	})
}
