package outbox

import (
	"testing"
)

func TestDeliverInOrder(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		first := w.push(comment("a1", "A-1"), comment("b1", "B-2"), comment("a2", "A-1"))
		second := w.push(comment("a3", "A-1"))
		third := w.push(comment("b2", "B-2"))
		// The older pushes of the lane go first, other lanes are left alone.
		r := w.drain(second)
		w.jira.check(t, "A-1: a1 a2 a3")
		w.wantStates(first, "a1 done, b1 queued, a2 done")
		if len(r.Actions) != 1 || r.Actions[0].Words != "comment" || r.Actions[0].Summary != "Summary of A-1" || r.Repository != "group/app" {
			t.Errorf("report: %+v", r)
		}
		// Newer actions of the lane are another's.
		w.drain(first)
		w.wantStates(third, "b2 queued")
		w.drain(third)
		w.jira.check(t, "A-1: a1 a2 a3", "B-2: b1 b2")
		if n := w.number("SELECT count(*) FROM lane"); n != 0 {
			t.Errorf("%d lanes are left", n)
		}
	})
}
