package jira

import (
	"context"
	"errors"

	"jirahook/plan"
)

// partly says what depends on which of the commands in it are transitions of the
// issue.
func (d *delivery) partly(ctx context.Context, c plan.Comment) error {
	i, err := d.flow(ctx)
	if err != nil {
		return err
	}
	c.Body = c.Said(func(m plan.Moving) bool { return exists(plan.Transition{To: m.To, ByCommand: m.ByCommand}, i) })
	c.Parts = nil
	return d.comment(ctx, c)
}

// flow is the issue with the transitions that are open, as they were a moment
// ago.
func (d *delivery) flow(ctx context.Context) (issue, error) {
	key := d.Action.Issue
	if i, ok := d.issues.recallFlow(key, d.Lease, d.now()); ok {
		d.found(i.report())
		return i, nil
	}
	return d.workflow(ctx)
}

// exists reports whether the issue has such a transition, as far as Jira tells:
// it is open, among several that could be meant, or was made before. One that is
// not open from here is not told.
func exists(t plan.Transition, i issue) bool {
	if isThere(t, i.Fields.Status, i.Transitions) {
		return true
	}
	_, _, err := choose(t, i.Transitions)
	e, ok := errors.AsType[*Error](err)
	return !ok || !e.absent
}
