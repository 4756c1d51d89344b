package main

import (
	"context"
	"crypto/rand"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"jirahook/config"
	"jirahook/hooks"
	"jirahook/outbox"
	"jirahook/push"
)

func (p *process) postReceiveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "post-receive",
		Short: "The hook that Git servers run after a push (githooks(5))",
		Long: `Post-receive reads ref lines on standard input, keeps what the push brought,
tells Jira and the pusher. It always ends with exit code 0. A link to this
program that is called post-receive, or lies in post-receive.d, does the same.`,
		Args: cobra.ArbitraryArgs, // nothing makes it fail
		RunE: func(cmd *cobra.Command, _ []string) error {
			p.postReceive(cmd.Context())
			return nil
		},
	}
}

func (p *process) postReceive(ctx context.Context) {
	// A hook is over before there is much garbage: collecting it would cost the
	// pusher more than the memory, up to the limit.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(96 << 20)
	hook, done := p.newPostReceive()
	defer done()
	hook.Run(ctx)
}

// newPostReceive is the hook with all that it needs; done is to be called at its end.
func (p *process) newPostReceive() (hook hooks.PostReceive, done func()) {
	log, done := p.openLog(func() string { return p.place().OutboxDir(p.dir) })
	r := p.relay()
	inline := r.Inline(log)
	var notOwner error
	return hooks.PostReceive{
		Environ: p.environ,
		Dir:     p.dir,
		Stdin:   p.stdin,
		// Both streams reach the pusher; on GitLab their order is lost between
		// two pipes, so there is one.
		Out:    p.stderr,
		Now:    p.now,
		Random: rand.Reader,
		PID:    os.Getpid(),
		Log:    log,
		Pasted: p.pasted,
		Load: func(path, dir string) (config.Config, string, error) {
			loaded, path, err := r.Load(path, dir)
			for _, w := range loaded.Warnings {
				log.Warn("configuration", "warning", w.String())
			}
			return loaded.Config, path, err
		},
		OutboxDir: p.place().OutboxDir,
		AsOwner: func(dir string) error {
			_, notOwner = p.becomeOwner(dir)
			return notOwner
		},
		Deliver: func(ctx context.Context, cfg config.Config, pushed push.Push) (outbox.PushReport, error) {
			if notOwner != nil { // SQLite opens its files by name, and would follow links
				return outbox.PushReport{}, notOwner
			}
			return inline.Deliver(ctx, cfg, pushed)
		},
		Afterwards: inline.Afterwards,
	}, done
}
