package repo

import (
	"bufio"
	"context"
	"errors"
	"math"

	"jirahook/push"
)

// Messages gives the commits that are new with a push to each, one after the
// other, the youngest first: its id, and its message as git log --format=%B
// prints it, up to MessageLimit bytes. by says who answered, as in Facts.
//
// Read tells more of fewer commits; this is for whole histories.
func (r *Repository) Messages(ctx context.Context, updates []push.Update, each func(id string, message []byte) error) (by string, err error) {
	pushed, err := readUpdates(updates)
	if err != nil {
		return "", err
	}
	var fresh []id
	known, given := false, 0
	var refused error
	by, err = r.from(ctx, func(s source) error {
		if !known {
			if fresh, err = newCommits(ctx, s, pushed); err != nil {
				return err
			}
			known = true
		}
		// A source that fails while it reads leaves the rest to the next one.
		return s.read(ctx, fresh[given:], func(at id, object *bufio.Reader) error {
			message, err := decodeMessage(object, MessageLimit)
			if err != nil || refused != nil {
				return errors.Join(err, refused)
			}
			given++
			refused = each(at.String(), message)
			return refused
		})
	})
	if refused != nil {
		err = refused
	}
	return by, err
}

// newCommits asks which commits are new, the youngest first.
func newCommits(ctx context.Context, from source, updates []update) ([]id, error) {
	current, err := from.refs(ctx)
	if err != nil {
		return nil, err
	}
	updates = throughSymbolic(updates, current)
	objects, err := from.peel(ctx, objectsOf(updates))
	if err != nil {
		return nil, err
	}
	q := ask(updates, current, objects)
	nodes, _, err := from.walk(ctx, q.tips, q.there, math.MaxInt)
	fresh := make([]id, len(nodes))
	for i, n := range nodes {
		fresh[i] = n.id
	}
	return fresh, err
}
