package outbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// insertPush writes a push with its actions and records, or, when it is held,
// with its facts alone.
func (o *Outbox) insertPush(ctx context.Context, id string, p plan.Plan, facts []byte) error {
	notes, err := json.Marshal(p.Notes)
	if err != nil {
		return planError{fmt.Errorf("keep its notes: %w", err), true}
	}
	state, actions := pushIngested, p.Actions
	if p.Held != "" {
		state, actions = pushHeld, nil
	} else {
		facts = nil
	}
	rows, err := actionRows(id, actions)
	if err != nil {
		return err
	}
	now := store.Millis(o.now())
	return o.db.Write(ctx, "keep a push", func(s store.Session) error {
		n, err := s.Exec("INSERT INTO push(id, repository, path, pusher, site, pushed_at, taken_at, state, why, notes, facts) VALUES "+
			store.Values(1, 11)+" ON CONFLICT(id) DO NOTHING",
			id, store.Text(p.Repository), store.Text(p.RepositoryPath), store.Text(p.Pusher), store.Text(p.Site), store.Millis(p.Time), now, state, store.Text(p.Held), store.Text(string(notes)), facts)
		if err != nil || n == 0 {
			return err
		}
		if p.Repository != "" {
			_, err = s.Exec("INSERT INTO repository(id, path, first_seen) VALUES (?,?,?) ON CONFLICT(id) DO UPDATE SET path = excluded.path",
				store.Text(p.Repository), store.Text(p.RepositoryPath), store.Millis(p.Time))
			if err != nil {
				return err
			}
		}
		if p.Held != "" {
			return nil
		}
		return o.insertPlan(s, id, rows, p)
	})
}

// insertPlan puts a push's actions into their lanes, and on record what hangs on
// no action: that is forgotten with the push; and what issues have by it.
func (o *Outbox) insertPlan(s store.Session, push string, rows []actionRow, p plan.Plan) error {
	if err := number(s, rows, p); err != nil {
		return err
	}
	if err := o.insertActions(s, rows); err != nil {
		return err
	}
	var kept recordRows
	kept.add(push, p.Records)
	if err := kept.insert(s); err != nil {
		return err
	}
	return insertEntities(s, p)
}

// number gives what the development panel is told with a plan its sequence number: the
// time of the push, or one more than the repository's last. It locks the repository's
// row until the transaction ends.
func number(s store.Session, rows []actionRow, p plan.Plan) error {
	sequence := int64(0)
	for i := range rows {
		r := &rows[i]
		if r.Development == nil {
			continue
		}
		if sequence == 0 {
			sequence = store.Millis(p.Time)
			err := s.Row("UPDATE repository SET sequence = CASE WHEN sequence >= ? THEN sequence + 1 ELSE ? END WHERE id = ? RETURNING sequence",
				sequence, sequence, store.Text(p.Repository)).Scan(&sequence)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
		told := *r.Development
		told.Sequence = sequence
		r.Development = &told
		payload, err := json.Marshal(r.Action)
		if err != nil {
			return planError{fmt.Errorf("keep action %s: %w", r.ID, err), true}
		}
		r.payload = payload
	}
	return nil
}

// actionRow is an action as it is kept.
type actionRow struct {
	plan.Action
	lane    string
	push    string
	payload []byte
}

func actionRows(push string, actions []plan.Action) ([]actionRow, error) {
	rows := make([]actionRow, len(actions))
	for i, a := range actions {
		a.Site, a.Issue, a.Lane = store.Text(a.Site), store.Text(a.Issue), store.Text(a.Lane)
		payload, err := json.Marshal(a)
		if err != nil {
			return nil, planError{fmt.Errorf("keep action %s: %w", a.ID, err), true}
		}
		rows[i] = actionRow{a, laneName(a.Site, a.Queue()), push, payload}
	}
	return rows, nil
}

// insertActions puts actions into their lanes, and their records beside them.
// An action whose id is known changes nothing.
//
// The order of locks keeps two pushes that share lanes from deadlocking on
// PostgreSQL: lanes first, sorted.
func (o *Outbox) insertActions(s store.Session, rows []actionRow) error {
	if len(rows) == 0 {
		return nil
	}
	if err := openLanes(s, rows, o.dueNow()); err != nil {
		return err
	}
	now := store.Millis(o.now())
	fresh := map[string]bool{}
	for part := range slices.Chunk(rows, store.Chunk) {
		args := make([]any, 0, len(part)*9)
		for _, r := range part {
			args = append(args, r.ID, r.push, r.lane, r.Site, r.Issue, string(r.Kind), r.payload, now, r.Site)
		}
		err := s.Each(func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			fresh[id] = true
			return err
		}, "INSERT INTO action(id, push, lane, site, issue, kind, payload, queued_at, excused) VALUES "+
			store.RowsOf(len(part), "(?,?,?,?,?,?,?,?,"+excusedNow+")")+
			" ON CONFLICT(id) DO NOTHING RETURNING id", args...)
		if err != nil {
			return err
		}
	}
	var records recordRows
	var concerns []any
	for _, r := range rows {
		if !fresh[r.ID] {
			continue
		}
		fresh[r.ID] = false // an id that is twice in a plan counts once
		records.add(r.ID, r.Records)
		for _, issue := range r.Concerns {
			concerns = append(concerns, r.ID, store.Text(issue))
		}
	}
	if err := records.insert(s); err != nil {
		return err
	}
	for part := range slices.Chunk(concerns, 2*store.Chunk) {
		if _, err := s.Exec("INSERT INTO concern(action, issue) VALUES "+store.Values(len(part)/2, 2)+" ON CONFLICT(action, issue) DO NOTHING", part...); err != nil {
			return err
		}
	}
	if s.Notify != "" {
		_, err := s.Exec(s.Notify)
		return err
	}
	return nil
}
