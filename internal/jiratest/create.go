package jiratest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// createMeta lists a project's issue types. Data Center and Cloud name the list
// differently.
func (s *Server) createMeta(c *call) answer {
	p := s.project(c.vars["project"])
	if p == nil || !p.may(c, CreateIssues) {
		return refuse(http.StatusBadRequest, "No project could be found with key '"+c.vars["project"]+"'.")
	}
	beans := []map[string]any{}
	for _, kind := range issueTypes() {
		beans = append(beans, issueTypeBean(c, kind))
	}
	out := map[string]any{"startAt": 0, "maxResults": 50, "total": len(beans)}
	if s.opts.Flavour == Cloud {
		out["issueTypes"] = beans
	} else {
		out["values"], out["isLast"] = beans, true
	}
	return jsonAnswer(http.StatusOK, out)
}

// oldCreateMeta is how Server before 8.4 tells the issue types; Data Center has
// lost it with 9.0.
func (s *Server) oldCreateMeta(c *call) answer {
	wanted := listOf(c.URL.Query()["projectKeys"], "")
	projects := []map[string]any{}
	for _, p := range s.browsable(c) {
		if !p.may(c, CreateIssues) || len(wanted) > 0 && !slices.Contains(wanted, p.key) {
			continue
		}
		kinds := []map[string]any{}
		for _, kind := range issueTypes() {
			kinds = append(kinds, issueTypeBean(c, kind))
		}
		bean := s.projectBean(c, p)
		bean["issuetypes"] = kinds
		projects = append(projects, bean)
	}
	return jsonAnswer(http.StatusOK, map[string]any{"expand": "projects", "projects": projects})
}

type createBody struct {
	Fields     map[string]json.RawMessage `json:"fields"`
	Properties []property                 `json:"properties"`
}

// named is how Jira wants a project, an issue type or a user.
type named struct {
	ID        json.RawMessage `json:"id"`
	Key       string          `json:"key"`
	Name      string          `json:"name"`
	AccountID string          `json:"accountId"`
}

func (n named) id() string { return strings.Trim(string(n.ID), `"`) }

func (s *Server) createIssue(c *call) answer {
	var in createBody
	if err := json.Unmarshal(c.body, &in); err != nil {
		return badBody()
	}
	errors := map[string]string{}
	p := s.createProject(c, in, errors)
	kind := createType(in, errors)
	summary := s.createSummary(in, errors)
	rest := s.createRest(in, errors)
	properties, refusal, ok := readProperties(in.Properties)
	if !ok {
		return refusal
	}
	if len(errors) > 0 {
		return refuseFields(errors)
	}
	p.lastNumber++
	i := s.newIssue(p, fmt.Sprintf("%s-%d", p.key, p.lastNumber), kind, summary)
	i.reporter, i.desc, i.labels, i.fields = s.opts.Account.Name, rest.description, rest.labels, rest.other
	for k, v := range properties {
		i.properties[k] = json.RawMessage(v)
	}
	i.activity = append(i.activity, "created")
	i.noticed(i.desc)
	return jsonAnswer(http.StatusCreated, map[string]string{"id": strconv.Itoa(i.id), "key": i.key, "self": s.issueSelf(c, i)})
}

func (s *Server) createProject(c *call, in createBody, errors map[string]string) *project {
	var n named
	if json.Unmarshal(in.Fields["project"], &n) != nil || n.Key+n.id() == "" {
		errors["project"] = "project is required"
		return nil
	}
	ref := n.Key
	if ref == "" {
		ref = n.id()
	}
	p := s.project(ref)
	switch {
	case p == nil || !p.may(c, BrowseProjects):
		errors["project"] = "valid project is required"
	case !p.may(c, CreateIssues):
		errors["project"] = "You do not have permission to create issues in this project."
	}
	return p
}

func createType(in createBody, errors map[string]string) Option {
	var n named
	if json.Unmarshal(in.Fields["issuetype"], &n) != nil || n.Name+n.id() == "" {
		errors["issuetype"] = "issue type is required"
	}
	for _, kind := range issueTypes() {
		if n.id() == kind.ID || n.id() == "" && strings.EqualFold(n.Name, kind.Name) {
			return kind
		}
	}
	if errors["issuetype"] == "" {
		errors["issuetype"] = "Specify a valid issue type"
	}
	return Option{}
}

func (s *Server) createSummary(in createBody, errors map[string]string) string {
	var summary string
	switch err := json.Unmarshal(in.Fields["summary"], &summary); {
	case err != nil || strings.TrimSpace(summary) == "":
		errors["summary"] = "You must specify a summary of the issue."
	case strings.ContainsAny(summary, "\r\n"):
		errors["summary"] = "The summary is invalid because it contains newline characters."
	case utf8.RuneCountInString(summary) > 255:
		errors["summary"] = "Summary can't exceed 255 characters."
	}
	return summary
}

type createRest struct {
	description string
	labels      []string
	other       map[string]any
}

// createRest reads what is not required. A field that is not on the create
// screen is refused.
func (s *Server) createRest(in createBody, errors map[string]string) createRest {
	out := createRest{other: map[string]any{}}
	for name, raw := range in.Fields {
		switch name {
		case "project", "issuetype", "summary":
		case "description":
			if json.Unmarshal(raw, &out.description) != nil {
				errors[name] = "Operation value must be a string"
			} else if s.opts.TextLimit > 0 && utf8.RuneCountInString(out.description) > s.opts.TextLimit {
				errors[name] = fmt.Sprintf("The entered text is too long. It exceeds the allowed limit of %s characters.", thousands(s.opts.TextLimit))
			}
		case "labels":
			if json.Unmarshal(raw, &out.labels) != nil {
				errors[name] = "data was not an array"
			}
			if n := slices.IndexFunc(out.labels, func(l string) bool { return strings.ContainsAny(l, " \t\n") }); n >= 0 {
				errors[name] = "The label '" + out.labels[n] + "' contains spaces which is invalid."
			}
		case "priority", "customfield_10100":
			var v any
			if json.Unmarshal(raw, &v) == nil {
				out.other[name] = v
			}
		default:
			errors[name] = "Field '" + name + "' cannot be set. It is not on the appropriate screen, or unknown."
		}
	}
	return out
}
