package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/internal/jiratest"
	"jirahook/relay"
)

// ward is a fake Jira with a configuration for it, as doctor is to find them.
type ward struct {
	t    testing.TB
	dir  string
	jira *jiratest.Server
	now  func() time.Time
	// What the configuration says, a line each; jira is the section's inside.
	jiraLines, lines []string
	url, secret      string
	outbox, database string
	options          Options
}

func newWard(t testing.TB, o jiratest.Options) *ward {
	t.Helper()
	w := &ward{t: t, dir: t.TempDir(), jira: jiratest.New(o), now: time.Now}
	if err := w.jira.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.jira.Close)
	w.jira.AddProject("SHOP", jiratest.SimpleWorkflow())
	w.jira.AddIssue("SHOP-1", "Cart total is wrong")
	w.jira.AddIssue("SHOP-2", "Search forgets its filters")
	w.url = w.jira.URL()
	user, password, token := w.jira.Credentials()
	w.secret = token
	auth := "auth: {type: token, secret_file: " + w.dir + "/token}"
	if o.Flavour != jiratest.DataCenter10 {
		w.secret = password
		auth = "auth: {type: basic, username: " + user + ", secret_file: " + w.dir + "/token}"
	}
	if o.Service != "" {
		w.secret = o.ServiceSecret
		auth = "auth: {type: oauth, client_id: " + o.Service + ", secret_file: " + w.dir + "/token}"
	}
	w.jiraLines = []string{auth}
	w.lines = []string{"projects: [SHOP]"}
	w.outbox, w.database = w.dir+"/outbox", "sqlite"
	job := filepath.Join(w.dir, "machine/etc/cron.d/jirahook")
	must(t, os.MkdirAll(filepath.Dir(job), 0o755))
	must(t, os.WriteFile(job, []byte("* * * * * git jirahook deliver\n"), 0o644))
	return w
}

func (w *ward) config() string {
	var b strings.Builder
	fmt.Fprintf(&b, "version: 1\njira:\n  url: %s\n", w.url)
	for _, l := range w.jiraLines {
		fmt.Fprintf(&b, "  %s\n", l)
	}
	fmt.Fprintf(&b, "server: {kind: gitea, url: \"https://git.example.com\"}\noutbox: {dir: %s, database: %q}\n", w.outbox, w.database)
	for _, l := range w.lines {
		fmt.Fprintln(&b, l)
	}
	return b.String()
}

// examine runs doctor and returns its findings, a line for each, and what they come to.
func (w *ward) examine() ([]Finding, string, Outcome) {
	w.t.Helper()
	file := filepath.Join(w.dir, "config.yaml")
	must(w.t, os.WriteFile(file, []byte(w.config()), 0o600))
	must(w.t, os.WriteFile(filepath.Join(w.dir, "token"), []byte(w.secret+"\n"), 0o600))
	var all []Finding
	Run(context.Background(), Process{
		Relay: &relay.Relay{
			Place: config.Place{Main: file, Named: true, Dir: w.dir}, Getenv: w.getenv, Now: w.now, Version: "test",
			Proxy: func(*http.Request) (*url.URL, error) { return nil, nil },
		},
		Environ: os.Environ(), User: User{ID: os.Geteuid(), Name: "tester"},
	}, w.options, func(found ...Finding) { all = append(all, found...) })
	var lines strings.Builder
	for _, f := range all {
		fmt.Fprintf(&lines, "%s %s %s: %s (%s)\n", f.Status, f.Check, f.About, f.Says, f.Advice)
	}
	return all, lines.String(), OutcomeOf(all)
}

// getenv names for the machine's root a folder of the test's, where a job of cron sends
// what waits.
func (w *ward) getenv(name string) (string, bool) {
	if name == "DESTDIR" {
		return filepath.Join(w.dir, "machine"), true
	}
	return os.LookupEnv(name)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func login(w *ward) {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodGet, w.jira.URL()+"/rest/api/2/myself", nil)
	must(w.t, err)
	req.SetBasicAuth("jirahook", "wrong")
	resp, err := http.DefaultClient.Do(req)
	must(w.t, err)
	must(w.t, resp.Body.Close())
}

func development(secret string) func(*ward) {
	return func(w *ward) {
		file := filepath.Join(w.dir, "oauth")
		must(w.t, os.WriteFile(file, []byte(secret), 0o600))
		w.jiraLines = append(w.jiraLines, fmt.Sprintf("development: {client_id: id, secret_file: %s, api_url: %q}", file, w.jira.URL()))
	}
}

// secure serves the fake over TLS with a certificate of its own, for an address,
// good until a time; it returns the URL and the certificate in PEM form.
func secure(w *ward, ips []net.IP, until time.Time) (url string, certificate []byte) {
	w.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(w.t, err)
	if ips == nil {
		ips = []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until,
		IPAddresses: ips, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(w.t, err)
	server := httptest.NewUnstartedServer(w.jira)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are what is tried here
	server.StartTLS()
	w.t.Cleanup(server.Close)
	return server.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func trusted(until time.Time, ip string) func(*ward) {
	return func(w *ward) {
		url, certificate := secure(w, []net.IP{net.ParseIP(ip)}, until)
		file := filepath.Join(w.dir, "ca.pem")
		must(w.t, os.WriteFile(file, certificate, 0o600))
		w.url = url
		w.jiraLines = append(w.jiraLines, "ca_file: "+file)
	}
}

// service is a Data Center with a service account.
func service() jiratest.Options {
	return jiratest.Options{Flavour: jiratest.DataCenter11, Service: "app", ServiceSecret: "service-secret"}
}

// ends lets the secret end in so many days, by the configuration.
func ends(days int) func(*ward) {
	return func(w *ward) {
		w.jiraLines = []string{"auth: {type: token, secret_file: " + w.dir + "/token, expires: " + time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) + "}"}
	}
}
