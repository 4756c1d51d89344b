package jira

import (
	"fmt"
	"testing"
	"time"

	"jirahook/internal/jiratest"
	"jirahook/plan"
)

// The answer is lost in every way; still everything happens exactly once.
func TestLostAnswers(t *testing.T) {
	faults := map[string]jiratest.Fault{
		"cut after it":         {Kind: jiratest.Drop, Applied: true},
		"cut before it":        {Kind: jiratest.Drop},
		"500 after it":         {Kind: jiratest.StatusCode, Status: 500, Applied: true},
		"500 before it":        {Kind: jiratest.StatusCode, Status: 500},
		"502 after it":         {Kind: jiratest.StatusCode, Status: 502, Applied: true},
		"503 page after it":    {Kind: jiratest.Maintenance, Applied: true},
		"a page for an answer": {Kind: jiratest.HTML},
		"no body":              {Kind: jiratest.Empty},
		"half a body":          {Kind: jiratest.Truncated},
		"no JSON":              {Kind: jiratest.Garbage},
		"no end":               {Kind: jiratest.Huge},
		"hanging after it":     {Kind: jiratest.Hang, Applied: true},
		"hanging before it":    {Kind: jiratest.Hang},
		"429":                  {Kind: jiratest.RateLimited},
	}
	for _, f := range flavours {
		for name, fault := range faults {
			t.Run(string(f)+" "+name, func(t *testing.T) {
				t.Parallel()
				for _, kind := range kindsSent {
					b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: f}, timeout: 300 * time.Millisecond})
					if fault.Kind != jiratest.Hang {
						b.cfg.Timeout = 20 * time.Second // a busy machine must not time out
						b.renew()
					}
					fault.Method = "POST"
					b.inject(fault)
					r := b.deliver(action(kind))
					wantVerdict(t, r, plan.Done)
					if r.Words == "" {
						t.Errorf("%s: no words", kind)
					}
					if n := b.did(string(kind)); n != 1 {
						t.Errorf("%s: done %d times: %v", kind, n, b.asked())
					}
				}
			})
		}
	}
}

// A crash between Sending and the answer: a new process finds what is there.
func TestAfterACrash(t *testing.T) {
	for _, f := range flavours {
		for _, kind := range kindsSent {
			t.Run(string(f)+" "+string(kind), func(t *testing.T) {
				b := bedOf(t, f)
				wantVerdict(t, b.send(action(kind)), plan.Done)
				sent, memo := b.sent, b.memo
				b.renew()
				b.sent, b.memo = sent, memo
				b.clock.pass(time.Hour)
				r := b.again(action(kind))
				wantVerdict(t, r, plan.Done)
				if n := b.did(string(kind)); n != 1 || r.Words == "" || r.Uncertain {
					t.Errorf("done %d times: %+v", n, r)
				}
			})
		}
	}
}

// The program before this one sent it and crashed; this one finds it by the marker
// that shows.
func TestSentByTheProgramOfBefore(t *testing.T) {
	for _, f := range flavours {
		for _, kind := range []plan.Kind{plan.KindComment, plan.KindWorklog} {
			for name, planned := range map[string]plan.Action{"its own": ofBefore(kind), "planned by this one": action(kind)} {
				b := bedOf(t, f)
				sendAsBefore(b, f)
				b.clock.pass(time.Hour)
				wantVerdict(t, b.again(planned), plan.Done)
				if b.writes() != 2 || b.did(string(kind)) != 1 {
					t.Errorf("%s %s, %s: %v", f, kind, name, b.asked())
				}
			}
		}
	}
}

// A Jira that lists no properties, as its documentation has it, is asked for them.
func TestPropertiesAreNotListed(t *testing.T) {
	for _, f := range flavours {
		b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: f, NoExpandedProperties: true}})
		for n := range 60 {
			b.AddComment("SHOP-12", "jirahook", fmt.Sprint("by hand ", n))
		}
		b.clock.pass(time.Hour)
		b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST", Applied: true})
		wantVerdict(t, b.deliver(action(plan.KindComment)), plan.Done)
		if n := len(b.Issue("SHOP-12").Comments); n != 61 {
			t.Errorf("%s: %d comments: %v", f, n, b.asked())
		}
	}
}

// Nothing is found in Jira, but the earlier request may still arrive: nothing is
// sent before jira.timeout has passed.
func TestEarlierRequestMayStillArrive(t *testing.T) {
	for _, kind := range kindsSent {
		t.Run(string(kind), func(t *testing.T) {
			b := bedOf(t, jiratest.DataCenter10)
			b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST"})
			if r := b.send(action(kind)); r.Verdict != plan.Away || !r.Uncertain {
				t.Fatalf("result %+v", r)
			}
			b.clock.pass(5 * time.Second)
			r := b.again(action(kind))
			if r.Verdict != plan.Later || !r.Uncertain || r.RetryAfter != 15*time.Second || b.writes() != 1 {
				t.Fatalf("result %+v after %v", r, b.asked())
			}
			b.clock.pass(15 * time.Second)
			wantVerdict(t, b.again(action(kind)), plan.Done)
			if b.writes() != 2 {
				t.Errorf("requests %v", b.asked())
			}
		})
	}
}

// The earlier request arrives after we looked.
func TestEarlierRequestArrivesLate(t *testing.T) {
	b := newBed(t, bedOptions{timeout: 300 * time.Millisecond})
	held := make(chan struct{})
	b.inject(jiratest.Fault{Kind: jiratest.Late, Method: "POST", Delay: time.Second})
	go func() {
		defer close(held)
		for b.did("comment") == 0 {
			time.Sleep(10 * time.Millisecond)
		}
	}()
	r := b.send(action(plan.KindComment))
	if r.Verdict != plan.Away || !r.Uncertain {
		t.Fatalf("result %+v", r)
	}
	wantIn(t, "problem", r.Problem, "did not answer within 300ms")
	if r = b.again(action(plan.KindComment)); r.Verdict != plan.Later {
		t.Fatalf("result %+v", r)
	}
	<-held
	b.clock.pass(time.Minute)
	wantVerdict(t, b.again(action(plan.KindComment)), plan.Done)
	if n := b.did("comment"); n != 1 {
		t.Errorf("%d comments", n)
	}
}

// Looking must not forget that the fate is unknown when it fails itself.
func TestLookingFails(t *testing.T) {
	for _, kind := range kindsSent {
		b := bedOf(t, jiratest.Cloud)
		b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST", Applied: true})
		b.send(action(kind))
		b.clock.pass(time.Hour)
		b.inject(jiratest.Fault{Kind: jiratest.StatusCode, Times: jiratest.Forever})
		r := b.again(action(kind))
		if r.Verdict != plan.Away || !r.Uncertain {
			t.Errorf("%s: result %+v", kind, r)
		}
		b.ClearFaults()
		b.inject(jiratest.Fault{Kind: jiratest.AuthFailed, Times: jiratest.Forever})
		if r = b.again(action(kind)); r.Verdict != plan.Locked || !r.Uncertain {
			t.Errorf("%s: result %+v", kind, r)
		}
		b.ClearFaults()
		wantVerdict(t, b.deliver(action(kind)), plan.Done)
	}
}

// Jira's clock is ten minutes ahead of ours, or behind it: what was sent is found
// all the same among what was said in the same moment, and after it.
func TestLostWithClocksApart(t *testing.T) {
	for _, f := range flavours {
		for _, ahead := range []time.Duration{-10 * time.Minute, -10*time.Minute + time.Nanosecond, 0, 10 * time.Minute} {
			for _, kind := range []plan.Kind{plan.KindComment, plan.KindWorklog} {
				b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: f}, ahead: ahead})
				b.clock.pass(999999 * time.Nanosecond) // which Jira does not keep
				for n := range 2 * pageOfComments {
					b.AddComment("SHOP-12", "ada", fmt.Sprint("before ", n))
				}
				b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST", Applied: true})
				if r := b.send(action(kind)); !r.Uncertain {
					t.Fatalf("result %+v", r)
				}
				for n := range pageOfComments + 1 { // ours is on the second page
					b.AddComment("SHOP-12", "ada", fmt.Sprint("after ", n))
				}
				b.clock.pass(time.Hour)
				b.ClearRequests()
				wantVerdict(t, b.again(action(kind)), plan.Done)
				if b.writes() != 0 {
					t.Errorf("%s %s, Jira's clock %v ahead: sent again: %v", f, kind, ahead, b.asked())
				}
			}
		}
	}
}
