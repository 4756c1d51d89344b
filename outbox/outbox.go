// Package outbox keeps what Jira is to be told until Jira knows it, once, in
// order, through crashes of anybody. Spool, then database, then Jira:
//
//	spool/       a push is one durable file, written without the database
//	ingest.go    files are planned, oldest first (planning.go), and become actions and once-only records (insert.go)
//	lane.go      an issue's queue: who holds it, its next action
//	deliver.go   lanes are emptied; deliverpush.go: those of one push, while somebody waits
//	settle.go    what becomes of an action after an attempt
//	site.go      a Jira that does not answer is left alone by all; probe.go: but for a probe
//	worker.go    the long-running side
//	senders.go   who sends what waits; a hook does where nobody else was seen
//	queue.go     the operator's commands; held.go: on held pushes; pause.go: on sites
//	entities.go  what issues have on the Git server
//	report.go    what a push came to; pushed.go: which repositories were pushed to
//	prune.go     what is old is forgotten; vacuum.go: and its room given back
//	use.go       an outbox is opened, and begun anew where its database proves damaged
//	inspect.go   what stands in an outbox, read without a change
//	store/       the database: transactions, turns, tables
package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"jirahook/outbox/spool"
	"jirahook/outbox/store"
	"jirahook/plan"
)

// Options says where an outbox is and how patient it is.
type Options struct {
	// Dir is the outbox's folder. It is made when it is missing.
	Dir string
	// Database is "sqlite" (or ""), for a file in Dir, or a postgres:// address.
	Database string
	// Keep is how long done and skipped actions and their records stay; 0: for ever.
	Keep time.Duration
	// GiveUpAfter is the age at which an action dies of temporary failures; 0: never.
	GiveUpAfter time.Duration
	// Grace is what a request in flight gets when its time is over; 0: 1 s.
	Grace time.Duration
	// Lease is how long a lane stays with a process that has died; 0: 10 s.
	Lease time.Duration
	// Workers is how many lanes are worked at a time; at least 1.
	Workers int
	// Host is the machine's name, for who asks which machine sends.
	Host string
	// Brief: the process ends soon after Close, so it prepares nothing for later,
	// and does not tidy up SQLite's file.
	Brief bool
	// Now is the clock; nil: that of the machine, or of the PostgreSQL server,
	// so that processes on several machines agree on leases.
	Now func() time.Time
	// Random returns numbers in [0,1) that spread retries; nil: math/rand.
	Random func() float64
	Log    *slog.Logger
}

const (
	defaultLease = 10 * time.Second
	defaultGrace = time.Second
	// settleFor is how long the outcome of a request is tried to be written down,
	// when the database is locked.
	settleFor = 5 * time.Second
	// maxSkew is how far apart the clocks of processes may be.
	maxSkew = 2 * time.Second
)

// State is where an action stands.
type State string

const (
	Queued  State = "queued"
	Sending State = "sending" // a request went out; its outcome is not on record
	Done    State = "done"
	Dead    State = "dead"    // refused, or given up; waits for an operator
	Skipped State = "skipped" // nothing to do it to, or a slip of the pusher
	// Held is the state of a push, not of an action.
	Held State = "held"
)

var (
	// ErrUnknown: no push or action has this id.
	ErrUnknown = spool.ErrUnknown
	// ErrUnreadable is for planners: these facts can never be planned, whatever
	// the configuration.
	ErrUnreadable = spool.ErrUnreadable
	// ErrAside: the push waits for a worker, which has more time to plan it.
	ErrAside = errors.New("is set aside")
	// ErrInFlight: the action is being sent at this moment.
	ErrInFlight = errors.New("is being sent now")

	errLeaseLost = errors.New("the lane's lease was lost")
	errTwin      = errors.New("another action did it")
	errTimeOver  = errors.New("the time for sending is over")
)

// Planner turns kept facts into a plan, until the context ends. For each push it is
// asked twice: with nothing known and Known.Asking, to learn which records it asks
// about (Plan.Asked), and with what is on record. Same input, same plan. With an error for facts that could
// be read it gives Plan.Repository all the same, if it can: later pushes of that
// repository then wait for this one.
type Planner interface {
	Plan(ctx context.Context, facts []byte, known plan.Known) (plan.Plan, error)
}

// Sender carries out actions. It must return soon after a context ends, and may
// be called by several goroutines.
type Sender interface {
	// Prepare may look up the issues of actions before Send is called for them. What
	// it learns is its own.
	Prepare(ctx context.Context, actions []plan.Action)
	Send(ctx context.Context, a plan.Attempt) plan.Result
	// Probe asks whether the action's site is back, with its credentials.
	Probe(ctx context.Context, origin plan.Action) plan.Result
	// Fingerprint changes when the credentials or the address that the action
	// would be sent with change.
	Fingerprint(a plan.Action) string
}

// Outbox is an open outbox. Its methods may be called by several goroutines and
// processes at once.
type Outbox struct {
	db         *store.Database
	aside      string // see Anew
	opts       Options
	grace      time.Duration
	renewEvery time.Duration
	ahead      time.Duration // by how much our clock, the database's, is ahead of the machine's
}

// Open opens an outbox and makes its tables where they are missing or old.
func Open(ctx context.Context, opts Options) (*Outbox, error) {
	if opts.Lease <= 0 {
		opts.Lease = defaultLease
	}
	if opts.Grace <= 0 {
		opts.Grace = defaultGrace
	}
	opts.Workers = max(opts.Workers, 1)
	if opts.Random == nil {
		opts.Random = rand.Float64
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	d, err := store.Open(ctx, opts.database())
	if err != nil {
		return nil, err
	}
	o := &Outbox{db: d, opts: opts, grace: opts.Grace, renewEvery: opts.Lease / 3}
	if err := d.Migrate(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if o.opts.Now == nil {
		if o.opts.Now, err = d.Clock(ctx); err != nil {
			return nil, errors.Join(err, d.Close())
		}
		o.ahead = time.Until(o.opts.Now()).Round(time.Millisecond)
	}
	return o, nil
}

// database says where the database is.
func (o Options) database() store.Options {
	return store.Options{Dir: o.Dir, Database: o.Database, Brief: o.Brief, Connections: o.Workers + 4} // leases, LISTEN, a turn, probes
}

// Close closes the database.
func (o *Outbox) Close() error {
	if o.opts.Brief && o.db.File {
		// The last one to close SQLite's file writes the WAL into it, with fsyncs, and
		// the next one begins a new WAL, with more of them. Every hook would do both.
		return nil
	}
	if err := o.db.Close(); err != nil {
		return fmt.Errorf("close the outbox: %w", err)
	}
	return nil
}

// during is the outbox as it is used during a turn.
func (o *Outbox) during(turn *store.Database) *Outbox {
	mine := *o
	mine.db = turn
	return &mine
}

func (o *Outbox) now() time.Time { return o.opts.Now() }

// dueNow is what makes a lane due at once, for processes too whose clock is a
// little behind ours.
func (o *Outbox) dueNow() int64 { return store.Millis(o.now().Add(-maxSkew)) }

func (o *Outbox) lease() int64 { return o.opts.Lease.Milliseconds() }

const (
	firstBackoff = 2 * time.Second
	maxBackoff   = 10 * time.Minute
)

// backoff is how long to wait after so many failures: twice as long each time,
// spread from a half to one and a half, so that those who failed together do not
// come back together.
func (o *Outbox) backoff(failures int) time.Duration {
	d := firstBackoff << min(max(failures-1, 0), 20)
	d = min(d, maxBackoff)
	return d/2 + time.Duration(o.opts.Random()*float64(d))
}

// withoutEnd is for what must be written even when the time is over: the outcome
// of a request that was sent.
func withoutEnd(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), settleFor)
}

// sleep returns false when the context ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
