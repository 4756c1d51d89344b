package outbox

import (
	"testing"
	"time"

	"jirahook/plan"
)

// A process whose own way does not lead to a site leaves it alone, with one try a
// minute; no other process is kept from it, nor is a pause of the site made
// longer.
func TestOwnWay(t *testing.T) {
	for _, verdict := range []plan.Verdict{plan.Away, plan.Locked} {
		t.Run(string(verdict), func(t *testing.T) {
			databases(t, func(t *testing.T, w *world) {
				w.Outbox.opts.Workers = 1
				lost := plan.Result{Verdict: verdict, OwnWay: true, Problem: "the proxy cannot be reached", Advice: "look at the proxy"}
				good, bad := w.jira, newJira()
				bad.before, bad.probe = always(lost), probing(lost)
				bad.fingerprint = func(plan.Action) string { return "f1 by a proxy" }

				id := w.push(comment("a", "A-1"), comment("b", "A-2"), comment("c", "A-3"))
				w.jira = bad
				if r := w.drain(id); r.Actions[0].Problem != lost.Problem || r.Actions[0].Advice != lost.Advice {
					t.Errorf("report: %+v", r.Actions)
				}
				if s := w.site(); s.Pause != "" || bad.sent() != 1 {
					t.Errorf("after %d requests: %+v", bad.sent(), s)
				}
				sum := w.deliver()
				if bad.sent() != 1 || sum.Done != 0 || sum.Waiting != 3 {
					t.Errorf("%d requests, %+v", bad.sent(), sum)
				}
				w.clock.advance(ownWayFor + time.Second)
				if sum := w.deliver(); bad.sent() != 2 || sum.OwnWay == nil || sum.OwnWay.Problem != lost.Problem {
					t.Errorf("after a minute: %d requests, %+v", bad.sent(), sum)
				}

				// Others go on, at once.
				w.jira = good
				second := w.push(comment("d", "A-4"))
				w.drain(second)
				w.wantStates(second, "d done")
				if sum := w.deliver(); sum.Done != 3 || sum.OwnWay != nil {
					t.Errorf("with another way: %+v", sum)
				}
				good.check(t, "A-1: a", "A-2: b", "A-3: c", "A-4: d")

				// The site is away for the others, too. A probe by the way that does
				// not lead there changes nothing of that.
				good.set(func(j *jira) { j.before = always(away) })
				third := w.push(comment("e", "A-5"))
				w.drain(third)
				before := w.site()
				w.jira = bad
				w.clock.advance(ownWayFor + time.Second)
				for range 3 {
					w.drain(third)
					w.deliver()
				}
				if now := w.site(); bad.probed() != 1 || now != before {
					t.Errorf("%d probes; the site was %+v, and is %+v", bad.probed(), before, now)
				}
				w.jira = good
				good.set(func(j *jira) { j.before = nil })
				if sum := w.deliver(); sum.Done != 1 || good.probed() != 1 {
					t.Errorf("with another way: %+v, %d probes", sum, good.probed())
				}
			})
		})
	}
}

// What waits for a way of its own does not grow old meanwhile.
func TestOwnWayIsNoAge(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.Outbox.opts.GiveUpAfter = time.Hour
		w.jira.before = always(plan.Result{Verdict: plan.Away, OwnWay: true, Problem: "the proxy cannot be reached"})
		id := w.push(comment("a", "A-1"))
		for range 20 {
			w.drain(id)
			w.deliver()
			w.clock.advance(10 * time.Minute)
		}
		w.wantStates(id, "a queued")
		w.jira.set(func(j *jira) { j.before = nil })
		w.deliver()
		w.jira.check(t, "A-1: a")
	})
}
