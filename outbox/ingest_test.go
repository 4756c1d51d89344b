package outbox

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

func TestIngestOnce(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		a := comment("a", "A-1")
		first := w.keep(facts{Actions: []plan.Action{a, comment("b", "A-2"), a}})
		// The same change in another push, with another id and the same record.
		twin := a
		twin.ID = "a2"
		second := w.keep(facts{Actions: []plan.Action{twin, comment("c", "A-1")}})
		in := w.ingest()
		if !slices.Equal(in.Taken, []string{first, second}) || len(in.Held)+len(in.Failed)+len(in.Bad) > 0 {
			t.Errorf("ingested %+v", in)
		}
		w.wantStates(first, "a queued, b queued")
		w.wantStates(second, "c queued")
		if in := w.ingest(); !reflect.DeepEqual(in, Ingested{}) {
			t.Errorf("once more: %+v", in)
		}
		if names := files(t, w.spool); len(names) > 0 {
			t.Errorf("files: %q", names)
		}
		if n := w.number("SELECT count(*) FROM record"); n != 3 {
			t.Errorf("%d records", n)
		}
	})
}

// The action ids are the last word, even if a planner does not ask.
func TestIngestKnownID(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		a := comment("a", "A-1")
		w.push(a)
		a.Records = []plan.Record{{ID: "another", Commit: "c"}}
		second := w.push(a)
		w.wantStates(second, "")
		if n := w.number("SELECT count(*) FROM record WHERE id = 'another'"); n != 0 {
			t.Error("an action that is known brought records")
		}
	})
}

func TestIngestKnown(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		start := w.clock.Now()
		a := comment("a", "A-1")
		b := a
		b.ID, b.Records = "b", []plan.Record{{ID: "record-a", Commit: "other", Detail: "1h", When: start.Add(-time.Hour)}}
		w.push(a)
		// As if two commits carried one command line.
		if err := w.db.Write(t.Context(), "test", func(s store.Session) error {
			rows, err := actionRows("push-0001", []plan.Action{b})
			if err != nil {
				return err
			}
			return w.insertActions(s, rows)
		}); err != nil {
			t.Fatal(err)
		}
		if seen := w.planner.seen; len(seen) != 2 || seen[0].First || !seen[1].First {
			t.Errorf("a repository's first push: the planner saw %+v", seen)
		}
		w.clock.advance(time.Minute)
		w.planner.seen = nil
		w.push(a, comment("c", "A-1"))
		want := []plan.Known{{Asking: true}, {FirstSeen: start, Records: map[string][]plan.Record{"record-a": {
			{ID: "record-a", Commit: "c-a", When: a.Records[0].When, Detail: "x"},
			{ID: "record-a", Commit: "other", When: start.Add(-time.Hour), Detail: "1h"},
		}}}}
		if !reflect.DeepEqual(w.planner.seen, want) {
			t.Errorf("the planner saw\n%+v, want\n%+v", w.planner.seen, want)
		}
		if !w.planner.seen[0].FirstSeen.IsZero() {
			t.Error("first seen before it was known which repository")
		}
	})
}

func TestIngestManyRecords(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		var actions []plan.Action
		for i := range 350 {
			a := comment("a"+string(rune('A'+i%26))+strings.Repeat("x", i/26), "A-"+string(rune('1'+i%9)))
			actions = append(actions, a)
		}
		w.push(actions...)
		if a, r := w.number("SELECT count(*) FROM action"), w.number("SELECT count(*) FROM record"); a != 350 || r != 350 {
			t.Errorf("%d actions, %d records", a, r)
		}
		second := w.push(actions...)
		w.wantStates(second, "")
		if !slices.Equal(w.planner.seen[3].Records["record-aA"], actions[0].Records) {
			t.Errorf("record: %+v", w.planner.seen[3].Records["record-aA"])
		}
	})
}

// What strangers write must not stop a push from being kept.
func TestIngestOddText(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		a := comment("a", "A-1\x00\xff")
		a.Records[0].Detail = "\x00\xfe"
		a.Text, a.Because = "nul \x00", "'; DROP TABLE action; --"
		id := w.keep(facts{Repository: "r\x00\xff", Note: "n\x00\xff", Actions: []plan.Action{a}})
		w.ingest()
		w.jira.before = always(plan.Result{Verdict: plan.Refused, Problem: "bad \x00\xff", Advice: "\x00", Exchange: "\xff", Issue: plan.Issue{Key: "\x00A"}})
		r := w.drain(id)
		if len(r.Actions) != 1 || r.Actions[0].State != Dead || r.Actions[0].Because != a.Because || len(r.Notes) != 1 {
			t.Errorf("report: %+v", r)
		}
	})
}

func TestIngestBrokenConfig(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		broken := errors.New("config is broken")
		w.planner.broken["app"] = broken
		first := w.keep(facts{Actions: []plan.Action{comment("a", "A-1")}})
		other := w.keep(facts{Repository: "other", Actions: []plan.Action{comment("b", "A-1")}})
		second := w.keep(facts{Actions: []plan.Action{comment("c", "A-1")}})
		in := w.ingest()
		if !slices.Equal(in.Taken, []string{other}) || len(in.Failed) != 2 || in.Failed[0].Push != first || in.Failed[1].Push != second {
			t.Errorf("ingested %+v", in)
		}
		wantError(t, in.Failed[0].Err, broken)
		delete(w.planner.broken, "app")
		if in := w.ingest(); !slices.Equal(in.Taken, []string{first, second}) {
			t.Errorf("when it is repaired: %+v", in)
		}
		w.drain(second)
		w.jira.check(t, "A-1: b a c")
	})
}

// stumbling fails for the first push it sees, and then no more: the repair comes
// in the middle of an ingest.
type stumbling struct {
	planner
	calls int
}

func (p *stumbling) Plan(ctx context.Context, data []byte, known plan.Known) (plan.Plan, error) {
	planned, err := p.planner.Plan(ctx, data, known)
	if p.calls++; p.calls == 1 {
		return planned, errors.New("not yet")
	}
	return planned, err
}

func TestIngestKeepsOrderOfRepository(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.keep(facts{Actions: []plan.Action{comment("a", "A-1")}})
		second := w.keep(facts{Actions: []plan.Action{comment("b", "A-1")}})
		in, err := w.Ingest(t.Context(), w.spool, &stumbling{})
		if err != nil || len(in.Taken) != 0 || len(in.Failed) != 2 || in.Failed[1].Push != second {
			t.Errorf("ingested %+v, %v", in, err)
		}
	})
}

func TestIngestBad(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		if err := w.spool.Write("push-0000", []byte("{half")); err != nil {
			t.Fatal(err)
		}
		good := w.keep(facts{Actions: []plan.Action{comment("a", "A-1")}})
		in := w.ingest()
		if !slices.Equal(in.Taken, []string{good}) || len(in.Bad) != 1 || in.Bad[0].Push != "push-0000" || len(in.Failed) > 0 {
			t.Errorf("ingested %+v", in)
		}
		wantError(t, in.Bad[0].Err, ErrUnreadable)
		data, err := os.ReadFile(filepath.Join(w.spool.Dir(), "bad", "push-0000.push"))
		if err != nil || string(data) != "{half" {
			t.Errorf("set aside: %q, %v", data, err)
		}
		bad, err := w.spool.Bad()
		if err != nil || len(bad) != 1 || bad[0].Push != "push-0000" || bad[0].Why != in.Bad[0].Err.Error() {
			t.Errorf("bad: %+v, %v", bad, err)
		}
		// A person has repaired it.
		repaired := `{"Push":"push-0000","Repository":"app","Time":"2026-11-24T12:00:00Z"}`
		if err := os.WriteFile(filepath.Join(w.spool.Dir(), "bad", "push-0000.push"), []byte(repaired), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := w.spool.Restore("push-0000"); err != nil {
			t.Fatal(err)
		}
		if in := w.ingest(); !slices.Equal(in.Taken, []string{"push-0000"}) {
			t.Errorf("ingested %+v", in)
		}
		wantError(t, w.spool.Restore("push-0000"), ErrUnknown)
		if bad, err := w.spool.Bad(); err != nil || len(bad) > 0 {
			t.Errorf("still bad: %+v, %v", bad, err)
		}
	})
}

type faulty struct{ planner }

func (p *faulty) Plan(ctx context.Context, data []byte, known plan.Known) (plan.Plan, error) {
	if strings.Contains(string(data), "fault") {
		panic("index out of range")
	}
	planned, err := p.planner.Plan(ctx, data, known)
	if strings.Contains(string(data), "strange") {
		planned.Actions[0].Transition = &plan.Transition{Fields: map[string]any{"x": math.NaN()}} // JSON has no such number
	}
	return planned, err
}

// One push that this program cannot cope with stops no other.
func TestIngestFaults(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.keep(facts{Repository: "x", Note: "fault"})
		w.keep(facts{Repository: "x", Note: "strange", Actions: []plan.Action{comment("a", "A-1")}})
		good := w.keep(facts{Actions: []plan.Action{comment("b", "A-1")}})
		in, err := w.Ingest(t.Context(), w.spool, &faulty{})
		if err != nil || len(in.Aside) != 2 || len(in.Failed) != 0 || !slices.Equal(in.Taken, []string{good}) {
			t.Errorf("ingested %+v, %v", in, err)
		}
	})
}

// A process that dies after the commit leaves the file; the push is not taken
// twice.
func TestIngestAfterCrash(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		a := comment("a", "A-1")
		id := w.push(a)
		w.drain(id)
		w.keep(facts{Push: id, Actions: []plan.Action{a, comment("b", "A-1")}})
		if in := w.ingest(); !reflect.DeepEqual(in, Ingested{}) {
			t.Errorf("ingested %+v", in)
		}
		w.wantStates(id, "a done")
		if names := files(t, w.spool); len(names) > 0 {
			t.Errorf("files: %q", names)
		}
	})
}

func TestIngestByManyAtOnce(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		var ids []string
		for i := range 30 {
			ids = append(ids, w.keep(facts{Actions: []plan.Action{comment("a"+string(rune('A'+i)), "A-1"), comment("shared", "A-2")}}))
		}
		var mu sync.Mutex
		var taken []string
		var all sync.WaitGroup
		for range 6 {
			o := w.open()
			all.Go(func() {
				in, err := o.Ingest(t.Context(), w.spool, w.planner)
				mu.Lock()
				defer mu.Unlock()
				taken = append(taken, in.Taken...)
				if err != nil || len(in.Failed)+len(in.Bad) > 0 {
					t.Errorf("ingest: %+v, %v", in, err)
				}
			})
		}
		all.Wait()
		slices.Sort(taken)
		if !slices.Equal(taken, ids) {
			t.Errorf("taken: %q", taken)
		}
		w.drain(ids[29])
		if got := w.jira.applied["A-1"]; len(got) != 30 || !slices.IsSorted(got) {
			t.Errorf("out of order: %q", got)
		}
	})
}

func TestIngestEndsWithContext(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.keep(facts{Actions: []plan.Action{comment("a", "A-1")}})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := w.Ingest(ctx, w.spool, w.planner); !errors.Is(err, context.Canceled) {
			t.Errorf("error: %v", err)
		}
		// While another ingests, we wait no longer than we may.
		err := w.db.Turn(t.Context(), "ingest", func(*store.Database) error {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			if _, err := w.open().Ingest(ctx, w.spool, w.planner); err == nil {
				t.Error("two ingest at once")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if in := w.ingest(); len(in.Taken) != 1 {
			t.Errorf("ingested %+v", in)
		}
	})
}

// A push that PostgreSQL refuses keeps nothing back that came before it.
func TestIngestBeforeAnError(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		if w.db.File {
			return // SQLite takes any text
		}
		first := w.keep(facts{Actions: []plan.Action{comment("a", "A-1")}})
		second := w.keep(facts{Actions: []plan.Action{comment("b", "A-1")}})
		w.keep(facts{Repository: "other", Actions: []plan.Action{comment("no\x00text", "A-2")}})
		last := w.keep(facts{Actions: []plan.Action{comment("c", "A-1")}})
		in, err := w.Ingest(t.Context(), w.spool, w.planner)
		if err == nil || !slices.Equal(in.Taken, []string{first, second}) {
			t.Errorf("ingested %+v, %v", in, err)
		}
		if ids, err := w.spool.List(); err != nil || len(ids) != 2 || ids[1] != last {
			t.Errorf("in the spool: %q, %v", ids, err)
		}
	})
}
