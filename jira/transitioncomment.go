package jira

import (
	"context"
	"maps"

	"jirahook/plan"
)

// accompany puts what is said with a transition into its request, for those who
// are to see it: under update.comment, and never as a field. What a rule says in
// Jira's own form may name itself who that is.
func (d *delivery) accompany(ctx context.Context, body *newTransition, said map[string]any, v plan.Visibility) error {
	add := maps.Clone(said)
	if d.Uncertain {
		site, err := d.site(ctx)
		if err != nil {
			return err
		}
		text, _ := add["body"].(string)
		add["body"] = d.sayable(site, text)
	}
	body.Update = map[string][]map[string]any{commentField: {{"add": add}}}
	if said["visibility"] != nil || said["properties"] != nil {
		return nil
	}
	c, err := d.restricted(ctx, "", v)
	if c.Visibility != nil {
		add["visibility"] = c.Visibility
	}
	if len(c.Properties) > 0 {
		add["properties"] = c.Properties
	}
	return err
}

// said is the comment in the request; nil: there is none.
func (t newTransition) said() map[string]any {
	for _, operation := range t.Update[commentField] {
		if add, ok := operation["add"].(map[string]any); ok {
			return add
		}
	}
	return nil
}

// makeTransition sends the request. A comment in it is cut to Jira's limit when
// Jira tells one.
func (d *delivery) makeTransition(ctx context.Context, body newTransition, memo string) error {
	err := d.write(ctx, d.path("transitions"), body, memo)
	said := body.said()
	text, _ := said["body"].(string)
	if limit, ok := tooLong(err, text); ok {
		said["body"] = cutText(text, limit)
		if err = d.write(ctx, d.path("transitions"), body, memo); err == nil {
			d.note("the comment was cut to Jira's limit of %d characters", limit)
		}
	}
	v, _ := said["visibility"].(*visibility)
	adviseVisibility(err, v)
	return err
}
