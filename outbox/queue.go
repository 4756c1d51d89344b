package outbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// Filter chooses actions. Empty fields choose all, but for States.
type Filter struct {
	States     []State // empty: all that wait, and the dead
	Site       string
	Issue      string
	Repository string // its path
	Push       string
	Kind       plan.Kind
	Before     time.Time // queued before that; zero: whenever
	Begins     string    // so begins its id
	Limit      int       // 0: all
}

// List returns actions in the order in which they were queued.
func (o *Outbox) List(ctx context.Context, f Filter) ([]Report, error) {
	if len(f.States) == 0 {
		f.States = []State{Queued, Sending, Dead}
	}
	conditions := []string{"action.state IN " + store.Values(1, len(f.States))}
	var args []any
	for _, state := range f.States {
		args = append(args, string(state))
	}
	for _, c := range []struct{ column, value string }{
		{"action.site", f.Site}, {"push.path", f.Repository}, {"action.push", f.Push},
		{"action.kind", string(f.Kind)},
	} {
		if c.value != "" {
			conditions = append(conditions, c.column+" = ?")
			args = append(args, c.value)
		}
	}
	if f.Issue != "" {
		conditions = append(conditions, "(action.issue = ? OR EXISTS (SELECT 1 FROM concern WHERE concern.action = action.id AND concern.issue = ?))")
		args = append(args, store.Text(f.Issue), store.Text(f.Issue))
	}
	if !f.Before.IsZero() {
		conditions = append(conditions, "action.queued_at < ?")
		args = append(args, store.Millis(f.Before))
	}
	if f.Begins != "" {
		conditions = append(conditions, "substr(action.id, 1, ?) = ?")
		args = append(args, len(f.Begins), store.Text(f.Begins))
	}
	where := "WHERE " + strings.Join(conditions, " AND ") + " ORDER BY action.seq"
	if f.Limit > 0 {
		where += " LIMIT ?"
		args = append(args, f.Limit)
	}
	var all []Report
	err := o.db.Read(ctx, "list the queue", func(s store.Session) (err error) {
		all, err = o.reports(s, where, args...)
		return err
	})
	return all, err
}

// Detail is all that is known of one action.
type Detail struct {
	Report
	Action  plan.Action
	History []Try // oldest first
}

// Try is one attempt of the past.
type Try struct {
	Time     time.Time
	Verdict  plan.Verdict
	Exchange string // the last request and its answer, in short
	Problem  string
	// Exchanges are all its requests and their answers, in their order.
	Exchanges []plan.Exchange
}

// Show returns one action with its history. An id may be cut to the first six
// digits or more while it is the only one that begins so.
func (o *Outbox) Show(ctx context.Context, id string) (Detail, error) {
	var d Detail
	err := o.db.Read(ctx, "show an action", func(s store.Session) error {
		d = Detail{}
		id, err := resolve(s, id)
		if err != nil {
			return err
		}
		found, err := o.reports(s, "WHERE action.id = ?", id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("%s: %w", id, ErrUnknown)
		}
		d.Report = found[0]
		var payload []byte
		if err := s.Row("SELECT payload FROM action WHERE id = ?", id).Scan(&payload); err != nil {
			return err
		}
		if err := json.Unmarshal(payload, &d.Action); err != nil {
			return fmt.Errorf("read action %s: %w", id, err)
		}
		return s.Each(func(scan func(...any) error) error {
			var t Try
			var at int64
			var exchanges string
			if err := scan(&at, &t.Verdict, &t.Exchange, &t.Problem, &exchanges); err != nil {
				return err
			}
			t.Time = store.FromMillis(at)
			if exchanges != "" {
				if err := json.Unmarshal([]byte(exchanges), &t.Exchanges); err != nil {
					return fmt.Errorf("read an attempt of %s: %w", id, err)
				}
			}
			d.History = append(d.History, t)
			return nil
		}, "SELECT at, verdict, exchange, problem, exchanges FROM attempt WHERE action = ? ORDER BY seq", id)
	})
	return d, err
}

const shortestID = 6

// resolve finds the whole id of an action.
func resolve(s store.Session, id string) (string, error) {
	var found []string
	next := func(scan func(...any) error) error {
		var full string
		err := scan(&full)
		found = append(found, full)
		return err
	}
	if err := s.Each(next, "SELECT id FROM action WHERE id = ?", store.Text(id)); err != nil || len(found) > 0 {
		return id, err
	}
	if len(id) >= shortestID && strings.Trim(id, "0123456789abcdef") == "" {
		if err := s.Each(next, "SELECT id FROM action WHERE id LIKE ? ORDER BY id LIMIT 2", id+"%"); err != nil {
			return "", err
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", fmt.Errorf("%s: %w", id, ErrUnknown)
	}
	return "", fmt.Errorf("%s is the beginning of several ids", id)
}

// Retry queues dead and skipped actions anew, at the front of their lanes' later
// actions, and ends the back-off of waiting ones. All or, with an error, none.
func (o *Outbox) Retry(ctx context.Context, ids ...string) error {
	return o.db.Write(ctx, "retry", func(s store.Session) error {
		for _, id := range ids {
			if err := o.retry(s, id); err != nil {
				return err
			}
		}
		if s.Notify == "" {
			return nil
		}
		_, err := s.Exec(s.Notify)
		return err
	})
}

func (o *Outbox) retry(s store.Session, id string) error {
	id, err := resolve(s, id)
	if err != nil {
		return err
	}
	row, state, err := lockLane(s, id, o.dueNow())
	if err != nil {
		return err
	}
	switch state {
	case Done:
		return fmt.Errorf("%s is done", id)
	case Dead, Skipped:
		now := store.Millis(o.now())
		// One that may have been carried out is looked for first.
		_, err := s.Exec(`UPDATE action SET state = CASE first_sent WHEN 0 THEN 'queued' ELSE 'sending' END,
			queued_at = ?, excused = (SELECT excused FROM site WHERE site.name = action.site), settled_at = 0, attempts = 0, problem = '', advice = '' WHERE id = ?`, now, id)
		if err != nil {
			return err
		}
	}
	_, err = s.Exec("UPDATE lane SET due_at = not_before WHERE name = ? AND owner = '' AND due_at > not_before", row.lane)
	return err
}

// lockLane locks the lane of an action, which it makes if need be, and returns
// the action as far as a lane needs it, and its state.
func lockLane(s store.Session, id string, due int64) (actionRow, State, error) {
	var row actionRow
	var state State
	if err := s.Row("SELECT site, lane FROM action WHERE id = ?", id).Scan(&row.Site, &row.lane); err != nil {
		return row, "", err
	}
	if err := openLanes(s, []actionRow{row}, due); err != nil {
		return row, "", err
	}
	err := s.Row("SELECT state FROM action WHERE id = ?", id).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%s: %w", id, ErrUnknown)
	}
	return row, state, err
}

// Drop forgets actions and their once-only records: what they stood for may be
// asked of Jira again by a later push. Held pushes are dropped by their ids. All
// or, with an error, none.
func (o *Outbox) Drop(ctx context.Context, ids ...string) error {
	return o.db.Write(ctx, "drop", func(s store.Session) error {
		for _, id := range ids {
			n, err := s.Exec("UPDATE push SET state = ?, facts = NULL WHERE id = ? AND state = ?", pushDropped, store.Text(id), pushHeld)
			if err == nil && n == 0 {
				err = o.drop(s, id)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (o *Outbox) drop(s store.Session, id string) error {
	id, err := resolve(s, id)
	if err != nil {
		return err
	}
	now := store.Millis(o.now())
	row, state, err := lockLane(s, id, o.dueNow())
	if err != nil {
		return err
	}
	switch state {
	case Done:
		return fmt.Errorf("%s is done", id)
	case Queued, Sending:
		var first string
		err := s.Row("SELECT id FROM action WHERE lane = ? AND "+store.Waiting+" ORDER BY seq LIMIT 1", row.lane).Scan(&first)
		if err != nil {
			return err
		}
		leased := 0
		if err := s.Row("SELECT count(*) FROM lane WHERE name = ? AND owner <> '' AND due_at > ?", row.lane, now).Scan(&leased); err != nil {
			return err
		}
		if leased > 0 && (first == id || state == Sending) {
			return fmt.Errorf("%s %w", id, ErrInFlight)
		}
	}
	return forget(s, []any{id})
}

// forget deletes actions with all that hangs on them.
func forget(s store.Session, ids []any) error {
	in := " IN " + store.Values(1, len(ids))
	for _, query := range []string{
		"DELETE FROM record WHERE action" + in,
		"DELETE FROM told WHERE action" + in,
		"DELETE FROM attempt WHERE action" + in,
		"DELETE FROM concern WHERE action" + in,
		"DELETE FROM action WHERE id" + in,
	} {
		if _, err := s.Exec(query, ids...); err != nil {
			return err
		}
	}
	return nil
}

// Counts is the state of the queue in numbers.
type Counts struct {
	Queued, Sending, Dead int // actions
	Held                  int // pushes
	Oldest                time.Time
}

// Counts counts; Oldest is when the action that waits the longest was queued.
func (o *Outbox) Counts(ctx context.Context) (Counts, error) {
	var c Counts
	err := o.db.Read(ctx, "count the queue", func(s store.Session) error {
		var oldest int64
		err := s.Row("SELECT count(*), coalesce(sum(CASE state WHEN 'sending' THEN 1 ELSE 0 END), 0), coalesce(min(queued_at), 0) FROM action WHERE "+store.Waiting).
			Scan(&c.Queued, &c.Sending, &oldest)
		if err != nil {
			return err
		}
		c.Queued -= c.Sending
		c.Oldest = store.FromMillis(oldest)
		if err := s.Row("SELECT count(*) FROM action WHERE state = 'dead'").Scan(&c.Dead); err != nil {
			return err
		}
		return s.Row("SELECT count(*) FROM push WHERE state = 'held'").Scan(&c.Held)
	})
	return c, err
}
