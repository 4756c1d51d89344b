package outbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"jirahook/outbox/spool"
	"jirahook/outbox/store"
	"jirahook/plan"
)

// playedPlanner does something of its own with pushes whose note says so.
type playedPlanner struct {
	planner
	play func(ctx context.Context, known plan.Known) // for pushes with the note "play"
	all  atomic.Int64
}

func (p *playedPlanner) Plan(ctx context.Context, data []byte, known plan.Known) (plan.Plan, error) {
	p.all.Add(1)
	if p.play != nil && strings.Contains(string(data), `"Note":"play"`) {
		p.play(ctx, known)
		if err := ctx.Err(); err != nil {
			return plan.Plan{}, err
		}
	}
	return p.planner.Plan(ctx, data, known)
}

// pushOf spools a push that is named as hooks do it.
func (w *world) pushOf(repository string, at time.Time, note string, actions ...plan.Action) string {
	w.Helper()
	return w.keep(facts{Push: spool.NewID(at, 1, strings.NewReader("abcd"), repository), Repository: repository, Time: at, Note: note, Actions: actions})
}

// shortOf lets pushes have little time to be planned.
func (w *world) shortOf() {
	w.spool.Budgets = spool.Budgets{Inline: 200 * time.Millisecond, Again: 200 * time.Millisecond, Last: 200 * time.Millisecond}
}

func pushesOf(failures []Failure) []string {
	var ids []string
	for _, f := range failures {
		ids = append(ids, f.Push)
	}
	return ids
}

// A push whose planning hangs, takes too long or brings the planner down stops no
// other repository's; those of its own wait for it while it is tried with more time,
// and at last it is left to a person, who can bring it back.
func TestPushThatCannotBePlanned(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	for name, tt := range map[string]struct {
		play func(context.Context, plan.Known)
		why  string
	}{
		"hangs":          {func(context.Context, plan.Known) { <-hang }, "planning it takes longer than 200ms"},
		"takes too long": {func(ctx context.Context, _ plan.Known) { <-ctx.Done() }, "planning it takes longer than 200ms"},
		"panics":         {func(context.Context, plan.Known) { panic("index out of range") }, "fault while planning: index out of range"},
	} {
		t.Run(name, func(t *testing.T) {
			databases(t, func(t *testing.T, w *world) {
				w.shortOf()
				p := &playedPlanner{play: tt.play}
				now := time.Now()
				odd := w.pushOf("odd", now, "play", comment("a", "A-1"))
				younger := w.pushOf("odd", now.Add(time.Millisecond), "", comment("b", "A-1"))
				good := w.pushOf("good", now.Add(2*time.Millisecond), "", comment("c", "A-2"))
				in, err := w.Ingest(t.Context(), w.spool, p)
				if err != nil || !slices.Equal(in.Taken, []string{good}) || !slices.Equal(pushesOf(in.Aside), []string{odd}) || !slices.Equal(pushesOf(in.Failed), []string{younger}) {
					t.Fatalf("ingested %+v, %v", in, err)
				}
				aside, err := w.spool.Aside()
				if err != nil || len(aside) != 1 || aside[0] != (spool.BadPush{Push: odd, Why: tt.why}) {
					t.Errorf("set aside: %+v, %v", aside, err)
				}
				if n, oldest, err := w.spool.Backlog(); n != 2 || !oldest.Equal(now.UTC().Truncate(time.Microsecond)) || err != nil {
					t.Errorf("backlog of %d, the oldest of %s, %v", n, oldest, err)
				}
				// A hook does not try it again.
				calls := p.all.Load()
				if in, err = w.Ingest(t.Context(), w.spool, p); err != nil || len(in.Taken)+len(in.Aside) > 0 || p.all.Load() != calls {
					t.Errorf("ingested %+v, %v", in, err)
				}
				in, err = w.IngestPatiently(t.Context(), w.spool, p)
				if err != nil || !slices.Equal(in.Taken, []string{younger}) || !slices.Equal(pushesOf(in.Bad), []string{odd}) || len(in.Aside)+len(in.Failed) > 0 {
					t.Fatalf("ingested patiently %+v, %v", in, err)
				}
				bad, err := w.spool.Bad()
				if err != nil || len(bad) != 1 || bad[0] != (spool.BadPush{Push: odd, Why: tt.why}) {
					t.Errorf("bad: %+v, %v", bad, err)
				}
				if aside, err := w.spool.Aside(); len(aside) > 0 || err != nil {
					t.Errorf("still set aside: %+v, %v", aside, err)
				}
				if err := w.spool.Restore(odd); err != nil {
					t.Fatal(err)
				}
				if in := w.ingest(); !slices.Equal(in.Taken, []string{odd}) {
					t.Errorf("when it is mended: %+v", in)
				}
				for _, folder := range append(w.spool.ForWorker(), w.spool, w.spool.ForPerson()) {
					names := slices.DeleteFunc(files(t, folder), func(n string) bool { return n == "again" || n == "last" || n == "bad" })
					if len(names) > 0 {
						t.Errorf("left in %s: %q", folder.Dir(), names)
					}
				}
			})
		})
	}
}

// With enough time it is taken in, before the younger ones of its repository.
func TestPushThatNeedsTime(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.shortOf()
		w.spool.Budgets.Last = time.Hour
		p := &playedPlanner{play: func(ctx context.Context, _ plan.Known) {
			if end, ok := ctx.Deadline(); !ok || time.Until(end) < time.Minute {
				<-ctx.Done()
			}
		}}
		now := time.Now()
		slow := w.pushOf("app", now, "play", comment("a", "A-1"))
		younger := w.pushOf("app", now.Add(time.Millisecond), "", comment("b", "A-1"))
		in, err := w.IngestPatiently(t.Context(), w.spool, p)
		slices.Sort(in.Taken)
		if err != nil || !slices.Equal(in.Taken, []string{slow, younger}) || len(in.Aside)+len(in.Failed)+len(in.Bad) > 0 {
			t.Fatalf("ingested %+v, %v", in, err)
		}
		w.drain(younger)
		w.jira.check(t, "A-1: a b")
	})
}

// Where nobody has the time, the younger pushes of a repository do not wait for ever.
func TestNobodyWaitsForEver(t *testing.T) {
	w := newWorld(t, Options{})
	w.shortOf()
	p := &playedPlanner{play: func(ctx context.Context, _ plan.Known) { <-ctx.Done() }}
	for _, tt := range []struct {
		age   time.Duration
		taken bool
	}{{spool.WaitForAside - time.Minute, false}, {spool.WaitForAside + time.Minute, true}} {
		repository := tt.age.String()
		slow := w.pushOf(repository, time.Now().Add(-tt.age), "play")
		if in, err := w.Ingest(t.Context(), w.spool, p); err != nil || !slices.Equal(pushesOf(in.Aside), []string{slow}) {
			t.Fatalf("ingested %+v, %v", in, err)
		}
		younger := w.pushOf(repository, time.Now(), "")
		in, err := w.Ingest(t.Context(), w.spool, p)
		if err != nil || slices.Contains(in.Taken, younger) != tt.taken {
			t.Errorf("%s later: %+v, %v", tt.age, in, err)
		}
	}
}

// A push that would fill the memory of a hook is not read by one.
func TestLargePushIsForTheWorker(t *testing.T) {
	w := newWorld(t, Options{})
	large := spool.NewID(time.Now(), 1, strings.NewReader("abcd"), "app")
	err := w.spool.Keep(large, func(out io.Writer) error {
		_, err := fmt.Fprintf(out, `{"Push":%q,"Repository":"app","Time":"2026-11-24T12:00:00Z","Note":"%s"}`, large, strings.Repeat("x", spool.InlineSize))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &playedPlanner{}
	in, err := w.Ingest(t.Context(), w.spool, p)
	if err != nil || !slices.Equal(pushesOf(in.Aside), []string{large}) || p.all.Load() > 0 {
		t.Errorf("ingested %+v after %d questions, %v", in, p.all.Load(), err)
	}
	if in, err := w.IngestPatiently(t.Context(), w.spool, p); err != nil || !slices.Equal(in.Taken, []string{large}) {
		t.Errorf("ingested patiently %+v, %v", in, err)
	}
}

// Others take their turn while a push is planned. What they put on record counts.
func TestPlanningOutsideTheTurn(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		other := w.open()
		meanwhile := 0
		p := &playedPlanner{play: func(_ context.Context, known plan.Known) {
			if known.Records == nil || meanwhile == 2 {
				return
			}
			meanwhile++
			// The first time of something else, the second time of what is asked about.
			did := comment([]string{"x", "a"}[meanwhile-1], "A-1")
			did.ID += "-of-others"
			err := other.db.Turn(t.Context(), "ingest", func(d *store.Database) error {
				return other.during(d).insertPush(t.Context(), fmt.Sprint("other", meanwhile), plan.Plan{Repository: "other", Time: time.Now(), Actions: []plan.Action{did}}, nil)
			})
			if err != nil {
				t.Error(err)
			}
		}}
		id := w.keep(facts{Note: "play", Actions: []plan.Action{comment("a", "A-1"), comment("b", "A-1")}})
		in, err := w.Ingest(t.Context(), w.spool, p)
		if err != nil || !slices.Equal(in.Taken, []string{id}) || meanwhile < 1 {
			t.Fatalf("ingested %+v with %d others, %v", in, meanwhile, err)
		}
		if r, err := w.Report(t.Context(), id); meanwhile == 1 && (err != nil || len(r.Actions) != 2) {
			t.Errorf("nobody did the same, and it was taken in as %+v, %v", r, err)
		}
		meanwhile = 1
		again := w.keep(facts{Note: "play", Actions: []plan.Action{comment("c", "A-1")}})
		did := comment("c", "A-1")
		did.ID = "c-of-others"
		p.play = func(_ context.Context, known plan.Known) {
			if known.Records == nil || meanwhile > 1 {
				return
			}
			meanwhile++
			err := other.db.Turn(t.Context(), "ingest", func(d *store.Database) error {
				return other.during(d).insertPush(t.Context(), "third", plan.Plan{Repository: "other", Time: time.Now(), Actions: []plan.Action{did}}, nil)
			})
			if err != nil {
				t.Error(err)
			}
		}
		if in, err := w.Ingest(t.Context(), w.spool, p); err != nil || !slices.Equal(in.Taken, []string{again}) {
			t.Fatalf("ingested %+v, %v", in, err)
		}
		if r, err := w.Report(t.Context(), again); err != nil || len(r.Actions) != 0 {
			t.Errorf("somebody did it meanwhile, and it was taken in as %+v, %v", r.Actions, err)
		}
	})
}

// So it is with a held push that is let go.
func TestReleaseOutsideTheTurn(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		held := w.keep(facts{Note: "play", Hold: "too many", Actions: []plan.Action{comment("a", "A-1")}})
		w.ingest()
		other, once := w.open(), sync.Once{}
		p := &playedPlanner{play: func(_ context.Context, known plan.Known) {
			if known.Records == nil {
				return
			}
			once.Do(func() {
				did := comment("a", "A-1")
				did.ID = "a-of-others"
				err := other.db.Turn(t.Context(), "ingest", func(d *store.Database) error {
					return other.during(d).insertPush(t.Context(), "other", plan.Plan{Repository: "other", Time: time.Now(), Actions: []plan.Action{did}}, nil)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}}
		if err := w.Release(t.Context(), held, p); err != nil {
			t.Fatal(err)
		}
		if r, err := w.Report(t.Context(), held); err != nil || len(r.Actions) != 0 || r.Held != "" {
			t.Errorf("somebody did it meanwhile, and it was released as %+v, %v", r, err)
		}
	})
}

// The end of a hook's time is not the push's fault.
func TestPlanningEndsWithTheHook(t *testing.T) {
	w := newWorld(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	p := &playedPlanner{play: func(ctx context.Context, _ plan.Known) {
		cancel()
		<-ctx.Done()
	}}
	id := w.pushOf("app", time.Now(), "play")
	in, err := w.Ingest(ctx, w.spool, p)
	if !errors.Is(err, context.Canceled) || len(in.Aside)+len(in.Failed)+len(in.Bad) > 0 {
		t.Errorf("ingested %+v, %v", in, err)
	}
	late, end := context.WithTimeout(t.Context(), 50*time.Millisecond) // less than a push may have
	defer end()
	if in, err := w.Ingest(late, w.spool, p); !errors.Is(err, context.DeadlineExceeded) || len(in.Aside)+len(in.Failed)+len(in.Bad) > 0 {
		t.Errorf("ingested %+v, %v", in, err)
	}
	if ids, err := w.spool.List(); err != nil || !slices.Equal(ids, []string{id}) {
		t.Errorf("in the spool: %q, %v", ids, err)
	}
}

// However many hooks come at once for one repository, each push is planned once.
func TestCrowdPlansEachPushOnce(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		p := &playedPlanner{}
		now := time.Now()
		var ids []string
		for i := range 20 {
			ids = append(ids, w.pushOf("app", now.Add(time.Duration(i)*time.Millisecond), "", comment(fmt.Sprint("c", i), "A-1")))
		}
		var all sync.WaitGroup
		for _, id := range ids[10:] {
			o := w.open()
			all.Go(func() {
				if in, r, err := o.DeliverPush(t.Context(), w.spool, p, id, w.jira); err != nil || len(r.Actions) != 1 {
					t.Errorf("delivered %+v, %+v, %v", in, r, err)
				}
			})
		}
		all.Wait()
		if calls := p.all.Load(); calls != int64(2*len(ids)) {
			t.Errorf("%d questions for %d pushes", calls, len(ids))
		}
	})
}

// A hook plans its own push first, after the older ones of its repository; what
// others have left it takes in when its pusher has been told.
func TestOwnPushFirst(t *testing.T) {
	w := newWorld(t, Options{})
	now := time.Now()
	foreign := w.pushOf("other", now.Add(-time.Hour), "play", comment("x", "X-1"))
	older := w.pushOf("app", now.Add(-time.Minute), "", comment("a", "A-1"))
	own := w.pushOf("app", now, "", comment("b", "A-1"))
	w.pushOf("app", now.Add(time.Minute), "", comment("c", "A-1"))
	p := &playedPlanner{play: func(context.Context, plan.Known) { t.Error("it plans another repository's push") }}
	in, r, err := w.DeliverPush(t.Context(), w.spool, p, own, w.jira)
	if err != nil || !slices.Equal(in.Taken, []string{older, own}) || len(r.Actions) != 1 || r.Actions[0].State != Done {
		t.Errorf("delivered %+v, %+v, %v", in, r, err)
	}
	w.jira.check(t, "A-1: a b")
	p.play = nil
	// One at which its hook still is is left to that.
	var locks repositoryLocks
	if ok, err := locks.lock(w.Outbox.db.Folder, spool.Mark(foreign)); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if in, err := w.IngestBriefly(t.Context(), w.spool, p); err != nil || len(in.Taken) != 1 || in.Taken[0] == foreign {
		t.Errorf("ingested %+v, %v", in, err)
	}
	locks.release()
	if in, err := w.IngestBriefly(t.Context(), w.spool, p); err != nil || !slices.Equal(in.Taken, []string{foreign}) {
		t.Errorf("ingested %+v, %v", in, err)
	}
}

// further asks about more when it finds what it asked about at first, for ever.
type further struct{ planner }

func (p *further) Plan(ctx context.Context, data []byte, known plan.Known) (plan.Plan, error) {
	planned, err := p.planner.Plan(ctx, data, known)
	for n := range len(known.Records) + 1 {
		planned.Asked = append(planned.Asked, fmt.Sprint("further-", n))
	}
	return planned, err
}

// What is on record may lead to more that decides about a push: that is read too,
// once.
func TestPlanAsksFurther(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		var records []plan.Record
		for n := range 5 {
			records = append(records, plan.Record{ID: fmt.Sprint("further-", n), Kind: "played", Issue: "A-1", Commit: "c"})
		}
		now := time.Now()
		w.keep(facts{Push: spool.NewID(now, 1, strings.NewReader("abcd"), "app"), Repository: "app", Time: now, Records: records})
		w.ingest()
		w.pushOf("app", now.Add(time.Second), "", comment("a", "A-1"))
		p := &further{}
		if in, err := w.Ingest(t.Context(), w.spool, p); err != nil || len(in.Taken) != 1 {
			t.Fatalf("ingested %+v, %v", in, err)
		}
		var found []int
		for _, known := range p.seen {
			found = append(found, len(known.Records))
		}
		if !slices.Equal(found, []int{0, 1, 2}) {
			t.Errorf("planned with so many on record: %v", found)
		}
	})
}
