package repo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"jirahook/push"
)

// Options bound what is read of a push. Zero stands for the default.
type Options struct {
	// MaxNew is how many new commits are read, 100,000 by default.
	MaxNew int
	// MaxArriving is how many commits that were known before are read for each
	// branch they arrive on, 10,000 by default; for all branches together it is
	// four times as many.
	MaxArriving int
	// Alone: no other ref but HEAD's hides what an update of a ref that was there
	// brought. What has reached others since may have been told to nobody.
	Alone bool
}

const (
	defaultMaxNew      = 100_000
	defaultMaxArriving = 10_000
	// maxWalks bounds the walks for commits that were known before, each of
	// which git makes anew. A push of more branches that need one is a
	// migration, and there only the new commits matter.
	maxWalks = 64
	// maxText bounds the text of a push, in bytes: messages and people's names.
	maxText = 64 << 20
	// Of so many bytes of branch names each commit may hold its share, and at
	// least leastArrives names.
	maxArrives   = 16 << 20
	leastArrives = 4
)

func (o Options) orDefault() Options {
	if o.MaxNew <= 0 {
		o.MaxNew = defaultMaxNew
	}
	if o.MaxArriving <= 0 {
		o.MaxArriving = defaultMaxArriving
	}
	return o
}

// Facts are what a push brought.
type Facts struct {
	// Commits are the new and the arriving ones, parents before children, else
	// oldest first.
	Commits []push.Commit
	// DefaultBranch is a short name; see chooseDefault.
	DefaultBranch string
	// Merged are branches that the push did not name and whose tip arrived on
	// the default branch with it, by name.
	Merged []string
	// Gone are commits that this push took away, and Kept those of them that are
	// elsewhere as well; see push.Push.
	Gone, Kept []string
	// Truncated says what was left out, in words for a person; "": nothing.
	Truncated string
	// By says who read all this: "files", or "git" and why.
	By string
}

// Read finds the commits that updates brought: those that are new to the
// repository, and those that arrive on a branch. It gives the same answer in
// pre-receive, when refs stand as before, and in post-receive, when all have
// moved. What is new is one question for the whole push (function ask); where
// a commit arrives is asked for each branch: on a branch that was there all of
// old..new, on a created one all that the default branch did not hold.
//
// A new id that the repository does not hold is told in Truncated. Errors are
// of type *Error.
func (r *Repository) Read(ctx context.Context, updates []push.Update, opts Options) (facts Facts, err error) {
	pushed, err := readUpdates(updates)
	if err != nil {
		return Facts{}, err
	}
	by, err := r.from(ctx, func(s source) (err error) {
		facts, err = read(ctx, s, pushed, opts.orDefault())
		return err
	})
	if err != nil {
		return Facts{}, err
	}
	facts.By = by
	return facts, nil
}

// read is Read from one source.
func read(ctx context.Context, from source, updates []update, opts Options) (Facts, error) {
	p, err := look(ctx, from, updates, opts.Alone)
	if err != nil {
		return Facts{}, err
	}
	facts := Facts{DefaultBranch: chooseDefault(p.refs, updates)}
	fresh, more, err := from.walk(ctx, p.tips, p.there, opts.MaxNew)
	if err != nil {
		return Facts{}, err
	}
	var left omissions
	left.missing(p.missing)
	pushed := landings(p.updates, facts.DefaultBranch, p.refs, p.objects)
	arriving, walks := spread(order(fresh), pushed, mostArrives(len(fresh), pushed))
	isNew := make(map[id]bool, len(fresh))
	for _, n := range fresh {
		isNew[n.id] = true
	}
	var known []node
	if more {
		// Below the youngest new commits lie new ones that were not read: what
		// a walk finds there is not what was known before.
		left.add("more than %d new commits: only the youngest are read", opts.MaxNew)
	} else if known, err = knownBefore(ctx, from, walks, pushed, arriving, opts, &left); err != nil {
		return Facts{}, err
	}
	// A walk that stops by wrong dates could find a new commit once more.
	known = slices.DeleteFunc(known, func(n node) bool { return isNew[n.id] })
	if arriving.capped {
		left.add("some commits arrive on more branches than are noted")
	}
	nodes := order(slices.Concat(fresh, known))
	facts.Commits, err = commits(ctx, from, nodes, maxText, &left)
	if err != nil {
		return Facts{}, err
	}
	var before *push.Commit
	for i := range facts.Commits {
		c := &facts.Commits[i]
		c.New = isNew[nodes[i].id]
		arriving.on(c, before, nodes[i].id, pushed, facts.DefaultBranch)
		before = c
	}
	if err := markEmpty(ctx, from, facts.Commits); err != nil {
		return Facts{}, err
	}
	if facts.Gone, facts.Kept, err = gone(ctx, from, p, nodes); err != nil {
		return Facts{}, err
	}
	facts.Merged = arriving.merged(pushed, facts.DefaultBranch, p.updates, p.refs)
	facts.Truncated = left.String()
	return facts, nil
}

// mostArrives is on how many of the branches one of so many commits may be noted
// to arrive.
func mostArrives(commits int, pushed []landing) int {
	longest := 1
	for _, l := range pushed {
		longest = max(longest, len(l.branch))
	}
	return max(leastArrives, maxArrives/longest/(commits+1))
}

// knownBefore makes the walks for commits that were known before, and notes
// where they arrive.
func knownBefore(ctx context.Context, from source, walks []reach, pushed []landing, arriving *arrivals, opts Options, left *omissions) ([]node, error) {
	var all []node
	seen := map[id]bool{}
	room := 4 * opts.MaxArriving
	for i, w := range walks {
		if i == maxWalks || room == 0 {
			left.add("many branches were pushed: commits that were known before are looked for on the first of them only")
			break
		}
		var without []id
		if !w.without.isZero() {
			without = []id{w.without}
		}
		found, more, err := from.walk(ctx, w.tips, without, min(opts.MaxArriving, room))
		if err != nil {
			return nil, err
		}
		if more {
			left.add("more than %d commits that were known before arrive on %s: only the youngest are read", len(found), oneLine(pushed[w.places[0]].branch))
		}
		for _, n := range found {
			arriving.add(n.id, w.places)
			if !seen[n.id] {
				seen[n.id] = true
				all = append(all, n)
				room--
			}
		}
	}
	return all, nil
}

// commits reads what the commits say, in their order. Where they hold more than
// room bytes of text, those that come last are left out.
func commits(ctx context.Context, from source, nodes []node, room int, left *omissions) ([]push.Commit, error) {
	ids := make([]id, len(nodes))
	for i, n := range nodes {
		ids[i] = n.id
	}
	full := false
	read := make([]push.Commit, 0, len(nodes))
	err := from.read(ctx, ids, func(at id, object *bufio.Reader) error {
		c, err := decodeCommit(object, MessageLimit)
		c.ID, c.Parents = at.String(), texts(nodes[len(read)].parents)
		if room -= textOf(c); room < 0 && err == nil {
			full, err = true, errors.New("more text than is read")
		}
		if err != nil {
			return err
		}
		read = append(read, c)
		return nil
	})
	if full && ctx.Err() == nil {
		err = nil
		left.add("more than %d MiB of text: %d of %d commits are read", maxText>>20, len(read), len(nodes))
	}
	return read, err
}

// textOf is how much of a commit was chosen by who made it, in bytes.
func textOf(c push.Commit) int {
	parents := 0
	for _, p := range c.Parents {
		parents += len(p)
	}
	return len(c.Message) + len(c.Author.Name) + len(c.Author.Email) + len(c.Committer.Name) + len(c.Committer.Email) + parents
}

// Range reads the commits that revisions name (gitrevisions(7)): "A..B", or
// "B" and "^A". One revision that is no range stands for that commit alone.
// They are as if they were new and arrived on the default branch. More than
// 100,000 commits are an error.
func (r *Repository) Range(ctx context.Context, revisions []string) ([]push.Commit, error) {
	for _, rev := range revisions {
		if rev == "" || rev[0] == '-' || strings.ContainsAny(rev, "\n\x00") {
			return nil, &Error{Fact: "not a revision: " + oneLine(rev), Advice: "name a commit, or a range such as main..topic"}
		}
	}
	if len(revisions) == 0 {
		return nil, nil
	}
	var options []string
	if len(revisions) == 1 && !isRange(revisions[0]) {
		options = []string{"--no-walk"}
	}
	var nodes []node
	err := r.git.revList(ctx, strings.Join(revisions, "\n")+"\n", func(n node) bool {
		nodes = append(nodes, n)
		return len(nodes) <= defaultMaxNew
	}, options...)
	if err != nil {
		return nil, err
	}
	if len(nodes) > defaultMaxNew {
		return nil, &Error{Fact: fmt.Sprintf("more than %d commits", defaultMaxNew), Advice: "name a shorter range"}
	}
	branch, err := r.DefaultBranch()
	if err != nil {
		return nil, err
	}
	all, err := commits(ctx, r.git, order(nodes), maxText, &omissions{})
	for i := range all {
		all[i].New = true
		if branch != "" {
			all[i].Branch, all[i].Arrives = branch, []string{branch}
		}
	}
	return all, err
}

// isRange reports whether a revision stands for several commits: A..B, A...B,
// ^A, A^@, A^!, A^-.
func isRange(rev string) bool {
	return strings.Contains(rev, "..") || rev[0] == '^' ||
		strings.Contains(rev, "^@") || strings.Contains(rev, "^!") || strings.Contains(rev, "^-")
}

// Ancestors reads the history that the commits stand on, themselves included:
// the youngest first, at most limit commits, and none once all are older than
// since (zero: no such date). Since in the answer is zero when that is all the
// history there is.
func (r *Repository) Ancestors(ctx context.Context, of []string, limit int, since time.Time) (push.Ancestors, error) {
	ids := make([]id, len(of))
	for i, text := range of {
		var ok bool
		if ids[i], ok = parseID(text); !ok {
			return push.Ancestors{}, &Error{Fact: "not an object id: " + oneLine(text)}
		}
	}
	if len(of) == 0 {
		return push.Ancestors{}, nil
	}
	var found push.Ancestors
	_, err := r.from(ctx, func(s source) error {
		found = push.Ancestors{Parents: map[string][]string{}}
		return s.history(ctx, ids, false, func(n node) bool {
			when := date(n.when)
			switch {
			case !since.IsZero() && when.Before(since):
				found.Since = since
			case len(found.Parents) >= limit:
				found.Since = when
			default:
				found.Parents[n.id.String()] = texts(n.parents)
				return true
			}
			return false
		})
	})
	if err != nil {
		return push.Ancestors{}, err
	}
	return found, nil
}

// omissions collects why not everything was read.
type omissions struct{ words []string }

func (o *omissions) add(format string, args ...any) {
	o.words = append(o.words, fmt.Sprintf(format, args...))
}

func (o *omissions) missing(ids []id) {
	if len(ids) > 0 {
		o.add("%d pushed objects are not in the repository, the first is %s", len(ids), ids[0].short())
	}
}

func (o *omissions) String() string { return strings.Join(o.words, "; ") }
