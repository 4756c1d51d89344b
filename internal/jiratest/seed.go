package jiratest

import (
	"fmt"
	"time"
)

// Seed fills an empty fake with an example: the projects SHOP, with a simple
// workflow, OPS, with classic screens, DOCS, whose transitions are ambiguous, and
// the service desk HELP, whose screen takes a comment.
func (s *Server) Seed() {
	for _, u := range []User{
		{Name: reporterName, DisplayName: "Ada Example", Email: "ada@example.test"},
		{Name: "bob", DisplayName: "Bob Sample", Email: "bob@example.test"},
	} {
		s.AddUser(u)
	}
	s.AddProject("SHOP", SimpleWorkflow())
	s.AddProject("OPS", ScreenWorkflow())
	s.AddProject("DOCS", AmbiguousWorkflow())
	s.AddServiceDesk("HELP", CommentWorkflow())
	for _, i := range []struct{ key, summary string }{
		{"SHOP-3", "Search forgets its filters"},
		{"SHOP-12", "Cart total is wrong"},
		{"SHOP-14", "Retry card payments"},
		{"OPS-7", "Disk of the build server is full"},
		{"OPS-8", "Rotate the TLS certificates"},
		{"DOCS-1", "Explain refunds"},
		{"HELP-1", "Where is my parcel?"},
	} {
		s.AddIssue(i.key, i.summary)
	}
	s.Edit("SHOP-12", "description", "The total leaves out the *discount* when a second voucher is used.\n\n# put two vouchers into the cart\n# look at the total")
	s.Edit("SHOP-12", "issuetype", "Bug")
	s.Edit("SHOP-12", "assignee", "bob")
	s.SetStatus("SHOP-12", "In Progress")
	s.AddComment("SHOP-12", "bob", "I can see it here too.")
	s.SetEstimate("SHOP-12", "1d")
}

// Setup describes what a seed over HTTP adds and changes.
type Setup struct {
	Example  bool           `json:"example"` // Seed
	Projects []SetupProject `json:"projects"`
	Users    []User         `json:"users"`
	Issues   []SetupIssue   `json:"issues"`
	Moves    []SetupMove    `json:"moves"`
}

// SetupProject adds a project if there is none of that key; what is given is set.
type SetupProject struct {
	Key         string   `json:"key"`
	Workflow    string   `json:"workflow"` // simple | ambiguous | screen | many-done | condition | comment; "": simple
	Permissions []string `json:"permissions"`
	Roles       []string `json:"roles"`
	Desk        bool     `json:"desk"` // it is a service desk
	Hide        []string `json:"hide"` // transitions
}

// SetupIssue adds an issue if there is none of that key; what is given is set.
type SetupIssue struct {
	Key      string `json:"key"`
	Summary  string `json:"summary"`
	Status   string `json:"status"`
	Assignee string `json:"assignee"`
	Labels   string `json:"labels"`
	Estimate string `json:"estimate"`
}

// SetupMove gives an issue another key.
type SetupMove struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// workflowNamed finds a ready workflow.
func workflowNamed(name string) (Workflow, error) {
	switch name {
	case "", "simple":
		return SimpleWorkflow(), nil
	case "ambiguous":
		return AmbiguousWorkflow(), nil
	case "screen":
		return ScreenWorkflow(), nil
	case "many-done":
		return ManyDoneWorkflow(), nil
	case "condition":
		return ConditionWorkflow(), nil
	case "comment":
		return CommentWorkflow(), nil
	}
	return Workflow{}, fmt.Errorf("no workflow %q", name)
}

// Apply carries a setup out. It panics where the methods for seeding do.
func (s *Server) Apply(in Setup) error {
	if in.Example {
		s.Seed()
	}
	for _, u := range in.Users {
		s.AddUser(u)
	}
	for _, p := range in.Projects {
		if err := s.applyProject(p); err != nil {
			return err
		}
	}
	for _, i := range in.Issues {
		s.applyIssue(i)
	}
	for _, m := range in.Moves {
		s.Move(m.From, m.To)
	}
	return nil
}

func (s *Server) applyProject(in SetupProject) error {
	w, err := workflowNamed(in.Workflow)
	if err != nil {
		return err
	}
	s.mu.Lock()
	if s.project(in.Key) == nil {
		s.addProject(in.Key, w)
	}
	s.mu.Unlock()
	if in.Permissions != nil {
		s.SetPermissions(in.Key, in.Permissions...)
	}
	if in.Roles != nil {
		s.SetRoles(in.Key, in.Roles...)
	}
	if in.Desk {
		s.onProject(in.Key, func(p *project) { p.desk = true })
	}
	for _, name := range in.Hide {
		s.HideTransition(in.Key, name, true)
	}
	return nil
}

func (s *Server) applyIssue(in SetupIssue) {
	s.mu.Lock()
	known := s.issues[in.Key] != nil
	s.mu.Unlock()
	if !known {
		s.AddIssue(in.Key, in.Summary)
	}
	for field, value := range map[string]string{"summary": in.Summary, "assignee": in.Assignee, "labels": in.Labels} {
		if value != "" {
			s.Edit(in.Key, field, value)
		}
	}
	if in.Status != "" {
		s.SetStatus(in.Key, in.Status)
	}
	if in.Estimate != "" {
		s.SetEstimate(in.Key, in.Estimate)
	}
}

// DownFor makes Jira unreachable for a while.
func (s *Server) DownFor(d time.Duration) error {
	if err := s.SetDown(true); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.inflight.Add(1)
	go func() {
		defer s.inflight.Done()
		s.wait(d)
		s.SetDown(false) //nolint:errcheck // the port is reserved for us
	}()
	return nil
}
