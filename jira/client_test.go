package jira

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"jirahook/plan"
)

// What is asked once is asked by one, for whom the others wait; who ends first asks
// for nothing. A failure is not kept, and what was forgotten is asked anew.
func TestOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOnce[int]()
		calls := 0
		ask := func(n int, err error) func(context.Context) (int, error) {
			return func(context.Context) (int, error) {
				calls++
				time.Sleep(time.Second)
				return n, err
			}
		}
		if n, ok := o.peek(); ok || n != 0 {
			t.Errorf("nothing was asked, and it is %d", n)
		}
		failure := errors.New("away")
		if n, err := o.get(t.Context(), ask(1, failure)); !errors.Is(err, failure) || n != 0 {
			t.Errorf("%d, %v", n, err)
		}
		for range 3 {
			go func() {
				if n, err := o.get(t.Context(), ask(2, nil)); n != 2 || err != nil {
					t.Errorf("%d, %v", n, err)
				}
			}()
		}
		synctest.Wait() // the first is asking
		if n, ok := o.peek(); ok {
			t.Errorf("it is being asked, and is %d", n)
		}
		brief, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		_, err := o.get(brief, ask(3, nil))
		if r := resultOf(err); r.Verdict != plan.Later || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended while others ask: %v", err)
		}
		o.forget(brief) // which has ended, too
		time.Sleep(time.Second)
		if n, ok := o.peek(); !ok || n != 2 || calls != 2 {
			t.Errorf("it is %d, %v, after %d calls", n, ok, calls)
		}
		o.turn <- struct{}{} // somebody else looks at it, too
		if n, ok := o.peek(); !ok || n != 2 {
			t.Errorf("while somebody else looks it is %d, %v", n, ok)
		}
		<-o.turn
		o.forget(t.Context())
		if _, ok := o.peek(); ok {
			t.Error("it is not forgotten")
		}
		if n, err := o.get(t.Context(), ask(4, nil)); n != 4 || err != nil || calls != 3 {
			t.Errorf("%d, %v after %d calls", n, err, calls)
		}
	})
}

// An error that is none of ours passes; ours is told in all its parts.
func TestResultOf(t *testing.T) {
	if r := resultOf(errors.New("odd\x1b[31m")); r.Verdict != plan.Later || r.Problem != "odd[31m" {
		t.Errorf("%+v", r)
	}
	e := &Error{Verdict: plan.Away, Problem: "p", Advice: "a", slip: true, Uncertain: true, RetryAfter: 7, NeverProbe: true, OwnWay: true, exchange: "x"}
	want := plan.Result{Verdict: plan.Away, Problem: "p", Advice: "a", Slip: true, Uncertain: true, RetryAfter: 7, NeverProbe: true, OwnWay: true, Exchange: "x"}
	if r := resultOf(e); r.Verdict != want.Verdict || r.Problem != want.Problem || r.Advice != want.Advice || !r.Slip || !r.Uncertain || r.RetryAfter != 7 || !r.NeverProbe || !r.OwnWay || r.Exchange != "x" {
		t.Errorf("%+v, want %+v", r, want)
	}
}
