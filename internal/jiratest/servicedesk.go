package jiratest

import "encoding/json"

// AddServiceDesk adds a project that has customers, as AddProject does otherwise.
// They see what nothing restricts.
func (s *Server) AddServiceDesk(key string, w Workflow) {
	s.AddProject(key, w)
	s.onProject(key, func(p *project) { p.desk = true })
}

// kind is what Jira calls the projectTypeKey. Before 7.0 projects had none.
func (p *project) kind() string {
	if p.desk {
		return "service_desk"
	}
	return "software"
}

// internal is the property of a comment by which a service desk keeps it from
// customers.
const internal = "sd.public.comment"

// Internal tells whether a comment is an internal note of a service desk; in
// another project it means nothing.
func (c *Comment) Internal() bool {
	var v struct {
		Internal bool `json:"internal"`
	}
	return json.Unmarshal([]byte(c.Properties[internal]), &v) == nil && v.Internal
}

// audience is who sees a comment, if not everybody who sees the issue.
func (i *issue) audience(c *Comment) string {
	switch {
	case c.Visibility.Type != "":
		return c.Visibility.Type + " " + c.Visibility.Value
	case !i.project.desk:
		return ""
	case c.Internal():
		return "internal note"
	}
	return "shown to customers"
}
