package jira

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jirahook/config"
	"jirahook/internal/jiratest"
	"jirahook/plan"
)

func TestSite(t *testing.T) {
	tests := map[jiratest.Flavour]struct {
		cloud, properties bool
		words             string
	}{
		jiratest.Server6:      {false, false, "Jira 6.1.7 (Server or Data Center)"},
		jiratest.Server7:      {false, true, "Jira 7.6.1 (Server or Data Center)"},
		jiratest.DataCenter10: {false, true, "Jira 10.3"},
		jiratest.Cloud:        {true, true, "Jira Cloud"},
	}
	for _, f := range flavours {
		b := bedOf(t, f)
		s, err := b.client.Site(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		want := tests[f]
		if s.Cloud != want.cloud || s.hasCommentProperties() != want.properties || !strings.HasPrefix(s.String(), want.words) {
			t.Errorf("%s: %+v, %s", f, s, s)
		}
		if _, err := b.client.Site(context.Background()); err != nil || len(b.Requests()) != 1 {
			t.Errorf("%s: asked again: %v, %v", f, b.asked(), err)
		}
	}
}

// What an earlier process learned is not asked for again, until there was an
// outage.
func TestSiteIsKnown(t *testing.T) {
	b := bedOf(t, jiratest.DataCenter10)
	var learned []Site
	b.known, b.onSite = &Site{Version: "7.5.0", Numbers: []int{7, 5, 0}}, func(s Site) { learned = append(learned, s) }
	b.renew()
	wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
	if want := []string{"GET /rest/api/2/issue/SHOP-12", "POST /rest/api/2/issue/" + b.Issue("SHOP-12").ID + "/comment"}; !slices.Equal(b.asked(), want) || learned != nil {
		t.Errorf("asked %q, learned %v", b.asked(), learned)
	}
	if len(b.Issue("SHOP-12").Comments[0].Properties) > 0 {
		t.Error("a Jira 7.5 got properties")
	}
	wantVerdict(t, b.client.Probe(t.Context()), plan.Done)
	if s, err := b.client.Site(t.Context()); err != nil || len(learned) != 1 || !s.hasCommentProperties() || !learned[0].hasCommentProperties() {
		t.Errorf("site %+v, learned %+v, %v", s, learned, err)
	}
}

// Many workers ask at once; Jira is asked once, and again after a failure.
func TestSiteIsAskedOnce(t *testing.T) {
	b := bedOf(t, jiratest.DataCenter10)
	b.inject(jiratest.Fault{Kind: jiratest.Maintenance})
	if _, err := b.client.Site(context.Background()); err == nil {
		t.Fatal("no error")
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if s, err := b.client.Site(context.Background()); err != nil || s.Cloud {
				t.Errorf("site %+v, %v", s, err)
			}
		})
	}
	wg.Wait()
	if n := len(b.Requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

func TestSiteWithoutAsking(t *testing.T) {
	tests := []struct {
		name  string
		cfg   config.Jira
		cloud bool
	}{
		{"by its name", config.Jira{URL: "https://x.atlassian.net"}, true},
		{"by the API's host", config.Jira{URL: "https://jira.example.com", APIURL: "https://api.atlassian.com/ex/jira/1"}, true},
		{"by configuration", config.Jira{URL: "https://jira.example.com", Deployment: "cloud"}, true},
		{"not by configuration", config.Jira{URL: "https://x.atlassian.net", Deployment: "server"}, false},
		{"not by name", config.Jira{URL: "https://atlassian.net.example.com"}, false},
	}
	for _, tt := range tests {
		c := offline(t, func(j *config.Jira) { *j = tt.cfg })
		if got := c.knownCloud(); got != tt.cloud {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// What only a wrong address answers pauses the site, not the action.
func TestSiteOfSomethingElse(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"page": func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>welcome</html>")) },
		"json": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte(`{}`))
		},
		"403": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			w.Write([]byte(`{"errorMessages":["no"]}`))
		},
	} {
		c := serve(t, h, nil)
		_, err := c.Site(context.Background())
		if e, ok := errors.AsType[*Error](err); !ok || e.Verdict != plan.Locked || e.Advice == "" {
			t.Errorf("%s: %v", name, err)
		}
		wantVerdict(t, c.Probe(context.Background()), plan.Locked)
	}
}

func TestProbe(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		r := b.client.Probe(context.Background())
		wantVerdict(t, r, plan.Done)
		wantIn(t, "words", r.Words, "Jira", "as Jirahook")

		b.inject(jiratest.Fault{Kind: jiratest.AuthFailed, Times: jiratest.Forever})
		wantVerdict(t, b.client.Probe(context.Background()), plan.Locked)
		b.ClearFaults()
		wantVerdict(t, b.client.Probe(context.Background()), plan.Done)
		b.inject(jiratest.Fault{Kind: jiratest.Maintenance, RetryAfter: "60"})
		if r := b.client.Probe(context.Background()); r.Verdict != plan.Away || r.RetryAfter != time.Minute {
			t.Errorf("%s: %+v", f, r)
		}
		b.SetCredentials("x", "changed", "changed")
		wantVerdict(t, b.client.Probe(context.Background()), plan.Locked)
	}
}

func TestProjects(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		for _, key := range []string{"AAA", "ZZZ", "M_1"} {
			b.AddProject(key, jiratest.SimpleWorkflow())
		}
		b.SetPermissions("ZZZ")
		got, err := b.client.Projects(context.Background())
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		if d := cmp.Diff([]string{"AAA", "M_1", "OPS", "SHOP"}, got); d != "" {
			t.Errorf("%s: %s", f, d)
		}
		b.SetPublic("AAA", true)
		b.SetCredentials("x", "changed", "changed")
		if got, err = b.client.Projects(context.Background()); err == nil {
			t.Errorf("%s: without a login %v", f, got)
		}
	}
}

func TestNoProjects(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		b.SetPermissions("SHOP")
		b.SetPermissions("OPS")
		if got, err := b.client.Projects(context.Background()); err == nil || len(got) > 0 {
			t.Errorf("%s: %v, %v", f, got, err)
		}
	}
}

func TestProjectPages(t *testing.T) {
	b := bedOf(t, jiratest.Cloud)
	for i := range 230 {
		b.AddProject("P"+strings.Repeat("A", i/26+1)+string(rune('A'+i%26)), jiratest.SimpleWorkflow())
	}
	got, err := b.client.Projects(context.Background())
	if err != nil || len(got) != 232 || !slices.IsSorted(got) {
		t.Errorf("%d projects, %v", len(got), err)
	}
}

// Old keys of a project lead to it, too. A list that does not say which page is its
// last ends with as many as there are, or with an empty page.
func TestProjectKinds(t *testing.T) {
	const one, two = `{"key":"SHOP","projectKeys":["CART","SHOP"],"projectTypeKey":"software"}`, `{"key":"HELP","projectTypeKey":"service_desk"}`
	want := map[string]ProjectKind{"SHOP": {"SHOP", "software"}, "CART": {"SHOP", "software"}, "HELP": {"HELP", ServiceDesk}}
	for name, pages := range map[string][]string{
		"at once":            {`{"isLast":true,"total":9,"values":[` + one + `,` + two + `]}`},
		"by the number":      {`{"total":2,"values":[` + one + `]}`, `{"total":2,"values":[` + two + `]}`},
		"up to the last":     {`{"total":9,"values":[` + one + `]}`, `{"total":9,"isLast":true,"values":[` + two + `]}`},
		"up to an empty one": {`{"total":9,"values":[` + one + `]}`, `{"total":9,"values":[` + two + `]}`, `{"total":9,"values":[]}`},
		"one without a key":  {`{"isLast":true,"values":[` + one + `,` + two + `,{"key":""}]}`},
	} {
		asked := []string{}
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/rest/api/2/project/search" {
				json200(`{"accountId":"5b1"}`)(w, r)
				return
			}
			if asked = append(asked, r.URL.Query().Get("startAt")); len(asked) <= len(pages) {
				json200(pages[len(asked)-1])(w, r)
			}
		}, func(o *Options) { o.Jira.Deployment = "cloud" })
		got, err := c.ProjectKinds(t.Context())
		if d := cmp.Diff(want, got); err != nil || d != "" || !slices.Equal(asked, []string{"0", "1", "2"}[:len(pages)]) {
			t.Errorf("%s: %v, asked from %v: %s", name, err, asked, d)
		}
	}
	for body, verdict := range map[string]plan.Verdict{`{"isLast":true,"values":[]}`: plan.Locked, `{"isLast":true,"values":[` + one + `]}`: plan.Done} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/rest/api/2/myself" {
				json200(`{"key":"bot"}`)(w, r)
				return
			}
			json200(body)(w, r)
		}, func(o *Options) { o.Jira.Deployment = "cloud" })
		if _, err := c.Projects(t.Context()); err != nil && resultOf(err).Verdict != verdict || err == nil && verdict != plan.Done {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// What Jira calls itself, whichever parts of that it tells.
func TestSiteIsRead(t *testing.T) {
	for body, want := range map[string]string{
		`{"version":"9.12.1"}`:        "Jira 9.12.1 (Server or Data Center)",
		`{"versionNumbers":[9,12,1]}`: "Jira (Server or Data Center)",
		`{"deploymentType":"Server"}`: "Jira (Server or Data Center)",
		`{"deploymentType":"CLOUD"}`:  "Jira Cloud",
		`{"serverTitle":"Fake"}`:      "",
	} {
		s, err := serve(t, json200(body), func(o *Options) { o.Jira.Deployment = "auto" }).Site(t.Context())
		if want == "" {
			wantVerdict(t, resultOf(err), plan.Locked)
		} else if err != nil || s.String() != want {
			t.Errorf("%s: %s, %v", body, s, err)
		}
	}
	_, err := serve(t, json200(`{"version":9}`), nil).Site(t.Context())
	if r := resultOf(err); r.Verdict != plan.Later || r.Problem != "Jira's answer cannot be read" || r.Exchange != "GET /rest/api/2/serverInfo: 200" {
		t.Errorf("a number for a version: %+v", r)
	}
	for numbers, want := range map[string]bool{"": false, "7": false, "8": false, "7 5": false, "7 5 9": false, "7 6": true, "7 6 0": true, "7 10": true, "8 0": true, "6 9": false} {
		var s Site
		for n := range strings.FieldsSeq(numbers) {
			v, _ := strconv.Atoi(n)
			s.Numbers = append(s.Numbers, v)
		}
		if got := s.hasCommentProperties(); got != want || s.KeepsInternalNotes() != want {
			t.Errorf("%q: keeps properties: %v", numbers, got)
		}
	}
}

// What is known of the site without asking, and what the configuration says against
// what Jira says.
func TestSiteByConfiguration(t *testing.T) {
	for _, tt := range []struct {
		deployment    string
		says, isCloud bool
	}{{"auto", true, true}, {"auto", false, false}, {"server", true, false}, {"cloud", false, true}, {"", true, true}} {
		c := serve(t, json200(`{"deploymentType":"Server","version":"9"}`), func(o *Options) { o.Jira.Deployment, o.Known = tt.deployment, &Site{Cloud: tt.says} })
		if s, err := c.site(t.Context()); err != nil || s.Cloud != tt.isCloud || c.isCloud() != tt.isCloud {
			t.Errorf("%+v: %+v, %v; without asking %v", tt, s, err, c.isCloud())
		}
	}
	c := serve(t, json200(`{"deploymentType":"Cloud"}`), func(o *Options) { o.Jira.Deployment = "auto" })
	if c.isCloud() {
		t.Error("what was not asked is known")
	}
	// Nobody waits for who asks now.
	_, err := c.detected.get(t.Context(), func(context.Context) (Site, error) {
		if c.isCloud() {
			t.Error("what is being asked is known")
		}
		return Site{Cloud: true}, nil
	})
	if err != nil || !c.isCloud() {
		t.Errorf("what was asked is not known: %v", err)
	}
}

// An account is called by what people know best, and is none without a name for it.
func TestUserIsCalled(t *testing.T) {
	for body, want := range map[string]string{
		`{"accountId":"5b1","key":"k","name":"n","displayName":"Ada"}`: "Ada",
		`{"accountId":"5b1","name":"n"}`:                               "n", `{"accountId":"5b1"}`: "5b1", `{"key":"k"}`: "?", `{"displayName":"Ada"}`: "", `{}`: "",
	} {
		me, err := serve(t, json200(body), nil).self(t.Context())
		if want == "" {
			wantVerdict(t, resultOf(err), plan.Locked)
		} else if err != nil || me.String() != want {
			t.Errorf("%s: %s, %v", body, me, err)
		}
	}
}

// A refusal that concerns no issue is the site's, with advice; another error stays.
func TestSiteWide(t *testing.T) {
	for _, e := range []*Error{
		{Verdict: plan.Refused}, {Verdict: plan.Skipped}, {Verdict: plan.Refused, Advice: "do"}, {Verdict: plan.Away}, {Verdict: plan.Later}, {Verdict: plan.Locked},
	} {
		got, _ := errors.AsType[*Error](siteWide(e))
		raised := e.Verdict == plan.Refused || e.Verdict == plan.Skipped
		if raised != (got != e) || raised && (got.Verdict != plan.Locked || got.Advice == "" || e.Advice != "" && got.Advice != e.Advice) {
			t.Errorf("%+v becomes %+v", e, got)
		}
	}
	if err := errors.New("other"); !errors.Is(siteWide(err), err) || siteWide(nil) != nil {
		t.Error("other errors are raised")
	}
}

func TestUserIs(t *testing.T) {
	tests := []struct {
		a, b user
		want bool
	}{
		{user{AccountID: "1"}, user{AccountID: "1", Name: "x"}, true},
		{user{AccountID: "1", Name: "x"}, user{AccountID: "2", Name: "x"}, false},
		{user{Key: "k", Name: "old"}, user{Key: "k", Name: "new"}, true},
		{user{Name: "Bot"}, user{Name: "bot"}, true},
		{user{}, user{}, false},
		{user{AccountID: "1"}, user{Name: "x"}, false},
		{user{AccountID: "1", Key: "k"}, user{Key: "k"}, true},
		{user{Key: "k", Name: "x"}, user{Key: "l", Name: "x"}, false},
		{user{Key: "k", Name: "x"}, user{Name: "x"}, true},
		{user{Name: "x"}, user{Name: "y"}, false},
		{user{DisplayName: "x"}, user{DisplayName: "x"}, false},
	}
	for _, tt := range tests {
		if got := tt.a.is(tt.b); got != tt.want {
			t.Errorf("%+v is %+v: %v", tt.a, tt.b, got)
		}
	}
}
