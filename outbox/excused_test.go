package outbox

import (
	"context"
	"testing"
	"time"

	"jirahook/plan"
)

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
