package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

const (
	// patience is how long a request must have been without an answer for its
	// end by our own doing to say something about the site.
	patience = 2 * time.Second
)

// drainer empties lanes by one sender, and counts.
type drainer struct {
	*Outbox
	sender              Sender
	done, skipped, dead atomic.Int64
	ownWay              atomic.Pointer[plan.Result] // the last one of that kind

	// prepared ends the looking up of a push's issues, which goes on while the push
	// is written down; nil: there is none.
	prepared chan struct{}

	looking sync.Mutex
	near    map[string]bool // lanes whose issues were looked up; guarded by looking
}

// Summary is what a DrainAll came to.
type Summary struct {
	Done, Skipped, Died int // in this run
	Waiting             int // actions that wait still
	Dead                int // actions that wait for an operator
	Paused              []Site
	// OwnWay tells that a site could not be reached in this process's own way;
	// nil: that did not happen.
	OwnWay *plan.Result
}

// DrainAll sends everything that waits, whatever its back-off, but for what
// Jira asked to be left alone with, and for sites that do not accept us. Each
// lane is tried once. It ends when all were, or with the context.
func (o *Outbox) DrainAll(ctx context.Context, sender Sender) (Summary, error) {
	d := &drainer{Outbox: o, sender: sender}
	err := d.drainAll(ctx)
	if ctx.Err() != nil {
		err = nil
	}
	certain, cancel := withoutEnd(ctx)
	defer cancel()
	sum, sumErr := o.summary(certain)
	sum.Done, sum.Skipped, sum.Died = int(d.done.Load()), int(d.skipped.Load()), int(d.dead.Load())
	sum.OwnWay = d.ownWay.Load()
	return sum, errors.Join(err, sumErr)
}

func (d *drainer) drainAll(ctx context.Context) error {
	if err := d.seen(ctx, SenderDeliver); err != nil {
		return err
	}
	cutoff := store.Millis(d.now())
	err := d.db.Write(ctx, "begin", func(s store.Session) error {
		_, err := s.Exec("UPDATE lane SET due_at = not_before WHERE owner = '' AND due_at > ? AND not_before <= ?", cutoff, cutoff)
		return err
	})
	if err != nil {
		return err
	}
	if err := d.probeDue(ctx, true, func(site string) ([]plan.Action, error) { return d.candidates(ctx, site) }); err != nil {
		return err
	}
	return d.drainDue(ctx, cutoff)
}

// drainDue empties the lanes that are due at cutoff, each once.
func (d *drainer) drainDue(ctx context.Context, cutoff int64) error {
	return parallel(ctx, d.opts.Workers, func(ctx context.Context) error {
		for ctx.Err() == nil {
			if found, err := d.anyDue(ctx, cutoff); err != nil || !found {
				return err
			}
			l, w, err := d.begin(ctx, d.claimDue(cutoff), 0)
			if err != nil || l == nil {
				return err
			}
			if w == nil {
				continue
			}
			if err := d.drain(ctx, l, w, 0); err != nil {
				return err
			}
		}
		return nil
	})
}

func (o *Outbox) summary(ctx context.Context) (Summary, error) {
	var sum Summary
	counts, err := o.Counts(ctx)
	if err != nil {
		return sum, err
	}
	sum.Waiting, sum.Dead = counts.Queued+counts.Sending, counts.Dead
	sites, err := o.Sites(ctx)
	sum.Paused = slices.DeleteFunc(sites, func(s Site) bool { return s.Pause == "" })
	return sum, err
}

// drain empties a lane that this process holds, from the action w up to the
// action last (0: all), until it is empty, an action has to wait, or the context
// ends.
func (d *drainer) drain(ctx context.Context, l *lease, w *work, last int64) error {
	late, end := d.withGrace(ctx)
	defer end()
	held, stop := d.hold(late, l)
	defer stop()
	if last == 0 {
		if err := d.lookAhead(held, l, w); err != nil {
			return err
		}
	}
	for w != nil {
		settled := d.attempt(ctx, held, l, w)
		lost := errors.Is(context.Cause(held), errLeaseLost)
		var err error
		if !lost {
			w, err = d.step(ctx, l, settled, last)
			lost = errors.Is(err, errLeaseLost)
		}
		if lost {
			d.opts.Log.Warn("a lane was taken over by another process", "lane", l.lane)
			return nil
		}
		if err != nil {
			return err
		}
		if settled.parked == 0 {
			l.parkedAt = 0 // as it was written
		}
		d.count(settled)
		if settled.ended == Skipped && settled.result.Slip {
			d.logSlip(settled)
		}
	}
	return nil
}

// logSlip names who can mend it: that is not the admin.
func (d *drainer) logSlip(settled *outcome) {
	a := settled.action
	d.opts.Log.Info("a slip of the pusher", "pusher", cmp.Or(a.Origin.Pusher, "not known"), "repository", a.Origin.Repository,
		"id", a.ID, "issue", a.Issue, "action", a.Text, "because", a.Because, "problem", settled.result.Problem)
}

// lookAhead lets the sender look up the issues of the lanes that come next, and
// of this one, so that they need not be asked for one by one. While somebody
// does that, the others do without.
func (d *drainer) lookAhead(ctx context.Context, l *lease, w *work) error {
	if !d.looking.TryLock() {
		return nil
	}
	defer d.looking.Unlock()
	if d.near[l.lane] {
		return nil
	}
	coming, err := d.coming(ctx, l.site)
	if err != nil || len(coming) == 0 {
		return err
	}
	d.near = map[string]bool{}
	for _, c := range coming {
		d.near[c.lane] = true
	}
	return d.prepare(ctx, actionsOf(append(coming, w)))
}

// prepare lets the sender look up the issues that it may ask about.
func (d *drainer) prepare(ctx context.Context, actions []plan.Action) error {
	open, err := d.open(ctx, d.sender, ofIssues(actions))
	if err != nil {
		return err
	}
	if len(open) > 0 && ctx.Err() == nil {
		d.guard("prepare", func() { d.sender.Prepare(ctx, open) })
	}
	return nil
}

// ofIssues are those that concern one issue, which can be looked up.
func ofIssues(actions []plan.Action) []plan.Action {
	return slices.DeleteFunc(slices.Clone(actions), func(a plan.Action) bool { return a.Issue == "" })
}

// open chooses the actions whose sites may be asked now, with their credentials.
func (o *Outbox) open(ctx context.Context, sender Sender, actions []plan.Action) ([]plan.Action, error) {
	rows, err := o.siteRows(ctx)
	if err != nil {
		return nil, err
	}
	now := store.Millis(o.now())
	var open []plan.Action
	for _, a := range actions {
		s := rows[a.Site] // a new one has no row yet
		if s.pause == "" && (len(s.barred) == 0 || s.barred[sender.Fingerprint(a)] <= now) {
			open = append(open, a)
		}
	}
	return open, nil
}

func actionsOf(works []*work) []plan.Action {
	var actions []plan.Action
	for _, w := range works {
		if w.broken == nil {
			actions = append(actions, w.action)
		}
	}
	return actions
}

func (d *drainer) count(settled *outcome) {
	if settled.result.OwnWay {
		d.ownWay.Store(&settled.result)
	}
	switch settled.ended {
	case Done:
		d.done.Add(1)
	case Skipped:
		d.skipped.Add(1)
	case Dead:
		d.dead.Add(1)
	}
}

// withGrace is a context that ends a little after ctx.
func (o *Outbox) withGrace(ctx context.Context) (context.Context, func()) {
	late, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		sleep(late, o.grace)
		cancel(errTimeOver)
	})
	return late, func() {
		cancel(nil)
		if !stop() {
			<-ended
		}
	}
}

// attempt lets the sender carry out an action. Time for new requests ends with
// ctx, for the one in flight with held.
func (d *drainer) attempt(ctx, held context.Context, l *lease, w *work) *outcome {
	out := &outcome{work: w}
	if w.broken != nil {
		out.result = plan.Result{Verdict: plan.Refused, Problem: "the kept action cannot be read", Advice: w.broken.Error()}
		return out
	}
	if len(w.barred) > 0 {
		if out.parked = w.barred[d.sender.Fingerprint(w.action)]; out.parked > 0 {
			return out
		}
	}
	w.attempt.Lease = l.owner
	w.attempt.Found = func(i plan.Issue) { w.issue = i }
	w.attempt.Sending = func(memo string) error { return d.sending(ctx, held, l, w, memo) }
	began := d.now()
	d.awaitPrepared(ctx)
	out.result = d.send(held, w)
	if w.twin != "" && w.isNewForm() {
		w.onlyEdit()
		out.result = d.send(held, w)
	}
	if w.twin != "" {
		out.result = plan.Result{
			Verdict: plan.Skipped, Issue: w.issue, Exchange: out.result.Exchange, Exchanges: out.result.Exchanges,
			Problem: fmt.Sprintf("%s and %s are one issue: not done twice", w.twin, w.action.Issue),
		}
	}
	switch out.result.Verdict {
	case plan.Locked:
		out.fingerprint = d.sender.Fingerprint(w.action)
	case plan.Away:
		out.fingerprint = d.sender.Fingerprint(w.action)
		out.cut = ctx.Err() != nil && out.result.RetryAfter == 0 && d.now().Sub(began) < patience
	case plan.Later:
		out.cut = ctx.Err() != nil
	}
	return out
}

// send calls the sender.
func (d *drainer) send(ctx context.Context, w *work) plan.Result {
	result := plan.Result{Verdict: plan.Later, Problem: fault}
	a := w.attempt
	if !a.FirstSent.IsZero() {
		a.FirstSent = a.FirstSent.Add(-d.ahead) // the sender has this machine's clock
	}
	if !d.guard("send "+w.id, func() { result = d.sender.Send(ctx, a) }) {
		result.Uncertain = w.sent
	}
	return result
}

const fault = "jirahook has a fault here; see its log"

// guard lets a fault in the sender cost an action a back-off, not the process
// its life: the action would be at the head of its lane again.
func (d *drainer) guard(doing string, fn func()) (ok bool) {
	defer func() {
		if fault := recover(); fault != nil {
			d.opts.Log.Error("fault in the sender", "doing", doing, "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
		}
	}()
	fn()
	return true
}

// sending makes durable that a request goes out now. What went out before it is
// known by then not to have been carried out, or the sender would not send: so
// the wait for a late arrival begins anew.
func (d *drainer) sending(ctx, held context.Context, l *lease, w *work, memo string) error {
	if ctx.Err() != nil {
		return errTimeOver
	}
	now, err := d.noteSending(held, l, w, memo)
	if err != nil {
		return err
	}
	w.sent, w.attempt.Memo, w.attempt.FirstSent = true, memo, now
	if ctx.Err() != nil {
		return errTimeOver
	}
	return nil
}

// noteSending returns when the request may have gone out at the earliest. Mostly
// the lease has long to go, and nobody can take the lane away meanwhile, and no
// other action may be doing the same to the issue: then one statement will do.
// Else the lane is locked and the lease renewed first.
func (d *drainer) noteSending(held context.Context, l *lease, w *work, memo string) (time.Time, error) {
	const note = "UPDATE action SET state = 'sending', memo = ?, first_sent = ?, attempts = ? WHERE seq = ?"
	const doing = "note that a request goes out"
	margin := d.opts.Lease / 3
	var now time.Time
	var n int64
	err := d.db.Read(held, doing, func(s store.Session) (err error) {
		now = d.now()
		n, err = s.Exec(note+" AND EXISTS (SELECT 1 FROM lane WHERE name = ? AND owner = ? AND due_at > ?) AND NOT EXISTS ("+rivals+")",
			store.Text(memo), store.Millis(now), w.tries, w.seq, l.lane, l.owner, store.Millis(now.Add(margin)), w.id)
		return err
	})
	if err != nil || n > 0 && d.now().Sub(now) < margin {
		return now, err
	}
	err = d.db.Write(held, doing, func(s store.Session) error {
		if err := d.renew(s, l); err != nil {
			return err
		}
		now = d.now() // the lock may have been waited for
		if err := d.learn(s, w, now); err != nil {
			return err
		}
		_, err := s.Exec(note, store.Text(memo), store.Millis(now), w.tries, w.seq)
		return err
	})
	return now, err
}

// parallel runs n copies of fn, and ends their context when one fails.
func parallel(ctx context.Context, n int, fn func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var once sync.Once
	var first error
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if err := fn(ctx); err != nil {
				once.Do(func() { first = err })
				cancel()
			}
		})
	}
	all.Wait()
	return first
}
