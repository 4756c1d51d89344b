package main

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"jirahook/config"
	"jirahook/hooks"
	"jirahook/plan"
	"jirahook/push"
	"jirahook/repo"
)

func (p *process) explainCommand() *cobra.Command {
	var message string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain [RANGE]",
		Short: "Show what a message, a range or a push would do in Jira, and why",
		Long: `Explain shows the plan for a message (-m), for the commits of a range, or for
the ref lines on standard input, as a post-receive hook gets them. It sends
nothing and asks nobody: what was done before is not known to it.

A message is planned as one new commit that arrives on the default branch, and
so are the commits of a range.`,
		Example: `  jirahook explain -m "Closes SHOP-12"
  jirahook explain origin/main..HEAD
  echo "$old $new refs/heads/main" | jirahook explain --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			pushed, rules, err := p.toExplain(cmd.Context(), args, message, cmd.Flags().Changed("message"))
			if err != nil {
				return err
			}
			planned := rules.Plan(pushed, plan.Known{})
			if asJSON {
				return planned.WriteJSON(p.stdout)
			}
			return planned.WriteText(p.stdout)
		},
	}
	cmd.Flags().StringVarP(&message, "message", "m", "", "explain this `text` as a commit message")
	cmd.Flags().BoolVar(&asJSON, "json", false, "for scripts; the shape is stable")
	return cmd
}

// toExplain makes the push that is asked about, and the rules for it.
func (p *process) toExplain(ctx context.Context, args []string, message string, hasMessage bool) (push.Push, *plan.Rules, error) {
	env := hooks.ReadEnvironment(p.environ, p.dir)
	r, repoErr := repo.Open(env.Dir, p.environ)
	if hasMessage && repoErr != nil {
		env.Dir = "" // a message needs no repository
	}
	rules, path, err := p.rulesFor(env.Path, env.Dir)
	if err != nil {
		return push.Push{}, nil, err
	}
	pushed := push.Push{ID: "explain", Time: p.now(), Repository: push.Repository{ID: path, Path: path, Dir: env.Dir}, Pusher: env.Pusher}
	if hasMessage {
		if len(args) > 0 {
			return push.Push{}, nil, errors.New("give a message or a range, not both")
		}
		p.explainMessage(&pushed, r, repoErr, message)
		return pushed, rules, nil
	}
	if repoErr != nil {
		return push.Push{}, nil, repoErr
	}
	if len(args) > 0 {
		err = explainRange(ctx, &pushed, r, args[0])
	} else {
		err = p.explainUpdates(ctx, &pushed, r)
	}
	return pushed, rules, err
}

// rulesFor compiles the configuration. Without any file the defaults serve, so
// that a message can be tried before anything is set up.
func (p *process) rulesFor(path, dir string) (*plan.Rules, string, error) {
	loaded, path, err := p.load(path, dir)
	switch {
	case err == nil:
	case !p.configNamed() && errors.Is(err, fs.ErrNotExist):
		loaded.Config = config.Default()
	default:
		return nil, path, err
	}
	rules, err := plan.Compile(loaded.Config)
	return rules, path, err
}

func (p *process) explainMessage(pushed *push.Push, r *repo.Repository, repoErr error, message string) {
	branch := "main"
	if repoErr == nil {
		if b, err := r.DefaultBranch(); err == nil && b != "" {
			branch = b
		}
	}
	id := sha1.Sum([]byte(message))
	who := push.Signature{Name: "You", Email: "you@example.com", When: p.now()}
	pushed.Repository.DefaultBranch = branch
	pushed.Commits = []push.Commit{{
		ID: hex.EncodeToString(id[:]), Author: who, Committer: who, Message: message,
		New: true, Arrives: []string{branch}, Branch: branch,
	}}
}

func explainRange(ctx context.Context, pushed *push.Push, r *repo.Repository, revisions string) error {
	branch, err := r.DefaultBranch()
	if err != nil {
		return err
	}
	pushed.Repository.DefaultBranch = branch
	pushed.Commits, err = r.Range(ctx, strings.Fields(revisions))
	return err
}

func (p *process) explainUpdates(ctx context.Context, pushed *push.Push, r *repo.Repository) error {
	updates, err := push.ReadUpdates(p.stdin)
	if err != nil {
		return err
	}
	pushed.Updates = updates
	facts, err := r.Read(ctx, updates, repo.Options{})
	if err != nil {
		return fmt.Errorf("read the pushed commits: %w", err)
	}
	pushed.Repository.DefaultBranch = facts.DefaultBranch
	pushed.Commits, pushed.Merged, pushed.Truncated = facts.Commits, facts.Merged, facts.Truncated
	return nil
}
