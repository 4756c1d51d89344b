package outbox

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"jirahook/plan"
)

// Issues of lanes that come next are looked up together, once.
func TestLookAhead(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		var actions []plan.Action
		for i := range 120 {
			issue := fmt.Sprintf("A-%d", i+1)
			actions = append(actions, comment("first"+issue, issue), comment("second"+issue, issue))
		}
		w.push(actions...)
		if sum := w.deliver(); sum.Done != 240 {
			t.Errorf("%+v", sum)
		}
		all := slices.Concat(w.jira.prepared...)
		slices.Sort(all)
		if n := len(slices.Compact(all)); len(w.jira.prepared) > 20 || n < 100 {
			t.Errorf("%d look-ups of %d issues", len(w.jira.prepared), n)
		}
	})
}

// The issues of a push are looked up while it is written down; the first request
// for an action waits for that.
func TestPrepareEarly(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		id := w.keep(facts{Actions: []plan.Action{comment("a", "A-1"), comment("b", "A-1")}})
		slow := &slowToPrepare{jira: w.jira, look: func() bool { return w.number("SELECT count(*) FROM action") == 2 }}
		_, r, err := w.DeliverPush(t.Context(), w.spool, w.planner, id, slow)
		if err != nil || len(r.Actions) != 2 || r.Actions[1].State != Done {
			t.Fatalf("%+v, %v", r, err)
		}
		if !slow.written || slow.early {
			t.Errorf("looked up before the push was written: %v; sent before it was looked up: %v", !slow.written, slow.early)
		}
		w.jira.check(t, "A-1: a b")
		if len(w.jira.prepared) != 1 {
			t.Errorf("prepared %v", w.jira.prepared)
		}
	})
}

// slowToPrepare looks up issues until look says so.
type slowToPrepare struct {
	*jira
	look           func() bool
	written, early bool
}

func (s *slowToPrepare) Prepare(ctx context.Context, actions []plan.Action) {
	for ctx.Err() == nil && !s.look() {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond) // time for a request that must not go out
	s.jira.Prepare(ctx, actions)
	s.written = true
}

func (s *slowToPrepare) Send(ctx context.Context, a plan.Attempt) plan.Result {
	s.early = s.early || !s.written
	return s.jira.Send(ctx, a)
}

// A site that is paused, and credentials that are barred, are not asked early
// either; nor for what a held push would do.
func TestPrepareEarlyNot(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.drain(w.keep(facts{Hold: "too many", Actions: []plan.Action{comment("h", "A-1")}}))
		if err := w.Pause(t.Context(), site, "maintenance"); err != nil {
			t.Fatal(err)
		}
		w.drain(w.keep(facts{Actions: []plan.Action{comment("a", "A-1")}}))
		if len(w.jira.prepared) > 0 || w.jira.sent() > 0 {
			t.Errorf("prepared %v", w.jira.prepared)
		}
	})
}
