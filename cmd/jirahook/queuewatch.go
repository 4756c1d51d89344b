package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"jirahook/hooks"
	"jirahook/outbox"
	"jirahook/relay"
	"jirahook/wiki"
	"jirahook/words"
)

// watchEvery is the time between two looks at the queue.
const watchEvery = 2 * time.Second

// watchQueue draws the list again and again, until it is told to stop. Each look
// opens the outbox anew: whatever becomes of the database meanwhile is told where
// the list stood, and the next look may find it mended.
func (p *process) watchQueue(ctx context.Context, read func(o relay.Outbox, most int) (listing, error)) error {
	if !p.isScreen(p.stdout) {
		return exitStatus{exitUsage, errors.New("--watch draws on a terminal, and there is none: without it the list is printed once")}
	}
	var drawn frame
	for {
		columns, rows := windowOf(p.stdout)
		var lines []string
		err := p.useOutbox(ctx, func(o relay.Outbox) error {
			l, err := read(o, rows)
			if err != nil {
				return err
			}
			counts, err := o.Counts(ctx)
			lines = l.watched(p.now(), counts, p.notices(l), style{ink: p.ink(p.stdout), titles: true, width: columns})
			return err
		})
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && drawn == 0:
			return err
		case err != nil:
			lines = []string{hooks.CutColumns(words.Stamp(p.now())+"  "+wiki.OneLine(err.Error()), columns)}
		}
		if err := drawn.draw(p.stdout, fitted(lines, columns, rows-1)); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(watchEvery):
		}
	}
}

// watched are the lines of a list that is drawn again and again. What concerns all of
// it stands above: what is below the window's end is not seen.
func (l listing) watched(now time.Time, counts outbox.Counts, notices string, s style) []string {
	lines := []string{hooks.CutColumns(fmt.Sprintf("%s  queued %d, sending %d, dead %d, held %d",
		words.Stamp(now), counts.Queued, counts.Sending, counts.Dead, counts.Held), s.width)}
	for line := range strings.Lines(notices) {
		lines = append(lines, hooks.CutColumns(strings.TrimSuffix(line, "\n"), s.width))
	}
	lines = append(lines, l.actionTable(now).lines(s)...)
	return append(lines, l.heldTable(now).lines(s)...)
}

// fitted cuts lines to so many, and says with the last one that there are more.
func fitted(lines []string, columns, most int) []string {
	if most = max(most, 1); len(lines) <= most {
		return lines
	}
	return append(lines[:most-1:most-1], hooks.CutColumns("… and more: without --watch all are listed", columns))
}

// frame is how many lines stand above the cursor that the next ones take the place of.
type frame int

func (f *frame) draw(w io.Writer, lines []string) error {
	var b strings.Builder
	if *f > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", *f)
	}
	for _, line := range lines {
		b.WriteString("\x1b[2K" + line + "\n")
	}
	b.WriteString("\x1b[J")
	*f = frame(len(lines))
	_, err := io.WriteString(w, b.String())
	return err
}
