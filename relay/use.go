package relay

import (
	"context"
	"log/slog"

	"jirahook/config"
	"jirahook/outbox"
	"jirahook/outbox/spool"
)

// Outbox is the open outbox of a configuration, for a person's command.
type Outbox struct {
	*outbox.Outbox
	Config config.Config
	Spool  *spool.Spool
	Log    *slog.Logger
	In     outbox.Ingested // what was taken in just now
}

// Ingest is how what lies in the spool is taken in: (*outbox.Outbox).Ingest, or
// IngestPatiently for a command that also takes in what takes its time.
type Ingest func(*outbox.Outbox, context.Context, *spool.Spool, outbox.Planner) (outbox.Ingested, error)

// Use opens the outbox of a configuration, takes in what is in its spool, and runs
// a command, perhaps more than once: see outbox.Use.
func (r *Relay) Use(ctx context.Context, cfg config.Config, kept *spool.Spool, log *slog.Logger, ingest Ingest, do func(Outbox) error) error {
	return outbox.Use(ctx, r.OutboxOptions(cfg, log), func(o *outbox.Outbox) error {
		in, err := ingest(o, ctx, kept, r)
		LogIngested(log, in)
		if err != nil {
			return err
		}
		return do(Outbox{o, cfg, kept, log, in})
	})
}

// LogIngested leaves in the log what was not taken in as it should be.
func LogIngested(log *slog.Logger, in outbox.Ingested) {
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
