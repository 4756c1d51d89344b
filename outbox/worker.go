package outbox

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"jirahook/outbox/spool"
	"jirahook/outbox/store"
	"jirahook/plan"
)

// WorkOptions are for Work. The zero value will do.
type WorkOptions struct {
	// Poll is how often spool and lanes are looked at; 0: 250 ms.
	Poll time.Duration
	// OnIngest is told of every Ingest that came to something new; also by two
	// goroutines at once.
	OnIngest func(Ingested)
	// OnRound is called each time that everything was looked at: several times a
	// second, and about once a minute while the database is locked.
	OnRound func()
}

const (
	defaultPoll = 250 * time.Millisecond
	// failedAgain is how often pushes are planned again that could not be.
	failedAgain = 15 * time.Second
	// sitesEvery is how often a paused site is looked at: its probe may be due,
	// or its credentials changed.
	sitesEvery = time.Second
	pruneEvery = time.Hour
	// afterError is the rest after an error of the database.
	afterError = 5 * time.Second
	// atOnce is how long the spool is taken in, or what is old forgotten, before
	// lanes get their turn.
	atOnce = 5 * time.Second
)

// Work takes in and sends whatever comes, until the context ends; then it
// returns nil. It logs errors, rests and goes on; it ends only for one after
// which this outbox can never work again: see Use.
func (o *Outbox) Work(ctx context.Context, kept *spool.Spool, planner Planner, sender Sender, opts WorkOptions) error {
	if opts.Poll <= 0 {
		opts.Poll = defaultPoll
	}
	w := &worker{
		drainer: &drainer{Outbox: o, sender: sender},
		spool:   kept, planner: planner, work: opts,
		free:    make(chan struct{}, o.opts.Workers),
		probing: make(chan struct{}, 1), patient: make(chan struct{}, 1), wake: make(chan struct{}, 1),
	}
	inner, end := context.WithCancelCause(ctx)
	defer end(nil)
	w.end = end
	var all sync.WaitGroup
	if !o.db.File {
		all.Go(func() { w.listen(inner) })
	}
	for inner.Err() == nil {
		rest := opts.Poll
		if err := w.round(inner, &all); err != nil {
			w.failed(inner, "work", err)
			rest = afterError
		}
		if opts.OnRound != nil {
			opts.OnRound()
		}
		w.rest(inner, rest)
	}
	all.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return context.Cause(inner)
}

// failed logs an error of the database, and ends the work if it is the last one.
func (w *worker) failed(ctx context.Context, doing string, err error, attributes ...any) {
	if ctx.Err() != nil {
		return
	}
	if store.NeedsReopening(err) {
		w.end(err)
		return
	}
	w.opts.Log.Error(doing, append(attributes, "error", err)...)
}

type worker struct {
	*drainer
	spool   *spool.Spool
	planner Planner
	work    WorkOptions
	free    chan struct{} // one for each lane that is worked
	probing chan struct{} // full while somebody probes
	patient chan struct{} // full while somebody plans what was set aside
	moved   atomic.Bool   // something that was set aside was taken in
	wake    chan struct{}
	end     context.CancelCauseFunc

	waited   []string  // pushes that were set aside, when they were looked at last
	waitedAt time.Time // when that was
	left     []string  // pushes that the last ingest left in the spool
	told     []string  // those of them that were told of
	ingested time.Time
	looked   time.Time // at the sites
	noted    time.Time // that a worker is here
	pruned   time.Time
}

// round does everything that is due now, and leaves the draining of lanes to
// goroutines.
func (w *worker) round(ctx context.Context, all *sync.WaitGroup) error {
	if err := w.db.StillThere(); err != nil {
		return err
	}
	// Where nothing comes nothing is written, and nobody would notice.
	if err := w.db.Read(ctx, "look at the tables", store.Session.NotNewer); err != nil {
		return err
	}
	if time.Since(w.noted) >= seenEvery {
		if err := w.seen(ctx, SenderWorker); err != nil {
			return err
		}
		w.noted = time.Now()
	}
	if err := w.ingest(ctx); err != nil {
		return err
	}
	if err := w.ingestAside(ctx, all); err != nil {
		return err
	}
	if err := w.prune(ctx); err != nil {
		return err
	}
	if time.Since(w.looked) >= sitesEvery {
		w.lookAtSites(ctx, all)
	}
	for {
		due, err := w.anyDue(ctx, store.Millis(w.now()))
		if err != nil {
			return err
		}
		if !due {
			return nil
		}
		select {
		case w.free <- struct{}{}:
		default:
			return nil // who is done first will wake us
		}
		l, first, err := w.begin(ctx, w.claimDue(store.Millis(w.now())), 0)
		if err != nil || first == nil {
			<-w.free
		}
		switch {
		case err != nil:
			return err
		case l == nil:
			return nil // another process was faster
		case first == nil:
			continue
		}
		all.Go(func() {
			if err := w.drain(ctx, l, first, 0); err != nil {
				w.failed(ctx, "send", err, "lane", l.lane)
			}
			<-w.free
			w.poke()
		})
	}
}

// lookAtSites probes in a goroutine, because a site that is away takes its time.
func (w *worker) lookAtSites(ctx context.Context, all *sync.WaitGroup) {
	select {
	case w.probing <- struct{}{}:
	default:
		return
	}
	w.looked = time.Now()
	all.Go(func() {
		err := w.probeDue(ctx, false, func(site string) ([]plan.Action, error) { return w.candidates(ctx, site) })
		if err != nil {
			w.failed(ctx, "probe", err)
		}
		<-w.probing
		w.poke()
	})
}

// ingest looks at the spool. What could not be planned is left for a while,
// unless something else came.
func (w *worker) ingest(ctx context.Context) error {
	ids, err := w.spool.List()
	if err != nil {
		return err
	}
	if moved := w.moved.Swap(false); len(ids) == 0 || !moved && slices.Equal(ids, w.left) && time.Since(w.ingested) < failedAgain {
		return nil
	}
	i := ingest{Outbox: w.Outbox, spool: w.spool, planner: w.planner, until: time.Now().Add(atOnce), others: true}
	err = i.run(ctx)
	in := i.in
	w.ingested, w.left = time.Now(), nil
	for _, f := range in.Failed {
		w.left = append(w.left, f.Push)
	}
	news := len(in.Taken)+len(in.Held)+len(in.Aside)+len(in.Bad) > 0 || !slices.Equal(w.left, w.told)
	if news && w.work.OnIngest != nil {
		w.work.OnIngest(in)
	}
	w.told = w.left
	return err
}

// ingestAside plans in a goroutine what was set aside: that may take minutes.
func (w *worker) ingestAside(ctx context.Context, all *sync.WaitGroup) error {
	ids, err := w.spool.AsideIDs()
	if err != nil || len(ids) == 0 || slices.Equal(ids, w.waited) && time.Since(w.waitedAt) < failedAgain {
		return err
	}
	select {
	case w.patient <- struct{}{}:
	default:
		return nil
	}
	again := slices.Equal(ids, w.waited)
	w.waited, w.waitedAt = ids, time.Now()
	all.Go(func() {
		in, err := w.Outbox.ingestAside(ctx, w.spool, w.planner)
		if err != nil {
			w.failed(ctx, "take in what was set aside", err)
		}
		if news := len(in.Taken)+len(in.Held)+len(in.Bad) > 0; news || !again {
			w.moved.Store(news)
			if w.work.OnIngest != nil {
				w.work.OnIngest(in)
			}
		}
		<-w.patient
		w.poke()
	})
	return nil
}

func (w *worker) prune(ctx context.Context) error {
	if time.Since(w.pruned) < pruneEvery {
		return nil
	}
	all, err := w.Outbox.prune(ctx, time.Now().Add(atOnce))
	if all {
		w.pruned = time.Now()
	}
	return err
}

func (w *worker) poke() {
	select {
	case w.wake <- struct{}{}:
	default: // somebody else has
	}
}

// rest sleeps until there may be something to do.
func (w *worker) rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-w.wake:
	case <-t.C:
	case <-ctx.Done():
	}
}

// listen pokes when another process has queued something. Notifications are
// lost while nobody listens; polling goes on beside it.
func (w *worker) listen(ctx context.Context) {
	for ctx.Err() == nil {
		if err := w.db.Listen(ctx, w.poke); err != nil && ctx.Err() == nil {
			w.opts.Log.Warn("listen for new work", "error", err)
		}
		sleep(ctx, afterError)
	}
}
