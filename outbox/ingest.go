package outbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"jirahook/outbox/spool"
	"jirahook/outbox/store"
	"jirahook/plan"
)

// Ingested is what one Ingest came to. A push stays where it is when it is in none
// of Taken, Held, Aside and Bad.
type Ingested struct {
	Taken []string // ids of pushes whose actions wait now
	Held  []string // ids of pushes that wait for an operator
	// Failed stay in the spool: they could not be planned or read now.
	Failed []Failure
	// Aside could not be planned in the time that they had, or brought the planner
	// down; a worker will plan them, with more time. See Spool.Aside.
	Aside []Failure
	// Bad are for a person to look at: see Spool.Bad.
	Bad []Failure
}

// Failure is a push and what is wrong with it.
type Failure struct {
	Push string
	Err  error
}

// Ingest takes the pushes of the spool into the database, oldest first, each as a
// whole, until the context ends. Once more is harmless: a push is known by its id.
//
// Each push is planned by what is on record, while nobody waits but those who come
// with others of its repository; then it is written down in a turn that all
// processes with this database take, if what it was planned by is on record still.
//
// The error is the outbox's own; what is wrong with single pushes stands in
// Ingested, and of those too that were taken before an error.
func (o *Outbox) Ingest(ctx context.Context, kept *spool.Spool, planner Planner) (Ingested, error) {
	i := ingest{Outbox: o, spool: kept, planner: planner}
	err := i.run(ctx)
	return i.in, err
}

// IngestBriefly is Ingest for a hook that has told its pusher: after a second no push
// is begun, and those at which another process is are left to that.
func (o *Outbox) IngestBriefly(ctx context.Context, kept *spool.Spool, planner Planner) (Ingested, error) {
	i := ingest{Outbox: o, spool: kept, planner: planner, until: time.Now().Add(kept.Budgets.Inline), others: true}
	err := i.run(ctx)
	return i.in, err
}

// IngestPatiently is Ingest for somebody who has the time that pushes need which
// were set aside.
func (o *Outbox) IngestPatiently(ctx context.Context, kept *spool.Spool, planner Planner) (Ingested, error) {
	in, err := o.Ingest(ctx, kept, planner)
	if err != nil {
		return in, err
	}
	late, err := o.ingestAside(ctx, kept, planner)
	if err == nil && len(late.Taken)+len(late.Held)+len(late.Bad) > 0 {
		// Younger pushes may have waited for them.
		var after Ingested
		after, err = o.Ingest(ctx, kept, planner)
		in.Failed = after.Failed
		in.Taken, in.Held, in.Bad = append(in.Taken, after.Taken...), append(in.Held, after.Held...), append(in.Bad, after.Bad...)
		late.Aside = append(late.Aside, after.Aside...)
	}
	in.Taken, in.Held, in.Bad = append(in.Taken, late.Taken...), append(in.Held, late.Held...), append(in.Bad, late.Bad...)
	in.Aside, in.Failed = late.Aside, append(in.Failed, late.Failed...)
	return in, err
}

// ingestAside takes in what was set aside.
func (o *Outbox) ingestAside(ctx context.Context, kept *spool.Spool, planner Planner) (in Ingested, err error) {
	for _, folder := range kept.ForWorker() {
		i := ingest{Outbox: o, spool: folder, planner: planner, patient: true}
		if err = i.run(ctx); err != nil {
			i.in.Aside = nil
		}
		in.Taken, in.Held = append(in.Taken, i.in.Taken...), append(in.Held, i.in.Held...)
		in.Failed, in.Bad = append(in.Failed, i.in.Failed...), append(in.Bad, i.in.Bad...)
		in.Aside = i.in.Aside // what the first one set aside the last one tries
		if err != nil {
			return in, err
		}
	}
	return in, nil
}

// ingest is one under way.
type ingest struct {
	*Outbox
	spool   *spool.Spool
	planner Planner
	until   time.Time // no further push is begun after that; zero: all are taken
	// patient: pushes get the time that the folder stands for, and keep no others
	// waiting.
	patient bool
	// others are left alone while another process is at their repositories.
	others bool
	only   func(push string) bool // nil: all
	// coming is told what a push will be taken in as, before it is; may be nil.
	coming func(ctx context.Context, push string, actions []plan.Action)

	in      Ingested
	done    map[string]bool   // pushes that had their turn
	alone   bool              // one push a turn
	stuck   map[string]bool   // repositories with an older push that must go first
	theirs  map[string]bool   // marks of repositories that other processes are at
	waits   map[string]string // by mark: an older push that was set aside and must go first
	aside   spool.Stamp       // of the folders when waits was made
	locks   repositoryLocks
	planned []*planned // for the next turn, in order
}

const (
	// turnTime is when a turn is ended, for others to have theirs: after this push.
	turnTime = 50 * time.Millisecond
	// maxPlanned bounds what is planned for one turn, in bytes of facts.
	maxPlanned = 8 << 20
)

func (i *ingest) run(ctx context.Context) error {
	defer i.locks.release()
	i.done, i.stuck, i.theirs = map[string]bool{}, map[string]bool{}, map[string]bool{}
	for {
		ids, err := i.list()
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return i.sweep()
		}
		for len(ids) > 0 {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			if !i.until.IsZero() && time.Now().After(i.until) {
				return i.sweep()
			}
			if ids, err = i.some(ctx, ids); err != nil {
				return err
			}
		}
	}
}

func (i *ingest) sweep() error {
	if i.patient || i.only != nil {
		return nil // others do
	}
	return i.spool.Sweep(time.Now())
}

// list names the pushes that have had no turn.
func (i *ingest) list() ([]string, error) {
	ids, err := i.spool.List()
	if errors.Is(err, fs.ErrNotExist) && i.patient {
		return nil, nil // nothing was ever set aside
	}
	if err != nil {
		return nil, err
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return i.done[id] || i.only != nil && !i.only(id) })
	if len(ids) > 0 && !i.patient {
		err = i.lookAside()
	}
	return ids, err
}

// lookAside brings up to date which pushes are waited for.
func (i *ingest) lookAside() error {
	stamp, err := i.spool.StampAside(time.Now())
	if err != nil || stamp.Same(i.aside) {
		return err
	}
	i.waits, err = i.spool.FirstAside(time.Now())
	i.aside = stamp
	return err
}

// some plans pushes for the time of a turn, takes them in, and returns what is left
// of the list.
func (i *ingest) some(ctx context.Context, ids []string) ([]string, error) {
	left, err := i.plan(ctx, ids)
	if err != nil {
		i.planned = nil
		return left, err
	}
	var again []string
	for len(i.planned) > 0 {
		stale, err := i.take(ctx)
		if err != nil {
			return left, err
		}
		again = append(again, stale...)
	}
	i.locks.release()
	return append(again, left...), nil
}

// take writes down what is planned, for the time of a turn. What others took in
// meanwhile may have made plans out of date: those pushes must be planned again.
func (i *ingest) take(ctx context.Context) (stale []string, err error) {
	var kept []*planned
	err = i.db.Turn(ctx, "ingest", func(d *store.Database) (err error) {
		kept, err = i.during(d).keepSome(ctx, i)
		return err
	})
	if err != nil && !i.db.File { // all of it is undone
		if len(kept) == 0 || ctx.Err() != nil {
			return nil, err
		}
		i.alone = true // what stands before the push that fails shall not wait for it
		return nil, nil
	}
	i.planned = i.planned[len(kept):]
	for _, p := range kept {
		if p.stale {
			stale = append(stale, p.id)
			continue
		}
		i.done[p.id] = true
		if finishErr := i.finish(p); finishErr != nil {
			return stale, errors.Join(err, finishErr)
		}
	}
	return stale, err
}

// keepSome changes nothing of ingest but what stands with the plans: it may be done
// again.
func (o *Outbox) keepSome(ctx context.Context, i *ingest) (kept []*planned, err error) {
	if err := o.db.StillThere(); err != nil {
		return nil, fmt.Errorf("take in pushes: %w", err)
	}
	began := time.Now()
	behind := map[string]bool{} // repositories of pushes that must be planned again
	for _, p := range i.planned {
		if len(kept) > 0 && (i.alone || time.Since(began) > turnTime || ctx.Err() != nil) {
			return kept, nil
		}
		if err := o.keep(ctx, p, behind); err != nil {
			return kept, err
		}
		kept = append(kept, p)
	}
	return kept, nil
}

// keep writes a planned push down, if that was not done before and what it was
// planned by stands.
func (o *Outbox) keep(ctx context.Context, p *planned, behind map[string]bool) (err error) {
	p.stale, p.failed = false, nil
	if p.err != nil || p.known {
		return nil
	}
	if p.known, err = o.isKnown(ctx, p.id); err != nil || p.known {
		return err
	}
	if p.stale = behind[p.plan.Repository]; !p.stale {
		var by plan.Known
		if by, err = o.onRecord(ctx, p.first, p.by.Released); err != nil {
			return err
		}
		p.stale = !sameKnown(by, p.by)
	}
	if p.stale {
		behind[p.plan.Repository] = true
		return nil
	}
	err = o.insertPush(ctx, p.id, p.plan, p.facts)
	var broken planError
	if errors.As(err, &broken) {
		p.failed, err = broken, nil
	}
	return err
}

// finish does with a push's file what became of it.
func (i *ingest) finish(p *planned) error {
	err := p.err
	if err == nil {
		err = p.failed
	}
	var broken planError
	switch {
	case errors.Is(err, ErrUnreadable):
		i.in.Bad = append(i.in.Bad, Failure{p.id, err})
		return i.spool.SetAside(i.spool.ForPerson(), p.id, err)
	case err != nil && errors.As(err, &broken) && broken.moves:
		to, _ := i.spool.Next()
		if to.Dir() == i.spool.ForPerson().Dir() {
			i.in.Bad = append(i.in.Bad, Failure{p.id, err})
		} else {
			i.in.Aside = append(i.in.Aside, Failure{p.id, err})
		}
		return i.spool.SetAside(to, p.id, err)
	case err != nil:
		i.in.Failed = append(i.in.Failed, Failure{p.id, err})
		return nil
	case p.known:
	case p.plan.Held != "":
		i.in.Held = append(i.in.Held, p.id)
	default:
		i.in.Taken = append(i.in.Taken, p.id)
	}
	return i.spool.Remove(p.id)
}
