package jiratest

import (
	"strings"
	"testing"
	"time"
)

// control makes a control request.
func (c *client) control(method, path, body string) answered {
	c.Helper()
	a, err := c.try(method, c.ControlURL()+"/_fake/"+path, body)
	if err != nil {
		c.Fatal(err)
	}
	return a
}

func TestControl(t *testing.T) {
	c := start(t, Options{Flavour: DataCenter10})
	ok := func(method, path, body string) string {
		t.Helper()
		a := c.control(method, path, body)
		if a.status != 200 {
			t.Errorf("%s %s: %d %s", method, path, a.status, a.body)
		}
		return a.body
	}
	ok("POST", "seed", `{"users":[{"Name":"eve"}],"projects":[{"key":"OPS","workflow":"screen","permissions":["BROWSE_PROJECTS","ADD_COMMENTS"],"roles":["Users"]},
		{"key":"A","workflow":"ambiguous"},{"key":"M","workflow":"many-done"},{"key":"C","workflow":"condition"},{"key":"SHOP","hide":["Done"]}],
		"issues":[{"key":"OPS-7","summary":"Disk full","status":"In Progress","assignee":"eve","labels":"a,b","estimate":"1d"},{"key":"SHOP-12","summary":"New"}],
		"moves":[{"from":"OPS-7","to":"OPS-8"}]}`)
	i := c.Issue("OPS-7")
	if i.Key != "OPS-8" || i.Status != "In Progress" || i.Assignee != "eve" || len(i.Labels) != 2 || i.Remaining != 8*time.Hour || c.Issue("SHOP-12").Summary != "New" {
		t.Errorf("got %+v", i)
	}
	if n := c.do("GET", "/issue/OPS-8/transitions", "").size(t, "transitions"); n != 0 {
		t.Errorf("%d transitions without permission", n)
	}
	if n := c.do("GET", "/issue/SHOP-12/transitions", "").size(t, "transitions"); n != 1 {
		t.Errorf("%d transitions, one is hidden", n)
	}

	ok("POST", "fault", `{"kind":"status","method":"POST","path":"comment$","times":-1,"status":500,"retryAfter":"3","header":{"X-A":"b"},"applied":true,"delay":"1ms"}`)
	a := c.want("POST", commentPath, commentJSON, 500, "")
	if a.header.Get("Retry-After") != "3" || a.header.Get("X-A") != "b" {
		t.Errorf("%v", a.header)
	}
	c.want("POST", commentPath, commentJSON, 500, "")
	ok("DELETE", "fault", "")
	c.want("POST", commentPath, commentJSON, 201, "")

	if text := ok("GET", "dump/SHOP-12", ""); strings.Count(text, "comment:\n  x\n") != 3 {
		t.Errorf("dump\n%s", text)
	}
	if text := ok("GET", "issue/SHOP-12", ""); !strings.Contains(text, `"Summary": "New"`) {
		t.Errorf("issue\n%s", text)
	}
	if text := ok("GET", "requests", ""); !strings.HasSuffix(text, "POST /rest/api/2/issue/SHOP-12/comment 500\nPOST /rest/api/2/issue/SHOP-12/comment 201\n") {
		t.Errorf("requests\n%s", text)
	}
	ok("DELETE", "requests", "")
	if text := ok("GET", "requests", ""); text != "" {
		t.Errorf("requests\n%s", text)
	}

	ok("POST", "down", "")
	if _, err := c.try("GET", c.URL()+"/", ""); err == nil {
		t.Error("not down")
	}
	ok("POST", "up", "")
	c.want("GET", "/serverInfo", "", 200, "")

	ok("POST", "credentials", `{"user":"u","password":"p"}`)
	c.want("GET", "/myself", "", 401, "")
	c.user, c.password = "u", "p"
	c.want("GET", "/myself", "", 200, "")
}

func TestDownForAWhile(t *testing.T) {
	c := start(t, Options{})
	if a := c.control("POST", "down?for=30ms", ""); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	c.inflight.Wait() // the return is one of the things that Close waits for
	c.want("GET", "/serverInfo", "", 200, "")
}

func TestControlMistakes(t *testing.T) {
	c := start(t, Options{})
	for _, request := range [][3]string{
		{"GET", "dump/NONE-1", ""}, {"POST", "seed", "{"}, {"POST", "seed", `{"projects":[{"key":"X","workflow":"odd"}]}`},
		{"POST", "seed", `{"issues":[{"key":"NONE-1"}]}`}, {"POST", "fault", `{"kind":"odd"}`}, {"POST", "fault", `{"kind":"drop","delay":"x"}`},
		{"POST", "fault", "["}, {"POST", "down?for=x", ""}, {"POST", "credentials", "1"}, {"GET", "nothing", ""},
	} {
		if a := c.control(request[0], request[1], request[2]); a.status != 400 || a.body == "" {
			t.Errorf("%v: %d %q", request, a.status, a.body)
		}
	}
	c.want("GET", "/issue/SHOP-12", "", 200, "") // nothing is left locked
}

func TestSeedExample(t *testing.T) {
	s := New(Options{})
	s.Seed()
	if i := s.Issue("SHOP-12"); i.Status != "In Progress" || i.Assignee != "bob" || len(i.Comments) != 1 || i.Remaining != 8*time.Hour {
		t.Errorf("got %+v", i)
	}
	if n := len(s.Keys()); n != 7 {
		t.Errorf("%d issues", n)
	}
}
