package jira

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"jirahook/config"
	"jirahook/internal/jiratest"
	"jirahook/plan"
)

// What is told of the way to Jira: its certificate, and the middle of the exchange,
// which is when Jira's clock was read.
func TestGreetByTLS(t *testing.T) {
	b := bedOf(t, jiratest.DataCenter10)
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.clock.pass(3 * time.Second)
		w.Header().Set("Date", "Tue, 24 Nov 2026 15:00:07 GMT")
		b.ServeHTTP(w, r)
		b.clock.pass(time.Second)
	}))
	defer srv.Close()
	b.cfg.URL, b.cfg.CAFile = srv.URL, filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(b.cfg.CAFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	b.renew()
	began := b.clock.now()
	_, contact, err := b.client.Greet(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := Contact{Asked: began.Add(2 * time.Second), Date: time.Date(2026, 11, 24, 15, 0, 7, 0, time.UTC), Certificate: srv.Certificate()}
	if d := cmp.Diff(want, contact, cmp.Comparer((*x509.Certificate).Equal)); d != "" {
		t.Error(d)
	}
}

// Where requests go, and by which way, as far as that is known without one.
func TestWay(t *testing.T) {
	to := func(address string) func(*http.Request) (*url.URL, error) {
		return func(r *http.Request) (*url.URL, error) {
			if address == "" || r.URL.Host != "jira.example.com:8443" {
				return nil, nil
			}
			return url.Parse(address)
		}
	}
	tests := []struct {
		name, url, api, proxy string
		environment           func(*http.Request) (*url.URL, error)
		want, host            string
		fails                 bool
	}{
		{name: "straight", url: "https://jira.example.com:8443/jira", host: "jira.example.com"},
		{name: "to another address", url: "https://jira.example.com:8443", api: "https://api.example.com/x", environment: to("http://proxy.example.com"), host: "api.example.com"},
		{name: "configured", url: "https://jira.example.com", proxy: "http://bot:geheim@proxy.example.com:3128", want: "http://bot:xxxxx@proxy.example.com:3128", host: "jira.example.com"},
		{name: "configured, before the environment's", url: "https://jira.example.com:8443", proxy: "http://one.example.com", environment: to("http://two.example.com"), want: "http://one.example.com", host: "jira.example.com"},
		{name: "of the environment", url: "https://jira.example.com:8443", environment: to("http://two.example.com"), want: "http://two.example.com", host: "jira.example.com"},
		{name: "none for this host", url: "https://jira.example.com", environment: to("http://two.example.com"), host: "jira.example.com"},
		{name: "no address", url: "ftp://jira.example.com", fails: true},
		{name: "no proxy's address", url: "https://jira.example.com", proxy: "proxy.example.com:3128", host: "jira.example.com", fails: true},
		{name: "the environment's is none", url: "https://jira.example.com:8443", environment: to("://"), host: "jira.example.com", fails: true},
	}
	for _, tt := range tests {
		o := Options{Jira: config.Jira{URL: tt.url, APIURL: tt.api, Proxy: tt.proxy}, Proxy: tt.environment}
		if got, err := Proxy(o); got != tt.want || (err != nil) != tt.fails {
			t.Errorf("%s: proxy %q, %v", tt.name, got, err)
		}
		if got, err := Host(o); got != tt.host || (err != nil) != (tt.host == "") {
			t.Errorf("%s: host %q, %v", tt.name, got, err)
		}
	}
}

// Who we are, and in which groups: unless only some of them are told.
func TestLogin(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		b.SetGroups()
		me, err := b.client.Login(t.Context())
		if err != nil || me.String() != "Jirahook" || me.Groups == nil || len(me.Groups) != 0 {
			t.Errorf("%s: %+v, %v", f, me, err)
		}
		b.SetGroups("bots", "jira-users")
		if me, err = b.client.Login(t.Context()); err != nil || !slices.Equal(me.Groups, []string{"bots", "jira-users"}) {
			t.Errorf("%s: %+v, %v", f, me, err)
		}
		b.SetCredentials("x", "changed", "changed")
		_, err = b.client.Login(t.Context())
		wantVerdict(t, resultOf(err), plan.Locked)
	}
	for body, groups := range map[string][]string{
		`{"name":"bot"}`: nil,
		`{"name":"bot","groups":{"size":2,"items":[{"name":"bots"}]}}`: nil,
		`{"key":"bot","groups":{"size":1,"items":[{"name":"bots"}]}}`:  {"bots"},
		`{"accountId":"5b1","groups":{"size":0,"items":[]}}`:           {},
	} {
		me, err := serve(t, json200(body), nil).Login(t.Context())
		if err != nil || !slices.Equal(me.Groups, groups) || (me.Groups == nil) != (groups == nil) {
			t.Errorf("%s: %+v, %v", body, me, err)
		}
	}
	_, err := serve(t, json200(`{"displayName":"nobody"}`), nil).Login(t.Context())
	wantVerdict(t, resultOf(err), plan.Locked)
}

// json200 answers everything with a JSON text.
func json200(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		_, _ = w.Write([]byte(body))
	}
}

func TestCloudID(t *testing.T) {
	b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: jiratest.Cloud, CloudID: "11223344-\x1b"}})
	if got := b.client.CloudID(t.Context()); got != "11223344-" {
		t.Errorf("cloud id %q", got)
	}
	for _, f := range flavours[:3] {
		if got := bedOf(t, f).client.CloudID(t.Context()); got != "" {
			t.Errorf("%s: cloud id %q", f, got)
		}
	}
	for name, h := range map[string]http.HandlerFunc{
		"no JSON": json200("<html>"),
		"refused": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"cloudId":"x"}`))
		},
		"cut": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		if got := serve(t, h, nil).CloudID(t.Context()); got != "" {
			t.Errorf("%s: cloud id %q", name, got)
		}
	}
}

func TestFeatures(t *testing.T) {
	b := bedOf(t, jiratest.DataCenter10)
	for _, want := range []Features{{true, true}, {false, true}, {true, false}, {false, false}} {
		b.SetTimeTracking(want.TimeTracking)
		b.SetLinking(want.Linking)
		if got, err := b.client.Features(t.Context()); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
}

// A permission is known by its name of today or, in Jira 6, by that of before; one
// that a Jira does not know is not missed.
func TestLacking(t *testing.T) {
	all := []Permission{BrowseProjects, AddComments, LinkIssues, WorkOnIssues, TransitionIssues}
	for _, f := range flavours {
		b := bedOf(t, f)
		for n, p := range all {
			held := slices.Concat(all[:n], all[n+1:])
			var names []string
			for _, h := range append(held, BrowseProjects) {
				names = append(names, string(h))
			}
			b.SetPermissions("SHOP", names...)
			want := []Permission{p}
			if p == BrowseProjects || p == TransitionIssues && f == jiratest.Server6 {
				want = nil
			}
			if got, err := b.client.Lacking(t.Context(), "SHOP", all); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s without %s: lacks %v, %v", f, p, got, err)
			}
		}
		b.SetPermissions("SHOP")
		_, err := b.client.Lacking(t.Context(), "SHOP", all)
		wantVerdict(t, resultOf(err), plan.Skipped)
	}
	if got := BrowseProjects.Words(); got != "Browse projects" {
		t.Errorf("it is called %q", got)
	}
}

// An issue of each status, the youngest first; a resolution where none belongs
// counts as another status.
func TestSamples(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		for key, status := range map[string]string{"SHOP-20": "To Do", "SHOP-21": "In Progress", "SHOP-22": "Done", "SHOP-23": "Done", "SHOP-24": "In Progress", "OPS-5": "In Review"} {
			b.AddIssue(key, "x")
			b.SetStatus(key, status)
		}
		for _, key := range []string{"SHOP-22", "SHOP-20", "SHOP-23", "SHOP-24", "SHOP-21"} { // the youngest is last
			b.clock.pass(time.Minute)
			b.Edit(key, "summary", "changed")
		}
		b.SetResolution("SHOP-24", "Fixed")
		want := []Sample{
			{Key: "SHOP-21", Status: "In Progress"},
			{Key: "SHOP-24", Status: "In Progress", Resolution: "Fixed"},
			{Key: "SHOP-23", Status: "Done", Done: true, Resolution: "Done"},
			{Key: "SHOP-20", Status: "To Do"},
		}
		for most := range len(want) + 2 {
			got, err := b.client.Samples(t.Context(), "SHOP", most)
			if err != nil || !slices.EqualFunc(got, want[:min(most, len(want))], func(a, b Sample) bool { return cmp.Equal(a, b, cmpopts.IgnoreUnexported(a)) }) {
				t.Errorf("%s, at most %d: %+v, %v", f, most, got, err)
			}
		}
		b.ClearRequests()
		_, err := b.client.Samples(t.Context(), `SHOP" OR "OPS`, 5)
		wantVerdict(t, resultOf(err), plan.Skipped)
		if n := len(b.Requests()); n != 0 {
			t.Errorf("%s: asked %v", f, b.asked())
		}
	}
	// What is no key is no sample: it would stand in a path.
	got, err := serve(t, json200(`{"issues":[{"key":"../x","fields":{"status":{"name":"Odd"}}},{"key":"SHOP-1","fields":{"status":{"name":"Odd"}}}],"version":"9.0.0"}`), nil).Samples(t.Context(), "SHOP", 5)
	if err != nil || len(got) != 1 || got[0].Key != "SHOP-1" {
		t.Errorf("%+v, %v", got, err)
	}
}

// A rehearsal comes to what sending would, and sends nothing.
func TestRehearse(t *testing.T) {
	screen := jiratest.ScreenWorkflow()
	const ofSimple = "Start Progress (id 11, to In Progress), Done (id 41, to Done)"
	const ofScreen = "Start Progress (id 4, to In Progress), Resolve Issue (id 5, to Resolved), Close Issue (id 2, to Closed)"
	tests := []struct {
		name    string
		flow    jiratest.Workflow
		status  string
		do      plan.Action
		want    Rehearsal
		verdict plan.Verdict // "": it would be made
	}{
		{name: "by category", flow: jiratest.SimpleWorkflow(), do: moveTo("category:done"), want: Rehearsal{Name: "Done", ID: "41", To: "Done", Done: true, Open: ofSimple}},
		{name: "not to the end", flow: jiratest.SimpleWorkflow(), do: command("start"), want: Rehearsal{Name: "Start Progress", ID: "11", To: "In Progress", Open: ofSimple}},
		{name: "is there", flow: jiratest.SimpleWorkflow(), status: "Done", do: moveTo("category:done"), want: Rehearsal{Out: true, Open: "Reopen (id 51, to To Do)"}},
		{name: "not from here", flow: jiratest.SimpleWorkflow(), do: from(moveTo("Done"), "In Review"), want: Rehearsal{Out: true, Open: ofSimple}},
		{name: "from here", flow: jiratest.SimpleWorkflow(), do: from(moveTo("Done"), "In Review", "To Do"), want: Rehearsal{Name: "Done", ID: "41", To: "Done", Done: true, Open: ofSimple}},
		{name: "a choice", flow: jiratest.ManyDoneWorkflow(), do: moveTo("category:done"), want: Rehearsal{Name: "Finish", ID: "41", To: "Done", Done: true, Note: "Finish chosen among Reject, Finish, Close",
			Open: "Start (id 11, to In Progress), Reject (id 61, to Won't Do), Finish (id 41, to Done), Close (id 71, to Closed)"}},
		{name: "none", flow: jiratest.SimpleWorkflow(), do: moveTo("Ship"), want: Rehearsal{Open: ofSimple}, verdict: plan.Refused},
		{name: "left out", flow: jiratest.SimpleWorkflow(), do: fields(moveTo("Done"), "resolution", "Fixed"), want: Rehearsal{Name: "Done", ID: "41", To: "Done", Done: true, Left: []string{"resolution"}, Open: ofSimple}},
		{name: "filled", flow: screen, do: fields(moveTo("Resolved"), "resolution", "Fixed"), want: Rehearsal{Name: "Resolve Issue", ID: "5", To: "Resolved", Done: true, Open: ofScreen}},
		{name: "a wrong value", flow: screen, do: fields(moveTo("Resolved"), "resolution", "Shipped"), want: Rehearsal{Name: "Resolve Issue", ID: "5", To: "Resolved", Done: true, Open: ofScreen}, verdict: plan.Refused},
		{name: "a field is missing", flow: screen, do: moveTo("Resolved"), want: Rehearsal{Name: "Resolve Issue", ID: "5", To: "Resolved", Done: true, Open: ofScreen}, verdict: plan.Refused},
	}
	for _, tt := range tests {
		b := workflowBed(t, jiratest.DataCenter10, tt.flow)
		if tt.status != "" {
			b.SetStatus("SHOP-12", tt.status)
		}
		got, err := b.client.Rehearse(t.Context(), *tt.do.Transition, b.client.Open(t.Context(), Sample{Key: "SHOP-12"}))
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
		if e, _ := errors.AsType[*Error](err); (err != nil) != (tt.verdict != "") || err != nil && e.Verdict != tt.verdict {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.verdict)
		}
		if b.writes() != 0 {
			t.Errorf("%s: %v", tt.name, b.asked())
		}
		if r := b.send(tt.do); (r.Verdict == plan.Done || r.Verdict == plan.Skipped && tt.want.Out) != (tt.verdict == "") || r.Note != "" && !strings.Contains(r.Note, orElse(tt.want.Note, strings.Join(tt.want.Left, ""))) {
			t.Errorf("%s: sent, it comes to %+v", tt.name, r)
		}
	}
	b := bedOf(t, jiratest.DataCenter10)
	_, err := b.client.Rehearse(t.Context(), *moveTo("Done").Transition, b.client.Open(t.Context(), Sample{Key: "SHOP-99"}))
	wantVerdict(t, resultOf(err), plan.Skipped)
}
