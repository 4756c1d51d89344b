package outbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// States of a push.
const (
	pushIngested = "ingested"
	pushHeld     = string(Held)
	pushReleased = "released"
	pushDropped  = "dropped"
)

// PushReport is what became of a push.
type PushReport struct {
	Push       string
	Repository string // its path
	Pusher     string
	Time       time.Time // when it was pushed
	// Held is why the push waits for an operator; "": it does not.
	Held    string
	Actions []Report // in the order of the plan
	Notes   []plan.Note
	// Anew: the database proved damaged just now, and a new one was begun.
	Anew bool
}

// Report is where one action stands.
type Report struct {
	ID         string
	Push       string
	Repository string // its path
	Pusher     string
	Site       string
	Issue      string   // the key as it was written; "": see Concerns
	Concerns   []string // issues of an action that is for several
	Kind       plan.Kind
	Text       string // the action in words
	Because    string
	Commit     string // that it tells of, the last of several; "": it tells of a branch
	State      State
	// Pause of the site, while the action waits.
	Pause    Pause
	Queued   time.Time
	Settled  time.Time // zero: it waits
	Attempts int
	// Next is when it is tried again; zero: not by itself, or it does not wait.
	Next time.Time
	// Words are what was done.
	Words string
	// Problem is why it was not done, or not yet: the pause of the site, or what
	// the last attempt met.
	Problem string
	Advice  string
	Note    string
	// What Jira said of the issue; empty when it was not asked.
	Key     string
	Summary string
	Status  string
}

// Report tells what became of a push; ErrUnknown when it is not in the database.
func (o *Outbox) Report(ctx context.Context, push string) (PushReport, error) {
	r := PushReport{Push: push, Anew: o.aside != ""}
	err := o.db.Read(ctx, "report on a push", func(s store.Session) error {
		var notes string
		var at int64
		err := s.Row("SELECT path, pusher, pushed_at, CASE state WHEN 'held' THEN why ELSE '' END, notes FROM push WHERE id = ?", push).
			Scan(&r.Repository, &r.Pusher, &at, &r.Held, &notes)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("push %s: %w", push, ErrUnknown)
		}
		if err != nil {
			return err
		}
		r.Time = store.FromMillis(at)
		if err := json.Unmarshal([]byte(notes), &r.Notes); err != nil {
			return fmt.Errorf("read its notes: %w", err)
		}
		r.Actions, err = o.reports(s, "WHERE action.push = ? ORDER BY action.seq", push)
		return err
	})
	return r, err
}

// reports reads actions with what their lane and site have to say.
func (o *Outbox) reports(s store.Session, where string, args ...any) ([]Report, error) {
	var all []Report
	now := store.Millis(o.now())
	err := s.Each(func(scan func(...any) error) error {
		r, err := scanReport(scan, now)
		all = append(all, r)
		return err
	}, `SELECT action.id, action.push, push.path, push.pusher, action.site, action.issue, action.kind, action.payload, action.state,
		action.queued_at, action.settled_at, action.attempts, action.words, action.problem, action.advice, action.note,
		action.issue_key, action.summary, action.status,
		coalesce(lane.due_at, 0), coalesce(lane.owner, ''), site.pause, site.until, site.reason, site.advice
		FROM action JOIN push ON push.id = action.push JOIN site ON site.name = action.site LEFT JOIN lane ON lane.name = action.lane `+where, args...)
	return all, err
}

func scanReport(scan func(...any) error, now int64) (Report, error) {
	var r Report
	var payload []byte
	var queued, settled, due, until int64
	var owner, reason, advice string
	var pause Pause
	err := scan(&r.ID, &r.Push, &r.Repository, &r.Pusher, &r.Site, &r.Issue, &r.Kind, &payload, &r.State,
		&queued, &settled, &r.Attempts, &r.Words, &r.Problem, &r.Advice, &r.Note,
		&r.Key, &r.Summary, &r.Status,
		&due, &owner, &pause, &until, &reason, &advice)
	if err != nil {
		return r, err
	}
	r.Queued, r.Settled = store.FromMillis(queued), store.FromMillis(settled)
	var a plan.Action
	if json.Unmarshal(payload, &a) == nil { // else the columns have to do
		r.Text, r.Because, r.Commit, r.Concerns = a.Text, a.Because, a.Commit(), a.Concerns
	}
	if r.State != Queued && r.State != Sending {
		return r, nil
	}
	r.Pause = pause
	next := max(due, now)
	if owner != "" {
		next = now // somebody is at it
	}
	switch pause {
	case PauseOperator:
		r.Problem, r.Advice, next = reason, advice, 0
	case PauseAway, PauseCredentials:
		r.Problem, r.Advice, next = reason, advice, max(next, until)
	}
	if next < never {
		r.Next = store.FromMillis(next)
	}
	return r, nil
}
