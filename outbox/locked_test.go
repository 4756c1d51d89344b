package outbox

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"jirahook/plan"
)

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
