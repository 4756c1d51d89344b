package outbox

import (
	"context"
	"time"

	"jirahook/outbox/store"
)

// Prune forgets actions that were done or skipped longer ago than Keep, with
// their records and history, and the pushes that they came from, in small
// batches, until the context ends. What is dead or held stays.
func (o *Outbox) Prune(ctx context.Context) error {
	_, err := o.prune(ctx, time.Time{})
	return err
}

// prune begins no batch after until (zero: it does them all), and reports
// whether nothing is left to forget.
func (o *Outbox) prune(ctx context.Context, until time.Time) (all bool, err error) {
	if o.opts.Keep <= 0 {
		return true, nil
	}
	before := store.Millis(o.now().Add(-o.opts.Keep))
	for _, batch := range []func(s store.Session, before int64) (int, error){pruneActions, prunePushes, pruneBarred, pruneIssues, pruneSenders, pruneEntities, pruneCommits} {
		for n := 1; n > 0; {
			if ctx.Err() != nil || !until.IsZero() && time.Now().After(until) {
				return false, nil
			}
			err := o.db.Write(ctx, "forget what is old", func(s store.Session) (err error) {
				n, err = batch(s, before)
				return err
			})
			if err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

func pruneActions(s store.Session, before int64) (int, error) {
	var ids []any
	err := s.Each(func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT id FROM action WHERE state IN ('done', 'skipped') AND settled_at < ? ORDER BY settled_at LIMIT ?", before, store.Chunk)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return len(ids), forget(s, ids)
}

func prunePushes(s store.Session, before int64) (int, error) {
	var ids []any
	err := s.Each(func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT id FROM push WHERE taken_at < ? AND state <> 'held'
		AND NOT EXISTS (SELECT 1 FROM action WHERE action.push = push.id) ORDER BY taken_at LIMIT ?`, before, store.Chunk)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	for _, table := range []string{"record", "told"} {
		if _, err := s.Exec("DELETE FROM "+table+" WHERE action IN "+store.Values(1, len(ids)), ids...); err != nil {
			return 0, err
		}
	}
	n, err := s.Exec("DELETE FROM push WHERE id IN "+store.Values(1, len(ids)), ids...)
	return int(n), err
}

// pruneBarred forgets credentials that nobody has tried for long.
func pruneBarred(s store.Session, before int64) (int, error) {
	n, err := s.Exec("DELETE FROM barred WHERE until < ?", before)
	return int(n), err
}
