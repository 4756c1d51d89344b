package jiratest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Data Center 11 gives its service accounts tokens for a form, and lets no password
// through unless it is told to.
func TestServiceAccountOfDataCenter(t *testing.T) {
	now := time.Now()
	s := New(Options{Flavour: DataCenter11, Service: "app", ServiceSecret: "s3cret", Now: func() time.Time { return now }})
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	good := url.Values{"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {"s3cret"}, "scope": {"WRITE"}}
	status, token := tokenFor(t, s.URL()+"/rest/oauth2/latest/token", good)
	if status != 200 || token == "" {
		t.Fatalf("%d, token %q", status, token)
	}
	if got := loginWith(t, s.URL(), "Bearer "+token); got != 200 {
		t.Errorf("the token is answered %d", got)
	}
	for key, wrong := range map[string]string{"grant_type": "password", "client_id": "other", "client_secret": "wrong", "scope": ""} {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		form.Set(key, wrong)
		if status, token := tokenFor(t, s.URL()+"/rest/oauth2/latest/token", form); status/100 != 4 || token != "" {
			t.Errorf("%s %q: %d, token %q", key, wrong, status, token)
		}
	}
	now = now.Add(time.Hour)
	if got := loginWith(t, s.URL(), "Bearer "+token); got != 401 {
		t.Errorf("a token that has ended is answered %d", got)
	}
	_, token = tokenFor(t, s.URL()+"/rest/oauth2/latest/token", good)
	s.RevokeTokens()
	if got := loginWith(t, s.URL(), "Bearer "+token); got != 401 {
		t.Errorf("a token that was revoked is answered %d", got)
	}
	basic := "Basic amlyYWhvb2s6ZmFrZS1wYXNzd29yZA=="
	if got := loginWith(t, s.URL(), basic); got != 403 {
		t.Errorf("a password is answered %d", got)
	}
	s.opts.BasicOn = true
	if got := loginWith(t, s.URL(), basic); got != 200 {
		t.Errorf("a password is answered %d where they are on", got)
	}
}

func tokenFor(t *testing.T, address string, form url.Values) (status int, token string) {
	t.Helper()
	resp, err := http.PostForm(address, form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(resp.Body)
	var answer struct {
		Access  string `json:"access_token"`
		Expires int    `json:"expires_in"`
	}
	if json.Unmarshal(data, &answer) != nil || resp.StatusCode == 200 && answer.Expires != 3600 || strings.Contains(string(data), "s3cret") {
		t.Errorf("%d: %s", resp.StatusCode, data)
	}
	return resp.StatusCode, answer.Access
}

func loginWith(t *testing.T, base, authorization string) int {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, base+"/rest/api/2/myself", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", authorization)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}
