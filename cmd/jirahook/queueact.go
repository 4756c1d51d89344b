package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"jirahook/outbox"
	"jirahook/relay"
	"jirahook/wiki"
	"jirahook/words"
)

func (p *process) queueRetryCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "retry ID...",
		Short: "Queue refused actions anew, and end the back-off of waiting ones",
		Long: `Retry queues refused actions anew, and ends the back-off of waiting ones. A push
that was set aside is tried again.`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: p.completeIDs(ids{states: []outbox.State{outbox.Queued, outbox.Sending, outbox.Dead, outbox.Skipped}, inFile: true, several: true}),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.useOutbox(cmd.Context(), func(o relay.Outbox) error {
				var actions []string
				for _, id := range args {
					// Ids of pushes and of actions are never alike.
					if err := o.Spool.Restore(id); errors.Is(err, outbox.ErrUnknown) {
						actions = append(actions, id)
					} else if err != nil {
						return err
					}
				}
				if len(actions) == 0 {
					return nil
				}
				return o.Retry(cmd.Context(), actions...)
			})
		},
	}
}

func (p *process) queueDropCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "drop ID...",
		Short: "Forget actions or pushes",
		Long: `Drop forgets actions, held pushes, or pushes that were set aside: Jira will not
be told. It shows them and asks; a script says --yes.`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: p.completeIDs(ids{states: []outbox.State{outbox.Queued, outbox.Sending, outbox.Dead, outbox.Skipped}, held: true, inFile: true, several: true}),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.useOutbox(cmd.Context(), func(o relay.Outbox) error {
				bad, others, err := p.showDoomed(cmd.Context(), o, args)
				if err != nil {
					return err
				}
				if err := p.ask(yes, "this destroys something", "forget this? Jira will never be told"); err != nil {
					return err
				}
				for _, id := range bad {
					if err := o.Spool.Forget(id); err != nil {
						return err
					}
				}
				return o.Drop(cmd.Context(), others...)
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// showDoomed prints what is about to be forgotten, a line for each, and divides
// the ids into those of pushes that were set aside and others.
func (p *process) showDoomed(ctx context.Context, o relay.Outbox, ids []string) (bad, others []string, err error) {
	pushes := map[string]string{}
	held, err := o.HeldPushes(ctx)
	if err != nil {
		return nil, nil, unreachable(err)
	}
	for _, h := range held {
		pushes[h.Push] = fmt.Sprintf("to %s by %s: %s", wiki.OneLine(h.Repository), orUnknown(h.Pusher), h.Why)
	}
	aside, err := o.Spool.Bad()
	if err != nil {
		return nil, nil, err
	}
	later, err := o.Spool.Aside()
	if err != nil {
		return nil, nil, err
	}
	for _, b := range append(aside, later...) {
		pushes[b.Push] = wiki.OneLine(b.Why)
		if slices.Contains(ids, b.Push) {
			bad = append(bad, b.Push)
		}
	}
	for _, id := range ids {
		if !slices.Contains(bad, id) {
			others = append(others, id)
		}
		if what, ok := pushes[id]; ok {
			fmt.Fprintf(p.stderr, "push %s %s\n", id, what)
			continue
		}
		d, err := o.Show(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		fmt.Fprintf(p.stderr, "%s  %s  %s\n", shortID(d.ID), d.State, cutTo(wiki.OneLine(d.Text), 60))
	}
	return bad, others, nil
}

func (p *process) queueReleaseCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "release PUSH",
		Short:             "Let a held push go: Jira is told with the next delivery",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: p.completeIDs(ids{held: true}),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.useOutbox(cmd.Context(), func(o relay.Outbox) error { return o.Release(cmd.Context(), args[0], p.relay()) })
		},
	}
}

func (p *process) queuePauseCommand() *cobra.Command {
	var site string
	cmd := &cobra.Command{
		Use:   "pause [REASON]",
		Short: "Leave Jira alone until resume",
		Long: `Pause leaves Jira alone until resume: pushes are kept, nothing is sent. Where the
configuration has sites, --site says which is meant; without it all are.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := p.place().Upper()
			if err != nil {
				return err
			}
			var sites []string
			if site == "" {
				for _, one := range cfg.Jiras() {
					sites = append(sites, one.Jira.SiteName())
				}
			} else if site, err = p.siteNamed(site); err != nil {
				return err
			} else {
				sites = []string{site}
			}
			return p.useOutbox(cmd.Context(), func(o relay.Outbox) error {
				for _, s := range sites {
					if err := o.Pause(cmd.Context(), s, strings.Join(args, " ")); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	p.siteFlag(cmd, &site)
	return cmd
}

func (p *process) queueResumeCommand() *cobra.Command {
	var site string
	cmd := &cobra.Command{
		Use:   "resume [SITE]",
		Short: "End pauses of any kind, and let what waits be tried at once",
		Long: `Resume ends the pause of a site, whatever its reason, and lets what waits be tried
at once, also with credentials that Jira did not accept. Without a site it does so for
all.`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: p.completeSites,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.useOutbox(cmd.Context(), func(o relay.Outbox) error {
				sites, err := o.Sites(cmd.Context())
				if err != nil {
					return err
				}
				if len(args) == 1 {
					site = args[0]
				}
				if site != "" {
					name, err := p.siteNamed(site)
					if err != nil {
						return err
					}
					sites = slices.DeleteFunc(sites, func(s outbox.Site) bool { return s.Name != name })
					if len(sites) == 0 {
						return fmt.Errorf("site %s: %w", site, outbox.ErrUnknown)
					}
				}
				return p.resume(cmd.Context(), o, sites)
			})
		},
	}
	p.siteFlag(cmd, &site)
	return cmd
}

func (p *process) resume(ctx context.Context, o relay.Outbox, sites []outbox.Site) error {
	if len(sites) == 0 {
		fmt.Fprintln(p.stdout, "no Jira was ever spoken to: nothing waits")
		return nil
	}
	waiting := 0
	for _, s := range sites {
		if err := o.Resume(ctx, s.Name); err != nil {
			return err
		}
		was := "was not paused"
		if s.Pause != "" {
			was = "resumed; it was paused since " + words.Stamp(s.Since) + ": " + wiki.OneLine(s.Reason)
		}
		left := "nothing waits"
		if s.Waiting > 0 {
			left = words.Waits(s.Waiting, "action", "actions")
		}
		fmt.Fprintf(p.stdout, "%s: %s; %s\n", s.Name, was, left)
		waiting += s.Waiting
	}
	if waiting == 0 {
		return nil
	}
	senders, err := o.Senders(ctx)
	if err != nil {
		return err
	}
	for _, s := range senders {
		if s.Kind == outbox.SenderWorker && p.now().Sub(s.At) <= outbox.Attended {
			fmt.Fprintf(p.stdout, "the worker on %s sends it now\n", s.Host)
			return nil
		}
	}
	p.say("no worker was seen: jirahook deliver sends it now\n")
	return nil
}

func (p *process) queueVacuumCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "vacuum",
		Short: "Forget what is older than outbox.keep, and give the room back to the disk",
		Long: `Vacuum forgets what was done longer ago than outbox.keep, which worker and
deliver do as well, and gives the room back to the disk. SQLite writes the whole
file anew for that, which needs as much room once more; hooks wait for it no
longer than delivery.wait, and lose nothing.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.useOutbox(cmd.Context(), func(o relay.Outbox) error {
				before, after, err := o.Vacuum(cmd.Context())
				if err != nil {
					return unreachable(err)
				}
				fmt.Fprintf(p.stdout, "%.1f MiB before, %.1f MiB after\n", mebibytes(before), mebibytes(after))
				return nil
			})
		},
	}
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }
