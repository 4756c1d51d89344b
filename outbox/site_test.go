package outbox

import (
	"context"
	"fmt"
	"slices"
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

var locked = plan.Result{Verdict: plan.Locked, Problem: "401 from Jira", Advice: "look at jira.auth"}

func TestLocked(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.Outbox.opts.Workers = 1
		w.jira.before = always(locked)
		w.jira.probe = probing(locked)
		id := w.push(comment("a", "A-1"), comment("b", "A-2"))
		r := w.drain(id)
		for _, a := range r.Actions {
			if a.State != Queued || a.Problem != "401 from Jira" || a.Advice != "look at jira.auth" || !a.Next.Equal(w.clock.Now().Add(15*time.Minute)) {
				t.Errorf("report: %+v", a)
			}
		}
		w.clock.advance(15*time.Minute - time.Millisecond)
		w.drain(id)
		w.deliver() // nor into a pause for credentials
		if w.jira.sent() != 1 || w.jira.probed() != 0 {
			t.Errorf("%d requests, %d probes", w.jira.sent(), w.jira.probed())
		}
		for i, pause := range []time.Duration{time.Millisecond, 15 * time.Minute, 15 * time.Minute, 30 * 24 * time.Hour} { // nothing dies
			w.clock.advance(pause)
			w.drain(id)
			w.deliver()
			if w.jira.sent() != 1 || w.jira.probed() != i+1 {
				t.Errorf("%d requests, %d probes", w.jira.sent(), w.jira.probed())
			}
		}
		w.wantStates(id, "a queued, b queued")
		w.jira.set(func(j *jira) { j.before, j.probe = nil, nil })
		w.clock.advance(15 * time.Minute)
		w.drain(id)
		w.jira.check(t, "A-1: a", "A-2: b")
	})
}

func TestLockedThenNewSecret(t *testing.T) {
	for _, never := range []bool{false, true} {
		t.Run(fmt.Sprint("captcha ", never), func(t *testing.T) {
			databases(t, func(t *testing.T, w *world) {
				result := locked
				result.NeverProbe = never
				w.jira.before = always(result)
				id := w.push(comment("a", "A-1"))
				w.drain(id)
				if never {
					w.clock.advance(1000 * time.Hour)
					r := w.drain(id)
					if s := w.site(); w.jira.probed() != 0 || !s.Next.IsZero() || !r.Actions[0].Next.IsZero() {
						t.Errorf("%d probes, %+v", w.jira.probed(), s)
					}
				}
				// The new secret is wrong, too.
				w.jira.set(func(j *jira) {
					j.fingerprint = func(plan.Action) string { return "f2" }
					j.probe = probing(result)
				})
				for range 3 {
					w.drain(id)
					w.deliver()
				}
				if w.jira.probed() != 1 || w.jira.sent() != 1 {
					t.Errorf("%d probes, %d requests", w.jira.probed(), w.jira.sent())
				}
				w.jira.set(func(j *jira) {
					j.fingerprint = func(plan.Action) string { return "f3" }
					j.before, j.probe = nil, nil
				})
				w.deliver()
				w.jira.check(t, "A-1: a")
			})
		})
	}
}

// Two accounts at one Jira: one that is not accepted does not keep the other
// out, and is not tried meanwhile.
func TestLockedWithTwoAccounts(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		captcha := locked
		captcha.NeverProbe = true
		account := func(a plan.Action) string { return a.Origin.Repository }
		w.jira.fingerprint = account
		w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
			if account(a.Action) == "bad" {
				return &captcha
			}
			return nil
		}
		bad, good := comment("a", "A-1"), comment("b", "A-2")
		bad.Origin.Repository, good.Origin.Repository = "bad", "good"
		first := w.push(bad)
		w.drain(first)
		w.drain(w.push(good))
		w.jira.check(t, "A-2: b")
		if len(w.jira.probes) != 1 || account(w.jira.probes[0]) != "good" {
			t.Errorf("probes: %+v", w.jira.probes)
		}
		sent := w.jira.sent()
		for range 5 {
			w.clock.advance(time.Hour)
			w.drain(first)
			w.deliver()
		}
		if w.jira.sent() != sent || w.jira.probed() != 1 {
			t.Errorf("the bad account was used: %d requests, %d probes", w.jira.sent(), w.jira.probed())
		}
		w.jira.set(func(j *jira) { j.before = nil })
		if err := w.Resume(t.Context(), site); err != nil {
			t.Fatal(err)
		}
		w.drain(first)
		w.jira.check(t, "A-1: a", "A-2: b")
	})
}

// Two accounts, and neither is accepted: each is left alone for its time, and
// they do not wake each other.
func TestLockedWithTwoBadAccounts(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.fingerprint = func(a plan.Action) string { return a.Origin.Repository }
		w.jira.before = always(locked)
		w.jira.probe = probing(locked)
		one, two := comment("a", "A-1"), comment("b", "A-2")
		one.Origin.Repository, two.Origin.Repository = "one", "two"
		first, second := w.push(one), w.keep(facts{Repository: "lib", Actions: []plan.Action{two}})
		w.ingest()
		tried := func(want ...string) {
			t.Helper()
			for range 3 {
				w.drain(first)
				w.drain(second)
				w.deliver()
			}
			var got []string
			for _, a := range w.jira.probes {
				got = append(got, a.Origin.Repository)
			}
			if !slices.Equal(got, want) || w.jira.sent() != 1 {
				t.Errorf("probed with %q, want %q; %d requests", got, want, w.jira.sent())
			}
		}
		tried("two") // "one" was tried by its action
		w.clock.advance(15 * time.Minute)
		tried("two", "one", "two")
		w.clock.advance(time.Hour)
		w.jira.set(func(j *jira) {
			j.before, j.probe = nil, func(_ context.Context, a plan.Action) plan.Result {
				if a.Origin.Repository == "one" {
					return locked
				}
				return plan.Result{Verdict: plan.Done}
			}
		})
		w.drain(second)
		w.jira.check(t, "A-2: b")
		w.wantStates(first, "a queued")
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

// Time that only a person could end does not make an action old, however the
// pause came and went: only the outage after it does.
func TestExcused(t *testing.T) {
	const week = 7 * 24 * time.Hour
	later := plan.Result{Verdict: plan.Later, Problem: "409: try again"}
	for name, pause := range map[string]func(w *world, id string){
		"operator": func(w *world, _ string) {
			if err := w.Pause(w.Context(), site, "upgrade"); err != nil {
				w.Fatal(err)
			}
			w.clock.advance(2 * week)
			if err := w.Resume(w.Context(), site); err != nil {
				w.Fatal(err)
			}
		},
		"credentials": func(w *world, id string) {
			w.jira.set(func(j *jira) { j.before, j.probe = always(locked), probing(locked) })
			w.drain(id)
			w.clock.advance(2 * week)
			w.drain(id) // a probe that fails, too
			w.clock.advance(week)
		},
		"credentials after an outage": func(w *world, id string) {
			w.jira.set(func(j *jira) { j.before, j.probe = always(away), probing(locked) })
			w.drain(id)
			w.clock.advance(time.Minute)
			w.drain(id)
			w.clock.advance(2 * week)
		},
		"credentials, then an operator": func(w *world, id string) {
			w.jira.set(func(j *jira) { j.before = always(locked) })
			w.drain(id)
			w.clock.advance(week)
			if err := w.Pause(w.Context(), site, "upgrade"); err != nil {
				w.Fatal(err)
			}
			w.clock.advance(week)
			if err := w.Resume(w.Context(), site); err != nil {
				w.Fatal(err)
			}
		},
		"barred, while the site is open for others": func(w *world, id string) {
			w.jira.set(func(j *jira) {
				j.fingerprint = func(a plan.Action) string { return a.Origin.Repository }
				j.before = func(_ context.Context, a plan.Attempt) *plan.Result {
					if a.Action.Origin.Repository == "other" {
						return nil
					}
					return &locked
				}
			})
			w.drain(id)
			other := comment("x", "B-1")
			other.Origin.Repository = "other"
			w.drain(w.push(other)) // opens the site
			w.drain(id)            // is parked
			if w.site().Pause != "" || w.number("SELECT count(*) FROM lane WHERE parked_at > 0") != 1 {
				w.Fatalf("not parked: %+v", w.site())
			}
			w.clock.advance(2 * week)
		},
	} {
		t.Run(name, func(t *testing.T) {
			databases(t, func(t *testing.T, w *world) {
				id := w.push(comment("a", "A-1"), comment("b", "A-1"))
				pause(w, id)
				failing := func(r plan.Result) {
					w.jira.set(func(j *jira) {
						j.fingerprint = func(plan.Action) string { return "repaired" }
						j.before, j.probe = always(r), nil
						if r.Verdict == plan.Away {
							j.probe = probing(r)
						}
					})
					w.deliver()
				}
				failing(later)
				w.wantStates(id, "a queued, b queued")
				failing(away)
				w.clock.advance(week - time.Hour)
				failing(away)
				w.wantStates(id, "a queued, b queued")
				w.clock.advance(2 * time.Hour)
				failing(away)
				w.wantStates(id, "a dead, b dead")
			})
		})
	}
}
