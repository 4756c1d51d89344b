package jira

import (
	"encoding/json"
	"fmt"
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
	for n := 1; n <= 12; n++ {
		f.AllowedValues = append(f.AllowedValues, allowedValue{Name: "v"})
		want := strings.Repeat("v, ", min(n, 10)-1) + "v"
		if n > 10 {
			want += fmt.Sprintf(", … and %d more", n-10)
		}
		if got := f.choices(); got != want {
			t.Errorf("choices of %d: %q", n, got)
		}
	}
}

// A value that is written as a word or a number takes the form of its field's kind, and
// of the list that it is chosen from.
func TestFormOfAValue(t *testing.T) {
	for kind, want := range map[string]string{
		"number": `7.5`, "option": `{"value":"7.5"}`, "project": `{"key":"7.5"}`, "user": `{"name":"7.5"}`, "string": `"7.5"`, "date": `"7.5"`, "datetime": `"7.5"`, "any": `7.5`,
		"resolution": `{"name":"7.5"}`, "priority": `{"name":"7.5"}`, "version": `{"name":"7.5"}`, "component": `{"name":"7.5"}`, "group": `{"name":"7.5"}`, "issuetype": `{"name":"7.5"}`, "securitylevel": `{"name":"7.5"}`,
	} {
		for schema, want := range map[schema]string{{Type: kind}: want, {Type: "array", Items: kind}: "[" + want + "]"} {
			got, err := field{Schema: schema}.value(Site{}, 7.5)
			if data, _ := json.Marshal(got); err != nil || string(data) != want {
				t.Errorf("%+v: %s, %v", schema, data, err)
			}
		}
	}
	for want, v := range map[string]allowedValue{
		`{"id":"1"}`: {ID: "1", Name: "x", Value: "y", Key: "z"}, `{"value":"x"}`: {Value: "x", Name: "x", Key: "z"}, `{"key":"x"}`: {Name: "x", Key: "x"}, `{"name":"x"}`: {Name: "x"},
	} {
		name := "x"
		got, err := field{AllowedValues: []allowedValue{{ID: "0", Name: "other"}, v}}.value(Site{}, name)
		if data, _ := json.Marshal(got); err != nil || string(data) != want {
			t.Errorf("%+v: %s, %v", v, data, err)
		}
	}
	for _, v := range []any{int64(7), uint64(7), 7, 7.0} {
		got, err := field{Schema: schema{Type: "string"}}.value(Site{}, v)
		if err != nil || got != "7" {
			t.Errorf("%T: %v, %v", v, got, err)
		}
	}
	if _, err := (field{Schema: schema{Type: "array", Items: "number"}}).value(Site{}, []any{1, "many"}); err == nil {
		t.Error("a list with a wrong value is none")
	}
	// What is in Jira's own form stays so, even where there is a list.
	own := map[string]any{"name": "Fixed"}
	if got, err := (field{Schema: schema{Type: "array"}, AllowedValues: []allowedValue{{ID: "1"}}}).value(Site{}, own); err != nil || !cmp.Equal(got, []any{own}) {
		t.Errorf("%v, %v", got, err)
	}
}

// A comment on a screen is a text or has one; an empty one is none, and then it is
// missing where it is required.
func TestCommentOnAScreen(t *testing.T) {
	screen := map[string]field{"comment": {Name: "Comment", Required: true}}
	for _, tt := range []struct {
		given any
		want  map[string]any
	}{
		{"closed", map[string]any{"body": "closed"}}, {map[string]any{"body": "closed", "x": 1}, map[string]any{"body": "closed", "x": 1}},
		{"", nil}, {map[string]any{"body": ""}, nil}, {map[string]any{"body": 7}, nil}, {map[string]any{}, nil}, {7, nil}, {nil, nil},
	} {
		f, err := fillFields(Site{}, screen, map[string]any{"comment": tt.given})
		if (err == nil) != (tt.want != nil) || !cmp.Equal(f.comment, tt.want) || len(f.missing) != 0 || len(f.values) != 0 {
			t.Errorf("%v: %+v, %v", tt.given, f, err)
		}
		if err != nil && resultOf(err).Advice != "look at transitions[].fields.comment" {
			t.Errorf("%v: advice %q", tt.given, resultOf(err).Advice)
		}
	}
	if f, err := fillFields(Site{}, screen, nil); err != nil || len(f.missing) != 1 || f.missing[0] != "comment" {
		t.Errorf("nothing given: %+v, %v", f, err)
	}
}

// A required field that has a value keeps it; one that is empty, in any form, is
// missing. A field without a name is called by its id.
func TestEmptyFields(t *testing.T) {
	for value, missing := range map[string]bool{`null`: true, `""`: true, `[]`: true, `{}`: true, `"x"`: false, `[1]`: false, `{"a":1}`: false, `0`: false, `false`: false} {
		c := serve(t, json200(`{"fields":{"customfield_1":`+value+`}}`), nil)
		d := c.onIssue("SHOP-12")
		screen := transition{Name: "Done", Fields: map[string]field{"customfield_1": {AllowedValues: []allowedValue{{Name: "a"}, {Name: "b"}}}}}
		err := d.checkRequired(t.Context(), plan.Transition{}, screen, []string{"customfield_1"})
		if missing != (err != nil) || err != nil && (resultOf(err).Problem != "Done requires customfield_1 (a, b)" || resultOf(err).Advice != "set transitions[].fields.customfield_1") {
			t.Errorf("%s: %v", value, err)
		}
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
