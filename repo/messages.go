package repo

import (
	"bufio"
	"bytes"
	"context"
	"math"

	"jirahook/push"
)

// Messages gives the commits that are new with a push to each, one after the
// other, the youngest first: its id, and its message as git log --format=%B
// prints it, up to MessageLimit bytes, good until the next one. by says who
// answered, as in Facts. After an error some may have been given.
//
// Read tells more of fewer commits; this is for whole histories.
func (r *Repository) Messages(ctx context.Context, updates []push.Update, each func(id string, message []byte) error) (by string, err error) {
	pushed, err := readUpdates(updates)
	if err != nil {
		return "", err
	}
	m := messages{each: each}
	return r.from(ctx, func(s source) error { return m.takeFrom(ctx, s, pushed) })
}

// messages gives commits out.
type messages struct {
	each func(id string, message []byte) error
	// wanted are the next to be given; known: they are all that are left. A
	// source that fails while it reads them leaves the rest to the next one.
	wanted []id
	known  bool
	// over is why no other source can go on.
	over error
	text bytes.Buffer
}

func (m *messages) takeFrom(ctx context.Context, from source, updates []update) error {
	if m.over != nil {
		return m.over
	}
	if m.known {
		return m.give(ctx, from)
	}
	p, err := look(ctx, from, updates, false)
	if err != nil {
		return err
	}
	if len(p.there) == 0 {
		return m.giveAll(ctx, from, p.tips)
	}
	nodes, _, err := from.walk(ctx, p.tips, p.there, math.MaxInt)
	if err != nil {
		return err
	}
	for _, n := range nodes {
		m.wanted = append(m.wanted, n.id)
	}
	m.known = true
	return m.give(ctx, from)
}

// give gives those that are wanted.
func (m *messages) give(ctx context.Context, from source) error {
	return from.read(ctx, m.wanted, func(at id, object *bufio.Reader) error {
		message, err := decodeMessage(object, MessageLimit, &m.text)
		if err != nil {
			return err
		}
		m.wanted = m.wanted[1:]
		m.over = m.each(at.String(), message)
		return m.over
	})
}

// giveAll gives a whole history while it is walked, so that it need not be held.
func (m *messages) giveAll(ctx context.Context, from source, tips []id) error {
	const batch = 1000
	begun := false
	var failed error
	err := from.history(ctx, tips, true, func(n node) bool {
		if m.wanted = append(m.wanted, n.id); len(m.wanted) == batch {
			begun, failed = true, m.give(ctx, from)
		}
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	if err == nil {
		begun, err = true, m.give(ctx, from)
	}
	if begun && m.over == nil {
		m.over = err // another source cannot know which are left
	}
	return err
}
