package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"jirahook/outbox/spool"
	"jirahook/outbox/store"
	"jirahook/plan"
)

// workerOf is a worker that does nothing by itself.
func workerOf(w *world) *worker {
	return &worker{drainer: &drainer{Outbox: w.Outbox, sender: w.jira}, spool: w.spool, planner: w.planner,
		free: make(chan struct{}, 1), probing: make(chan struct{}, 1), patient: make(chan struct{}, 1), wake: make(chan struct{}, 1)}
}

// What a worker does again after a while: not earlier, and not much later.
func TestWorkerDoesAgain(t *testing.T) {
	w := newWorld(t, Options{Keep: time.Hour, Host: "one"})
	wk := workerOf(w)
	w.planner.broken["lib"] = errors.New("config is broken")
	w.keep(facts{Push: "failed", Repository: "lib"})
	w.keep(facts{Push: "aside", Repository: "lib"})
	if err := w.spool.SetAside(w.spool.ForWorker()[0], "aside", errFault); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	ago := func(d time.Duration) time.Time { return time.Now().Add(-d) }
	for _, tt := range []struct {
		name string
		do   func() error
		last *time.Time
		wait time.Duration
	}{
		{"ingest", func() error { return wk.ingest(t.Context()) }, &wk.ingested, 15 * time.Second},
		{"ingest aside", func() error { return wk.ingestAside(t.Context(), &all) }, &wk.waitedAt, 15 * time.Second},
		{"prune", func() error { return wk.prune(t.Context()) }, &wk.pruned, time.Hour},
	} {
		for _, step := range []struct {
			since time.Duration // 0: it was never done
			does  bool
		}{{0, true}, {tt.wait - 5*time.Second, false}, {tt.wait + time.Second/2, true}} {
			if step.since > 0 {
				*tt.last = ago(step.since)
			}
			before := *tt.last
			if err := tt.do(); err != nil {
				t.Fatal(err)
			}
			all.Wait()
			if did := !before.Equal(*tt.last); did != step.does || did && time.Since(*tt.last) > time.Minute {
				t.Errorf("%s, %v after: done %v", tt.name, step.since, did)
			}
		}
	}
	// Who plans what was set aside is alone.
	wk.patient <- struct{}{}
	wk.waitedAt = ago(time.Hour)
	before := wk.waitedAt
	if err := wk.ingestAside(t.Context(), &all); err != nil || !wk.waitedAt.Equal(before) {
		t.Errorf("two at once: %v", err)
	}
	for since, does := range map[time.Duration]bool{55 * time.Second: false, 61 * time.Second: true} {
		wk.noted = ago(since)
		before := wk.noted
		if err := wk.round(t.Context(), &all); err != nil {
			t.Fatal(err)
		}
		all.Wait()
		senders, err := w.Senders(t.Context())
		if did := !wk.noted.Equal(before); did != does || err != nil || does && (len(senders) != 1 || senders[0].Host != "one" || senders[0].Kind != SenderWorker) {
			t.Errorf("%v after it was noted: %v, %+v, %v", since, did, senders, err)
		}
	}
}

// What was set aside is told of when it is looked at first, and whenever something
// became of it.
func TestWorkerTellsOfAside(t *testing.T) {
	w := newWorld(t, Options{})
	wk := workerOf(w)
	var told []Ingested
	wk.work.OnIngest = func(in Ingested) { told = append(told, in) }
	var all sync.WaitGroup
	look := func(want int, moved bool) {
		t.Helper()
		wk.waitedAt = time.Time{}
		if err := wk.ingestAside(t.Context(), &all); err != nil {
			t.Fatal(err)
		}
		all.Wait()
		if len(told) != want || wk.moved.Load() != moved {
			t.Errorf("told of %+v, moved %v", told, wk.moved.Load())
		}
		wk.moved.Store(false)
	}
	look(0, false)
	w.planner.broken["lib"] = errors.New("config is broken")
	for _, f := range []facts{{Push: "a", Repository: "lib"}, {Push: "b", Repository: "lib", Hold: "too many"}} {
		w.keep(f)
		if err := w.spool.SetAside(w.spool.ForWorker()[1], f.Push, errFault); err != nil {
			t.Fatal(err)
		}
	}
	look(1, false)
	look(1, false) // the same as before
	delete(w.planner.broken, "lib")
	look(2, true)
	if in := told[1]; !slices.Equal(in.Taken, []string{"a"}) || !slices.Equal(in.Held, []string{"b"}) {
		t.Errorf("told of %+v", in)
	}
	wk.work.OnIngest = nil
	w.keep(facts{Push: "c", Hold: "too many"})
	if err := w.spool.SetAside(w.spool.ForWorker()[0], "c", errFault); err != nil {
		t.Fatal(err)
	}
	look(2, true) // and nobody to tell
}

// plannerFunc plans by a function.
type plannerFunc func(ctx context.Context, known plan.Known) (plan.Plan, error)

func (f plannerFunc) Plan(ctx context.Context, _ []byte, known plan.Known) (plan.Plan, error) {
	return f(ctx, known)
}

// A planner has nine tenths of the time that there is, and no more than the push's
// budget, which goes down. What it says too late is no word about the push.
func TestTimeToPlan(t *testing.T) {
	w := newWorld(t, Options{})
	const much = time.Hour
	waits := plannerFunc(func(ctx context.Context, _ plan.Known) (plan.Plan, error) {
		<-ctx.Done()
		return plan.Plan{}, ctx.Err()
	})
	for name, tt := range map[string]struct {
		planner plannerFunc
		budget  time.Duration
		until   time.Duration // the end of all; 0: there is none
		err     string        // "": none
		moves   bool          // the push is set aside
		cause   error
	}{
		"in time": {func(context.Context, plan.Known) (plan.Plan, error) { return plan.Plan{Push: "p"}, nil }, much, 0, "", false, nil},
		"done too late": {func(ctx context.Context, _ plan.Known) (plan.Plan, error) {
			<-ctx.Done()
			return plan.Plan{Push: "p"}, nil
		}, 20 * time.Millisecond, 0, "planning it takes longer than 20ms", true, nil},
		"an error":      {func(context.Context, plan.Known) (plan.Plan, error) { return plan.Plan{}, errFault }, much, 0, errFault.Error(), false, errFault},
		"its budget":    {waits, 20 * time.Millisecond, 0, "planning it takes longer than 20ms", true, nil},
		"a little time": {waits, much, 40 * time.Millisecond, "plan a push: context deadline exceeded", false, context.DeadlineExceeded},
		"a fault":       {func(context.Context, plan.Known) (plan.Plan, error) { panic("odd") }, much, 0, "fault while planning: odd", true, nil},
	} {
		ctx, budget := t.Context(), tt.budget
		if tt.until > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, tt.until)
			defer cancel()
		}
		got, err := w.ask(ctx, tt.planner, nil, plan.Known{}, &budget)
		var broken planError
		isOfPush := errors.As(err, &broken)
		switch {
		case name == "done too late" && err == nil: // it came at the same moment
		case tt.err == "":
			if err != nil || got.Push != "p" {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		case err == nil || err.Error() != tt.err || broken.moves != tt.moves || isOfPush != (tt.until == 0) || tt.cause != nil && !errors.Is(err, tt.cause):
			t.Errorf("%s: %v, of the push %v, moves it %v", name, err, isOfPush, broken.moves)
		}
		if budget >= tt.budget {
			t.Errorf("%s: %v are left of %v", name, budget, tt.budget)
		}
	}
	began := time.Now()
	ctx, cancel := context.WithDeadline(t.Context(), began.Add(100*time.Second))
	defer cancel()
	for budget, want := range map[time.Duration][2]time.Duration{much: {89 * time.Second, 92 * time.Second}, 50 * time.Second: {50 * time.Second, 53 * time.Second}} {
		_, err := w.ask(ctx, plannerFunc(func(ctx context.Context, _ plan.Known) (plan.Plan, error) {
			if end, _ := ctx.Deadline(); end.Sub(began) < want[0] || end.Sub(began) > want[1] {
				t.Errorf("within a budget of %v it has %v", budget, end.Sub(began))
			}
			return plan.Plan{}, nil
		}), nil, plan.Known{}, &budget)
		if err != nil {
			t.Error(err)
		}
	}
	over, end := context.WithCancel(t.Context())
	end()
	budget := much
	if _, err := w.ask(over, waits, nil, plan.Known{}, &budget); !errors.Is(err, context.Canceled) {
		t.Errorf("all is over: %v", err)
	}
}

// A plan that asks about more by what is on record is made once more, and no oftener;
// what it asks about is read once.
func TestAsksMore(t *testing.T) {
	w := newWorld(t, Options{})
	for more, want := range map[int]int{0: 2, 1: 3, 2: 3, 9: 3} {
		calls := 0
		p := planned{id: "p"}
		err := w.plan(t.Context(), plannerFunc(func(context.Context, plan.Known) (plan.Plan, error) {
			calls++
			planned := plan.Plan{Repository: "app"}
			for n := range min(calls, more+1) {
				planned.Asked = append(planned.Asked, fmt.Sprint("r", n))
			}
			return planned, nil
		}), &p, false, time.Hour)
		if err != nil || p.err != nil || calls != want || len(p.first.Asked) != min(want-1, more+1) {
			t.Errorf("asks more %d times: planned %d times, asked for %q, %v", more, calls, p.first.Asked, err)
		}
	}
	for _, fails := range []int{1, 2, 3} {
		calls := 0
		p := planned{id: "p"}
		err := w.plan(t.Context(), plannerFunc(func(context.Context, plan.Known) (plan.Plan, error) {
			if calls++; calls == fails {
				return plan.Plan{Repository: "app"}, errFault
			}
			return plan.Plan{Repository: "app", Asked: []string{fmt.Sprint("r", calls)}}, nil
		}), &p, true, time.Hour)
		if err != nil || !errors.Is(p.err, errFault) || calls != fails || p.plan.Repository != "app" || !p.by.Released {
			t.Errorf("planning %d fails: %v, %+v", fails, err, p)
		}
	}
}

// Which pushes wait for one that is set aside: the younger ones of its repository.
func TestWaitsForAside(t *testing.T) {
	w := newWorld(t, Options{})
	now := time.Now()
	a1, a2, b := w.pushOf("a", now, ""), w.pushOf("a", now.Add(time.Second), ""), w.pushOf("b", now.Add(time.Second), "")
	i := &ingest{Outbox: w.Outbox, spool: w.spool, planner: w.planner, waits: map[string]string{}, stuck: map[string]bool{}}
	i.wait("odd")
	i.wait(a1)
	i.wait(a2)
	if len(i.waits) != 1 || i.waits[spool.Mark(a1)] != a1 {
		t.Errorf("waited for: %q", i.waits)
	}
	for id, waits := range map[string]bool{a1: false, a2: true, b: false} {
		p, err := i.prepare(t.Context(), id)
		if err != nil || (p.err != nil) != waits {
			t.Errorf("%s: %v, %v", id, p.err, err)
		}
	}
	i = &ingest{Outbox: w.Outbox, spool: w.spool, planner: w.planner, waits: map[string]string{}, patient: true}
	if i.wait(a1); len(i.waits) != 0 {
		t.Errorf("who has time lets others wait: %q", i.waits)
	}
}

// Which actions' sites may be asked now: those that are not paused, with credentials
// that are not barred any more, and new ones.
func TestOpenSites(t *testing.T) {
	w := newWorld(t, Options{})
	now := store.Millis(w.clock.Now())
	err := w.db.Write(t.Context(), "lay out", func(s store.Session) error {
		for name, pause := range map[string]string{"paused": "away", "well": "", "barred": "", "free": "", "other": ""} {
			if _, err := s.Exec("INSERT INTO site(name, pause) VALUES (?,?)", name, pause); err != nil {
				return err
			}
		}
		return errors.Join(barUntil(s, "barred", "f1", now+1), barUntil(s, "free", "f1", now), barUntil(s, "other", "f2", now+1))
	})
	if err != nil {
		t.Fatal(err)
	}
	var actions []plan.Action
	for _, name := range []string{"paused", "well", "barred", "free", "other", "new"} {
		actions = append(actions, plan.Action{Site: name})
	}
	open, err := w.Outbox.open(t.Context(), w.jira, actions)
	var got []string
	for _, a := range open {
		got = append(got, a.Site)
	}
	if err != nil || !slices.Equal(got, []string{"well", "free", "other", "new"}) {
		t.Errorf("open: %q, %v", got, err)
	}
}

// A probe that finds a site still away waits longer each time, and as long as it is
// asked to; while it is under way it is one process's.
func TestProbesBackOff(t *testing.T) {
	for _, verdict := range []plan.Verdict{plan.Away, plan.Later} {
		w := newWorld(t, Options{})
		w.jira.before = always(away)
		w.push(comment("a", "A-1"))
		w.deliver()
		since := w.site().Since
		var until int
		asked := time.Duration(0)
		w.jira.probe = func(context.Context, plan.Action) plan.Result {
			until = w.number("SELECT until FROM site WHERE prober <> ''")
			return plan.Result{Verdict: verdict, RetryAfter: asked}
		}
		for _, step := range []struct{ asked, next time.Duration }{{0, 4 * time.Second}, {0, 8 * time.Second}, {time.Second, 16 * time.Second}, {time.Hour, time.Hour}, {0, 64 * time.Second}} {
			asked = step.asked
			w.clock.now = w.site().Next
			if err := w.DrainDue(t.Context(), w.jira); err != nil {
				t.Fatal(err)
			}
			s := w.site()
			if s.Pause != PauseAway || !s.Since.Equal(since) || s.Next.Sub(w.clock.Now()) != step.next || s.Reason != "Jira does not answer" || int64(until) != store.Millis(w.clock.Now().Add(30*time.Second)) {
				t.Errorf("%s, asked to wait %v: %+v, %v ahead; probed until %v", verdict, step.asked, s, s.Next.Sub(w.clock.Now()), until)
			}
		}
		// An answer ends the pause; how often it failed is known until something is done.
		w.jira.set(func(j *jira) { j.probe = nil })
		w.clock.now = w.site().Next
		if err := w.DrainDue(t.Context(), w.jira); err != nil {
			t.Fatal(err)
		}
		if s := w.site(); s.Pause != PauseAway || s.Next.Sub(w.clock.Now()) != 128*time.Second {
			t.Errorf("%s: it answered and went away again: %+v", verdict, s)
		}
	}
}

// The issues of the next fifty lanes are looked up with the one that is begun.
func TestLooksAheadAsFar(t *testing.T) {
	for lanes, want := range map[int][]int{1: nil, 2: {2}, 51: {51}, 52: {51}} {
		w := newWorld(t, Options{Workers: 1})
		var actions []plan.Action
		for n := range lanes {
			actions = append(actions, comment(fmt.Sprint("a", n), fmt.Sprint("A-", n)))
		}
		w.push(actions...)
		w.deliver()
		var got []int
		for _, p := range w.jira.prepared {
			got = append(got, len(p))
		}
		if !slices.Equal(got[:min(len(got), len(want))], want) || len(want) == 0 && len(got) != 0 {
			t.Errorf("%d lanes: looked up %v", lanes, got)
		}
	}
}
