package jiratest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// open are the transitions that the caller can do now, in the workflow's order.
func (s *Server) open(c *call, i *issue) []Transition {
	var out []Transition
	if !i.project.may(c, TransitionIssues) {
		return nil
	}
	for _, t := range i.project.workflow.Transitions {
		if !t.Hidden && (len(t.From) == 0 || slices.Contains(t.From, i.status.Name)) {
			out = append(out, t)
		}
	}
	return out
}

func (s *Server) transitionBeans(c *call, i *issue, withFields bool) []map[string]any {
	beans := []map[string]any{}
	for _, t := range s.open(c, i) {
		to, _ := i.project.workflow.status(t.To)
		bean := map[string]any{"id": t.ID, "to": s.statusBean(c, to)}
		s.name(bean, t.Name)
		if s.opts.Flavour == Cloud {
			bean["hasScreen"], bean["isGlobal"], bean["isInitial"] = t.Screen, len(t.From) == 0, false
			bean["isAvailable"], bean["isConditional"], bean["looped"] = true, false, false
		}
		if withFields {
			bean["fields"] = s.fieldBeans(c, t)
		}
		beans = append(beans, bean)
	}
	return beans
}

// fieldBeans describes the fields on a transition's screen.
func (s *Server) fieldBeans(c *call, t Transition) map[string]any {
	out := map[string]any{}
	if !t.Screen {
		return out
	}
	for _, f := range t.Fields {
		schema := map[string]any{"type": f.Type, "system": f.ID}
		if number, custom := strings.CutPrefix(f.ID, "customfield_"); custom {
			n, _ := strconv.Atoi(number)
			schema = map[string]any{"type": f.Type, "customId": n, "custom": "com.atlassian.jira.plugin.system.customfieldtypes:select"}
		}
		bean := map[string]any{"required": f.Required, "schema": schema, "name": f.Name, "operations": []string{"set"}}
		if f.ID == commentField {
			bean["operations"] = []string{"add"}
		}
		if s.opts.Flavour != Server6 {
			bean["hasDefaultValue"] = f.HasDefault
		}
		if s.opts.Flavour == Cloud {
			bean["key"] = f.ID
		}
		if f.Allowed != nil {
			allowed := []map[string]any{}
			for _, o := range f.Allowed {
				if f.Type == "resolution" {
					allowed = append(allowed, resolutionBean(c, o))
				} else {
					allowed = append(allowed, map[string]any{"self": c.base + "/rest/api/2/customFieldOption/" + o.ID, "id": o.ID, "value": o.Name})
				}
			}
			bean["allowedValues"] = allowed
		}
		out[f.ID] = bean
	}
	return out
}

func (s *Server) listTransitions(c *call, i *issue) answer {
	q := c.URL.Query()
	beans := s.transitionBeans(c, i, slices.Contains(listOf(q["expand"], ""), "transitions.fields"))
	if id := q.Get("transitionId"); id != "" {
		beans = slices.DeleteFunc(beans, func(b map[string]any) bool { return b["id"] != id })
	}
	return jsonAnswer(http.StatusOK, map[string]any{"expand": "transitions", "transitions": beans})
}

type transitionBody struct {
	Transition *struct {
		ID json.RawMessage `json:"id"`
	} `json:"transition"`
	Fields map[string]json.RawMessage              `json:"fields"`
	Update map[string][]map[string]json.RawMessage `json:"update"`
}

// doTransition carries a transition out, or says in Jira's words why not.
func (s *Server) doTransition(c *call, i *issue) answer {
	var in transitionBody
	if err := json.Unmarshal(c.body, &in); err != nil {
		return badBody()
	}
	if in.Transition == nil || len(in.Transition.ID) == 0 {
		return refuse(http.StatusBadRequest, "Missing 'transition' identifier")
	}
	t, refusal, ok := s.chosen(c, i, strings.Trim(string(in.Transition.ID), `"`))
	if !ok {
		return refusal
	}
	errors := map[string]string{}
	for name := range in.Update {
		if _, both := in.Fields[name]; both {
			errors[name] = "Field '" + name + "' cannot be set by both 'fields' and 'update'."
		}
	}
	values := setFields(t, in, errors)
	remarks, refusal, ok := s.remarks(i, t, in)
	if !ok {
		return refusal
	}
	for _, f := range t.Fields {
		if f.ID == commentField {
			if f.Required && len(remarks) == 0 && errors[f.ID] == "" {
				errors[f.ID] = f.Name + " is required."
			}
			continue
		}
		if _, set := values[f.ID]; t.Screen && f.Required && !f.HasDefault && !set && errors[f.ID] == "" {
			errors[f.ID] = f.Name + " is required."
		}
	}
	if len(errors) > 0 {
		return refuseFields(errors)
	}
	return s.transit(c, i, t, values, remarks)
}

// commentField is a screen's comment: it is added to the issue, not set.
const commentField = "comment"

// remarks are the comments that come with a transition, checked as others are.
// Without a screen they are dropped silently.
func (s *Server) remarks(i *issue, t Transition, in transitionBody) ([]commentBody, answer, bool) {
	var all []commentBody
	for _, op := range in.Update[commentField] {
		var add commentBody
		if err := json.Unmarshal(op["add"], &add); err != nil || op["add"] == nil {
			return nil, refuseField(commentField, "Field with id 'comment' and name 'Comment' does not support that operation. Supported operation(s) are: 'add'"), false
		}
		if !t.Screen || !i.project.permissions[AddComments] {
			continue
		}
		if add.Body == nil || *add.Body == "" {
			return nil, refuseField(commentField, "Comment body can not be empty!"), false
		}
		if refusal, ok := s.checkText(commentField, *add.Body); !ok {
			return nil, refusal, false
		}
		if refusal, ok := s.checkVisibility(i, add.Visibility); !ok {
			return nil, refusal, false
		}
		if s.opts.Flavour == Server6 {
			add.Properties = nil // comments have none there, and nothing says so
		}
		if _, refusal, ok := readProperties(add.Properties); !ok {
			return nil, refusal, false
		}
		all = append(all, add)
	}
	return all, answer{}, true
}

// chosen finds the open transition with an id. For an id that the workflow does
// not have, the specification of Data Center names 500.
func (s *Server) chosen(c *call, i *issue, id string) (Transition, answer, bool) {
	byID := func(t Transition) bool { return t.ID == id }
	if list := s.open(c, i); slices.ContainsFunc(list, byID) {
		return list[slices.IndexFunc(list, byID)], answer{}, true
	}
	all := i.project.workflow.Transitions
	n := slices.IndexFunc(all, byID)
	switch {
	case n < 0 && s.opts.Flavour.isDataCenter():
		return Transition{}, refuse(http.StatusInternalServerError, "Internal server error"), false
	case n < 0:
		return Transition{}, refuse(http.StatusBadRequest, "Transition id '"+id+"' is not valid for this issue."), false
	}
	return Transition{}, refuse(http.StatusBadRequest, fmt.Sprintf("It seems that you have tried to perform a workflow operation (%s) that is not valid for the current state of this issue (%s). "+
		"The likely cause is that somebody has changed the issue recently, please look at the issue history for details.", all[n].Name, i.key)), false
}

// setFields gives the values of the fields that are on the screen, as they will
// be kept; what cannot be set goes to errors.
func setFields(t Transition, in transitionBody, errors map[string]string) map[string]any {
	given := map[string]json.RawMessage{}
	for name, v := range in.Fields {
		given[name] = v
	}
	for name, operations := range in.Update {
		if name == commentField {
			continue
		}
		for _, op := range operations {
			for _, v := range op {
				given[name] = v
			}
		}
	}
	values := map[string]any{}
	for name, raw := range given {
		n := slices.IndexFunc(t.Fields, func(f Field) bool { return f.ID == name })
		if !t.Screen || n < 0 {
			errors[name] = "Field '" + name + "' cannot be set. It is not on the appropriate screen, or unknown."
			continue
		}
		if name == commentField {
			errors[name] = "Field with id 'comment' and name 'Comment' does not support operation 'set' Supported operation(s) are: 'add'"
			continue
		}
		v, problem := t.Fields[n].value(raw)
		if problem != "" {
			errors[name] = problem
			continue
		}
		values[name] = v
	}
	return values
}

// value reads a field's value: for a choice {"id"}, {"name"} or {"value"}, where
// an id, even an empty one, is what counts.
func (f Field) value(raw json.RawMessage) (v any, problem string) {
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, "data was not a valid JSON value"
	}
	if f.Allowed == nil {
		return v, ""
	}
	object, _ := v.(map[string]any)
	for _, o := range f.Allowed {
		if id, given := object["id"]; given {
			if id == o.ID {
				return o.Name, ""
			}
		} else if object["name"] == o.Name || object["value"] == o.Name {
			return o.Name, ""
		}
	}
	if f.Type == "resolution" {
		return nil, "Could not find valid 'id' or 'name' in resolution object."
	}
	return nil, "Option '" + string(raw) + "' is not valid for the field '" + f.ID + "'."
}

// transit changes the issue and posts the comments that came along.
func (s *Server) transit(c *call, i *issue, t Transition, values map[string]any, remarks []commentBody) answer {
	resolution := t.Resolution
	for name, v := range values {
		switch name {
		case "resolution":
			resolution = fmt.Sprint(v)
		case "labels":
			i.labels = stringsOf(v)
		default:
			i.fields[name] = v
		}
	}
	to, _ := i.project.workflow.status(t.To)
	s.moveTo(i, s.opts.Account.Name, to, resolution)
	for _, add := range remarks {
		x := s.keepComment(i, s.opts.Account.Name, *add.Body, add.Visibility.visibility())
		x.Properties, _, _ = readProperties(add.Properties)
	}
	return noContent()
}

func stringsOf(v any) []string {
	var out []string
	list, _ := v.([]any)
	for _, x := range list {
		out = append(out, fmt.Sprint(x))
	}
	return out
}
