package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"jirahook/outbox/spool"
	"jirahook/plan"
)

const (
	// firstLook and lastLook are how often a lane is looked at that somebody
	// else empties.
	firstLook = 10 * time.Millisecond
	lastLook  = 80 * time.Millisecond
)

// DeliverPush takes in one push, and before it the older ones of its repository, as
// Ingest does, sends its actions, and the older ones of their lanes, and tells what
// became of them. A push that was set aside is ErrAside.
// When the context ends no request is begun; one in flight gets a second more,
// then it counts as uncertain. What is left stays queued and is no error.
func (o *Outbox) DeliverPush(ctx context.Context, kept *spool.Spool, planner Planner, push string, sender Sender) (Ingested, PushReport, error) {
	d := &drainer{Outbox: o, sender: sender}
	ctx, cancel := context.WithCancel(ctx)
	defer d.awaitPrepared(context.Background())
	defer cancel()
	repository := spool.Mark(push)
	i := ingest{Outbox: o, spool: kept, planner: planner,
		only: func(id string) bool { return id <= push && (spool.Mark(id) == repository || spool.Mark(id) == "") },
		coming: func(ctx context.Context, id string, actions []plan.Action) {
			if id == push && d.prepared == nil { // it may be planned again
				d.prepareEarly(ctx, actions)
			}
		}}
	if err := i.run(ctx); err != nil {
		return i.in, PushReport{}, err
	}
	for _, f := range i.in.Aside {
		if f.Push == push {
			return i.in, PushReport{}, fmt.Errorf("push %s %w: %w", push, ErrAside, f.Err)
		}
	}
	err := d.drainPush(ctx, push)
	if ctx.Err() != nil {
		err = nil // the time is over, and the report tells what is left
	}
	certain, cancelReport := withoutEnd(ctx)
	defer cancelReport()
	report, reportErr := o.Report(certain, push)
	return i.in, report, errors.Join(err, reportErr)
}

// prepareEarly lets the sender look up issues while their push is written down
// and its lanes are claimed: Jira takes its time, and so does the disk. Where a
// site must not be asked now, nothing is done.
func (d *drainer) prepareEarly(ctx context.Context, actions []plan.Action) {
	actions = ofIssues(actions)
	open, err := d.open(ctx, d.sender, actions)
	if err != nil || len(open) == 0 || len(open) < len(actions) {
		return // what comes next will meet the error, too
	}
	d.prepared = make(chan struct{})
	go func() {
		defer close(d.prepared)
		d.guard("prepare", func() { d.sender.Prepare(ctx, open) })
	}()
}

func (d *drainer) awaitPrepared(ctx context.Context) {
	if d.prepared == nil {
		return
	}
	select {
	case <-d.prepared:
	case <-ctx.Done():
	}
}

func (d *drainer) drainPush(ctx context.Context, push string) error {
	mine, err := d.waitingOf(ctx, push)
	if err != nil || len(mine) == 0 {
		return err
	}
	if d.prepared == nil {
		actions := actionsOf(mine)
		err = d.probeDue(ctx, false, func(site string) ([]plan.Action, error) {
			return slices.DeleteFunc(slices.Clone(actions), func(a plan.Action) bool { return a.Site != site }), nil
		})
		if err == nil {
			err = d.prepare(ctx, actions)
		}
		if err != nil {
			return err
		}
	}
	last := map[string]int64{}
	var lanes []string // in the order of the push
	for _, w := range mine {
		if last[w.lane] == 0 {
			lanes = append(lanes, w.lane)
		}
		last[w.lane] = w.seq
	}
	todo := make(chan string, len(lanes))
	for _, name := range lanes {
		todo <- name
	}
	close(todo)
	return parallel(ctx, min(d.opts.Workers, len(lanes)), func(ctx context.Context) error {
		for name := range todo {
			if err := d.drainNamed(ctx, name, last[name]); err != nil || ctx.Err() != nil {
				return err
			}
		}
		return nil
	})
}

// drainNamed empties a lane up to an action. While somebody else does that, it
// looks on.
func (d *drainer) drainNamed(ctx context.Context, name string, last int64) error {
	for look := firstLook; ; look = min(2*look, lastLook) {
		state, err := d.laneState(ctx, name, last)
		if err != nil || state == laneWaits {
			return err
		}
		if state == laneFree {
			l, w, err := d.begin(ctx, d.claimLane(name), last)
			if err != nil {
				return err
			}
			if w != nil {
				if err := d.drain(ctx, l, w, last); err != nil {
					return err
				}
				look = firstLook
				continue
			}
		}
		if !sleep(ctx, look) {
			return nil
		}
	}
}
