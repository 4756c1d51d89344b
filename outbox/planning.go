package outbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"runtime/debug"
	"time"

	"jirahook/outbox/spool"
	"jirahook/outbox/store"
	"jirahook/plan"
)

// planned is a push as it will be taken in, or why it cannot be.
type planned struct {
	id    string
	facts []byte
	first plan.Plan  // with nothing known: it says what it asks about
	by    plan.Known // what was on record of that
	plan  plan.Plan  // by what was on record
	known bool       // others took it, or somebody died between commit and removal
	err   error      // a planError

	stale  bool  // what is on record has changed meanwhile
	failed error // a planError of the insertion
}

// planError is an error of one push, kept apart from the database's.
type planError struct {
	error
	moves bool // it is set aside
}

func (e planError) Unwrap() error { return e.error }

// leastBudget is the least time in which a push that was not planned proves to
// need more than there is; ended before, it was only late.
const leastBudget = 500 * time.Millisecond

// plan plans pushes for the time of a turn, and returns the rest of the list. It
// ends before a push that asks about what one before it will put on record.
func (i *ingest) plan(ctx context.Context, ids []string) (left []string, err error) {
	began, size, makes := time.Now(), 0, made{}
	for n, id := range ids {
		if i.theirs[spool.Mark(id)] {
			i.done[id] = true
			continue
		}
		if n > 0 && (i.alone || time.Since(began) > turnTime || size > maxPlanned || !i.until.IsZero() && time.Now().After(i.until)) {
			return ids[n:], nil
		}
		ok, err := i.claim(ctx, id)
		if err != nil {
			return ids[n:], err
		}
		if !ok {
			if i.others {
				// All of its repository are left to them: if they give one back, those
				// after it must not be taken in before it.
				i.theirs[spool.Mark(id)], i.done[id] = true, true
				continue
			}
			return ids[n:], nil // with what is planned so far first
		}
		if makes.first[spool.Mark(id)] {
			return ids[n:], nil // its repository will have been seen by then
		}
		p, err := i.prepare(ctx, id)
		if err != nil {
			return ids[n:], err
		}
		if len(i.planned) > 0 && makes.concern(p) {
			return ids[n:], nil
		}
		makes.add(p)
		size += len(p.facts)
		i.planned = append(i.planned, p)
		if i.coming != nil && p.err == nil && !p.known && p.plan.Held == "" {
			i.coming(ctx, id, p.plan.Actions)
		}
	}
	return nil, nil
}

// claim keeps other processes from planning what we do. While we hold the locks of
// other repositories we wait for none.
func (i *ingest) claim(ctx context.Context, id string) (bool, error) {
	if i.patient {
		return true, nil // it may take minutes, and nobody may wait for it
	}
	if i.locks.held[spool.Mark(id)] {
		return true, nil
	}
	if !i.others && len(i.planned) == 0 {
		if err := i.locks.wait(ctx, i.Outbox.db.Folder, spool.Mark(id)); err != nil {
			return false, err
		}
	} else if ok, err := i.locks.lock(i.Outbox.db.Folder, spool.Mark(id)); !ok || err != nil {
		return false, err
	}
	// Whoever had it may have set aside a push that this one must wait for.
	return true, i.lookAside()
}

// prepare plans a push, unless it must wait.
func (i *ingest) prepare(ctx context.Context, id string) (*planned, error) {
	if first, ok := i.waits[spool.Mark(id)]; ok && first < id {
		return &planned{id: id, err: planError{error: fmt.Errorf("waits for an older push of its repository, %s", first)}}, nil
	}
	_, budget := i.spool.Next()
	if !i.patient {
		size, err := i.spool.Size(id)
		if err == nil && size > spool.InlineSize {
			i.wait(id)
			return &planned{id: id, err: planError{fmt.Errorf("it is larger than %d MiB", spool.InlineSize>>20), true}}, nil
		}
	}
	p, err := i.planOne(ctx, id, budget)
	if err != nil {
		return nil, err
	}
	var broken planError
	switch {
	case errors.As(p.err, &broken) && broken.moves:
		i.wait(id)
	case p.err != nil && p.plan.Repository != "":
		i.stuck[p.plan.Repository] = true
	case p.err == nil && i.stuck[p.plan.Repository]:
		p.err = planError{error: errors.New("waits for an older push of its repository")}
	}
	return p, nil
}

// wait lets the younger pushes of a repository wait for one that is set aside now.
func (i *ingest) wait(id string) {
	if m := spool.Mark(id); m != "" && !i.patient && i.waits[m] == "" {
		i.waits[m] = id
	}
}

func (i *ingest) planOne(ctx context.Context, id string, budget time.Duration) (*planned, error) {
	p := &planned{id: id}
	var err error
	p.facts, err = i.spool.Read(id)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.known = true
		return p, nil
	case err != nil:
		p.err = planError{error: err}
		return p, nil
	}
	if p.known, err = i.isKnown(ctx, id); err != nil || p.known {
		return p, err
	}
	return p, i.Outbox.plan(ctx, i.planner, p, false, budget)
}

// plan plans a push's facts by what is on record, within a budget. What is wrong
// with the push is in its err; with an error of the planner its plan is what the
// planner gave all the same.
func (o *Outbox) plan(ctx context.Context, planner Planner, p *planned, released bool, budget time.Duration) (err error) {
	defer func() {
		var broken planError
		if errors.As(err, &broken) {
			p.err, err = broken, nil
		}
	}()
	p.by = plan.Known{Released: released}
	if p.first, err = o.ask(ctx, planner, p.facts, plan.Known{Released: released, Asking: true}, &budget); err != nil {
		p.plan = p.first
		return err
	}
	for n := 1; ; n++ {
		if p.by, err = o.onRecord(ctx, p.first, released); err != nil {
			return err
		}
		if p.plan, err = o.ask(ctx, planner, p.facts, p.by, &budget); err != nil || n == mostAsked || !p.asksMore() {
			return err
		}
	}
}

// mostAsked is how often a push is planned by what is on record, which may lead to
// more that decides about it.
const mostAsked = 2

// asksMore takes in what only the plan by what is on record asks about.
func (p *planned) asksMore() bool {
	asked := make(map[string]bool, len(p.first.Asked))
	for _, id := range p.first.Asked {
		asked[id] = true
	}
	before := len(p.first.Asked)
	for _, id := range p.plan.Asked {
		if !asked[id] {
			p.first.Asked = append(p.first.Asked, id)
		}
	}
	return len(p.first.Asked) > before
}

// onRecord is what is on record of what a plan asks about.
func (o *Outbox) onRecord(ctx context.Context, first plan.Plan, released bool) (plan.Known, error) {
	known := plan.Known{Released: released}
	err := o.db.Read(ctx, "read what is on record", func(s store.Session) (err error) {
		if known.FirstSeen, err = firstSeen(s, first.Repository, first.Time); err != nil {
			return err
		}
		known.First = known.FirstSeen.IsZero()
		return readKnown(s, first, &known)
	})
	return known, err
}

func sameKnown(a, b plan.Known) bool {
	return a.FirstSeen.Equal(b.FirstSeen) && a.First == b.First && reflect.DeepEqual(a.Records, b.Records) && reflect.DeepEqual(a.Issues, b.Issues)
}

// ask calls the planner, and takes the time that it takes from the budget. A fault
// in it costs this push its turn, not every process that comes by its life; one
// that does not end with its context is left behind.
func (o *Outbox) ask(ctx context.Context, planner Planner, facts []byte, known plan.Known, budget *time.Duration) (plan.Plan, error) {
	type answer struct {
		plan.Plan
		err error
	}
	allowed := *budget
	if end, ok := ctx.Deadline(); ok {
		// What it takes longer is told apart from the end of all by ending before it.
		allowed = min(allowed, time.Until(end)*9/10)
	}
	within, cancel := context.WithTimeout(ctx, allowed)
	defer cancel()
	began := time.Now()
	defer func() { *budget -= time.Since(began) }()
	answers := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if fault := recover(); fault != nil {
				o.opts.Log.Error("fault in the planner", "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
				a = answer{err: planError{fmt.Errorf("fault while planning: %v", fault), true}}
			}
			answers <- a
		}()
		if a.Plan, a.err = planner.Plan(within, facts, known); a.err != nil {
			a.err = planError{error: a.err}
		}
	}()
	var a answer
	select {
	case a = <-answers:
		if a.err == nil || within.Err() == nil {
			return a.Plan, a.err
		}
	case <-within.Done():
	}
	switch {
	case ctx.Err() != nil:
		return plan.Plan{}, fmt.Errorf("plan a push: %w", context.Cause(ctx))
	case allowed < min(leastBudget, *budget):
		return plan.Plan{}, fmt.Errorf("plan a push: %w", context.DeadlineExceeded)
	}
	return plan.Plan{}, planError{fmt.Errorf("planning it takes longer than %s", allowed.Round(time.Millisecond)), true}
}

// made is what the pushes that are planned for a turn will put on record.
type made struct {
	records      map[string]bool
	repositories map[string]bool
	first        map[string]bool // marks of repositories that are seen for the first time
}

func (m *made) add(p *planned) {
	if p.err != nil || p.known {
		return
	}
	if m.records == nil {
		m.records, m.repositories, m.first = map[string]bool{}, map[string]bool{}, map[string]bool{}
	}
	if mark := spool.Mark(p.id); mark != "" && p.by.First {
		m.first[mark] = true
	}
	m.repositories[p.plan.Repository] = true
	records := p.plan.Records
	for _, a := range p.plan.Actions {
		for _, r := range a.Records {
			m.records[r.ID] = true
		}
	}
	for _, r := range records {
		m.records[r.ID] = true
	}
}

// concern reports whether any of that decides about a push.
func (m *made) concern(p *planned) bool {
	if p.err != nil || p.known {
		return false
	}
	if m.repositories[p.plan.Repository] && p.by.First {
		return true
	}
	for _, asked := range [][]string{p.first.Asked, p.first.AskedBefore} {
		for _, id := range asked {
			if m.records[id] {
				return true
			}
		}
	}
	return false
}

func (o *Outbox) isKnown(ctx context.Context, push string) (bool, error) {
	n := 0
	err := o.db.Read(ctx, "look for a push", func(s store.Session) error {
		return s.Row("SELECT count(*) FROM push WHERE id = ?", push).Scan(&n)
	})
	return n > 0, err
}

// firstSeen is when the repository was first seen, zero when that was with the
// push of this time.
func firstSeen(s store.Session, repository string, pushed time.Time) (time.Time, error) {
	var ms int64
	err := s.Row("SELECT coalesce(max(first_seen), 0) FROM repository WHERE id = ?", store.Text(repository)).Scan(&ms)
	if err != nil || ms >= store.Millis(pushed) {
		return time.Time{}, err
	}
	return store.FromMillis(ms), nil
}
