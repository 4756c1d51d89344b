package jira

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"jirahook/config"
	"jirahook/internal/jiratest"
	"jirahook/plan"
)

func TestNewRefuses(t *testing.T) {
	good := config.Jira{URL: "https://jira.example.com", Auth: config.Auth{Type: "token"}}
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		secret string
		change func(*config.Jira)
		want   string
	}{
		{"no secret", "", nil, "no secret"},
		{"secret of two lines", "a\nb", nil, "second line"},
		{"no address", "x", func(j *config.Jira) { j.URL = "" }, "no http or https address"},
		{"no host", "x", func(j *config.Jira) { j.URL = "https:///jira" }, "no http or https address"},
		{"other scheme", "x", func(j *config.Jira) { j.URL = "ftp://jira.example.com" }, "no http or https address"},
		{"not an address", "x", func(j *config.Jira) { j.URL = "https://a:geheim@b:c/%zz" }, "cannot be read"},
		{"password in the address", "x", func(j *config.Jira) { j.URL = "https://bot:geheim@jira.example.com" }, "use jira.auth"},
		{"password in another address", "x", func(j *config.Jira) { j.URL = "ftp://bot:geheim@jira.example.com" }, "xxxxx"},
		{"unknown type", "x", func(j *config.Jira) { j.Auth.Type = "kerberos" }, `"kerberos" is unknown`},
		{"basic without a name", "x", func(j *config.Jira) { j.Auth.Type = "basic" }, "jira.auth.username"},
		{"colon in the name", "x", func(j *config.Jira) { j.Auth = basic("a:b") }, "jira.auth.username"},
		{"no such ca_file", "x", func(j *config.Jira) { j.CAFile = "/nowhere/ca.pem" }, "jira.ca_file"},
		{"empty ca_file", "x", func(j *config.Jira) { j.CAFile = empty }, "holds no certificate"},
		{"proxy without a scheme", "x", func(j *config.Jira) { j.Proxy = "proxy.example.com:3128" }, "jira.proxy"},
		{"bad proxy", "x", func(j *config.Jira) { j.Proxy = "http://a:geheim@b:c:d" }, "jira.proxy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := good
			if tt.change != nil {
				tt.change(&cfg)
			}
			_, err := New(Options{Jira: cfg, Secret: tt.secret})
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "geheim") {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
	if _, err := New(Options{Jira: good, Secret: "x\r\n"}); err != nil {
		t.Errorf("a file's last line feed is no part of the secret: %v", err)
	}
}

// serve starts a server for one handler and a client of it.
func serve(t *testing.T, h http.HandlerFunc, change func(*Options)) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return clientOf(t, srv.URL, change)
}

func clientOf(t *testing.T, address string, change func(*Options)) *Client {
	t.Helper()
	o := Options{
		Jira:      config.Jira{URL: address, Deployment: "server", Timeout: 20 * time.Second, Auth: config.Auth{Type: "token"}},
		Secret:    "s3cret-token",
		UserAgent: "jirahook/test",
	}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestHeaders(t *testing.T) {
	var got http.Header
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		w.WriteHeader(http.StatusNoContent)
	}, nil)
	write := request{method: "POST", path: "issue/1/comment", body: map[string]string{}, begin: func() error { return nil }}
	if _, err := c.call(context.Background(), write); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Authorization": "Bearer s3cret-token", "User-Agent": "jirahook/test", "Accept": "application/json",
		"X-Atlassian-Token": "no-check", "Content-Type": "application/json",
	}
	for name, value := range want {
		if got.Get(name) != value {
			t.Errorf("%s: %q, want %q", name, got.Get(name), value)
		}
	}
}

// Neither a redirect nor a wrong address takes the credentials elsewhere.
func TestCredentialsStay(t *testing.T) {
	var reached atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"id":"1","key":"SHOP-12"}`))
	}))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+r.URL.Path, status)
		}, nil)
		for _, kind := range kindsSent {
			r := c.Send(context.Background(), plan.Attempt{Action: action(kind)})
			wantVerdict(t, r, plan.Locked)
			wantIn(t, "problem", r.Problem, "redirects", other.URL)
		}
		wantVerdict(t, c.Probe(context.Background()), plan.Locked)

		req, err := c.jira.NewRequestWithContext(context.Background(), "GET", other.URL+"/rest/api/2/myself", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.jira.Do(req, nil); err == nil || !strings.Contains(err.Error(), errElsewhere.Error()) {
			t.Errorf("another host: %v", err)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("the other host was asked %d times", n)
	}
}

func TestOurs(t *testing.T) {
	base, err := baseURL(config.Jira{URL: "https://jira.example.com/jira/"})
	if err != nil {
		t.Fatal(err)
	}
	tr := &transport{base: base}
	tests := map[string]bool{
		"https://jira.example.com/jira/rest/api/2/myself":  true,
		"http://jira.example.com/jira/rest/api/2/myself":   false,
		"https://jira.example.com:8443/jira/rest":          false,
		"https://jira.example.com.evil.test/jira/rest":     false,
		"https://jira.example.com/rest/api/2/myself":       false,
		"https://jira.example.com/jira/../wiki":            false,
		"https://jira.example.com/jira/%2e%2e/wiki":        false,
		"https://jira.example.com/jirafake/rest/api/2/any": false,
	}
	for address, want := range tests {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := tr.ours(&http.Request{URL: u}); got != want {
			t.Errorf("ours(%s) = %v", address, got)
		}
	}
	u, _ := url.Parse("https://jira.example.com/jira/rest")
	if tr.ours(&http.Request{URL: u, Host: "evil.test"}) {
		t.Error("another Host header is ours")
	}
}

func TestAnswerTooLarge(t *testing.T) {
	b := bedOf(t, jiratest.DataCenter10)
	b.inject(jiratest.Fault{Kind: jiratest.Huge, Method: "GET"})
	r := b.send(action(plan.KindComment))
	wantVerdict(t, r, plan.Later)
	wantIn(t, "problem", r.Problem, "larger than 8 MiB")
	wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
}

func TestTLS(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"name":"bot","version":"9.12.1","versionNumbers":[9,12,1]}`))
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()

	r := clientOf(t, srv.URL, nil).Probe(context.Background())
	wantVerdict(t, r, plan.Away)
	wantIn(t, "problem", r.Problem, "unknown authority")
	wantIn(t, "advice", r.Advice, "jira.ca_file")

	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	withCA := func(o *Options) { o.Jira.CAFile = ca }
	r = clientOf(t, srv.URL, withCA).Probe(context.Background())
	wantVerdict(t, r, plan.Done)
	if r.Words != "Jira 9.12.1 (Server or Data Center), as bot" {
		t.Errorf("words %q", r.Words)
	}

	r = clientOf(t, strings.Replace(srv.URL, "127.0.0.1", "localhost", 1), withCA).Probe(context.Background())
	wantVerdict(t, r, plan.Away)
	wantIn(t, "problem", r.Problem, "another host name")

	plainText := httptest.NewServer(http.NotFoundHandler())
	defer plainText.Close()
	r = clientOf(t, strings.Replace(plainText.URL, "http:", "https:", 1), nil).Probe(context.Background())
	wantVerdict(t, r, plan.Away)
	wantIn(t, "advice", r.Advice, "http://")

	r = clientOf(t, strings.Replace(srv.URL, "https:", "http:", 1), nil).Probe(context.Background())
	wantVerdict(t, r, plan.Locked) // 400: an HTTP request to an HTTPS server
}

func TestOldTLSIsRefused(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	srv.StartTLS()
	defer srv.Close()
	wantVerdict(t, clientOf(t, srv.URL, nil).Probe(context.Background()), plan.Away)
}

func TestProxy(t *testing.T) {
	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.String())
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer proxy.Close()
	c := clientOf(t, "http://jira.invalid", func(o *Options) { o.Jira.Proxy = proxy.URL })
	r := c.Probe(context.Background())
	wantVerdict(t, r, plan.Locked)
	wantIn(t, "advice", r.Advice, "jira.proxy")
	if got := asked.Load(); got != "http://jira.invalid/rest/api/2/serverInfo" {
		t.Errorf("the proxy was asked for %v", got)
	}

	asked.Store("")
	c = clientOf(t, "http://jira.invalid", func(o *Options) {
		o.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
	})
	wantVerdict(t, c.Probe(context.Background()), plan.Locked)
	if asked.Load() == "" {
		t.Error("the proxy of the environment was not asked")
	}

	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	c = clientOf(t, "https://jira.invalid", func(o *Options) { o.Jira.Proxy = "http://bot:geheim@" + closed.Addr().String() })
	r = c.Probe(context.Background())
	wantVerdict(t, r, plan.Away)
	wantIn(t, "problem", r.Problem, "the proxy cannot be reached")
	if strings.Contains(r.Problem+r.Advice+r.Exchange, "geheim") {
		t.Errorf("tells the proxy's password: %+v", r)
	}
}

// The rate is what is configured, a part of a request a second too; as many may go at
// once.
func TestLimiter(t *testing.T) {
	for perSecond, burst := range map[float64]int{0.001: 1, 1: 1, 2: 2, 2.5: 3, 100: 100} {
		if l := newLimiter(perSecond); float64(l.Limit()) != perSecond || l.Burst() != burst {
			t.Errorf("%v: %v, %d at once", perSecond, l.Limit(), l.Burst())
		}
	}
	for _, none := range []float64{0, -1} {
		if l := newLimiter(none); l.Limit() != rate.Inf || !l.Allow() {
			t.Errorf("%v: %v", none, l.Limit())
		}
	}
}

// All requests of a client share the configured rate. What cannot be sent in
// time is not sent at all.
func TestRate(t *testing.T) {
	var served atomic.Int32
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		served.Add(1)
		w.WriteHeader(http.StatusNoContent)
	}, func(o *Options) { o.Jira.Rate = 0.001 })
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	noted := 0
	write := request{method: "POST", path: "issue/1/comment", begin: func() error { noted++; return nil }}
	if _, err := c.call(ctx, write); err != nil {
		t.Fatal(err)
	}
	_, err := c.call(ctx, write)
	r := resultOf(err)
	if r.Verdict != plan.Later || r.Uncertain || served.Load() != 1 || noted != 1 {
		t.Errorf("result %+v after %d requests, noted %d times", r, served.Load(), noted)
	}
}

// Connections are used again: every body is read and closed.
func TestConnectionsAreKept(t *testing.T) {
	var opened atomic.Int32
	b := jiratest.New(jiratest.Options{Flavour: jiratest.Cloud})
	b.AddProject("SHOP", jiratest.SimpleWorkflow())
	b.AddIssue("SHOP-12", "x")
	srv := httptest.NewUnstartedServer(b)
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	user, password, _ := b.Credentials()
	c := clientOf(t, srv.URL, func(o *Options) { o.Jira.Auth, o.Secret = basic(user), password })
	for _, kind := range kindsSent {
		wantVerdict(t, c.Send(context.Background(), plan.Attempt{Action: action(kind)}), plan.Done)
		a := action(kind)
		a.Issue = "SHOP-99"
		wantVerdict(t, c.Send(context.Background(), plan.Attempt{Action: a}), plan.Skipped)
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}
