package repo

import (
	"context"
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

// update is a ref update whose ids are read.
type update struct {
	push.Update
	old, new id // zero: none
}

func readUpdates(updates []push.Update) ([]update, error) {
	all := make([]update, len(updates))
	for i, u := range updates {
		all[i].Update = u
		for _, at := range []struct {
			text string
			id   *id
		}{{u.Old, &all[i].old}, {u.New, &all[i].new}} {
			var ok bool
			if *at.id, ok = parseID(at.text); !ok && at.text != "" {
				return nil, &Error{Fact: "not an object id: " + oneLine(at.text)}
			}
		}
	}
	return all, nil
}

// throughSymbolic adds to the updates of a push what they did to other refs: a
// push to a symbolic ref (refs/heads/master that leads to main) moves the ref
// it leads to.
func throughSymbolic(updates []update, r refs) []update {
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
		u.Ref = target
		all = append(all, u)
	}
	return all
}

func names(updates []update) map[string]bool {
	named := make(map[string]bool, len(updates))
	for _, u := range updates {
		named[u.Ref] = true
	}
	return named
}

// objectsOf are the old and new ids of the refs in play, each once.
func objectsOf(updates []update) []id {
	var ids []id
	seen := map[id]bool{}
	for _, u := range updates {
		for _, at := range []id{u.old, u.new} {
			if !at.isZero() && inPlay(u.Ref) && !seen[at] {
				seen[at] = true
				ids = append(ids, at)
			}
		}
	}
	return ids
}

// looked is what a push looks like in the repository.
type looked struct {
	question
	refs    refs     // as they are now
	updates []update // those that throughSymbolic adds, too
	objects map[id]object
}

// look reads the refs, and what the push names, and makes its question; alone: see
// Options.
func look(ctx context.Context, from source, updates []update, alone bool) (l looked, err error) {
	if l.refs, err = from.refs(ctx); err != nil {
		return l, err
	}
	l.updates = throughSymbolic(updates, l.refs)
	if l.objects, err = from.peel(ctx, objectsOf(l.updates)); err != nil {
		return l, err
	}
	asked := l.refs
	if alone && !slices.ContainsFunc(l.updates, func(u update) bool { return u.old.isZero() }) {
		asked.all = slices.DeleteFunc(slices.Clone(l.refs.all), func(at ref) bool { return at.name != l.refs.head })
	}
	l.question = ask(l.updates, asked, l.objects)
	return l, nil
}

// question is what is asked for a push as a whole: the commits that tips reach
// and that nothing in there reaches. Tips are commits; in there may also be
// what git peels to one or what leads to none.
type question struct {
	tips []id
	// there begins with what is likely to reach most of what was known: where
	// HEAD's branch and the pushed refs were. An id may be in it twice.
	there []id
	// missing are new ids that the repository does not hold.
	missing []id
}

// ask makes the question of a push: from all new tips, not from any ref as it
// was before. That is the old value of the refs that the push names, and the
// present value of all others; HEAD is no ref of its own and hides nothing.
// What does not peel to a commit (a tag of a file) is left out, and an old
// value that was pruned hides nothing.
func ask(updates []update, r refs, objects map[id]object) question {
	q := question{there: make([]id, 0, len(r.all)+len(updates)+1)}
	if held := heldBefore(updates, r.head, r, objects); !held.isZero() {
		q.there = append(q.there, held)
	}
	for _, u := range updates {
		if at := objects[u.old]; inPlay(u.Ref) && at.commit {
			q.there = append(q.there, at.id)
		}
	}
	q.there = append(q.there, besides(updates, r)...)
	tips := map[id]bool{}
	lost := map[id]bool{}
	for _, u := range updates {
		if u.Deleted() || !inPlay(u.Ref) {
			continue
		}
		at, known := objects[u.new]
		switch {
		case !known && !lost[u.new]:
			lost[u.new] = true
			q.missing = append(q.missing, u.new)
		case at.commit && !tips[at.id]:
			tips[at.id] = true
			q.tips = append(q.tips, at.id)
		}
	}
	for _, at := range q.there {
		delete(tips, at)
	}
	q.tips = slices.DeleteFunc(q.tips, func(tip id) bool { return !tips[tip] })
	return q
}

// besides is where the refs in play are that a push did not name.
func besides(updates []update, r refs) []id {
	all := make([]id, 0, len(r.all))
	named := names(updates)
	for _, at := range r.all {
		if inPlay(at.name) && !named[at.name] && !named[at.target] {
			all = append(all, at.id)
		}
	}
	return all
}
