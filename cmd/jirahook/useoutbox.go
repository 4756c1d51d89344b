package main

import (
	"context"
	"errors"

	"jirahook/outbox"
	"jirahook/outbox/spool"
	"jirahook/relay"
)

// useOutbox takes in what is in the spool of the upper configuration's outbox and
// runs a command. An error without an exit code is the command's own finding.
func (p *process) useOutbox(ctx context.Context, do func(relay.Outbox) error) error {
	return p.useAfter(ctx, (*outbox.Outbox).Ingest, do)
}

// usePatiently is useOutbox for a command that also takes in, first, what takes its
// time.
func (p *process) usePatiently(ctx context.Context, do func(relay.Outbox) error) error {
	return p.useAfter(ctx, (*outbox.Outbox).IngestPatiently, do)
}

func (p *process) useAfter(ctx context.Context, ingest relay.Ingest, do func(relay.Outbox) error) error {
	cfg, err := p.ownConfig()
	if err != nil {
		return err
	}
	log, closeLog := p.openLog(func() string { return cfg.Outbox.Dir })
	defer closeLog()
	kept, err := spool.Open(cfg.Outbox.Dir)
	if err != nil {
		return unreachable(p.asOwner(err))
	}
	err = p.relay().Use(ctx, cfg, kept, log, ingest, func(o relay.Outbox) error {
		err := do(o)
		if status := (exitStatus{}); err == nil || errors.As(err, &status) {
			return err
		}
		return exitStatus{exitProblems, err}
	})
	if status := (exitStatus{}); err == nil || errors.As(err, &status) {
		return err
	}
	return unreachable(err)
}
