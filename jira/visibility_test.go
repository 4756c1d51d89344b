package jira

import (
	"strings"
	"testing"

	"jirahook/internal/jiratest"
	"jirahook/plan"
)

func deskBed(t *testing.T, f jiratest.Flavour) *bed {
	b := workflowBed(t, f, jiratest.CommentWorkflow())
	b.AddServiceDesk("HELP", jiratest.CommentWorkflow())
	b.AddIssue("HELP-1", "Where is my parcel?")
	return b
}

// restrictedTo gives an action's words a visibility, wherever they stand.
func restrictedTo(a plan.Action, issue string, v plan.Visibility) plan.Action {
	a.Issue = issue
	switch {
	case a.Link != nil:
	case a.Comment != nil:
		a.Comment.Visibility = v
	case a.Worklog != nil:
		a.Worklog.Visibility = v
	case a.Transition.Comment != nil:
		a.Transition.Comment.Visibility = v
	default:
		a.Transition.Visibility = v
	}
	return a
}

// withComment is a transition whose rule fills its screen with a comment.
func withComment(comment any) plan.Action {
	a := action(plan.KindTransition)
	a.Transition.Fields = map[string]any{"comment": comment}
	return a
}

// Who sees what is said, on every kind of Jira that can hide it: a comment, a
// worklog, and a comment that a transition takes along.
func TestWhoSees(t *testing.T) {
	var (
		everybody  = plan.Visibility{}
		developers = plan.Visibility{Type: "role", Value: "Developers"}
		users      = plan.Visibility{Type: "group", Value: "jira-users"}
		note       = plan.Visibility{Type: plan.Internal}
	)
	helpOnly := plan.Visibility{ByProject: map[string]plan.Visibility{"HELP": note}}
	helpOpen := plan.Visibility{Type: plan.Internal, ByProject: map[string]plan.Visibility{"HELP": everybody}}
	shopGroup := plan.Visibility{Type: "role", Value: "Developers", ByProject: map[string]plan.Visibility{"SHOP": users}}
	tests := []struct {
		name, issue string
		moved       string // where the issue is now
		v           plan.Visibility
		want        string // its audience, as jiratest tells it
		worklog     string
	}{
		{name: "everybody", issue: "SHOP-12", v: everybody},
		{name: "everybody, on a desk", issue: "HELP-1", v: everybody, want: "shown to customers"},
		{name: "a role", issue: "SHOP-12", v: developers, want: "role Developers", worklog: "role Developers"},
		{name: "a role, on a desk", issue: "HELP-1", v: developers, want: "role Developers", worklog: "role Developers"},
		{name: "internal, on a desk", issue: "HELP-1", v: note, want: "internal note"},
		{name: "internal elsewhere", issue: "SHOP-12", v: note},
		{name: "internal there alone", issue: "HELP-1", v: helpOnly, want: "internal note"},
		{name: "there alone, elsewhere", issue: "SHOP-12", v: helpOnly},
		{name: "internal but there", issue: "HELP-1", v: helpOpen, want: "shown to customers"},
		{name: "another in one project", issue: "SHOP-12", v: shopGroup, want: "group jira-users", worklog: "group jira-users"},
		{name: "another in one project, elsewhere", issue: "HELP-1", v: shopGroup, want: "role Developers", worklog: "role Developers"},
		{name: "moved to the desk", issue: "SHOP-12", moved: "HELP-7", v: helpOnly, want: "internal note"},
		{name: "moved out of what is restricted", issue: "SHOP-12", moved: "OPS-7", want: "role Developers", worklog: "role Developers",
			v: plan.Visibility{ByProject: map[string]plan.Visibility{"SHOP": developers}}},
		{name: "moved to where everybody sees it", issue: "SHOP-12", moved: "OPS-7",
			v: plan.Visibility{ByProject: map[string]plan.Visibility{"SHOP": developers, "OPS": everybody}}},
	}
	said := map[string]plan.Action{
		"comment": action(plan.KindComment), "worklog": action(plan.KindWorklog),
		"command's text": saying(command("done")), "rule's comment": withComment("closed"),
	}
	for _, f := range flavours {
		for _, tt := range tests {
			for name, a := range said {
				t.Run(string(f)+" "+tt.name+" "+name, func(t *testing.T) {
					b := deskBed(t, f)
					b.SetGroups("jira-users")
					key := tt.issue
					if tt.moved != "" {
						key = tt.moved
						b.Move(tt.issue, tt.moved)
					}
					a := copied(a)
					r := b.send(restrictedTo(a, tt.issue, tt.v))
					i := b.Issue(key)
					if tt.want == "internal note" || tt.v.Type == plan.Internal && tt.want == "" {
						if f == jiratest.Server6 && a.Worklog == nil {
							wantVerdict(t, r, plan.Refused)
							wantIn(t, "problem", r.Problem, "cannot keep a comment from the customers")
							if len(i.Comments) > 0 {
								t.Errorf("it was told: %+v", i.Comments)
							}
							return
						}
					}
					wantVerdict(t, r, plan.Done)
					if a.Worklog != nil {
						if v := i.Worklogs[0].Visibility; strings.TrimSpace(v.Type+" "+v.Value) != tt.worklog {
							t.Errorf("the worklog is for %+v, want %q", v, tt.worklog)
						}
						return
					}
					if len(i.Comments) != 1 || i.Comments[0].Audience != tt.want {
						t.Errorf("comments %+v, want one for %q", i.Comments, tt.want)
					}
				})
			}
		}
	}
}

// A role that the account has not is refused, and told as what to look at.
func TestRoleOfOthers(t *testing.T) {
	for _, f := range flavours {
		for _, a := range []plan.Action{action(plan.KindComment), action(plan.KindWorklog), saying(command("done")), withComment("closed")} {
			b := deskBed(t, f)
			b.SetRoles("SHOP", "Developers")
			r := b.send(restrictedTo(copied(a), "SHOP-12", plan.Visibility{Type: "role", Value: "Administrators"}))
			if r.Verdict != plan.Refused || !strings.Contains(r.Advice, "must itself be in the role Administrators") {
				t.Errorf("%s %s: %+v", f, a.Kind, r)
			}
			if i := b.Issue("SHOP-12"); len(i.Comments)+len(i.Worklogs) > 0 {
				t.Errorf("%s %s: it was told", f, a.Kind)
			}
		}
	}
}

// copied is an action whose words may be changed.
func copied(a plan.Action) plan.Action {
	if a.Comment != nil {
		a.Comment = new(*a.Comment)
	}
	if a.Worklog != nil {
		a.Worklog = new(*a.Worklog)
	}
	if a.Transition != nil {
		a.Transition = new(*a.Transition)
		if a.Transition.Comment != nil {
			a.Transition.Comment = new(*a.Transition.Comment)
		}
	}
	return a
}

// A rule's comment in Jira's own form says itself who sees it.
func TestRuleSaysWhoSees(t *testing.T) {
	note := []any{map[string]any{"key": "sd.public.comment", "value": map[string]any{"internal": true}}}
	for _, f := range flavours {
		b := deskBed(t, f)
		a := restrictedTo(withComment(map[string]any{"body": "closed", "visibility": map[string]any{"type": "role", "value": "Users"}}),
			"SHOP-12", plan.Visibility{Type: "role", Value: "Developers"})
		b.SetRoles("SHOP", "Users")
		wantVerdict(t, b.send(a), plan.Done)
		if c := b.Issue("SHOP-12").Comments; len(c) != 1 || c[0].Audience != "role Users" {
			t.Errorf("%s: %+v", f, c)
		}
		if f == jiratest.Server6 {
			continue
		}
		wantVerdict(t, b.send(restrictedTo(withComment(map[string]any{"body": "closed", "properties": note}), "HELP-1", plan.Visibility{})), plan.Done)
		if c := b.Issue("HELP-1").Comments; len(c) != 1 || c[0].Audience != "internal note" {
			t.Errorf("%s: %+v", f, c)
		}
	}
}

// An edit tells nobody what was restricted, whatever is configured by then.
func TestEditStaysInternal(t *testing.T) {
	for _, f := range flavours[1:] {
		for _, unlisted := range []bool{false, true} {
			b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: f, NoExpandedProperties: unlisted}})
			b.AddServiceDesk("HELP", jiratest.SimpleWorkflow())
			b.AddIssue("HELP-1", "Where is my parcel?")
			wantVerdict(t, b.send(restrictedTo(action(plan.KindComment), "HELP-1", plan.Visibility{Type: plan.Internal})), plan.Done)
			wantVerdict(t, b.send(restrictedTo(editing(), "HELP-1", plan.Visibility{})), plan.Done)
			if c := b.Issue("HELP-1").Comments; len(c) != 1 || c[0].Audience != "internal note" || firstLines(c) != twoCommits {
				t.Errorf("%s: %+v", f, c)
			}
			// And one that was public is hidden when that is wanted by then.
			wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
			wantVerdict(t, b.send(restrictedTo(editing(), "SHOP-12", plan.Visibility{Type: "role", Value: "Developers"})), plan.Done)
			if c := b.Issue("SHOP-12").Comments; len(c) != 1 || c[0].Audience != "role Developers" {
				t.Errorf("%s: %+v", f, c)
			}
		}
	}
}

// What goes with a transition is cut to Jira's limit as other comments are, and a
// role that the account has not is told in the same words.
func TestSaidInATransitionIsLimited(t *testing.T) {
	for _, f := range flavours {
		b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: f, TextLimit: 2000}, workflow: jiratest.CommentWorkflow()})
		b.SetRoles("SHOP", "Developers")
		a := saying(command("done"))
		a.Transition.Comment.Body = strings.Repeat("a word and more 😀\n", 500)
		a = restrictedTo(a, "SHOP-12", plan.Visibility{Type: "role", Value: "Developers"})
		r := b.deliver(a)
		wantVerdict(t, r, plan.Done)
		wantIn(t, "note", r.Note, "2000 characters")
		c := b.Issue("SHOP-12").Comments
		if len(c) != 1 || units(c[0].Body) > 2000 || units(c[0].Body) < 1900 || c[0].Audience != "role Developers" {
			t.Errorf("%s: %d comments", f, len(c))
		}
		if n := b.did("transition"); n != 1 {
			t.Errorf("%s: moved %d times", f, n)
		}

		b.SetStatus("SHOP-12", "To Do")
		r = b.deliver(restrictedTo(saying(command("done")), "SHOP-12", plan.Visibility{Type: "role", Value: "Administrators"}))
		wantVerdict(t, r, plan.Refused)
		wantIn(t, "problem", r.Problem, "not a member of the project role: Administrators")
		wantIn(t, "advice", r.Advice, "must itself be in the role Administrators", "mentions.visibility")
		if i := b.Issue("SHOP-12"); i.Status != "To Do" || len(i.Comments) != 1 {
			t.Errorf("%s: %s, %d comments", f, i.Status, len(i.Comments))
		}
	}
}
