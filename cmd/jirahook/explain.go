package main

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"jirahook/config"
	"jirahook/hooks"
	"jirahook/plan"
	"jirahook/push"
	"jirahook/repo"
)

func (p *process) explainCommand() *cobra.Command {
	var message, branch, site string
	var asJSON, askJira bool
	cmd := &cobra.Command{
		Use:   "explain [RANGE]",
		Short: "Show what a message, a range or a push would do in Jira, and why",
		Long: `Explain shows the plan for a message (-m), for the commits of a range, or for
the ref lines on standard input, as a post-receive hook gets them. It sends
nothing and asks nobody: what was done before is not known to it.

A message is planned as one new commit that arrives on the default branch, or
on that of --branch, and so are the commits of a range. A branch that the
repository does not have is planned as created.

What looks like a key, a command or a closing and does nothing is listed with
its reason, at most 1,000 things.

With --ask-jira Jira is asked what the actions would meet there now: of each issue
its status, of each transition which one it would be, and why it would not be made.
Nothing is changed, there or on disk.

With --json each action tells the configuration's key that made it (rule) and
where that is set (from).`,
		Example: `  jirahook explain -m "Closes SHOP-12"
  jirahook explain origin/main..HEAD
  jirahook explain --branch feature/SHOP-12-cart -m "SHOP-12 #time 2h"
  echo "$old $new refs/heads/main" | jirahook explain --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			pushed, loaded, err := p.toExplain(cmd.Context(), args, message, cmd.Flags().Changed("message"), branch)
			if err != nil {
				return err
			}
			rules, err := plan.Compile(loaded.Config)
			if err != nil {
				return err
			}
			planned := rules.Explain(pushed, plan.Known{})
			for i := range planned.Ignored {
				if cmd.Flags().Changed("message") {
					planned.Ignored[i].Commit = "" // it is none
				}
			}
			if site, err = p.siteNamed(site); err != nil {
				return err
			}
			if site != "" {
				planned = planned.At(site)
			}
			return p.writeExplained(cmd.Context(), planned, loaded, asJSON, askJira)
		},
	}
	cmd.Flags().StringVarP(&message, "message", "m", "", "explain this `text` as a commit message")
	p.siteFlag(cmd, &site)
	cmd.Flags().StringVar(&branch, "branch", "", "the message, or the commits of the range, arrive on the branch `name`")
	cmd.Flags().BoolVar(&askJira, "ask-jira", false, "ask Jira what the actions would meet there")
	cmd.Flags().BoolVar(&asJSON, "json", false, "for scripts; the shape is stable")
	return cmd
}

// askingTime bounds what is asked of Jira for one plan.
const askingTime = 2 * time.Minute

// writeExplained prints a plan, and what its actions would meet in Jira if that is to
// be asked: the plan is printed even if Jira does not answer.
func (p *process) writeExplained(ctx context.Context, planned plan.Plan, loaded config.Loaded, asJSON, askJira bool) error {
	if !asJSON {
		if err := planned.WriteText(p.stdout); err != nil {
			return err
		}
	}
	var away error
	if askJira && len(planned.Actions) > 0 {
		ctx, cancel := context.WithTimeout(ctx, askingTime)
		defer cancel()
		planned.Outlooks, away = p.relay().Ask(ctx, planned.Actions)
	}
	var err error
	if asJSON {
		err = planned.WriteJSON(p.stdout, loaded.From)
	} else {
		err = planned.WriteOutlooks(p.stdout)
	}
	if err == nil && away != nil {
		err = unreachable(away)
	}
	return err
}

// toExplain makes the push that is asked about, and reads the configuration for it.
func (p *process) toExplain(ctx context.Context, args []string, message string, hasMessage bool, branch string) (push.Push, config.Loaded, error) {
	env := hooks.ReadEnvironment(p.environ, p.dir)
	r, repoErr := repo.Open(env.Dir, p.environ)
	if hasMessage && repoErr != nil {
		env.Dir = "" // a message needs no repository
	}
	loaded, path, err := p.loadOrDefault(env.Path, env.Dir)
	if err != nil {
		return push.Push{}, loaded, err
	}
	pushed := push.Push{ID: "explain", Time: p.now(), Repository: push.Repository{ID: path, Path: path, Dir: env.Dir}, Pusher: env.Pusher}
	switch {
	case hasMessage && len(args) > 0:
		return pushed, loaded, errors.New("give a message or a range, not both")
	case hasMessage:
		p.explainMessage(&pushed, r, repoErr, message)
	case repoErr != nil:
		return pushed, loaded, repoErr
	case len(args) > 0:
		err = explainRange(ctx, &pushed, r, args[0])
	case branch != "":
		return pushed, loaded, errors.New("ref lines name their branches themselves: --branch is for a message or a range")
	default:
		err = p.explainUpdates(ctx, &pushed, r)
	}
	if branch != "" && err == nil {
		arriveOn(ctx, &pushed, r, branch)
	}
	return pushed, loaded, err
}

// arriveOn makes a branch of that name what was pushed; r is nil where there is
// no repository.
func arriveOn(ctx context.Context, pushed *push.Push, r *repo.Repository, branch string) {
	for i := range pushed.Commits {
		pushed.Commits[i].Branch, pushed.Commits[i].Arrives = branch, []string{branch}
	}
	if len(pushed.Commits) == 0 {
		return
	}
	u := push.Update{New: pushed.Commits[len(pushed.Commits)-1].ID, Ref: "refs/heads/" + branch}
	if r != nil {
		if tip, err := r.Commit(ctx, u.Ref); err == nil {
			u.Old = tip
		}
	}
	pushed.Updates = []push.Update{u}
}

// loadOrDefault loads the configuration. Without any file the defaults serve, so
// that a message can be tried before anything is set up.
func (p *process) loadOrDefault(path, dir string) (config.Loaded, string, error) {
	loaded, path, err := p.relay().Load(path, dir)
	if err != nil && !p.place().Named && errors.Is(err, fs.ErrNotExist) {
		loaded.Config, err = config.Default(), nil
	}
	return loaded, path, err
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
