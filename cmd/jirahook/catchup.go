package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"jirahook/config"
	"jirahook/hooks"
	"jirahook/outbox"
	"jirahook/push"
	"jirahook/relay"
	"jirahook/repo"
	"jirahook/words"
)

func (p *process) catchUpCommand() *cobra.Command {
	var project, pusher, branch string
	cmd := &cobra.Command{
		Use:   "catch-up REPOSITORY [RANGE]",
		Short: "Tell Jira of a push that the hook has missed",
		Long: `Catch-up keeps and sends what a push would have: one that came while the hook was not
installed, or could not be kept. What Jira was told before is not told again.

RANGE is OLD..NEW: a branch NEW, or the default branch, went from OLD to NEW. With - in
its place it is ref lines on standard input, as a hook gets them. Without, it is what
the default branch got since the last push that is on record.

Nobody is taken for the pusher: where smart_commits.run_as asks who that is, give
--pusher.`,
		Example: `  jirahook catch-up /srv/git/shop.git
  jirahook catch-up /srv/git/shop.git 1a2b3c4..main
  echo "1a2b3c4d 5e6f7a8b refs/heads/main" | jirahook catch-up /srv/git/shop.git -`,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: folders,
		RunE: func(cmd *cobra.Command, args []string) error {
			env := hooks.Environment{Server: hooks.Local, Dir: config.Absolute(p.dir, args[0]), Path: project, Pusher: push.Pusher{Name: pusher}}
			if !repo.IsBare(env.Dir) {
				return fmt.Errorf("%s is no bare repository", env.Dir)
			}
			wanted := ""
			if len(args) > 1 {
				wanted = args[1]
			}
			return p.catchUp(cmd.Context(), env, wanted, branch)
		},
	}
	cmd.Flags().StringVar(&project, "project", "", "the repository's path as the server names it, `group/name` (default: by server.root)")
	cmd.Flags().StringVar(&pusher, "pusher", "", "the user `name` of who pushed")
	cmd.Flags().StringVar(&branch, "branch", "", "the `branch` that moved (default: the range's end, if that is one, else the default branch)")
	return cmd
}

func (p *process) catchUp(ctx context.Context, env hooks.Environment, wanted, branch string) error {
	source := p.place().Source(env.Path, env.Dir)
	env.Path = source.Project
	if _, err := p.becomeOwner(p.place().OutboxDir(env.Dir)); err != nil {
		return unreachable(err)
	}
	r, err := repo.Open(env.Dir, append(p.environ, "GIT_DIR="+env.Dir))
	if err != nil {
		return err
	}
	var last outbox.Pushed
	known := false
	err = p.useOutbox(ctx, func(o relay.Outbox) error {
		all, err := o.Pushed(ctx)
		last, known = outbox.FindPushed(all, env.Dir, env.Path)
		return err
	})
	if err != nil {
		return err
	}
	if known { // as the server's hook calls it
		env.ID = last.ID
	}
	var updates []push.Update
	switch {
	case wanted == "-":
		updates, err = push.ReadUpdates(p.stdin)
	case wanted != "":
		updates, err = updatesOf(ctx, r, wanted, branch)
	case !known:
		return exitStatus{exitUsage, errors.New("no push of this repository is on record: give a range, such as OLD..main")}
	default:
		updates, err = sinceLast(ctx, r, last, branch)
	}
	if err != nil {
		return err
	}
	if len(updates) == 0 {
		fmt.Fprintln(p.stdout, "nothing came since the last push that is on record, of "+words.Stamp(last.Last))
		return nil
	}
	for _, u := range updates {
		fmt.Fprintf(p.stdout, "%s: %.12s..%.12s\n", u.Ref, u.Old, u.New)
	}
	hook, end := p.newPostReceive()
	defer end()
	hook.Out, hook.Alone = p.stdout, true
	hook.Handle(ctx, env, updates)
	return nil
}

// updatesOf reads OLD..NEW.
func updatesOf(ctx context.Context, r *repo.Repository, wanted, branch string) ([]push.Update, error) {
	from, to, ok := strings.Cut(wanted, "..")
	if !ok || from == "" || to == "" || strings.HasPrefix(to, ".") {
		return nil, fmt.Errorf("%s is no range: OLD..NEW", wanted)
	}
	var err error
	if branch == "" {
		if branch = strings.TrimPrefix(to, "refs/heads/"); !r.HasBranch(ctx, branch) {
			if branch, err = r.DefaultBranch(); err != nil {
				return nil, err
			}
		}
	}
	u := push.Update{Ref: "refs/heads/" + branch}
	if u.Old, err = r.Commit(ctx, from); err != nil {
		return nil, err
	}
	if u.New, err = r.Commit(ctx, to); err != nil {
		return nil, err
	}
	return []push.Update{u}, nil
}

// sinceLast is what a branch got since the last push; none: nothing.
func sinceLast(ctx context.Context, r *repo.Repository, last outbox.Pushed, branch string) ([]push.Update, error) {
	var err error
	if branch == "" {
		if branch, err = r.DefaultBranch(); err != nil {
			return nil, err
		}
	}
	u := push.Update{Ref: "refs/heads/" + branch}
	if u.New, err = r.Commit(ctx, u.Ref); err != nil {
		return nil, err
	}
	if u.Old, err = r.Before(ctx, branch, last.Last); err != nil {
		return nil, err
	}
	switch u.Old {
	case u.New:
		return nil, nil
	case "":
		return nil, fmt.Errorf("all commits of %s are newer than the last push that is on record: give a range", branch)
	}
	return []push.Update{u}, nil
}
