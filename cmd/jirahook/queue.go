package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"jirahook/outbox"
	"jirahook/outbox/spool"
	"jirahook/outbox/store"
	"jirahook/plan"
	"jirahook/relay"
	"jirahook/wiki"
	"jirahook/words"
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
		p.queueVacuumCommand(),
	)
	return cmd
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
	Since      string    `json:"since"`   // when it was queued, or the held push came; RFC 3339
	Settled    string    `json:"settled"` // RFC 3339; "": it waits
	Commit     string    `json:"commit"`  // that it tells of, the last of several; "": it tells of a branch
	Issues     []string  `json:"issues"`  // of an action that is for several, whose Issue is ""
	Site       string    `json:"site"`    // the Jira; "" of a held push, which may be for several
}

// states are those that a filter may name.
func states() []outbox.State {
	return []outbox.State{outbox.Queued, outbox.Sending, outbox.Done, outbox.Dead, outbox.Skipped, outbox.Held}
}

// kinds are those that a filter may name.
func kinds() []plan.Kind {
	return []plan.Kind{plan.KindComment, plan.KindLink, plan.KindWorklog, plan.KindTransition, plan.KindDevelopment}
}

// oneOf is an error for a word that is not among the known ones.
func oneOf[T ~string](what, word string, known []T) error {
	if slices.Contains(known, T(word)) {
		return nil
	}
	var all []string
	for _, k := range known {
		all = append(all, string(k))
	}
	return fmt.Errorf("there is no %s %q: %s", what, word, strings.Join(all, ", "))
}

func (p *process) queueListCommand() *cobra.Command {
	var filter outbox.Filter
	var wanted []string
	var kind string
	var older time.Duration
	var asJSON, watch bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what waits and what was refused, and the pushes that are held",
		Long: `List shows a line for each action: id, state, issue, age, repository, what it does,
and what keeps it from being done; behind the issue the Jira, where the configuration
has sites. Held pushes follow: id, state, repository, pusher,
age, and why. On a terminal titles stand above, and states have colours (unless
NO_COLOR is set); elsewhere there are lines alone. Between columns stand two blanks
or more, and no column is empty: awk -F '  +' tells them apart.

With --watch the list is drawn anew every 2 seconds, as far as it fits into the
window.`,
		Example: `  jirahook queue list --state dead
  jirahook queue list --issue SHOP-12 --older 24h
  jirahook queue list --watch
  jirahook queue retry $(jirahook queue list --state dead --json | jq -r '.[].id')`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if filter.Site, err = p.siteNamed(filter.Site); err != nil {
				return err
			}
			held := len(wanted) == 0
			for _, s := range wanted {
				if err := oneOf("state", s, states()); err != nil {
					return err
				}
				if outbox.State(s) == outbox.Held {
					held = true
				} else {
					filter.States = append(filter.States, outbox.State(s))
				}
			}
			if kind != "" {
				if err := oneOf("kind", kind, kinds()); err != nil {
					return err
				}
				filter.Kind = plan.Kind(kind)
			}
			read := func(o relay.Outbox, most int) (listing, error) {
				f := filter
				f.Limit = most
				if older > 0 {
					f.Before = p.now().Add(-older)
				}
				l, err := newListing(cmd.Context(), o, f, held, len(wanted) == 0 || len(filter.States) > 0)
				if err != nil {
					err = unreachable(err)
				}
				return l, err
			}
			if watch {
				return p.watchQueue(cmd.Context(), read)
			}
			return p.useOutbox(cmd.Context(), func(o relay.Outbox) error {
				l, err := read(o, 0)
				if err != nil {
					return err
				}
				if asJSON {
					return p.printJSON(l.rows())
				}
				return p.writeListing(l)
			})
		},
	}
	cmd.Flags().StringSliceVar(&wanted, "state", nil, "only these `states`: queued, sending, done, dead, skipped; held pushes (default: queued, sending, dead, held)")
	p.siteFlag(cmd, &filter.Site)
	cmd.Flags().StringVar(&filter.Issue, "issue", "", "only this issue's")
	cmd.Flags().StringVar(&filter.Repository, "repository", "", "only this repository's, `group/name`")
	cmd.Flags().StringVar(&kind, "kind", "", "only this `kind`: comment, link, worklog, transition, development")
	cmd.Flags().DurationVar(&older, "older", 0, "only what was queued longer ago, such as 24h")
	cmd.Flags().StringVar(&filter.Push, "push", "", "only this push's")
	cmd.Flags().BoolVar(&asJSON, "json", false, "for scripts; the shape is stable")
	cmd.Flags().BoolVar(&watch, "watch", false, "show it as it changes, until Ctrl-C")
	cmd.MarkFlagsMutuallyExclusive("json", "watch")
	return cmd
}

// listing is what queue list shows.
type listing struct {
	several bool // Jiras are configured
	actions []outbox.Report
	held    []outbox.HeldPush
	paused  []outbox.Site
	bad     []spool.BadPush
	later   []spool.BadPush // for a worker
	aside   []string        // damaged databases
}

func newListing(ctx context.Context, o relay.Outbox, f outbox.Filter, held, actions bool) (l listing, err error) {
	l.several = len(o.Config.Sites) > 0
	if actions {
		if l.actions, err = o.List(ctx, f); err != nil {
			return l, err
		}
	}
	if held && f.Issue == "" && f.Kind == "" && f.Site == "" {
		if l.held, err = o.HeldPushes(ctx); err != nil {
			return l, err
		}
		l.held = slices.DeleteFunc(l.held, func(h outbox.HeldPush) bool {
			return f.Repository != "" && h.Repository != f.Repository || f.Push != "" && h.Push != f.Push ||
				!f.Before.IsZero() && !h.Time.Before(f.Before)
		})
	}
	if l.paused, err = o.Sites(ctx); err != nil {
		return l, err
	}
	l.paused = slices.DeleteFunc(l.paused, func(s outbox.Site) bool { return s.Pause == "" || f.Site != "" && s.Name != f.Site })
	if l.bad, err = o.Spool.Bad(); err != nil {
		return l, err
	}
	if l.later, err = o.Spool.Aside(); err != nil {
		return l, err
	}
	l.aside, err = store.Aside(o.Config.Outbox.Dir)
	return l, err
}

// rows are those of --json. A held push has no issue and no kind.
func (l listing) rows() []queued {
	rows := []queued{}
	for _, r := range l.actions {
		rows = append(rows, rowOf(r))
	}
	for _, h := range l.held {
		rows = append(rows, queued{Issues: []string{}, ID: h.Push, State: string(outbox.Held), Error: h.Why, Repository: h.Repository, Pusher: h.Pusher, Since: words.Stamp(h.Time)})
	}
	return rows
}

func rowOf(r outbox.Report) queued {
	return queued{r.ID, r.Issue, r.Kind, string(r.State), r.Attempts, words.Stamp(r.Next), r.Problem, r.Repository, r.Pusher, words.Stamp(r.Queued), words.Stamp(r.Settled), r.Commit, append([]string{}, r.Concerns...), r.Site}
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
	return wiki.OneLine(s)
}
