package repo

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"slices"

	"jirahook/push"
)

// gone finds the commits that the branches of a push held before and that none
// of its refs leads to any more; kept are those that another ref leads to.
//
// That a branch only went forward is seen without a walk: its old commit is a
// parent of one that was read. When not all were read it may have to be walked
// for, and the answer is the same.
func gone(ctx context.Context, from source, p looked, nodes []node) (gone, kept []string, err error) {
	reached := make(map[id]bool, len(nodes))
	for _, n := range nodes {
		for _, parent := range n.parents {
			reached[parent] = true
		}
	}
	var held, holds []id
	for _, u := range p.updates {
		if !inPlay(u.Ref) {
			continue
		}
		before, after := p.objects[u.old], p.objects[u.new]
		if after.commit {
			holds = append(holds, after.id)
		}
		if _, isBranch := u.Branch(); isBranch && before.commit && before != after && !reached[before.id] {
			held = append(held, before.id)
		}
	}
	if len(held) == 0 || len(holds) == 0 {
		return nil, nil, nil
	}
	taken, _, err := from.walk(ctx, held, holds, push.MaxGone)
	if err != nil || len(taken) == 0 {
		return nil, nil, err
	}
	// Those that nothing leads to are among as many of the youngest.
	dead, _, err := from.walk(ctx, held, append(holds, besides(p.updates, p.refs)...), push.MaxGone)
	if err != nil {
		return nil, nil, err
	}
	isDead := make(map[id]bool, len(dead))
	for _, n := range dead {
		isDead[n.id] = true
	}
	slices.SortFunc(taken, func(a, b node) int { // where dates are out of order, each source has its own
		return cmp.Or(cmp.Compare(b.when, a.when), bytes.Compare(a.id.sum[:], b.id.sum[:]))
	})
	for _, n := range taken {
		gone = append(gone, n.id.String())
		if !isDead[n.id] {
			kept = append(kept, n.id.String())
		}
	}
	return gone, kept, nil
}

// markEmpty marks the commits that changed nothing. A parent that cannot be read
// marks none.
func markEmpty(ctx context.Context, from source, commits []push.Commit) error {
	trees := make(map[string]string, len(commits))
	for _, c := range commits {
		trees[c.ID] = c.Tree
	}
	var below []id
	for _, c := range commits {
		if len(c.Parents) == 0 {
			continue
		}
		if _, ok := trees[c.Parents[0]]; !ok {
			trees[c.Parents[0]] = ""
			if parent, ok := parseID(c.Parents[0]); ok {
				below = append(below, parent)
			}
		}
	}
	err := from.read(ctx, below, func(at id, object *bufio.Reader) error {
		h, err := readCommitHeader(object)
		trees[at.String()] = h.tree
		return err
	})
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	for i := range commits {
		c := &commits[i]
		c.Empty = len(c.Parents) > 0 && c.Tree != "" && c.Tree == trees[c.Parents[0]]
	}
	return nil
}
