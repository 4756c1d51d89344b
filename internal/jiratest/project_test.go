package jiratest

import (
	"strings"
	"testing"
)

func TestProjects(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		c.AddProject("OPS", SimpleWorkflow())
		c.AddProject("HIDDEN", SimpleWorkflow())
		c.SetPermissions("HIDDEN")
		a := c.want("GET", "/project", "", 200, "")
		if a.size(t) != 2 || a.value(t, 0, "key") != "SHOP" || a.value(t, 1, "key") != "OPS" {
			t.Errorf("got %s", a.body)
		}
		c.want("GET", "/project/OPS", "", 200, `"key":"OPS"`)
		c.want("GET", "/project/HIDDEN", "", 404, "No project could be found with key 'HIDDEN'.")
		if f != Cloud {
			return
		}
		page := c.want("GET", "/project/search?maxResults=1&startAt=1", "", 200, `"isLast":true`)
		if page.value(t, "total") != 2.0 || page.value(t, "values", 0, "key") != "OPS" {
			t.Errorf("got %s", page.body)
		}
		if v := c.do("GET", "/project/search?maxResults=1", "").value(t, "nextPage"); v == nil {
			t.Error("no nextPage")
		}
	})
}

func TestMyPermissions(t *testing.T) {
	const three = "?permissions=BROWSE_PROJECTS,ADD_COMMENTS,TRANSITION_ISSUES&projectKey=SHOP"
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		c.SetPermissions("SHOP", BrowseProjects, TransitionIssues)
		a := c.want("GET", "/mypermissions"+three, "", 200, "")
		sizes := map[Flavour]int{Cloud: 3, DataCenter10: 13, Server7: 13, Server6: 6}
		if n := a.size(t, "permissions"); n != sizes[f] {
			t.Errorf("%d permissions", n)
		}
		browse, comment := "BROWSE_PROJECTS", "ADD_COMMENTS"
		if f == Server6 {
			browse, comment = "BROWSE", "COMMENT_ISSUE"
		}
		if a.value(t, "permissions", browse, "havePermission") != true || a.value(t, "permissions", comment, "havePermission") != false {
			t.Errorf("got %s", a.body)
		}
		c.want("GET", "/mypermissions"+strings.Replace(three, "projectKey=SHOP", "issueKey=SHOP-12", 1), "", 200, "")
		c.want("GET", "/mypermissions"+strings.Replace(three, "SHOP", "NONE", 1), "", 404, "NONE")
		c.want("GET", "/mypermissions"+strings.Replace(three, "projectKey=SHOP", "issueKey=SHOP-99", 1), "", 404, "")
		if f == Cloud {
			c.want("GET", "/mypermissions", "", 400, "permissions")
			c.want("GET", "/mypermissions?permissions=NONSENSE", "", 400, "")
		}
	})
}

func TestGroups(t *testing.T) {
	c := start(t, Options{})
	const body = `{"body":"x","visibility":{"type":"group","identifier":"jira-developers"}}`
	c.want("POST", commentPath, body, 400, "not a member of the group: jira-developers")
	c.SetGroups("jira-developers")
	c.want("POST", commentPath, body, 201, `"visibility":{"identifier":"jira-developers"`)
}

func TestLists(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		c.AddProject("OPS", ScreenWorkflow())
		for path, part := range map[string]string{
			"/status": `"name":"In Review"`, "/resolution": `"name":"Won't Do"`, "/priority": `"name":"High"`, "/field": `"id":"customfield_10100"`,
		} {
			c.want("GET", path, "", 200, part)
		}
		if n := c.do("GET", "/status", "").size(t); n != 8 { // In Progress is in both workflows
			t.Errorf("%d statuses", n)
		}
	})
}

func TestUserSearch(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		c.AddUser(User{Name: "ada", AccountID: "712020:7", DisplayName: "Ada Example", Email: "ada@example.test"})
		own, other := "username", "query"
		if f == Cloud {
			own, other = other, own
			c.want("GET", "/user/search?accountId=712020:7", "", 200, "Ada Example")
		}
		if n := c.want("GET", "/user/search?"+own+"=EXAMPLE.test", "", 200, "Ada Example").size(t); n != 2 {
			t.Errorf("%d users", n)
		}
		if n := c.do("GET", "/user/search?"+own+"=nobody", "").size(t); n != 0 {
			t.Errorf("%d users", n)
		}
		c.want("GET", "/user/search?"+other+"=ada", "", 400, own)
	})
}

func TestCreateIssue(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		a := c.want("POST", "/issue", `{"fields":{"project":{"key":"SHOP"},"issuetype":{"name":"bug"},"summary":"New","description":"[~ada]","labels":["a"],
			"customfield_10100":{"id":"10200"}},"properties":[{"key":"jirahook.id","value":7}]}`, 201, `"key":"SHOP-13"`)
		i := c.Issue("SHOP-13")
		if i.ID != a.value(t, "id") || i.Type != "Bug" || i.Summary != "New" || i.Labels[0] != "a" || i.Properties["jirahook.id"] != "7" || i.Status != "To Do" || i.Mentions[0] != "ada" {
			t.Errorf("got %+v", i)
		}
		c.want("GET", "/issue/SHOP-13?fields=summary&properties=jirahook.id", "", 200, `"properties":{"jirahook.id":7}`)
	})
}

func TestCreateRefusals(t *testing.T) {
	c := start(t, Options{Flavour: DataCenter10})
	c.AddProject("CLOSED", SimpleWorkflow())
	c.SetPermissions("CLOSED", BrowseProjects)
	with := func(more string) string {
		return `{"fields":{"project":{"key":"SHOP"},"issuetype":{"id":"10001"},"summary":"x",` + more + `}}`
	}
	for body, part := range map[string]string{
		`{}`:                                    `"project":"project is required"`,
		`{"fields":{"project":{"key":"NONE"}}}`: "valid project is required",
		`{"fields":{"project":{"key":"CLOSED"}}}`:                  "do not have permission to create",
		`{"fields":{"issuetype":{"name":"Nope"}}}`:                 "Specify a valid issue type",
		`{"fields":{"issuetype":{}}}`:                              "issue type is required",
		with(`"summary":" "`):                                      "You must specify a summary of the issue.",
		with(`"summary":"a\nb"`):                                   "newline",
		with(`"summary":` + quote(strings.Repeat("é", 256))):       "255",
		with(`"description":` + quote(strings.Repeat("x", 32768))): "32,767",
		with(`"description":1`):                                    "string",
		with(`"labels":["a b"]`):                                   "The label 'a b' contains spaces which is invalid.",
		with(`"labels":"a"`):                                       "array",
		with(`"assignee":{"name":"x"}`):                            `"assignee":"Field 'assignee' cannot be set.`,
	} {
		c.want("POST", "/issue", body, 400, part)
	}
	if n := len(c.Keys()); n != 1 {
		t.Errorf("%d issues", n)
	}
}

func TestCreateMeta(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		switch f {
		case Cloud:
			c.want("GET", "/issue/createmeta/SHOP/issuetypes", "", 200, `"issueTypes":[{`)
			c.want("GET", "/issue/createmeta?projectKeys=SHOP", "", 200, `"issuetypes":[{`)
		case DataCenter10:
			c.want("GET", "/issue/createmeta/SHOP/issuetypes", "", 200, `"values":[{`)
			c.want("GET", "/issue/createmeta", "", 404, "Issue Does Not Exist")
		default:
			c.want("GET", "/issue/createmeta/SHOP/issuetypes", "", 404, "")
			c.want("GET", "/issue/createmeta?projectKeys=OTHER", "", 200, `"projects":[]`)
			c.want("GET", "/issue/createmeta?projectKeys=SHOP", "", 200, `"issuetypes":[{`)
		}
		if f == DataCenter10 {
			c.want("GET", "/issue/createmeta/NONE/issuetypes", "", 400, "NONE")
		}
	})
}
