package jira

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"jirahook/plan"
)

// newTransition is the body of POST issue/{id}/transitions. A comment is part of
// it only where the transition's screen takes one: without a screen Jira drops it
// silently (ankitpokhrel/jira-cli#492).
type newTransition struct {
	Transition struct {
		ID string `json:"id"`
	} `json:"transition"`
	Fields map[string]any              `json:"fields,omitempty"`
	Update map[string][]map[string]any `json:"update,omitempty"`
}

// transition moves the issue through its workflow, and says what was said with
// it: also where it is not moved although there is such a transition.
func (d *delivery) transition(ctx context.Context, t plan.Transition) error {
	m, ok := readMemo(d.Memo)
	if !ok || !d.unsettled {
		m = memo{}
	}
	switch m.phase {
	case telling: // it was moved; whether that was told is not known
		i, err := d.workflow(ctx)
		if err != nil {
			return err
		}
		d.half = true
		return d.tell(ctx, t, m, i.Fields.Status)
	case tellingRefusal:
		told, err := d.toldBefore(ctx, t)
		if err != nil {
			return err
		}
		if told {
			t.Comment, d.half = nil, true
		}
	}
	err := d.moveNow(ctx, t)
	if e, ok := errors.AsType[*Error](err); ok && (e.Verdict == plan.Refused || e.slip) && !e.absent && !d.half && t.Comment != nil {
		return d.tellRefusal(ctx, *t.Comment, e)
	}
	return err
}

// moveNow moves the issue from where it is.
func (d *delivery) moveNow(ctx context.Context, t plan.Transition) error {
	if !d.unsettled {
		if i, ok := d.issues.recallFlow(d.Action.Issue, d.Lease, d.now()); ok {
			d.found(i.report())
			err := d.moveFrom(ctx, t, i)
			if e, is := errors.AsType[*Error](err); d.half || !is || e.Verdict != plan.Refused && e.Verdict != plan.Skipped {
				return err
			}
			// What was read a moment ago may be so no longer.
			d.notes = nil
		}
	}
	i, err := d.workflow(ctx)
	if err != nil {
		return err
	}
	return d.moveFrom(ctx, t, i)
}

// moveFrom moves an issue that was read just now.
func (d *delivery) moveFrom(ctx context.Context, t plan.Transition, i issue) error {
	now := i.Fields.Status
	if d.unsettled {
		moved, err := d.movedBefore(ctx, t, now)
		if err != nil {
			return err
		}
		if moved {
			m, _ := readMemo(d.Memo)
			if m.phase == together {
				return d.arrived(now)
			}
			d.half = true
			return d.tell(ctx, t, m, now)
		}
	}
	if isThere(t, now, i.Transitions) {
		return d.tell(ctx, t, memo{from: now.ID, to: now.ID}, now)
	}
	in, err := d.intend(ctx, t, i)
	if err != nil {
		return err
	}
	if in.note != "" {
		d.note("%s", in.note)
	}
	return d.move(ctx, t, i, in)
}

// mayMove finds out why no transition is open: nothing is to somebody who is not
// logged in, or who lacks the permission.
func (d *delivery) mayMove(ctx context.Context, t plan.Transition) error {
	if _, err := d.self(ctx); err != nil || t.Word == "" {
		return err
	}
	lacking, err := d.Lacking(ctx, projectOf(d.result.Issue.Key), []Permission{TransitionIssues})
	if e, ok := errors.AsType[*Error](err); ok && e.Verdict != plan.Skipped && e.Verdict != plan.Refused {
		return err
	}
	if len(lacking) > 0 {
		return notOpen("", nil)
	}
	return nil
}

func projectOf(key string) string {
	project, _, _ := cutLast(key, '-')
	return project
}

// rank orders the categories in which an issue goes its way; one that is not told
// is the first, so that nothing is known to lead back.
func rank(s status) int {
	return slices.Index([]string{"new", "indeterminate", "done"}, s.Category.Key)
}

// workflow reads the issue with its status of now and the transitions that are
// open to our account, with their fields.
func (d *delivery) workflow(ctx context.Context) (issue, error) {
	ref := d.Action.Issue
	if err := checkKey(ref); err != nil {
		return issue{}, err
	}
	if known, ok := d.issues.recall(ref, d.now()); ok {
		ref = known.ID
	} else if err := d.issues.recallMissing(ref, d.now()); err != nil {
		return issue{}, err
	}
	i, err := d.readIssue(ctx, ref, "transitions.fields")
	if err != nil {
		d.issues.forget(d.Action.Issue)
		return i, err
	}
	d.issues.keep(d.Action.Issue, i.report(), d.now())
	d.found(i.report())
	if err := d.openTransitions(ctx, &i); err != nil {
		return i, err
	}
	d.issues.keepFlow(d.Action.Issue, d.Lease, i, d.now())
	return i, nil
}

// openTransitions asks for them where this Jira does not tell them, or their
// fields, with the issue.
func (d *delivery) openTransitions(ctx context.Context, i *issue) error {
	if i.Transitions != nil && !slices.ContainsFunc(i.Transitions, func(t transition) bool { return t.Fields == nil }) {
		return nil
	}
	var open struct {
		Transitions []transition `json:"transitions"`
	}
	err := d.look(ctx, d.path("transitions"), url.Values{"expand": {"transitions.fields"}}, &open)
	i.Transitions = open.Transitions
	return err
}

// move sends the transition of an issue that was read just now.
func (d *delivery) move(ctx context.Context, t plan.Transition, i issue, in intent) error {
	now, chosen, form := i.Fields.Status, in.chosen, in.form
	for _, name := range form.left {
		d.note("%s left out: not on the screen of %s", name, chosen.Name)
	}
	body := newTransition{Fields: form.values}
	body.Transition.ID = chosen.ID
	m := memo{from: now.ID, to: chosen.To.ID, updated: i.Fields.Updated.Time}
	said := t.Comment
	if _, takes := chosen.Fields[commentField]; takes && said != nil && form.comment == nil {
		// It needs no mark: whether it was told is known from the transition's history.
		form.comment, t.Visibility = map[string]any{"body": d.mark(said.Marker).unmarked(said.Body)}, said.Visibility
		t.Comment, m.phase = nil, together
	}
	if form.comment != nil {
		if err := d.accompany(ctx, &body, form.comment, t.Visibility); err != nil {
			return err
		}
	}
	d.issues.forgetFlow(d.Action.Issue)
	err := d.makeTransition(ctx, body, m.String())
	if e, ok := errors.AsType[*Error](err); ok && e.Status == http.StatusConflict {
		t.Comment = said // somebody else's did not take it along
		return d.conflict(ctx, e, t, m, chosen.To)
	}
	if err != nil {
		return err
	}
	d.half = t.Comment != nil
	return d.tell(ctx, t, m, chosen.To)
}

// tell says what was said with a transition that is made, in a request of its own.
func (d *delivery) tell(ctx context.Context, t plan.Transition, m memo, now status) error {
	if t.Comment == nil {
		return d.arrived(now)
	}
	m.phase = telling
	d.kept = m.String()
	if err := d.comment(ctx, *t.Comment); err != nil {
		if e, ok := errors.AsType[*Error](err); ok && d.half {
			e.Problem = "moved to " + short(now.Name) + ", but what was said with it is not told: " + e.Problem
		}
		return err
	}
	return d.arrived(now)
}

// tellRefusal says what was said with a transition that is there, but was refused
// for a field, or for being one of several: else nobody would read it.
func (d *delivery) tellRefusal(ctx context.Context, c plan.Comment, refusal *Error) error {
	d.kept = memo{from: "0", to: "0", phase: tellingRefusal}.String()
	err := d.comment(ctx, c)
	if e, ok := errors.AsType[*Error](err); ok && e.Verdict == plan.Refused {
		refusal.Problem += "; nor is told what was said with it: " + e.Problem
		return refusal
	}
	if err != nil {
		return err
	}
	d.half = true
	return refusal
}

// toldBefore finds out whether an earlier try told what was said with a transition
// that was refused. The transition itself did not go out.
func (d *delivery) toldBefore(ctx context.Context, t plan.Transition) (bool, error) {
	i, err := d.Client.issue(ctx, d.Action.Issue)
	if err != nil {
		return false, err
	}
	d.found(i)
	site, err := d.site(ctx)
	if err != nil {
		return false, err
	}
	told, _, err := d.findComment(ctx, site, *t.Comment)
	if err == nil && !told {
		err = d.settle()
	}
	d.unsettled = d.unsettled && err != nil
	return told, err
}

// siteFor asks which Jira it is only if a value is to be written in a form that
// depends on it: users are named otherwise on Cloud.
func (d *delivery) siteFor(ctx context.Context, chosen transition, values map[string]any) (Site, error) {
	for name := range values {
		if _, f, ok := findField(chosen.Fields, name); ok && (f.Schema.Type == "user" || f.Schema.Items == "user") {
			return d.site(ctx)
		}
	}
	return Site{}, nil
}

// conflict: somebody changed the issue at the same moment, perhaps just so.
func (d *delivery) conflict(ctx context.Context, e *Error, t plan.Transition, m memo, target status) error {
	i, err := d.readIssue(ctx, d.result.Issue.ID, "")
	if err == nil && i.Fields.Status.ID == target.ID {
		return d.tell(ctx, t, m, i.Fields.Status)
	}
	return e
}

// arrived reports the status the issue is in.
func (d *delivery) arrived(s status) error {
	d.result.Words = short(s.Name)
	d.result.Issue.Status = short(s.Name)
	d.issues.keep(d.Action.Issue, d.result.Issue, d.now())
	return nil
}

// memo is what a later try must know of a transition that was sent: the ids of
// the statuses it leads from and to, and when the issue was last changed before,
// by Jira's clock.
type memo struct {
	from, to string
	updated  time.Time // zero: not known
	phase    phase
}

// phase is what goes out, where something was said with a transition.
type phase string

const (
	apart          phase = ""  // the transition; what was said follows
	together       phase = "+" // the transition with it
	telling        phase = "!" // what was said with one that is made
	tellingRefusal phase = "?" // what was said with one that was refused
)

func (m memo) String() string {
	s := m.from + ">" + m.to
	if !m.updated.IsZero() {
		s += "@" + m.updated.Format(timeLayout)
	}
	return s + string(m.phase)
}

func readMemo(s string) (memo, bool) {
	at := len(strings.TrimRight(s, "+!?"))
	s, phase := s[:at], phase(s[at:])
	s, updated, _ := strings.Cut(s, "@")
	from, to, ok := strings.Cut(s, ">")
	m := memo{from: from, to: to, phase: phase}
	m.updated, _ = time.Parse(timeLayout, updated) // an older program kept none
	return m, ok && from != "" && to != ""
}

// movedBefore finds out whether an earlier request of unknown fate moved the
// issue. If it did not, sending again is right when it returns without error.
func (d *delivery) movedBefore(ctx context.Context, t plan.Transition, now status) (bool, error) {
	m, ok := readMemo(d.Memo)
	if !ok {
		return false, d.settle()
	}
	if now.ID == m.to && m.from != m.to {
		return true, nil
	}
	did, err := d.inHistory(ctx, m)
	if err != nil || did {
		return did, err
	}
	if now.ID == m.from {
		return false, d.settle()
	}
	if isThere(t, now, nil) {
		return true, nil
	}
	return false, &Error{
		Verdict:  plan.Refused,
		Problem:  "somebody else moved it to " + now.Name + " while Jira's answer was missing",
		Advice:   "look at the issue; `jirahook queue retry` makes the transition from where it is now",
		exchange: d.result.Exchange,
	}
}

// inHistory reports whether our account made this transition after the request
// went out. The status alone does not tell when the transition leads back to
// where it began, or when the workflow moves on by itself.
func (d *delivery) inHistory(ctx context.Context, m memo) (bool, error) {
	me, err := d.self(ctx)
	if err != nil {
		return false, err
	}
	var i struct {
		Changelog struct {
			Histories []struct {
				Author  user      `json:"author"`
				Created timestamp `json:"created"`
				Items   []struct {
					Field string `json:"field"`
					From  string `json:"from"`
					To    string `json:"to"`
				} `json:"items"`
			} `json:"histories"`
		} `json:"changelog"`
	}
	if err := d.look(ctx, d.path(), url.Values{"fields": {"status"}, "expand": {"changelog"}}, &i); err != nil {
		return false, err
	}
	// An earlier action may have made the same transition a moment before. So
	// Jira's times are held against one of Jira's, not against ours.
	after := m.updated
	if after.IsZero() {
		after = d.since().Add(-5 * time.Second)
	}
	for _, h := range i.Changelog.Histories {
		if !h.Author.is(me) || !h.Created.After(after) {
			continue
		}
		for _, item := range h.Items {
			looped := m.from == m.to && item.Field == "resolution"
			if item.Field == "status" && item.From == m.from && item.To == m.to || looped {
				return true, nil
			}
		}
	}
	return false, nil
}
