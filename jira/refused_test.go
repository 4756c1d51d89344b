package jira

import (
	"context"
	"fmt"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/internal/jiratest"
	"jirahook/plan"
)

func TestUnknownIssue(t *testing.T) {
	for _, f := range flavours {
		for _, kind := range kindsSent {
			b := bedOf(t, f)
			a := action(kind)
			a.Issue = "SHOP-99"
			r := b.send(a)
			wantVerdict(t, r, plan.Skipped)
			wantIn(t, "problem", r.Problem, "SHOP-99: no such issue, or no permission to see it")
			if r.Issue.Key != "SHOP-99" || b.calls != 0 {
				t.Errorf("result %+v", r)
			}
		}
	}
}

func TestIssueVanishes(t *testing.T) {
	for _, kind := range kindsSent {
		b := bedOf(t, jiratest.DataCenter10)
		a := b.attempt(action(kind))
		a.Sending = func(string) error { b.Remove("SHOP-12"); return nil }
		r := b.client.Send(context.Background(), a)
		if r.Verdict != plan.Skipped {
			t.Errorf("%s: %+v", kind, r)
		}
		b.ClearRequests() // and for the next action it is not taken for one that is there
		if r = b.send(action(kind)); r.Verdict != plan.Skipped || b.writes() != 0 {
			t.Errorf("%s once more: %+v after %v", kind, r, b.asked())
		}
	}
}

func TestMovedIssue(t *testing.T) {
	for _, f := range flavours {
		for _, kind := range kindsSent {
			b := bedOf(t, f)
			b.Move("SHOP-12", "OPS-3")
			r := b.send(action(kind))
			wantVerdict(t, r, plan.Done)
			if r.Issue.Key != "OPS-3" || r.Note != "SHOP-12 is now OPS-3" {
				t.Errorf("%s %s: %+v", f, kind, r)
			}
		}
	}
}

func TestNoKey(t *testing.T) {
	b := bedOf(t, jiratest.Cloud)
	for _, key := range []string{"../myself", "10042", "SHOP-12/../../..", ""} {
		for _, kind := range kindsSent {
			a := action(kind)
			a.Issue = key
			wantVerdict(t, b.send(a), plan.Skipped)
		}
	}
	if n := len(b.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestUnknownKind(t *testing.T) {
	b := bedOf(t, jiratest.Cloud)
	wantVerdict(t, b.send(plan.Action{Issue: "SHOP-12", Kind: plan.KindDevelopment}), plan.Refused)
	for _, kind := range kindsSent { // without what it is about
		wantVerdict(t, b.send(plan.Action{Issue: "SHOP-12", Kind: kind}), plan.Refused)
	}
}

func TestPermissionMissing(t *testing.T) {
	for _, f := range flavours {
		for _, kind := range kindsSent {
			b := bedOf(t, f)
			b.SetPermissions("SHOP", jiratest.BrowseProjects)
			r := b.send(action(kind))
			if r.Verdict != plan.Refused || r.Problem == "" || r.Uncertain {
				t.Errorf("%s %s: %+v", f, kind, r)
			}
		}
	}
}

// Every way of not being let in pauses the site; nothing is lost and nothing is
// taken for a missing issue.
func TestLocked(t *testing.T) {
	faults := map[jiratest.Kind]string{
		jiratest.Login: "redirects", jiratest.AuthFailed: "this server's login", jiratest.Unauthorized: "authenticated",
		jiratest.Captcha: "CAPTCHA", jiratest.XSRF: "XSRF", jiratest.IPBlocked: "IP address",
	}
	for _, f := range flavours {
		for kind, problem := range faults {
			t.Run(fmt.Sprint(f, " ", kind), func(t *testing.T) {
				for _, method := range []string{"GET", "POST"} {
					b := bedOf(t, f)
					b.inject(jiratest.Fault{Kind: kind, Method: method, Times: jiratest.Forever})
					for _, k := range kindsSent {
						r := b.send(action(k))
						wantVerdict(t, r, plan.Locked)
						wantIn(t, "problem", r.Problem, problem)
						if r.Advice == "" || r.NeverProbe != (kind == jiratest.Captcha) || r.Uncertain {
							t.Errorf("%s %s: %+v", method, k, r)
						}
					}
				}
			})
		}
	}
}

func TestBadCredentials(t *testing.T) {
	for _, f := range flavours {
		for _, public := range []bool{false, true} {
			b := bedOf(t, f)
			b.SetPublic("SHOP", public)
			b.SetCredentials("jirahook", "changed", "changed")
			for _, k := range kindsSent {
				r := b.send(action(k))
				if r.Verdict != plan.Locked || r.Uncertain {
					t.Errorf("%s %s: %+v", f, k, r)
				}
			}
		}
	}
}

// A token where tokens mean nothing is nobody; a public project shows its issues
// to nobody too, and refuses the write only.
func TestTokenOnOldServer(t *testing.T) {
	for _, public := range []bool{false, true} {
		b := newBed(t, bedOptions{
			Options: jiratest.Options{Flavour: jiratest.Server7},
			config:  func(j *config.Jira) { j.Auth = config.Auth{Type: "token"} },
		})
		b.SetPublic("SHOP", public)
		for _, k := range kindsSent {
			r := b.send(action(k))
			if r.Verdict != plan.Locked {
				t.Errorf("public %v, %s: %+v", public, k, r)
			}
			wantIn(t, "advice", r.Advice, "8.14")
		}
	}
}

func TestCaptchaIsNotMadeWorse(t *testing.T) {
	b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: jiratest.Server7, CaptchaAfter: 3}})
	b.SetCredentials("jirahook", "changed", "")
	for range 3 {
		r := b.send(action(plan.KindComment))
		if r.Verdict != plan.Locked || r.NeverProbe {
			t.Fatalf("result %+v", r)
		}
	}
	if r := b.send(action(plan.KindComment)); r.Verdict != plan.Locked || !r.NeverProbe {
		t.Errorf("result %+v", r)
	}
}

func TestPatience(t *testing.T) {
	b := bedOf(t, jiratest.Cloud)
	b.inject(jiratest.Fault{Kind: jiratest.RateLimited, Method: "POST", RetryAfter: "7"})
	if r := b.send(action(plan.KindComment)); r.Verdict != plan.Later || r.RetryAfter != 7*time.Second || r.Uncertain {
		t.Errorf("result %+v", r)
	}
	b.clock.pass(7 * time.Second)
	b.inject(jiratest.Fault{Kind: jiratest.RateLimited, Method: "POST"})
	if r := b.send(action(plan.KindComment)); r.Verdict != plan.Later || r.RetryAfter != 53*time.Second { // to the minute
		t.Errorf("by X-RateLimit-Reset: %+v", r)
	}
	b.clock.pass(time.Minute)
	b.inject(jiratest.Fault{Kind: jiratest.RateLimited, Method: "POST", Header: map[string]string{"RateLimit-Reason": "jira-per-issue-on-write", "Retry-After": "2"}})
	if r := b.send(action(plan.KindComment)); r.Verdict != plan.Later || r.RetryAfter != 2*time.Second {
		t.Errorf("for one issue: %+v", r)
	}
}
