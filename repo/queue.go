package repo

// queue holds commits that wait, the one with the largest key first. It is a
// binary heap of plain values: container/heap would allocate for each of
// hundreds of thousands.
type queue []waiting

type waiting struct {
	key    uint64
	number uint32
}

func (q *queue) push(w waiting) {
	all := append(*q, w)
	at := len(all) - 1
	for at > 0 {
		above := (at - 1) / 2
		if all[above].key >= w.key {
			break
		}
		all[at] = all[above]
		at = above
	}
	all[at] = w
	*q = all
}

// pop takes the first one out of a queue that is not empty.
func (q *queue) pop() waiting {
	all := *q
	first := all[0]
	last := len(all) - 1
	w := all[last]
	all = all[:last]
	at := 0
	for {
		below := 2*at + 1
		if below >= last {
			break
		}
		if below+1 < last && all[below+1].key > all[below].key {
			below++
		}
		if w.key >= all[below].key {
			break
		}
		all[at] = all[below]
		at = below
	}
	if last > 0 {
		all[at] = w
	}
	*q = all
	return first
}
