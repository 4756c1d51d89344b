package jiratest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Link is a remote issue link as it is kept.
type Link struct {
	ID           int
	GlobalID     string
	Relationship string
	Application  string // its name
	URL, Title   string
	Summary      string
	Resolved     bool
	IconURL      string
}

type remoteLink struct {
	id   int
	body linkBody
}

// linkBody is a link as it is sent and answered; what was not sent is null.
type linkBody struct {
	GlobalID     *string      `json:"globalId"`
	Application  *application `json:"application"`
	Relationship *string      `json:"relationship"`
	Object       *linkObject  `json:"object"`
}

type application struct {
	Type string `json:"type,omitempty"`
	Name string `json:"name,omitempty"`
}

type linkObject struct {
	URL     string      `json:"url"`
	Title   string      `json:"title"`
	Summary string      `json:"summary,omitempty"`
	Icon    *icon       `json:"icon"`
	Status  *linkStatus `json:"status"`
}

type linkStatus struct {
	Resolved bool  `json:"resolved"`
	Icon     *icon `json:"icon"`
}

type icon struct {
	URL   string `json:"url16x16,omitempty"`
	Title string `json:"title,omitempty"`
	Link  string `json:"link,omitempty"`
}

func (l *remoteLink) snapshot() Link {
	o := l.body.Object
	out := Link{ID: l.id, URL: o.URL, Title: o.Title, Summary: o.Summary, Resolved: o.Status != nil && o.Status.Resolved}
	if l.body.GlobalID != nil {
		out.GlobalID = *l.body.GlobalID
	}
	if l.body.Relationship != nil {
		out.Relationship = *l.body.Relationship
	}
	if l.body.Application != nil {
		out.Application = l.body.Application.Name
	}
	if o.Icon != nil {
		out.IconURL = o.Icon.URL
	}
	return out
}

// AddLink adds a link, as some other tool would.
func (s *Server) AddLink(key string, l Link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := linkBody{Object: &linkObject{URL: l.URL, Title: l.Title, Summary: l.Summary, Status: &linkStatus{Resolved: l.Resolved}}}
	if l.GlobalID != "" {
		body.GlobalID = &l.GlobalID
	}
	if l.Relationship != "" {
		body.Relationship = &l.Relationship
	}
	if l.Application != "" {
		body.Application = &application{Name: l.Application}
	}
	if l.IconURL != "" {
		body.Object.Icon = &icon{URL: l.IconURL}
	}
	s.keepLink(s.must(key), body)
}

func (s *Server) keepLink(i *issue, body linkBody) *remoteLink {
	l := &remoteLink{id: s.id(), body: body}
	i.links = append(i.links, l)
	i.activity = append(i.activity, fmt.Sprintf("link %d", l.id))
	return l
}

// linkBean leaves a missing application, relationship and globalId out, as Jira
// does; inside object they are there and empty.
func (s *Server) linkBean(c *call, i *issue, l *remoteLink) map[string]any {
	o := l.body.Object
	object := map[string]any{"url": o.URL, "title": o.Title, "icon": orEmpty(o.Icon)}
	if o.Summary != "" {
		object["summary"] = o.Summary
	}
	status := map[string]any{"icon": map[string]any{}}
	if o.Status != nil {
		status["resolved"], status["icon"] = o.Status.Resolved, orEmpty(o.Status.Icon)
	}
	object["status"] = status
	bean := map[string]any{"id": l.id, "self": s.linkSelf(c, i, l), "object": object, "application": application{}}
	if l.body.Application != nil {
		bean["application"] = l.body.Application
	}
	if l.body.GlobalID != nil {
		bean["globalId"] = *l.body.GlobalID
	}
	if l.body.Relationship != nil {
		bean["relationship"] = *l.body.Relationship
	}
	return bean
}

func orEmpty(i *icon) icon {
	if i == nil {
		return icon{}
	}
	return *i
}

func (s *Server) linkSelf(c *call, i *issue, l *remoteLink) string {
	return fmt.Sprintf("%s/remotelink/%d", s.issueSelf(c, i), l.id)
}

// listLinks gives all links, or the one with the wanted globalId.
func (s *Server) listLinks(c *call, i *issue) answer {
	if q := c.URL.Query(); q.Has("globalId") {
		l := i.linkByGlobalID(q.Get("globalId"))
		if l == nil {
			return refuse(http.StatusNotFound, "The link with the given global ID does not exist.")
		}
		return jsonAnswer(http.StatusOK, s.linkBean(c, i, l))
	}
	beans := []map[string]any{}
	for _, l := range i.links {
		beans = append(beans, s.linkBean(c, i, l))
	}
	return jsonAnswer(http.StatusOK, beans)
}

func (i *issue) linkByGlobalID(id string) *remoteLink {
	for _, l := range i.links {
		if l.body.GlobalID != nil && *l.body.GlobalID == id {
			return l
		}
	}
	return nil
}

// readLink decodes and checks a link that is sent. Jira's table has 255
// characters for the global id, the title, the relationship and the application.
func (s *Server) readLink(c *call, i *issue) (linkBody, answer, bool) {
	var in linkBody
	if !i.project.may(c, LinkIssues) {
		return in, refuse(http.StatusForbidden, "No Link Issue Permission for issue '"+i.key+"'"), false
	}
	if err := json.Unmarshal(c.body, &in); err != nil {
		return in, badBody(), false
	}
	if in.Object == nil {
		return in, refuseField("object", "'object' is required."), false
	}
	errors := map[string]string{}
	if in.Object.Title == "" {
		errors["title"] = "'title' is required."
	}
	if u, err := url.Parse(in.Object.URL); in.Object.URL == "" {
		errors["url"] = "'url' is required."
	} else if err != nil || !u.IsAbs() {
		errors["url"] = "'url' is not a valid URI."
	}
	short := map[string]string{"title": in.Object.Title}
	if in.GlobalID != nil {
		short["globalId"] = *in.GlobalID
	}
	if in.Relationship != nil {
		short["relationship"] = *in.Relationship
	}
	if in.Application != nil {
		short["application.name"] = in.Application.Name
	}
	for name, text := range short {
		if utf8.RuneCountInString(text) > 255 {
			errors[name] = "'" + name + "' must not be longer than 255 characters."
		}
	}
	if len(errors) > 0 {
		return in, refuseFields(errors), false
	}
	refusal, ok := s.checkText("summary", in.Object.Title+in.Object.Summary)
	return in, refusal, ok
}

// putLink adds a link, or replaces the one with the same globalId as a whole.
func (s *Server) putLink(c *call, i *issue) answer {
	if s.unlinked {
		return refuse(http.StatusNotFound, "Issue linking is currently disabled.")
	}
	in, refusal, ok := s.readLink(c, i)
	if !ok {
		return refusal
	}
	status := http.StatusOK
	var l *remoteLink
	if in.GlobalID != nil {
		l = i.linkByGlobalID(*in.GlobalID)
	}
	switch {
	case l != nil:
		l.body = in
		i.activity = append(i.activity, fmt.Sprintf("link %d replaced", l.id))
	case s.opts.LinkLimit > 0 && len(i.links) >= s.opts.LinkLimit:
		return overLimit("remote links", s.opts.LinkLimit)
	default:
		l = s.keepLink(i, in)
		if s.opts.Flavour == Cloud {
			status = http.StatusCreated
		}
	}
	return jsonAnswer(status, map[string]any{"id": l.id, "self": s.linkSelf(c, i, l)})
}

// link finds the link of an issue that a path names.
func (i *issue) link(id string) (*remoteLink, answer) {
	for _, l := range i.links {
		if strconv.Itoa(l.id) == id {
			return l, answer{}
		}
	}
	return nil, refuse(http.StatusNotFound, "No remote issue link with id '"+id+"' exists.")
}

func (s *Server) getLink(c *call, i *issue) answer {
	l, refusal := i.link(c.vars["id"])
	if l == nil {
		return refusal
	}
	return jsonAnswer(http.StatusOK, s.linkBean(c, i, l))
}

func (s *Server) updateLink(c *call, i *issue) answer {
	l, refusal := i.link(c.vars["id"])
	if l == nil {
		return refusal
	}
	in, refusal, ok := s.readLink(c, i)
	if !ok {
		return refusal
	}
	l.body = in
	i.activity = append(i.activity, fmt.Sprintf("link %d replaced", l.id))
	return noContent()
}

func (s *Server) deleteLink(c *call, i *issue) answer {
	l, refusal := i.link(c.vars["id"])
	if l == nil {
		return refusal
	}
	return s.dropLink(c, i, l)
}

func (s *Server) deleteLinkByGlobalID(c *call, i *issue) answer {
	if s.unlinked {
		return refuse(http.StatusNotFound, "Issue linking is currently disabled.")
	}
	id := c.URL.Query().Get("globalId")
	if id == "" {
		return refuse(http.StatusBadRequest, "The 'globalId' query parameter is required.")
	}
	l := i.linkByGlobalID(id)
	if l == nil {
		return refuse(http.StatusNotFound, "The link with the given global ID does not exist.")
	}
	return s.dropLink(c, i, l)
}

func (s *Server) dropLink(c *call, i *issue, l *remoteLink) answer {
	if !i.project.may(c, LinkIssues) {
		return refuse(http.StatusForbidden, "No Link Issue Permission for issue '"+i.key+"'")
	}
	i.links = slices.DeleteFunc(i.links, func(other *remoteLink) bool { return other == l })
	i.activity = append(i.activity, fmt.Sprintf("link %d deleted", l.id))
	return noContent()
}
