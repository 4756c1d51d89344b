package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"jirahook/outbox"
	"jirahook/plan"
	"jirahook/relay"
	"jirahook/wiki"
	"jirahook/words"
)

func (p *process) queueShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show an action with every attempt; of a held push what it would do",
		Long: `Show tells all that is known of an action: what Jira is given, and of each of
the last attempts what was asked and answered. An id may be cut to six digits or
more. Of a held push it shows what its release would do.`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: p.completeIDs(ids{states: states(), held: true}),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.useOutbox(cmd.Context(), func(o relay.Outbox) error {
				if facts, err := o.Facts(cmd.Context(), args[0]); err == nil {
					planned, err := p.relay().Plan(cmd.Context(), facts, plan.Known{})
					if err != nil {
						return err
					}
					return planned.WriteText(p.stdout)
				}
				d, err := o.Show(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if asJSON {
					return p.printJSON(p.shownOf(d))
				}
				p.showAction(d)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "for scripts")
	return cmd
}

// shown is the shape of `queue show --json`: that of the list, and more.
type shown struct {
	queued
	Text     string     `json:"text"`
	Because  string     `json:"because"`
	Site     string     `json:"site"`
	Push     string     `json:"push"`
	Words    string     `json:"words"`
	Advice   string     `json:"advice"`
	Note     string     `json:"note"`
	Content  string     `json:"content"` // what Jira is given
	Upcoming string     `json:"upcoming"`
	History  []shownTry `json:"history"`
}

type shownTry struct {
	Time      string          `json:"time"`
	Outcome   plan.Verdict    `json:"outcome"`
	Problem   string          `json:"problem"`
	Exchanges []shownExchange `json:"exchanges"`
}

type shownExchange struct {
	Time         string `json:"time"`
	Milliseconds int64  `json:"milliseconds"`
	Method       string `json:"method"`
	Path         string `json:"path"`
	Body         string `json:"body"`
	Status       int    `json:"status"` // 0: no answer
	Answer       string `json:"answer"`
}

func (p *process) shownOf(d outbox.Detail) shown {
	s := shown{
		queued: rowOf(d.Report), Text: d.Text, Because: d.Because, Site: d.Site, Push: d.Push,
		Words: d.Words, Advice: p.pasted(d.Advice), Note: d.Note,
		Content: d.Action.Content(), Upcoming: p.pasted(upcoming(d.Report)), History: []shownTry{},
	}
	for _, t := range d.History {
		try := shownTry{Time: words.Stamp(t.Time), Outcome: t.Verdict, Problem: t.Problem, Exchanges: []shownExchange{}}
		for _, x := range t.Exchanges {
			try.Exchanges = append(try.Exchanges, shownExchange{words.Stamp(x.Time), x.Took.Milliseconds(), x.Method, x.Path, x.Body, x.Status, x.Answer})
		}
		s.History = append(s.History, try)
	}
	return s
}

// upcoming says what happens next, and what a person can do.
func upcoming(r outbox.Report) string {
	switch r.State {
	case outbox.Done, outbox.Skipped:
		return "nothing more"
	case outbox.Dead:
		return "nothing by itself; jirahook queue retry, or drop"
	}
	next := "it is sent"
	if r.State == outbox.Sending {
		next = "Jira may have it already: that is looked at, and if not, it is sent"
	}
	if r.Next.IsZero() {
		return next + " after: jirahook queue resume"
	}
	return next + ", not before " + words.Stamp(r.Next)
}

func (p *process) showAction(d outbox.Detail) {
	ink := p.ink(p.stdout)
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, line := range [][2]string{
		{"id", d.ID}, {"issue", d.Issue}, {"action", d.Text}, {"because", d.Because}, {"commit", d.Commit}, {"state", string(d.State)},
		{"words", d.Words}, {"problem", d.Problem}, {"advice", p.pasted(d.Advice)}, {"note", d.Note}, {"site", d.Site},
		{"repository", d.Repository}, {"pusher", d.Pusher}, {"push", d.Push}, {"queued", words.Stamp(d.Queued)}, {"settled", words.Stamp(d.Settled)},
		{"attempts", fmt.Sprint(d.Attempts)}, {"next", p.pasted(upcoming(d.Report))},
	} {
		words := wiki.OneLine(line[1])
		if line[0] == "state" {
			words = ink.in(colourOf(d.State), words) // in the last column, whose width is not asked
		}
		if words != "" {
			fmt.Fprintf(w, "%s\t%s\n", line[0], words)
		}
	}
	_ = w.Flush() // what cannot be written nobody reads
	fmt.Fprintln(p.stdout, "\nwhat Jira is given:")
	for line := range strings.Lines(d.Action.Content()) {
		fmt.Fprintf(p.stdout, "  %s\n", wiki.OneLine(line))
	}
	if len(d.History) > 0 {
		fmt.Fprintln(p.stdout, "\nattempts:")
	}
	for _, t := range d.History {
		fmt.Fprintf(p.stdout, "  %s  %s  %s\n", words.Stamp(t.Time), t.Verdict, wiki.OneLine(t.Problem))
		for _, x := range t.Exchanges {
			p.showExchange(x)
		}
		if len(t.Exchanges) == 0 && t.Exchange != "" {
			fmt.Fprintf(p.stdout, "    %s\n", wiki.OneLine(t.Exchange))
		}
	}
}

func (p *process) showExchange(x plan.Exchange) {
	answer := "no answer"
	if x.Status != 0 {
		answer = fmt.Sprint(x.Status)
	}
	fmt.Fprintf(p.stdout, "    %s %s: %s (%s)\n", x.Method, wiki.OneLine(x.Path), answer, x.Took.Round(100*time.Microsecond))
	if x.Body != "" {
		fmt.Fprintf(p.stdout, "      > %s\n", wiki.OneLine(x.Body))
	}
	if x.Answer != "" {
		fmt.Fprintf(p.stdout, "      < %s\n", wiki.OneLine(x.Answer))
	}
}
