package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"jirahook/config"
	"jirahook/outbox"
	"jirahook/outbox/spool"
)

// openOutbox is the open outbox of the upper configuration, for a person's
// command.
type openOutbox struct {
	*outbox.Outbox
	dir   string
	cfg   config.Config
	spool *spool.Spool
	log   *slog.Logger
	in    outbox.Ingested // what was taken in just now
}

// useOutbox takes in what is in the spool and runs a command. An error without
// an exit code is the command's own finding.
func (p *process) useOutbox(ctx context.Context, do func(openOutbox) error) error {
	return p.useAfter(ctx, (*outbox.Outbox).Ingest, do)
}

// usePatiently is useOutbox for a command that also takes in, first, what takes its
// time.
func (p *process) usePatiently(ctx context.Context, do func(openOutbox) error) error {
	return p.useAfter(ctx, (*outbox.Outbox).IngestPatiently, do)
}

func (p *process) useAfter(ctx context.Context, ingest func(*outbox.Outbox, context.Context, *spool.Spool, outbox.Planner) (outbox.Ingested, error), do func(openOutbox) error) error {
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
	err = outbox.Use(ctx, outboxOptions(cfg, log), func(o *outbox.Outbox) error {
		in, err := ingest(o, ctx, kept, planner{p})
		logIngested(log, in)
		if err != nil {
			return unreachable(err)
		}
		err = do(openOutbox{o, cfg.Outbox.Dir, cfg, kept, log, in})
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

func outboxOptions(cfg config.Config, log *slog.Logger) outbox.Options {
	host, _ := os.Hostname() // without it nobody learns which machine sends
	return outbox.Options{
		Host: host,
		Dir:  cfg.Outbox.Dir, Database: cfg.Outbox.Database, Keep: cfg.Outbox.Keep,
		GiveUpAfter: cfg.Delivery.GiveUpAfter, Workers: cfg.Delivery.Workers, Log: log,
	}
}

func logIngested(log *slog.Logger, in outbox.Ingested) {
	for _, f := range in.Failed {
		log.Error("a push stays in the spool", "push", f.Push, "error", f.Err)
	}
	for _, f := range in.Aside {
		log.Warn("a push is set aside for the worker", "push", f.Push, "error", f.Err)
	}
	for _, f := range in.Bad {
		log.Error("a push was set aside", "push", f.Push, "error", f.Err)
	}
	for _, id := range in.Held {
		log.Warn("a push is held", "push", id)
	}
}
