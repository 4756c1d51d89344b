package outbox

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// laneName names a queue of a site: an issue's, or another.
func laneName(site, queue string) string { return site + " " + queue }

// openLanes makes the lanes of these actions, and locks them until the
// transaction ends.
func openLanes(s store.Session, rows []actionRow, due int64) error {
	sites, lanes := map[string]bool{}, map[string]string{}
	for _, r := range rows {
		sites[r.Site] = true
		lanes[r.lane] = r.Site
	}
	for _, site := range slices.Sorted(maps.Keys(sites)) {
		if _, err := s.Exec("INSERT INTO site(name) VALUES (?) ON CONFLICT(name) DO NOTHING", site); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(lanes)), store.Chunk) {
		args := make([]any, 0, len(part)*3)
		for _, name := range part {
			args = append(args, name, lanes[name], due)
		}
		// The update changes nothing, but it locks the row: else the lane could be
		// deleted as empty before we commit. A new action ends no back-off.
		_, err := s.Exec("INSERT INTO lane(name, site, due_at) VALUES "+store.Values(len(part), 3)+
			" ON CONFLICT(name) DO UPDATE SET name = excluded.name", args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// lease is a lane that this process holds.
type lease struct {
	lane, site, owner string
	parkedAt          int64 // since when it waits for barred credentials; 0: it does not
}

// parked is for how long it has waited for barred credentials.
func (l *lease) parked(now int64) int64 {
	if l.parkedAt == 0 {
		return 0
	}
	return now - l.parkedAt
}

// claim leases some lane; nil when there is none to lease.
type claim func(s store.Session) (*lease, error)

// dueLane finds the lane that has been due the longest, on a site that is not
// paused.
const dueLane = `SELECT name FROM lane WHERE due_at <= ? AND site = (
	SELECT site.name FROM site WHERE pause = '' AND EXISTS (SELECT 1 FROM lane WHERE lane.site = site.name AND due_at <= ?)
	ORDER BY (SELECT min(due_at) FROM lane WHERE lane.site = site.name) LIMIT 1)
	ORDER BY due_at LIMIT 1`

// anyDue reports whether claimDue may find a lane. It takes no lock, and so keeps
// those who only look from getting in the way of those who write.
func (o *Outbox) anyDue(ctx context.Context, cutoff int64) (bool, error) {
	name := ""
	err := o.db.Read(ctx, "look for a lane", func(s store.Session) error { return s.Row(dueLane, cutoff, cutoff).Scan(&name) })
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// claimDue leases the lane that has been due the longest, no later than cutoff.
func (o *Outbox) claimDue(cutoff int64) claim {
	return func(s store.Session) (*lease, error) {
		l := &lease{owner: rand.Text()}
		err := s.Row("UPDATE lane SET due_at = ?, owner = ? WHERE name = ("+dueLane+s.SkipLocked+") RETURNING name, site, parked_at",
			store.Millis(o.now())+o.lease(), l.owner, cutoff, cutoff).Scan(&l.lane, &l.site, &l.parkedAt)
		return claimed(l, err)
	}
}

// claimLane leases this lane, if it is due and its site is not paused.
func (o *Outbox) claimLane(name string) claim {
	return func(s store.Session) (*lease, error) {
		l := &lease{owner: rand.Text()}
		now := store.Millis(o.now())
		err := s.Row(`UPDATE lane SET due_at = ?, owner = ? WHERE name = ? AND due_at <= ?
			AND EXISTS (SELECT 1 FROM site WHERE site.name = lane.site AND pause = '') RETURNING name, site, parked_at`,
			now+o.lease(), l.owner, name, now).Scan(&l.lane, &l.site, &l.parkedAt)
		return claimed(l, err)
	}
}

func claimed(l *lease, err error) (*lease, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

type laneState int

const (
	laneWaits laneState = iota // or has no more of what we want
	laneFree
	laneBusy
)

// laneState looks at a lane as far as an action. It takes no lock.
func (o *Outbox) laneState(ctx context.Context, name string, last int64) (laneState, error) {
	state := laneWaits
	err := o.db.Read(ctx, "look at a lane", func(s store.Session) error {
		return s.Row(`SELECT CASE WHEN due_at <= ? THEN 1 WHEN owner <> '' THEN 2 ELSE 0 END FROM lane JOIN site ON site.name = lane.site
			WHERE lane.name = ? AND pause = '' AND EXISTS (SELECT 1 FROM action WHERE lane = ? AND seq <= ? AND `+store.Waiting+`)`,
			store.Millis(o.now()), name, name, last).Scan(&state)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return laneWaits, nil
	}
	return state, err
}

// renew holds the lane for another lease. It must be the first statement of
// every transaction that acts for the owner: it locks the lane.
func (o *Outbox) renew(s store.Session, l *lease) error {
	n, err := s.Exec("UPDATE lane SET due_at = ? WHERE name = ? AND owner = ?", store.Millis(o.now())+o.lease(), l.lane, l.owner)
	if err == nil && n == 0 {
		err = errLeaseLost
	}
	return err
}

// giveBack ends the lease; the lane is due at that time.
func giveBack(s store.Session, l *lease, due, notBefore int64) error {
	_, err := s.Exec("UPDATE lane SET owner = '', due_at = ?, not_before = ? WHERE name = ? AND owner = ?", due, notBefore, l.lane, l.owner)
	return err
}

// hold renews a lease until stop is called. The context it returns ends with
// errLeaseLost when the lane belongs to somebody else, or may do so.
func (o *Outbox) hold(ctx context.Context, l *lease) (held context.Context, stop func()) {
	held, cancel := context.WithCancelCause(ctx)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(o.renewEvery)
		defer tick.Stop()
		good := time.Now()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			soon, end := context.WithTimeout(context.WithoutCancel(ctx), o.opts.Lease/3)
			err := o.db.WriteLazily(soon, "renew a lease", func(s store.Session) error { return o.renew(s, l) })
			end()
			switch {
			case err == nil:
				good = time.Now()
			case errors.Is(err, errLeaseLost), time.Since(good) > o.opts.Lease-o.opts.Lease/3:
				cancel(errLeaseLost)
				return
			}
		}
	}()
	return held, func() {
		close(done)
		<-ended
		cancel(nil)
	}
}

// work is the action at the head of a lane.
type work struct {
	seq     int64
	id      string
	lane    string
	action  plan.Action
	broken  error // the kept action cannot be read
	queued  int64
	tries   int // this one included
	attempt plan.Attempt
	sent    bool             // this attempt's request may have gone out
	barred  map[string]int64 // fingerprints that must not be used now, and until when
	issue   plan.Issue       // that the key stands for, once the sender knows
	twin    string           // the key under which another action did what this one would

	// How the site stood when the action's turn came.
	pause     Pause
	siteTries int
	excused   int64 // milliseconds that do not make it older
	anyBarred bool
}

// isNewForm reports whether the work is a comment that may take the place of one
// that was made under another key.
func (w *work) isNewForm() bool { return w.action.Comment != nil && len(w.action.Comment.Edits) > 0 }

// onlyEdit leaves of it that it takes that place: it proved to be the same issue.
func (w *work) onlyEdit() {
	c := *w.action.Comment
	c.OnlyEdit = true
	w.action.Comment, w.attempt.Action.Comment = &c, &c
	w.twin = ""
}

// begin claims a lane and takes its first action, in one commit. No lease: there
// was none to claim. No work: the lane was empty, or given back.
func (o *Outbox) begin(ctx context.Context, c claim, last int64) (*lease, *work, error) {
	var l *lease
	var first *work
	err := o.db.WriteLazily(ctx, "claim a lane", func(s store.Session) (err error) {
		first = nil
		if l, err = c(s); err != nil || l == nil {
			return err
		}
		first, err = o.next(ctx, s, l, last)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return l, first, nil
}

// step is one commit: a fresh lease, the outcome of the last action, and the next
// action. Nil: the lane was given back, or is empty.
func (o *Outbox) step(ctx context.Context, l *lease, settled *outcome, last int64) (*work, error) {
	certain, cancel := withoutEnd(ctx)
	defer cancel()
	var next *work
	err := o.db.WriteLazily(certain, "move a lane", func(s store.Session) error {
		next = nil
		if err := o.renew(s, l); err != nil {
			return err
		}
		goOn, err := o.settle(s, l, settled)
		if err == nil && goOn {
			next, err = o.next(ctx, s, l, last)
		}
		return err
	})
	return next, err
}

// next takes the first action of a lane that is locked by this transaction. Nil:
// the lane is empty, and was deleted; or it was given back, because the context
// has ended, the site is paused, or the action comes after the last that is
// wanted (0: all are).
func (o *Outbox) next(ctx context.Context, s store.Session, l *lease, last int64) (*work, error) {
	w, err := o.head(s, l)
	if err != nil {
		return nil, err
	}
	if w == nil {
		// A statement of its own, after the lane is locked: so it sees what was
		// committed while we waited for the lock.
		_, err := s.Exec("DELETE FROM lane WHERE name = ? AND NOT EXISTS (SELECT 1 FROM action WHERE lane = ? AND "+store.Waiting+")", l.lane, l.lane)
		return nil, err
	}
	if w.pause != "" || ctx.Err() != nil || last > 0 && w.seq > last {
		return nil, giveBack(s, l, o.dueNow(), 0)
	}
	if w.anyBarred {
		w.barred, err = barredNow(s, l.site, store.Millis(o.now()))
	}
	return w, err
}

// head reads the first waiting action of a lane, with how its site stands; nil:
// there is none.
func (o *Outbox) head(s store.Session, l *lease) (*work, error) {
	var first *work
	err := s.Each(func(scan func(...any) error) (err error) {
		var pause Pause
		var siteTries int
		var excused int64
		var anyBarred bool
		first, err = scanWork(func(columns ...any) error { return scan(append(columns, &pause, &siteTries, &excused, &anyBarred)...) })
		if err == nil {
			first.pause, first.siteTries, first.excused, first.anyBarred = pause, siteTries, excused, anyBarred
		}
		return err
	}, "SELECT "+workColumns+`, pause, tries, site.excused - action.excused, EXISTS (SELECT 1 FROM barred WHERE barred.site = action.site AND barred.until > ?)
		FROM action JOIN site ON site.name = action.site WHERE lane = ? AND `+store.Waiting+" ORDER BY seq LIMIT 1", store.Millis(o.now()), l.lane)
	return first, err
}

// waitingOf reads the waiting actions of a push.
func (o *Outbox) waitingOf(ctx context.Context, push string) ([]*work, error) {
	var all []*work
	err := o.db.Read(ctx, "read what waits", func(s store.Session) error {
		all = nil
		return s.Each(func(scan func(...any) error) error {
			w, err := scanWork(scan)
			all = append(all, w)
			return err
		}, selectWork+" WHERE push = ? AND "+store.Waiting+" ORDER BY seq", push)
	})
	return all, err
}

// comingLanes is how many lanes are looked up together.
const comingLanes = 50

// coming reads the first actions of the lanes of a site that are due next.
func (o *Outbox) coming(ctx context.Context, site string) ([]*work, error) {
	var all []*work
	err := o.db.Read(ctx, "look ahead", func(s store.Session) error {
		all = nil
		return s.Each(func(scan func(...any) error) error {
			w, err := scanWork(scan)
			all = append(all, w)
			return err
		}, selectWork+` WHERE seq IN (SELECT (SELECT min(seq) FROM action WHERE action.lane = near.name AND `+store.Waiting+`)
			FROM (SELECT name FROM lane WHERE site = ? AND due_at <= ? ORDER BY due_at LIMIT ?) near)`, site, store.Millis(o.now()), comingLanes)
	})
	return all, err
}

const (
	workColumns = "seq, id, lane, payload, state, queued_at, attempts, first_sent, memo"
	selectWork  = "SELECT " + workColumns + " FROM action"
)

func scanWork(scan func(...any) error) (*work, error) {
	var w work
	var payload []byte
	var state string
	var sent int64
	if err := scan(&w.seq, &w.id, &w.lane, &payload, &state, &w.queued, &w.tries, &sent, &w.attempt.Memo); err != nil {
		return nil, err
	}
	w.broken = json.Unmarshal(payload, &w.action)
	w.tries++
	w.attempt.Action = w.action
	// Whoever finds an action sending finds a request whose outcome nobody wrote
	// down.
	w.attempt.Uncertain = State(state) == Sending
	w.attempt.FirstSent = store.FromMillis(sent)
	return &w, nil
}
