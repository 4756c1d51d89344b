// Package hooks is what a Git server runs: from ref lines on standard input to
// words for the pusher. It knows the servers' environments.
//
//	environment.go  which server, repository and pusher
//	facts.go        what is read from the repository
//	postreceive.go  the flow: read, keep, deliver, report
//	report.go       the words for the pusher; rows.go: a row for each issue;
//	                columns.go: what fits on a line
package hooks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"time"

	"jirahook/config"
	"jirahook/event"
	"jirahook/outbox"
	"jirahook/outbox/spool"
	"jirahook/plan"
	"jirahook/push"
	"jirahook/repo"
)

// PostReceive is one run of the post-receive hook (githooks(5)).
type PostReceive struct {
	Environ []string
	Dir     string // current folder
	Stdin   io.Reader
	Out     io.Writer // the pusher's terminal
	Now     func() time.Time
	Random  io.Reader
	PID     int
	Log     *slog.Logger

	// Load reads the configuration of a repository; path is "" where the server
	// does not name one. It returns the path that it used.
	Load func(path, dir string) (config.Config, string, error)
	// OutboxDir is the outbox's folder even when the configuration is broken.
	OutboxDir func(dir string) string
	// AsOwner is called when the repository has been read, and before anything is
	// done to the outbox: a hook of root's goes on as the account that it belongs to.
	AsOwner func(dir string) error
	// Pasted gives words for people in which commands of ours can be pasted; nil: they
	// can as they are.
	Pasted func(words string) string
	// Alone: commits are told that other refs have reached since; see repo.Options.
	Alone bool
	// Deliver takes in what is kept, sends this push's actions to Jira until the
	// context ends, and tells what became of them.
	Deliver func(ctx context.Context, cfg config.Config, p push.Push) (outbox.PushReport, error)
	// Afterwards is called when the pusher has been told, in what is left of the
	// time.
	Afterwards func(ctx context.Context)
}

// Run handles one push. It never fails: the push has happened, and on GitLab a
// failing hook would stop those that come after it. What goes wrong is told to
// the pusher in a line and to the log in full.
func (h PostReceive) Run(ctx context.Context) {
	say := reporter{h.Out, h.Pasted}
	updates, err := push.ReadUpdates(h.Stdin)
	if err != nil {
		h.Log.Error("read standard input", "error", err)
		say.say(wordsBadInput)
		return
	}
	h.Handle(ctx, ReadEnvironment(h.Environ, h.Dir), updates)
}

// Handle is Run for somebody who knows what was pushed where.
func (h PostReceive) Handle(ctx context.Context, env Environment, updates []push.Update) {
	say := reporter{h.Out, h.Pasted}
	log := h.Log.With("repository", env.Dir, "request", env.Request)
	if env.Leave != "" || env.Skip() || len(updates) == 0 {
		log.Debug("left alone", "why", env.Leave)
		return
	}

	cfg, path, configErr := h.Load(env.Path, env.Dir)
	var rules *plan.Rules
	if configErr == nil {
		rules, configErr = plan.Compile(cfg)
	}
	if configErr != nil {
		log.Error("read the configuration", "error", configErr)
		cfg = config.Default() // what is kept now is planned later, by the repaired file
		cfg.Outbox.Dir = h.OutboxDir(env.Dir)
		path = "" // the repaired file says what the project is called
		var err error
		if rules, err = plan.Compile(cfg); err != nil {
			log.Error("compile what is built in", "error", err)
			say.say(wordsNotRead)
			return
		}
	}
	p := h.newPush(env, path, updates)
	if err := h.read(ctx, log, &p, rules); err != nil {
		log.Error("read the push", "error", err, "advice", catchUp(env.Dir, updates))
		say.say(wordsNotRead)
		return
	}
	// By which rule a text is like a key, a broken configuration cannot say.
	if configErr == nil {
		whole := p
		if p.Commits = trim(p.Commits, rules); !anyKey(p, rules) {
			if !env.Web {
				say.say("%s", rules.Hint(whole))
			}
			return
		}
	}
	if err := h.AsOwner(cfg.Outbox.Dir); err != nil {
		log.Warn("become the outbox's owner", "error", err)
	}
	if err := keep(cfg.Outbox.Dir, p); err != nil {
		log.Error("keep the push", "error", err, "advice", catchUp(env.Dir, updates))
		say.notKept(err)
		return
	}
	switch {
	case configErr != nil:
		say.say(wordsConfigBroken)
	case env.Web:
		// Nobody reads our words, and a person waits for the page.
	default:
		h.tell(ctx, say, log, cfg, rules, p)
	}
}

// tell delivers what is kept, and reports. A fault from here on costs words
// only.
func (h PostReceive) tell(ctx context.Context, say reporter, log *slog.Logger, cfg config.Config, rules *plan.Rules, p push.Push) {
	defer func() {
		if fault := recover(); fault != nil {
			log.Error("fault after the push was kept", "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
			say.say(wordsFault)
		}
	}()
	promise := func(why string) {
		ctx, cancel := context.WithTimeout(ctx, wordsTime)
		defer cancel()
		keys, whole := rules.Named(ctx, p)
		say.named(keys, whole, cfg.Limits.IssuesPerPush, p, why)
	}
	if isSmall(p) {
		within, cancel := context.WithTimeout(ctx, wordsTime)
		defer cancel()
		planned, err := rules.PlanWithin(within, p, plan.Known{})
		newProject := cfg.Projects.Auto && len(rules.Unlisted(p)) > 0
		if err == nil && len(planned.Actions) == 0 && len(planned.Notes) == 0 && len(planned.Asked) == 0 && !newProject {
			return // kept all the same: the configuration may be another one by then
		}
		if err == nil {
			promise = func(why string) { say.promise(planned, why) }
		}
	}
	if cfg.Delivery.Wait <= 0 {
		promise("")
		return
	}
	h.deliver(ctx, say, log, cfg, p, promise)
}

const (
	// wordsTime is what may be spent on words alone.
	wordsTime = time.Second / 2
	// A push with no more than that is planned only to word what waits. Of a larger
	// one its issues are counted.
	smallCommits = 200
	smallText    = 256 << 10 // bytes
)

func isSmall(p push.Push) bool {
	text := 0
	for _, c := range p.Commits {
		text += len(c.Message)
	}
	return len(p.Commits) <= smallCommits && text <= smallText
}

func (h PostReceive) newPush(env Environment, path string, updates []push.Update) push.Push {
	if env.Path != "" {
		path = env.Path
	}
	id := env.ID
	if id == "" {
		id = env.Dir // two projects may have the same name
	}
	now := h.Now()
	return push.Push{
		ID:         spool.NewID(now, h.PID, h.Random, id),
		Time:       now,
		Repository: push.Repository{ID: id, Path: path, Dir: env.Dir},
		Pusher:     env.Pusher,
		Updates:    updates,
	}
}

// readingTime bounds what is read of a repository, whatever is wrong with it.
const readingTime = 5 * time.Minute

// read fills in what the push brought. Gitaly ends hooks whose client has gone
// away; that must stop the waiting for Jira, not lose the push.
func (h PostReceive) read(ctx context.Context, log *slog.Logger, p *push.Push, rules *plan.Rules) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readingTime)
	defer cancel()
	r, err := repo.Open(p.Repository.Dir, h.Environ)
	if err != nil {
		return err
	}
	return readFacts(ctx, log, r, p, rules, repo.Options{Alone: h.Alone})
}

// keep writes the spool file. From then on nothing loses the push.
func keep(dir string, p push.Push) error {
	kept, err := spool.Open(dir)
	if err != nil {
		return err
	}
	return kept.Keep(p.ID, func(w io.Writer) error { return event.Encode(w, event.Event{Push: &p}) })
}

// deliver waits for Jira, but no longer than delivery.wait. Where there is nothing to
// report, promise tells what waits, and why.
func (h PostReceive) deliver(ctx context.Context, say reporter, log *slog.Logger, cfg config.Config, p push.Push, promise func(why string)) {
	ctx, cancel := context.WithTimeout(ctx, cfg.Delivery.Wait)
	defer cancel()
	report, err := h.Deliver(ctx, cfg, p)
	if errors.Is(err, outbox.ErrAside) {
		log.Warn("deliver", "error", err)
		promise(wordsAside)
		return
	}
	if err != nil {
		log.Error("deliver", "error", err)
		promise(wordsOutboxTrouble)
		return
	}
	say.report(cfg, report)
	h.Afterwards(ctx)
}

// catchUp is how an admin makes up for a push.
func catchUp(dir string, updates []push.Update) string {
	words := "jirahook catch-up " + dir
	if len(updates) == 1 && !updates[0].Created() && !updates[0].Deleted() {
		return words + " " + updates[0].Old + ".." + updates[0].New
	}
	return words + " -, with the ref lines on standard input"
}
