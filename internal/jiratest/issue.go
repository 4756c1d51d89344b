package jiratest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// stamp is how Jira writes times, and how it wants them.
const stamp = "2006-01-02T15:04:05.000-0700"

type issue struct {
	id         int
	key        string
	project    *project
	summary    string
	desc       string
	kind       Option // issue type
	status     Status
	resolution string // "": unresolved
	resolved   time.Time
	assignee   string // user names; "": nobody
	reporter   string
	labels     []string
	fields     map[string]any // custom fields, and others that were set
	properties map[string]json.RawMessage
	created    time.Time
	updated    time.Time
	remaining  int // estimate, seconds
	comments   []*Comment
	links      []*remoteLink
	worklogs   []*Worklog
	history    []*change
	activity   []string
	mentions   []string
	images     []string
	macros     []string
}

// change is one entry of an issue's history; it may touch several fields.
type change struct {
	id     int
	author string
	when   time.Time
	items  []changeItem
}

type changeItem struct{ field, fromID, from, toID, to string }

// issueTypes are the types of every project.
func issueTypes() []Option {
	return []Option{{"10001", "Task"}, {"10002", "Bug"}, {"10003", "Story"}}
}

// reporterName is who reports what a test seeds.
const reporterName = "ada"

// AddIssue adds an issue in the first status of its project's workflow.
func (s *Server) AddIssue(key, summary string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, number, _ := strings.Cut(key, "-")
	p := s.project(name)
	n, err := strconv.Atoi(number)
	if p == nil || err != nil || s.issues[key] != nil {
		panic("jiratest: cannot add issue " + key)
	}
	p.lastNumber = max(p.lastNumber, n)
	i := s.newIssue(p, key, issueTypes()[0], summary)
	i.reporter = reporterName
}

func (s *Server) newIssue(p *project, key string, kind Option, summary string) *issue {
	now := s.opts.Now()
	i := &issue{
		id: s.id(), key: key, project: p, kind: kind, summary: summary, status: p.workflow.Statuses[0],
		created: now, updated: now, fields: map[string]any{}, properties: map[string]json.RawMessage{},
	}
	s.issues[key] = i
	s.order = append(s.order, i)
	return i
}

// must finds an issue that a test says is there.
func (s *Server) must(key string) *issue {
	i := s.issues[key]
	if i == nil {
		panic("jiratest: no issue " + key)
	}
	return i
}

// Move gives an issue another key, in a project that must be there. The old key
// leads to it from then on.
func (s *Server) Move(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.must(from)
	name, number, _ := strings.Cut(to, "-")
	p := s.project(name)
	n, err := strconv.Atoi(number)
	if p == nil || err != nil || s.issues[to] != nil {
		panic("jiratest: cannot move to " + to)
	}
	if _, ok := p.workflow.status(i.status.Name); !ok {
		i.status = p.workflow.Statuses[0]
	}
	p.lastNumber = max(p.lastNumber, n)
	i.key, i.project, s.issues[to] = to, p, i
}

// Remove deletes an issue with all its keys.
func (s *Server) Remove(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gone := s.must(key)
	for k, i := range s.issues {
		if i == gone {
			delete(s.issues, k)
		}
	}
	s.order = slices.DeleteFunc(s.order, func(i *issue) bool { return i == gone })
}

// Edit sets a field of an issue, as a person would: summary, description,
// issuetype, assignee and reporter (user names), labels (separated by commas), or
// any other by its id.
func (s *Server) Edit(key, field, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.must(key)
	switch field {
	case "summary":
		i.summary = value
	case "description":
		i.desc = value
	case "issuetype":
		i.kind = Option{"10009", value}
	case "assignee":
		i.assignee = value
	case "reporter":
		i.reporter = value
	case "labels":
		i.labels = strings.Split(value, ",")
	default:
		i.fields[field] = value
	}
	i.updated = s.opts.Now()
}

// SetStatus moves an issue as some other person would, without a transition. A
// status of the category done brings the resolution Done.
func (s *Server) SetStatus(key, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.must(key)
	to, ok := i.project.workflow.status(status)
	if !ok {
		panic("jiratest: no status " + status)
	}
	s.moveTo(i, reporterName, to, "Done")
}

// SetResolution sets an issue's resolution, as an import or a workflow that
// forgets to clear it may leave one behind; "": unresolved.
func (s *Server) SetResolution(key, resolution string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.must(key)
	i.resolution, i.resolved = resolution, s.opts.Now()
}

// moveTo changes the status, and the resolution with it.
func (s *Server) moveTo(i *issue, author string, to Status, resolution string) {
	now := s.opts.Now()
	ch := &change{id: s.id(), author: author, when: now}
	ch.items = append(ch.items, changeItem{"status", i.status.ID, i.status.Name, to.ID, to.Name})
	i.activity = append(i.activity, "transition "+i.status.Name+" → "+to.Name)
	if to.Category != "done" {
		resolution = ""
	} else if resolution == "" {
		resolution = i.resolution
	}
	if resolution != i.resolution {
		ch.items = append(ch.items, changeItem{"resolution", resolutionID(i.resolution), i.resolution, resolutionID(resolution), resolution})
		i.resolved = now
	}
	i.status, i.resolution, i.updated = to, resolution, now
	i.history = append(i.history, ch)
}

func resolutionID(name string) string {
	for _, r := range resolutions() {
		if r.Name == name {
			return r.ID
		}
	}
	return ""
}

// noticed records what Jira would do on its own with a text that was posted.
// A mention is looked for in the raw text, wherever it stands.
func (i *issue) noticed(body string) {
	r := Rendered(body)
	i.mentions = append(i.mentions, r.Mentions...)
	i.images = append(i.images, r.Images...)
	i.macros = append(i.macros, r.Macros...)
}

// visible finds an issue by number or by any key it ever had, in any case of
// letters; nil when it is not there or the caller may not see it.
func (s *Server) visible(c *call, ref string) *issue {
	i := s.issues[strings.ToUpper(ref)]
	if n, err := strconv.Atoi(ref); err == nil {
		if at, ok := slices.BinarySearchFunc(s.order, n, func(i *issue, id int) int { return i.id - id }); ok {
			i = s.order[at]
		}
	}
	if i == nil || !i.project.may(c, BrowseProjects) {
		return nil
	}
	return i
}

// noIssue has the same words for an issue that is missing and one that may not
// be seen.
func (s *Server) noIssue(c *call) answer {
	switch {
	case s.opts.Flavour == Cloud:
		return refuse(http.StatusNotFound, "Issue does not exist or you do not have permission to see it.")
	case c.who != member:
		return refuse(http.StatusUnauthorized, "You do not have the permission to see the specified issue.", "Login Required")
	}
	return refuse(http.StatusNotFound, "Issue Does Not Exist")
}

func (s *Server) getIssue(c *call, i *issue) answer {
	q := c.URL.Query()
	return jsonAnswer(http.StatusOK, s.issueBean(c, i, listOf(q["fields"], "*all"), listOf(q["expand"], ""), listOf(q["properties"], "")))
}

// listOf joins the values of a parameter, each of which may be a list itself.
func listOf(values []string, otherwise string) []string {
	text := strings.Join(values, ",")
	if text == "" {
		text = otherwise
	}
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

// issueBean shows an issue with the wanted fields and extras.
func (s *Server) issueBean(c *call, i *issue, fields, expand, properties []string) map[string]any {
	bean := map[string]any{
		"expand": "renderedFields,names,schema,transitions,operations,editmeta,changelog",
		"id":     strconv.Itoa(i.id), "key": i.key, "self": s.issueSelf(c, i),
		"fields": choose(s.fieldsBean(c, i), fields),
	}
	if slices.Contains(expand, "transitions") || slices.Contains(expand, "transitions.fields") {
		bean["transitions"] = s.transitionBeans(c, i, slices.Contains(expand, "transitions.fields"))
	}
	if slices.Contains(expand, "changelog") {
		bean["changelog"] = s.changelogBean(c, i)
	}
	if len(properties) > 0 {
		chosen := map[string]json.RawMessage{}
		for k, v := range i.properties {
			if slices.Contains(properties, k) || slices.Contains(properties, "*all") {
				chosen[k] = v
			}
		}
		bean["properties"] = chosen
	}
	return bean
}

func (s *Server) issueSelf(c *call, i *issue) string {
	return fmt.Sprintf("%s/rest/api/2/issue/%d", c.base, i.id)
}

// choose applies a list of fields: names, *all, *navigable, and -name to leave
// one out.
func choose(all map[string]any, wanted []string) map[string]any {
	out := map[string]any{}
	for name, v := range all {
		in := slices.Contains(wanted, name) || slices.Contains(wanted, "*all") ||
			slices.Contains(wanted, "*navigable") && name != "comment" && name != "worklog"
		onlyMinus := !slices.ContainsFunc(wanted, func(w string) bool { return w[0] != '-' })
		if (in || onlyMinus) && !slices.Contains(wanted, "-"+name) {
			out[name] = v
		}
	}
	return out
}

func (s *Server) fieldsBean(c *call, i *issue) map[string]any {
	f := map[string]any{
		"summary": i.summary, "description": orNull(i.desc), "status": s.statusBean(c, i.status),
		"issuetype": issueTypeBean(c, i.kind), "project": s.projectBean(c, i.project),
		"priority": map[string]any{"self": c.base + "/rest/api/2/priority/3", "id": "3", "name": "Medium", "iconUrl": c.base + "/images/icons/priorities/medium.svg"},
		"labels":   append([]string{}, i.labels...), "issuelinks": []any{},
		"created": i.created.Format(stamp), "updated": i.updated.Format(stamp),
		"resolution": nil, "resolutiondate": nil,
		"assignee": s.personBean(c, i.assignee), "reporter": s.personBean(c, i.reporter), "creator": s.personBean(c, i.reporter),
		"comment": s.commentsField(c, i), "worklog": s.worklogsField(c, i),
	}
	if i.resolution != "" {
		f["resolution"] = resolutionBean(c, Option{resolutionID(i.resolution), i.resolution})
		f["resolutiondate"] = i.resolved.Format(stamp)
	}
	if s.tracking {
		f["timetracking"] = i.timeTracking()
		f["timespent"] = i.spent()
	}
	for name, v := range i.fields {
		f[name] = v
	}
	return f
}

func (s *Server) personBean(c *call, name string) any {
	if name == "" {
		return nil
	}
	return s.userBean(c, s.user(name))
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func issueTypeBean(c *call, kind Option) map[string]any {
	return map[string]any{
		"self": c.base + "/rest/api/2/issuetype/" + kind.ID, "id": kind.ID, "name": kind.Name,
		"description": "", "iconUrl": c.base + "/images/icons/issuetypes/task.svg", "subtask": false,
	}
}

func resolutionBean(c *call, r Option) map[string]any {
	return map[string]any{"self": c.base + "/rest/api/2/resolution/" + r.ID, "id": r.ID, "name": r.Name, "description": ""}
}

// changeBean leaves out what was or became nothing: Atlassian's description
// knows strings there and no null.
func changeBean(it changeItem) map[string]any {
	bean := map[string]any{"field": it.field, "fieldtype": "jira"}
	for name, value := range map[string]string{"from": it.fromID, "fromString": it.from, "to": it.toID, "toString": it.to} {
		if value != "" {
			bean[name] = value
		}
	}
	return bean
}

func (s *Server) changelogBean(c *call, i *issue) map[string]any {
	histories := []map[string]any{}
	for _, h := range i.history {
		items := []map[string]any{}
		for _, it := range h.items {
			items = append(items, changeBean(it))
		}
		histories = append(histories, map[string]any{
			"id": strconv.Itoa(h.id), "author": s.userBean(c, s.user(h.author)), "created": h.when.Format(stamp), "items": items,
		})
	}
	if s.opts.Flavour == Cloud {
		slices.Reverse(histories) // Cloud: newest first
	}
	return map[string]any{"startAt": 0, "maxResults": len(histories), "total": len(histories), "histories": histories}
}
