package jiratest

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestServerInfo(t *testing.T) {
	want := map[Flavour][2]any{Cloud: {"Cloud", 1001.0}, DataCenter10: {"Server", 10.0}, Server7: {"Server", 7.0}, Server6: {nil, 6.0}}
	each(t, func(t *testing.T, f Flavour) {
		a := start(t, Options{Flavour: f}).do("GET", "/serverInfo", "")
		if kind, major := a.value(t, "deploymentType"), a.value(t, "versionNumbers", 0); kind != want[f][0] || major != want[f][1] {
			t.Errorf("got %v %v, want %v", kind, major, want[f])
		}
	})
}

func TestMyself(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f, Account: User{Name: "hook", AccountID: "712020:1", DisplayName: "Hook"}})
		a := c.want("GET", "/myself", "", 200, `"displayName":"Hook"`)
		name, id := a.value(t, "name"), a.value(t, "accountId")
		if cloud := f == Cloud; cloud && (name != nil || id != "712020:1") || !cloud && (name != "hook" || id != nil) {
			t.Errorf("name %v, accountId %v", name, id)
		}
	})
}

func TestContextPath(t *testing.T) {
	c := start(t, Options{Flavour: Server7, Context: "/jira"})
	if !strings.HasSuffix(c.URL(), "/jira") {
		t.Fatal(c.URL())
	}
	c.want("GET", "/serverInfo", "", 200, `"baseUrl":"`+c.URL()+`"`)
	root := strings.TrimSuffix(c.URL(), "/jira")
	for _, path := range []string{"/rest/api/2/serverInfo", "/jirarest/api/2/serverInfo"} {
		if a, err := c.try("GET", root+path, ""); err != nil || a.status != 404 {
			t.Errorf("%s: %d %v", path, a.status, err)
		}
	}
}

func TestDownAndUp(t *testing.T) {
	c := start(t, Options{})
	address := c.URL() + "/rest/api/2/serverInfo"
	kept := &http.Client{Transport: &http.Transport{}} // with a connection that stays open
	defer kept.CloseIdleConnections()
	if res, err := kept.Get(address); err != nil {
		t.Fatal(err)
	} else {
		res.Body.Close()
	}
	for range 20 {
		if err := c.SetDown(true); err != nil {
			t.Fatal(err)
		}
		if _, err := kept.Get(address); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatalf("down: %v", err)
		}
		if a, err := c.try("GET", c.ControlURL()+"/_fake/dump/SHOP-12", ""); err != nil || a.status != 200 {
			t.Fatalf("control while down: %v %v", a, err)
		}
		if err := c.SetDown(false); err != nil {
			t.Fatal(err)
		}
		res, err := kept.Get(address)
		if err != nil {
			t.Fatalf("up again: %v", err)
		}
		res.Body.Close()
	}
}

func TestFixedAddress(t *testing.T) {
	first := start(t, Options{})
	addr := strings.TrimPrefix(first.URL(), "http://")
	second := New(Options{Addr: addr})
	if err := second.Start(); err == nil {
		second.Close()
		t.Error("two servers on one port")
	}
	first.Close()
	third := start(t, Options{Addr: addr})
	third.want("GET", "/serverInfo", "", 200, addr)
}

func TestServerIsAHandler(t *testing.T) {
	s := New(Options{Flavour: Server7})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "/rest/api/2/serverInfo", nil))
	if w.Code != 200 || s.URL() != "" || s.ControlURL() != "" {
		t.Errorf("%d %q %q", w.Code, s.URL(), s.ControlURL())
	}
}

// Everything at once, for the race detector.
func TestConcurrentUse(t *testing.T) {
	c := start(t, Options{Flavour: DataCenter10, Latency: time.Millisecond})
	c.inject(Fault{Kind: StatusCode, Times: Forever, Probability: 0.2})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 10 {
				c.do("POST", "/issue/SHOP-12/comment", `{"body":"x"}`)
				c.do("GET", "/issue/SHOP-12?expand=transitions", "")
			}
		})
	}
	for range 20 {
		c.Issue("SHOP-12")
		c.Requests()
		c.Edit("SHOP-12", "summary", "y")
	}
	wg.Wait()
	applied := 0
	for _, q := range c.Requests() {
		if q.Method == "POST" && q.Status == 201 {
			applied++
		}
	}
	if n := len(c.Issue("SHOP-12").Comments); n != applied || n == 0 || n == 40 {
		t.Errorf("%d comments, %d answers of 201", n, applied)
	}
}

func TestRequestsLog(t *testing.T) {
	c := start(t, Options{})
	c.do("POST", "/issue/SHOP-12/comment?expand=x", `{"body":"hello"}`)
	c.user = ""
	c.do("GET", "/serverInfo", "")
	log := c.Requests()
	if len(log) != 2 {
		t.Fatalf("%d requests", len(log))
	}
	want := Request{Method: "POST", Path: "/rest/api/2/issue/SHOP-12/comment", Query: "expand=x", Status: 201, UserAgent: "test/1", Auth: "basic", Body: `{"body":"hello"}`}
	if log[0] != want || log[1].Auth != "none" {
		t.Errorf("got %+v", log)
	}
	c.ClearRequests()
	if len(c.Requests()) != 0 {
		t.Error("not cleared")
	}
}

func TestUnknownPath(t *testing.T) {
	c := start(t, Options{Flavour: DataCenter10})
	c.want("GET", "/nothing", "", 404, "dead link")
	c.want("GET", "/search/jql?jql=x", "", 404, "")
	c.want("DELETE", "/myself", "", 405, "")
}
