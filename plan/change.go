package plan

import (
	"slices"
	"strings"
	"time"

	"jirahook/parser"
	"jirahook/push"
)

// A change is a commit across rewriting. Two commits are one change when they
// have the same author second and zone and two of three agree: the author's
// e-mail, the subject, the tree. So a rebase and a cherry-pick keep e-mail and
// subject, a reword keeps e-mail and tree, and an author that is corrected
// subject and tree; and two commits that a script makes in one second are two.
// Where a forced push took the earlier one away, e-mail and second will do.

// change is a commit as it is compared with others.
type change struct {
	commit push.Commit
	second string // what its records are found by
	// The witnesses: hashes of e-mail and subject, the id of the tree; "" is not
	// known.
	email, subject, tree string

	// Older versions knew a change by e-mail and date, or these and the subject.
	author, exact string
	shared        bool // another commit of this push has the same e-mail and date, and another subject

	own    *class // as it was found; see class
	joined bool   // the change had other commits
}

// class is the change that a commit belongs to.
func (ch *change) class() *class { return ch.own.found() }

// class is what is known of a change: its commits, and what was told of them.
type class struct {
	root string // its first commit
	into *class // it proved to be that one
	// claimed: a commit of this push belongs to it which it did not know.
	claimed bool
	told    map[effect][]Record // in the order in which it was told
	order   []effect
}

// effect is what was asked of one issue, whatever its key was.
type effect struct{ kind, issue, place string }

func (c *class) found() *class {
	for c.into != nil {
		c = c.into
	}
	return c
}

func (c *class) add(e effect, r Record) {
	if c.told == nil {
		c.told = map[effect][]Record{}
	}
	if _, ok := c.told[e]; !ok {
		c.order = append(c.order, e)
	}
	c.told[e] = append(c.told[e], r)
}

// newChange makes a commit ready to be compared.
func (l *ledger) newChange(c push.Commit, subject string) *change {
	when := c.Author.When.Format(time.RFC3339)
	ch := &change{commit: c, second: l.id("change", "", when), email: brief(strings.ToLower(c.Author.Email)), tree: c.Tree}
	if subject != "" {
		ch.subject = brief(subject)
	}
	ch.author = strings.ToLower(c.Author.Email) + " " + c.Author.When.UTC().Format(time.RFC3339)
	exact, _ := asBefore(subject)
	ch.exact = ch.author + " " + exact
	return ch
}

// changesOf finds the changes of the push's commits.
func (d *pushDraft) changesOf(messages []parser.Message) []*change {
	changes := make([]*change, len(messages))
	for i, c := range d.push.Commits {
		changes[i] = d.ledger.newChange(c, messages[i].Subject)
	}
	markShared(changes)
	var telling []*change
	for _, ch := range changes {
		// One that lost its message, or its key, may have had one before.
		if ch.commit.Message != "" || len(d.push.Gone) > 0 && ch.commit.New {
			telling = append(telling, ch)
		}
	}
	d.ledger.identify(telling, d.over)
	for _, ch := range telling {
		if ch.joined {
			d.records = append(d.records, d.ledger.seen(ch))
		}
	}
	return changes
}

// replaced are the commits that the push took away and that ch is the new form of,
// once all changes are found.
func (l *ledger) replaced(ch *change) []string {
	s := l.at(ch.second)
	if s.goneOf == nil {
		s.goneOf = map[*class][]string{}
		for _, m := range s.gone {
			s.goneOf[m.class.found()] = append(s.goneOf[m.class.found()], m.commit)
		}
	}
	return s.goneOf[ch.class()]
}

// brief is a hash that is long enough among the commits of one second.
func brief(text string) string { return idOf(text)[:16] }

// markShared notes which commits older versions told apart by their subjects.
func markShared(changes []*change) {
	first := map[string]string{}
	shared := map[string]bool{}
	for _, ch := range changes {
		if before, ok := first[ch.author]; ok && before != ch.exact {
			shared[ch.author] = true
		}
		first[ch.author] = ch.exact
	}
	for _, ch := range changes {
		ch.shared = shared[ch.author]
	}
}

// second are the changes of one author second, as far as they are known.
type second struct {
	commits map[string]*class
	roots   map[string]*class
	alike   map[witness]*alike
	gone    []member // that the push took away
	goneOf  map[*class][]string
}

// witness is what commits have in common; kind says of what.
type witness struct {
	kind witnessKind
	a, b string
}

type witnessKind int

const (
	allThree witnessKind = iota
	emailSubject
	subjectTree
	emailTree
	emailOfTreeless // the tree is not known, as with facts of an older version
	emailOfAny
	emailOfGone // a forced push took the commit away
)

// alike are the commits with one witness in common.
type alike struct {
	known []member // from the records; those before next are claimed
	next  int
	last  *member // of this push
}

type member struct {
	class  *class
	commit string
	// fresh: when it was taken in, no other commit here was of the same change:
	// so all of them were its ancestors.
	fresh bool
}

// mostAlike bounds how many commits that look the same are looked at for each.
const mostAlike = 64

// witnesses are what a commit is found by; the best first.
func (ch *change) witnesses() []witness {
	var all []witness
	tree := strings.TrimPrefix(ch.tree, emptyMark)
	if tree != "" && ch.subject != "" {
		all = append(all, witness{allThree, ch.email + ch.subject, tree})
	}
	if ch.subject != "" {
		all = append(all, witness{emailSubject, ch.email, ch.subject})
	}
	if tree != "" && ch.subject != "" {
		all = append(all, witness{subjectTree, ch.subject, tree})
	}
	if tree != "" && !ch.changedNothing() {
		all = append(all, witness{emailTree, ch.email, tree})
	}
	return all
}

// emptyMark stands in a record before the tree of a commit that changed nothing:
// every one on the same parent has it.
const emptyMark = "="

func (ch *change) changedNothing() bool {
	return ch.commit.Empty || strings.HasPrefix(ch.tree, emptyMark)
}

// treeWitness is the tree as it is put on record.
func (ch *change) treeWitness() string {
	if ch.commit.Empty && ch.tree != "" {
		return emptyMark + ch.tree
	}
	return ch.tree
}

// at gives the changes of a second.
func (l *ledger) at(id string) *second {
	s, ok := l.seconds[id]
	if ok {
		return s
	}
	s = &second{commits: map[string]*class{}, roots: map[string]*class{}, alike: map[witness]*alike{}}
	l.seconds[id] = s
	records := l.find(id)
	for _, r := range records {
		cl := s.roots[r.Root]
		if cl == nil {
			cl = &class{root: r.Root}
			s.roots[r.Root] = cl
		}
		if r.Kind != kindSeen {
			cl.add(effect{r.Kind, l.issue(r.Issue), r.Place}, r)
		}
	}
	// Whoever stands in for one that was taken away is not taken for another.
	for _, gone := range []bool{true, false} {
		for _, r := range records {
			if l.gone[r.Commit] == gone && s.commits[r.Commit] == nil {
				s.commits[r.Commit] = s.roots[r.Root]
				ch := &change{commit: push.Commit{ID: r.Commit}, email: r.Email, subject: r.Subject, tree: r.Tree}
				s.know(ch, s.roots[r.Root], gone)
			}
		}
	}
	return s
}

// know makes a commit of the records one that others may be found to be the same as.
func (s *second) know(ch *change, cl *class, gone bool) {
	all := append(ch.witnesses(), witness{kind: emailOfAny, a: ch.email})
	if ch.tree == "" {
		all = append(all, witness{kind: emailOfTreeless, a: ch.email})
	}
	if gone {
		s.gone = append(s.gone, member{class: cl, commit: ch.commit.ID})
		all = append(all, witness{kind: emailOfGone, a: ch.email})
	}
	for _, w := range all {
		a := s.likes(w)
		a.known = append(a.known, member{class: cl, commit: ch.commit.ID})
	}
}

// take makes a commit of this push one that later ones may be found to be the
// same as.
func (s *second) take(ch *change, fresh bool) {
	s.commits[ch.commit.ID] = ch.own
	for _, w := range append(ch.witnesses(), witness{kind: emailOfAny, a: ch.email}) {
		s.likes(w).last = &member{class: ch.own, commit: ch.commit.ID, fresh: fresh}
	}
}

func (s *second) likes(w witness) *alike {
	a := s.alike[w]
	if a == nil {
		a = &alike{}
		s.alike[w] = a
	}
	return a
}

// identify finds for each commit the change that it belongs to. Those of an
// earlier push, and in the push parents, come before. When it is over none of them is
// worth anything.
func (l *ledger) identify(changes []*change, over func() bool) {
	var alone []*change
	for _, ch := range changes {
		if over() {
			return
		}
		s := l.at(ch.second)
		if ch.own = s.commits[ch.commit.ID]; ch.own != nil {
			continue // the very commit
		}
		if ch.own = l.same(s, ch); ch.own != nil {
			ch.own.claimed, ch.joined = true, true
			s.take(ch, false)
			continue
		}
		ch.own = &class{root: ch.commit.ID}
		s.roots[ch.own.root] = ch.own
		s.take(ch, true)
		alone = append(alone, ch)
	}
	// Which of them stands for one that was taken away is clear only when it is
	// known which of those others stand for.
	for _, ch := range alone {
		a := l.at(ch.second).alike[witness{kind: emailOfGone, a: ch.email}]
		if a == nil {
			continue
		}
		if m := a.unclaimed(); m != nil {
			m.class.found().claimed = true
			ch.own.into, ch.joined = m.class.found(), true
		}
	}
}

// same finds the change that a commit looks like.
func (l *ledger) same(s *second, ch *change) *class {
	apart := func(old string) bool { return l.history.distinct(old, ch.commit) }
	for _, w := range ch.witnesses() {
		if cl := s.alike[w].pick(apart); cl != nil {
			return cl
		}
	}
	if ch.shared {
		return nil
	}
	w := witness{kind: emailOfTreeless, a: ch.email}
	if ch.tree == "" {
		w.kind = emailOfAny
	}
	return s.alike[w].pick(func(old string) bool { return l.history.isAncestor(old, ch.commit.ID) })
}

// pick chooses the change of a commit that is not apart from it, if there is
// one: of those on record one that no commit of this push belongs to, so that
// several that look the same each find their own.
func (a *alike) pick(apart func(old string) bool) *class {
	if a == nil {
		return nil
	}
	if a.last != nil {
		if !apart(a.last.commit) {
			return a.last.class.found()
		}
		if a.last.fresh {
			return nil
		}
	}
	a.unclaimed()
	var other *class
	for _, m := range a.known[a.next:min(len(a.known), a.next+mostAlike)] {
		switch {
		case apart(m.commit):
		case !m.class.found().claimed:
			return m.class.found()
		case other == nil:
			other = m.class.found()
		}
	}
	if other == nil && a.next > 0 {
		i := slices.IndexFunc(a.known[max(0, a.next-mostAlike):a.next], func(m member) bool { return !apart(m.commit) })
		if i >= 0 {
			other = a.known[max(0, a.next-mostAlike)+i].class.found()
		}
	}
	return other
}

// unclaimed is the first on record that no commit of this push belongs to; nil:
// there is none.
func (a *alike) unclaimed() *member {
	for a.next < len(a.known) && a.known[a.next].class.found().claimed {
		a.next++
	}
	if a.next == len(a.known) {
		return nil
	}
	return &a.known[a.next]
}
