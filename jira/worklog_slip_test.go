package jira

import (
	"testing"

	"jirahook/plan"
)

// A time that Jira does not take is for the pusher to mend; that no time is taken at
// all is the admin's.
func TestRefusedTime(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		a := action(plan.KindWorklog)
		a.Worklog.Spent = "1y"
		r := b.send(a)
		wantVerdict(t, r, plan.Skipped)
		wantIn(t, "problem", r.Problem, "#time 1y is not logged: ")
		if !r.Slip {
			t.Errorf("%s: %+v is no slip", f, r)
		}

		b.SetTimeTracking(false)
		r = b.send(action(plan.KindWorklog))
		wantVerdict(t, r, plan.Refused)
		wantIn(t, "advice", r.Advice, "switch time tracking on")
		if r.Slip {
			t.Errorf("%s: %+v is a slip", f, r)
		}
	}
}
