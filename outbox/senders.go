package outbox

import (
	"context"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// SenderKind is a program that sends whatever waits, whoever pushed it.
type SenderKind string

// The kinds.
const (
	SenderWorker  SenderKind = "worker"
	SenderDeliver SenderKind = "deliver"
)

// SeenSender is a machine on which such a program was seen.
type SeenSender struct {
	Kind SenderKind
	Host string
	At   time.Time // at last
}

const (
	// seenEvery is how often a worker says that it is there.
	seenEvery = time.Minute
	// Attended is how long after it was seen a sender is taken to be there still: a
	// worker that works, or a cron job of every five minutes.
	Attended = 10 * time.Minute
)

// seen notes that this process sends what waits.
func (o *Outbox) seen(ctx context.Context, kind SenderKind) error {
	return o.db.Write(ctx, "note who sends", func(s store.Session) error {
		_, err := s.Exec("INSERT INTO sender(host, kind, seen_at) VALUES (?, ?, ?) ON CONFLICT(host, kind) DO UPDATE SET seen_at = excluded.seen_at",
			store.Text(o.opts.Host), string(kind), store.Millis(o.now()))
		return err
	})
}

// Senders tells who sends what waits, the last seen first.
func (o *Outbox) Senders(ctx context.Context) ([]SeenSender, error) {
	var all []SeenSender
	err := o.db.Read(ctx, "look for who sends", func(s store.Session) error {
		all = nil
		return s.Each(func(scan func(...any) error) error {
			var found SeenSender
			var at int64
			err := scan(&found.Host, &found.Kind, &at)
			found.At = store.FromMillis(at)
			all = append(all, found)
			return err
		}, "SELECT host, kind, seen_at FROM sender ORDER BY seen_at DESC, host, kind")
	})
	return all, err
}

// pruneSenders forgets machines that are gone.
func pruneSenders(s store.Session, before int64) (int, error) {
	n, err := s.Exec("DELETE FROM sender WHERE seen_at < ?", before)
	return int(n), err
}

// Unattended reports whether something is due that nobody will send before the next
// push to its issue: no worker and no deliver was seen for a while.
func (o *Outbox) Unattended(ctx context.Context) (bool, error) {
	now, attended := o.now(), 0
	err := o.db.Read(ctx, "look for who sends", func(s store.Session) error {
		return s.Row("SELECT count(*) FROM sender WHERE seen_at > ?", store.Millis(now.Add(-Attended))).Scan(&attended)
	})
	if err != nil || attended > 0 {
		return false, err
	}
	if due, err := o.anyDue(ctx, store.Millis(now)); err != nil || due {
		return due, err
	}
	rows, err := o.siteRows(ctx)
	for _, r := range rows {
		if mayProbe(r, store.Millis(now), false) {
			return true, err
		}
	}
	return false, err
}

// DrainDue sends what is due, whoever pushed it, until the context ends. A request in
// flight then gets a second more.
func (o *Outbox) DrainDue(ctx context.Context, sender Sender) error {
	d := &drainer{Outbox: o, sender: sender}
	err := d.probeDue(ctx, false, func(site string) ([]plan.Action, error) { return d.candidates(ctx, site) })
	if err == nil {
		err = d.drainDue(ctx, store.Millis(o.now()))
	}
	if ctx.Err() != nil {
		return nil // the time is over, and what is left stays queued
	}
	return err
}
