package repo

import (
	"math"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// paintLikely excludes what a few commits reach that are likely to reach most.
// done: then nothing that is wanted is left, and it is sure without a look at
// all the others. It is for walks that want nothing outside the graph.
func (w *walk) paintLikely(tips []plumbing.Hash) (done bool, err error) {
	var seeds []uint32
	for _, tip := range tips {
		if n := w.number(tip); w.isInside(n) {
			seeds = append(seeds, n)
		}
	}
	err = w.paint(seeds, w.lowest())
	return w.wantedInside == 0, err
}

// settleInside decides which of the wanted commits of the queue, all inside by
// now, are excluded: by what was excluded outside, or by tips inside.
func (w *walk) settleInside(tips []uint32) error {
	if w.wantedInside == 0 {
		return nil
	}
	lowest := w.lowest()
	few := min(likely, len(tips))
	for _, seeds := range [][]uint32{tips[:few], w.excludedInside(), tips[few:]} {
		if err := w.paint(seeds, lowest); err != nil || w.wantedInside == 0 {
			return err
		}
	}
	if err := w.walkOutside(math.MaxInt); err != nil {
		return err
	}
	if err := w.paint(w.excludedInside(), lowest); err != nil || w.wantedInside == 0 {
		return err
	}
	return w.walkInside(tips)
}

// lowest is the smallest generation of the wanted commits of the queue: what
// has a smaller one cannot reach them.
func (w *walk) lowest() uint64 {
	lowest := uint64(math.MaxUint64)
	for _, waiting := range w.queue {
		if !w.marks[waiting.number].is(excluded) {
			lowest = min(lowest, waiting.key)
		}
	}
	return lowest
}

// excludedInside are the commits of the graph where the walk outside ended.
func (w *walk) excludedInside() []uint32 {
	var all []uint32
	for _, waiting := range w.queue {
		if w.isInside(waiting.number) && w.marks[waiting.number].is(excluded) {
			all = append(all, waiting.number)
		}
	}
	return all
}

// paint excludes what the seeds reach inside, themselves included, down to a
// generation, or until no wanted commit is left. No order is needed to be exact.
// But it goes depth first, from one seed after the other and along first parents
// first: so it follows the main line, from which most of what is wanted branched
// off.
func (w *walk) paint(seeds []uint32, lowest uint64) error {
	var stack []uint32
	add := func(n uint32) {
		before := w.marks[n]
		if before.is(painted) || w.graph.Generation(n) < lowest {
			return
		}
		if before.is(wanted) && !before.is(excluded) {
			w.wantedInside--
		}
		w.marks[n] |= excluded | painted
		stack = append(stack, n)
	}
	for _, seed := range seeds {
		add(seed)
		for len(stack) > 0 && w.wantedInside > 0 {
			if err := w.step(); err != nil {
				return err
			}
			n := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			parents, err := w.parents(n, w.parentsOf[:0])
			if err != nil {
				return err
			}
			w.parentsOf = parents
			for _, p := range slices.Backward(parents) {
				add(p)
			}
		}
	}
	return nil
}

// walkInside is the whole question asked inside the graph: by generations, so
// that no commit is popped before all that could exclude it.
func (w *walk) walkInside(tips []uint32) error {
	start := w.queue
	w.queue, w.wantedInside = nil, 0
	var without, wantedStill []uint32
	for _, waiting := range start {
		if w.marks[waiting.number].is(excluded) {
			without = append(without, waiting.number)
		} else {
			wantedStill = append(wantedStill, waiting.number)
		}
	}
	clear(w.marks[:w.inside])
	for _, n := range append(without, tips...) {
		if err := w.mark(n, excluded); err != nil {
			return err
		}
	}
	for _, n := range wantedStill {
		if err := w.mark(n, wanted); err != nil {
			return err
		}
	}
	for w.wantedInside > 0 {
		if err := w.pop(); err != nil {
			return err
		}
	}
	return nil
}
