package jiratest

import (
	"net/http"
	"slices"
	"strings"
)

// access says who may call a route at all.
type access int

const (
	everyone access = iota // also without a login, as far as permissions go
	members                // logged in only
	page                   // no login looked at: pages for people
)

type handler func(*Server, *call) answer

type route struct {
	method  string
	path    []string // "{name}" stands for one segment
	access  access
	only    []Flavour // empty: every kind of Jira has it
	handle  handler
	pattern string
}

// notOnServer6 has what came between 6.1 and 7.6.
var notOnServer6 = []Flavour{Cloud, DataCenter11, DataCenter10, Server7}

// routes is the table of everything Jira answers.
func routes() []route {
	const api, issue = "/rest/api/2", "/rest/api/2/issue/{issue}"
	table := []route{
		{pattern: "GET /", access: page, handle: (*Server).indexPage},
		{pattern: "GET /browse/{issue}", access: page, handle: (*Server).issuePage},
		{pattern: "GET /login.jsp", access: page, handle: (*Server).loginPage},
		{pattern: "GET /_edge/tenant_info", access: page, only: []Flavour{Cloud}, handle: (*Server).tenantInfo},

		{pattern: "POST /oauth/token", access: page, only: []Flavour{Cloud}, handle: (*Server).oauthToken},
		{pattern: "POST /rest/oauth2/latest/token", access: page, only: []Flavour{DataCenter11}, handle: (*Server).serviceToken},
		{pattern: "GET /rest/pat/latest/tokens", access: members, only: []Flavour{DataCenter11, DataCenter10}, handle: (*Server).personalTokens},
		{pattern: "GET /jira/devinfo/0.1/cloud/{cloud}/existsByProperties", access: page, only: []Flavour{Cloud}, handle: (*Server).developmentExists},

		{pattern: "GET " + api + "/serverInfo", handle: (*Server).serverInfo},
		{pattern: "GET " + api + "/myself", access: members, handle: (*Server).myself},
		{pattern: "GET " + api + "/mypermissions", handle: (*Server).myPermissions},
		{pattern: "GET " + api + "/configuration", access: members, handle: (*Server).configuration},
		{pattern: "GET " + api + "/user/search", access: members, handle: (*Server).searchUsers},
		{pattern: "GET " + api + "/status", handle: (*Server).listStatuses},
		{pattern: "GET " + api + "/resolution", handle: (*Server).listResolutions},
		{pattern: "GET " + api + "/priority", handle: (*Server).listPriorities},
		{pattern: "GET " + api + "/field", handle: (*Server).listFields},

		{pattern: "GET " + api + "/project", handle: (*Server).listProjects},
		{pattern: "GET " + api + "/project/search", only: []Flavour{Cloud}, handle: (*Server).searchProjects},
		{pattern: "GET " + api + "/project/{project}", handle: (*Server).getProject},

		{pattern: "GET " + api + "/project/{project}/role", access: members, handle: (*Server).listRoles},
		{pattern: "GET " + api + "/project/{project}/role/{id}", access: members, handle: (*Server).getRole},

		{pattern: "GET " + api + "/search", handle: (*Server).search},
		{pattern: "POST " + api + "/search", handle: (*Server).search},
		{pattern: "POST " + api + "/issue/bulkfetch", only: []Flavour{Cloud}, handle: (*Server).bulkFetch},
		{pattern: "GET " + api + "/search/jql", only: []Flavour{Cloud}, handle: (*Server).searchJQL},
		{pattern: "POST " + api + "/search/jql", only: []Flavour{Cloud}, handle: (*Server).searchJQL},

		{pattern: "GET " + api + "/issue/createmeta/{project}/issuetypes", only: []Flavour{Cloud, DataCenter11, DataCenter10}, handle: (*Server).createMeta},
		{pattern: "GET " + api + "/issue/createmeta", only: []Flavour{Cloud, Server7, Server6}, handle: (*Server).oldCreateMeta},
		{pattern: "POST " + api + "/issue", handle: (*Server).createIssue},
		{pattern: "GET " + issue, handle: onIssue((*Server).getIssue)},

		{pattern: "GET " + issue + "/transitions", handle: onIssue((*Server).listTransitions)},
		{pattern: "POST " + issue + "/transitions", handle: onIssue((*Server).doTransition)},

		{pattern: "GET " + issue + "/comment", handle: onIssue((*Server).listComments)},
		{pattern: "POST " + issue + "/comment", handle: onIssue((*Server).addComment)},
		{pattern: "GET " + issue + "/comment/{id}", handle: onIssue((*Server).getComment)},
		{pattern: "PUT " + issue + "/comment/{id}", handle: onIssue((*Server).updateComment)},
		{pattern: "DELETE " + issue + "/comment/{id}", handle: onIssue((*Server).deleteComment)},
		{pattern: "POST " + api + "/comment/list", only: []Flavour{Cloud}, handle: (*Server).commentsByID},
		{pattern: "GET " + api + "/comment/{id}/properties", only: notOnServer6, handle: (*Server).commentProperties},
		{pattern: "GET " + api + "/comment/{id}/properties/{property}", only: notOnServer6, handle: (*Server).commentProperty},
		{pattern: "PUT " + api + "/comment/{id}/properties/{property}", only: notOnServer6, handle: (*Server).setCommentProperty},
		{pattern: "DELETE " + api + "/comment/{id}/properties/{property}", only: notOnServer6, handle: (*Server).deleteCommentProperty},

		{pattern: "GET " + issue + "/remotelink", handle: onIssue((*Server).listLinks)},
		{pattern: "POST " + issue + "/remotelink", handle: onIssue((*Server).putLink)},
		{pattern: "DELETE " + issue + "/remotelink", handle: onIssue((*Server).deleteLinkByGlobalID)},
		{pattern: "GET " + issue + "/remotelink/{id}", handle: onIssue((*Server).getLink)},
		{pattern: "PUT " + issue + "/remotelink/{id}", handle: onIssue((*Server).updateLink)},
		{pattern: "DELETE " + issue + "/remotelink/{id}", handle: onIssue((*Server).deleteLink)},

		{pattern: "GET " + issue + "/worklog", handle: onIssue((*Server).listWorklogs)},
		{pattern: "POST " + issue + "/worklog", handle: onIssue((*Server).addWorklog)},
	}
	for i := range table {
		method, path, _ := strings.Cut(table[i].pattern, " ")
		table[i].method, table[i].path = method, segments(path)
	}
	return table
}

// route finds what a call is for. Without a route it gives Jira's refusal.
func (s *Server) route(c *call) (*route, answer) {
	known := false
	for i := range s.table {
		r := &s.table[i]
		vars, ok := match(r.path, c.path)
		if !ok || len(r.only) > 0 && !slices.Contains(r.only, s.opts.Flavour) {
			continue
		}
		if known = true; r.method == c.Method {
			c.vars = vars
			return r, answer{}
		}
	}
	if known {
		return nil, htmlAnswer(http.StatusMethodNotAllowed, "<html><body>HTTP Status 405 - Method Not Allowed</body></html>")
	}
	return nil, htmlAnswer(http.StatusNotFound, "<html><body>Oops, you&#39;ve found a dead link.</body></html>")
}

// match compares a route's path with a request's.
func match(pattern, path []string) (map[string]string, bool) {
	if len(pattern) != len(path) {
		return nil, false
	}
	vars := map[string]string{}
	for i, p := range pattern {
		if strings.HasPrefix(p, "{") {
			vars[strings.Trim(p, "{}")] = path[i]
		} else if p != path[i] {
			return nil, false
		}
	}
	return vars, true
}

// onIssue makes a handler of one that needs an issue which the caller may see.
func onIssue(handle func(*Server, *call, *issue) answer) handler {
	return func(s *Server, c *call) answer {
		i := s.visible(c, c.vars["issue"])
		if i == nil {
			return s.noIssue(c)
		}
		return handle(s, c, i)
	}
}
