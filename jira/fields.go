package jira

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"jirahook/plan"
)

// field is a field on a transition's screen. go-jira keeps only whether it is
// required.
type field struct {
	Name            string         `json:"name"`
	Required        bool           `json:"required"`
	HasDefaultValue bool           `json:"hasDefaultValue"`
	Schema          schema         `json:"schema"`
	AllowedValues   []allowedValue `json:"allowedValues"`
}

type schema struct {
	Type  string `json:"type"`
	Items string `json:"items"` // of an array
}

// allowedValue is an option, version, resolution, priority, project and so on.
type allowedValue struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Value string `json:"value"`
	Key   string `json:"key"`
	// Untranslated is the name in the language it was made in.
	Untranslated string `json:"untranslatedName"`
}

// UnmarshalJSON takes what it knows and ignores the rest, as plugins give their
// fields values of any form.
func (a *allowedValue) UnmarshalJSON(b []byte) error {
	*a = allowedValue{}
	var m map[string]any
	if json.Unmarshal(b, &m) != nil {
		return nil
	}
	for name, to := range map[string]*string{"id": &a.ID, "name": &a.Name, "value": &a.Value, "key": &a.Key, "untranslatedName": &a.Untranslated} {
		switch v := m[name].(type) {
		case string:
			*to = v
		case float64:
			*to = strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return nil
}

func (a allowedValue) String() string {
	for _, s := range []string{a.Name, a.Value, a.Key, a.ID} {
		if s != "" {
			return s
		}
	}
	return "?"
}

func (a allowedValue) is(s string) bool {
	return sameName(a.Name, s) || sameName(a.Untranslated, s) || sameName(a.Value, s) || a.ID == s || a.Key != "" && sameName(a.Key, s)
}

// form is what a transition's screen is filled with.
type form struct {
	values  map[string]any // by field id, in Jira's form
	comment map[string]any // which Jira takes as an update, not as a field; nil: none
	left    []string       // configured, but not on the screen
	missing []string       // ids: required, not configured, without a default
}

// commentField is the id of the comment on a screen.
const commentField = "comment"

// fillFields fills a screen from the configuration. Jira refuses a field that is
// not on it.
func fillFields(site Site, screen map[string]field, configured map[string]any) (form, error) {
	f := form{values: map[string]any{}}
	for _, name := range slices.Sorted(maps.Keys(configured)) {
		id, meta, ok := findField(screen, name)
		if !ok {
			f.left = append(f.left, name)
			continue
		}
		if id == commentField {
			if f.comment, ok = commentOf(configured[name]); !ok {
				return form{}, refused("%s: %v is no text", name, configured[name]).advise("look at transitions[].fields." + name)
			}
			continue
		}
		value, err := meta.value(site, configured[name])
		if err != nil {
			return form{}, refused("%s: %s", name, err).advise("look at transitions[].fields." + name)
		}
		f.values[id] = value
	}
	for _, id := range slices.Sorted(maps.Keys(screen)) {
		_, given := f.values[id]
		given = given || id == commentField && f.comment != nil
		if !given && screen[id].Required && !screen[id].HasDefaultValue {
			f.missing = append(f.missing, id)
		}
	}
	return f, nil
}

// commentOf is a configured comment: a text, or Jira's own form with a body.
func commentOf(v any) (comment map[string]any, ok bool) {
	switch v := v.(type) {
	case string:
		return map[string]any{"body": v}, v != ""
	case map[string]any:
		body, ok := v["body"].(string)
		return v, ok && body != ""
	}
	return nil, false
}

// findField finds a field on a screen by its id, or by its name.
func findField(screen map[string]field, name string) (string, field, bool) {
	if f, ok := screen[name]; ok {
		return name, f, true
	}
	for _, id := range slices.Sorted(maps.Keys(screen)) {
		if sameName(id, name) || sameName(screen[id].Name, name) {
			return id, screen[id], true
		}
	}
	return "", field{}, false
}

// value brings a configured value into the form that Jira wants for the field.
func (f field) value(site Site, v any) (any, error) {
	if f.Schema.Type != "array" {
		return f.single(site, f.Schema.Type, v)
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	values := []any{}
	for _, e := range list {
		one, err := f.single(site, f.Schema.Items, e)
		if err != nil {
			return nil, err
		}
		values = append(values, one)
	}
	return values, nil
}

func (f field) single(site Site, kind string, v any) (any, error) {
	var s string
	switch x := v.(type) {
	case string:
		s = x
	case int, int64, uint64, float64:
		s = fmt.Sprint(x)
	default:
		return v, nil // written in Jira's own form: {name: Fixed}, null, true
	}
	if len(f.AllowedValues) > 0 {
		return f.allowed(s)
	}
	switch kind {
	case "number":
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number", s)
		}
		return n, nil
	case "option":
		return map[string]any{"value": s}, nil
	case "resolution", "priority", "version", "component", "group", "issuetype", "securitylevel":
		return map[string]any{"name": s}, nil
	case "project":
		return map[string]any{"key": s}, nil
	case "user":
		if site.Cloud {
			return map[string]any{"accountId": s}, nil
		}
		return map[string]any{"name": s}, nil
	case "string", "date", "datetime":
		return s, nil
	}
	return v, nil
}

// allowed finds a value among those the field takes, and names it by its id:
// names may have been translated.
func (f field) allowed(s string) (any, error) {
	i := slices.IndexFunc(f.AllowedValues, func(a allowedValue) bool { return a.is(s) })
	if i < 0 {
		return nil, fmt.Errorf("%q is not allowed; allowed: %s", s, f.choices())
	}
	switch a := f.AllowedValues[i]; {
	case a.ID != "":
		return map[string]any{"id": a.ID}, nil
	case a.Value != "":
		return map[string]any{"value": a.Value}, nil
	case a.Key != "":
		return map[string]any{"key": a.Key}, nil
	default:
		return map[string]any{"name": a.Name}, nil
	}
}

// maxChoices is how many allowed values a report names.
const maxChoices = 10

func (f field) choices() string {
	var all []string
	for i, a := range f.AllowedValues {
		if i == maxChoices {
			all = append(all, fmt.Sprintf("… and %d more", len(f.AllowedValues)-i))
			break
		}
		all = append(all, a.String())
	}
	return strings.Join(all, ", ")
}

// checkRequired refuses a transition whose screen requires fields that nobody
// gives. A field that the issue has a value for keeps it. What a required field
// should be is never guessed.
func (d *delivery) checkRequired(ctx context.Context, t plan.Transition, chosen transition, missing []string) error {
	if len(missing) == 0 {
		return nil
	}
	var present struct {
		Fields map[string]any `json:"fields"`
	}
	if err := d.look(ctx, d.path(), url.Values{"fields": {strings.Join(missing, ",")}}, &present); err != nil {
		return err
	}
	// The comments that an issue has are none of this transition.
	missing = slices.DeleteFunc(missing, func(id string) bool { return id != commentField && !isEmpty(present.Fields[id]) })
	if len(missing) == 0 {
		return nil
	}
	var told, keys, names []string
	for _, id := range missing {
		f := chosen.Fields[id]
		word := f.Name
		if word == "" {
			word = id
		}
		names = append(names, short(word))
		if len(f.AllowedValues) > 0 {
			word += " (" + f.choices() + ")"
		}
		told = append(told, word)
		keys = append(keys, "transitions[].fields."+id)
	}
	e := refused("%s requires %s", chosen.Name, strings.Join(told, ", "))
	e.missing = names
	if t.Word == "" && !t.ByCommand {
		return e.advise("set " + strings.Join(keys, ", "))
	}
	e.Problem = "#" + cmp.Or(t.Word, t.To) + ": " + e.Problem
	if slices.Equal(missing, []string{commentField}) {
		e.Problem += "; write it behind the command"
		return e.ofPusher()
	}
	e.Problem += "; no command fills that in, move it in Jira"
	return e.advise("a Smart Commit cannot fill fields: move the issue in Jira, or by a rule with " + strings.Join(keys, ", ")).ofPusher()
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
