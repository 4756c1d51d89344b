package jiratest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The permissions that are looked at.
const (
	BrowseProjects   = "BROWSE_PROJECTS"
	AddComments      = "ADD_COMMENTS"
	TransitionIssues = "TRANSITION_ISSUES"
	WorkOnIssues     = "WORK_ON_ISSUES"
	LinkIssues       = "LINK_ISSUES"
	CreateIssues     = "CREATE_ISSUES"
	EditOwnComments  = "EDIT_OWN_COMMENTS"
)

// permission is one of the permissions, with the key that 6.x gave it.
type permission struct{ id, key, old, name string }

func permissions() []permission {
	return []permission{
		{"10", BrowseProjects, "BROWSE", "Browse Projects"},
		{"15", AddComments, "COMMENT_ISSUE", "Add Comments"},
		{"46", TransitionIssues, "", "Transition Issues"},
		{"20", WorkOnIssues, "WORK_ISSUE", "Work On Issues"},
		{"21", LinkIssues, "LINK_ISSUE", "Link Issues"},
		{"11", CreateIssues, "CREATE_ISSUE", "Create Issues"},
		{"35", EditOwnComments, "COMMENT_EDIT_OWN", "Edit Own Comments"},
	}
}

type project struct {
	id          int
	key, name   string
	workflow    Workflow
	permissions map[string]bool // of our account
	roles       []string        // that our account holds
	public      bool            // anonymous may browse
	desk        bool            // it is a service desk
	lastNumber  int             // of its newest issue
}

// AddProject adds a project in which our account may do everything and holds the
// role Developers. It panics on a workflow that cannot be and on a key twice, as
// all methods for seeding do on a mistake of the test.
func (s *Server) AddProject(key string, w Workflow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addProject(key, w)
}

func (s *Server) addProject(key string, w Workflow) {
	if err := w.check(); err != nil {
		panic(fmt.Sprintf("jiratest: project %s: %v", key, err))
	}
	if s.project(key) != nil {
		panic("jiratest: project " + key + " twice")
	}
	p := &project{id: s.id(), key: key, name: key, workflow: w.clone(), permissions: map[string]bool{}, roles: []string{"Developers"}}
	for _, perm := range permissions() {
		p.permissions[perm.key] = true
	}
	s.projects = append(s.projects, p)
}

// project finds a project by key or number; nil: there is none.
func (s *Server) project(ref string) *project {
	for _, p := range s.projects {
		if strings.EqualFold(p.key, ref) || strconv.Itoa(p.id) == ref {
			return p
		}
	}
	return nil
}

// onProject runs f on a project that must be there.
func (s *Server) onProject(key string, f func(*project)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.project(key)
	if p == nil {
		panic("jiratest: no project " + key)
	}
	f(p)
}

// SetPermissions says all that our account may do in a project.
func (s *Server) SetPermissions(key string, permissions ...string) {
	s.onProject(key, func(p *project) {
		for _, perm := range permissions {
			if _, known := p.permissions[perm]; !known {
				panic("jiratest: no permission " + perm)
			}
		}
		for perm := range p.permissions {
			p.permissions[perm] = slices.Contains(permissions, perm)
		}
	})
}

// SetRoles says which roles our account holds in a project.
func (s *Server) SetRoles(key string, roles ...string) {
	s.onProject(key, func(p *project) { p.roles = roles })
}

// SetPublic lets people without a login browse a project.
func (s *Server) SetPublic(key string, public bool) {
	s.onProject(key, func(p *project) { p.public = public })
}

// HideTransition hides a project's transitions of that name by a condition, or
// shows them again.
func (s *Server) HideTransition(key, name string, hidden bool) {
	s.onProject(key, func(p *project) {
		if !p.workflow.hide(name, hidden) {
			panic("jiratest: no transition " + name)
		}
	})
}

// SetGroups says which groups our account belongs to.
func (s *Server) SetGroups(groups ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups = groups
}

// SetTimeTracking switches time tracking for the whole site.
func (s *Server) SetTimeTracking(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tracking = on
}

// SetLinking switches issue links, and so web links, for the whole site.
func (s *Server) SetLinking(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unlinked = !on
}

// may tells whether the caller has a permission in a project.
func (p *project) may(c *call, key string) bool {
	if c.who == member {
		return p.permissions[key]
	}
	return key == BrowseProjects && p.public
}

// browsable are the projects that the caller may see.
func (s *Server) browsable(c *call) []*project {
	var out []*project
	for _, p := range s.projects {
		if p.may(c, BrowseProjects) {
			out = append(out, p)
		}
	}
	return out
}

func (s *Server) projectBean(c *call, p *project) map[string]any {
	bean := map[string]any{
		"self": fmt.Sprintf("%s/rest/api/2/project/%d", c.base, p.id), "id": strconv.Itoa(p.id), "key": p.key, "name": p.name,
		"avatarUrls": map[string]string{"48x48": c.base + "/secure/projectavatar"},
	}
	if s.opts.Flavour != Server6 {
		bean["projectTypeKey"] = p.kind()
	}
	return bean
}

func (s *Server) listProjects(c *call) answer {
	beans := []map[string]any{}
	for _, p := range s.browsable(c) {
		beans = append(beans, s.projectBean(c, p))
	}
	return jsonAnswer(http.StatusOK, beans)
}

func (s *Server) getProject(c *call) answer {
	p := s.project(c.vars["project"])
	if p == nil || !p.may(c, BrowseProjects) {
		return refuse(http.StatusNotFound, "No project could be found with key '"+c.vars["project"]+"'.")
	}
	return jsonAnswer(http.StatusOK, s.projectBean(c, p))
}

func (s *Server) searchProjects(c *call) answer {
	all := s.browsable(c)
	from, to, size := pageOf(c, len(all), 50, 50)
	beans := []map[string]any{}
	for _, p := range all[from:to] {
		beans = append(beans, s.projectBean(c, p))
	}
	out := map[string]any{
		"self":       c.base + "/rest/api/2/project/search?" + c.URL.RawQuery,
		"maxResults": size, "startAt": from, "total": len(all), "isLast": to == len(all), "values": beans,
	}
	if to < len(all) {
		out["nextPage"] = fmt.Sprintf("%s/rest/api/2/project/search?maxResults=%d&startAt=%d", c.base, size, to)
	}
	return jsonAnswer(http.StatusOK, out)
}

// pageOf reads startAt and maxResults, and gives the bounds of the page among n
// things, and its size.
func pageOf(c *call, n, size, limit int) (from, to, max int) {
	q := c.URL.Query()
	if v, err := strconv.Atoi(q.Get("maxResults")); err == nil && v >= 0 {
		size = v
	}
	if size > limit {
		size = limit
	}
	if v, err := strconv.Atoi(q.Get("startAt")); err == nil && v > 0 {
		from = min(v, n)
	}
	return from, min(from+size, n), size
}

// myPermissions wants to be told which on Cloud; elsewhere it tells all.
func (s *Server) myPermissions(c *call) answer {
	q := c.URL.Query()
	projects, refusal, ok := s.permissionContext(c)
	if !ok {
		return refusal
	}
	wanted := strings.Split(q.Get("permissions"), ",")
	if s.opts.Flavour == Cloud && q.Get("permissions") == "" {
		return refuse(http.StatusBadRequest, "The 'permissions' query parameter is required.")
	}
	out := map[string]any{}
	for _, perm := range permissions() {
		have := slices.ContainsFunc(projects, func(p *project) bool { return p.may(c, perm.key) })
		bean := func(key string) map[string]any {
			return map[string]any{"id": perm.id, "key": key, "name": perm.name, "type": "PROJECT", "description": "", "havePermission": have}
		}
		switch {
		case s.opts.Flavour == Cloud && !slices.Contains(wanted, perm.key):
		case s.opts.Flavour == Server6:
			if perm.old != "" {
				out[perm.old] = map[string]any{"id": perm.id, "key": perm.old, "name": perm.name, "description": "", "havePermission": have}
			}
		default:
			out[perm.key] = bean(perm.key)
			if perm.old != "" && s.opts.Flavour != Cloud {
				old := bean(perm.old)
				old["deprecatedKey"] = true
				out[perm.old] = old
			}
		}
	}
	if s.opts.Flavour == Cloud && len(out) < len(wanted) {
		return refuse(http.StatusBadRequest, "Unrecognized permission")
	}
	return jsonAnswer(http.StatusOK, map[string]any{"permissions": out})
}

// permissionContext are the projects a question about permissions is about.
func (s *Server) permissionContext(c *call) ([]*project, answer, bool) {
	q := c.URL.Query()
	if ref := q.Get("issueKey") + q.Get("issueId"); ref != "" {
		i := s.visible(c, ref)
		if i == nil {
			return nil, s.noIssue(c), false
		}
		return []*project{i.project}, answer{}, true
	}
	if ref := q.Get("projectKey") + q.Get("projectId"); ref != "" {
		p := s.project(ref)
		if p == nil || !p.may(c, BrowseProjects) {
			return nil, refuse(http.StatusNotFound, "No project could be found with key '"+ref+"'."), false
		}
		return []*project{p}, answer{}, true
	}
	return s.projects, answer{}, true
}
