package plan

import (
	"context"
	"fmt"

	"github.com/bmatcuk/doublestar/v4"

	"jirahook/push"
)

// draft is a plan in the making, of whatever happened.
type draft struct {
	*Rules
	ctx        context.Context
	repository push.Repository
	origin     Origin
	project    string // the project's path, for people
	links      links
	ledger     *ledger
	issues     []string // in the order in which they were met
	actions    map[string][]Action
	last       []Action // that are of no issue; the pusher reads about the others first
	records    []Record // beside those of the actions
	notes      []Note
	held       string
}

// newDraft is one for something that was done in a repository.
func newDraft(ctx context.Context, r *Rules, repository push.Repository, origin Origin, l *ledger) *draft {
	project := repository.Path
	if r.Config.Server.Project != "" {
		project = r.Config.Server.Project
	}
	origin.Repository, origin.Dir = repository.Path, repository.Dir
	return &draft{
		Rules:      r,
		ctx:        ctx,
		repository: repository,
		origin:     origin,
		project:    project,
		links:      linksTo(r.Config.Server, project),
		ledger:     l,
		actions:    map[string][]Action{},
	}
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
	a.Site = d.siteOf(a.Issue)
	a.Origin = d.origin
	d.ledger.add(a.Records)
	return a
}

func (d *draft) place(a Action) {
	if a.Issue == "" {
		d.last = append(d.last, a)
		return
	}
	if _, ok := d.actions[a.Issue]; !ok {
		d.issues = append(d.issues, a.Issue)
	}
	d.actions[a.Issue] = append(d.actions[a.Issue], a)
}

// onceID comes from what the action is put on record for, unless once says
// better what makes it the only one.
func (d *draft) onceID(a Action, once ...string) string {
	parts := []string{d.Config.Book(), a.Issue, string(a.Kind)}
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

// hold stops what touches more issues than anybody would by hand: an
// import, or a branch with years of history.
func (d *draft) hold(released bool) {
	limit := d.Config.Limits.IssuesPerPush
	if limit > 0 && len(d.issues) > limit && !released {
		d.held = fmt.Sprintf("touches %d issues, more than limits.issues_per_push (%d)", len(d.issues), limit)
	}
}

// plan is what there is for the outbox.
func (d *draft) plan() Plan {
	p := Plan{
		Push:           d.origin.Push,
		Repository:     d.repository.ID,
		RepositoryPath: d.repository.Path,
		Pusher:         d.origin.Pusher,
		Time:           d.origin.Time,
		Site:           d.site,
		Elsewhere:      d.elsewhere,
		Records:        append(d.records, d.ledger.caught...),
		Notes:          d.notes,
		Held:           d.held,
		Asked:          d.ledger.order,
		AskedBefore:    d.ledger.orderBefore,
	}
	for _, issue := range d.issues {
		p.Actions = append(p.Actions, d.actions[issue]...)
	}
	p.Actions = append(p.Actions, d.last...)
	return p
}

// matches reports whether a branch is among globs, of which "default" means the
// repository's default branch. "" stands for no branch at all.
func (d *draft) matches(globs []string, branch string) bool {
	for _, g := range globs {
		if g == "default" && branch != "" && branch == d.repository.DefaultBranch {
			return true
		}
		if ok, err := doublestar.Match(g, branch); err == nil && ok {
			return true
		}
	}
	return false
}
