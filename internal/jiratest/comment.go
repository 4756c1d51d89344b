package jiratest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf16"
)

// Comment is a comment as it is kept.
type Comment struct {
	ID         int
	Author     string // user name
	Editor     string // who changed it last; at first its author
	Body       string // wiki markup
	Visibility Visibility
	Properties map[string]string // JSON texts by key
	Created    time.Time
	Updated    time.Time
	// Audience is who sees it, if not everybody who sees the issue: "role
	// Developers", on a service desk also "internal note", "shown to customers".
	Audience string
}

// Visibility restricts a comment or worklog; the zero value does not.
type Visibility struct {
	Type  string // role | group
	Value string
}

func (i *issue) cloneComment(c *Comment) Comment {
	out := *c
	out.Audience = i.audience(c)
	out.Properties = maps.Clone(c.Properties)
	return out
}

// visibilityBody is a visibility as it is sent.
type visibilityBody struct {
	Type       string `json:"type"`
	Value      string `json:"value"`
	Identifier string `json:"identifier,omitempty"`
}

type property struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

type commentBody struct {
	Body       *string         `json:"body"`
	Visibility *visibilityBody `json:"visibility"`
	Properties []property      `json:"properties"`
}

// AddComment adds a comment by a person, as seen by everybody.
func (s *Server) AddComment(key, author, body string) {
	s.AddRestrictedComment(key, author, body, Visibility{})
}

// AddRestrictedComment adds a comment by a person, for a role or group.
func (s *Server) AddRestrictedComment(key, author, body string, v Visibility) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepComment(s.must(key), author, body, v)
}

func (s *Server) keepComment(i *issue, author, body string, v Visibility) *Comment {
	now := s.opts.Now()
	x := &Comment{ID: s.id(), Author: author, Editor: author, Body: body, Visibility: v, Properties: map[string]string{}, Created: now, Updated: now}
	i.comments = append(i.comments, x)
	i.activity = append(i.activity, fmt.Sprintf("comment %d", x.ID))
	i.updated = now
	i.noticed(body)
	return x
}

// seen tells whether our account belongs to those a text is for.
func (s *Server) seen(i *issue, v Visibility) bool {
	switch v.Type {
	case "role":
		return slices.Contains(i.project.roles, v.Value)
	case "group":
		return slices.Contains(s.groups, v.Value)
	}
	return true
}

func (s *Server) commentBean(c *call, i *issue, x *Comment, properties, rendered bool) map[string]any {
	bean := map[string]any{
		"self": fmt.Sprintf("%s/comment/%d", s.issueSelf(c, i), x.ID), "id": strconv.Itoa(x.ID), "body": x.Body,
		"author": s.userBean(c, s.user(x.Author)), "updateAuthor": s.userBean(c, s.user(x.Editor)),
		"created": x.Created.Format(stamp), "updated": x.Updated.Format(stamp),
	}
	if s.opts.Flavour == Cloud {
		bean["jsdPublic"] = !x.Internal()
	}
	if rendered {
		bean["renderedBody"] = Rendered(x.Body).HTML
	}
	if x.Visibility.Type != "" {
		bean["visibility"] = s.visibilityBean(x.Visibility)
	}
	if properties && s.opts.Flavour != Server6 && !s.opts.NoExpandedProperties {
		bean["properties"] = propertyList(x.Properties)
	}
	return bean
}

func (s *Server) visibilityBean(v Visibility) map[string]any {
	bean := map[string]any{"type": v.Type, "value": v.Value}
	if s.opts.Flavour == Cloud {
		bean["identifier"] = v.Value
	}
	return bean
}

func propertyList(all map[string]string) []property {
	out := []property{}
	for _, k := range slices.Sorted(maps.Keys(all)) {
		out = append(out, property{k, json.RawMessage(all[k])})
	}
	return out
}

// seenComments are those that the caller may see, oldest first.
func (s *Server) seenComments(i *issue) []*Comment {
	var all []*Comment
	for _, x := range i.comments {
		if s.seen(i, x.Visibility) {
			all = append(all, x)
		}
	}
	return all
}

// commentsField is the field comment of an issue.
func (s *Server) commentsField(c *call, i *issue) map[string]any {
	beans := []map[string]any{}
	for _, x := range s.seenComments(i) {
		beans = append(beans, s.commentBean(c, i, x, false, false))
	}
	return map[string]any{"startAt": 0, "maxResults": len(beans), "total": len(beans), "comments": beans}
}

// listComments lists in the ways of this kind of Jira: 6.1 knows no pages and no
// order, Server and Data Center give all unless asked, Cloud a hundred at most.
func (s *Server) listComments(c *call, i *issue) answer {
	q := c.URL.Query()
	if s.opts.Flavour == Server6 {
		return jsonAnswer(http.StatusOK, s.commentsField(c, i))
	}
	if !slices.Contains([]string{"", "created", "+created", " created", "-created"}, q.Get("orderBy")) {
		return refuse(http.StatusBadRequest, "The 'orderBy' parameter must be 'created'.")
	}
	limit := 1048576
	if s.opts.Flavour == Cloud {
		limit = 100
	}
	all := s.seenComments(i)
	if q.Get("orderBy") == "-created" {
		slices.Reverse(all)
	}
	from, to, size := pageOf(c, len(all), limit, limit)
	expand := listOf(q["expand"], "")
	beans := []map[string]any{}
	for _, x := range all[from:to] {
		beans = append(beans, s.commentBean(c, i, x, slices.Contains(expand, "properties"), slices.Contains(expand, "renderedBody")))
	}
	return jsonAnswer(http.StatusOK, map[string]any{"startAt": from, "maxResults": size, "total": len(all), "comments": beans})
}

// readComment decodes and checks a comment that is sent.
func (s *Server) readComment(c *call, i *issue) (commentBody, answer, bool) {
	var in commentBody
	known := []string{"self", "id", "author", "body", "renderedBody", "updateAuthor", "created", "updated", "visibility"}
	if s.opts.Flavour != Server6 {
		known = append(known, "properties")
	}
	if refusal, ok := s.decode(c, &in, "com.atlassian.jira.issue.fields.rest.json.beans.CommentJsonBean", known); !ok {
		return in, refusal, false
	}
	if in.Body == nil || *in.Body == "" {
		return in, refuseField("comment", "Comment body can not be empty!"), false
	}
	if refusal, ok := s.checkText("comment", *in.Body); !ok {
		return in, refusal, false
	}
	refusal, ok := s.checkVisibility(i, in.Visibility)
	return in, refusal, ok
}

// checkText refuses texts that are too long, or that the database cannot keep.
func (s *Server) checkText(field, text string) (answer, bool) {
	units := len(utf16.Encode([]rune(text)))
	if s.opts.TextLimit > 0 && units > s.opts.TextLimit {
		return refuseField(field, fmt.Sprintf("The entered text is too long. It exceeds the allowed limit of %s characters.", thousands(s.opts.TextLimit))), false
	}
	if s.opts.UTF8MB3 && units > len([]rune(text)) {
		return refuse(http.StatusInternalServerError, "Internal server error"), false
	}
	return answer{}, true
}

// thousands writes 32767 as 32,767.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

func (v *visibilityBody) visibility() Visibility {
	switch {
	case v == nil || v.Type == "":
		return Visibility{}
	case v.Value == "":
		return Visibility{v.Type, v.Identifier}
	}
	return Visibility{v.Type, v.Value}
}

func (s *Server) checkVisibility(i *issue, in *visibilityBody) (answer, bool) {
	v := in.visibility()
	switch {
	case v.Type != "" && v.Type != "role" && v.Type != "group":
		return refuse(http.StatusBadRequest, "Can not deserialize visibility type '"+v.Type+"'."), false
	case s.seen(i, v):
		return answer{}, true
	case v.Type == "role":
		return refuseField("commentLevel", "You are currently not a member of the project role: "+v.Value+"."), false
	}
	return refuseField("commentLevel", "You are currently not a member of the group: "+v.Value+"."), false
}

func (s *Server) addComment(c *call, i *issue) answer {
	if !i.project.may(c, AddComments) {
		status := http.StatusBadRequest
		if s.opts.Flavour != Cloud {
			status = http.StatusForbidden
		}
		return refuse(status, fmt.Sprintf("%s, you do not have the permission to comment on this issue.", s.opts.Account.DisplayName))
	}
	in, refusal, ok := s.readComment(c, i)
	if !ok {
		return refusal
	}
	if s.opts.CommentLimit > 0 && len(i.comments) >= s.opts.CommentLimit {
		return overLimit("comments", s.opts.CommentLimit)
	}
	properties, refusal, ok := readProperties(in.Properties)
	if !ok {
		return refusal
	}
	x := s.keepComment(i, s.opts.Account.Name, *in.Body, in.Visibility.visibility())
	x.Properties = properties
	expand := listOf(c.URL.Query()["expand"], "")
	return jsonAnswer(http.StatusCreated, s.commentBean(c, i, x, slices.Contains(expand, "properties"), slices.Contains(expand, "renderedBody"))).
		with("Location", fmt.Sprintf("%s/comment/%d", s.issueSelf(c, i), x.ID))
}

func overLimit(things string, limit int) answer {
	return refuse(http.StatusRequestEntityTooLarge, fmt.Sprintf("The issue has reached the limit of %s %s.", thousands(limit), things))
}

// readProperties checks the keys (at most 255 characters) and values (at most
// 32 KB) of properties.
func readProperties(in []property) (map[string]string, answer, bool) {
	out := map[string]string{}
	for _, p := range in {
		if p.Key == "" || len(p.Key) > 255 {
			return nil, refuse(http.StatusBadRequest, "The key of a property must be of 1 to 255 characters."), false
		}
		if len(p.Value) == 0 || len(p.Value) > 32<<10 {
			return nil, refuse(http.StatusBadRequest, "The value of a property must be JSON of at most 32768 bytes."), false
		}
		out[p.Key] = string(p.Value)
	}
	return out, answer{}, true
}
