package jira

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jirahook/plan"
)

const screen = `{
 "resolution": {"name":"Resolution","required":true,"schema":{"type":"resolution","system":"resolution"},
   "allowedValues":[{"id":"1","name":"Fixed"},{"id":"2","name":"Won't Fix"}]},
 "customfield_1": {"name":"Root cause","required":false,"schema":{"type":"option"},"allowedValues":[{"id":"7","value":"Code"},{"id":8,"value":"Network"}]},
 "customfield_2": {"name":"Points","schema":{"type":"number"}},
 "customfield_3": {"name":"Where","schema":{"type":"array","items":"option"},"allowedValues":[{"id":"21","value":"EU"},{"id":"22","value":"US"}]},
 "customfield_4": {"name":"Free option","schema":{"type":"option"}},
 "customfield_5": {"name":"Odd","schema":{"type":"any"},"allowedValues":["plain",{"name":"only a name"}]},
 "fixVersions": {"name":"Fix Version/s","schema":{"type":"array","items":"version"},"allowedValues":[{"id":"31","name":"1.0"}]},
 "labels": {"name":"Labels","schema":{"type":"array","items":"string"}},
 "assignee": {"name":"Assignee","schema":{"type":"user"}},
 "duedate": {"name":"Due","schema":{"type":"date"}},
 "priority": {"name":"Priority","required":true,"hasDefaultValue":true,"schema":{"type":"priority"}},
 "environment": {"name":"Environment","required":true,"schema":{"type":"string"}}
}`

func readScreen(t *testing.T) map[string]field {
	t.Helper()
	var fields map[string]field
	if err := json.Unmarshal([]byte(screen), &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

func TestFillFields(t *testing.T) {
	tests := []struct {
		name  string
		cloud bool
		given map[string]any
		want  string // JSON
		left  []string
		err   string
	}{
		{name: "by name", given: map[string]any{"resolution": "fixed"}, want: `{"resolution":{"id":"1"}}`},
		{name: "by id", given: map[string]any{"resolution": 2}, want: `{"resolution":{"id":"2"}}`},
		{name: "by the field's name", given: map[string]any{"Resolution": "Fixed"}, want: `{"resolution":{"id":"1"}}`},
		{name: "in Jira's form", given: map[string]any{"resolution": map[string]any{"name": "Fixed"}}, want: `{"resolution":{"name":"Fixed"}}`},
		{name: "unknown value", given: map[string]any{"resolution": "Done"}, err: `resolution: "Done" is not allowed; allowed: Fixed, Won't Fix`},
		{name: "option", given: map[string]any{"customfield_1": "code"}, want: `{"customfield_1":{"id":"7"}}`},
		{name: "option with a number as id", given: map[string]any{"customfield_1": "Network"}, want: `{"customfield_1":{"id":"8"}}`},
		{name: "option without a list", given: map[string]any{"customfield_4": "x"}, want: `{"customfield_4":{"value":"x"}}`},
		{name: "value without an id", given: map[string]any{"customfield_5": "only a name"}, want: `{"customfield_5":{"name":"only a name"}}`},
		{name: "number", given: map[string]any{"customfield_2": 3}, want: `{"customfield_2":3}`},
		{name: "number as text", given: map[string]any{"customfield_2": "1.5"}, want: `{"customfield_2":1.5}`},
		{name: "no number", given: map[string]any{"customfield_2": "many"}, err: `"many" is no number`},
		{name: "list", given: map[string]any{"customfield_3": []any{"EU", "US"}}, want: `{"customfield_3":[{"id":"21"},{"id":"22"}]}`},
		{name: "one for a list", given: map[string]any{"fixVersions": "1.0"}, want: `{"fixVersions":[{"id":"31"}]}`},
		{name: "a number for a version", given: map[string]any{"fixVersions": "2.0"}, err: `"2.0" is not allowed; allowed: 1.0`},
		{name: "labels", given: map[string]any{"labels": []any{"a", "b"}}, want: `{"labels":["a","b"]}`},
		{name: "no labels", given: map[string]any{"labels": []any{}}, want: `{"labels":[]}`},
		{name: "user", given: map[string]any{"assignee": "ada"}, want: `{"assignee":{"name":"ada"}}`},
		{name: "user on Cloud", cloud: true, given: map[string]any{"assignee": "5b1"}, want: `{"assignee":{"accountId":"5b1"}}`},
		{name: "nobody", given: map[string]any{"assignee": nil}, want: `{"assignee":null}`},
		{name: "date", given: map[string]any{"duedate": "2026-12-24"}, want: `{"duedate":"2026-12-24"}`},
		{name: "not on the screen", given: map[string]any{"votes": 3, "labels": "a"}, want: `{"labels":["a"]}`, left: []string{"votes"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := fillFields(Site{Cloud: tt.cloud}, readScreen(t), tt.given)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(f.values)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("values %s, want %s", got, tt.want)
			}
			if d := cmp.Diff(tt.left, f.left); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestRequiredFields(t *testing.T) {
	f, err := fillFields(Site{}, readScreen(t), map[string]any{"environment": "prod"})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"resolution"}, f.missing); d != "" {
		t.Error(d)
	}
}

func TestChoicesAreFew(t *testing.T) {
	f := field{}
	for range 30 {
		f.AllowedValues = append(f.AllowedValues, allowedValue{Name: "v"})
	}
	if got := f.choices(); !strings.HasSuffix(got, "… and 20 more") {
		t.Errorf("choices %q", got)
	}
}

// Jira's plugins give fields any shape; reading a workflow never fails on them,
// and what is chosen is one of the transitions.
func FuzzTransitions(f *testing.F) {
	f.Add([]byte(`{"id":"1","key":"A-1","fields":{"status":{"id":"1","name":"Open"}},"transitions":[{"id":"5","name":"Done","to":{"id":"2","name":"Done","statusCategory":{"key":"done"}},"fields":`+screen+`}]}`), "done", "Fixed")
	f.Add([]byte(`{"transitions":[{"fields":{"x":{"allowedValues":[null,1,"a",[],{"id":{}}],"required":true}}},{}]}`), "category:done", "")
	f.Fuzz(func(t *testing.T, body []byte, to, value string) {
		var i issue
		if json.Unmarshal(body, &i) != nil {
			return
		}
		for _, want := range []plan.Transition{{To: to}, {To: to, ByCommand: true}} {
			chosen, _, err := choose(want, i.Transitions)
			if err != nil {
				continue
			}
			given := map[string]any{}
			for id := range chosen.Fields {
				given[id] = value
			}
			form, err := fillFields(Site{}, chosen.Fields, given)
			if err == nil && len(form.left)+len(form.missing) > 0 {
				t.Errorf("given %v, form %+v", given, form)
			}
		}
	})
}
