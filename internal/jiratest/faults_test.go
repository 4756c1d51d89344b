package jiratest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const commentPath, commentJSON = "/issue/SHOP-12/comment", `{"body":"x"}`

// Faults that answer, and whether the comment was added.
func TestFaultsWithAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		fault   Fault
		status  int
		part    string
		header  [2]string
		applied bool
	}{
		"503":            {Fault{Kind: StatusCode}, 503, "Fault on demand", [2]string{"Retry-After", ""}, false},
		"503 with wait":  {Fault{Kind: StatusCode, RetryAfter: "30"}, 503, "", [2]string{"Retry-After", "30"}, false},
		"500 applied":    {Fault{Kind: StatusCode, Status: 500, Applied: true}, 500, "", [2]string{}, true},
		"502 applied":    {Fault{Kind: StatusCode, Status: 502, Applied: true, Header: map[string]string{"X-A": "b"}}, 502, "", [2]string{"X-A", "b"}, true},
		"429":            {Fault{Kind: RateLimited, RetryAfter: "7"}, 429, "Rate limit", [2]string{"Retry-After", "7"}, false},
		"429 silent":     {Fault{Kind: RateLimited}, 429, "", [2]string{"Retry-After", ""}, false},
		"429 reset":      {Fault{Kind: RateLimited}, 429, "", [2]string{"RateLimit-Reason", "jira-burst-based"}, false},
		"maintenance":    {Fault{Kind: Maintenance, RetryAfter: "60"}, 503, "<!DOCTYPE html>", [2]string{"Retry-After", "60"}, false},
		"html":           {Fault{Kind: HTML}, 201, "<!DOCTYPE html>", [2]string{"Content-Type", "text/html;charset=UTF-8"}, true},
		"empty":          {Fault{Kind: Empty}, 201, "", [2]string{"Content-Length", "0"}, true},
		"garbage":        {Fault{Kind: Garbage}, 201, `{"id":"10`, [2]string{"Content-Type", "application/json;charset=UTF-8"}, true},
		"slow":           {Fault{Kind: Slow, Delay: 20 * time.Millisecond}, 201, `"body":"x"`, [2]string{}, true},
		"huge":           {Fault{Kind: Huge}, 201, "filler", [2]string{"Content-Length", "33554432"}, true},
		"late":           {Fault{Kind: Late, Delay: time.Millisecond}, 201, `"body":"x"`, [2]string{}, true},
		"hang, answered": {Fault{Kind: Hang, Delay: time.Millisecond, Applied: true}, 201, `"body":"x"`, [2]string{}, true},
		"login":          {Fault{Kind: Login}, 302, "", [2]string{"X-Seraph-LoginReason", ""}, false},
		"unauthorized":   {Fault{Kind: Unauthorized}, 401, "must be authenticated", [2]string{}, false},
		"auth failed":    {Fault{Kind: AuthFailed}, 404, "", [2]string{"X-Seraph-LoginReason", "AUTHENTICATED_FAILED"}, false},
		"captcha":        {Fault{Kind: Captcha}, 403, "", [2]string{"X-Seraph-LoginReason", "AUTHENTICATION_DENIED"}, false},
		"xsrf":           {Fault{Kind: XSRF}, 403, "XSRF check failed", [2]string{}, false},
		"ip":             {Fault{Kind: IPBlocked}, 403, "The IP address has been rejected because it is not on the allowed list.", [2]string{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, Options{})
			c.inject(tt.fault)
			a, err := c.try("POST", c.URL()+"/rest/api/2"+commentPath, commentJSON)
			if err != nil || a.status != tt.status || !strings.Contains(a.body, tt.part) {
				t.Errorf("got %d %.200s %v", a.status, a.body, err)
			}
			if tt.header[0] != "" && a.header.Get(tt.header[0]) != tt.header[1] {
				t.Errorf("header %v", a.header)
			}
			if n := len(c.Issue("SHOP-12").Comments); (n == 1) != tt.applied {
				t.Errorf("%d comments", n)
			}
			log := c.Requests()[0]
			if log.Status != tt.status || log.Fault != tt.fault.Kind {
				t.Errorf("log %+v", log)
			}
			c.want("GET", commentPath, "", 200, "") // it struck once
		})
	}
}

// Faults that cut the connection.
func TestFaultsWithoutAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		fault   Fault
		applied bool
	}{
		"drop":         {Fault{Kind: Drop}, false},
		"drop applied": {Fault{Kind: Drop, Applied: true}, true},
		"hang":         {Fault{Kind: Hang, Delay: time.Millisecond}, false},
		"truncated":    {Fault{Kind: Truncated}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, Options{Flavour: DataCenter10})
			c.inject(tt.fault)
			_, err := c.try("POST", c.URL()+"/rest/api/2"+commentPath, commentJSON)
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("error %v", err)
			}
			if n := len(c.Issue("SHOP-12").Comments); (n == 1) != tt.applied {
				t.Errorf("%d comments", n)
			}
		})
	}
}

// impatient posts a comment, and gives up as soon as the fake has the request.
func impatient(t *testing.T, c *client) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var seen atomic.Bool
	seenIt := func(*http.Request) bool {
		if !seen.Swap(true) {
			cancel()
		}
		return true
	}
	c.mu.Lock()
	c.faults[0].Match = seenIt
	c.mu.Unlock()
	r, _ := http.NewRequestWithContext(ctx, "POST", c.URL()+"/rest/api/2"+commentPath, strings.NewReader(commentJSON))
	r.SetBasicAuth(c.user, c.password)
	r.Header.Set("Content-Type", "application/json")
	if _, err := http.DefaultClient.Do(r); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
}

func TestClientGivesUp(t *testing.T) {
	for _, tt := range []struct {
		fault   Fault
		applied int
	}{
		{Fault{Kind: Hang, Applied: true}, 1},
		{Fault{Kind: Hang}, 0},
		{Fault{Kind: Late, Delay: time.Millisecond}, 1}, // carried out although nobody waits
	} {
		c := start(t, Options{})
		c.inject(tt.fault)
		impatient(t, c)
		c.inflight.Wait()
		if n := len(c.Issue("SHOP-12").Comments); n != tt.applied {
			t.Errorf("%s: %d comments", tt.fault.Kind, n)
		}
	}
}

func TestCloseEndsHanging(t *testing.T) {
	for _, f := range []Fault{{Kind: Hang}, {Kind: Hang, Delay: time.Hour}, {Kind: Late, Delay: time.Hour}} {
		c := start(t, Options{})
		arrived := make(chan bool, 1)
		f.Match = func(*http.Request) bool { arrived <- true; return true }
		c.inject(f)
		done := make(chan error)
		go func() {
			_, err := c.try("GET", c.URL()+"/rest/api/2/serverInfo", "")
			done <- err
		}()
		<-arrived
		c.Close()
		if err := <-done; err == nil {
			t.Errorf("%s: an answer from a closed server", f.Kind)
		}
	}
}

func TestWhichRequestsAreStruck(t *testing.T) {
	c := start(t, Options{})
	c.inject(Fault{Kind: XSRF, Method: "post", Path: `/comment$`, Skip: 1, Times: 2})
	c.inject(Fault{Kind: StatusCode, Path: `^/browse/`, Times: Forever, Status: 500})
	statuses := []int{}
	for range 4 {
		statuses = append(statuses, c.do("POST", commentPath, commentJSON).status)
	}
	if want := []int{201, 403, 403, 201}; !slices.Equal(statuses, want) {
		t.Errorf("got %v, want %v", statuses, want)
	}
	c.want("GET", commentPath, "", 200, "")
	for range 2 {
		if a, _ := c.try("GET", c.URL()+"/browse/SHOP-12", ""); a.status != 500 {
			t.Errorf("page: %d", a.status)
		}
	}
	c.ClearFaults()
	c.inject(Fault{Kind: StatusCode, Times: Forever})
	if a, _ := c.try("GET", c.URL()+"/browse/SHOP-12", ""); a.status != 200 {
		t.Errorf("a fault without a path struck a page for people: %d", a.status)
	}
	c.want("GET", "/serverInfo", "", 503, "")
	c.ClearFaults()
	c.want("GET", "/serverInfo", "", 200, "")
}

func TestRandomFaultsCanBeRepeated(t *testing.T) {
	run := func(seed uint64) (struck []Kind) {
		c := start(t, Options{Seed: seed, Flavour: DataCenter10})
		c.inject(Fault{Kind: Any, Probability: 0.5, Times: Forever, Method: "GET"})
		for range 16 {
			c.try("GET", c.URL()+"/rest/api/2/serverInfo", "") //nolint:errcheck // it may fail, that is the point
		}
		for _, q := range c.Requests() {
			struck = append(struck, q.Fault)
		}
		return struck
	}
	first, again, other := run(1), run(1), run(2)
	if !slices.Equal(first, again) || slices.Equal(first, other) {
		t.Errorf("\n%v\n%v\n%v", first, again, other)
	}
	if slices.Contains(first, Hang) {
		t.Error("hangs without a delay")
	}
}

func TestBadFaults(t *testing.T) {
	s := New(Options{})
	for _, f := range []Fault{{}, {Kind: "nonsense"}, {Kind: Drop, Path: "("}} {
		if s.Inject(f) == nil {
			t.Errorf("%+v was accepted", f)
		}
	}
}

func TestLoginPageAnswers200(t *testing.T) {
	c := start(t, Options{Flavour: Server7, Context: "/jira"})
	c.inject(Fault{Kind: Login})
	a := c.do("POST", commentPath, commentJSON)
	page, err := c.try("GET", a.header.Get("Location"), "")
	if err != nil || page.status != 200 || !strings.Contains(page.body, "Log in") {
		t.Errorf("%d %v", page.status, err)
	}
}
