package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"jirahook/outbox"
	"jirahook/relay"
	"jirahook/wiki"
	"jirahook/words"
)

func (p *process) deliverCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "deliver",
		Short: "Send everything that waits, once, and end",
		Long: `Deliver takes in what hooks kept and sends what waits for Jira, whatever its
back-off, but not before Jira's Retry-After has passed nor to a Jira that does
not accept the credentials. It is for cron, and for after an outage. It also
forgets what was done longer ago than outbox.keep.

Exit code 0: nothing waits. 1: something waits, or was refused just now. 3: Jira
or the outbox cannot be reached.`,
		Example: `  */5 * * * * git jirahook deliver >/dev/null   # in /etc/cron.d
  jirahook deliver --json | jq .waiting`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.deliver(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "a summary for scripts")
	return cmd
}

// delivered is the shape of `deliver --json`.
type delivered struct {
	Sent    int          `json:"sent"`
	Refused int          `json:"refused"` // just now
	Skipped int          `json:"skipped"` // their issues are unknown, or a slip of the pusher
	Waiting int          `json:"waiting"`
	Dead    int          `json:"dead"` // refused earlier or now, for an operator
	Held    []string     `json:"held"` // pushes that were found to be too large just now
	Kept    []keptPush   `json:"kept"` // pushes that could not be taken in
	Paused  []pausedSite `json:"paused"`
}

type keptPush struct {
	Push  string `json:"push"`
	Error string `json:"error"`
}

type pausedSite struct {
	Site   string `json:"site"`
	Since  string `json:"since"` // RFC 3339
	Reason string `json:"reason"`
	Advice string `json:"advice"`
	Next   string `json:"next"` // RFC 3339; "": not by itself
}

func (p *process) deliver(ctx context.Context, asJSON bool) error {
	return p.usePatiently(ctx, func(o relay.Outbox) error {
		if err := p.checkSecret(o.Config); err != nil {
			return err
		}
		counts, err := o.Counts(ctx)
		if err != nil {
			return unreachable(err)
		}
		sender := p.relay().NewSender()
		sender.Log = o.Log
		end := func() {}
		if !asJSON && p.isScreen(p.stdout) {
			bar := newProgress(p.stdout, counts.Queued+counts.Sending)
			sender.OnResult, end = bar.result, bar.end
		}
		sum, err := o.DrainAll(ctx, sender)
		end()
		if err != nil {
			return unreachable(err)
		}
		sender.RefreshProjects(ctx, o.Log)
		if err := o.Prune(ctx); err != nil {
			o.Log.Error("forget what is old", "error", err)
		}
		if asJSON {
			err = p.deliveredJSON(sum, o.In)
		} else {
			p.deliveredText(sum, o.In)
		}
		if err != nil {
			return err
		}
		switch {
		case (len(sum.Paused) > 0 || sum.OwnWay != nil) && sum.Done == 0 && sum.Waiting > 0:
			return exitStatus{code: exitUnreachable}
		case sum.Waiting > 0 || sum.Died > 0 || len(notTaken(o.In)) > 0:
			return exitStatus{code: exitProblems}
		}
		return nil
	})
}

// notTaken are the pushes that could not be taken in.
func notTaken(in outbox.Ingested) []outbox.Failure { return slices.Concat(in.Failed, in.Aside, in.Bad) }

func (p *process) deliveredText(sum outbox.Summary, in outbox.Ingested) {
	for _, id := range in.Held {
		p.say("held: push %s; see jirahook queue list\n", id)
	}
	for _, f := range notTaken(in) {
		fmt.Fprintf(p.stdout, "push %s: %s\n", f.Push, wiki.OneLine(f.Err.Error()))
	}
	for _, s := range sum.Paused {
		var b strings.Builder
		writePause(&b, s)
		p.say("%s", b.String())
	}
	if sum.OwnWay != nil {
		p.say("Jira is not reached from here: %s\n  %s\n", wiki.OneLine(sum.OwnWay.Problem), wiki.OneLine(sum.OwnWay.Advice))
	}
	fmt.Fprintf(p.stdout, "sent %d, refused %d, skipped %d; waiting %d, refused earlier %d\n",
		sum.Done, sum.Died, sum.Skipped, sum.Waiting, sum.Dead-sum.Died)
}

func (p *process) deliveredJSON(sum outbox.Summary, in outbox.Ingested) error {
	d := delivered{Sent: sum.Done, Refused: sum.Died, Skipped: sum.Skipped, Waiting: sum.Waiting, Dead: sum.Dead,
		Held: append([]string{}, in.Held...), Kept: []keptPush{}, Paused: []pausedSite{}}
	for _, f := range notTaken(in) {
		d.Kept = append(d.Kept, keptPush{f.Push, f.Err.Error()})
	}
	for _, s := range sum.Paused {
		d.Paused = append(d.Paused, pausedSite{s.Name, words.Stamp(s.Since), s.Reason, p.pasted(s.Advice), words.Stamp(s.Next)})
	}
	return p.printJSON(d)
}

func (p *process) printJSON(v any) error {
	enc := json.NewEncoder(p.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// writePause tells why a site is left alone, and how that ends.
func writePause(w io.Writer, s outbox.Site) {
	fmt.Fprintf(w, "%s is paused since %s: %s\n", s.Name, words.Stamp(s.Since), wiki.OneLine(s.Reason))
	if s.Advice != "" {
		fmt.Fprintf(w, "  %s\n", wiki.OneLine(s.Advice))
	}
	ends := "ends by: jirahook queue resume"
	if !s.Next.IsZero() {
		ends = "tried again at " + words.Stamp(s.Next) + ", or at once by: jirahook queue resume"
	}
	fmt.Fprintf(w, "  %s\n", ends)
}
