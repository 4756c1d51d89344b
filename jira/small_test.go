package jira

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/internal/jiratest"
	"jirahook/plan"
)

// A value of a field is known by each of its names, and by no other.
func TestNamesOfAValue(t *testing.T) {
	a := allowedValue{ID: "10001", Name: "Erledigt", Untranslated: "Done", Value: "done value", Key: "DK"}
	for s, is := range map[string]bool{"Erledigt": true, "done": true, "Done Value": true, "10001": true, "dk": true, "other": false, "": false, "1000": false} {
		if got := a.is(s); got != is {
			t.Errorf("%q: %v", s, got)
		}
	}
	for want, a := range map[string]allowedValue{
		"n": {Name: "n", Value: "v", Key: "k", ID: "i"}, "v": {Value: "v", Key: "k", ID: "i"}, "k": {Key: "k", ID: "i"}, "i": {ID: "i"}, "?": {},
	} {
		if got := a.String(); got != want {
			t.Errorf("%+v is called %q", a, got)
		}
	}
}

// A comment list that is read to its end is not asked for more.
func TestListIsReadToItsEnd(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST"})
		b.send(action(plan.KindComment))
		b.clock.pass(time.Minute)
		for range 3 {
			b.AddComment("SHOP-12", "ada", "after")
		}
		b.ClearRequests()
		wantVerdict(t, b.again(action(plan.KindComment)), plan.Done)
		lists := 0
		for _, r := range b.asked() {
			if strings.HasPrefix(r, "GET") && strings.HasSuffix(r, "/comment") {
				lists++
			}
		}
		if lists != 1 || b.did("comment") != 4 {
			t.Errorf("%s: %d lists, requests %v", f, lists, b.asked())
		}
	}
}

// What a greeting learns of the way to Jira is told with it.
func TestGreet(t *testing.T) {
	b := bedOf(t, jiratest.Cloud)
	site, contact, err := b.client.Greet(t.Context())
	if err != nil || !site.Cloud {
		t.Fatalf("%+v, %v", site, err)
	}
	if !contact.Asked.Equal(b.clock.now()) || contact.Date.IsZero() || contact.Certificate != nil {
		t.Errorf("%+v", contact)
	}
	b.inject(jiratest.Fault{Kind: jiratest.StatusCode, Status: 503, Method: "GET", Times: 3})
	if _, _, err := b.client.Greet(t.Context()); err == nil {
		t.Error("no error where Jira does not answer")
	}
}

// A file of certificates adds to those of the system, and takes none away.
func TestOwnCertificatesAreAdded(t *testing.T) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	defer srv.Close()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := x509.SystemCertPool()
	if err != nil {
		t.Skip("this system's certificates cannot be read: " + err.Error())
	}
	all.AppendCertsFromPEM(text)
	if got, err := tlsConfig(file); err != nil || !got.RootCAs.Equal(all) {
		t.Errorf("not those of the system and the file: %v", err)
	}
	if got, err := tlsConfig(""); err != nil || got.RootCAs != nil {
		t.Errorf("without a file: %v", err)
	}
}

// TestCheckDevelopment says of each answer of the token's address, and of the
// panel's, who can do something about it.
func TestCheckDevelopment(t *testing.T) {
	for _, test := range []struct {
		name        string
		token, look int
		body        string
		cloudID     string
		want        plan.Verdict // "": it is well
	}{
		{"well", 200, 200, `{"access_token":"t"}`, "c", ""},
		{"nothing there yet", 200, 204, `{"access_token":"t"}`, "c", ""},
		{"too many", 429, 200, "{}", "c", plan.Away},
		{"broken", 500, 200, "{}", "c", plan.Away},
		{"away", 503, 200, "{}", "c", plan.Away},
		{"unknown", 401, 200, "{}", "c", plan.Locked},
		{"the last that is ours", 499, 200, "{}", "c", plan.Locked},
		{"no token", 200, 200, "{}", "c", plan.Locked},
		{"no JSON", 200, 200, "<html>", "c", plan.Away},
		{"no cloud id", 200, 200, `{"access_token":"t"}`, "", plan.Locked},
		{"not logged in there", 200, 401, `{"access_token":"t"}`, "c", plan.Locked},
		{"not allowed there", 200, 403, `{"access_token":"t"}`, "c", plan.Locked},
		{"not found there", 200, 404, `{"access_token":"t"}`, "c", plan.Locked},
		{"redirected there", 200, 300, `{"access_token":"t"}`, "c", plan.Away},
		{"broken there", 200, 500, `{"access_token":"t"}`, "c", plan.Away},
	} {
		t.Run(test.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("User-Agent") != "jirahook/test" {
					t.Errorf("asked by %q", r.Header.Get("User-Agent"))
				}
				switch r.URL.Path {
				case "/api/oauth/token":
					var asked map[string]string
					want := map[string]string{"audience": "api.atlassian.com", "grant_type": "client_credentials", "client_id": "id", "client_secret": "secret"}
					if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || !maps.Equal(asked, want) {
						t.Errorf("asked with %v, %v", asked, err)
					}
					if r.Header.Get("Authorization") != "" {
						t.Error("Jira's own credentials are sent")
					}
					if r.Header.Get("Content-Type") != "application/json" || r.Method != http.MethodPost {
						t.Errorf("%s of %q", r.Method, r.Header.Get("Content-Type"))
					}
					w.WriteHeader(test.token)
					w.Write([]byte(test.body))
				case "/api/jira/devinfo/0.1/cloud/c/existsByProperties":
					if r.Header.Get("Authorization") != "Bearer t" || r.Method != http.MethodGet {
						t.Errorf("%s, authorization %q", r.Method, r.Header.Get("Authorization"))
					}
					w.WriteHeader(test.look)
				default:
					t.Errorf("asked for %s", r.URL.Path)
				}
			}))
			defer srv.Close()
			o := Options{UserAgent: "jirahook/test", Jira: config.Jira{URL: "https://jira.example.com", Timeout: 20 * time.Second}}
			o.Jira.Development.APIURL, o.Jira.Development.ClientID = srv.URL+"/api/", "id"
			err := CheckDevelopment(context.Background(), o, "secret", test.cloudID)
			var e *Error
			switch {
			case test.want == "" && err != nil, test.want != "" && (!errors.As(err, &e) || e.Verdict != test.want || e.Problem == ""):
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	o := Options{UserAgent: "jirahook/test", Jira: config.Jira{URL: "https://jira.example.com"}}
	o.Jira.Development.APIURL = closed.URL
	var e *Error
	if err := CheckDevelopment(t.Context(), o, "secret", "c"); !errors.As(err, &e) || e.Verdict != plan.Away || !strings.HasSuffix(e.Problem, "does not answer: connection refused") {
		t.Errorf("nobody there: %v", err)
	}
	for n, part := range []string{"", `{"access_token":"t"}`} { // the connection is cut at the first request, and at the second
		asked := 0
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if asked++; asked > n {
				w.Header().Set("Content-Length", "100")
				panic(http.ErrAbortHandler)
			}
			w.Write([]byte(part))
		}))
		o.Jira.Development.APIURL = srv.URL
		err := CheckDevelopment(t.Context(), o, "secret", "c")
		srv.Close()
		if !errors.As(err, &e) || e.Verdict != plan.Away || !strings.HasSuffix(e.Problem, "does not answer: the connection was cut") || asked <= n {
			t.Errorf("cut at request %d: %v", asked, err)
		}
	}
	for _, address := range []string{"", "api.example.com", "%"} {
		o := Options{UserAgent: "jirahook/test", Jira: config.Jira{URL: "https://jira.example.com"}}
		o.Jira.Development.APIURL = address
		var e *Error
		if err := CheckDevelopment(context.Background(), o, "secret", "c"); !errors.As(err, &e) || e.Verdict != plan.Locked {
			t.Errorf("%q: %v", address, err)
		}
	}
}
