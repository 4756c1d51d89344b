package outbox

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"jirahook/outbox/spool"
	"jirahook/plan"
)

// A push that is set aside is told as such to its hook.
func TestDeliverPushSetAside(t *testing.T) {
	w := newWorld(t, Options{})
	w.shortOf()
	p := &playedPlanner{play: func(ctx context.Context, _ plan.Known) { <-ctx.Done() }}
	id := w.pushOf("app", time.Now(), "play")
	_, _, err := w.DeliverPush(t.Context(), w.spool, p, id, w.jira)
	wantError(t, err, ErrAside)
}

// While a worker plans what takes its time, everything else flows.
func TestWorkerPlansAside(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.shortOf()
		w.spool.Budgets.Again = time.Hour
		began, leave := make(chan struct{}), make(chan struct{})
		var once sync.Once
		p := &playedPlanner{play: func(ctx context.Context, _ plan.Known) {
			if end, _ := ctx.Deadline(); time.Until(end) < time.Minute {
				<-ctx.Done()
				return
			}
			once.Do(func() { close(began) })
			<-leave
		}}
		now := time.Now()
		w.pushOf("odd", now, "play", comment("a", "A-1"))
		w.pushOf("odd", now.Add(time.Millisecond), "", comment("b", "A-1"))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() {
			if err := w.Work(ctx, w.spool, p, w.jira, WorkOptions{Poll: time.Millisecond}); err != nil {
				t.Error(err)
			}
		})
		<-began
		w.pushOf("good", now.Add(time.Second), "", comment("c", "A-2"))
		eventually(t, "c is done", func() bool { return w.jira.has(comment("c", "A-2")) })
		if w.jira.has(comment("b", "A-1")) {
			t.Error("a younger push of the repository went first")
		}
		close(leave)
		eventually(t, "b is done", func() bool { return w.jira.has(comment("b", "A-1")) })
		w.jira.check(t, "A-1: a b", "A-2: c")
		cancel()
		all.Wait()
	})
}

// An older push that another process has in hand when we come by, and gives back,
// is still taken in first.
func TestGivenBackInOrder(t *testing.T) {
	w := newWorld(t, Options{})
	var others repositoryLocks
	now := time.Now()
	older := w.pushOf("app", now, "")
	lib := w.pushOf("lib", now.Add(time.Millisecond), "play")
	younger := w.pushOf("app", now.Add(2*time.Millisecond), "")
	if ok, err := others.lock(w.db.Folder, spool.Mark(older)); !ok || err != nil {
		t.Fatal(ok, err)
	}
	defer others.release()
	p := &playedPlanner{play: func(context.Context, plan.Known) { others.release() }}
	in, err := w.IngestBriefly(t.Context(), w.spool, p)
	if err != nil || !slices.Equal(in.Taken, []string{lib}) || len(in.Failed) > 0 {
		t.Errorf("ingested %+v, %v", in, err)
	}
	if in := w.ingest(); !slices.Equal(in.Taken, []string{older, younger}) {
		t.Errorf("afterwards %+v", in)
	}
}

// An older push that another process sets aside while we are at others is waited
// for, although it was not there when we looked first.
func TestSetAsideMeanwhile(t *testing.T) {
	for _, first := range []bool{true, false} { // whether it is the first one aside
		w := newWorld(t, Options{})
		now := time.Now()
		if !first {
			before := w.pushOf("else", now.Add(-time.Minute), "")
			if err := w.spool.SetAside(w.spool.ForWorker()[0], before, errors.New("it was slow")); err != nil {
				t.Fatal(err)
			}
		}
		lib := w.pushOf("lib", now, "play")
		older := w.pushOf("app", now.Add(time.Millisecond), "")
		younger := w.pushOf("app", now.Add(2*time.Millisecond), "")
		did := false
		p := &playedPlanner{play: func(context.Context, plan.Known) {
			if did {
				return
			}
			did = true
			if err := w.spool.SetAside(w.spool.ForWorker()[0], older, errors.New("it was slow")); err != nil {
				t.Error(err)
			}
		}}
		in, err := w.Ingest(t.Context(), w.spool, p)
		if err != nil || !slices.Equal(in.Taken, []string{lib}) || !slices.Equal(pushesOf(in.Failed), []string{younger}) {
			t.Errorf("ingested %+v, %v", in, err)
		}
	}
}

// What was set aside long ago is not listed anew for every repository; just now there
// may be a change that the folder's time does not show.
func TestAsideIsListedOnce(t *testing.T) {
	for age, again := range map[time.Duration]bool{time.Hour: false, 0: true} {
		w := newWorld(t, Options{})
		id := w.pushOf("app", time.Now(), "")
		if err := w.spool.SetAside(w.spool.ForWorker()[0], id, errors.New("it was slow")); err != nil {
			t.Fatal(err)
		}
		changed := time.Now().Add(-age)
		if err := os.Chtimes(w.spool.ForWorker()[0].Dir(), changed, changed); err != nil {
			t.Fatal(err)
		}
		i := ingest{Outbox: w.Outbox, spool: w.spool}
		for range 2 {
			if err := i.lookAside(); err != nil || i.waits[spool.Mark(id)] != id {
				t.Fatalf("waits for %v, %v", i.waits, err)
			}
			i.waits["mark"] = "left by the first look"
		}
		if err := i.lookAside(); err != nil || (i.waits["mark"] == "") != again {
			t.Errorf("changed %s ago: waits for %v", age, i.waits)
		}
	}
}
