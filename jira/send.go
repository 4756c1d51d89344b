package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"jirahook/plan"
)

// Send carries out an action, once: where an earlier request's fate is unknown
// it looks in Jira first. Every outcome is in the result.
func (c *Client) Send(ctx context.Context, a plan.Attempt) plan.Result {
	d := &delivery{Client: c, Attempt: a, unsettled: a.Uncertain}
	d.result.Issue.Key = a.Action.Issue
	ctx, exchanges := withExchanges(ctx)
	r := d.finish(d.carryOut(ctx))
	r.Exchanges = *exchanges
	return r
}

// delivery is one attempt under way.
type delivery struct {
	*Client
	plan.Attempt
	result plan.Result
	notes  []string
	// unsettled: whether an earlier request was carried out is still unknown.
	unsettled bool
	// half: the issue was moved, and what was said with that is still to be told.
	half bool
	kept string // the memo of requests that name none
}

func (d *delivery) carryOut(ctx context.Context) error {
	a := d.Action
	if a.Kind == plan.KindTransition && a.Transition != nil {
		return d.transition(ctx, *a.Transition) // reads the issue itself, with its status of now
	}
	if a.Kind == plan.KindComment && a.Comment != nil && len(a.Comment.Parts) > 0 {
		return d.partly(ctx, *a.Comment)
	}
	i, err := d.Client.issue(ctx, a.Issue)
	if err != nil {
		return err
	}
	d.found(i)
	switch {
	case a.Kind == plan.KindComment && a.Comment != nil:
		return d.comment(ctx, *a.Comment)
	case a.Kind == plan.KindLink && a.Link != nil:
		return d.link(ctx, *a.Link)
	case a.Kind == plan.KindWorklog && a.Worklog != nil:
		return d.worklog(ctx, *a.Worklog)
	}
	return &Error{Verdict: plan.Refused, Problem: fmt.Sprintf("an action of kind %q cannot be carried out", a.Kind)}
}

// found puts what is known of the issue into the report.
func (d *delivery) found(i plan.Issue) {
	d.result.Issue = i
	if d.Attempt.Found != nil {
		d.Attempt.Found(i)
	}
	if !strings.EqualFold(i.Key, d.Action.Issue) {
		d.note("%s is now %s", d.Action.Issue, i.Key)
	}
}

func (d *delivery) note(format string, args ...any) {
	d.notes = append(d.notes, short(fmt.Sprintf(format, args...)))
}

// finish puts the result together.
func (d *delivery) finish(err error) plan.Result {
	r := d.result
	r.Verdict = plan.Done
	if err != nil {
		issue := r.Issue
		r = resultOf(err)
		r.Issue = issue
	}
	r.Note = strings.Join(d.notes, "; ")
	r.Uncertain = r.Uncertain || d.half && r.Verdict != plan.Done // a later try must know what is done already
	switch r.Verdict {
	case plan.Later, plan.Away, plan.Locked:
		r.Uncertain = r.Uncertain || d.unsettled
	}
	return r
}

// path is a path below the issue, by its id: keys change.
func (d *delivery) path(parts ...string) string {
	return "issue/" + strings.Join(append([]string{d.result.Issue.ID}, parts...), "/")
}

// look reads, and keeps the exchange for the report.
func (d *delivery) look(ctx context.Context, path string, query url.Values, into any) error {
	a, err := d.get(ctx, path, query, into)
	d.result.Exchange = a.short
	return err
}

// write posts what changes the issue. Before it goes out, that is made durable
// with the memo.
func (d *delivery) write(ctx context.Context, path string, body any, memo string) error {
	return d.explained(ctx, d.change(ctx, request{method: http.MethodPost, path: path, body: body}, memo))
}

// change sends a request that changes the issue, as write does. A 404 is left
// unexplained, with the verdict Skipped.
func (d *delivery) change(ctx context.Context, r request, memo string) error {
	if d.isCloud() {
		if err := d.pace.wait(ctx, d.result.Issue.ID); err != nil {
			return err
		}
	}
	if memo == "" {
		memo = d.kept
	}
	r.begin = func() error {
		if d.Sending == nil {
			return nil
		}
		return d.Sending(memo)
	}
	a, err := d.call(ctx, r)
	d.result.Exchange = a.short
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Verdict != plan.Skipped && e.Verdict != plan.Refused {
		return err
	}
	// A Jira that shows its issues to anybody refuses us only now when it has
	// not taken our login.
	if _, err := d.self(ctx); err != nil {
		return err
	}
	return e
}

// explained explains a 404 to a write: the issue is gone since it was read, or
// Jira has not what was asked for (time tracking is off, links are off).
func (d *delivery) explained(ctx context.Context, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Verdict != plan.Skipped || e.Status != http.StatusNotFound {
		return err
	}
	d.issues.forget(d.Action.Issue)
	if _, err := d.readIssue(ctx, d.Action.Issue, ""); err != nil {
		return err
	}
	e.Verdict = plan.Refused
	return e
}

// since is when the request of unknown fate went out.
func (d *delivery) since() time.Time {
	if d.FirstSent.IsZero() {
		return d.Action.Origin.Time
	}
	return d.FirstSent
}

// settle is called when Jira shows no trace of the earlier request: it may still
// be under way until jira.timeout has passed, and then it never will be.
func (d *delivery) settle() error {
	if rest := d.config.Timeout - d.now().Sub(d.since()); rest > 0 {
		return &Error{
			Verdict:    plan.Later,
			Problem:    "an earlier request got no answer and may still arrive",
			RetryAfter: min(rest, d.config.Timeout),
			exchange:   d.result.Exchange,
		}
	}
	d.unsettled = false
	return nil
}

// sayable is a text as it is sent. A try that follows one of unknown fate does
// without the characters that some Servers answer with 500: else it would never
// get through.
func (d *delivery) sayable(site Site, text string) string {
	if d.Uncertain && !site.Cloud {
		return plainCharacters(text)
	}
	return text
}

// timestamp is a time in Jira's form.
type timestamp struct{ time.Time }

const timeLayout = "2006-01-02T15:04:05.000-0700"

func (t timestamp) MarshalJSON() ([]byte, error) {
	return []byte(t.Format(`"` + timeLayout + `"`)), nil
}

// UnmarshalJSON reads a time; one it cannot read is the zero time, not an error
// for everything around it.
func (t *timestamp) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	for _, layout := range []string{timeLayout, time.RFC3339} {
		if at, err := time.Parse(layout, s); err == nil {
			t.Time = at
			return nil
		}
	}
	t.Time = time.Time{}
	return nil
}
