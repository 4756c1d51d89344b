package relay

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"jirahook/config"
	"jirahook/outbox"
	"jirahook/outbox/spool"
	"jirahook/plan"
	"jirahook/push"
)

// Inline delivers one push while its pusher waits.
type Inline struct {
	relay *Relay
	log   *slog.Logger
	// afterwards is what is left to do when the pusher has been told; nil: nothing.
	afterwards func(context.Context)
}

// Inline makes what delivers this process's push.
func (r *Relay) Inline(log *slog.Logger) *Inline { return &Inline{relay: r, log: log} }

// Deliver delivers this hook's push only, within the context.
func (d *Inline) Deliver(ctx context.Context, cfg config.Config, pushed push.Push) (outbox.PushReport, error) {
	kept, err := spool.Open(cfg.Outbox.Dir)
	if err != nil {
		return outbox.PushReport{}, err
	}
	opts := d.relay.OutboxOptions(cfg, d.log)
	opts.Brief = true
	sender := d.relay.NewSender()
	sender.Log = d.log
	var report outbox.PushReport
	var unattended bool
	err = outbox.Use(ctx, opts, func(o *outbox.Outbox) error {
		d.learnProjects(ctx, o, cfg, pushed, sender)
		var in outbox.Ingested
		var err error
		in, report, err = o.DeliverPush(ctx, kept, d.relay, pushed.ID, sender)
		LogIngested(d.log, in)
		if err != nil || ctx.Err() != nil {
			return err
		}
		unattended, err = o.Unattended(ctx)
		return err
	})
	logRefused(d.log, report)
	d.afterwards = func(ctx context.Context) {
		d.takeOthers(ctx, opts, kept)
		if unattended {
			d.sendOthers(ctx, opts, sender)
		}
		sender.RefreshProjects(ctx, d.log)
	}
	return report, err
}

// Afterwards does what is better done when the pusher has been told: for the
// pushes of others, and for the next one.
func (d *Inline) Afterwards(ctx context.Context) {
	if d.afterwards != nil {
		d.afterwards(ctx)
	}
}

// leftFor is how old a kept push is that no hook is at any more, most likely.
const leftFor = 2 * time.Second

// takeOthers takes in what hooks have left that were killed, or whose time was
// over: where there is no worker nobody else does.
func (d *Inline) takeOthers(ctx context.Context, opts outbox.Options, kept *spool.Spool) {
	if left, err := kept.HoldsOlder(d.relay.Now().Add(-leftFor)); err != nil || !left {
		return // errors of the folder have been told
	}
	err := outbox.Use(ctx, opts, func(o *outbox.Outbox) error {
		in, err := o.IngestBriefly(ctx, kept, d.relay)
		LogIngested(d.log, in)
		return err
	})
	if err != nil && ctx.Err() == nil {
		d.log.Warn("take in what others have left", "error", err)
	}
}

// sendFor is how long a hook sends what others have left, after its own.
const sendFor = time.Second

// sendOthers sends what other pushes have left where nobody else does: it would wait
// for a push to the same issues.
func (d *Inline) sendOthers(ctx context.Context, opts outbox.Options, sender outbox.Sender) {
	ctx, cancel := context.WithTimeout(ctx, sendFor)
	defer cancel()
	err := outbox.Use(ctx, opts, func(o *outbox.Outbox) error { return o.DrainDue(ctx, sender) })
	if err != nil && ctx.Err() == nil {
		d.log.Warn("send what others have left", "error", err)
	}
}

// learnProjects asks Jira for its projects when a push names one that is not on
// an old list, unless Jira is being left alone.
func (d *Inline) learnProjects(ctx context.Context, o *outbox.Outbox, cfg config.Config, pushed push.Push, s *Sender) {
	if !cfg.Projects.Auto || isListFresh(cfg, pushed.Time) {
		return
	}
	rules, err := plan.Compile(cfg)
	if err != nil || len(rules.Unlisted(pushed)) == 0 {
		return
	}
	sites, err := o.Sites(ctx)
	if err != nil || slices.ContainsFunc(sites, func(s outbox.Site) bool { return s.Name == cfg.Jira.SiteName() && s.Pause != "" }) {
		return
	}
	c := s.config(plan.Action{Site: cfg.Jira.SiteName(), Origin: plan.Origin{Repository: pushed.Repository.Path, Dir: pushed.Repository.Dir}})
	if c.err != nil {
		return // the queue will say so
	}
	client, err := s.client(c)
	if err == nil {
		err = d.relay.refreshProjects(ctx, cfg, pushed.Time.Add(-freshProjects), client.Projects)
	}
	if err != nil {
		d.log.Warn("learn of new projects", "error", err)
	}
}

// logRefused leaves in the log what an admin may have to act on.
func logRefused(log *slog.Logger, report outbox.PushReport) {
	for _, a := range report.Actions {
		switch {
		case a.State == outbox.Dead:
			log.Warn("refused by Jira", "id", a.ID, "issue", a.Issue, "action", a.Text, "problem", a.Problem, "advice", a.Advice)
		case a.Problem != "" && a.State != outbox.Skipped:
			log.Warn("waits", "id", a.ID, "issue", a.Issue, "action", a.Text, "problem", a.Problem, "advice", a.Advice)
		}
	}
}
