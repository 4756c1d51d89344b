package plan

import (
	"context"

	"jirahook/parser"
	"jirahook/push"
)

// draftPush makes a plan. Once the context has ended nothing that grows with the push
// is done any more, and what comes out is worth nothing.
func (r *Rules) draftPush(ctx context.Context, p push.Push, messages []parser.Message, known Known) Plan {
	return r.drafted(ctx, p, messages, known).planned()
}

func (r *Rules) drafted(ctx context.Context, p push.Push, messages []parser.Message, known Known) *pushDraft {
	d := newPushDraft(ctx, r, p, known)
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
	d.hold(known.Released)
	return d
}

// planned is the plan that a finished draft comes to.
func (d *pushDraft) planned() Plan {
	planned := d.plan()
	planned.Keys = d.keys()
	if d.known.Asking {
		return planned
	}
	planned.Entities = d.entities()
	for _, c := range d.commits {
		if c.says() {
			planned.Commits = append(planned.Commits, c.reading())
		}
	}
	return planned
}

// pushDraft is the plan of a push.
type pushDraft struct {
	*draft
	push        push.Push
	updates     map[string]push.Update // of branches, by name
	branchNames map[string][]string    // the keys in them
	known       Known
	history     *history
	commits     []statement
	pending     []Action      // commands, until the digests stand
	old         []push.Commit // too old to act
	// uncommented: some of them make no comments either.
	uncommented bool
}

func newPushDraft(ctx context.Context, r *Rules, p push.Push, known Known) *pushDraft {
	h := historyOf(p)
	d := &pushDraft{
		draft: newDraft(ctx, r, p.Repository, Origin{Push: p.ID, Pusher: p.Pusher.Name, Time: p.Time},
			newLedger(r.Config.Book(), known, p, h)),
		push:        p,
		known:       known,
		history:     h,
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

// keys are the issue keys that the push names.
func (d *pushDraft) keys() []string {
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
