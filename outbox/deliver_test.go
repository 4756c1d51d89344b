package outbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jirahook/outbox/store"
	"jirahook/plan"
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
		// What was read in one lease is told by its name from what is read in another.
		leases := map[string]int{}
		for _, a := range w.jira.sends {
			leases[a.Lease]++
		}
		if len(leases) != 1 || leases[""] != 0 {
			t.Errorf("leases of one run: %v", leases)
		}
		// Newer actions of the lane are another's.
		w.drain(first)
		w.wantStates(third, "b2 queued")
		w.drain(third)
		w.jira.check(t, "A-1: a1 a2 a3", "B-2: b1 b2")
		for _, a := range w.jira.sends[3:] {
			if leases[a.Lease] != 0 || a.Lease == "" {
				t.Errorf("the lease of %s: %q", a.Action.ID, a.Lease)
			}
			leases[a.Lease]++
		}
		if n := w.number("SELECT count(*) FROM lane"); n != 0 {
			t.Errorf("%d lanes are left", n)
		}
		if want := [][]string{{"A-1"}, {"B-2"}, {"B-2"}}; !slices.EqualFunc(w.jira.prepared, want, slices.Equal) {
			t.Errorf("prepared %q", w.jira.prepared)
		}
	})
}

func TestDeliverUnknownPush(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		_, err := w.deliverPush(t.Context(), w.Outbox, "nobody")
		wantError(t, err, ErrUnknown)
	})
}

// Four lanes are worked at a time, and one action of each.
func TestDeliverInParallel(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		var flying atomic.Int32
		all := make(chan struct{})
		w.jira.before = func(ctx context.Context, a plan.Attempt) *plan.Result {
			if strings.HasPrefix(a.Action.ID, "first") && flying.Add(1) == 4 {
				close(all) // nobody goes on before four are here
			}
			select {
			case <-all:
				return nil
			case <-ctx.Done():
				return &plan.Result{Verdict: plan.Later}
			}
		}
		var actions []plan.Action
		for i := range 4 {
			issue := fmt.Sprintf("A-%d", i)
			actions = append(actions, comment("first"+issue, issue), comment("second"+issue, issue))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := w.deliverPush(ctx, w.Outbox, w.push(actions...)); err != nil {
			t.Fatal(err)
		}
		w.jira.check(t, "A-0: firstA-0 secondA-0", "A-1: firstA-1 secondA-1", "A-2: firstA-2 secondA-2", "A-3: firstA-3 secondA-3")
	})
}

func TestVerdicts(t *testing.T) {
	issue := plan.Issue{ID: "7", Key: "A-9", Summary: "moved", Status: "Open"}
	for _, c := range []struct {
		name   string
		result plan.Result
		state  State
		next   bool // the lane goes on
	}{
		{"done", plan.Result{Verdict: plan.Done, Words: "2h logged", Note: "field left out", Issue: issue}, Done, true},
		{"skipped", plan.Result{Verdict: plan.Skipped, Problem: "issue does not exist"}, Skipped, true},
		{"refused", plan.Result{Verdict: plan.Refused, Problem: "#start is ambiguous", Advice: "Start progress, Start review", Issue: issue}, Dead, true},
		{"later", plan.Result{Verdict: plan.Later, Problem: "409"}, Queued, false},
		{"later, uncertain", plan.Result{Verdict: plan.Later, Problem: "timeout", Uncertain: true}, Sending, false},
		{"away", plan.Result{Verdict: plan.Away, Problem: "503"}, Queued, false},
		{"away, uncertain", plan.Result{Verdict: plan.Away, Problem: "timeout", Uncertain: true}, Sending, false},
		{"locked", plan.Result{Verdict: plan.Locked, Problem: "401", Advice: "look at the token"}, Queued, false},
		{"no verdict", plan.Result{Problem: "?"}, Queued, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			databases(t, func(t *testing.T, w *world) {
				c.result.Exchange = "POST x: 42"
				w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
					if a.Action.ID == "a" {
						return &c.result
					}
					return nil
				}
				r := w.drain(w.push(comment("a", "A-1"), comment("b", "A-1"))).Actions
				if r[0].State != c.state || r[0].Words != c.result.Words || r[0].Problem != c.result.Problem || r[0].Advice != c.result.Advice ||
					r[0].Note != c.result.Note || r[0].Key != c.result.Issue.Key || r[0].Summary != c.result.Issue.Summary || r[0].Attempts != 1 {
					t.Errorf("report: %+v", r[0])
				}
				if settled := !r[0].Settled.IsZero(); settled != (c.state == Done || c.state == Skipped || c.state == Dead) || settled != r[0].Next.IsZero() {
					t.Errorf("settled %v, next %v", r[0].Settled, r[0].Next)
				}
				if next := r[1].State == Done; next != c.next {
					t.Errorf("the next action is %s", r[1].State)
				}
				history := w.action("a").History
				want := []Try{{w.clock.Now(), c.result.Verdict, "POST x: 42", c.result.Problem, nil}}
				if !cmp.Equal(history, want) {
					t.Errorf("history: %+v", history)
				}
				if leased := w.number("SELECT count(*) FROM lane WHERE owner <> ''"); leased != 0 {
					t.Error("the lane is still leased")
				}
			})
		})
	}
}

func TestBackoffOfALane(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = always(plan.Result{Verdict: plan.Later, Problem: "409"})
		id := w.push(comment("a", "A-1"), comment("b", "A-2"))
		w.drain(id)
		w.drain(id) // not due
		if n := w.jira.sent(); n != 2 {
			t.Errorf("%d requests", n)
		}
		w.clock.advance(2*time.Second - time.Millisecond)
		w.drain(id)
		if n := w.jira.sent(); n != 2 {
			t.Errorf("%d requests before it is due", n)
		}
		w.clock.advance(time.Millisecond)
		r := w.drain(id)
		if n := w.jira.sent(); n != 4 || !r.Actions[0].Next.Equal(w.clock.Now().Add(4*time.Second)) {
			t.Errorf("%d requests, next at %v", n, r.Actions[0].Next)
		}
		// A new action of the lane waits for its turn.
		w.jira.set(func(j *jira) { j.before = nil })
		second := w.push(comment("c", "A-1"))
		w.drain(second)
		w.jira.check(t)
		w.clock.advance(4 * time.Second)
		w.drain(second)
		w.jira.check(t, "A-1: a c")
	})
}

func TestRetryAfterOfALane(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = always(plan.Result{Verdict: plan.Later, Problem: "429", RetryAfter: time.Hour})
		id := w.push(comment("a", "A-1"))
		w.drain(id)
		w.jira.set(func(j *jira) { j.before = nil })
		w.clock.advance(time.Hour - time.Millisecond)
		if sum := w.deliver(); sum.Done != 0 || sum.Waiting != 1 {
			t.Errorf("deliver: %+v", sum)
		}
		w.clock.advance(time.Millisecond)
		if sum := w.deliver(); sum.Done != 1 || sum.Waiting != 0 {
			t.Errorf("deliver: %+v", sum)
		}
	})
}

// `deliver` tries everything that waits, once, whatever its back-off.
func TestDeliverAllIgnoresBackoff(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = always(plan.Result{Verdict: plan.Later, Problem: "409"})
		w.push(comment("a", "A-1"), comment("b", "A-2"), comment("c", "A-2"))
		for round := 1; round <= 3; round++ {
			sum := w.deliver()
			if n := w.jira.sent(); n != 2*round || sum.Waiting != 3 || sum.Dead != 0 || len(sum.Paused) != 0 {
				t.Errorf("round %d: %d requests, %+v", round, n, sum)
			}
		}
		w.jira.set(func(j *jira) {
			j.before = func(_ context.Context, a plan.Attempt) *plan.Result {
				return map[string]*plan.Result{"a": {Verdict: plan.Refused}, "b": {Verdict: plan.Skipped}}[a.Action.ID]
			}
		})
		if sum := w.deliver(); sum.Done != 1 || sum.Skipped != 1 || sum.Died != 1 || sum.Dead != 1 || sum.Waiting != 0 {
			t.Errorf("at last: %+v", sum)
		}
	})
}

func TestGiveUp(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
			if a.Action.ID == "a" {
				return &plan.Result{Verdict: plan.Later, Problem: "409: try again"}
			}
			return nil
		}
		id := w.push(comment("a", "A-1"), comment("b", "A-1"))
		for range 20 { // failures alone end nothing
			w.deliver()
		}
		w.wantStates(id, "a queued, b queued")
		w.clock.advance(7 * 24 * time.Hour)
		w.deliver()
		w.wantStates(id, "a queued, b queued")
		w.clock.advance(time.Millisecond)
		w.deliver()
		w.wantStates(id, "a dead, b done")
		if p := w.action("a").Problem; p != "gave up after 7 days: 409: try again" {
			t.Errorf("problem: %s", p)
		}
	})
}

// An answer that never came: the next try is told so, with what the first one
// left for it.
func TestUncertain(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		start := w.clock.Now()
		w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
			if err := a.Sending("status 3"); err != nil {
				t.Error(err)
			}
			return &plan.Result{Verdict: plan.Later, Problem: "timeout", Uncertain: true}
		}
		id := w.push(comment("a", "A-1"))
		w.drain(id)
		w.clock.advance(time.Hour)
		// A try that learns nothing leaves it as it was.
		w.jira.set(func(j *jira) { j.before = always(plan.Result{Verdict: plan.Later, Problem: "409"}) })
		w.drain(id)
		w.wantStates(id, "a sending")
		w.clock.advance(time.Hour)
		w.jira.set(func(j *jira) { j.before = nil })
		w.drain(id)
		for i, want := range []plan.Attempt{{}, {Uncertain: true, FirstSent: start, Memo: "status 3"}, {Uncertain: true, FirstSent: start, Memo: "status 3"}} {
			got := w.jira.sends[i]
			if got.Uncertain != want.Uncertain || !got.FirstSent.Equal(want.FirstSent) || got.Memo != want.Memo {
				t.Errorf("attempt %d: %v %v %q", i, got.Uncertain, got.FirstSent, got.Memo)
			}
		}
		w.jira.check(t, "A-1: a")
	})
}

// A second request of unknown outcome: its late arrival is waited for as long as
// that of the first, which is known by then not to have come.
func TestUncertainTwice(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
			if err := a.Sending(""); err != nil {
				t.Error(err)
			}
			return &plan.Result{Verdict: plan.Later, Problem: "timeout", Uncertain: true}
		}
		id := w.push(comment("a", "A-1"))
		w.drain(id)
		w.clock.advance(time.Hour)
		again := w.clock.Now()
		w.drain(id)
		w.clock.advance(time.Hour)
		w.drain(id)
		if got := w.jira.sends[2].FirstSent; !got.Equal(again) {
			t.Errorf("the third try hears of a request of %v, want %v", got, again)
		}
	})
}

// A request that certainly was not carried out leaves nothing to look for.
func TestCertainFailure(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
			if err := a.Sending("status 3"); err != nil {
				t.Error(err)
			}
			return &plan.Result{Verdict: plan.Later, Problem: "connection refused"}
		}
		id := w.push(comment("a", "A-1"))
		w.drain(id)
		w.wantStates(id, "a queued")
		w.jira.set(func(j *jira) { j.before = nil })
		w.clock.advance(time.Minute)
		w.drain(id)
		if got := w.jira.sends[1]; got.Uncertain || got.Memo != "" || !got.FirstSent.IsZero() {
			t.Errorf("second attempt: %+v", got)
		}
	})
}

// Two hooks on one lane: the second waits for the first, and both can tell.
func TestTwoHooksOnOneLane(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		first, second := w.push(comment("a", "A-1")), w.push(comment("b", "A-1"))
		inFlight, release := make(chan struct{}), make(chan struct{})
		w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
			if a.Action.ID == "a" {
				close(inFlight)
				<-release
			}
			return nil
		}
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := w.deliverPush(t.Context(), w.Outbox, first); err != nil {
				t.Error(err)
			}
		})
		<-inFlight
		all.Go(func() {
			r, err := w.deliverPush(t.Context(), w.open(), second)
			if err != nil || r.Actions[0].State != Done {
				t.Errorf("%+v, %v", r, err)
			}
		})
		close(release)
		all.Wait()
		w.jira.check(t, "A-1: a b")
	})
}

func TestFaultInSender(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
			if err := a.Sending("m"); err != nil {
				t.Error(err)
			}
			panic("nil map")
		}
		id := w.push(comment("a", "A-1"))
		r := w.drain(id)
		if r.Actions[0].State != Sending || r.Actions[0].Problem != "jirahook has a fault here; see its log" || !r.Actions[0].Next.After(w.clock.Now()) {
			t.Errorf("report: %+v", r.Actions[0])
		}
	})
}

func TestKeptActionCannotBeRead(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		id := w.push(comment("a", "A-1"), comment("b", "A-1"))
		if err := w.db.Write(t.Context(), "spoil", func(s store.Session) error {
			_, err := s.Exec("UPDATE action SET payload = ? WHERE id = 'a'", []byte("{"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		w.drain(id)
		w.wantStates(id, "a dead, b done")
	})
}
