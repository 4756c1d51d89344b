package jira

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"jirahook/plan"
)

// intent is the transition that is made of what was asked for, and what its screen is
// filled with.
type intent struct {
	chosen transition
	form   form
	note   string // of a choice between several
}

// intend decides what is made of a transition on an issue as it was read, which is not
// where it leads yet. An error says why none is made; the intent is then as far as it
// was decided.
func (d *delivery) intend(ctx context.Context, t plan.Transition, i issue) (in intent, err error) {
	now := i.Fields.Status
	if len(t.From) > 0 && !slices.ContainsFunc(t.From, now.among) {
		return in, &Error{Verdict: plan.Skipped, Problem: "status is " + now.Name + ", the rule moves only from " + strings.Join(t.From, ", ")}
	}
	if len(i.Transitions) == 0 {
		if err := d.mayMove(ctx, t); err != nil {
			return in, err
		}
	}
	if in.chosen, in.note, err = choose(t, i.Transitions); err != nil {
		return in, err
	}
	if t.Forward && rank(in.chosen.To) < rank(now) {
		return intent{}, &Error{Verdict: plan.Skipped, Problem: fmt.Sprintf("stays in %s: %s would lead back to %s", now.Name, in.chosen.Name, in.chosen.To.Name)}
	}
	site, err := d.siteFor(ctx, in.chosen, t.Fields)
	if err != nil {
		return in, err
	}
	if in.form, err = fillFields(site, in.chosen.Fields, t.Fields); err != nil {
		return in, err
	}
	if t.Comment != nil {
		in.form.missing = slices.DeleteFunc(in.form.missing, func(id string) bool { return id == commentField })
	}
	return in, d.checkRequired(ctx, t, in.chosen, in.form.missing)
}

// Ask looks at what actions would meet if they were sent now, each for itself: one
// search for all their issues, and the transitions of those that they move. Nothing is
// changed. An error is Jira's, or that of the way to it; then what was learnt until then
// is returned.
func (c *Client) Ask(ctx context.Context, actions []plan.Action) ([]plan.Outlook, error) {
	c.Prepare(ctx, actions)
	all := make([]plan.Outlook, len(actions))
	read := map[string]flowRead{}
	for i, a := range actions {
		o, err := c.outlook(ctx, a, read)
		if e, ok := errors.AsType[*Error](err); ok && (e.Verdict == plan.Refused || e.Verdict == plan.Skipped) {
			o.Problem, o.Missing, err = e.Problem, e.missing, nil
		}
		if err != nil {
			return all, err
		}
		o.Known = true
		all[i] = o
	}
	return all, nil
}

// flowRead is an issue with its transitions, or why it could not be read.
type flowRead struct {
	issue issue
	err   error
}

func (c *Client) outlook(ctx context.Context, a plan.Action, read map[string]flowRead) (plan.Outlook, error) {
	if a.Transition == nil {
		i, err := c.issue(ctx, a.Issue)
		return plan.Outlook{Status: i.Status}, err
	}
	d := c.onIssue(a.Issue)
	r, ok := read[a.Issue]
	if !ok {
		r.issue, r.err = d.workflow(ctx)
		read[a.Issue] = r
	}
	if r.err != nil {
		return plan.Outlook{}, r.err
	}
	d.found(r.issue.report())
	now := r.issue.Fields.Status
	o := plan.Outlook{Status: short(now.Name)}
	if isThere(*a.Transition, now, r.issue.Transitions) {
		return o, nil
	}
	in, err := d.intend(ctx, *a.Transition, r.issue)
	o.Takes = short(in.chosen.Name)
	return o, err
}
