package jira

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"jirahook/config"
	"jirahook/plan"
)

// offline is a client that talks to nobody.
func offline(t testing.TB, change func(*config.Jira)) *Client {
	t.Helper()
	cfg := config.Jira{URL: "https://jira.example.com/jira", Deployment: "auto", Timeout: 20 * time.Second, Auth: config.Auth{Type: "token"}}
	if change != nil {
		change(&cfg)
	}
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	c, err := New(Options{Jira: cfg, Secret: "s3cret-token", UserAgent: "jirahook/test", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	id := "11111111-2222-3333-4444-555555555555"
	c.cloudID.found.Store(&id) // nobody is asked
	return c
}

const jsonType = "application/json;charset=UTF-8"

func TestJudge(t *testing.T) {
	const missing = `{"errorMessages":["Issue Does Not Exist"],"errors":{}}`
	tests := []struct {
		name      string
		status    int
		header    []string // pairs
		body      string
		read      bool // of a GET
		verdict   plan.Verdict
		uncertain bool
		wait      time.Duration
		never     bool
		problem   string // part of it
		advice    string // part of it
	}{
		{name: "201 JSON", status: 201, header: []string{"Content-Type", jsonType}, body: `{"id":"1"}`},
		{name: "201 JSON, broken", status: 201, header: []string{"Content-Type", jsonType}, body: `{"id":`},
		{name: "201 empty", status: 201},
		{name: "204", status: 204},
		{name: "200 JSON on a write", status: 200, header: []string{"Content-Type", jsonType}, body: `{}`},
		{name: "201 HTML", status: 201, header: []string{"Content-Type", "text/html"}, body: "<html>", verdict: plan.Later, uncertain: true, problem: "not known"},
		{name: "200 login page on a write", status: 200, header: []string{"Content-Type", "text/html"}, body: "<html>", verdict: plan.Later, uncertain: true},
		{name: "200 login page on a read", status: 200, header: []string{"Content-Type", "text/html"}, body: "<html>", read: true, verdict: plan.Locked, advice: "jira.url"},
		{name: "200 empty on a read", status: 200, read: true, verdict: plan.Locked},
		{name: "200, login failed", status: 200, header: []string{"Content-Type", jsonType, "X-Seraph-LoginReason", "AUTHENTICATED_FAILED"}, body: `{}`, read: true, verdict: plan.Locked, problem: "this server's login", advice: "jira.auth"},
		{name: "201, login failed", status: 201, header: []string{"Content-Type", jsonType, "X-Seraph-LoginReason", "AUTHENTICATED_FAILED"}, body: `{}`, verdict: plan.Locked, uncertain: true},
		{name: "404, login failed", status: 404, header: []string{"Content-Type", jsonType, "X-Seraph-LoginReason", "AUTHENTICATED_FAILED"}, body: missing, read: true, verdict: plan.Locked},
		{name: "login went well", status: 200, header: []string{"Content-Type", jsonType, "X-Seraph-LoginReason", "OK"}, body: `{}`, read: true},
		{name: "CAPTCHA", status: 403, header: []string{"X-Seraph-LoginReason", "AUTHENTICATION_DENIED", "X-Authentication-Denied-Reason", "CAPTCHA_CHALLENGE; login-url=https://jira.example.com/login.jsp"}, read: true, verdict: plan.Locked, never: true, problem: "CAPTCHA", advice: "queue resume"},
		{name: "CAPTCHA, reason only", status: 401, header: []string{"X-Authentication-Denied-Reason", "CAPTCHA_CHALLENGE"}, verdict: plan.Locked, never: true},
		{name: "denied", status: 403, header: []string{"X-Seraph-LoginReason", "AUTHENTICATION_DENIED"}, verdict: plan.Locked, never: true},
		{name: "401", status: 401, header: []string{"Content-Type", jsonType}, body: `{"message":"Client must be authenticated to access this resource.","status-code":401}`, read: true, verdict: plan.Locked, problem: "Jira does not accept this server's login: Client must be authenticated", advice: "personal access token"},
		{name: "401 page", status: 401, header: []string{"Content-Type", "text/html"}, body: "<html>", verdict: plan.Locked, problem: "401 Unauthorized"},
		{name: "302", status: 302, header: []string{"Location", "https://login.example.com/sso?token=geheim"}, read: true, verdict: plan.Locked, problem: "to https://login.example.com/sso", advice: "jira.url"},
		{name: "302 to a path", status: 302, header: []string{"Location", "/login.jsp"}, verdict: plan.Locked, problem: "to https://jira.example.com/login.jsp"},
		{name: "301 to nowhere", status: 301, verdict: plan.Locked, problem: "redirects"},
		{name: "XSRF", status: 403, header: []string{"Content-Type", "text/html"}, body: "XSRF check failed", verdict: plan.Locked, problem: "XSRF check failed", advice: "jira.proxy"},
		{name: "XSRF in JSON", status: 403, header: []string{"Content-Type", jsonType}, body: `{"errorMessages":["XSRF check failed"]}`, verdict: plan.Locked},
		{name: "words of a pusher lock nothing", status: 400, header: []string{"Content-Type", jsonType}, body: `{"errorMessages":[],"errors":{"comment":"Not allowed: XSRF check failed"}}`, verdict: plan.Refused},
		{name: "IP allow list", status: 403, header: []string{"Content-Type", jsonType}, body: `{"errorMessages":["The IP address has been rejected because it is not on the allowed list. Contact your administrator."]}`, verdict: plan.Locked, problem: "The IP address has been rejected", advice: "allow list"},
		{name: "passwords switched off", status: 403, header: []string{"Content-Type", jsonType}, body: `{"message":"Basic Authentication has been disabled on this instance."}`, verdict: plan.Locked, advice: "personal access token"},
		{name: "403", status: 403, header: []string{"Content-Type", jsonType}, body: `{"errorMessages":["No Link Issue Permission for issue 'A-1'"]}`, verdict: plan.Refused, problem: "No Link Issue Permission"},
		{name: "403 page on a read", status: 403, header: []string{"Content-Type", "text/html"}, body: "<html>", read: true, verdict: plan.Locked, problem: "not Jira's REST API (403"},
		{name: "403 page on a write", status: 403, header: []string{"Content-Type", "text/html"}, body: "<html>", verdict: plan.Later, uncertain: true, problem: "something other than Jira refuses this (403 Forbidden)", advice: "firewall"},
		{name: "403 page of Jira's on a write", status: 403, header: []string{"Content-Type", "text/html", "X-AREQUESTID", "900x12x1"}, body: "<html>", verdict: plan.Refused, problem: "403 Forbidden"},
		{name: "415 of Jira's REST module", status: 415, header: []string{"Content-Type", jsonType}, body: `{"message":"m","status-code":415}`, verdict: plan.Refused, problem: "m"},
		{name: "404", status: 404, header: []string{"Content-Type", jsonType}, body: missing, read: true, verdict: plan.Skipped},
		{name: "404 page", status: 404, header: []string{"Content-Type", "text/html"}, body: "<html>", read: true, verdict: plan.Locked, advice: "context path"},
		{name: "404 of a gateway", status: 404, header: []string{"Content-Type", "application/json"}, body: `{"status":404,"error":"Not Found","message":"No message available"}`, read: true, verdict: plan.Locked},
		{name: "400", status: 400, header: []string{"Content-Type", jsonType}, body: `{"errorMessages":["b","a"],"errors":{"y":"2","x":"1"}}`, verdict: plan.Refused, problem: "b; a; x: 1; y: 2"},
		{name: "400, odd values", status: 400, header: []string{"Content-Type", jsonType}, body: `{"errorMessages":"one","errors":{"x":["p","q"],"y":3,"z":{"message":"m"},"w":null}}`, verdict: plan.Refused, problem: "one; x: p; q; y: 3; z: m"},
		{name: "400, a list of errors", status: 400, header: []string{"Content-Type", jsonType}, body: `{"errors":[{"message":"m"}]}`, verdict: plan.Refused, problem: "m"},
		{name: "409", status: 409, verdict: plan.Later},
		{name: "409 with a time", status: 409, header: []string{"Retry-After", "3"}, verdict: plan.Later, wait: 3 * time.Second},
		{name: "425", status: 425, header: []string{"Retry-After", "4"}, verdict: plan.Later, wait: 4 * time.Second},
		{name: "500 with a time", status: 500, header: []string{"Retry-After", "5"}, verdict: plan.Later, uncertain: true, wait: 5 * time.Second},
		{name: "501", status: 501, verdict: plan.Later, uncertain: true, problem: "501"},
		{name: "408 with a time", status: 408, header: []string{"Retry-After", "6"}, verdict: plan.Away, uncertain: true, wait: 6 * time.Second},
		{name: "403 page with a time", status: 403, header: []string{"Content-Type", "text/html", "Retry-After", "7"}, body: "<html>", verdict: plan.Later, uncertain: true, wait: 7 * time.Second},
		{name: "404 page of Jira's on a write", status: 404, header: []string{"Content-Type", "text/html", "X-AREQUESTID", "900x12x1"}, body: "<html>", verdict: plan.Skipped},
		{name: "399", status: 399, verdict: plan.Locked, problem: "redirects (399)"},
		{name: "302 to no address", status: 302, header: []string{"Location", "%zz"}, verdict: plan.Locked, problem: "redirects (302 Found)"},
		{name: "302 to a query", status: 302, header: []string{"Location", "?token=geheim"}, verdict: plan.Locked, problem: "redirects (302 Found)"},
		{name: "302 to a host", status: 302, header: []string{"Location", "https://login.example.com"}, verdict: plan.Locked, problem: "to https://login.example.com"},
		{name: "a status without a name", status: 499, header: []string{"Content-Type", jsonType}, body: `{"errorMessages":[]}`, verdict: plan.Refused, problem: "Jira answers 499"},
		{name: "IP allow list at 500", status: 500, header: []string{"Content-Type", jsonType}, body: `{"errorMessages":["The IP address has been rejected"]}`, verdict: plan.Later, uncertain: true},
		{name: "IP allow list at 499", status: 499, header: []string{"Content-Type", jsonType}, body: `{"errorMessages":["The IP address has been rejected"]}`, verdict: plan.Locked, advice: "allow list"},
		{name: "IP allow list at 400", status: 400, header: []string{"Content-Type", jsonType}, body: `{"errorMessages":["The IP address has been rejected"]}`, verdict: plan.Locked, advice: "allow list"},
		{name: "a page of another status that speaks of XSRF", status: 400, header: []string{"Content-Type", "text/html", "X-AREQUESTID", "1"}, body: "XSRF check failed", verdict: plan.Refused},
		{name: "JSON that speaks of XSRF", status: 403, header: []string{"Content-Type", jsonType}, body: `{"errorMessages":[],"errors":{"comment":"no: XSRF check failed"}}`, verdict: plan.Refused},
		{name: "201 text", status: 201, body: "ok", verdict: plan.Later, uncertain: true},
		{name: "201 empty, called a page", status: 201, header: []string{"Content-Type", "text/html"}, verdict: plan.Later, uncertain: true},
		{name: "200 empty on a write", status: 200, verdict: plan.Later, uncertain: true},
		{name: "a problem in JSON", status: 200, header: []string{"Content-Type", "application/problem+json"}, body: `{}`, read: true},
		{name: "JSON that is no application's", status: 200, header: []string{"Content-Type", "text/x+json"}, body: `{}`, read: true, verdict: plan.Locked},
		{name: "an application's text", status: 200, header: []string{"Content-Type", "application/text"}, body: `{}`, read: true, verdict: plan.Locked},
		{name: "413", status: 413, header: []string{"Content-Type", jsonType}, body: `{"errorMessages":["limit of 5,000 comments"]}`, verdict: plan.Refused, problem: "5,000"},
		{name: "429", status: 429, header: []string{"Retry-After", "30"}, verdict: plan.Away, wait: 30 * time.Second},
		{name: "429 of the gateway", status: 429, header: []string{"X-RateLimit-Reset", "2026-11-24T15:02Z", "RateLimit-Reason", "jira-burst-based"}, verdict: plan.Away, wait: 2 * time.Minute},
		{name: "429 for one issue", status: 429, header: []string{"Retry-After", "2", "RateLimit-Reason", "jira-per-issue-on-write"}, verdict: plan.Later, wait: 2 * time.Second},
		{name: "500", status: 500, verdict: plan.Later, uncertain: true, problem: "500 Internal Server Error"},
		{name: "500 on a read", status: 500, read: true, verdict: plan.Later},
		{name: "502", status: 502, verdict: plan.Away, uncertain: true},
		{name: "503", status: 503, header: []string{"Retry-After", "120"}, verdict: plan.Away, uncertain: true, wait: 2 * time.Minute},
		{name: "503 on a read", status: 503, read: true, verdict: plan.Away},
		{name: "504", status: 504, verdict: plan.Away, uncertain: true},
		{name: "408", status: 408, verdict: plan.Away, uncertain: true},
		{name: "407", status: 407, verdict: plan.Locked, advice: "jira.proxy"},
	}
	c := offline(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			for i := 0; i < len(tt.header); i += 2 {
				h.Add(tt.header[i], tt.header[i+1])
			}
			err := c.judge(context.Background(), answer{status: tt.status, header: h, body: []byte(tt.body), short: "GET /x: 1"}, !tt.read)
			if tt.verdict == "" {
				if err != nil {
					t.Fatalf("error %v", err)
				}
				return
			}
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("error %v", err)
			}
			if e.Verdict != tt.verdict || e.Uncertain != tt.uncertain || e.RetryAfter != tt.wait || e.NeverProbe != tt.never || e.Status != tt.status {
				t.Errorf("got %+v", e)
			}
			if !strings.Contains(e.Problem, tt.problem) || e.Problem == "" {
				t.Errorf("problem %q, want %q", e.Problem, tt.problem)
			}
			if !strings.Contains(e.Advice, tt.advice) {
				t.Errorf("advice %q, want %q", e.Advice, tt.advice)
			}
			if e.Verdict == plan.Locked && e.Advice == "" {
				t.Error("locked without advice")
			}
			if strings.Contains(e.Problem, "geheim") {
				t.Errorf("problem %q tells a query", e.Problem)
			}
		})
	}
}

func TestLoginAdvice(t *testing.T) {
	tests := []struct {
		name   string
		change func(*config.Jira)
		want   string
	}{
		{"token on Cloud", func(j *config.Jira) { j.URL = "https://x.atlassian.net" }, "jira.auth.type: basic"},
		{"basic on Cloud", func(j *config.Jira) { j.URL, j.Auth = "https://x.atlassian.net", basic("a@b.test") }, "jira.api_url: https://api.atlassian.com/ex/jira/11111111-2222-3333-4444-555555555555"},
		{"scoped", func(j *config.Jira) {
			j.URL, j.APIURL, j.Auth = "https://x.atlassian.net", "https://api.atlassian.com/ex/jira/1", basic("a@b.test")
		}, "read:jira-work"},
		{"password on a Server", func(j *config.Jira) { j.Auth = basic("bot") }, "user name and password"},
		{"token on a Server", func(*config.Jira) {}, "8.14"},
		{"service account", func(j *config.Jira) { j.Auth = config.Auth{Type: "oauth", ClientID: "app"} }, "the scope WRITE"},
		{"service account on Cloud", func(j *config.Jira) {
			j.URL, j.Auth = "https://x.atlassian.net", config.Auth{Type: "oauth", ClientID: "app"}
		}, "write:jira-work"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := offline(t, tt.change).loginAdvice(t.Context()); !strings.Contains(got, tt.want) {
				t.Errorf("advice %q, want %q in it", got, tt.want)
			}
		})
	}
}

// Whatever is answered, and by whom: only what Jira itself says lets an action die
// or leaves it out. Each status is tried with each kind of body.
func TestOnlyJiraRefuses(t *testing.T) {
	bodies := []struct {
		name, contentType, body string
		cut                     error
		jira                    bool // it speaks
	}{
		{"Jira's words", jsonType, `{"errorMessages":["no"],"errors":{}}`, nil, true},
		{"Jira's words, and no end", jsonType, `{"errorMessages":["no"],"errors":{}}`, io.ErrUnexpectedEOF, true},
		{"Jira's fields", jsonType, `{"errors":{"comment":"no"}}`, nil, true},
		{"nothing", "", "", nil, false},
		{"a page", "text/html", "<html><title>Request blocked</title>", nil, false},
		{"text", "text/plain", "no", nil, false},
		{"a gateway's JSON", "application/json", `{"status":404,"error":"Not Found"}`, nil, false},
		{"a list", "application/json", `["no"]`, nil, false},
		{"JSON that is none", jsonType, `{"errorMessages":["no"`, nil, false},
		{"a cut body", jsonType, `{"errorMessages":["n`, io.ErrUnexpectedEOF, false},
		{"too much", jsonType, `{"errorMessages":["n`, errTooLarge, false},
		{"too much of a page", "text/html", "<html>", errTooLarge, false},
		{"a slow body", jsonType, "", context.DeadlineExceeded, false},
	}
	c := offline(t, nil)
	for _, b := range bodies {
		for status := 100; status < 700; status++ {
			for _, writes := range []bool{false, true} {
				a := answer{status: status, header: http.Header{"Content-Type": {b.contentType}}, body: []byte(b.body), cut: b.cut, short: "GET /x: 1"}
				err := c.judge(t.Context(), a, writes)
				e, ok := errors.AsType[*Error](err)
				if !ok {
					if err != nil || status < 200 || status > 299 {
						t.Fatalf("%d with %s: %v", status, b.name, err)
					}
					continue
				}
				switch e.Verdict {
				case plan.Later, plan.Away, plan.Locked:
				case plan.Refused, plan.Skipped:
					if !b.jira {
						t.Errorf("%d with %s, writes: %v: %s (%v)", status, b.name, writes, e.Verdict, e)
					}
				default:
					t.Errorf("%d with %s: verdict %q", status, b.name, e.Verdict)
				}
				if want := map[int]plan.Verdict{400: plan.Refused, 403: plan.Refused, 404: plan.Skipped}[status]; b.jira && want != "" && (e.Verdict != want || e.Problem == "") {
					t.Errorf("%d with %s: verdict %s (%v), want %s", status, b.name, e.Verdict, e, want)
				}
				if !writes && e.Uncertain {
					t.Errorf("%d with %s: a read is uncertain", status, b.name)
				}
				if writes && !b.jira && !e.Uncertain && status >= 402 && status < 500 && !slices.Contains([]int{407, 409, 425, 429}, status) {
					t.Errorf("%d with %s: it is certain that nothing was done", status, b.name)
				}
			}
		}
	}
}

func basic(user string) config.Auth { return config.Auth{Type: "basic", Username: user} }

func TestErrorHidesTheSecret(t *testing.T) {
	c := offline(t, nil)
	body := `{"errorMessages":["bad token s3cret-token"]}`
	e := c.refusal(t.Context(), answer{status: 400, header: http.Header{"Content-Type": {jsonType}}, body: []byte(body)}, true)
	if strings.Contains(e.Error(), "s3cret-token") {
		t.Errorf("error %q", e)
	}
	for secret, want := range map[string]string{"12345": "a 12345", "123456": "a …"} {
		c.login.secrets = []string{secret}
		if got := c.hideSecret("a " + secret); got != want {
			t.Errorf("a secret of %d letters: %q", len(secret), got)
		}
	}
}

// Whatever somebody answers, the meaning is one of the known ones and its words
// fit on a line.
func FuzzJudge(f *testing.F) {
	f.Add(400, jsonType, "", "", []byte(`{"errorMessages":["a"],"errors":{"x":"y"}}`), true)
	f.Add(200, "text/html", "", "", []byte("<html>"), false)
	f.Add(201, "text/html", "AUTHENTICATED_FAILED", "", []byte(""), true)
	f.Add(302, "", "", "https://\x1b[31mevil/", []byte(nil), true)
	f.Add(429, "application/json", "", "", []byte(`{"errors":[[[["x"]]]],"message":7,"errorMessages":{"message":"\u202e\u0007"}}`), true)
	f.Add(-5, "application/problem+json", "OK", "%zz", []byte(`[1,2]`), false)
	f.Fuzz(func(t *testing.T, status int, contentType, seraph, location string, body []byte, writes bool) {
		c := offline(t, nil)
		h := http.Header{"Content-Type": {contentType}, "X-Seraph-Loginreason": {seraph}, "Location": {location}}
		err := c.judge(context.Background(), answer{status: status, header: h, body: body, short: "POST /x: 1"}, writes)
		if err == nil {
			if status < 200 || status > 299 {
				t.Fatalf("status %d is no error", status)
			}
			return
		}
		r := resultOf(err)
		switch r.Verdict {
		case plan.Skipped, plan.Refused, plan.Later, plan.Away, plan.Locked:
		default:
			t.Fatalf("verdict %q", r.Verdict)
		}
		if !writes && r.Uncertain {
			t.Error("a read is uncertain")
		}
		if r.Problem == "" || !utf8.ValidString(r.Problem) || utf8.RuneCountInString(r.Problem) > maxWords || strings.ContainsFunc(r.Problem, unicode.IsControl) {
			t.Errorf("problem %q", r.Problem)
		}
	})
}

// A token with scopes has to be used at an address of its own; there, it lacks some.
func TestScopesDoNotMatch(t *testing.T) {
	a := answer{status: http.StatusUnauthorized, header: http.Header{"Content-Type": {jsonType}}, short: "GET /x: 401",
		body: []byte(`{"errorMessages":["Unauthorized; scope does not match"],"errors":{}}`)}
	for url, advice := range map[string]string{
		"": "jira.api_url: https://api.atlassian.com/ex/jira/11111111-2222-3333-4444-555555555555",
		"https://api.atlassian.com/ex/jira/7f8f9b57": "give the token the scopes read:jira-work, write:jira-work and read:jira-user",
	} {
		err := offline(t, func(j *config.Jira) { j.APIURL = url }).judge(t.Context(), a, false)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Verdict != plan.Locked || !strings.Contains(e.Advice, advice) || !strings.Contains(e.Problem, "scope does not match") {
			t.Errorf("at %q: %+v", url, err)
		}
	}
}
