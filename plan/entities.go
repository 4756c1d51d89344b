package plan

import (
	"strconv"
	"time"

	"jirahook/wiki"
)

// EntityKind is what an entity is.
type EntityKind string

const (
	EntityCommit       EntityKind = "commit"
	EntityBranch       EntityKind = "branch"
	EntityMergeRequest EntityKind = "merge_request"
	EntityTag          EntityKind = "tag"
)

// What has become of an entity. A commit that is there has no state.
const (
	EntityOpen    = "open"
	EntityMerged  = "merged"
	EntityDeleted = "deleted"
)

// Entity is something on the Git server that has to do with issues. The outbox
// remembers it, whatever Jira is told.
type Entity struct {
	Kind   EntityKind
	Name   string // a commit's id, a branch's or tag's name, group/app!17
	Title  string // one line; "" of what has no other than its name
	URL    string // "" where the server has no page
	Author string
	State  string
	At     time.Time // when it came to be so
	// Issues have it, by their keys as they were written. None: it has become so for
	// all that have it on record.
	Issues []string
}

// MaxCommitsOfIssue is how many commits are remembered of an issue, the last ones.
const MaxCommitsOfIssue = 500

// entities are what the push brings, moves and takes away.
func (d *pushDraft) entities() []Entity {
	var all []Entity
	requests := map[string]bool{}
	had := map[string]int{} // commits by issue
	for i := len(d.commits) - 1; i >= 0 && !d.over(); i-- {
		c := &d.commits[i]
		if !c.speaks {
			continue
		}
		var issues []string
		for _, k := range c.Mentions {
			if had[k]++; had[k] <= MaxCommitsOfIssue {
				issues = append(issues, k)
			}
		}
		if len(issues) == 0 {
			continue
		}
		e := Entity{Kind: EntityCommit, Name: c.ID, Title: wiki.Cut(wiki.OneLine(c.Subject), maxTitle), URL: d.links.commit(c.ID),
			Author: authorName(c.Commit), At: c.Committer.When, Issues: issues}
		all = append(all, e)
		if m, ok := d.requestOf(c); ok && !requests[m.Name] {
			requests[m.Name] = true
			m.At, m.Issues = e.At, issues
			all = append(all, m)
		}
	}
	all = append(all, d.branchEntities()...)
	for _, u := range d.push.Updates {
		if d.over() {
			return nil
		}
		tag, ok := u.Tag()
		if keys := d.Parser.Keys(tag); ok && len(keys) > 0 {
			all = append(all, Entity{Kind: EntityTag, Name: tag, State: openUnless(u.Deleted()), At: d.push.Time, Issues: keys})
		}
	}
	for _, id := range d.push.Gone {
		if d.ledger.kept[id] {
			continue
		}
		all = append(all, Entity{Kind: EntityCommit, Name: id, State: EntityDeleted, At: d.push.Time})
	}
	return all
}

// requestOf is the merge request that a commit came by, of this server.
func (d *pushDraft) requestOf(c *statement) (Entity, bool) {
	mr := c.MergeRequest
	if mr == nil || mr.Number == 0 || mr.Host != "" && !sameHost(mr.Host, d.Config.Server.URL) {
		return Entity{}, false
	}
	path := mr.Path
	if mr.Host != "" {
		path = withoutContext(path, d.Config.Server.URL)
	}
	if path == "" {
		path = d.project
	}
	return Entity{Kind: EntityMergeRequest, Name: path + "!" + strconv.Itoa(mr.Number), URL: d.links.mergeRequest(path, mr.Number), State: EntityMerged}, true
}

// branchEntities are the branches that were pushed, deleted or merged and whose names
// hold keys.
func (d *pushDraft) branchEntities() []Entity {
	var all []Entity
	add := func(branch, state string) {
		if keys := d.branchKeys(branch); len(keys) > 0 {
			all = append(all, Entity{Kind: EntityBranch, Name: branch, URL: d.links.branch(branch), State: state, At: d.push.Time, Issues: keys})
		}
	}
	for _, u := range d.push.Updates {
		if d.over() {
			return nil
		}
		if branch, ok := u.Branch(); ok {
			add(branch, openUnless(u.Deleted()))
		}
	}
	for _, branch := range d.push.Merged {
		if d.over() {
			return nil
		}
		add(branch, EntityMerged)
	}
	return all
}

func openUnless(deleted bool) string {
	if deleted {
		return EntityDeleted
	}
	return EntityOpen
}
