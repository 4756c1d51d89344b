package jira

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"jirahook/plan"
)

// A proxy that only the environment names says nothing of the site to others;
// jira.proxy, which all have, does, and so does Jira behind the proxy.
func TestOwnWay(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	page := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
		}
	}
	says := func(status int, header, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set(header, "AUTHENTICATED_FAILED")
			w.WriteHeader(status)
			w.Write([]byte(body))
		}
	}
	hangUp := func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }
	tests := []struct {
		name    string
		jira    string
		proxy   http.HandlerFunc // nil: nobody listens there
		verdict plan.Verdict
		ownWay  bool
		problem string
	}{
		{"nobody there", "http://jira.invalid", nil, plan.Away, true, "the proxy cannot be reached"},
		{"nobody there, https", "https://jira.invalid", nil, plan.Away, true, "the proxy cannot be reached"},
		{"hangs up, https", "https://jira.invalid", hangUp, plan.Away, true, "cut"},
		{"forbids, https", "https://jira.invalid", page(403), plan.Away, true, "does not connect to it (403 Forbidden)"},
		{"does not get there, https", "https://jira.invalid", page(502), plan.Away, true, "does not connect to it (502 Bad Gateway)"},
		{"wants a password, https", "https://jira.invalid", page(407), plan.Locked, true, "password (407)"},
		{"wants a password", "http://jira.invalid", page(407), plan.Locked, true, "password (407)"},
		{"does not get there", "http://jira.invalid", page(503), plan.Away, true, "503"},
		{"has a page of its own", "http://jira.invalid", page(200), plan.Locked, true, "not Jira's REST API"},
		{"leads elsewhere", "http://jira.invalid", page(302), plan.Locked, true, "redirects"},
		{"Jira is busy behind it", "http://jira.invalid", says(503, "X-AREQUESTID", "{}"), plan.Away, false, "503"},
		{"Jira speaks behind it", "http://jira.invalid", says(503, "X-Other", `{"errorMessages":["being upgraded"]}`), plan.Away, false, "being upgraded"},
		{"Jira knows us not, behind it", "http://jira.invalid", says(200, "X-Seraph-LoginReason", "{}"), plan.Locked, false, "this server's login"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address := &url.URL{Scheme: "http", Host: closed.Addr().String()}
			if tt.proxy != nil {
				server := httptest.NewServer(tt.proxy)
				defer server.Close()
				address.Host = server.Listener.Addr().String()
			}
			for _, given := range []string{"environment", "jira.proxy"} {
				c := clientOf(t, tt.jira, func(o *Options) {
					if given == "jira.proxy" {
						o.Jira.Proxy = address.String()
						o.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
					} else {
						o.Proxy = func(*http.Request) (*url.URL, error) { return address, nil }
					}
				})
				r := c.Probe(t.Context())
				if r.Verdict != tt.verdict || r.OwnWay != (tt.ownWay && given == "environment") {
					t.Errorf("by %s: %+v", given, r)
				}
				wantIn(t, "problem", r.Problem, tt.problem)
				if s := c.Send(t.Context(), plan.Attempt{Action: action(plan.KindComment)}); s.OwnWay != r.OwnWay {
					t.Errorf("by %s: sending: %+v", given, s)
				}
			}
		})
	}
	// Without a proxy for this Jira it is everybody's way.
	c := clientOf(t, "http://"+closed.Addr().String(), func(o *Options) {
		o.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	})
	if r := c.Probe(t.Context()); r.Verdict != plan.Away || r.OwnWay {
		t.Errorf("without a proxy: %+v", r)
	}
}
