package outbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"jirahook/outbox/spool"
	"jirahook/outbox/store"
)

// HeldPush waits for an operator's word: Release or Drop.
type HeldPush struct {
	Push       string
	Repository string // its path
	Pusher     string
	Site       string
	Time       time.Time // when it was pushed
	Why        string
}

// HeldPushes lists them, oldest first.
func (o *Outbox) HeldPushes(ctx context.Context) ([]HeldPush, error) {
	var all []HeldPush
	err := o.db.Read(ctx, "list held pushes", func(s store.Session) error {
		all = nil
		return s.Each(func(scan func(...any) error) error {
			var h HeldPush
			var at int64
			err := scan(&h.Push, &h.Repository, &h.Pusher, &h.Site, &at, &h.Why)
			h.Time = store.FromMillis(at)
			all = append(all, h)
			return err
		}, "SELECT id, path, pusher, site, pushed_at, why FROM push WHERE state = 'held' ORDER BY id")
	})
	return all, err
}

// Facts returns the kept facts of a held push, to show what it would do.
func (o *Outbox) Facts(ctx context.Context, push string) ([]byte, error) {
	var facts []byte
	err := o.db.Read(ctx, "read a held push", func(s store.Session) error {
		err := s.Row("SELECT facts FROM push WHERE id = ? AND state = 'held'", store.Text(push)).Scan(&facts)
		if errors.Is(err, sql.ErrNoRows) {
			err = fmt.Errorf("held push %s: %w", push, ErrUnknown)
		}
		return err
	})
	return facts, err
}

// Release lets a held push go: it is planned again, by the configuration and
// the records of now, and queued.
func (o *Outbox) Release(ctx context.Context, push string, planner Planner) error {
	for {
		facts, err := o.Facts(ctx, push)
		if err != nil {
			return err
		}
		p := planned{id: push, facts: facts}
		if err := o.plan(ctx, planner, &p, true, spool.UsualBudgets().Last); err != nil || p.err != nil {
			return fmt.Errorf("release push %s: %w", push, errors.Join(err, p.err))
		}
		// Records that another push makes at this moment must not be missed.
		err = o.db.Turn(ctx, "ingest", func(d *store.Database) error { return o.during(d).release(ctx, &p) })
		if err != nil || !p.stale {
			return err
		}
	}
}

// release queues a held push as it was planned, if what it was planned by stands.
func (o *Outbox) release(ctx context.Context, p *planned) error {
	by, err := o.onRecord(ctx, p.first, true)
	if err != nil {
		return err
	}
	if p.stale = !sameKnown(by, p.by); p.stale {
		return nil
	}
	notes, err := json.Marshal(p.plan.Notes)
	if err != nil {
		return fmt.Errorf("release push %s: %w", p.id, err)
	}
	rows, err := actionRows(p.id, p.plan.Actions)
	if err != nil {
		return err
	}
	return o.db.Write(ctx, "release a push", func(s store.Session) error {
		n, err := s.Exec("UPDATE push SET state = ?, facts = NULL, why = '', notes = ? WHERE id = ? AND state = ?", pushReleased, store.Text(string(notes)), p.id, pushHeld)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("held push %s: %w", p.id, ErrUnknown)
		}
		return o.insertPlan(s, p.id, rows, p.plan)
	})
}
