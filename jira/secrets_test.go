package jira

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"jirahook/config"
	"jirahook/internal/jiratest"
	"jirahook/plan"
)

// When a secret is refused the next takes over, which is told once; requests that
// others make meanwhile are not lost.
func TestNextSecretTakesOver(t *testing.T) {
	type kind struct {
		name   string
		f      jiratest.Flavour
		change func(*bed) // the first secret ends
		auth   config.Auth
	}
	for _, k := range []kind{
		{"service account", jiratest.DataCenter11, func(b *bed) { b.SetService("app", "second-secret"); b.RevokeTokens() }, config.Auth{Type: "oauth", ClientID: "app"}},
		{"service account", jiratest.Cloud, func(b *bed) { b.SetService("app", "second-secret"); b.RevokeTokens() }, config.Auth{Type: "oauth", ClientID: "app"}},
		{"token", jiratest.DataCenter10, func(b *bed) { b.SetCredentials("", "", "second-secret") }, config.Auth{Type: "token"}},
		{"API token", jiratest.Cloud, func(b *bed) { b.SetCredentials("bot", "second-secret", "") }, config.Auth{Type: "basic", Username: "bot"}},
		{"password", jiratest.Server7, func(b *bed) { b.SetCredentials("bot", "second-secret", "") }, config.Auth{Type: "basic", Username: "bot"}},
	} {
		t.Run(k.name+" "+string(k.f), func(t *testing.T) {
			b := newBed(t, bedOptions{
				Options: jiratest.Options{Flavour: k.f, Service: "app", ServiceSecret: "first-secret", User: "bot", Password: "first-secret", Token: "first-secret"},
				config: func(cfg *config.Jira) {
					cfg.Auth = k.auth
					cfg.Development.APIURL = cfg.URL
				},
			})
			var took []int
			b.change = func(o *Options) {
				o.Secret, o.Spare, o.OnSecret = "first-secret", []string{"third-secret", "second-secret"}, func(refused, n int) { took = append(took, refused, n) }
			}
			b.renew()
			wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
			k.change(b)
			b.ClearRequests()
			r := b.send(action(plan.KindLink))
			wantVerdict(t, r, plan.Done)
			var done sync.WaitGroup
			for range 5 {
				done.Go(func() {
					if r := b.client.Probe(context.Background()); r.Verdict != plan.Done {
						t.Errorf("%+v", r)
					}
				})
			}
			done.Wait()
			if !slices.Equal(took, []int{0, 2}) || b.client.Secret() != 2 {
				t.Errorf("told of %v, in use is %d", took, b.client.Secret())
			}
			refused := 0
			for _, r := range b.Requests() {
				if r.Status == http.StatusUnauthorized {
					refused++
				}
			}
			if k.f != jiratest.Cloud && refused > 3 {
				t.Errorf("%d refusals: %v", refused, b.asked())
			}
			// When none is accepted it is told, after each was tried.
			b.SetService("app", "x")
			b.SetCredentials("x", "x", "x")
			b.RevokeTokens()
			b.ClearRequests()
			r = b.send(action(plan.KindWorklog))
			wantVerdict(t, r, plan.Locked)
			if n := len(b.Requests()); n > 4 || len(took) > 2 {
				t.Errorf("%d requests: %v; told of %v", n, b.asked(), took)
			}
		})
	}
}

// A CAPTCHA is no reason to try the next password: each failure makes it worse.
func TestCaptchaHoldsTheNextSecretBack(t *testing.T) {
	b := bedOf(t, jiratest.Server7)
	b.change = func(o *Options) { o.Spare = []string{"another-secret"} }
	b.renew()
	b.inject(jiratest.Fault{Kind: jiratest.Captcha, Times: jiratest.Forever})
	r := b.send(action(plan.KindComment))
	wantVerdict(t, r, plan.Locked)
	if !r.NeverProbe || len(b.Requests()) != 1 {
		t.Errorf("%v: %+v", b.asked(), r)
	}
}

// A token with scopes works at the gateway alone: the advice holds the finished line.
func TestAdviceHoldsTheSitesID(t *testing.T) {
	for _, auth := range []config.Auth{{Type: "basic", Username: "jirahook@example.test"}, {Type: "token"}} {
		b := newBed(t, bedOptions{
			Options: jiratest.Options{Flavour: jiratest.Cloud, Scoped: true, CloudID: "11223344-aaaa"},
			config:  func(cfg *config.Jira) { cfg.Auth, cfg.Deployment = auth, "cloud" },
		})
		for range 2 {
			r := b.send(action(plan.KindComment))
			wantVerdict(t, r, plan.Locked)
			wantIn(t, "advice", r.Advice, "jira.api_url: https://api.atlassian.com/ex/jira/11223344-aaaa")
		}
		if n := b.count("/_edge/tenant_info"); n != 1 {
			t.Errorf("the site's id was asked for %d times", n)
		}
		for _, r := range b.Requests() {
			if strings.HasSuffix(r.Path, "tenant_info") && r.Auth != "none" {
				t.Errorf("%s: %s", r.Path, r.Auth)
			}
		}
		b.inject(jiratest.Fault{Kind: jiratest.Drop, Path: "tenant_info", Times: jiratest.Forever})
		b.renew()
		r := b.send(action(plan.KindComment))
		wantIn(t, "advice", r.Advice, "/ex/jira/<cloudId>", b.URL()+"/_edge/tenant_info")
	}
}
