package outbox

import (
	"context"
	"sync"
	"testing"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

var away = plan.Result{Verdict: plan.Away, Problem: "Jira does not answer", Advice: "wait"}

// probing answers probes with r.
func probing(r plan.Result) func(context.Context, plan.Action) plan.Result {
	return func(context.Context, plan.Action) plan.Result { return r }
}

func (w *world) site() Site {
	w.Helper()
	sites, err := w.Sites(w.Context())
	if err != nil || len(sites) != 1 {
		w.Fatalf("sites: %+v, %v", sites, err)
	}
	return sites[0]
}

// One outage is one probe, not thousands.
func TestAway(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.Outbox.opts.Workers = 1
		w.jira.before = always(away)
		w.jira.probe = probing(away)
		id := w.push(comment("a", "A-1"), comment("b", "A-2"), comment("c", "A-3"))
		r := w.drain(id)
		if n := w.jira.sent(); n != 1 {
			t.Errorf("%d requests", n)
		}
		for _, a := range r.Actions {
			if a.State != Queued || a.Problem != "Jira does not answer" || !a.Next.Equal(w.clock.Now().Add(2*time.Second)) {
				t.Errorf("report: %+v", a)
			}
		}
		// While the pause is in force nobody asks, not even to prepare.
		second := w.push(comment("d", "A-4"))
		if r := w.drain(second); r.Actions[0].Problem != "Jira does not answer" {
			t.Errorf("report: %+v", r.Actions)
		}
		if n := w.jira.sent() + w.jira.probed() + len(w.jira.prepared); n != 2 {
			t.Errorf("%d requests", n)
		}
		// Then one does, and waits twice as long each time.
		for i, pause := range []time.Duration{4, 8, 16} {
			w.clock.advance(w.site().Next.Sub(w.clock.Now()))
			w.drain(second)
			w.drain(id)
			if s := w.site(); w.jira.probed() != i+1 || w.jira.sent() != 1 || s.Pause != PauseAway || !s.Next.Equal(w.clock.Now().Add(pause*time.Second)) {
				t.Errorf("%d probes, %d requests, %+v", w.jira.probed(), w.jira.sent(), s)
			}
		}
		// When Jira is back, everything goes.
		w.jira.set(func(j *jira) { j.before, j.probe = nil, nil })
		w.clock.advance(16 * time.Second)
		w.drain(second)
		w.drain(id)
		w.jira.check(t, "A-1: a", "A-2: b", "A-3: c", "A-4: d")
		if s := w.site(); s.Pause != "" || s.Waiting != 0 || w.number("SELECT tries FROM site") != 0 {
			t.Errorf("site: %+v", s)
		}
	})
}

// A Jira that answers probes but nothing else is left alone longer and longer.
func TestAwayButAnswersProbes(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = always(away)
		id := w.push(comment("a", "A-1"))
		for i, pause := range []time.Duration{2, 4, 8, 16} {
			w.drain(id)
			if s := w.site(); w.jira.sent() != i+1 || !s.Next.Equal(w.clock.Now().Add(pause*time.Second)) {
				t.Errorf("%d requests, %+v", w.jira.sent(), s)
			}
			w.clock.advance(pause * time.Second)
		}
	})
}

// Many find out at once that Jira is away: that is one failure.
func TestAwayFoundByMany(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		var here sync.WaitGroup
		here.Add(4)
		w.jira.before = func(context.Context, plan.Attempt) *plan.Result {
			here.Done()
			here.Wait()
			return &away
		}
		w.drain(w.push(comment("a", "A-1"), comment("b", "A-2"), comment("c", "A-3"), comment("d", "A-4"), comment("e", "A-5")))
		if s := w.site(); w.jira.sent() != 4 || !s.Next.Equal(w.clock.Now().Add(2*time.Second)) {
			t.Errorf("%d requests, %+v", w.jira.sent(), s)
		}
	})
}

// Of many that come when the pause ends, one probes.
func TestSingleProbe(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = always(away)
		id := w.push(comment("a", "A-1"))
		w.drain(id)
		w.clock.advance(time.Minute)
		probing, release := make(chan struct{}), make(chan struct{})
		w.jira.set(func(j *jira) {
			j.before = nil
			j.probe = func(context.Context, plan.Action) plan.Result {
				close(probing) // a second probe would close it twice
				<-release
				return plan.Result{Verdict: plan.Done}
			}
		})
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := w.deliverPush(t.Context(), w.Outbox, id); err != nil {
				t.Error(err)
			}
		})
		<-probing
		for range 5 {
			if sum, err := w.DrainAll(t.Context(), w.jira); err != nil || sum.Done != 0 {
				t.Errorf("%+v, %v", sum, err)
			}
			w.drain(id)
		}
		close(release)
		all.Wait()
		w.jira.check(t, "A-1: a")
	})
}

// A probe whose owner died is taken over.
func TestProberDied(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = always(away)
		id := w.push(comment("a", "A-1"))
		w.drain(id)
		w.clock.advance(time.Minute)
		if err := w.db.Write(t.Context(), "die", func(s store.Session) error {
			_, err := s.Exec("UPDATE site SET prober = 'dead', until = ?", store.Millis(w.clock.Now().Add(probeLease)))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		w.jira.set(func(j *jira) { j.before = nil })
		w.drain(id)
		w.jira.check(t)
		w.clock.advance(probeLease)
		w.drain(id)
		w.jira.check(t, "A-1: a")
	})
}

func TestProbeInterrupted(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = always(away)
		id := w.push(comment("a", "A-1"))
		w.drain(id)
		w.clock.advance(time.Minute)
		next := w.site().Next
		ctx, cancel := context.WithCancel(t.Context())
		w.jira.set(func(j *jira) {
			j.probe = func(context.Context, plan.Action) plan.Result {
				cancel() // SIGTERM
				return plan.Result{Verdict: plan.Away, Problem: "context canceled"}
			}
		})
		if _, err := w.DrainAll(ctx, w.jira); err != nil {
			t.Fatal(err)
		}
		if s := w.site(); !s.Next.Equal(next) || s.Reason != away.Problem {
			t.Errorf("site: %+v", s)
		}
	})
}

func TestRetryAfterOfASite(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = always(plan.Result{Verdict: plan.Away, Problem: "429", RetryAfter: time.Hour})
		w.push(comment("a", "A-1"))
		w.deliver()
		w.jira.set(func(j *jira) { j.before = nil })
		w.clock.advance(time.Hour - time.Millisecond)
		if sum := w.deliver(); w.jira.probed() != 0 || sum.Waiting != 1 || len(sum.Paused) != 1 || sum.Paused[0].Reason != "429" {
			t.Errorf("deliver: %+v", sum)
		}
		w.clock.advance(time.Millisecond)
		if sum := w.deliver(); w.jira.probed() != 1 || sum.Done != 1 || len(sum.Paused) != 0 {
			t.Errorf("deliver: %+v", sum)
		}
	})
}

// `deliver` does not wait for the end of a pause that we chose ourselves.
func TestDeliverAllProbes(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.Outbox.opts.Workers = 1
		w.jira.before = always(away)
		w.jira.probe = probing(away)
		w.push(comment("a", "A-1"), comment("b", "A-2"))
		w.deliver()
		w.deliver()
		if w.jira.sent() != 1 || w.jira.probed() != 1 {
			t.Errorf("%d requests, %d probes", w.jira.sent(), w.jira.probed())
		}
		w.jira.set(func(j *jira) { j.before, j.probe = nil, nil })
		if sum := w.deliver(); sum.Done != 2 {
			t.Errorf("deliver: %+v", sum)
		}
	})
}

// While a site is away its actions grow too old without an attempt of their own.
func TestGiveUpWhileAway(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = always(away)
		w.jira.probe = probing(away)
		id := w.push(comment("a", "A-1"), comment("b", "A-2"), comment("c", "A-2"))
		w.deliver()
		w.clock.advance(24 * time.Hour)
		young := w.push(comment("d", "A-2"))
		w.clock.advance(6*24*time.Hour + time.Millisecond)
		w.deliver()
		w.wantStates(id, "a dead, b dead, c dead")
		w.wantStates(young, "d queued")
		if p := w.action("c").Problem; p != "gave up after 7 days: Jira does not answer" {
			t.Errorf("problem: %s", p)
		}
		w.jira.set(func(j *jira) { j.before, j.probe = nil, nil })
		w.deliver()
		w.jira.check(t, "A-2: d")
	})
}

func TestPauseByOperator(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		if err := w.Pause(t.Context(), site, "upgrade of Jira"); err != nil {
			t.Fatal(err)
		}
		id := w.push(comment("a", "A-1"))
		w.clock.advance(1000 * time.Hour)
		w.deliver()
		r := w.drain(id)
		if a := r.Actions[0]; a.Problem != "paused by an operator: upgrade of Jira" || !a.Next.IsZero() || w.jira.sent()+w.jira.probed() != 0 {
			t.Errorf("report: %+v", a)
		}
		if err := w.Resume(t.Context(), site); err != nil {
			t.Fatal(err)
		}
		w.drain(id)
		w.jira.check(t, "A-1: a")
		wantError(t, w.Resume(t.Context(), "https://other.example.com"), ErrUnknown)
		if err := w.Pause(t.Context(), "", ""); err == nil {
			t.Error("paused nothing")
		}
	})
}

// An operator's word outlasts what attempts in flight and probes come to.
func TestPauseByOperatorMeanwhile(t *testing.T) {
	pause := func(t *testing.T, w *world) {
		if err := w.Pause(t.Context(), site, ""); err != nil {
			t.Error(err)
		}
	}
	for name, result := range map[string]plan.Result{"away": away, "locked": locked} {
		t.Run(name, func(t *testing.T) {
			databases(t, func(t *testing.T, w *world) {
				w.jira.before = func(context.Context, plan.Attempt) *plan.Result {
					pause(t, w)
					return &result
				}
				w.drain(w.push(comment("a", "A-1"), comment("b", "A-1")))
				if s := w.site(); s.Pause != PauseOperator || s.Reason != "paused by an operator" {
					t.Errorf("site: %+v", s)
				}
			})
		})
	}
	t.Run("probe", func(t *testing.T) {
		databases(t, func(t *testing.T, w *world) {
			w.jira.before = always(away)
			id := w.push(comment("a", "A-1"))
			w.drain(id)
			w.clock.advance(time.Minute)
			w.jira.set(func(j *jira) {
				j.probe = func(context.Context, plan.Action) plan.Result {
					pause(t, w)
					return plan.Result{Verdict: plan.Done}
				}
			})
			w.drain(id)
			if s := w.site(); s.Pause != PauseOperator || w.jira.sent() != 1 {
				t.Errorf("site: %+v, %d requests", s, w.jira.sent())
			}
		})
	})
	t.Run("done", func(t *testing.T) {
		databases(t, func(t *testing.T, w *world) {
			w.jira.before = func(context.Context, plan.Attempt) *plan.Result { pause(t, w); return nil }
			id := w.push(comment("a", "A-1"), comment("b", "A-1"))
			w.drain(id)
			w.wantStates(id, "a done, b queued")
		})
	})
}

// Other sites are not held up.
func TestOneSiteOfTwo(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
			if a.Action.Site == site {
				return &away
			}
			return nil
		}
		other := comment("b", "A-1")
		other.Site = "https://other.example.com"
		w.push(comment("a", "A-1"), other)
		if sum := w.deliver(); sum.Done != 1 || sum.Waiting != 1 || len(sum.Paused) != 1 || sum.Paused[0].Name != site {
			t.Errorf("deliver: %+v", sum)
		}
	})
}
