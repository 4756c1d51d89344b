package jiratest

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestGetIssue(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		c.Edit("SHOP-12", "labels", "a,b")
		c.Edit("SHOP-12", "assignee", "bob")
		a := c.want("GET", "/issue/shop-12", "", 200, `"key":"SHOP-12"`)
		if a.value(t, "fields", "status", "name") != "To Do" || a.value(t, "fields", "resolution") != nil || a.value(t, "fields", "labels", 1) != "b" ||
			a.value(t, "fields", "assignee", "displayName") != "bob" || a.value(t, "fields", "project", "key") != "SHOP" {
			t.Errorf("got %s", a.body)
		}
		if category := a.value(t, "fields", "status", "statusCategory", "key"); (category == "new") != (f != Server6) {
			t.Errorf("category %v", category)
		}
		id := a.value(t, "id").(string)
		c.want("GET", "/issue/"+id, "", 200, `"key":"SHOP-12"`)
		for _, ref := range []string{"SHOP-13", "99999", "SHOP", "%2e%2e", "SHOP-012"} {
			text := "Issue Does Not Exist"
			if f == Cloud {
				text = "Issue does not exist or you do not have permission to see it."
			}
			c.want("GET", "/issue/"+ref, "", 404, text)
		}
		c.SetPermissions("SHOP")
		if a, b := c.do("GET", "/issue/SHOP-12", ""), c.do("GET", "/issue/SHOP-99", ""); a.status != 404 || a.body != b.body {
			t.Errorf("an issue that may not be seen: %d %s", a.status, a.body)
		}
	})
}

func TestGetIssueFields(t *testing.T) {
	c := start(t, Options{})
	for query, want := range map[string]int{
		"?fields=summary,status": 2, "?fields=summary&fields=status": 2, "?fields=*all,-comment": 18, "?fields=-comment": 18,
		"?fields=*navigable": 17, "?fields=nothing": 0, "": 19,
	} {
		if n := c.do("GET", "/issue/SHOP-12"+query, "").size(t, "fields"); n != want {
			t.Errorf("%s: %d fields, want %d", query, n, want)
		}
	}
	a := c.do("GET", "/issue/SHOP-12?expand=transitions.fields,changelog", "")
	if a.size(t, "transitions") != 2 || a.value(t, "changelog", "total") != 0.0 {
		t.Errorf("got %s", a.body)
	}
}

func TestMovedIssue(t *testing.T) {
	c := start(t, Options{Flavour: DataCenter10})
	c.AddProject("OPS", ScreenWorkflow())
	c.Move("SHOP-12", "OPS-7")
	c.want("GET", "/issue/SHOP-12", "", 200, `"key":"OPS-7"`)
	c.want("GET", "/issue/ops-7", "", 200, `"key":"OPS-7"`)
	c.want("POST", "/issue/SHOP-12/comment", `{"body":"x"}`, 201, "")
	i := c.Issue("SHOP-12")
	if i.Key != "OPS-7" || i.Status != "Open" || len(i.Comments) != 1 {
		t.Errorf("got %+v", i)
	}
	c.SetPermissions("OPS") // it is the new project that counts
	c.want("GET", "/issue/SHOP-12", "", 404, "")
	c.Remove("OPS-7")
	if len(c.Keys()) != 0 {
		t.Error("not removed")
	}
}

func TestChangelog(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f, Now: func() time.Time { return now }})
		c.SetStatus("SHOP-12", "in progress")
		c.do("POST", "/issue/SHOP-12/transitions", `{"transition":{"id":"41"}}`)
		a := c.do("GET", "/issue/SHOP-12?expand=changelog", "")
		newest := 1
		if f == Cloud {
			newest = 0
		}
		h := a.value(t, "changelog", "histories", newest).(map[string]any)
		if h["created"] != "2026-01-02T03:04:05.006+0000" || h["author"].(map[string]any)["displayName"] != "Jirahook" {
			t.Errorf("got %v", h)
		}
		items := h["items"].([]any)
		if len(items) != 2 || items[0].(map[string]any)["toString"] != "Done" || items[1].(map[string]any)["field"] != "resolution" {
			t.Errorf("got %v", items)
		}
	})
}

func TestSnapshotAndDump(t *testing.T) {
	c := start(t, Options{})
	c.AddComment("SHOP-12", "bob", "one\n\ntwo [~ada] !http://a.test/x.png! {html}")
	c.AddLink("SHOP-12", Link{URL: "https://git.test/c/1", Title: "Commit 1", Relationship: "mentioned in", Resolved: true})
	c.AddWorklog("SHOP-12", "bob", time.Unix(0, 0), "1h 30m", "work")
	c.SetStatus("SHOP-12", "Done")
	c.AddRestrictedComment("SHOP-12", "bob", "three", Visibility{"role", "Users"})
	var b strings.Builder
	c.Dump(&b, "SHOP-12")
	want := `SHOP-12  Cart total is wrong
status: Done
resolution: Done
comment:
  one

  two [~ada] !http://a.test/x.png! {html}
comment (role Users):
  three
link (resolved): mentioned in: Commit 1
  https://git.test/c/1
worklog: 1h 30m
  work
history: status: To Do → Done
history: resolution:  → Done
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
	i := c.Issue("SHOP-12")
	if !reflect.DeepEqual([]any{i.Mentions, i.Images, i.Macros}, []any{[]string{"ada"}, []string{"http://a.test/x.png"}, []string{"html"}}) {
		t.Errorf("noticed %q %q %q", i.Mentions, i.Images, i.Macros)
	}
	var kinds []string
	for _, a := range i.Activity {
		kind, _, _ := strings.Cut(a, " ")
		kinds = append(kinds, kind)
	}
	if want := []string{"comment", "link", "worklog", "transition", "comment"}; !reflect.DeepEqual(kinds, want) {
		t.Errorf("activity %q", i.Activity)
	}
}

func TestMistakesOfATest(t *testing.T) {
	c := start(t, Options{})
	for name, f := range map[string]func(){
		"no issue":        func() { c.Issue("SHOP-99") },
		"issue twice":     func() { c.AddIssue("SHOP-12", "") },
		"no project":      func() { c.AddIssue("OPS-1", "") },
		"no number":       func() { c.AddIssue("SHOP-x", "") },
		"project twice":   func() { c.AddProject("SHOP", SimpleWorkflow()) },
		"no status":       func() { c.SetStatus("SHOP-12", "Nowhere") },
		"no transition":   func() { c.HideTransition("SHOP", "Nothing", true) },
		"no permission":   func() { c.SetPermissions("SHOP", "DO_IT") },
		"no time":         func() { c.SetEstimate("SHOP-12", "soon") },
		"no such project": func() { c.SetRoles("NONE") },
		"empty workflow":  func() { c.AddProject("A", Workflow{}) },
		"lost workflow": func() {
			c.AddProject("A", Workflow{Statuses: []Status{{"1", "A", "new"}}, Transitions: []Transition{{ID: "1", To: "B"}}})
		},
		"taken": func() { c.AddIssue("SHOP-13", ""); c.Move("SHOP-12", "SHOP-13") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
