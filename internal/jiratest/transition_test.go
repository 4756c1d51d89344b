package jiratest

import (
	"reflect"
	"strings"
	"testing"
)

func names(t *testing.T, a answered) []string {
	t.Helper()
	var out []string
	for n := range a.size(t, "transitions") {
		out = append(out, a.value(t, "transitions", n, "name").(string))
	}
	return out
}

func TestListTransitions(t *testing.T) {
	for name, tt := range map[string]struct {
		workflow Workflow
		want     []string
	}{
		"simple":    {SimpleWorkflow(), []string{"Start Progress", "Done"}},
		"ambiguous": {AmbiguousWorkflow(), []string{"Start Progress", "Start Review", "Finish", "Finish"}},
		"screen":    {ScreenWorkflow(), []string{"Start Progress", "Resolve Issue", "Close Issue"}},
		"many done": {ManyDoneWorkflow(), []string{"Start", "Reject", "Finish", "Close"}},
		"condition": {ConditionWorkflow(), []string{"Start Progress"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, Options{Flavour: DataCenter10})
			c.AddProject("OPS", tt.workflow)
			c.AddIssue("OPS-1", "x")
			if got := names(t, c.do("GET", "/issue/OPS-1/transitions", "")); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %q", got)
			}
			c.SetPermissions("OPS", BrowseProjects)
			if got := names(t, c.do("GET", "/issue/OPS-1/transitions", "")); len(got) != 0 {
				t.Errorf("without permission: %q", got)
			}
		})
	}
}

func TestTransitionFields(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		c.AddProject("OPS", ScreenWorkflow())
		c.AddIssue("OPS-1", "x")
		a := c.do("GET", "/issue/OPS-1/transitions?expand=transitions.fields", "")
		if a.size(t, "transitions", 0, "fields") != 0 {
			t.Error("no screen, but fields")
		}
		if a.value(t, "transitions", 2, "fields", "resolution", "required") != true ||
			a.value(t, "transitions", 2, "fields", "resolution", "allowedValues", 0, "name") != "Fixed" ||
			a.value(t, "transitions", 2, "fields", "customfield_10100", "allowedValues", 1, "value") != "Configuration" ||
			a.value(t, "transitions", 2, "fields", "customfield_10100", "schema", "customId") != 10100.0 {
			t.Errorf("got %s", a.body)
		}
		if v := c.do("GET", "/issue/OPS-1/transitions", "").value(t, "transitions", 2, "fields"); v != nil {
			t.Errorf("fields without being asked for: %v", v)
		}
		if n := c.do("GET", "/issue/OPS-1/transitions?transitionId=5", "").size(t, "transitions"); n != 1 {
			t.Errorf("%d transitions", n)
		}
	})
}

func TestDoTransition(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		c.want("POST", "/issue/SHOP-12/transitions", `{"transition":{"id":"11"}}`, 204, "")
		c.want("POST", "/issue/SHOP-12/transitions", `{"transition":{"id":41}}`, 204, "")
		i := c.Issue("SHOP-12")
		if i.Status != "Done" || i.Resolution != "Done" || i.Category != "done" {
			t.Errorf("got %+v", i)
		}
		if last := i.History[2]; last.Field != "resolution" || last.To != "Done" || last.Author != "jirahook" {
			t.Errorf("history %+v", i.History)
		}
		c.want("POST", "/issue/SHOP-12/transitions", `{"transition":{"id":"51"}}`, 204, "")
		if i := c.Issue("SHOP-12"); i.Status != "To Do" || i.Resolution != "" {
			t.Errorf("reopened: %+v", i)
		}
	})
}

func TestTransitionRefusals(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		c.AddProject("OPS", ScreenWorkflow())
		c.AddIssue("OPS-1", "x")
		unknown := 400
		if f == DataCenter10 {
			unknown = 500
		}
		c.want("POST", "/issue/SHOP-12/transitions", `{"transition":{"id":"999"}}`, unknown, "")
		for _, tt := range []struct{ key, body, part string }{
			{"SHOP-12", `{}`, "Missing 'transition' identifier"},
			{"SHOP-12", `{"transition":{"name":"Done"}}`, "Missing 'transition' identifier"},
			{"SHOP-12", `{"transition":{"id":"31"}}`, "workflow operation (Start Review) that is not valid for the current state of this issue (SHOP-12)"},
			{"SHOP-12", `{"transition":{"id":"41"},"fields":{"resolution":{"name":"Done"}}}`, `"resolution":"Field 'resolution' cannot be set. It is not on the appropriate screen, or unknown."`},
			{"OPS-1", `{"transition":{"id":"5"}}`, `"resolution":"Resolution is required."`},
			{"OPS-1", `{"transition":{"id":"5"},"fields":{"resolution":{"name":"Nope"}}}`, "valid 'id' or 'name'"},
			{"OPS-1", `{"transition":{"id":"5"},"fields":{"resolution":{"self":"","id":"","name":"Fixed"}}}`, "valid 'id' or 'name'"},
			{"OPS-1", `{"transition":{"id":"5"},"fields":{"resolution":{"id":"1"},"assignee":{"name":"x"}}}`, `"assignee":"Field 'assignee' cannot be set.`},
			{"OPS-1", `{"transition":{"id":"5"},"fields":{"resolution":{"id":"1"}},"update":{"resolution":[{"set":{"id":"1"}}]}}`, "both"},
			{"OPS-1", `{"transition":{"id":"2"},"fields":{"resolution":{"id":"1"}}}`, `"customfield_10100":"Root cause is required."`},
			{"OPS-1", `{"transition":{"id":"2"},"fields":{"resolution":{"id":"1"},"customfield_10100":{"value":"Moon"}}}`, "is not valid for the field"},
		} {
			c.want("POST", "/issue/"+tt.key+"/transitions", tt.body, 400, tt.part)
		}
		c.HideTransition("SHOP", "Done", true)
		c.want("POST", "/issue/SHOP-12/transitions", `{"transition":{"id":"41"}}`, 400, "not valid for the current state")
		c.HideTransition("SHOP", "Done", false)
		c.SetPermissions("SHOP", BrowseProjects)
		c.want("POST", "/issue/SHOP-12/transitions", `{"transition":{"id":"41"}}`, 400, "")
		if i := c.Issue("SHOP-12"); i.Status != "To Do" || len(i.History) != 0 {
			t.Errorf("moved: %+v", i)
		}
	})
}

func TestTransitionWithScreen(t *testing.T) {
	c := start(t, Options{})
	c.AddProject("OPS", ScreenWorkflow())
	c.AddIssue("OPS-1", "x")
	c.want("POST", "/issue/OPS-1/transitions", `{"transition":{"id":"2"},"fields":{"resolution":{"name":"Fixed"},"customfield_10100":{"id":"10201"}},
		"update":{"comment":[{"add":{"body":"with a comment"}}]}}`, 204, "")
	i := c.Issue("OPS-1")
	if i.Status != "Closed" || i.Resolution != "Fixed" || i.Fields["customfield_10100"] != "Configuration" || len(i.Comments) != 1 {
		t.Errorf("got %+v", i)
	}
	// Without a screen the comment is dropped without a word.
	c.want("POST", "/issue/SHOP-12/transitions", `{"transition":{"id":"41"},"update":{"comment":[{"add":{"body":"lost"}}]}}`, 204, "")
	if i := c.Issue("SHOP-12"); i.Status != "Done" || len(i.Comments) != 0 {
		t.Errorf("got %+v", i)
	}
}

func TestTransitionSetsLabels(t *testing.T) {
	c := start(t, Options{})
	c.AddProject("OPS", ScreenWorkflow())
	c.AddIssue("OPS-1", "x")
	c.want("POST", "/issue/OPS-1/transitions", `{"transition":{"id":"5"},"fields":{"resolution":{"id":"3"},"labels":["a","b"]}}`, 204, "")
	if i := c.Issue("OPS-1"); !reflect.DeepEqual(i.Labels, []string{"a", "b"}) || i.Resolution != "Duplicate" {
		t.Errorf("got %+v", i)
	}
}

// A comment is added with a transition; it is no field that could be set.
func TestTransitionWithRequiredComment(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f, TextLimit: 40})
		c.AddProject("OPS", CommentWorkflow())
		c.AddIssue("OPS-1", "x")
		for _, tt := range []struct{ rest, part string }{
			{``, `"comment":"Comment is required."`},
			{`,"fields":{"comment":"tested"}`, "does not support operation 'set'"},
			{`,"fields":{"comment":{"body":"tested"}}`, "does not support operation 'set'"},
			{`,"update":{"comment":[{"set":{"body":"tested"}}]}`, "does not support that operation"},
			{`,"update":{"comment":[{"add":{"body":""}}]}`, "can not be empty"},
			{`,"update":{"comment":[{"add":{"body":"01234567890123456789012345678901234567890"}}]}`, "too long"},
			{`,"update":{"comment":[{"add":{"body":"x","visibility":{"type":"role","value":"Owners"}}}]}`, "not a member of the project role"},
		} {
			c.want("POST", "/issue/OPS-1/transitions", `{"transition":{"id":"41"}`+tt.rest+`}`, 400, tt.part)
		}
		if i := c.Issue("OPS-1"); i.Status != "To Do" || len(i.Comments) != 0 {
			t.Errorf("moved: %+v", i)
		}
		c.want("POST", "/issue/OPS-1/transitions", `{"transition":{"id":"41"},"update":{"comment":[{"add":{"body":"tested"}}]}}`, 204, "")
		if i := c.Issue("OPS-1"); i.Status != "Done" || len(i.Comments) != 1 || i.Comments[0].Body != "tested" {
			t.Errorf("got %+v", i)
		}
	})
}

func TestTranslate(t *testing.T) {
	each(t, func(t *testing.T, f Flavour) {
		c := start(t, Options{Flavour: f})
		c.Translate(map[string]string{"To Do": "Zu erledigen", "Done": "Fertig"})
		body := c.do("GET", "/issue/SHOP-12?fields=status&expand=transitions", "").body
		told := f == Cloud || f == DataCenter10
		for part, want := range map[string]bool{
			`"name":"Zu erledigen"`: true, `"name":"Fertig"`: true, `"name":"Start Progress"`: true,
			`"untranslatedName":"To Do"`: told, `"untranslatedName":"Done"`: told, `"untranslatedName":"Start Progress"`: false,
		} {
			if strings.Contains(body, part) != want {
				t.Errorf("%s: %v, in %s", part, !want, body)
			}
		}
	})
}
