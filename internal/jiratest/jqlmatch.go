package jiratest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// matcher holds a query against issues, for one caller.
type matcher struct {
	s        *Server
	c        *call
	mistakes []string // what Jira's validation would say
}

// issueKey is what looks like a key to Jira's search.
var issueKey = lazily(`^[A-Za-z][A-Za-z0-9_]*-[0-9]+$`)

func isKeyField(field string) bool {
	return slices.Contains([]string{"key", "issuekey", "issue", "id"}, field)
}

// check walks a query as Jira's validation does: fields, and values that must
// exist.
func (m *matcher) check(cl *clause) {
	for _, part := range cl.parts {
		m.check(part)
	}
	if cl.field == "" || !m.checkField(cl.field) {
		return
	}
	for _, v := range cl.values {
		m.checkValue(cl.field, v)
	}
}

func (m *matcher) checkField(field string) bool {
	known := []string{"project", "status", "statuscategory", "assignee", "reporter", "creator", "resolution", "labels", "text", "summary",
		"description", "comment", "issuetype", "type", "created", "updated", "resolutiondate", "resolved", "priority"}
	if slices.Contains(known, field) || isKeyField(field) {
		return true
	}
	m.mistakes = append(m.mistakes, fmt.Sprintf("Field '%s' does not exist or you do not have permission to view it.", field))
	return false
}

func (m *matcher) checkValue(field, v string) {
	empty := strings.EqualFold(v, "empty") || strings.EqualFold(v, "null")
	switch {
	case empty:
	case isKeyField(field) && (issueKey().MatchString(v) || isNumber(v)):
		if m.s.visible(m.c, v) != nil {
			return
		}
		if isNumber(v) {
			m.mistakes = append(m.mistakes, fmt.Sprintf("A value with ID '%s' does not exist for the field '%s'.", v, field))
		} else {
			m.mistakes = append(m.mistakes, fmt.Sprintf("An issue with key '%s' does not exist for field '%s'.", v, field))
		}
	case isKeyField(field):
		m.mistakes = append(m.mistakes, fmt.Sprintf("The issue key '%s' for field '%s' is invalid.", v, field))
	case field == "project":
		if p := m.s.project(v); p == nil || !p.may(m.c, BrowseProjects) {
			m.mistakes = append(m.mistakes, fmt.Sprintf("The value '%s' does not exist for the field 'project'.", v))
		}
	case field == "status":
		for _, p := range m.s.browsable(m.c) {
			if _, ok := p.workflow.status(v); ok {
				return
			}
		}
		m.mistakes = append(m.mistakes, fmt.Sprintf("The value '%s' does not exist for the field 'status'.", v))
	}
}

func isNumber(v string) bool {
	_, err := strconv.Atoi(v)
	return err == nil
}

func (m *matcher) matches(cl *clause, i *issue) bool {
	switch cl.op {
	case "and":
		return !slices.ContainsFunc(cl.parts, func(p *clause) bool { return !m.matches(p, i) })
	case "or":
		return slices.ContainsFunc(cl.parts, func(p *clause) bool { return m.matches(p, i) })
	case "not":
		return !m.matches(cl.parts[0], i)
	case "!=", "not in", "!~", "is not":
		return !m.any(cl, i)
	}
	return m.any(cl, i)
}

// candidates are the issues, in order of creation, among which those are that
// match: of a query for keys only they, as Jira's own index has it.
func (m *matcher) candidates(where *clause) []*issue {
	if where == nil || !isKeyField(where.field) || where.op != "=" && where.op != "in" {
		return m.s.order
	}
	var named []*issue
	for _, v := range where.values {
		if i := m.s.visible(m.c, v); i != nil {
			named = append(named, i)
		}
	}
	slices.SortFunc(named, func(a, b *issue) int { return a.id - b.id })
	return slices.Compact(named)
}

// any tells whether one of the values fits, whatever the negation.
func (m *matcher) any(cl *clause, i *issue) bool {
	return slices.ContainsFunc(cl.values, func(v string) bool {
		switch cl.op {
		case "~", "!~":
			return m.contains(cl.field, v, i)
		case "<", ">", "<=", ">=":
			return m.compare(cl.field, cl.op, v, i)
		}
		return m.equals(cl.field, v, i)
	})
}

func (m *matcher) equals(field, v string, i *issue) bool {
	if isKeyField(field) {
		return m.s.visible(m.c, v) == i
	}
	empty := strings.EqualFold(v, "empty") || strings.EqualFold(v, "null")
	have := m.values(field, i)
	switch {
	case empty:
		return len(have) == 0
	case field == "resolution" && strings.EqualFold(v, "unresolved"):
		return len(have) == 0
	case strings.EqualFold(v, "currentUser()"):
		v = m.s.opts.Account.Name
	}
	return slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, v) })
}

// values are the words by which a field's value may be called.
func (m *matcher) values(field string, i *issue) []string {
	person := func(name string) []string {
		if name == "" {
			return nil
		}
		u := m.s.user(name)
		return []string{u.Name, u.AccountID, u.Email, u.DisplayName}
	}
	switch field {
	case "project":
		return []string{i.project.key, strconv.Itoa(i.project.id), i.project.name}
	case "status":
		return []string{i.status.Name, i.status.ID}
	case "statuscategory":
		return []string{i.status.Category, map[string]string{"new": "To Do", "indeterminate": "In Progress", "done": "Done"}[i.status.Category]}
	case "assignee":
		return person(i.assignee)
	case "reporter", "creator":
		return person(i.reporter)
	case "resolution":
		if i.resolution != "" {
			return []string{i.resolution, resolutionID(i.resolution)}
		}
		return nil
	case "labels":
		return i.labels
	case "issuetype", "type":
		return []string{i.kind.Name, i.kind.ID}
	case "priority":
		return []string{"Medium", "3"}
	case "resolved", "resolutiondate":
		if i.resolution != "" {
			return []string{i.resolved.Format("2006-01-02")}
		}
		return nil
	}
	return []string{i.summary}
}

// contains is Jira's text search, about: every word must be there.
func (m *matcher) contains(field, v string, i *issue) bool {
	text := i.summary
	switch field {
	case "description":
		text = i.desc
	case "text", "comment":
		if field == "text" {
			text += "\n" + i.desc
		} else {
			text = ""
		}
		for _, x := range m.s.seenComments(i) {
			text += "\n" + x.Body
		}
	}
	text = strings.ToLower(text)
	return !slices.ContainsFunc(strings.Fields(strings.ToLower(strings.Trim(v, `"*`))), func(word string) bool {
		return !strings.Contains(text, word)
	})
}

// compare holds a date ("2026-01-31", "2026-01-31 12:00" or relative, "-7d")
// against one of an issue.
func (m *matcher) compare(field, op, v string, i *issue) bool {
	have := map[string]time.Time{"created": i.created, "updated": i.updated, "resolved": i.resolved, "resolutiondate": i.resolved}[field]
	bound, ok := m.date(v)
	if !ok || have.IsZero() {
		return false
	}
	order := have.Compare(bound)
	switch op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

func (m *matcher) date(v string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02", "2006-01-02 15:04", "2006/01/02"} {
		if t, err := time.Parse(layout, v); err == nil {
			return t, true
		}
	}
	units := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if v == "" || units[v[len(v)-1]] == 0 {
		return time.Time{}, false
	}
	n, err := strconv.Atoi(v[:len(v)-1])
	return m.s.opts.Now().Add(time.Duration(n) * units[v[len(v)-1]]), err == nil
}

// sort orders what was found; without an order, the newest first, as Jira does.
func (m *matcher) sort(found []*issue, order []orderBy) {
	if len(order) == 0 {
		order = []orderBy{{"key", true}}
	}
	slices.SortStableFunc(found, func(a, b *issue) int {
		for _, o := range order {
			n := compareField(o.field, a, b)
			if o.desc {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
}

func compareField(field string, a, b *issue) int {
	switch field {
	case "created":
		return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.id, b.id))
	case "updated":
		return a.updated.Compare(b.updated)
	case "status":
		return strings.Compare(a.status.Name, b.status.Name)
	case "summary":
		return strings.Compare(a.summary, b.summary)
	case "key", "issuekey", "issue", "id", "project":
		return cmp.Or(strings.Compare(a.project.key, b.project.key), cmp.Compare(keyNumber(a.key), keyNumber(b.key)))
	}
	return 0
}

func keyNumber(key string) int {
	_, number, _ := strings.Cut(key, "-")
	n, _ := strconv.Atoi(number) // a key that was given out has a number
	return n
}
