package outbox

import (
	"context"
	"errors"
	"testing"
	"time"

	"jirahook/outbox/spool"
	"jirahook/outbox/store"
	"jirahook/plan"
)

// A turn and a file's lock end with the time of who waits.
func TestLocksEnd(t *testing.T) {
	w := newWorld(t, Options{})
	var locks, others repositoryLocks
	if ok, err := locks.lock(w.db.Folder, "m"); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if ok, err := locks.lock(w.db.Folder, "m"); !ok || err != nil {
		t.Errorf("who has it has it: %v, %v", ok, err)
	}
	if ok, err := others.lock(w.db.Folder, "m"); ok || err != nil {
		t.Errorf("another has it, too: %v, %v", ok, err)
	}
	if ok, err := others.lock(w.db.Folder, "n"); !ok || err != nil {
		t.Errorf("another repository: %v, %v", ok, err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := others.wait(over, w.db.Folder, "m"); !errors.Is(err, context.Canceled) {
		t.Errorf("waited: %v", err)
	}
	locks.release()
	if err := others.wait(over, w.db.Folder, "m"); err != nil {
		t.Errorf("it is free: %v", err)
	}
	others.release()
	others.release() // twice is no error
	if ok, err := locks.lock(w.db.Folder, "m"); !ok || err != nil {
		t.Errorf("given back: %v, %v", ok, err)
	}
	locks.release()
	if ok, err := locks.lock(spool.FolderAt("/nowhere"), "m"); ok || err == nil {
		t.Errorf("no folder: %v, %v", ok, err)
	}
	err := w.db.Turn(t.Context(), "x", func(*store.Database) error {
		return w.db.Turn(over, "x", func(*store.Database) error { t.Error("two turns at once"); return nil })
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("turn: %v", err)
	}
}

// What is planned is written down in one turn, or one push a turn where one of them
// failed; a turn is short, and so may end early on a slow machine.
func TestKeepSome(t *testing.T) {
	for _, alone := range []bool{false, true} {
		most := 0
		for range 20 {
			w := newWorld(t, Options{})
			w.keep(facts{Repository: "a"})
			w.keep(facts{Repository: "b"})
			w.keep(facts{Repository: "c"})
			i := &ingest{Outbox: w.Outbox, spool: w.spool, planner: w.planner, done: map[string]bool{}, stuck: map[string]bool{}, theirs: map[string]bool{}, waits: map[string]string{}}
			ids, err := i.list()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := i.plan(t.Context(), ids); err != nil {
				t.Fatal(err)
			}
			i.alone = alone
			kept, err := w.keepSome(t.Context(), i)
			i.locks.release()
			if err != nil || len(kept) == 0 {
				t.Fatalf("kept %d, %v", len(kept), err)
			}
			if most = max(most, len(kept)); alone || most == 3 {
				break
			}
		}
		if want := map[bool]int{false: 3, true: 1}[alone]; most != want {
			t.Errorf("alone %v: %d pushes a turn", alone, most)
		}
	}
}

// What a later try must know of a request is kept of what may be tried again, and not
// of what is done.
func TestWhatARetryMustKnow(t *testing.T) {
	w := newWorld(t, Options{Workers: 1})
	ends := map[string]plan.Verdict{"done": plan.Done, "dead": plan.Refused, "skipped": plan.Skipped}
	tried := map[string]bool{}
	w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
		r := plan.Result{Verdict: ends[a.Action.ID]}
		if !tried[a.Action.ID] {
			tried[a.Action.ID] = true
			if err := a.Sending("memo of " + a.Action.ID); err != nil {
				t.Error(err)
			}
			r = plan.Result{Verdict: plan.Later, Uncertain: true}
		}
		return &r
	}
	id := w.push(comment("done", "A-1"), comment("dead", "A-2"), comment("skipped", "A-3"))
	w.deliver()
	sent := store.Millis(w.clock.Now())
	w.clock.advance(time.Minute)
	w.deliver()
	w.wantStates(id, "done done, dead dead, skipped skipped")
	for action, want := range map[string]int{"done": 0, "dead": 1, "skipped": 1} {
		if n := w.number("SELECT count(*) FROM action WHERE id = ? AND first_sent = ? AND memo = ?", action, sent, "memo of "+action); n != want {
			t.Errorf("%s: kept %d times", action, n)
		}
	}
	if n := w.number("SELECT count(*) FROM action WHERE id = 'done' AND first_sent = 0 AND memo = ''"); n != 1 {
		t.Error("of what is done something is kept")
	}
}
