package outbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"runtime/debug"
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

// Ingest takes the pushes of the spool into the database, oldest first, each as a
// whole, until the context ends. All processes that share the database take
// turns. Once more is harmless: a push is known by its id.
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
	done  map[string]bool // pushes that had their turn
	alone bool            // one push a turn
	stuck map[string]bool // repositories with an older push that must go first
}

// turnTime is when a turn is ended, for others to have theirs: after this push.
const turnTime = 50 * time.Millisecond

func (i *ingest) run(ctx context.Context) error {
	i.done, i.stuck = map[string]bool{}, map[string]bool{}
	for more := true; more; {
		ids, err := i.spool.List()
		if err != nil || len(ids) == 0 {
			return errors.Join(err, i.spool.sweep(time.Now()))
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if more, err = i.some(ctx); err != nil {
			return err
		}
	}
	return i.spool.sweep(time.Now())
}

// some takes in pushes for the time of a turn, and reports whether there are more.
func (i *ingest) some(ctx context.Context) (more bool, err error) {
	var kept []keptPush
	err = i.turn(ctx, "ingest", func(d *database) (err error) {
		kept, more, err = i.during(d).keepSome(ctx, i)
		return err
	})
	if err != nil && !i.file { // all of it is undone
		if len(kept) == 0 || ctx.Err() != nil {
			return false, err
		}
		i.alone = true // what stands before the push that fails shall not wait for it
		return true, nil
	}
	for _, k := range kept {
		i.done[k.id] = true
		if finishErr := i.finish(k); finishErr != nil {
			return false, errors.Join(err, finishErr)
		}
	}
	return more, err
}

// keptPush is a push as it was taken in, or why it was not.
type keptPush struct {
	id    string
	plan  plan.Plan
	known bool // others took it, or somebody died between commit and removal
	err   error
}

// keepSome changes nothing of ingest: it may be done again.
func (o *Outbox) keepSome(ctx context.Context, i *ingest) (kept []keptPush, more bool, err error) {
	if err := o.at.stillThere(); err != nil {
		return nil, false, fmt.Errorf("take in pushes: %w", err)
	}
	// What came while we waited is taken as well; what others took is gone.
	ids, err := i.spool.List()
	if err != nil {
		return nil, false, err
	}
	began := time.Now()
	stuck := maps.Clone(i.stuck)
	for _, id := range ids {
		switch now := time.Now(); {
		case i.done[id]:
			continue
		case !i.until.IsZero() && now.After(i.until):
			return kept, false, nil
		case len(kept) > 0 && (i.alone || now.Sub(began) > turnTime || ctx.Err() != nil):
			return kept, true, nil
		}
		k := keptPush{id: id}
		k.plan, k.known, k.err = o.keep(ctx, i, id, stuck)
		var broken planError
		if k.err != nil && !errors.As(k.err, &broken) {
			return kept, false, k.err
		}
		if k.err != nil && k.plan.Repository != "" && !errors.Is(k.err, ErrUnreadable) {
			stuck[k.plan.Repository] = true
		}
		kept = append(kept, k)
	}
	return kept, false, nil
}

// keep plans a push by what is on record and writes it down, if that was not
// done before.
func (o *Outbox) keep(ctx context.Context, i *ingest, id string, stuck map[string]bool) (planned plan.Plan, known bool, err error) {
	facts, err := i.spool.Read(id)
	if errors.Is(err, fs.ErrNotExist) {
		return planned, true, nil
	}
	if err != nil {
		return planned, false, planError{err}
	}
	if known, err = o.isKnown(ctx, id); err != nil || known {
		return planned, known, err
	}
	if planned, err = o.plan(ctx, i.planner, facts, false); err != nil {
		return planned, false, err
	}
	if stuck[planned.Repository] {
		return planned, false, planError{errors.New("waits for an older push of its repository")}
	}
	if i.coming != nil && planned.Held == "" {
		i.coming(ctx, o, id, planned.Actions)
	}
	return planned, false, o.insertPush(ctx, id, planned, facts)
}

// finish does with a push's file what became of it.
func (i *ingest) finish(k keptPush) error {
	var broken planError
	switch {
	case errors.As(k.err, &broken) && errors.Is(k.err, ErrUnreadable):
		i.in.Bad = append(i.in.Bad, Failure{k.id, broken.error})
		return i.spool.setAside(k.id, broken.error)
	case errors.As(k.err, &broken):
		if k.plan.Repository != "" {
			i.stuck[k.plan.Repository] = true
		}
		i.in.Failed = append(i.in.Failed, Failure{k.id, broken.error})
		return nil
	case k.known:
	case k.plan.Held != "":
		i.in.Held = append(i.in.Held, k.id)
	default:
		i.in.Taken = append(i.in.Taken, k.id)
	}
	return i.spool.Remove(k.id)
}

// planError is an error of one push, kept apart from the database's.
type planError struct{ error }

func (e planError) Unwrap() error { return e.error }

// plan plans facts by what is on record. With an error of the planner it
// returns what the planner gave all the same.
func (o *Outbox) plan(ctx context.Context, planner Planner, facts []byte, released bool) (plan.Plan, error) {
	known := plan.Known{Released: released}
	first, err := o.ask(ctx, planner, facts, known)
	if err != nil {
		return first, err
	}
	err = o.read(ctx, "read what is on record", func(s session) error {
		if known.FirstSeen, err = firstSeen(s, first.Repository, first.Time); err != nil {
			return err
		}
		known.First = known.FirstSeen.IsZero()
		return readKnown(s, first, &known)
	})
	if err != nil {
		return plan.Plan{}, err
	}
	return o.ask(ctx, planner, facts, known)
}

// ask calls the planner. A fault in it costs this push its turn, not every
// process that comes by its life.
func (o *Outbox) ask(ctx context.Context, planner Planner, facts []byte, known plan.Known) (p plan.Plan, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			o.opts.Log.Error("fault in the planner", "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
			err = planError{fmt.Errorf("fault while planning: %v", fault)}
		}
	}()
	if p, err = planner.Plan(ctx, facts, known); err != nil {
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
