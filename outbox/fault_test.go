package outbox

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

var errFault = errors.New("the test's fault")

// failing is a database of which one statement fails, one answer breaks off, or one
// transaction is not committed: the one whose turn it is.
type failing struct {
	driver.Connector
	mu   sync.Mutex
	left int // so many succeed before it; below 0: all do
}

func (f *failing) next() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left--; f.left == -1 {
		return errFault
	}
	return nil
}

func (f *failing) set(left int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = left
}

// happened reports whether it failed since it was set.
func (f *failing) happened() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.left < 0
}

func (f *failing) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := f.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return failingConn{c, f}, nil
}

type failingConn struct {
	driver.Conn
	f *failing
}

func (c failingConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if err := c.f.next(); err != nil {
		return nil, err
	}
	tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
	return failingTx{tx, c.f}, err
}

// ExecContext leaves SQLite's settings alone: a connection that cannot be set is
// thrown away.
func (c failingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !strings.HasPrefix(query, "PRAGMA") {
		if err := c.f.next(); err != nil {
			return nil, err
		}
	}
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c failingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.f.next(); err != nil {
		return nil, err
	}
	rows, err := c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return failingRows{rows, c.f}, nil
}

type failingTx struct {
	driver.Tx
	f *failing
}

func (t failingTx) Commit() error {
	if err := t.f.next(); err != nil {
		return errors.Join(err, t.Rollback())
	}
	return t.Tx.Commit()
}

type failingRows struct {
	driver.Rows
	f *failing
}

func (r failingRows) Next(dest []driver.Value) error {
	if err := r.f.next(); err != nil {
		return err
	}
	return r.Rows.Next(dest)
}

// operation is something that is done with a busy outbox.
type operation struct {
	before func(w *world)
	do     func(w *world) error
}

// busyOutbox lays out an outbox with an action that is done, one that is dead, two
// that wait and a push that is held.
func busyOutbox(t *testing.T) (dir string) {
	t.Helper()
	w := newWorldIn(t, Options{Dir: inMemory(t)})
	w.drain(w.push(comment("done", "A-1")))
	w.jira.set(func(j *jira) { j.before = always(plan.Result{Verdict: plan.Refused, Problem: "no"}) })
	w.drain(w.push(comment("dead", "A-2")))
	w.push(comment("waits", "A-3"), comment("waits too", "A-3"))
	w.keep(facts{Push: "held", Hold: "too much", Actions: []plan.Action{comment("held", "A-4")}})
	w.ingest()
	if err := w.Close(); err != nil { // its connection is the last: nothing is left in the WAL
		t.Fatal(err)
	}
	return w.opts.Dir
}

// inMemory is a folder without a disk below it, where the system has one: fsyncs would
// take most of the time.
func inMemory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "outbox-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// once answers the first request for the action "waits", and no other.
func once(r plan.Result) func(context.Context, plan.Attempt) *plan.Result {
	answered := false
	return func(_ context.Context, a plan.Attempt) *plan.Result {
		if answered || a.Action.ID != "waits" {
			return nil
		}
		answered = true
		return &r
	}
}

// outcomes are operations in which a request, or a probe, comes to something else than
// it should.
func outcomes() map[string]operation {
	all := map[string]operation{}
	drainAll := func(w *world) error { _, err := w.DrainAll(w.Context(), w.jira); return err }
	for name, r := range map[string]plan.Result{
		"later": {Verdict: plan.Later}, "later, uncertain": {Verdict: plan.Later, Uncertain: true, Issue: plan.Issue{ID: "7", Key: "A-3"}},
		"away": {Verdict: plan.Away}, "locked": {Verdict: plan.Locked}, "own way": {Verdict: plan.Away, OwnWay: true},
	} {
		all[name] = operation{before: func(w *world) { w.jira.before = once(r) }, do: drainAll}
		if r.Verdict == plan.Later {
			continue // to a probe it is as if the site were away
		}
		all["probe: "+name] = operation{before: func(w *world) {
			if err := w.db.Write(w.Context(), "pause", func(s store.Session) error { return w.pauseAway(s, site, plan.Result{}, store.Millis(w.clock.Now())) }); err != nil {
				w.Fatal(err)
			}
			w.clock.advance(time.Hour)
			w.jira.probe = func(context.Context, plan.Action) plan.Result { return r }
		}, do: drainAll}
	}
	barred := func(w *world) {
		if err := w.db.Write(w.Context(), "bar", func(s store.Session) error { return barUntil(s, site, "f1", store.Millis(w.clock.Now())+1000) }); err != nil {
			w.Fatal(err)
		}
	}
	all["parked"] = operation{before: barred, do: drainAll}
	all["unparked"] = operation{before: func(w *world) {
		barred(w)
		if err := drainAll(w); err != nil {
			w.Fatal(err)
		}
		w.clock.advance(time.Hour)
		w.jira.before = func(context.Context, plan.Attempt) *plan.Result { return nil } // well, but not before it is asked
	}, do: drainAll}
	return all
}

// connector makes connections to a file.
type connector struct {
	is      driver.Driver
	address string
}

func (c connector) Driver() driver.Driver { return c.is }

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.is.Open(c.address) }

// untilAnswered counts the statements and rows up to the answer of Jira's that makes
// an operation special: those before it fail elsewhere.
func untilAnswered(t *testing.T, of string, op operation) (n int) {
	t.Helper()
	if op.before == nil {
		return 0
	}
	w, f := failingWorld(t, of)
	op.before(w)
	const many = 1 << 30
	answered := func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if n == 0 {
			n = many - f.left
		}
	}
	if before := w.jira.before; before != nil {
		w.jira.before = func(ctx context.Context, a plan.Attempt) *plan.Result { answered(); return before(ctx, a) }
	}
	if probe := w.jira.probe; probe != nil {
		w.jira.probe = func(ctx context.Context, a plan.Action) plan.Result { answered(); return probe(ctx, a) }
	}
	f.set(many)
	if err := op.do(w); err != nil {
		t.Error(err)
	}
	f.set(-1)
	return n
}

// failingWorld is a world around a copy of an outbox. Nothing fails yet.
func failingWorld(t *testing.T, of string) (*world, *failing) {
	t.Helper()
	dir := inMemory(t)
	if err := os.CopyFS(dir, os.DirFS(of)); err != nil {
		t.Fatal(err)
	}
	w := newWorldIn(t, Options{Dir: dir, Workers: 1})
	w.pushes = 100
	w.jira.applied["A-1"] = []string{"done"}
	f := &failing{Connector: connector{w.db.DB.Driver(), "file:" + filepath.Join(w.opts.Dir, store.FileName) + "?_txlock=immediate"}, left: -1}
	if err := w.db.DB.Close(); err != nil {
		t.Fatal(err)
	}
	w.db.DB = sql.OpenDB(f)
	w.db.DB.SetMaxOpenConns(1)
	return w, f
}

// TestEachStatementFails has each statement of each operation fail, one at a time,
// each row that is read, and each commit. It is told, and what is done again
// afterwards comes to its end.
func TestEachStatementFails(t *testing.T) {
	operations := map[string]operation{
		"take in": {
			before: func(w *world) { w.keep(facts{Push: "new", Actions: []plan.Action{comment("new", "A-5")}}) },
			do: func(w *world) error {
				in, err := w.Ingest(w.Context(), w.spool, w.planner)
				for _, failed := range in.Failed {
					err = errors.Join(err, failed.Err)
				}
				return err
			},
		},
		"deliver all": {do: func(w *world) error { _, err := w.DrainAll(w.Context(), w.jira); return err }},
		"deliver due": {do: func(w *world) error { return w.DrainDue(w.Context(), w.jira) }},
		"deliver a push": {do: func(w *world) error {
			_, _, err := w.DeliverPush(w.Context(), w.spool, w.planner, "push-0003", w.jira)
			return err
		}},
		"a worker's round, with nothing to send": {
			before: func(w *world) {
				if _, err := w.DrainAll(w.Context(), w.jira); err != nil {
					w.Fatal(err)
				}
			},
			do: func(w *world) error {
				wk := workerOf(w)
				wk.looked = time.Now() // at the sites, of which a worker only logs
				var all sync.WaitGroup
				err := wk.round(w.Context(), &all)
				all.Wait()
				return err
			},
		},
		"report": {do: func(w *world) error { _, err := w.Report(w.Context(), "push-0003"); return err }},
		"list":   {do: func(w *world) error { _, err := w.List(w.Context(), Filter{}); return err }},
		"show":   {do: func(w *world) error { _, err := w.Show(w.Context(), "dead"); return err }},
		"retry":  {do: func(w *world) error { return w.Retry(w.Context(), "dead") }},
		"drop":   {do: func(w *world) error { return w.Drop(w.Context(), "dead") }},
		"count":  {do: func(w *world) error { _, err := w.Counts(w.Context()); return err }},
		"sites":  {do: func(w *world) error { _, err := w.Sites(w.Context()); return err }},
		"pause":  {do: func(w *world) error { return w.Pause(w.Context(), site, "because") }},
		"resume": {
			before: func(w *world) {
				if err := w.Pause(w.Context(), site, "because"); err != nil {
					w.Fatal(err)
				}
			},
			do: func(w *world) error { return w.Resume(w.Context(), site) },
		},
		"prune": {
			before: func(w *world) { w.Outbox.opts.Keep = 1; w.clock.advance(1e15) },
			do:     func(w *world) error { return w.Prune(w.Context()) },
		},
		"pushed": {do: func(w *world) error { _, err := w.Pushed(w.Context()); return err }},
		"held":   {do: func(w *world) error { _, err := w.HeldPushes(w.Context()); return err }},
		"facts":  {do: func(w *world) error { _, err := w.Facts(w.Context(), "held"); return err }},
		"take in patiently": {
			before: func(w *world) {
				w.keep(facts{Push: "new", Actions: []plan.Action{comment("new", "A-5")}})
				if err := w.spool.SetAside(w.spool.ForWorker()[0], "new", errFault); err != nil {
					w.Fatal(err)
				}
			},
			do: func(w *world) error {
				in, err := w.IngestPatiently(w.Context(), w.spool, w.planner)
				for _, failed := range in.Failed {
					err = errors.Join(err, failed.Err)
				}
				return err
			},
		},
		"vacuum": {do: func(w *world) error { _, _, err := w.Vacuum(w.Context()); return err }},
		"account": {do: func(w *world) error {
			return w.db.Read(w.Context(), "count the queue", func(s store.Session) error { _, err := w.account(s, 5); return err })
		}},
		"release":    {do: func(w *world) error { return w.Release(w.Context(), "held", w.planner) }},
		"senders":    {do: func(w *world) error { _, err := w.Senders(w.Context()); return err }},
		"unattended": {do: func(w *world) error { _, err := w.Unattended(w.Context()); return err }},
	}
	maps.Copy(operations, outcomes())
	of := busyOutbox(t)
	for name, op := range operations {
		t.Run(name, func(t *testing.T) {
			for n := untilAnswered(t, of, op); ; n++ {
				w, f := failingWorld(t, of)
				if op.before != nil {
					op.before(w)
				}
				f.set(n)
				err := op.do(w)
				happened := f.happened()
				f.set(-1)
				if !happened {
					if err != nil || n == 0 {
						t.Errorf("%d statements and rows: %v", n, err)
					}
					return
				}
				// That a request may go out is written down by the sender, who tells.
				if !errors.Is(err, errFault) && w.number("SELECT count(*) FROM attempt WHERE problem LIKE ?", "%"+errFault.Error()) == 0 {
					t.Errorf("statement or row %d fails: %v", n, err)
				}
				w.jira.set(func(j *jira) { j.before, j.probe = nil, nil })
				if err := w.Resume(w.Context(), site); err != nil {
					t.Error(err)
				}
				w.clock.advance(2 * w.Outbox.opts.Lease)
				w.deliver()
				if len(w.jira.faults) > 0 {
					t.Errorf("statement or row %d fails: %v", n, w.jira.faults)
				}
				if !w.jira.has(plan.Action{ID: "waits too", Issue: "A-3"}) {
					t.Errorf("statement or row %d fails: Jira holds %v", n, w.jira.applied)
				}
			}
		})
	}
}
