package jiratest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// roles are those that every project has, with their numbers.
func roles() []Option {
	return []Option{{"10002", "Administrators"}, {"10001", "Developers"}, {"10000", "Users"}}
}

// seenProject finds the project of a call, or says in Jira's words that it is
// not there.
func (s *Server) seenProject(c *call) (*project, answer, bool) {
	p := s.project(c.vars["project"])
	if p == nil || !p.may(c, BrowseProjects) {
		return nil, refuse(http.StatusNotFound, "No project could be found with key '"+c.vars["project"]+"'."), false
	}
	return p, answer{}, true
}

// listRoles names the roles of a project with their addresses.
func (s *Server) listRoles(c *call) answer {
	p, refusal, ok := s.seenProject(c)
	if !ok {
		return refusal
	}
	out := map[string]string{}
	for _, r := range roles() {
		out[r.Name] = fmt.Sprintf("%s/rest/api/2/project/%d/role/%s", c.base, p.id, r.ID)
	}
	return jsonAnswer(http.StatusOK, out)
}

// getRole lists who holds a role: our account if it does, and a group.
func (s *Server) getRole(c *call) answer {
	p, refusal, ok := s.seenProject(c)
	if !ok {
		return refusal
	}
	n := slices.IndexFunc(roles(), func(r Option) bool { return r.ID == c.vars["id"] })
	if n < 0 {
		return refuse(http.StatusNotFound, "Can not retrieve a role actor for role id "+c.vars["id"])
	}
	role := roles()[n]
	group := map[string]any{"id": 1, "displayName": "site-admins", "type": "atlassian-group-role-actor"}
	me := map[string]any{"id": 2, "displayName": s.opts.Account.DisplayName, "type": "atlassian-user-role-actor"}
	if s.opts.Flavour == Cloud {
		group["actorGroup"] = map[string]string{"name": "site-admins", "displayName": "site-admins"}
		me["actorUser"] = map[string]string{"accountId": s.opts.Account.AccountID}
	} else {
		group["name"], me["name"] = "site-admins", s.opts.Account.Name
	}
	actors := []map[string]any{group}
	if slices.Contains(p.roles, role.Name) {
		actors = append(actors, me)
	}
	id, _ := strconv.Atoi(role.ID)
	return jsonAnswer(http.StatusOK, map[string]any{"name": role.Name, "id": id, "actors": actors, "description": ""})
}

// configuration tells what is switched on for the whole site.
func (s *Server) configuration(*call) answer {
	return jsonAnswer(http.StatusOK, map[string]any{
		"votingEnabled": true, "watchingEnabled": true, "unassignedIssuesAllowed": true, "subTasksEnabled": true,
		"issueLinkingEnabled": !s.unlinked, "timeTrackingEnabled": s.tracking, "attachmentsEnabled": true,
	})
}
