package repo

import (
	"slices"
	"strings"

	"jirahook/push"
)

// inPlay tells which refs count: branches and tags. A commit that was pushed to
// another ref only has not been told to anybody, so it must still be new when
// it reaches a branch. And servers write refs of their own beside the
// developer's (Gitea refs/pull/N/head, GitLab refs/merge-requests/N/head and
// refs/keep-around/ID, Gerrit refs/changes/*), some before the hook runs: as
// refs that "were there" they would hide the very commits of the push.
func inPlay(name string) bool {
	return strings.HasPrefix(name, heads) || strings.HasPrefix(name, tags)
}

// throughSymbolic adds to the updates of a push what they did to other refs: a
// push to a symbolic ref (refs/heads/master that leads to main) moves the ref
// it leads to.
func throughSymbolic(updates []push.Update, r refs) []push.Update {
	named := names(updates)
	targets := map[string]string{}
	for _, at := range r.all {
		if at.target != "" {
			targets[at.name] = at.target
		}
	}
	all := slices.Clone(updates)
	for _, u := range updates {
		target := targets[u.Ref]
		if target == "" || named[target] || u.Deleted() {
			continue
		}
		named[target] = true
		all = append(all, push.Update{Old: u.Old, New: u.New, Ref: target})
	}
	return all
}

func names(updates []push.Update) map[string]bool {
	named := make(map[string]bool, len(updates))
	for _, u := range updates {
		named[u.Ref] = true
	}
	return named
}

// question is what is asked for a push as a whole: the commits that tips reach
// and that nothing in there reaches. All ids are of commits, or of what git
// peels to one.
type question struct {
	tips  []string
	there []string
	// missing are new ids that the repository does not hold.
	missing []string
}

// ask makes the question of a push: from all new tips, not from any ref as it
// was before. That is the old value of the refs that the push names, and the
// present value of all others; HEAD is no ref of its own and hides nothing.
// What does not peel to a commit (a tag of a file) is left out, and an old
// value that was pruned hides nothing.
func ask(updates []push.Update, r refs, objects map[string]object) question {
	var q question
	there := map[string]bool{}
	addThere := func(id string) {
		if !there[id] {
			there[id] = true
			q.there = append(q.there, id)
		}
	}
	for _, u := range updates {
		if at := objects[u.Old]; inPlay(u.Ref) && at.isCommit() {
			addThere(at.id)
		}
	}
	named := names(updates)
	for _, at := range r.all {
		if inPlay(at.name) && !named[at.name] && !named[at.target] {
			addThere(at.id)
		}
	}
	seen := map[string]bool{}
	for _, u := range updates {
		at, known := objects[u.New]
		if !known {
			at.id = u.New
		}
		if u.Deleted() || !inPlay(u.Ref) || seen[at.id] {
			continue
		}
		seen[at.id] = true
		switch {
		case !known:
			q.missing = append(q.missing, u.New)
		case at.isCommit() && !there[at.id]:
			q.tips = append(q.tips, at.id)
		}
	}
	return q
}
