package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"jirahook/outbox"
	"jirahook/plan"
)

func (p *process) queueCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "queue",
		Short: "Look at what waits for Jira, and decide about what cannot go on by itself",
	}
	cmd.AddCommand(
		p.queueListCommand(),
		p.queueShowCommand(),
		p.queueRetryCommand(),
		p.queueDropCommand(),
		p.queueReleaseCommand(),
		p.queuePauseCommand(),
		p.queueResumeCommand(),
	)
	return cmd
}

// withOutbox runs a command on the open outbox.
func (p *process) withOutbox(ctx context.Context, do func(openedOutbox) error) error {
	o, _, err := p.openOutbox(ctx)
	if err != nil {
		return err
	}
	defer o.close()
	if err := do(o); err != nil {
		if status := (exitStatus{}); errors.As(err, &status) {
			return err
		}
		return exitStatus{exitProblems, err}
	}
	return nil
}

// queued is the stable shape of `queue list --json`.
type queued struct {
	ID         string    `json:"id"`
	Issue      string    `json:"issue"`
	Kind       plan.Kind `json:"kind"`
	State      string    `json:"state"`
	Attempts   int       `json:"attempts"`
	Next       string    `json:"next"` // RFC 3339; "": not by itself
	Error      string    `json:"error"`
	Repository string    `json:"repository"`
	Pusher     string    `json:"pusher"`
}

func (p *process) queueListCommand() *cobra.Command {
	var filter outbox.Filter
	var states []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what waits and what was refused, and the pushes that are held",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, s := range states {
				state := outbox.State(s)
				if !slices.Contains([]outbox.State{outbox.Queued, outbox.Sending, outbox.Done, outbox.Dead, outbox.Skipped}, state) {
					return fmt.Errorf("there is no state %q: queued, sending, done, dead, skipped", s)
				}
				filter.States = append(filter.States, state)
			}
			return p.withOutbox(cmd.Context(), func(o openedOutbox) error {
				reports, err := o.List(cmd.Context(), filter)
				if err != nil {
					return unreachable(err)
				}
				if asJSON {
					return p.listJSON(reports)
				}
				return p.listText(cmd.Context(), o, reports)
			})
		},
	}
	cmd.Flags().StringSliceVar(&states, "state", nil, "only these `states`: queued, sending, done, dead, skipped (default: queued, sending, dead)")
	cmd.Flags().StringVar(&filter.Issue, "issue", "", "only this issue's")
	cmd.Flags().StringVar(&filter.Repository, "project", "", "only this project's, `group/name`")
	cmd.Flags().StringVar(&filter.Push, "push", "", "only this push's")
	cmd.Flags().BoolVar(&asJSON, "json", false, "for scripts; the shape is stable")
	return cmd
}

func (p *process) listJSON(reports []outbox.Report) error {
	list := []queued{}
	for _, r := range reports {
		list = append(list, queued{r.ID, r.Issue, r.Kind, string(r.State), r.Attempts, stamp(r.Next), r.Problem, r.Repository, r.Pusher})
	}
	enc := json.NewEncoder(p.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(list)
}

func (p *process) listText(ctx context.Context, o openedOutbox, reports []outbox.Report) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, r := range reports {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.ID[:min(12, len(r.ID))], r.State, r.Issue, cutTo(plan.OneLine(r.Text), 40), plan.OneLine(r.Problem))
	}
	held, err := o.HeldPushes(ctx)
	if err != nil {
		return unreachable(err)
	}
	for _, h := range held {
		fmt.Fprintf(w, "%s\theld\t%s\tby %s\t%s\n", h.Push, plan.OneLine(h.Repository), orUnknown(h.Pusher), h.Why)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	sites, err := o.Sites(ctx)
	if err != nil {
		return unreachable(err)
	}
	for _, s := range sites {
		if s.Pause != "" {
			p.showPause(s)
		}
	}
	return nil
}

// cutTo shortens to so many characters.
func cutTo(s string, max int) string {
	runes := []rune(s)
	if len(runes) <= max {
		return s
	}
	return string(runes[:max-1]) + "…"
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return plan.OneLine(s)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func (p *process) queueShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "Show an action with every attempt; of a held push what it would do",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withOutbox(cmd.Context(), func(o openedOutbox) error {
				if facts, err := o.Facts(cmd.Context(), args[0]); err == nil {
					planned, err := planner{p}.Plan(facts, plan.Known{})
					if err != nil {
						return err
					}
					return planned.WriteText(p.stdout)
				}
				d, err := o.Show(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				p.showAction(d)
				return nil
			})
		},
	}
}

func (p *process) showAction(d outbox.Detail) {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, line := range [][2]string{
		{"id", d.ID}, {"issue", d.Issue}, {"action", d.Text}, {"because", d.Because}, {"state", string(d.State)},
		{"words", d.Words}, {"problem", d.Problem}, {"advice", d.Advice}, {"note", d.Note}, {"site", d.Site},
		{"repository", d.Repository}, {"pusher", d.Pusher}, {"push", d.Push}, {"queued", stamp(d.Queued)}, {"next", stamp(d.Next)},
	} {
		if line[1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", line[0], plan.OneLine(line[1]))
		}
	}
	_ = w.Flush() // what cannot be written nobody reads
	fmt.Fprintln(p.stdout, "\nwhat Jira is given:")
	for line := range strings.Lines(d.Action.Content()) {
		fmt.Fprintf(p.stdout, "  %s\n", plan.OneLine(line))
	}
	if len(d.History) > 0 {
		fmt.Fprintln(p.stdout, "\nattempts:")
	}
	for _, t := range d.History {
		fmt.Fprintf(p.stdout, "  %s  %s  %s  %s\n", stamp(t.Time), t.Verdict, plan.OneLine(t.Exchange), plan.OneLine(t.Problem))
	}
}

func (p *process) queueRetryCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "retry ID...",
		Short: "Queue refused actions anew, and end the back-off of waiting ones",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withOutbox(cmd.Context(), func(o openedOutbox) error { return o.Retry(cmd.Context(), args...) })
		},
	}
}

func (p *process) queueDropCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "drop ID...",
		Short: "Forget actions or held pushes",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes && !p.agrees("forget %s: Jira will never be told", strings.Join(args, ", ")) {
				return exitStatus{exitProblems, errors.New("nothing dropped")}
			}
			return p.withOutbox(cmd.Context(), func(o openedOutbox) error { return o.Drop(cmd.Context(), args...) })
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// agrees asks before something is destroyed. No answer is no.
func (p *process) agrees(format string, args ...any) bool {
	fmt.Fprintf(p.stderr, format+" [y/N] ", args...)
	answer, _ := bufio.NewReader(p.stdin).ReadString('\n') // at the end of input there is no answer
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

func (p *process) queueReleaseCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "release PUSH",
		Short: "Let a held push go: Jira is told with the next delivery",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withOutbox(cmd.Context(), func(o openedOutbox) error { return o.Release(cmd.Context(), args[0], planner{p}) })
		},
	}
}

func (p *process) queuePauseCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "pause [REASON]",
		Short: "Leave Jira alone until resume",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			site, err := p.site()
			if err != nil {
				return err
			}
			return p.withOutbox(cmd.Context(), func(o openedOutbox) error {
				return o.Pause(cmd.Context(), site, strings.Join(args, " "))
			})
		},
	}
}

func (p *process) queueResumeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "resume [SITE]",
		Short: "End a pause of any kind; without a site that of the configured Jira",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withOutbox(cmd.Context(), func(o openedOutbox) error {
				if len(args) == 1 {
					return o.Resume(cmd.Context(), args[0])
				}
				site, err := p.site()
				if err != nil {
					return err
				}
				return o.Resume(cmd.Context(), site)
			})
		},
	}
}

// site is the Jira of the upper configuration.
func (p *process) site() (string, error) {
	loaded, _, err := p.load("", "")
	return loaded.Config.Jira.URL, err
}
