package repo

import (
	"cmp"
	"math"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// walk finds the commits that tips reach and that without does not, in the
// steps that function find lists. Each commit is wanted (tips reach it) or
// excluded (without reaches it) or both, which is excluded.
type walk struct {
	*history
	marks []mark // by number, as far as any is marked
	queue queue
	// Of the queue, how many are wanted and not excluded.
	wantedOutside, wantedInside int
	found                       []uint32 // popped as wanted; some were excluded later
	line                        uint32   // how far followMain has come; none: it is at its end
	oldest                      uint64   // the smallest key of found
	parentsOf                   []uint32 // scratch
}

// mark is what is known of a commit in a walk.
type mark uint8

const (
	wanted mark = 1 << iota
	excluded
	queued
	popped
	painted // excluded, and so is all that it reaches, as far as is of interest
)

// is tells whether any of the marks is set.
func (m mark) is(any mark) bool { return m&any != 0 }

const (
	// likely is how many of without are tried before all are looked at.
	likely = 8
	// defaultPatience is how many excluded commits, older than all that were
	// found, the walk outside the commit-graph goes on for, lest one of them leads
	// to what was found all the same. That happens when committer dates are wrong.
	// Git waits for 5 (limit_list in its revision.c).
	defaultPatience = 256
)

// newWalk begins a walk on a history that others may have read before.
func newWalk(h *history) *walk {
	const spare = 4 << 10 // growing copies the marks of all that are inside
	return &walk{history: h, marks: make([]mark, int(h.inside)+len(h.outside)+spare), oldest: math.MaxUint64, line: none}
}

// find gives the commits that tips reach and that nothing in without reaches,
// the youngest first.
//
//  1. Outside the commit-graph, commits are read by date, and along the main line
//     where that takes long (followMain), until all that are wanted are found,
//     and a little longer (defaultPatience).
//  2. What is left are wanted commits inside, where the graph's generations tell
//     exactly what cannot reach what: paint.go. Mostly they are excluded after a
//     few steps.
//  3. If they are not, whatever else is outside is read, so that nothing is
//     missing that excludes them.
//  4. Those that are still wanted then are new indeed, although the graph has
//     them: a walk by generations collects them.
//
// So the answer is exact but for step 1 where there are wrong dates. Without a
// commit-graph step 1 is all there is.
func (w *walk) find(tips, without []plumbing.Hash) ([]uint32, error) {
	for _, tip := range tips {
		n, err := w.commit(tip, true)
		if err == nil {
			err = w.mark(n, wanted)
		}
		if err != nil && err != errNoCommit {
			return nil, err
		}
	}
	if w.wantedOutside == 0 {
		done, err := w.paintLikely(without[:min(likely, len(without))])
		if done || err != nil {
			return nil, err
		}
	}
	inside, err := w.exclude(without)
	if err == nil && len(without) > 0 {
		w.line, err = w.commit(without[0], false)
	}
	if err == errNoCommit {
		w.line, err = none, nil
	}
	if err == nil {
		err = w.walkOutside(w.patience)
	}
	if err == nil {
		err = w.settleInside(inside)
	}
	if err != nil {
		return nil, err
	}
	w.found = slices.DeleteFunc(w.found, func(n uint32) bool { return w.marks[n].is(excluded) })
	slices.SortStableFunc(w.found, func(a, b uint32) int { return cmp.Compare(w.date(b), w.date(a)) })
	return w.found, nil
}

// exclude marks the tips of without that lie outside, and gives those inside:
// what is inside never leads outside, so it can wait.
func (w *walk) exclude(without []plumbing.Hash) (inside []uint32, err error) {
	var outside []uint32
	inside = make([]uint32, 0, len(without))
	for i, n := range w.findInside(without) {
		if n != none {
			inside = append(inside, n)
		} else {
			outside = append(outside, w.number(without[i]))
		}
	}
	w.readAhead(outside)
	for _, n := range outside {
		n, err := w.commit(w.hash(n), false)
		if err == errNoCommit {
			continue
		}
		if err != nil {
			return nil, err
		}
		if w.isInside(n) {
			inside = append(inside, n)
		} else if err := w.mark(n, excluded); err != nil {
			return nil, err
		}
	}
	return inside, nil
}

// key orders the queue: those outside by date, before all inside, those by
// generation.
func (w *walk) key(n uint32) uint64 {
	if w.isInside(n) {
		return w.graph.Generation(n)
	}
	return 1<<63 | uint64(max(0, w.date(n)))
}

// mark marks a commit, which is read for that, and puts it into the queue.
func (w *walk) mark(n uint32, as mark) error {
	w.makeRoom(n)
	before := w.marks[n]
	if before.is(as) {
		return nil
	}
	if err := w.read(n, as == wanted && !before.is(excluded)); err != nil {
		return err
	}
	w.marks[n] |= as
	if as == wanted && !before.is(excluded) {
		*w.waitingOf(n)++
	}
	if as == excluded && before.is(wanted) && before.is(queued) {
		*w.waitingOf(n)--
	}
	if as == wanted && before.is(excluded) || before.is(queued) {
		return nil
	}
	w.marks[n] |= queued
	w.queue.push(waiting{w.key(n), n})
	return nil
}

// makeRoom makes room for the marks of a commit.
func (w *walk) makeRoom(n uint32) {
	if missing := int(n) - len(w.marks) + 1; missing > 0 {
		w.marks = append(w.marks, make([]mark, missing+len(w.marks)/2)...)
	}
}

// waitingOf counts the wanted commits of the queue, on either side.
func (w *walk) waitingOf(n uint32) *int {
	if w.isInside(n) {
		return &w.wantedInside
	}
	return &w.wantedOutside
}

// pop takes the first commit out of the queue and marks its parents as itself.
func (w *walk) pop() error {
	if err := w.step(); err != nil {
		return err
	}
	first := w.queue.pop()
	n := first.number
	as := excluded
	if !w.marks[n].is(excluded) {
		as = wanted
		*w.waitingOf(n)--
		w.found = append(w.found, n)
		w.oldest = min(w.oldest, first.key)
	}
	w.marks[n] = w.marks[n]&^queued | popped
	parents, err := w.parents(n, w.parentsOf[:0])
	if err != nil {
		return err
	}
	w.parentsOf = parents
	for _, p := range parents {
		if err := w.mark(p, as); err != nil {
			return err
		}
	}
	return nil
}

// walkOutside pops the commits outside: all that are wanted, and then as many
// as patience says beyond the oldest of them. What is left of the queue is
// inside, or excluded.
func (w *walk) walkOutside(patience int) error {
	waited := 0 // so many excluded ones were popped before an older one that is wanted
	for left := patience; len(w.queue) > 0 && !w.isInside(w.queue[0].number); {
		if w.wantedOutside > 0 && w.marks[w.queue[0].number].is(excluded) {
			waited++
		}
		if waited > w.patience/4 {
			if err := w.followMain(); err != nil {
				return err
			}
			waited = 0
		}
		switch {
		case w.wantedOutside > 0 || w.queue[0].key >= w.oldest:
			left = patience
		case left == 0:
			return nil
		default:
			left--
		}
		if err := w.pop(); err != nil {
			return err
		}
	}
	return nil
}

// followMain excludes what the main line reaches along first parents, down to
// the oldest commit of the queue that is wanted: most often that one branched off
// there, and the walk need not go through all that is younger to see it.
func (w *walk) followMain() error {
	oldest := uint64(math.MaxUint64)
	for _, waiting := range w.queue {
		if !w.marks[waiting.number].is(excluded) {
			oldest = min(oldest, waiting.key)
		}
	}
	for w.wantedOutside > 0 && w.line != none && !w.isInside(w.line) && w.key(w.line) > oldest {
		err := w.step()
		if err == nil {
			w.parentsOf, err = w.parents(w.line, w.parentsOf[:0])
		}
		if err != nil {
			return err
		}
		w.line = none
		if len(w.parentsOf) > 0 {
			w.line = w.parentsOf[0]
			err = w.mark(w.line, excluded)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// newest gives what tips reach to each, youngest first, until that returns
// false: there is nothing that excludes. Whole commits are read if that is said.
func (w *walk) newest(tips []plumbing.Hash, whole bool, each func(n uint32) (bool, error)) error {
	add := func(n uint32) error {
		w.makeRoom(n)
		if w.marks[n].is(wanted) {
			return nil
		}
		w.marks[n] |= wanted
		err := w.read(n, whole)
		if err == nil {
			w.queue.push(waiting{uint64(max(0, w.date(n))), n})
		}
		return err
	}
	for _, tip := range tips {
		n, err := w.commit(tip, whole)
		if err == nil {
			err = add(n)
		}
		if err != nil && err != errNoCommit {
			return err
		}
	}
	for len(w.queue) > 0 {
		if err := w.step(); err != nil {
			return err
		}
		n := w.queue.pop().number
		more, err := each(n)
		if err != nil || !more {
			return err
		}
		if w.parentsOf, err = w.parents(n, w.parentsOf[:0]); err != nil {
			return err
		}
		for _, p := range w.parentsOf {
			if err := add(p); err != nil {
				return err
			}
		}
	}
	return nil
}
