package jiratest

import (
	"fmt"
	"slices"
	"strings"
)

// Workflow is the way of a project's issues: the first status is where they
// begin.
type Workflow struct {
	Statuses    []Status
	Transitions []Transition
}

// Status is a place in a workflow. Category is new, indeterminate or done.
type Status struct {
	ID, Name, Category string
}

// Transition leads to a status.
type Transition struct {
	ID, Name string
	From     []string // names of statuses; empty: from any
	To       string
	// Hidden: a condition that our account does not meet; it is neither listed
	// nor carried out.
	Hidden bool
	// Screen: a form is shown, with Fields. Without a screen no field can be set.
	Screen bool
	Fields []Field
	// Resolution is set by a post function. A status that is not in the
	// category done takes the resolution away.
	Resolution string
}

// Field is a field on a transition's screen.
type Field struct {
	ID, Name   string
	Type       string // resolution | option | string | array | comments-page …
	Required   bool
	HasDefault bool
	Allowed    []Option // values that may be chosen; nil: anything
}

// Option is a value of a field.
type Option struct{ ID, Name string }

// resolutions are the ones this Jira knows.
func resolutions() []Option {
	return []Option{{"1", "Fixed"}, {"2", "Won't Fix"}, {"3", "Duplicate"}, {"10000", "Done"}, {"10001", "Won't Do"}}
}

func simpleStatuses() []Status {
	return []Status{
		{"10000", "To Do", "new"}, {"3", "In Progress", "indeterminate"},
		{"10001", "In Review", "indeterminate"}, {"10002", "Done", "done"},
	}
}

// SimpleWorkflow goes To Do, In Progress, In Review, Done. Done has no screen
// and sets the resolution.
func SimpleWorkflow() Workflow {
	return Workflow{
		Statuses: simpleStatuses(),
		Transitions: []Transition{
			{ID: "11", Name: "Start Progress", From: []string{"To Do"}, To: "In Progress"},
			{ID: "21", Name: "Stop Progress", From: []string{"In Progress"}, To: "To Do"},
			{ID: "31", Name: "Start Review", From: []string{"In Progress"}, To: "In Review"},
			{ID: "41", Name: "Done", From: []string{"To Do", "In Progress", "In Review"}, To: "Done", Resolution: "Done"},
			{ID: "51", Name: "Reopen", From: []string{"Done"}, To: "To Do"},
		},
	}
}

// AmbiguousWorkflow offers Start Progress and Start Review, and two transitions
// called Finish, to every issue that is open.
func AmbiguousWorkflow() Workflow {
	open := []string{"To Do", "In Progress", "In Review"}
	return Workflow{
		Statuses: append(simpleStatuses(), Status{"10003", "Won't Do", "done"}),
		Transitions: []Transition{
			{ID: "11", Name: "Start Progress", From: open, To: "In Progress"},
			{ID: "31", Name: "Start Review", From: open, To: "In Review"},
			{ID: "41", Name: "Finish", From: open, To: "Done", Resolution: "Done"},
			{ID: "42", Name: "Finish", From: open, To: "Won't Do", Resolution: "Won't Do"},
			{ID: "51", Name: "Reopen", From: []string{"Done", "Won't Do"}, To: "To Do"},
		},
	}
}

// ScreenWorkflow is classic Jira: Resolve Issue and Close Issue have a screen on
// which the resolution is required; Close Issue wants a root cause too, a field
// of its own.
func ScreenWorkflow() Workflow {
	resolution := Field{ID: "resolution", Name: "Resolution", Type: "resolution", Required: true, Allowed: resolutions()}
	cause := Field{ID: "customfield_10100", Name: "Root cause", Type: "option", Required: true,
		Allowed: []Option{{"10200", "Code"}, {"10201", "Configuration"}}}
	labels := Field{ID: "labels", Name: "Labels", Type: "array"}
	return Workflow{
		Statuses: []Status{
			{"1", "Open", "new"}, {"3", "In Progress", "indeterminate"}, {"5", "Resolved", "done"},
			{"4", "Reopened", "new"}, {"6", "Closed", "done"},
		},
		Transitions: []Transition{
			{ID: "4", Name: "Start Progress", From: []string{"Open", "Reopened"}, To: "In Progress"},
			{ID: "301", Name: "Stop Progress", From: []string{"In Progress"}, To: "Open"},
			{ID: "5", Name: "Resolve Issue", From: []string{"Open", "In Progress", "Reopened"}, To: "Resolved", Screen: true, Fields: []Field{resolution, labels}},
			{ID: "2", Name: "Close Issue", From: []string{"Open", "In Progress", "Reopened", "Resolved"}, To: "Closed", Screen: true, Fields: []Field{resolution, cause}},
			{ID: "3", Name: "Reopen Issue", From: []string{"Resolved", "Closed"}, To: "Reopened", Screen: true},
		},
	}
}

// ManyDoneWorkflow offers three transitions to the category done; the one to
// Won't Do comes first.
func ManyDoneWorkflow() Workflow {
	open := []string{"To Do", "In Progress"}
	return Workflow{
		Statuses: []Status{
			{"10000", "To Do", "new"}, {"3", "In Progress", "indeterminate"},
			{"10003", "Won't Do", "done"}, {"10002", "Done", "done"}, {"6", "Closed", "done"},
		},
		Transitions: []Transition{
			{ID: "11", Name: "Start", From: open, To: "In Progress"},
			{ID: "61", Name: "Reject", From: open, To: "Won't Do", Resolution: "Won't Do"},
			{ID: "41", Name: "Finish", From: open, To: "Done", Resolution: "Done"},
			{ID: "71", Name: "Close", From: open, To: "Closed", Resolution: "Done"},
			{ID: "51", Name: "Reopen", From: []string{"Won't Do", "Done", "Closed"}, To: "To Do"},
		},
	}
}

// ConditionWorkflow is SimpleWorkflow, but Done is hidden by a condition.
func ConditionWorkflow() Workflow {
	w := SimpleWorkflow()
	w.hide("Done", true)
	return w
}

// CommentWorkflow is SimpleWorkflow, but Done has a screen on which a comment is
// required.
func CommentWorkflow() Workflow {
	w := SimpleWorkflow()
	for i := range w.Transitions {
		if t := &w.Transitions[i]; t.Name == "Done" {
			t.Screen, t.Fields = true, []Field{{ID: commentField, Name: "Comment", Type: "comments-page", Required: true}}
		}
	}
	return w
}

func (w *Workflow) hide(name string, hidden bool) bool {
	found := false
	for i := range w.Transitions {
		if w.Transitions[i].Name == name {
			w.Transitions[i].Hidden, found = hidden, true
		}
	}
	return found
}

// clone copies a workflow, so that projects do not share one.
func (w Workflow) clone() Workflow {
	return Workflow{Statuses: slices.Clone(w.Statuses), Transitions: slices.Clone(w.Transitions)}
}

// status finds a status by name, in any case of letters.
func (w *Workflow) status(name string) (Status, bool) {
	i := slices.IndexFunc(w.Statuses, func(s Status) bool { return strings.EqualFold(s.Name, name) })
	if i < 0 {
		return Status{}, false
	}
	return w.Statuses[i], true
}

// check reports a workflow that cannot be.
func (w *Workflow) check() error {
	if len(w.Statuses) == 0 {
		return fmt.Errorf("workflow without a status")
	}
	for _, t := range w.Transitions {
		for _, name := range append([]string{t.To}, t.From...) {
			if _, ok := w.status(name); !ok {
				return fmt.Errorf("transition %s: no status %q", t.ID, name)
			}
		}
	}
	return nil
}

func statusCategory(c *call, key string) map[string]any {
	bean := map[string]any{"key": key}
	switch key {
	case "new":
		bean["id"], bean["name"], bean["colorName"] = 2, "To Do", "blue-gray"
	case "done":
		bean["id"], bean["name"], bean["colorName"] = 3, "Done", "green"
	default:
		bean["id"], bean["name"], bean["colorName"] = 4, "In Progress", "yellow"
	}
	bean["self"] = fmt.Sprintf("%s/rest/api/2/statuscategory/%d", c.base, bean["id"])
	return bean
}

// statusBean shows a status. 6.1 had no categories yet (they came with 6.2).
func (s *Server) statusBean(c *call, st Status) map[string]any {
	bean := map[string]any{
		"self": c.base + "/rest/api/2/status/" + st.ID, "description": "",
		"iconUrl": c.base + "/images/icons/statuses/generic.png", "id": st.ID,
	}
	s.name(bean, st.Name)
	if s.opts.Flavour != Server6 {
		bean["statusCategory"] = statusCategory(c, st.Category)
	}
	return bean
}

// Translate shows our account the names of statuses and transitions in another
// language. Cloud and Data Center tell the names they were made with, too.
func (s *Server) Translate(names map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.translated = names
}

// name puts the name of a status or transition into its bean.
func (s *Server) name(bean map[string]any, name string) {
	bean["name"] = name
	if other := s.translated[name]; other != "" {
		bean["name"] = other
		if s.opts.Flavour == Cloud || s.opts.Flavour.isDataCenter() {
			bean["untranslatedName"] = name
		}
	}
}
