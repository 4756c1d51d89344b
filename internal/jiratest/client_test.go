package jiratest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// client talks to a fake as jirahook would.
type client struct {
	*testing.T
	*Server
	user, password, token string
	header                map[string]string
}

// answered is what came back.
type answered struct {
	status int
	header http.Header
	body   string
}

// start serves a fake with the project SHOP and the issue SHOP-12.
func start(t *testing.T, o Options) *client {
	t.Helper()
	s := New(o)
	s.AddProject("SHOP", SimpleWorkflow())
	s.AddIssue("SHOP-12", "Cart total is wrong")
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	user, password, _ := s.Credentials()
	return &client{T: t, Server: s, user: user, password: password, header: map[string]string{}}
}

// each runs a test on every kind of Jira.
func each(t *testing.T, test func(*testing.T, Flavour)) {
	for _, f := range []Flavour{Cloud, DataCenter10, Server7, Server6} {
		t.Run(string(f), func(t *testing.T) { test(t, f) })
	}
}

// try makes a request to a whole address. It follows no redirect.
func (c *client) try(method, address, body string) (answered, error) {
	c.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	r.Header.Set("User-Agent", "test/1")
	if method != "GET" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	} else if c.user != "" {
		r.SetBasicAuth(c.user, c.password)
	}
	for k, v := range c.header {
		r.Header.Set(k, v)
	}
	h := http.Client{
		Timeout:       20 * time.Second,
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := h.Do(r)
	if err != nil {
		return answered{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answered{res.StatusCode, res.Header, string(b)}, err
}

// do calls the API; the path begins behind /rest/api/2.
func (c *client) do(method, path, body string) answered {
	c.Helper()
	a, err := c.try(method, c.URL()+"/rest/api/2"+path, body)
	if err != nil {
		c.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// want calls the API and holds the answer against a status and a part of the
// body.
func (c *client) want(method, path, body string, status int, part string) answered {
	c.Helper()
	a := c.do(method, path, body)
	if a.status != status || !strings.Contains(a.body, part) {
		c.Errorf("%s %s %.200s\n got %d %.600s\nwant %d …%s…", method, path, body, a.status, a.body, status, part)
	}
	return a
}

// value finds something in an answer: names, and numbers for places in lists.
func (a answered) value(t *testing.T, path ...any) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewBufferString(a.body))
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	for _, step := range path {
		switch s := step.(type) {
		case string:
			object, _ := v.(map[string]any)
			v = object[s]
		case int:
			list, _ := v.([]any)
			if s >= len(list) {
				return nil
			}
			v = list[s]
		}
	}
	return v
}

// size is how many things a list or object has.
func (a answered) size(t *testing.T, path ...any) int {
	t.Helper()
	switch v := a.value(t, path...).(type) {
	case []any:
		return len(v)
	case map[string]any:
		return len(v)
	}
	return 0
}

// inject breaks the fake.
func (c *client) inject(f Fault) {
	c.Helper()
	if err := c.Inject(f); err != nil {
		c.Fatal(err)
	}
}

// quote makes a JSON text.
func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
