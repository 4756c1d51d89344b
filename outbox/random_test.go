package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// moody is a Jira in which anything may go wrong, by chance, but never for good.
type moody struct {
	*jira
	clock *clock
	mu    sync.Mutex
	rand  *rand.Rand
}

func (m *moody) chance(n int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rand.IntN(n) == 0
}

// mood is before Send, and is told the attempt.
func (m *moody) mood(_ context.Context, a plan.Attempt) *plan.Result {
	m.clock.advance(50 * time.Millisecond)
	switch {
	case m.chance(15):
		return &plan.Result{Verdict: plan.Later, Problem: "409 on looking"}
	case m.chance(20):
		return &plan.Result{Verdict: plan.Away, Problem: "connection refused"}
	case m.chance(30):
		return &plan.Result{Verdict: plan.Away, Problem: "429", RetryAfter: time.Minute}
	case m.chance(40):
		return &plan.Result{Verdict: plan.Locked, Problem: "401"}
	case m.chance(8): // carried out, or not, and no answer
		if err := a.Sending(""); err != nil {
			return &plan.Result{Verdict: plan.Later, Problem: err.Error()}
		}
		if m.chance(2) {
			m.apply(a.Action)
		}
		if m.chance(3) {
			panic("fault")
		}
		return &plan.Result{Verdict: plan.Later, Problem: "timeout", Uncertain: true}
	case m.chance(20): // 503 after the request went out
		if err := a.Sending(""); err != nil {
			return &plan.Result{Verdict: plan.Later, Problem: err.Error()}
		}
		return &plan.Result{Verdict: plan.Away, Problem: "503"}
	}
	return nil
}

// Whatever goes wrong: every action once, and in the order of its issue. Hooks,
// workers and processes that die share the outbox.
func TestExactlyOnceInOrder(t *testing.T) {
	const issues, pushes = 5, 16
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			databases(t, func(t *testing.T, w *world) {
				w.Outbox.opts.Lease = 10 * time.Minute
				m := &moody{jira: w.jira, clock: w.clock, rand: rand.New(rand.NewPCG(seed, 1))}
				w.jira.before = m.mood
				w.jira.probe = func(context.Context, plan.Action) plan.Result {
					if m.chance(3) {
						return away
					}
					return plan.Result{Verdict: plan.Done}
				}
				choose := rand.New(rand.NewPCG(seed, 2))
				want := map[string][]string{}
				var all sync.WaitGroup
				processes := []*Outbox{w.Outbox, w.open(), w.open()}
				for i := range pushes {
					var actions []plan.Action
					for n := range 1 + choose.IntN(4) {
						issue := fmt.Sprintf("A-%d", choose.IntN(issues))
						id := fmt.Sprintf("%02d%d", i, n)
						want[issue] = append(want[issue], id)
						actions = append(actions, comment(id, issue))
					}
					if i > 0 && choose.IntN(4) == 0 { // an action that is known
						actions = append(actions, comment(want["A-0"][0], "A-0"))
					}
					if len(want["A-0"]) == 0 {
						want["A-0"] = []string{"first"}
						actions = append(actions, comment("first", "A-0"))
					}
					id := w.keep(facts{Actions: actions})
					o := processes[i%len(processes)]
					all.Go(func() {
						end := time.Now().Add(30 * time.Millisecond)
						ctx, cancel := context.WithDeadline(t.Context(), end)
						defer cancel()
						// A connection notes the end before the context does.
						if _, _, err := o.DeliverPush(ctx, w.spool, w.planner, id, m); err != nil && !errors.Is(err, context.DeadlineExceeded) && time.Now().Before(end) {
							t.Error(err)
						}
					})
					if i%7 == 3 {
						all.Go(func() { w.die(o, m) })
					}
				}
				all.Wait()
				w.ingest()
				waits := func() int { return w.number("SELECT count(*) FROM action WHERE state IN ('queued', 'sending')") }
				for round := 0; waits() > 0; round++ {
					if round == 500 {
						t.Fatalf("%d actions still wait", waits())
					}
					for _, o := range processes {
						all.Go(func() {
							if _, err := o.DrainAll(t.Context(), m); err != nil {
								t.Error(err)
							}
						})
					}
					all.Wait()
					w.clock.advance(20 * time.Minute)
				}
				var lines []string
				for i := range issues {
					if issue := fmt.Sprintf("A-%d", i); len(want[issue]) > 0 {
						lines = append(lines, issue+": "+strings.Join(want[issue], " "))
					}
				}
				w.jira.check(t, lines...)
				if n := w.number("SELECT count(*) FROM action WHERE state <> 'done'") + w.number("SELECT count(*) FROM lane"); n != 0 {
					t.Errorf("%d actions or lanes are left", n)
				}
			})
		})
	}
}

// die is a process that claims a lane, sends its head, and is no more. Its lease
// stays.
func (w *world) die(o *Outbox, m *moody) {
	l, next, err := o.begin(w.Context(), o.claimDue(store.Millis(w.clock.Now())), 0)
	if err != nil {
		w.Error(err)
	}
	if next == nil {
		return
	}
	d := &drainer{Outbox: o, sender: m}
	if d.sending(w.Context(), w.Context(), l, next, "") == nil && !m.has(next.action) && m.chance(2) {
		m.apply(next.action)
	}
}
