package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"jirahook/plan"
)

// eventually waits for what other goroutines are about to do.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// working runs a worker until stop is called.
func (w *world) working(opts WorkOptions) (stop func()) {
	w.Helper()
	ctx, cancel := context.WithCancel(w.Context())
	var all sync.WaitGroup
	o := w.open()
	o.grace = 10 * time.Millisecond
	all.Go(func() {
		if err := o.Work(ctx, w.spool, w.planner, w.jira, opts); err != nil {
			w.Error(err)
		}
	})
	stop = sync.OnceFunc(func() {
		cancel()
		all.Wait()
	})
	w.Cleanup(stop)
	return stop
}

func TestWork(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		var mu sync.Mutex
		var told []Ingested
		stop := w.working(WorkOptions{Poll: 5 * time.Millisecond, OnIngest: func(in Ingested) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, in)
		}})
		broken := errors.New("config is broken")
		w.planner.mu.Lock()
		w.planner.broken["lib"] = broken
		w.planner.mu.Unlock()
		stuck := w.keep(facts{Repository: "lib", Actions: []plan.Action{comment("c", "C-1")}})
		w.keep(facts{Actions: []plan.Action{comment("a", "A-1"), comment("b", "B-1")}})
		eventually(t, "a and b are done", func() bool { return w.jira.has(comment("a", "A-1")) && w.jira.has(comment("b", "B-1")) })
		w.keep(facts{Actions: []plan.Action{comment("d", "A-1")}})
		eventually(t, "d is done", func() bool { return w.jira.has(comment("d", "A-1")) })
		stop()
		w.jira.check(t, "A-1: a d", "B-1: b")
		var failures int
		for _, in := range told {
			failures += len(in.Failed)
		}
		// It is told of a failure when it comes, and with other news.
		if failures == 0 || failures > 3 || !slices.ContainsFunc(told, func(in Ingested) bool {
			return len(in.Failed) > 0 && in.Failed[0].Push == stuck && errors.Is(in.Failed[0].Err, broken)
		}) {
			t.Errorf("told of %+v", told)
		}
		if n := w.number("SELECT count(*) FROM lane WHERE owner <> ''"); n != 0 {
			t.Errorf("%d lanes are still leased", n)
		}
	})
}

// A push that cannot be planned is not planned again at every look.
func TestWorkLeavesFailedPushes(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.planner.broken["lib"] = errors.New("config is broken")
		w.keep(facts{Repository: "lib"})
		worker := &worker{drainer: &drainer{Outbox: w.Outbox, sender: w.jira}, spool: w.spool, planner: w.planner}
		look := func(want int) {
			t.Helper()
			if err := worker.ingest(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := len(w.planner.seen); n != want {
				t.Errorf("planned %d times, want %d", n, want)
			}
		}
		look(1)
		look(1)
		w.keep(facts{}) // something new: all are tried
		look(4)         // one fails at once, one is planned twice
		look(4)
		worker.ingested = worker.ingested.Add(-failedAgain)
		look(5)
	})
}

// A worker learns at once what another process has queued.
func TestWorkIsNotified(t *testing.T) {
	w := newWorld(t, Options{Database: postgresShared(t)})
	w.working(WorkOptions{Poll: time.Hour})
	for _, a := range []plan.Action{comment("a", "A-1"), comment("b", "A-1")} {
		// Not by the spool, which the worker reads itself. The first may be found
		// by the worker's first look, the second cannot.
		if err := w.insertPush(t.Context(), "push-"+a.ID, plan.Plan{Repository: "app", Actions: []plan.Action{a}}, nil); err != nil {
			t.Fatal(err)
		}
		eventually(t, a.ID+" is done", func() bool { return w.jira.has(a) })
	}
}

func TestWorkProbes(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = always(away)
		w.drain(w.push(comment("a", "A-1")))
		w.jira.set(func(j *jira) { j.before = nil })
		w.working(WorkOptions{Poll: 5 * time.Millisecond})
		w.clock.advance(time.Minute)
		eventually(t, "a is done", func() bool { return w.jira.has(comment("a", "A-1")) })
	})
}

// A request in flight when the worker is told to stop gets the grace.
func TestWorkStops(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		inFlight := make(chan struct{})
		w.jira.before = func(ctx context.Context, a plan.Attempt) *plan.Result {
			if err := a.Sending(""); err != nil {
				t.Error(err)
			}
			close(inFlight)
			<-ctx.Done()
			return &plan.Result{Verdict: plan.Away, Uncertain: true}
		}
		id := w.push(comment("a", "A-1"), comment("b", "A-1"))
		stop := w.working(WorkOptions{Poll: 5 * time.Millisecond})
		<-inFlight
		stop()
		w.wantStates(id, "a sending, b queued")
		if n := w.number("SELECT count(*) FROM site WHERE pause <> ''"); n != 0 {
			t.Error("our own end paused the site")
		}
	})
}

func TestWorkPrunes(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.opts.Keep = time.Hour
		w.drain(w.push(comment("a", "A-1")))
		w.clock.advance(2 * time.Hour)
		w.working(WorkOptions{Poll: 5 * time.Millisecond})
		eventually(t, "a is forgotten", func() bool { return w.number("SELECT count(*) FROM push") == 0 })
	})
}

// Two workers share an outbox: nothing twice, in order, one request at a time.
func TestTwoWorkers(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		for range 2 {
			w.working(WorkOptions{Poll: time.Millisecond})
		}
		want := map[string][]string{}
		for i := range 60 {
			a := comment(fmt.Sprintf("a%d", i), fmt.Sprintf("A-%d", i%7))
			want[a.Issue] = append(want[a.Issue], a.ID)
			w.keep(facts{Actions: []plan.Action{a}})
		}
		eventually(t, "all is done", func() bool { return w.number("SELECT count(*) FROM action WHERE state = 'done'") == 60 })
		var lines []string
		for i := range 7 {
			issue := fmt.Sprintf("A-%d", i)
			lines = append(lines, issue+": "+strings.Join(want[issue], " "))
		}
		w.jira.check(t, lines...)
	})
}

// What one worker leaves when it is told to stop another takes at once, not
// after the lease.
func TestWorkLeavesToOthers(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		inFlight, once := make(chan struct{}), sync.Once{}
		w.jira.before = func(ctx context.Context, a plan.Attempt) *plan.Result {
			first := false
			once.Do(func() { first = true })
			if !first {
				return nil
			}
			close(inFlight)
			<-ctx.Done()
			return &plan.Result{Verdict: plan.Later, Problem: "stopped before it was sent"}
		}
		w.push(comment("a", "A-1"), comment("b", "A-1"))
		stop := w.working(WorkOptions{Poll: time.Millisecond})
		<-inFlight
		stop()
		w.working(WorkOptions{Poll: time.Millisecond}) // the clock stands still: no lease ends
		eventually(t, "b is done", func() bool { return w.jira.has(comment("b", "A-1")) })
		w.jira.check(t, "A-1: a b")
	})
}

// A loop that hangs gives no sign of life.
func TestWorkTellsOfRounds(t *testing.T) {
	w := newWorld(t, Options{})
	var rounds atomic.Int64
	entered, leave := make(chan struct{}), make(chan struct{})
	hanging := &hangingPlanner{entered: entered, leave: leave}
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		err := w.Work(ctx, w.spool, hanging, w.jira, WorkOptions{Poll: time.Millisecond, OnRound: func() { rounds.Add(1) }})
		if err != nil {
			t.Error(err)
		}
	})
	eventually(t, "it goes round", func() bool { return rounds.Load() > 3 })
	w.keep(facts{})
	<-entered
	before := rounds.Load()
	time.Sleep(50 * time.Millisecond)
	if n := rounds.Load(); n != before {
		t.Errorf("%d rounds while it hangs", n-before)
	}
	close(leave)
	eventually(t, "it goes round again", func() bool { return rounds.Load() > before })
	cancel()
	all.Wait()
}

type hangingPlanner struct {
	planner
	entered, leave chan struct{}
	once           sync.Once
}

func (p *hangingPlanner) Plan(ctx context.Context, data []byte, known plan.Known) (plan.Plan, error) {
	p.once.Do(func() {
		close(p.entered)
		<-p.leave
	})
	return p.planner.Plan(ctx, data, known)
}

// A spool that takes long is left for a while, so that lanes get their turn.
func TestIngestInSlices(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		for range 3 {
			w.keep(facts{})
		}
		within := func(d time.Duration) (Ingested, error) {
			i := ingest{Outbox: w.Outbox, spool: w.spool, planner: w.planner, until: time.Now().Add(d)}
			err := i.run(t.Context())
			return i.in, err
		}
		in, err := within(-time.Second)
		if err != nil || len(in.Taken) != 0 || len(in.Failed) != 0 {
			t.Errorf("after its time it took in %+v, %v", in, err)
		}
		in, err = within(time.Hour)
		if err != nil || len(in.Taken) != 3 {
			t.Errorf("in time it took in %+v, %v", in, err)
		}
		w.Outbox.opts.Keep = time.Hour
		w.clock.advance(2 * time.Hour)
		if all, err := w.Outbox.prune(t.Context(), time.Now().Add(-time.Second)); all || err != nil || w.number("SELECT count(*) FROM push") != 3 {
			t.Errorf("after its time it forgot all: %v, %v", all, err)
		}
		if all, err := w.Outbox.prune(t.Context(), time.Now().Add(time.Hour)); !all || err != nil || w.number("SELECT count(*) FROM push") != 0 {
			t.Errorf("in time it forgot all: %v, %v", all, err)
		}
	})
}
