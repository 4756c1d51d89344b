package jira

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/internal/jiratest"
	"jirahook/plan"
)

const serviceSecret = "s3cret+of/the service"

// serviceBed is a Jira with a service account; tokens are asked for at tokenPath.
func serviceBed(t *testing.T, f jiratest.Flavour) (b *bed, tokenPath string) {
	t.Helper()
	b = newBed(t, bedOptions{
		Options: jiratest.Options{Flavour: f, Service: "app", ServiceSecret: serviceSecret},
		config: func(cfg *config.Jira) {
			cfg.Auth = config.Auth{Type: "oauth", ClientID: "app"}
			cfg.Development.APIURL = cfg.URL // Cloud's gateway
		},
	})
	b.change = func(o *Options) { o.Secret = serviceSecret }
	b.renew()
	return b, map[jiratest.Flavour]string{jiratest.DataCenter11: "/rest/oauth2/latest/token", jiratest.Cloud: "/oauth/token"}[f]
}

// count counts the answered requests of a path.
func (b *bed) count(path string) int {
	n := 0
	for _, r := range b.Requests() {
		if r.Path == path {
			n++
		}
	}
	return n
}

var serviceFlavours = []jiratest.Flavour{jiratest.DataCenter11, jiratest.Cloud}

func TestServiceAccount(t *testing.T) {
	for _, f := range serviceFlavours {
		t.Run(string(f), func(t *testing.T) {
			b, path := serviceBed(t, f)
			for _, kind := range kindsSent {
				r := b.send(action(kind))
				wantVerdict(t, r, plan.Done)
				if s := fmt.Sprintf("%+v", r); strings.Contains(s, "s3cret") || strings.Contains(s, "eyJfake") {
					t.Errorf("told: %s", s)
				}
			}
			if n := b.count(path); n != 1 {
				t.Errorf("%d tokens were asked for", n)
			}
			for _, r := range b.Requests() {
				api := strings.HasPrefix(r.Path, "/rest/api/")
				if r.Path == path {
					checkTokenRequest(t, f, r)
				} else if api && r.Auth != "bearer" && !strings.HasSuffix(r.Path, "/serverInfo") {
					t.Errorf("%s %s: %s", r.Method, r.Path, r.Auth)
				} else if !api && r.Auth != "none" {
					t.Errorf("%s %s: %s", r.Method, r.Path, r.Auth)
				}
			}
			// It is good for an hour, and got anew a minute before that.
			b.clock.pass(59*time.Minute - time.Second)
			wantVerdict(t, b.send(action(plan.KindLink)), plan.Done)
			if n := b.count(path); n != 1 {
				t.Errorf("%d tokens were asked for within the first one's time", n)
			}
			b.clock.pass(time.Second)
			wantVerdict(t, b.send(action(plan.KindLink)), plan.Done)
			if n := b.count(path); n != 2 {
				t.Errorf("%d tokens were asked for when the first was about to end", n)
			}
			// Of one that Jira does not know any more, another is got, once.
			b.RevokeTokens()
			b.ClearRequests()
			r := b.send(action(plan.KindLink))
			wantVerdict(t, r, plan.Done)
			if n := b.count(path); n != 1 || b.did("link") != 1 {
				t.Errorf("%d tokens after the end of one, %d links", n, b.did("link"))
			}
			if r := b.client.Probe(t.Context()); r.Verdict != plan.Done {
				t.Errorf("%+v", r)
			}
		})
	}
}

func checkTokenRequest(t *testing.T, f jiratest.Flavour, r jiratest.Request) {
	t.Helper()
	want := map[string]string{"grant_type": "client_credentials", "client_id": "app", "client_secret": serviceSecret}
	got := map[string]string{}
	if f == jiratest.Cloud {
		want["audience"] = "api.atlassian.com"
		if err := json.Unmarshal([]byte(r.Body), &got); err != nil {
			t.Error(err)
		}
	} else {
		want["scope"] = "WRITE"
		form, err := url.ParseQuery(r.Body)
		if err != nil {
			t.Error(err)
		}
		for name := range form {
			got[name] = form.Get(name)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || r.Auth != "none" {
		t.Errorf("asked for a token with %v (%s), want %v", got, r.Auth, want)
	}
}

// A client whose secret is refused asks no second time, and changes nothing in Jira.
func TestServiceAccountIsRefused(t *testing.T) {
	for _, f := range serviceFlavours {
		b, path := serviceBed(t, f)
		b.SetService("app", "another")
		r := b.send(action(plan.KindComment))
		wantVerdict(t, r, plan.Locked)
		wantIn(t, "problem", r.Problem, "gives the service account no token", "does not accept this server's login")
		wantIn(t, "advice", r.Advice, "jira.auth.client_id")
		if b.count(path) != 1 || b.calls != 0 || b.did("comment") != 0 {
			t.Errorf("%s: %v, %d begun", f, b.asked(), b.calls)
		}
		if s := fmt.Sprintf("%+v", r); strings.Contains(s, "s3cret") {
			t.Errorf("told: %s", s)
		}
	}
}

// Where tokens are given nobody answers: that is as if Jira itself were away. What was
// not sent has not begun.
func TestNoTokens(t *testing.T) {
	for _, tt := range []struct {
		jiratest.Fault
		want plan.Verdict
	}{
		{jiratest.Fault{Kind: jiratest.Drop}, plan.Away},
		{jiratest.Fault{Kind: jiratest.StatusCode, Status: 503, RetryAfter: "7"}, plan.Away},
		{jiratest.Fault{Kind: jiratest.RateLimited, RetryAfter: "7"}, plan.Away},
		{jiratest.Fault{Kind: jiratest.Login}, plan.Locked},
		{jiratest.Fault{Kind: jiratest.HTML}, plan.Locked},
		{jiratest.Fault{Kind: jiratest.StatusCode, Status: 404}, plan.Locked},
		{jiratest.Fault{Kind: jiratest.StatusCode, Status: 401}, plan.Locked},
		{jiratest.Fault{Kind: jiratest.Huge}, plan.Later},
	} {
		for _, f := range serviceFlavours {
			b, path := serviceBed(t, f)
			fault, want := tt.Fault, tt.want
			fault.Path = path + "$"
			b.inject(fault)
			r := b.send(action(plan.KindComment))
			if r.Verdict != want || r.Problem == "" || b.calls != 0 || r.Uncertain || r.Exchange == "" {
				t.Errorf("%s %s %d: %+v, %d begun", f, fault.Kind, fault.Status, r, b.calls)
			}
			if fault.RetryAfter != "" && r.RetryAfter != 7*time.Second {
				t.Errorf("%s %s: to be left alone for %v", f, fault.Kind, r.RetryAfter)
			}
			if b.count(path) != 1 {
				t.Errorf("%s %s: asked %d times", f, fault.Kind, b.count(path))
			}
			wantVerdict(t, b.send(action(plan.KindComment)), plan.Done) // as soon as somebody does
		}
	}
	b, _ := serviceBed(t, jiratest.DataCenter11)
	b.cfg.Auth.TokenURL = "http://127.0.0.1:1/token"
	b.renew()
	r := b.send(action(plan.KindComment))
	wantVerdict(t, r, plan.Away)
	wantIn(t, "problem", r.Problem, "no token for the service account", "connection refused")

	old := newBed(t, bedOptions{Options: jiratest.Options{Flavour: jiratest.DataCenter10}, config: func(cfg *config.Jira) {
		cfg.Auth = config.Auth{Type: "oauth", ClientID: "app"}
	}})
	r = old.send(action(plan.KindComment))
	wantVerdict(t, r, plan.Locked)
	wantIn(t, "advice", r.Advice, "came with Jira Data Center 11", "personal access token")
}

// All that send at the same time share one token, and one new one when it has ended.
func TestTokenIsShared(t *testing.T) {
	b, path := serviceBed(t, jiratest.DataCenter11)
	all := func() {
		var done sync.WaitGroup
		for range 20 {
			done.Go(func() {
				if _, err := b.client.Projects(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
	}
	for _, after := range []func(){func() {}, b.RevokeTokens, func() { b.clock.pass(time.Hour) }} {
		after()
		b.ClearRequests()
		all()
		if n := b.count(path); n != 1 {
			t.Errorf("%d tokens were asked for", n)
		}
	}
	// Those who wait for one that is refused do not ask, each, once more.
	b.RevokeTokens()
	b.clock.pass(time.Hour)
	b.inject(jiratest.Fault{Kind: jiratest.Hang, Path: "token$", Delay: 300 * time.Millisecond, Times: jiratest.Forever})
	b.ClearRequests()
	var done sync.WaitGroup
	for range 20 {
		done.Go(func() {
			if _, err := b.client.Projects(context.Background()); err == nil {
				t.Error("there is no token")
			}
		})
	}
	done.Wait()
	if n := b.count(path); n > 2 {
		t.Errorf("%d tokens were asked for in vain", n)
	}
}

// What a token of before is good for need not be asked again: no token, no serverInfo,
// no id of the site. One that is refused is replaced.
func TestKnownToken(t *testing.T) {
	for _, f := range serviceFlavours {
		b, path := serviceBed(t, f)
		var token Token
		var site Site
		b.change = func(o *Options) {
			o.Secret, o.OnToken, o.OnSite = serviceSecret, func(tok Token) { token = tok }, func(s Site) { site = s }
		}
		if f == jiratest.Cloud {
			b.cfg.Deployment = "cloud" // else it would be asked what it is
		}
		b.renew()
		wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
		if (site.CloudID != "") != (f == jiratest.Cloud) {
			t.Errorf("%s: kept is %+v", f, site)
		}
		wantVerdict(t, b.client.Probe(t.Context()), plan.Done) // asks anew what it is
		if token.Access == "" || !token.Until.Equal(b.clock.now().Add(59*time.Minute)) || (site.CloudID != "") != (f == jiratest.Cloud) {
			t.Fatalf("%s: token until %v, %+v", f, token.Until, site)
		}
		known := token
		b.change = func(o *Options) {
			o.Secret, o.KnownToken, o.Known, o.OnToken = serviceSecret, &known, &site, func(tok Token) { token = tok }
		}
		b.renew()
		b.ClearRequests()
		wantVerdict(t, b.send(action(plan.KindLink)), plan.Done)
		for _, r := range b.Requests() {
			if r.Path == path || strings.HasSuffix(r.Path, "serverInfo") || strings.HasSuffix(r.Path, "tenant_info") {
				t.Errorf("%s: asked once more: %s", f, r.Path)
			}
		}
		b.RevokeTokens()
		b.renew()
		wantVerdict(t, b.send(action(plan.KindWorklog)), plan.Done)
		if token == known || b.count(path) != 1 {
			t.Errorf("%s: the old token is kept", f)
		}
	}
}

// A token that Jira does not accept from the first is not asked for again and again.
func TestTokenIsOfNoUse(t *testing.T) {
	b, path := serviceBed(t, jiratest.DataCenter11)
	b.inject(jiratest.Fault{Kind: jiratest.Unauthorized, Path: "api/2/(myself|issue)", Times: jiratest.Forever})
	for n := 1; n <= 3; n++ {
		r := b.send(action(plan.KindComment))
		wantVerdict(t, r, plan.Locked)
		if got := b.count(path); got != n {
			t.Errorf("%d tokens in %d tries", got, n)
		}
	}
}

// A Data Center that tells nobody what it is before he has logged in gives tokens all
// the same.
func TestServiceAccountOfAClosedJira(t *testing.T) {
	for _, status := range []int{401, 403} {
		b, path := serviceBed(t, jiratest.DataCenter11)
		b.inject(jiratest.Fault{Kind: jiratest.StatusCode, Status: status, Path: "serverInfo$"}) // the first: by nobody
		wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
		if n := b.count(path); n != 1 {
			t.Errorf("%d: %d tokens were asked for", status, n)
		}
	}
	b, _ := serviceBed(t, jiratest.DataCenter11)
	b.inject(jiratest.Fault{Kind: jiratest.StatusCode, Status: 503, Path: "serverInfo$"})
	wantVerdict(t, b.send(action(plan.KindComment)), plan.Away)
}
