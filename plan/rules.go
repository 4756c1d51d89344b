package plan

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"jirahook/config"
	"jirahook/parser"
	"jirahook/push"
)

// Rules are a configuration made ready to plan by.
type Rules struct {
	Config config.Config
	Parser *parser.Parser

	visibility Visibility
}

// Compile makes a configuration ready. Its patterns have been checked by
// package config; an error here names one that was not.
func Compile(cfg config.Config) (*Rules, error) {
	p, err := parser.New(parser.Options{
		ProjectPattern: cfg.KeyPattern,
		Prefix:         cfg.KeyPrefix,
		Projects:       cfg.Projects.Keys,
		BrowseURL:      cfg.Jira.URL,
		Closing:        cfg.Keywords.Closing,
		TypesClose:     cfg.Keywords.Conventional == "close",
		Multiline:      cfg.SmartCommits.Multiline,
	})
	if err != nil {
		return nil, fmt.Errorf("compile the key rule: %w", err)
	}
	return &Rules{Config: cfg, Parser: p, visibility: visibility(cfg.Mentions)}, nil
}

// HoldsKey reports whether a commit's message, or the name of its branch, holds
// anything like a key, of whatever project. If it does not, the message can be
// left out.
func (r *Rules) HoldsKey(c push.Commit) bool {
	if r.Parser.HoldsKey(c.Message) || r.Parser.HoldsKey(c.Branch) {
		return true
	}
	if strings.Contains(c.Message, parser.Notice) {
		return true // what it reverts may have closed an issue
	}
	// A merge names its branch.
	subject, _, _ := strings.Cut(c.Message, "\n")
	return strings.HasPrefix(subject, "Merge") && r.HoldsBranchKey(subject)
}

// HoldsBranchKey reports whether the name of a branch holds anything like a key,
// of whatever project.
func (r *Rules) HoldsBranchKey(name string) bool {
	return r.Parser.HoldsBranchKey(name, r.Config.Branches.IgnoreCase)
}

func (r *Rules) branchKeys(name string) []string {
	return r.Parser.BranchKeys(name, r.Config.Branches.IgnoreCase)
}

// Unlisted returns the projects of keys in a push that are not on the list of
// projects, although they look like keys.
func (r *Rules) Unlisted(p push.Push) []string {
	cfg := r.Config
	if cfg.Projects.Keys == nil {
		return nil
	}
	cfg.Projects.Keys = nil
	open, err := Compile(cfg)
	if err != nil {
		return nil // cannot be: it compiled before
	}
	var unlisted []string
	seen := map[string]bool{}
	look := func(text string) {
		for _, k := range open.Parser.Keys(text) {
			project := projectOf(k)
			if !seen[project] && len(r.Parser.Keys(k)) == 0 {
				unlisted = append(unlisted, project)
			}
			seen[project] = true
		}
	}
	for _, c := range p.Commits {
		look(c.Message)
	}
	for _, u := range p.Updates {
		if branch, ok := u.Branch(); ok {
			look(branch)
		}
	}
	return unlisted
}

// projectOf is the part of a key before its number.
func projectOf(key string) string { return key[:max(0, strings.LastIndexByte(key, '-'))] }

// Plan decides what a push asks of Jira, however long that takes.
func (r *Rules) Plan(p push.Push, known Known) Plan {
	planned, _ := r.PlanWithin(context.Background(), p, known) // that one never ends
	return planned
}

// PlanWithin is Plan until the context ends; then the error is the context's
// cause, and the plan says only whose it is.
func (r *Rules) PlanWithin(ctx context.Context, p push.Push, known Known) (Plan, error) {
	messages := r.readMessages(ctx, p)
	planned := r.draft(ctx, p, messages, known)
	if known.FirstSeen.IsZero() {
		// Which commits speak depends on when the repository was first seen: ask
		// for all that might, had it been long ago.
		known.FirstSeen = time.Unix(0, 0)
		asking := r.draft(ctx, p, messages, known)
		planned.Asked, planned.AskedBefore, planned.Keys = asking.Asked, asking.AskedBefore, asking.Keys
	}
	if ctx.Err() != nil {
		return Plan{Push: p.ID, Repository: p.Repository.ID}, fmt.Errorf("plan the push: %w", context.Cause(ctx))
	}
	return planned, nil
}

// draft makes a plan. Once the context has ended nothing that grows with the push
// is done any more, and what comes out is worth nothing.
func (r *Rules) draft(ctx context.Context, p push.Push, messages []parser.Message, known Known) Plan {
	d := newDraft(r, p, known)
	d.ctx = ctx
	d.readCommits(messages)
	d.runCommands()
	d.comment()
	d.link()
	d.renew()
	for _, a := range d.pending {
		d.place(a)
	}
	d.applyTransitions()
	d.linkBranches()
	d.tellAge()
	d.tellReverted()
	d.tellIgnored()
	d.tellHint()
	d.hold()
	return d.plan()
}

// draft is a plan in the making.
type draft struct {
	*Rules
	ctx         context.Context
	push        push.Push
	updates     map[string]push.Update // of branches, by name
	branchNames map[string][]string    // the keys in them
	known       Known
	origin      Origin
	project     string // the project's path, for people
	links       links
	ledger      *ledger
	history     *history
	commits     []statement
	issues      []string // in the order in which they were met
	actions     map[string][]Action
	pending     []Action // commands, until the digests stand
	records     []Record // beside those of the actions
	notes       []Note
	old         []push.Commit // too old to act
	// uncommented: some of them make no comments either.
	uncommented bool
	held        string
}

func newDraft(r *Rules, p push.Push, known Known) *draft {
	h := historyOf(p)
	project := p.Repository.Path
	if r.Config.Server.Project != "" {
		project = r.Config.Server.Project
	}
	d := &draft{
		Rules:       r,
		push:        p,
		known:       known,
		origin:      Origin{Push: p.ID, Repository: p.Repository.Path, Dir: p.Repository.Dir, Pusher: p.Pusher.Name, Time: p.Time},
		project:     project,
		links:       linksTo(r.Config.Server, project),
		ledger:      newLedger(r.Config.Jira.URL, known, p.Gone, h),
		history:     h,
		actions:     map[string][]Action{},
		updates:     make(map[string]push.Update, len(p.Updates)),
		branchNames: map[string][]string{},
	}
	for _, u := range p.Updates {
		if branch, ok := u.Branch(); ok {
			d.updates[branch] = u
		}
	}
	if p.Truncated != "" {
		d.note("", "", "%s", p.Truncated)
	}
	return d
}

// over reports whether the time for planning has ended. All that is done for each
// commit, command, issue or branch asks it first.
func (d *draft) over() bool { return d.ctx.Err() != nil }

// put finishes an action and puts it on its issue's list.
func (d *draft) put(a Action, once ...string) { d.place(d.finish(a, once...)) }

// finish gives an action its once-only id, where it belongs and where it comes
// from, and takes in what it puts on record.
func (d *draft) finish(a Action, once ...string) Action {
	a.ID = d.onceID(a, once...)
	a.Site = d.Config.Jira.URL
	a.Origin = d.origin
	d.ledger.add(a.Records)
	return a
}

func (d *draft) place(a Action) {
	if _, ok := d.actions[a.Issue]; !ok {
		d.issues = append(d.issues, a.Issue)
	}
	d.actions[a.Issue] = append(d.actions[a.Issue], a)
}

// onceID comes from what the action is put on record for, unless once says
// better what makes it the only one.
func (d *draft) onceID(a Action, once ...string) string {
	parts := []string{d.Config.Jira.URL, a.Issue, string(a.Kind)}
	if len(once) > 0 {
		return idOf(append(parts, once...)...)
	}
	for _, r := range a.Records {
		parts = append(parts, r.ID, r.Commit)
	}
	return idOf(parts...)
}

func (d *draft) note(issue, commit, format string, args ...any) {
	d.notes = append(d.notes, Note{Issue: issue, Commit: commit, Text: fmt.Sprintf(format, args...)})
}

// hold stops a push that touches more issues than anybody would by hand: an
// import, or a branch with years of history.
func (d *draft) hold() {
	limit := d.Config.Limits.IssuesPerPush
	if limit > 0 && len(d.issues) > limit && !d.known.Released {
		d.held = fmt.Sprintf("touches %d issues, more than limits.issues_per_push (%d)", len(d.issues), limit)
	}
}

func (d *draft) plan() Plan {
	p := Plan{
		Push:           d.push.ID,
		Repository:     d.push.Repository.ID,
		RepositoryPath: d.push.Repository.Path,
		Pusher:         d.push.Pusher.Name,
		Time:           d.push.Time,
		Site:           d.Config.Jira.URL,
		Records:        append(d.records, d.ledger.caught...),
		Notes:          d.notes,
		Held:           d.held,
		Asked:          d.ledger.order,
		AskedBefore:    d.ledger.orderBefore,
		Keys:           d.keys(),
	}
	for _, c := range d.commits {
		if c.says() {
			p.Commits = append(p.Commits, c.reading())
		}
	}
	for _, issue := range d.issues {
		p.Actions = append(p.Actions, d.actions[issue]...)
	}
	return p
}

// keys are the issue keys that the push names.
func (d *draft) keys() []string {
	var keys []string
	seen := map[string]bool{}
	for _, c := range d.commits {
		for _, k := range c.Mentions {
			if !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// matches reports whether a branch is among globs, of which "default" means the
// repository's default branch. "" stands for no branch at all.
func (d *draft) matches(globs []string, branch string) bool {
	for _, g := range globs {
		if g == "default" && branch != "" && branch == d.push.Repository.DefaultBranch {
			return true
		}
		if ok, err := doublestar.Match(g, branch); err == nil && ok {
			return true
		}
	}
	return false
}
