package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"jirahook/config"
	"jirahook/metrics"
	"jirahook/outbox"
	"jirahook/outbox/spool"
	"jirahook/outbox/store"
	"jirahook/relay"
	"jirahook/wiki"
)

const (
	// workerGrace is what a worker's requests in flight get to come to their end
	// when it is told to stop. Nobody waits for it as a pusher does for a hook.
	workerGrace = 10 * time.Second
	// reopenAfter is the rest after the outbox could not be opened again.
	reopenAfter = 5 * time.Second
	statusEvery = 10 * time.Second
)

func (p *process) workerCommand() *cobra.Command {
	w := &worker{p: p}
	var format, level string
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Send what waits, as it comes, until it is told to stop",
		Long: `Worker takes in what hooks kept and sends it as soon as Jira can be reached.
Without one, what waits goes with deliver, or with later pushes. One for each machine is enough; several do no harm.

SIGTERM, SIGINT: no request begins, those in flight get 10 seconds, what they
came to is written down, and everything else is left to others at once. A second
signal ends it on the spot; that loses nothing, either.
SIGHUP: the outbox's configuration is read again; a broken one is told in the
log, and the old one stays. What else stands in the configuration is read anew
every few seconds, without a signal.

Started as root it goes on as the account that outbox.dir belongs to.

It speaks to systemd (Type=notify, WatchdogSec=): examples/jirahook-worker.service.`,
		Example: `  jirahook worker --metrics :9464 --log-format json`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := p.newLog(p.stderr, format, level)
			if err != nil {
				return err
			}
			w.log = log
			return w.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&format, "log-format", "text", "`text` or json, on standard error")
	cmd.Flags().StringVar(&level, "log-level", "info", "debug, `info`, warn or error")
	cmd.Flags().StringVar(&w.address, "metrics", "", "serve Prometheus' metrics at http://`ADDR`/metrics; without a host, on this machine only")
	return cmd
}

// worker is one run of the command.
type worker struct {
	p       *process
	log     *slog.Logger
	address string // of the metrics; "": none
	manager *serviceManager
	metrics *metrics.Metrics // nil: none
	current atomic.Pointer[relay.Outbox]
	ends    atomic.Pointer[relay.Ends]
}

func (w *worker) run(ctx context.Context) error {
	cfg, err := w.p.ownConfig()
	if err != nil {
		return err
	}
	if err := w.p.checkSecret(cfg); err != nil {
		return err
	}
	if w.p.became != "" {
		w.log.Info("started as root; going on as the owner of the outbox", "account", accountName(), "outbox", w.p.became)
	}
	hangups := make(chan os.Signal, 1)
	signal.Ignore(syscall.SIGHUP) // else it would still end the process
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	w.manager = newServiceManager(w.log)
	stopping := sync.OnceFunc(func() {
		signal.Reset(os.Interrupt, syscall.SIGTERM) // a second one need not wait for the first one's grace
		w.log.Info("worker is told to stop")
		w.manager.stopping()
	})
	defer context.AfterFunc(ctx, stopping)()
	stopMetrics, err := w.serveMetrics()
	if err != nil {
		return err
	}
	defer stopMetrics()
	for opened := false; ; {
		next := cfg
		err := w.work(ctx, cfg, hangups, &next, &opened)
		cfg = next
		switch {
		case ctx.Err() != nil:
			stopping()
			w.log.Info("worker ends")
			return nil
		case err == nil: // by SIGHUP
			continue
		case !opened, errors.Is(err, store.ErrNewer):
			return unreachable(err)
		}
		w.log.Error("the outbox must be opened again", "error", err)
		w.manager.alive()
		select {
		case <-ctx.Done():
		case <-time.After(reopenAfter):
		}
	}
}

// work opens the outbox and works until the context ends, or a SIGHUP has
// brought a configuration, which it leaves in next, or the outbox must be opened
// again.
func (w *worker) work(ctx context.Context, cfg config.Config, hangups <-chan os.Signal, next *config.Config, opened *bool) error {
	term, end := context.WithCancel(ctx)
	defer end()
	var beside sync.WaitGroup
	defer beside.Wait()
	defer end()
	kept, err := spool.Open(cfg.Outbox.Dir)
	if err != nil {
		return w.p.asOwner(err)
	}
	opts := w.p.relay().OutboxOptions(cfg, w.log)
	opts.Grace = workerGrace
	sender := w.p.relay().NewSender()
	sender.Log = w.log
	if w.metrics != nil {
		sender.OnRequest, sender.OnResult = w.metrics.Request, w.metrics.Result
	}
	beside.Go(func() {
		if fresh, ok := w.hungUp(term, hangups); ok {
			*next = fresh
			end()
		}
	})
	beside.Go(func() { sender.KeepProjectsFresh(term, w.log) })
	ends := sender.Ends()
	w.ends.Store(ends)
	beside.Go(func() { ends.Watch(term, w.log) })
	err = outbox.Use(term, opts, func(o *outbox.Outbox) error {
		w.current.Store(&relay.Outbox{Outbox: o, Config: cfg, Spool: kept})
		defer w.current.Store(nil)
		*opened = true
		w.log.Info("worker begins", "outbox", cfg.Outbox.Dir, "version", version())
		w.manager.ready()
		watching, stopWatching := context.WithCancel(term)
		defer stopWatching()
		beside.Go(func() { w.keepStatus(watching, o) })
		return o.Work(term, kept, w.p.relay(), sender, outbox.WorkOptions{
			OnIngest: func(in outbox.Ingested) { relay.LogIngested(w.log, in) },
			OnRound:  w.manager.alive,
		})
	})
	if term.Err() != nil {
		return nil // whatever it was that did not come to its end
	}
	return err
}

// hungUp waits for a SIGHUP with a configuration that can be read.
func (w *worker) hungUp(ctx context.Context, hangups <-chan os.Signal) (config.Config, bool) {
	for {
		select {
		case <-ctx.Done():
			return config.Config{}, false
		case <-hangups:
		}
		w.manager.reloading()
		cfg, err := w.p.place().Upper()
		if err == nil {
			w.log.Info("the configuration was read again")
			return cfg, true // ready follows when the outbox is open
		}
		w.log.Error("the configuration is broken; going on with the old one", "error", err)
		w.manager.ready()
	}
}

// keepStatus tells the service manager how long the queue is.
func (w *worker) keepStatus(ctx context.Context, o *outbox.Outbox) {
	tick := time.NewTicker(statusEvery)
	defer tick.Stop()
	for {
		if words, err := statusWords(ctx, o); err == nil {
			w.manager.status(words)
		} else if ctx.Err() == nil {
			w.manager.status("the outbox cannot be read")
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// statusWords is one line: "3 waiting, 1 refused, 0 held".
func statusWords(ctx context.Context, o *outbox.Outbox) (string, error) {
	counts, err := o.Counts(ctx)
	if err != nil {
		return "", err
	}
	words := fmt.Sprintf("%d waiting, %d refused, %d held", counts.Queued+counts.Sending, counts.Dead, counts.Held)
	sites, err := o.Sites(ctx)
	for _, s := range sites {
		if s.Pause != "" {
			words += "; " + s.Name + " is paused: " + wiki.OneLine(s.Reason)
		}
	}
	return words, err
}

// serveMetrics listens, if it was asked to.
func (w *worker) serveMetrics() (stop func(), err error) {
	if w.address == "" {
		return func() {}, nil
	}
	address := w.address
	if strings.HasPrefix(address, ":") {
		address = "127.0.0.1" + address
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, unreachable(fmt.Errorf("serve metrics: %w", err))
	}
	w.metrics = metrics.New(version(), w.state, w.p.now)
	server := &http.Server{Handler: w.metrics.Handler(), ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(w.log.Handler(), slog.LevelWarn)}
	var done sync.WaitGroup
	done.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			w.log.Error("serve metrics", "error", err)
		}
	})
	w.log.Info("metrics are served", "address", "http://"+listener.Addr().String()+"/metrics")
	return func() {
		_ = server.Close() // a scrape that is under way is of no use to anybody
		done.Wait()
	}, nil
}

// state is what a scrape looks up.
func (w *worker) state(ctx context.Context) (metrics.State, error) {
	o := w.current.Load()
	if o == nil {
		return metrics.State{}, errors.New("the outbox is not open")
	}
	var s metrics.State
	var errs [5]error
	s.Counts, errs[0] = o.Counts(ctx)
	s.Sites, errs[1] = o.Sites(ctx)
	s.Spool, s.SpoolOldest, errs[2] = o.Spool.Backlog()
	bad, err := o.Spool.Bad()
	s.Bad, errs[3] = len(bad), err
	aside, err := store.Aside(o.Config.Outbox.Dir)
	s.Aside, errs[4] = len(aside), err
	s.Ends = w.ends.Load().Known() // is there as soon as the outbox is
	return s, errors.Join(errs[:]...)
}
