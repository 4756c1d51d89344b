package main

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"jirahook/install"
	"jirahook/outbox"
	"jirahook/outbox/spool"
	"jirahook/relay"
	"jirahook/wiki"
)

const (
	// completeWithin is how long somebody who has pressed Tab is kept waiting.
	completeWithin = 2 * time.Second
	// maxOffered is how many things of the queue are offered.
	maxOffered = 200
)

// completeFlags lets shells complete the words of a command's flags, and of those of
// all below it. What a flag takes stands in back quotes in its usage: files and
// folders are the shell's; words are ours.
func (p *process) completeFlags(c *cobra.Command) {
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		complete := p.flagWords(c, f)
		if complete == nil {
			return
		}
		if _, there := c.GetFlagCompletionFunc(f.Name); !there {
			_ = c.RegisterFlagCompletionFunc(f.Name, complete) // the flag is there
		}
	})
	for _, sub := range c.Commands() {
		p.completeFlags(sub)
	}
}

// flagWords completes what a flag takes; nil: nobody but who types knows it.
func (p *process) flagWords(c *cobra.Command, f *pflag.Flag) cobra.CompletionFunc {
	switch what, _ := pflag.UnquoteUsage(f); what {
	case "file":
		return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		}
	case "folder":
		return folders
	}
	switch f.Name {
	case "state":
		return listOf(func(context.Context) []string { return wordsOf(states()) })
	case "projects":
		return listOf(p.projectKeys)
	case "kind":
		return oneAmong(wordsOf(kinds()))
	case "server":
		return oneAmong(wordsOf(install.Servers()))
	case "scope":
		return oneAmong(wordsOf(install.Scopes()))
	case "worker":
		return oneAmong(wordsOf(install.Runners()))
	case "log-format":
		return oneAmong([]string{"text", "json"})
	case "log-level":
		return oneAmong([]string{"debug", "info", "warn", "error"})
	case "issue":
		return p.inQueue(func(o *outbox.Outbox, ctx context.Context) ([]string, error) {
			all, err := o.List(ctx, outbox.Filter{Limit: maxOffered})
			return distinct(all, func(r outbox.Report) string { return r.Issue }), err
		})
	case "push":
		return p.inQueue(func(o *outbox.Outbox, ctx context.Context) ([]string, error) {
			all, err := o.List(ctx, outbox.Filter{Limit: maxOffered})
			return distinct(all, func(r outbox.Report) string { return r.Push }), err
		})
	case "repository", "project":
		return p.inQueue(func(o *outbox.Outbox, ctx context.Context) ([]string, error) {
			all, err := o.Pushed(ctx)
			return distinct(all, func(r outbox.Pushed) string { return r.Path }), err
		})
	}
	return nil
}

func folders(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

func oneAmong(words []string) cobra.CompletionFunc {
	return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
}

// listOf completes the last word of a list with commas; a word that stands there
// already is not offered again.
func listOf(words func(context.Context) []string) cobra.CompletionFunc {
	return func(c *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(c.Context(), completeWithin)
		defer cancel()
		before := typed[:strings.LastIndexByte(typed, ',')+1]
		there := strings.Split(before, ",")
		var all []cobra.Completion
		for _, word := range words(ctx) {
			if !slices.Contains(there, word) {
				all = append(all, before+word)
			}
		}
		return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

func wordsOf[T ~string](list []T) []string {
	var all []string
	for _, w := range list {
		all = append(all, string(w))
	}
	return all
}

// distinct are the names of things, each once.
func distinct[T any](list []T, name func(T) string) []string {
	var all []string
	seen := map[string]bool{}
	for _, t := range list {
		if n := name(t); n != "" && !seen[n] {
			seen[n] = true
			all = append(all, n)
		}
	}
	return all
}

// projectKeys are those that count, as far as they are known without Jira.
func (p *process) projectKeys(context.Context) []string {
	cfg, err := p.ownConfig()
	if err != nil {
		return nil
	}
	return relay.KnownProjects(cfg).Keys
}

// inQueue completes from the outbox, which it only reads. Whatever is wrong there,
// somebody who presses Tab is told by the command itself.
func (p *process) inQueue(read func(*outbox.Outbox, context.Context) ([]string, error)) cobra.CompletionFunc {
	return func(c *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var words []string
		p.peek(c.Context(), func(o *outbox.Outbox, ctx context.Context) (err error) {
			words, err = read(o, ctx)
			return err
		})
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

func (p *process) peek(ctx context.Context, read func(*outbox.Outbox, context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, completeWithin)
	defer cancel()
	cfg, err := p.ownConfig()
	if err != nil {
		return
	}
	_ = outbox.Peek(ctx, p.relay().OutboxOptions(cfg, slog.New(slog.DiscardHandler)), func(o *outbox.Outbox) error { return read(o, ctx) })
}

// ids are what a command of queue may be told to look at or act on.
type ids struct {
	states       []outbox.State // of actions
	held, inFile bool           // held pushes; pushes that could not be taken in
	several      bool           // any number of them
}

func (p *process) completeIDs(which ids) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 && !which.several {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var all []cobra.Completion
		offer := func(id string, about ...string) {
			if strings.HasPrefix(id, typed) && !slices.Contains(args, id) {
				all = append(all, cobra.CompletionWithDesc(id, wiki.OneLine(strings.Join(about, " "))))
			}
		}
		p.peek(c.Context(), func(o *outbox.Outbox, ctx context.Context) error {
			if len(which.states) > 0 {
				found, err := o.List(ctx, outbox.Filter{States: which.states, Begins: typed, Limit: maxOffered})
				for _, r := range found {
					id := shortID(r.ID)
					if len(typed) > len(id) {
						id = r.ID
					}
					offer(id, string(r.State), r.Issue, r.Text)
				}
				if err != nil {
					return err
				}
			}
			if !which.held {
				return nil
			}
			held, err := o.HeldPushes(ctx)
			for _, h := range held {
				offer(h.Push, string(outbox.Held), h.Repository, "by", orUnknown(h.Pusher))
			}
			return err
		})
		if which.inFile {
			p.offerAside(offer)
		}
		return all, cobra.ShellCompDirectiveNoFileComp
	}
}

func (p *process) offerAside(offer func(id string, about ...string)) {
	cfg, err := p.ownConfig()
	if err != nil {
		return
	}
	kept := spool.Peek(cfg.Outbox.Dir)
	for _, list := range []func() ([]spool.BadPush, error){kept.Bad, kept.Aside} {
		found, _ := list() // what cannot be read is not offered
		for _, b := range found {
			offer(b.Push, "set aside:", b.Why)
		}
	}
}

// completeSites completes a Jira that was ever spoken to.
func (p *process) completeSites(c *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return p.inQueue(func(o *outbox.Outbox, ctx context.Context) ([]string, error) {
		sites, err := o.Sites(ctx)
		return distinct(sites, func(s outbox.Site) string { return s.Name }), err
	})(c, args, typed)
}
