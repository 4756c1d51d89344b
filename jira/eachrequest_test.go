package jira

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"jirahook/internal/jiratest"
	"jirahook/plan"
)

// operation is something that is asked of Jira: an action, or a question.
type operation struct {
	options bedOptions
	before  func(b *bed)
	send    plan.Action
	lost    bool // an earlier request for it is of unknown fate
	ask     func(ctx context.Context, c *Client) error
}

// askedOfJira are operations that between them make each kind of request.
func askedOfJira() map[string]operation {
	nobodys, assigned := jiratest.SimpleWorkflow(), jiratest.SimpleWorkflow()
	nobodys.Transitions = nobodys.Transitions[:1]
	assigned.Transitions[3].Screen = true // it is Done
	assigned.Transitions[3].Fields = []jiratest.Field{{ID: "assignee", Name: "Assignee", Type: "user"}, {ID: "summary", Name: "Summary", Type: "string", Required: true}}
	long, unlink := action(plan.KindComment), action(plan.KindLink)
	long.Comment.Body = strings.Repeat("a word and more\n", 500)
	unlink.Link = &plan.Link{GlobalID: unlink.Link.GlobalID, Remove: true}
	sent := func(a plan.Action) func(b *bed) { return func(b *bed) { b.send(copied(a)) } }
	lost := func(o operation) operation {
		o.lost, o.before = true, func(b *bed) {
			b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST"})
			b.send(copied(o.send))
			b.clock.pass(time.Hour)
		}
		return o
	}
	in := func(w jiratest.Workflow) bedOptions { return bedOptions{workflow: w} }
	rule := fields(moveTo("Done"), "assignee", "ada")
	return map[string]operation{
		"comment":                            {send: action(plan.KindComment)},
		"link":                               {send: action(plan.KindLink)},
		"worklog":                            {send: action(plan.KindWorklog)},
		"transition":                         {send: action(plan.KindTransition)},
		"parts":                              {send: partly("include")},
		"edit":                               {send: editing(), before: sent(action(plan.KindComment))},
		"take a link away":                   {send: unlink, before: sent(action(plan.KindLink))},
		"too long":                           {send: long, options: bedOptions{Options: jiratest.Options{TextLimit: 2000}}},
		"internal":                           {send: restrictedTo(action(plan.KindComment), "SHOP-12", plan.Visibility{Type: plan.Internal})},
		"an old key":                         {send: action(plan.KindComment), before: func(b *bed) { b.Move("SHOP-12", "SHOP-77") }},
		"no such issue":                      {send: action(plan.KindComment), before: func(b *bed) { b.Remove("SHOP-12") }},
		"no permission":                      {send: action(plan.KindComment), before: func(b *bed) { b.SetPermissions("SHOP", jiratest.BrowseProjects) }},
		"nothing open":                       {send: command("include"), options: in(nobodys), before: func(b *bed) { b.SetStatus("SHOP-12", "Done") }},
		"a user":                             {send: rule, options: in(assigned)},
		"text and transition":                {send: saying(command("done"))},
		"text in a transition":               {send: saying(command("done")), options: in(jiratest.CommentWorkflow())},
		"text of a refused transition":       {send: saying(command("start")), options: in(jiratest.AmbiguousWorkflow())},
		"comment again":                      lost(operation{send: action(plan.KindComment)}),
		"link again":                         lost(operation{send: action(plan.KindLink)}),
		"worklog again":                      lost(operation{send: action(plan.KindWorklog)}),
		"transition again":                   lost(operation{send: action(plan.KindTransition)}),
		"properties are not listed":          lost(operation{send: action(plan.KindComment), options: bedOptions{Options: jiratest.Options{NoExpandedProperties: true}}}),
		"text in a transition again":         lost(operation{send: saying(command("done")), options: in(jiratest.CommentWorkflow())}),
		"text of a refused transition again": lost(operation{send: saying(command("start")), options: in(jiratest.AmbiguousWorkflow())}),
		"text after a transition": {send: saying(command("done")), lost: true, before: func(b *bed) {
			b.dyingAt(saying(command("done")), 2, true)
			b.clock.pass(time.Hour)
		}},
		"edit what is not listed with properties": {send: editing(), options: bedOptions{Options: jiratest.Options{NoExpandedProperties: true}}, before: func(b *bed) {
			b.send(action(plan.KindComment))
			b.AddComment("SHOP-12", "jirahook", "by hand")
		}},

		"site":     {ask: func(ctx context.Context, c *Client) error { _, err := c.Site(ctx); return err }},
		"greet":    {ask: func(ctx context.Context, c *Client) error { _, _, err := c.Greet(ctx); return err }},
		"login":    {ask: func(ctx context.Context, c *Client) error { _, err := c.Login(ctx); return err }},
		"features": {ask: func(ctx context.Context, c *Client) error { _, err := c.Features(ctx); return err }},
		"projects": {ask: func(ctx context.Context, c *Client) error { _, err := c.Projects(ctx); return err }},
		"lacking": {ask: func(ctx context.Context, c *Client) error {
			_, err := c.Lacking(ctx, "SHOP", []Permission{AddComments})
			return err
		}},
		"samples": {ask: func(ctx context.Context, c *Client) error { _, err := c.Samples(ctx, "SHOP", 5); return err }},
		"rehearse": {options: in(assigned), ask: func(ctx context.Context, c *Client) error {
			_, err := c.Rehearse(ctx, *rule.Transition, c.Open(ctx, Sample{Key: "SHOP-12"}))
			return err
		}},
		"probe": {ask: func(ctx context.Context, c *Client) error {
			if r := c.Probe(ctx); r.Verdict != plan.Done {
				return &Error{Verdict: r.Verdict, Problem: r.Problem}
			}
			return nil
		}},
	}
}

// TestEachRequestFails has each request of each operation meet a Jira that is away,
// one at a time. The operation tells of it; done again, it comes to what it comes to
// without.
func TestEachRequestFails(t *testing.T) {
	for _, f := range []jiratest.Flavour{jiratest.Server6, jiratest.DataCenter10, jiratest.Cloud} {
		for name, op := range askedOfJira() {
			t.Run(string(f)+" "+name, func(t *testing.T) {
				begin := func() *bed {
					o := op.options
					o.Flavour = f
					b := newBed(t, o)
					if op.before != nil {
						op.before(b)
					}
					sent, memo := b.sent, b.memo
					b.renew() // which knows nothing
					b.sent, b.memo = sent, memo
					b.ClearRequests()
					return b
				}
				do := func(b *bed, uncertain bool) plan.Result {
					switch {
					case op.ask != nil:
						if err := op.ask(t.Context(), b.client); err != nil {
							return resultOf(err)
						}
						return plan.Result{Verdict: plan.Done}
					case uncertain:
						return b.again(copied(op.send))
					}
					return b.send(copied(op.send))
				}
				b := begin()
				want := do(b, op.lost)
				requests, activity := b.asked(), b.activity()
				for n, request := range requests {
					b := begin()
					b.inject(jiratest.Fault{Kind: jiratest.StatusCode, Skip: n})
					r := do(b, op.lost)
					if r.Verdict != plan.Away {
						t.Errorf("%s fails: %+v", request, r)
					}
					b.clock.pass(time.Hour)
					if r := do(b, r.Uncertain); r.Verdict != want.Verdict || !slices.Equal(b.activity(), activity) {
						t.Errorf("after %s has failed: %+v, %q; want %+v, %q", request, r, b.activity(), want, activity)
					}
				}
			})
		}
	}
}

// activity is all that happened in Jira, by issue.
func (b *bed) activity() []string {
	var all []string
	for _, key := range b.Keys() {
		for _, what := range b.Issue(key).Activity {
			all = append(all, key+" "+what)
		}
	}
	return all
}
