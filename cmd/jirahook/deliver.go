package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"jirahook/config"
	"jirahook/outbox"
	"jirahook/plan"
	"jirahook/push"
)

func (p *process) deliverCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "deliver",
		Short: "Send everything that waits, once, and end",
		Long: `Deliver takes in what hooks kept and sends what waits for Jira, whatever its
back-off, but not before Jira's Retry-After has passed nor to a Jira that does
not accept the credentials. It is for cron, and for after an outage.

Exit code 0: nothing waits. 1: something waits, or was refused just now. 3: Jira
or the outbox cannot be reached.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.deliver(cmd.Context()) },
	}
}

func (p *process) deliver(ctx context.Context) error {
	o, in, err := p.openOutbox(ctx)
	if err != nil {
		return err
	}
	defer o.close()
	sender := p.newSender()
	sum, err := o.DrainAll(ctx, sender)
	if err != nil {
		return unreachable(err)
	}
	p.refreshAll(ctx, o.log, sender)
	fmt.Fprintf(p.stdout, "sent %d, refused %d, without an issue %d; waiting %d, refused earlier %d\n",
		sum.Done, sum.Died, sum.Skipped, sum.Waiting, sum.Dead-sum.Died)
	for _, id := range in.Held {
		fmt.Fprintf(p.stdout, "held: push %s; see jirahook queue list\n", id)
	}
	for _, f := range append(in.Failed, in.Bad...) {
		fmt.Fprintf(p.stdout, "push %s: %s\n", f.Push, plan.OneLine(f.Err.Error()))
	}
	for _, s := range sum.Paused {
		p.showPause(s)
	}
	switch {
	case len(sum.Paused) > 0 && sum.Done == 0 && sum.Waiting > 0:
		return exitStatus{code: exitUnreachable}
	case sum.Waiting > 0 || sum.Died > 0 || len(in.Failed)+len(in.Bad) > 0:
		return exitStatus{code: exitProblems}
	}
	return nil
}

// showPause tells why a site is left alone, and how that ends.
func (p *process) showPause(s outbox.Site) {
	fmt.Fprintf(p.stdout, "%s is paused since %s: %s\n", s.Name, stamp(s.Since), plan.OneLine(s.Reason))
	if s.Advice != "" {
		fmt.Fprintf(p.stdout, "  %s\n", plan.OneLine(s.Advice))
	}
	ends := "ends by: jirahook queue resume"
	if !s.Next.IsZero() {
		ends = "tried again at " + stamp(s.Next) + ", or at once by: jirahook queue resume"
	}
	fmt.Fprintf(p.stdout, "  %s\n", ends)
}

func (p *process) workerCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "worker",
		Short: "Send what waits, as it comes, until it is told to stop",
		Long: `Worker takes in what hooks kept and sends it as soon as Jira can be reached. It
ends by SIGTERM or SIGINT, after the requests that are in flight. Without one,
what waits goes with the next push to the same issues, or with deliver.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.work(cmd.Context()) },
	}
}

func (p *process) work(ctx context.Context) error {
	file, named := p.mainConfig()
	loaded, err := config.Load(config.Source{Main: file, MainRequired: named})
	if err != nil {
		return err
	}
	log := textLog(p.stderr)
	spool, err := outbox.OpenSpool(loaded.Config.Outbox.Dir)
	if err != nil {
		return unreachable(err)
	}
	o, err := outbox.Open(ctx, p.outboxOptions(loaded.Config, log))
	if err != nil {
		return unreachable(err)
	}
	defer o.Close() //nolint:errcheck // everything is committed
	log.Info("worker begins", "outbox", loaded.Config.Outbox.Dir, "version", version())
	sender := p.newSender()
	ctx, stop := context.WithCancel(ctx)
	var refreshing sync.WaitGroup
	refreshing.Go(func() { p.keepFresh(ctx, log, sender) })
	o.Work(ctx, spool, planner{p}, sender, outbox.WorkOptions{OnIngest: func(in outbox.Ingested) { logIngested(log, in) }})
	stop()
	refreshing.Wait()
	log.Info("worker ends")
	return nil
}

// deliverPush is the inline part: this hook's push only, within the context.
func (p *process) deliverPush(ctx context.Context, log *slog.Logger, cfg config.Config, pushed push.Push) (outbox.PushReport, error) {
	spool, err := outbox.OpenSpool(cfg.Outbox.Dir)
	if err != nil {
		return outbox.PushReport{}, err
	}
	o, err := outbox.Open(ctx, p.outboxOptions(cfg, log))
	if err != nil {
		return outbox.PushReport{}, err
	}
	defer o.Close() //nolint:errcheck // everything is committed
	sender := p.newSender()
	p.learnProjects(ctx, log, o, cfg, pushed, sender)
	in, err := o.Ingest(ctx, spool, planner{p})
	logIngested(log, in)
	if err != nil {
		return outbox.PushReport{}, err
	}
	report, err := o.DrainPush(ctx, pushed.ID, sender)
	logRefused(log, report)
	p.afterwards = func(ctx context.Context) { p.refreshAll(ctx, log, sender) }
	return report, err
}

// learnProjects asks Jira for its projects when a push names one that is not on
// an old list, unless Jira is being left alone.
func (p *process) learnProjects(ctx context.Context, log *slog.Logger, o *outbox.Outbox, cfg config.Config, pushed push.Push, s *sender) {
	if !cfg.Projects.Auto || p.isListFresh(cfg, pushed.Time) {
		return
	}
	rules, err := plan.Compile(cfg)
	if err != nil || len(rules.Unlisted(pushed)) == 0 {
		return
	}
	sites, err := o.Sites(ctx)
	if err != nil || slices.ContainsFunc(sites, func(s outbox.Site) bool { return s.Name == cfg.Jira.URL && s.Pause != "" }) {
		return
	}
	c := s.config(plan.Origin{Repository: pushed.Repository.Path, Dir: pushed.Repository.Dir})
	if c.err != nil {
		return // the queue will say so
	}
	client, err := s.client(c)
	if err == nil {
		err = p.refreshProjects(ctx, cfg, pushed.Time.Add(-freshProjects), client.Projects)
	}
	if err != nil {
		log.Warn("learn of new projects", "error", err)
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

func (p *process) outboxOptions(cfg config.Config, log *slog.Logger) outbox.Options {
	return outbox.Options{
		Dir: cfg.Outbox.Dir, Database: cfg.Outbox.Database, Keep: cfg.Outbox.Keep,
		GiveUpAfter: cfg.Delivery.GiveUpAfter, Workers: cfg.Delivery.Workers, Log: log,
	}
}

func logIngested(log *slog.Logger, in outbox.Ingested) {
	for _, f := range in.Failed {
		log.Error("a push stays in the spool", "push", f.Push, "error", f.Err)
	}
	for _, f := range in.Bad {
		log.Error("a push was set aside", "push", f.Push, "error", f.Err)
	}
	for _, id := range in.Held {
		log.Warn("a push is held", "push", id)
	}
}

// refreshAll asks each Jira that was just spoken to for its projects, where the
// configuration wants that and the list is old.
func (p *process) refreshAll(ctx context.Context, log *slog.Logger, s *sender) {
	for _, c := range s.used() {
		client, err := s.client(c)
		if err == nil {
			err = p.refreshProjects(ctx, c.cfg, p.now().Add(-projectsAge), client.Projects)
		}
		if err != nil {
			log.Warn("refresh the list of projects", "error", err)
		}
	}
}

// keepFresh looks from time to time whether a list of projects is old.
func (p *process) keepFresh(ctx context.Context, log *slog.Logger, s *sender) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.refreshAll(ctx, log, s)
		}
	}
}

// openedOutbox is the outbox of the upper configuration with its log.
type openedOutbox struct {
	*outbox.Outbox
	log   *slog.Logger
	close func()
}

// openOutbox opens the outbox for a person's command, and takes in what is in
// the spool.
func (p *process) openOutbox(ctx context.Context) (openedOutbox, outbox.Ingested, error) {
	file, named := p.mainConfig()
	loaded, err := config.Load(config.Source{Main: file, MainRequired: named})
	if err != nil {
		return openedOutbox{}, outbox.Ingested{}, err
	}
	cfg := loaded.Config
	log, closeLog := openLog(cfg.Outbox.Dir)
	spool, err := outbox.OpenSpool(cfg.Outbox.Dir)
	if err != nil {
		closeLog()
		return openedOutbox{}, outbox.Ingested{}, unreachable(err)
	}
	o, err := outbox.Open(ctx, p.outboxOptions(cfg, log))
	if err != nil {
		closeLog()
		return openedOutbox{}, outbox.Ingested{}, unreachable(err)
	}
	opened := openedOutbox{o, log, func() { _ = o.Close(); closeLog() }}
	in, err := o.Ingest(ctx, spool, planner{p})
	logIngested(log, in)
	if err != nil {
		opened.close()
		return openedOutbox{}, in, unreachable(err)
	}
	return opened, in, nil
}
