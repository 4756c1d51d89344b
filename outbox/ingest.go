package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"slices"
	"time"

	"jirahook/plan"
)

// Ingested is what one Ingest came to. A push stays in the spool when it is in
// none of Taken, Held and Bad.
type Ingested struct {
	Taken []string // ids of pushes whose actions wait now
	Held  []string // ids of pushes that wait for an operator
	// Failed stay in the spool: they could not be planned or read now.
	Failed []Failure
	// Bad can never be planned; their files were set aside: see Spool.Bad.
	Bad []Failure
}

// Failure is a push and what is wrong with it.
type Failure struct {
	Push string
	Err  error
}

// Ingest takes the pushes of the spool into the database, oldest first, one
// transaction each, until the context ends. All processes that share the
// database take turns. Once more is harmless: a push is known by its id.
//
// The error is the outbox's own; what is wrong with single pushes stands in
// Ingested, and of those too that were taken before an error.
func (o *Outbox) Ingest(ctx context.Context, spool *Spool, planner Planner) (Ingested, error) {
	i := ingest{Outbox: o, spool: spool, planner: planner}
	err := i.run(ctx)
	return i.in, err
}

// ingest is one under way.
type ingest struct {
	*Outbox
	spool   *Spool
	planner Planner
	until   time.Time // no further push is begun after that; zero: all are taken
	// coming is told what a push will be taken in as, before it is; may be nil.
	coming func(ctx context.Context, o *Outbox, push string, actions []plan.Action)

	in    Ingested
	stuck map[string]bool // repositories with an older push that must go first
}

func (i *ingest) run(ctx context.Context) error {
	ids, err := i.spool.List()
	if err != nil {
		return errors.Join(err, i.spool.sweep(time.Now()))
	}
	i.stuck = map[string]bool{}
	for _, id := range ids {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if !i.until.IsZero() && time.Now().After(i.until) {
			return nil
		}
		if err := i.take(ctx, id); err != nil {
			return err
		}
	}
	return i.spool.sweep(time.Now())
}

// take takes in one push.
func (i *ingest) take(ctx context.Context, id string) error {
	facts, err := i.spool.Read(id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // others took it
	}
	if err != nil {
		i.failed(id, err)
		return nil
	}
	var planned plan.Plan
	var known bool
	err = i.turn(ctx, "ingest", func(d *database) (err error) {
		planned, known, err = i.during(d).keep(ctx, i, id, facts)
		return err
	})
	var broken planError
	switch {
	case errors.As(err, &broken) && errors.Is(err, ErrUnreadable):
		i.in.Bad = append(i.in.Bad, Failure{id, broken.error})
		return i.spool.setAside(id, broken.error)
	case errors.As(err, &broken):
		if planned.Repository != "" {
			i.stuck[planned.Repository] = true
		}
		i.failed(id, broken.error)
		return nil
	case errors.Is(err, errStuck):
		i.failed(id, err)
		return nil
	case err != nil:
		return err
	case known: // others took it, or somebody died between commit and removal
	case planned.Held != "":
		i.in.Held = append(i.in.Held, id)
	default:
		i.in.Taken = append(i.in.Taken, id)
	}
	return i.spool.Remove(id)
}

var errStuck = errors.New("waits for an older push of its repository")

// keep plans a push by what is on record and writes it down, if that was not
// done before.
func (o *Outbox) keep(ctx context.Context, i *ingest, id string, facts []byte) (planned plan.Plan, known bool, err error) {
	if err := o.at.stillThere(); err != nil {
		return planned, false, fmt.Errorf("take in pushes: %w", err)
	}
	if known, err = o.isKnown(ctx, id); err != nil || known {
		return planned, known, err
	}
	if planned, err = o.plan(ctx, i.planner, facts, false); err != nil {
		return planned, false, err
	}
	if i.stuck[planned.Repository] {
		return planned, false, errStuck
	}
	if i.coming != nil && planned.Held == "" {
		i.coming(ctx, o, id, planned.Actions)
	}
	return planned, false, o.insertPush(ctx, id, planned, facts)
}

func (i *ingest) failed(push string, err error) {
	i.in.Failed = append(i.in.Failed, Failure{push, err})
}

// planError is an error of one push, kept apart from the database's.
type planError struct{ error }

func (e planError) Unwrap() error { return e.error }

// plan plans facts by what is on record. With an error of the planner it
// returns what the planner gave all the same.
func (o *Outbox) plan(ctx context.Context, planner Planner, facts []byte, released bool) (plan.Plan, error) {
	known := plan.Known{Released: released}
	first, err := o.ask(planner, facts, known)
	if err != nil {
		return first, err
	}
	err = o.read(ctx, "read what is on record", func(s session) error {
		if known.FirstSeen, err = firstSeen(s, first.Repository, first.Time); err != nil {
			return err
		}
		known.Records, err = recordsOf(s, first.Asked)
		return err
	})
	if err != nil {
		return plan.Plan{}, err
	}
	return o.ask(planner, facts, known)
}

// ask calls the planner. A fault in it costs this push its turn, not every
// process that comes by its life.
func (o *Outbox) ask(planner Planner, facts []byte, known plan.Known) (p plan.Plan, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			o.opts.Log.Error("fault in the planner", "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
			err = planError{fmt.Errorf("fault while planning: %v", fault)}
		}
	}()
	if p, err = planner.Plan(facts, known); err != nil {
		err = planError{err}
	}
	return p, err
}

func (o *Outbox) isKnown(ctx context.Context, push string) (bool, error) {
	n := 0
	err := o.read(ctx, "look for a push", func(s session) error {
		return s.row("SELECT count(*) FROM push WHERE id = ?", push).Scan(&n)
	})
	return n > 0, err
}

// firstSeen is when the repository was first seen, zero when that was with the
// push of this time.
func firstSeen(s session, repository string, pushed time.Time) (time.Time, error) {
	var ms int64
	err := s.row("SELECT coalesce(max(first_seen), 0) FROM repository WHERE id = ?", text(repository)).Scan(&ms)
	if err != nil || ms >= millis(pushed) {
		return time.Time{}, err
	}
	return fromMillis(ms), nil
}

// recordsOf reads the records that a plan asked about.
func recordsOf(s session, asked []string) (map[string][]plan.Record, error) {
	records := map[string][]plan.Record{}
	for ids := range slices.Chunk(asked, chunk) {
		args := make([]any, len(ids))
		for i, id := range ids {
			args[i] = text(id)
		}
		query := "SELECT id, commit_id, made_at, detail FROM record WHERE id IN " + values(1, len(ids)) + " ORDER BY id, commit_id"
		err := s.each(func(scan func(...any) error) error {
			var r plan.Record
			var when int64
			if err := scan(&r.ID, &r.Commit, &when, &r.Detail); err != nil {
				return err
			}
			r.When = fromMillis(when)
			records[r.ID] = append(records[r.ID], r)
			return nil
		}, query, args...)
		if err != nil {
			return nil, err
		}
	}
	return records, nil
}

// insertPush writes a push with its actions and records, or, when it is held,
// with its facts alone.
func (o *Outbox) insertPush(ctx context.Context, id string, p plan.Plan, facts []byte) error {
	notes, err := json.Marshal(p.Notes)
	if err != nil {
		return planError{fmt.Errorf("keep its notes: %w", err)}
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
	now := millis(o.now())
	return o.write(ctx, "keep a push", func(s session) error {
		n, err := s.exec("INSERT INTO push(id, repository, path, pusher, site, pushed_at, taken_at, state, why, notes, facts) VALUES "+
			values(1, 11)+" ON CONFLICT(id) DO NOTHING",
			id, text(p.Repository), text(p.RepositoryPath), text(p.Pusher), text(p.Site), millis(p.Time), now, state, text(p.Held), text(string(notes)), facts)
		if err != nil || n == 0 {
			return err
		}
		if p.Repository != "" {
			_, err = s.exec("INSERT INTO repository(id, path, first_seen) VALUES (?,?,?) ON CONFLICT(id) DO UPDATE SET path = excluded.path",
				text(p.Repository), text(p.RepositoryPath), millis(p.Time))
			if err != nil {
				return err
			}
		}
		if p.Held != "" {
			return nil
		}
		return o.insertPlan(s, id, rows, p.Records)
	})
}

// insertPlan puts a push's actions into their lanes, and on record what hangs on
// no action; that is forgotten with the push.
func (o *Outbox) insertPlan(s session, push string, rows []actionRow, records []plan.Record) error {
	if err := o.insertActions(s, rows); err != nil {
		return err
	}
	return insertRecords(s, recordRow(nil, push, records))
}

// actionRow is an action as it is kept.
type actionRow struct {
	plan.Action
	push    string
	payload []byte
}

func (r actionRow) lane() string { return laneName(r.Site, r.Issue) }

func actionRows(push string, actions []plan.Action) ([]actionRow, error) {
	rows := make([]actionRow, len(actions))
	for i, a := range actions {
		a.Site, a.Issue = text(a.Site), text(a.Issue)
		payload, err := json.Marshal(a)
		if err != nil {
			return nil, planError{fmt.Errorf("keep action %s: %w", a.ID, err)}
		}
		rows[i] = actionRow{a, push, payload}
	}
	return rows, nil
}

// insertActions puts actions into their lanes, and their records beside them.
// An action whose id is known changes nothing.
//
// The order of locks keeps two pushes that share lanes from deadlocking on
// PostgreSQL: lanes first, sorted.
func (o *Outbox) insertActions(s session, rows []actionRow) error {
	if len(rows) == 0 {
		return nil
	}
	if err := openLanes(s, rows, o.dueNow()); err != nil {
		return err
	}
	now := millis(o.now())
	fresh := map[string]bool{}
	for part := range slices.Chunk(rows, chunk) {
		args := make([]any, 0, len(part)*9)
		for _, r := range part {
			args = append(args, r.ID, r.push, r.lane(), r.Site, r.Issue, string(r.Kind), r.payload, now, r.Site)
		}
		err := s.each(func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			fresh[id] = true
			return err
		}, "INSERT INTO action(id, push, lane, site, issue, kind, payload, queued_at, excused) VALUES "+
			rowsOf(len(part), "(?,?,?,?,?,?,?,?,"+excusedNow+")")+
			" ON CONFLICT(id) DO NOTHING RETURNING id", args...)
		if err != nil {
			return err
		}
	}
	var records []any
	for _, r := range rows {
		if !fresh[r.ID] {
			continue
		}
		fresh[r.ID] = false // an id that is twice in a plan counts once
		records = recordRow(records, r.ID, r.Records)
	}
	if err := insertRecords(s, records); err != nil {
		return err
	}
	if s.notify != "" {
		_, err := s.exec(s.notify)
		return err
	}
	return nil
}

// recordRow appends records as rows of values.
func recordRow(values []any, action string, records []plan.Record) []any {
	for _, r := range records {
		values = append(values, text(r.ID), text(r.Commit), millis(r.When), text(r.Detail), action)
	}
	return values
}

func insertRecords(s session, records []any) error {
	for part := range slices.Chunk(records, 5*chunk) {
		_, err := s.exec("INSERT INTO record(id, commit_id, made_at, detail, action) VALUES "+values(len(part)/5, 5)+
			" ON CONFLICT(id, commit_id) DO NOTHING", part...)
		if err != nil {
			return err
		}
	}
	return nil
}
