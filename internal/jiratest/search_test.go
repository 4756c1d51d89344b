package jiratest

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

// library is a fake with some issues to find.
func library(t *testing.T, f Flavour) *client {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := start(t, Options{Flavour: f, Now: func() time.Time { now = now.Add(time.Hour); return now }})
	c.AddProject("OPS", ScreenWorkflow())
	c.AddIssue("OPS-1", "Disk full")
	c.AddIssue("SHOP-2", "Search forgets filters")
	c.Edit("SHOP-2", "labels", "web,slow")
	c.Edit("SHOP-2", "assignee", "jirahook")
	c.SetStatus("SHOP-12", "Done")
	c.AddComment("OPS-1", "bob", "needs a bigger shelf")
	c.AddProject("HIDDEN", SimpleWorkflow())
	c.AddIssue("HIDDEN-1", "Secret disk")
	c.SetPermissions("HIDDEN")
	return c
}

// find gives the keys that a search yields.
func (c *client) find(jql string) []string {
	c.Helper()
	path := "/search?"
	if c.opts.Flavour == Cloud {
		path = "/search/jql?"
	}
	a := c.want("GET", path+"fields=key,summary&jql="+url.QueryEscape(jql), "", 200, "")
	keys := []string{}
	for n := range a.size(c.T, "issues") {
		keys = append(keys, a.value(c.T, "issues", n, "key").(string))
	}
	return keys
}

func TestSearchQueries(t *testing.T) {
	for _, f := range []Flavour{Cloud, DataCenter10, Server6} {
		c := library(t, f)
		for jql, want := range map[string]string{
			`key in (SHOP-12, ops-1)`:                          "SHOP-12 OPS-1",
			`issuekey IN ("SHOP-12","OPS-1") ORDER BY key ASC`: "OPS-1 SHOP-12",
			`key = SHOP-2`:   "SHOP-2",
			`project = SHOP`: "SHOP-12 SHOP-2",
			`project in (SHOP, OPS) AND status = "In Progress"`: "",
			`project in (SHOP, "OPS") order by created DESC`:    "SHOP-2 OPS-1 SHOP-12",
			`project != SHOP`:                                                  "OPS-1",
			`project not in (OPS)`:                                             "SHOP-12 SHOP-2",
			`project = SHOP and statusCategory = Done`:                         "SHOP-12",
			`project = SHOP and statusCategory != done`:                        "SHOP-2",
			`project=SHOP and resolution=Unresolved`:                           "SHOP-2",
			`project = SHOP AND resolution is not EMPTY`:                       "SHOP-12",
			`assignee = currentUser()`:                                         "SHOP-2",
			`project = SHOP AND assignee is EMPTY`:                             "SHOP-12",
			`labels = "web" AND labels = slow`:                                 "SHOP-2",
			`labels in (web, none)`:                                            "SHOP-2",
			`text ~ "disk"`:                                                    "OPS-1",
			`text ~ "SHELF bigger"`:                                            "OPS-1",
			`summary ~ "shelf"`:                                                "",
			`(summary ~ "search" OR description ~ "x") AND project = SHOP`:     "SHOP-2",
			`NOT (project = SHOP OR key = OPS-1)`:                              "",
			`reporter = ada AND created >= "2026-01-01"`:                       "SHOP-12 SHOP-2 OPS-1",
			`created < "2025-12-31 23:59" OR updated <= -52w or project = OPS`: "OPS-1",
			`issuetype = Task and type != Bug AND priority = Medium order by status, summary desc, updated asc`: "SHOP-12 OPS-1 SHOP-2",
		} {
			if got := strings.Join(c.find(jql), " "); got != want {
				t.Errorf("%s: %s\n got %q\nwant %q", f, jql, got, want)
			}
		}
		id := c.Issue("SHOP-2").ID
		if got := c.find(`id = ` + id + ` OR id in (` + id + `)`); !reflect.DeepEqual(got, []string{"SHOP-2"}) {
			t.Errorf("by id: %q", got)
		}
	}
}

func TestSearchRefusals(t *testing.T) {
	for _, f := range []Flavour{Cloud, DataCenter10} {
		c := library(t, f)
		path := "/search?jql="
		if f == Cloud {
			path = "/search/jql?jql="
		}
		for jql, part := range map[string]string{
			`key in (SHOP-12, X-1)`:          "An issue with key 'X-1' does not exist for field 'key'.",
			`key = HIDDEN-1`:                 "An issue with key 'HIDDEN-1' does not exist",
			`issuekey = nonsense`:            "The issue key 'nonsense' for field 'issuekey' is invalid.",
			`id = 99`:                        "A value with ID '99' does not exist for the field 'id'.",
			`project = NOPE`:                 "The value 'NOPE' does not exist for the field 'project'.",
			`status = Nowhere`:               "The value 'Nowhere' does not exist for the field 'status'.",
			`colour = red`:                   "Field 'colour' does not exist or you do not have permission to view it.",
			`project = SHOP order by colour`: "Field 'colour' does not exist",
			`project`:                        "Error in the JQL Query: Expecting operator",
			`project = `:                     "Expecting either a value, list or function",
			`project = SHOP AND`:             "Expecting a field",
			`project = SHOP x`:               "Expecting either 'OR' or 'AND' but got 'x'. (line 1, character 16)",
			`labels = "a`:                    "The quoted string 'a' has not been completed",
			`key in (SHOP-1`:                 "Expecting ',' or ')'",
			`key in SHOP-1`:                  "Expecting '('",
			`(key = SHOP-12`:                 "Expecting ')'",
			`assignee = a@b.test`:            "The character '@' is a reserved JQL character.",
			`project = Order`:                "'Order' is a reserved JQL word.",
			`project in (IN)`:                "'IN' is a reserved JQL word.",
			`project = "IN"`:                 "The value 'IN' does not exist",
			`project = SHOP order`:           "Expecting 'BY'",
			`project = SHOP order by`:        "Expecting a field name",
		} {
			c.want("GET", path+url.QueryEscape(jql), "", 400, part)
		}
		deep := strings.Repeat("(", 200) + "key = SHOP-12" + strings.Repeat(")", 200)
		c.want("GET", path+url.QueryEscape(deep), "", 400, "deeply")
	}
}

func TestSearchWithoutValidation(t *testing.T) {
	c := library(t, DataCenter10)
	for _, v := range []string{`false`, `"warn"`, `"none"`} {
		a := c.want("POST", "/search", `{"jql":"key in (SHOP-12, X-1, HIDDEN-1)","fields":["key"],"validateQuery":`+v+`}`, 200, "")
		if a.size(t, "issues") != 1 || a.value(t, "warningMessages", 0) != "An issue with key 'X-1' does not exist for field 'key'." {
			t.Errorf("%s: %s", v, a.body)
		}
	}
	c.want("POST", "/search", `{"jql":"key in (X-1)","validateQuery":true}`, 400, "")
	c.want("GET", "/search?validateQuery=false&jql=key=X-1", "", 200, `"total":0`)
	c.want("POST", "/search", `{"jql":"key in (","validateQuery":false}`, 400, "Error in the JQL Query")
}

func TestSearchPages(t *testing.T) {
	c := library(t, DataCenter10)
	a := c.want("POST", "/search", `{"jql":"","startAt":1,"maxResults":1,"fields":["summary"],"expand":["changelog"]}`, 200, "")
	if a.value(t, "total") != 3.0 || a.size(t, "issues") != 1 || a.value(t, "issues", 0, "key") != "SHOP-2" || a.value(t, "issues", 0, "changelog") == nil {
		t.Errorf("got %s", a.body)
	}
	if n := a.size(t, "issues", 0, "fields"); n != 1 {
		t.Errorf("%d fields", n)
	}
	c.want("GET", "/search?jql=&maxResults=x", "", 400, "maxResults")
	if a := c.do("GET", "/search?jql=&startAt=9", ""); a.size(t, "issues") != 0 || a.value(t, "total") != 3.0 {
		t.Errorf("got %s", a.body)
	}
}

func TestSearchOnCloud(t *testing.T) {
	c := library(t, Cloud)
	c.want("GET", "/search?jql=project=SHOP", "", 410, "CHANGE-2046")
	c.want("POST", "/search", `{"jql":"project=SHOP"}`, 410, "search/jql")
	for _, jql := range []string{"", "order by created", "  ORDER BY key"} {
		c.want("GET", "/search/jql?jql="+url.QueryEscape(jql), "", 400, "Unbounded JQL")
	}
	a := c.want("GET", "/search/jql?jql=key=SHOP-2", "", 200, "")
	if a.size(t, "issues", 0) != 1 || a.value(t, "issues", 0, "id") != c.Issue("SHOP-2").ID || a.value(t, "isLast") != true || a.value(t, "total") != nil {
		t.Errorf("got %s", a.body)
	}
	var keys []string
	token := ""
	for range 5 {
		a := c.do("POST", "/search/jql", `{"jql":"project in (SHOP,OPS)","maxResults":1,"fields":["summary"],"expand":"changelog","nextPageToken":`+quote(token)+`}`)
		keys = append(keys, a.value(t, "issues", 0, "key").(string))
		if a.value(t, "isLast") == true {
			break
		}
		token = a.value(t, "nextPageToken").(string)
	}
	if strings.Join(keys, " ") != "SHOP-12 SHOP-2 OPS-1" {
		t.Errorf("got %q", keys)
	}
	c.want("GET", "/search/jql?jql=project=SHOP&nextPageToken=x", "", 400, "token")
}

func FuzzJQL(f *testing.F) {
	for _, seed := range []string{
		`key in (A-1, B-2) ORDER BY key`, `not not (a = b) or c ~ "d\"e"`, `a is not empty and b >= -1d`, `assignee = currentUser()`, `a = 'x`, `!a=b`, `a not in (`,
	} {
		f.Add(seed)
	}
	s := New(Options{})
	s.AddProject("A", SimpleWorkflow())
	s.AddIssue("A-1", "x")
	f.Fuzz(func(t *testing.T, jql string) {
		q, err := parseJQL(jql)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "Error in the JQL Query: ") {
				t.Errorf("error %q", err)
			}
			return
		}
		m := &matcher{s: s, c: &call{who: member}}
		if q.where != nil {
			m.check(q.where)
			if m.matches(q.where, s.order[0]) == m.matches(&clause{op: "not", parts: []*clause{q.where}}, s.order[0]) {
				t.Error("a clause and its negation agree")
			}
		}
		m.sort(s.order, q.order)
	})
}
