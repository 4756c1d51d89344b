package outbox

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// refusing refuses these actions.
func refusing(ids ...string) func(context.Context, plan.Attempt) *plan.Result {
	return func(_ context.Context, a plan.Attempt) *plan.Result {
		if slices.Contains(ids, a.Action.ID) {
			return &plan.Result{Verdict: plan.Refused, Problem: "field Resolution is required", Advice: "set transitions.fields"}
		}
		return nil
	}
}

func idsOf(reports []Report) string {
	var all []string
	for _, r := range reports {
		all = append(all, r.ID)
	}
	return strings.Join(all, " ")
}

func TestHeldPush(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		start := w.clock.Now()
		a := comment("a", "A-1")
		id := w.keep(facts{Hold: "touches 101 issues, more than 100", Note: "a note", Actions: []plan.Action{a, comment("b", "A-2")}})
		if in := w.ingest(); !slices.Equal(in.Held, []string{id}) || len(in.Taken) != 0 {
			t.Errorf("ingested %+v", in)
		}
		r := w.drain(id)
		if r.Held != "touches 101 issues, more than 100" || len(r.Actions) != 0 || len(r.Notes) != 1 || w.jira.sent() != 0 {
			t.Errorf("report: %+v", r)
		}
		held, err := w.HeldPushes(t.Context())
		want := []HeldPush{{Push: id, Repository: "group/app", Pusher: "ann", Site: site, Time: start, Why: r.Held}}
		if err != nil || !slices.Equal(held, want) {
			t.Errorf("held: %+v, %v", held, err)
		}
		if c, err := w.Counts(t.Context()); err != nil || c.Held != 1 || c.Queued != 0 {
			t.Errorf("counts: %+v, %v", c, err)
		}
		if data, err := w.Facts(t.Context(), id); err != nil || !strings.Contains(string(data), `"a note"`) {
			t.Errorf("facts: %s, %v", data, err)
		}
		// What another push did meanwhile is not repeated.
		w.clock.advance(time.Hour)
		twin := a
		twin.ID = "a2"
		w.drain(w.push(twin))
		if first := w.planner.seen[len(w.planner.seen)-1].FirstSeen; !first.Equal(start) {
			t.Errorf("a held push is the first sight of its repository, not %v", first)
		}
		w.planner.seen = nil
		if err := w.Release(t.Context(), id, w.planner); err != nil {
			t.Fatal(err)
		}
		for _, known := range w.planner.seen {
			if !known.Released || !known.FirstSeen.IsZero() {
				t.Errorf("released with %+v", known)
			}
		}
		w.wantStates(id, "b queued")
		if r := w.drain(id); r.Held != "" || len(r.Notes) != 1 {
			t.Errorf("report: %+v", r)
		}
		w.jira.check(t, "A-1: a2", "A-2: b")
		wantError(t, w.Release(t.Context(), id, w.planner), ErrUnknown)
		wantError(t, w.Drop(t.Context(), id), ErrUnknown)
		if n := w.number("SELECT count(*) FROM push WHERE facts IS NOT NULL"); n != 0 {
			t.Errorf("the facts of %d pushes are still there", n)
		}
	})
}

func TestHeldPushDropped(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		a := comment("a", "A-1")
		id := w.keep(facts{Hold: "too many", Actions: []plan.Action{a}})
		w.ingest()
		if err := w.Drop(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		wantError(t, w.Release(t.Context(), id, w.planner), ErrUnknown)
		if held, err := w.HeldPushes(t.Context()); err != nil || len(held) != 0 {
			t.Errorf("held: %+v, %v", held, err)
		}
		if r := w.drain(id); r.Held != "" || len(r.Actions) != 0 {
			t.Errorf("report: %+v", r)
		}
		w.drain(w.push(a)) // it was never on record
		w.jira.check(t, "A-1: a")
	})
}

func TestReleaseWithBrokenConfig(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		id := w.keep(facts{Hold: "too many", Actions: []plan.Action{comment("a", "A-1")}})
		w.ingest()
		w.planner.broken["app"] = ErrUnreadable
		wantError(t, w.Release(t.Context(), id, w.planner), ErrUnreadable)
		delete(w.planner.broken, "app")
		if err := w.Release(t.Context(), id, w.planner); err != nil {
			t.Error(err)
		}
	})
}

// A dead action keeps its records until it is retried or dropped.
func TestRetryDead(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		a := comment("a", "A-1")
		w.jira.before = refusing("a")
		id := w.push(a, comment("b", "A-1"))
		w.drain(id)
		w.wantStates(id, "a dead, b done")
		twin := a
		twin.ID = "a2"
		if second := w.push(twin); w.states(second) != "" {
			t.Errorf("a dead action does not keep its records: %s", w.states(second))
		}
		w.jira.set(func(j *jira) { j.before = nil })
		w.deliver() // it does not come back by itself
		w.wantStates(id, "a dead, b done")
		w.clock.advance(30 * 24 * time.Hour)
		if err := w.Retry(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		if d := w.action("a"); d.State != Queued || !d.Queued.Equal(w.clock.Now()) || d.Problem != "" || !d.Settled.IsZero() || len(d.History) != 1 {
			t.Errorf("queued anew: %+v", d)
		}
		w.drain(id)
		w.jira.check(t, "A-1: b a")
	})
}

// An action that died without an answer is looked for when it is retried.
func TestRetryUncertain(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		start := w.clock.Now()
		w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
			if err := a.Sending("status 3"); err != nil {
				t.Error(err)
			}
			w.jira.apply(a.Action)
			return &plan.Result{Verdict: plan.Later, Problem: "timeout", Uncertain: true}
		}
		id := w.push(comment("a", "A-1"))
		w.drain(id)
		w.clock.advance(8 * 24 * time.Hour)
		w.jira.set(func(j *jira) {
			j.applied = map[string][]string{} // it will be found later only
			j.before = always(plan.Result{Verdict: plan.Later, Problem: "404 on the way"})
		})
		w.deliver()
		w.wantStates(id, "a dead")
		if err := w.Retry(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		w.wantStates(id, "a sending")
		w.jira.set(func(j *jira) { j.before = nil })
		w.drain(id)
		last := w.jira.sends[len(w.jira.sends)-1]
		if !last.Uncertain || last.Memo != "status 3" || !last.FirstSent.Equal(start) {
			t.Errorf("attempt: %+v", last)
		}
	})
}

func TestRetryWaiting(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = always(plan.Result{Verdict: plan.Later, Problem: "409"})
		id := w.push(comment("a", "A-1"))
		w.drain(id)
		w.jira.set(func(j *jira) { j.before = nil })
		if err := w.Retry(t.Context(), "a"); err != nil { // ends its back-off
			t.Fatal(err)
		}
		w.drain(id)
		w.jira.check(t, "A-1: a")
		if err := w.Retry(t.Context(), "a"); err == nil || err.Error() != "retry: a is done" {
			t.Errorf("error: %v", err)
		}
	})
}

// All are retried, or none.
func TestRetryIsWhole(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = refusing("a")
		id := w.push(comment("a", "A-1"))
		w.drain(id)
		wantError(t, w.Retry(t.Context(), "a", "nobody"), ErrUnknown)
		w.wantStates(id, "a dead")
	})
}

func TestDrop(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		a := comment("a", "A-1")
		w.jira.before = refusing("a")
		id := w.push(a, comment("b", "A-1"), comment("c", "A-2"))
		w.drain(id)
		if err := w.Drop(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		w.wantStates(id, "b done, c done")
		if err := w.Drop(t.Context(), "b"); err == nil || err.Error() != "drop: b is done" {
			t.Errorf("error: %v", err)
		}
		wantError(t, w.Drop(t.Context(), "a"), ErrUnknown)
		if n := w.number("SELECT count(*) FROM record WHERE action = 'a'") + w.number("SELECT count(*) FROM attempt WHERE action = 'a'"); n != 0 {
			t.Errorf("%d traces are left", n)
		}
		// What was dropped may be asked for again.
		w.jira.set(func(j *jira) { j.before = nil })
		w.drain(w.push(a))
		w.jira.check(t, "A-1: b a", "A-2: c")
	})
}

func TestDropWaiting(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		id := w.push(comment("a", "A-1"), comment("b", "A-1"), comment("c", "A-1"))
		w.abandon(site+" A-1", false)
		wantError(t, w.Drop(t.Context(), "a"), ErrInFlight)
		if err := w.Drop(t.Context(), "b"); err != nil {
			t.Error(err)
		}
		w.clock.advance(w.opts.Lease)
		if err := w.Drop(t.Context(), "a"); err != nil {
			t.Error(err)
		}
		w.deliver()
		w.wantStates(id, "c done")
		if n := w.number("SELECT count(*) FROM lane"); n != 0 {
			t.Errorf("%d lanes", n)
		}
	})
}

func TestList(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = refusing("a")
		id := w.push(comment("a", "A-1"), comment("b", "A-2"))
		w.drain(id)
		second := w.keep(facts{Repository: "lib", Actions: []plan.Action{comment("c", "A-1"), comment("d", "A-3")}})
		w.ingest()
		for _, c := range []struct {
			filter Filter
			want   string
		}{
			{Filter{}, "a c d"},
			{Filter{Limit: 2}, "a c"},
			{Filter{States: []State{Done}}, "b"},
			{Filter{States: []State{Done, Queued}}, "b c d"},
			{Filter{Issue: "A-1"}, "a c"},
			{Filter{Push: second}, "c d"},
			{Filter{Repository: "group/app"}, "a"},
			{Filter{Repository: "group/lib", Issue: "A-3"}, "d"},
			{Filter{Site: "https://other"}, ""},
			{Filter{Kind: plan.KindComment}, "a c d"},
			{Filter{Kind: plan.KindWorklog}, ""},
			{Filter{Begins: "c"}, "c"},
			{Filter{Begins: "%"}, ""},
			{Filter{Before: w.clock.Now()}, ""},
			{Filter{Before: w.clock.Now().Add(time.Millisecond), Issue: "A-1"}, "a c"},
		} {
			got, err := w.List(t.Context(), c.filter)
			if err != nil || idsOf(got) != c.want {
				t.Errorf("%+v: %q, want %q (%v)", c.filter, idsOf(got), c.want, err)
			}
		}
		got, err := w.List(t.Context(), Filter{Issue: "A-3"})
		want := Report{ID: "d", Push: second, Repository: "group/lib", Pusher: "ann", Site: site, Issue: "A-3", Kind: plan.KindComment,
			Text: "comment on A-3", Because: "commit 1234567", Commit: "c-d", State: Queued, Queued: w.clock.Now(), Next: w.clock.Now()}
		if err != nil || !reflect.DeepEqual(got, []Report{want}) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
		c, err := w.Counts(t.Context())
		if err != nil || c != (Counts{Queued: 2, Dead: 1, Oldest: w.clock.Now()}) {
			t.Errorf("counts: %+v, %v", c, err)
		}
		if s := w.site(); s.Waiting != 2 || s.Name != site {
			t.Errorf("site: %+v", s)
		}
	})
}

func TestShowByShortID(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		one, two := strings.Repeat("ab", 20), strings.Repeat("ab", 19)+"cd"
		three := "1234567" + strings.Repeat("0", 33)
		w.push(comment(one, "A-1"), comment(two, "A-1"), comment(three, "A-1"))
		if d := w.action("123456"); d.ID != three || d.Action.Comment.Body != three {
			t.Errorf("%+v", d)
		}
		if d := w.action(one); d.ID != one {
			t.Errorf("%+v", d)
		}
		for id, want := range map[string]string{
			"ababab": "is the beginning of several ids", "12345": "not in the outbox", "______": "not in the outbox", "": "not in the outbox",
		} {
			if _, err := w.Show(t.Context(), id); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %s", id, err, want)
			}
		}
	})
}

func TestPrune(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.Outbox.opts.Keep = 90 * 24 * time.Hour
		w.jira.before = refusing("dead")
		var many []plan.Action
		for i := range store.Chunk + 20 { // more than one batch
			many = append(many, comment("m"+strings.Repeat("x", i), "M-1"))
		}
		old := w.push(append(many, comment("dead", "A-1"))...)
		w.drain(old)
		forgotten := w.push(comment("a", "A-1"))
		w.drain(forgotten)
		held := w.keep(facts{Hold: "too many"})
		w.ingest()
		w.clock.advance(w.Outbox.opts.Keep)
		young := w.push(comment("b", "A-1"))
		w.drain(young)
		if err := w.Prune(t.Context()); err != nil { // nothing is too old yet
			t.Fatal(err)
		}
		if n := w.number("SELECT count(*) FROM action"); n != store.Chunk+23 {
			t.Errorf("%d actions", n)
		}
		w.clock.advance(time.Millisecond)
		if err := w.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.wantStates(old, "dead dead")
		w.wantStates(young, "b done")
		w.wantStates(held, "")
		_, err := w.Report(t.Context(), forgotten)
		wantError(t, err, ErrUnknown)
		for table, want := range map[string]int{"action": 2, "record": 2, "attempt": 2, "push": 3, "repository": 1} {
			if n := w.number("SELECT count(*) FROM " + table); n != want {
				t.Errorf("%s: %d rows, want %d", table, n, want)
			}
		}
	})
}

// Records that hang on no action live as long as their push.
func TestRecordsOfAPush(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.Outbox.opts.Keep = time.Hour
		record := plan.Record{ID: "r", Commit: "c", Detail: "noted"}
		id := w.keep(facts{Records: []plan.Record{record}})
		w.ingest()
		probe := comment("a", "A-1")
		probe.Records = []plan.Record{{ID: "r"}}
		w.keep(facts{Actions: []plan.Action{probe}})
		w.ingest()
		if got := w.planner.seen[3].Records["r"]; !slices.Equal(got, []plan.Record{record}) {
			t.Errorf("on record: %+v", got)
		}
		w.clock.advance(2 * time.Hour)
		if err := w.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := w.Report(t.Context(), id)
		wantError(t, err, ErrUnknown)
		if n := w.number("SELECT count(*) FROM record"); n != 0 {
			t.Errorf("%d records", n)
		}
	})
}
