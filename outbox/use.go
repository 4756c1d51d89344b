package outbox

import (
	"context"
	"errors"

	"jirahook/outbox/store"
)

// Use opens an outbox, does something with it and closes it. A SQLite file that
// proves damaged on the way is set aside, and a new one begun, with which it is
// done once more; so do must bear that. The spool is not touched.
func Use(ctx context.Context, opts Options, do func(*Outbox) error) error {
	aside := ""
	for again := 0; ; again++ {
		err := use(ctx, opts, aside, do)
		var found *store.Damage
		isDamaged := errors.As(err, &found)
		if again == 2 || !isDamaged && !errors.Is(err, store.ErrReplaced) {
			return err
		}
		if !isDamaged {
			continue
		}
		var asideErr error
		if aside, asideErr = found.SetAside(ctx, opts.Dir, opts.Log); asideErr != nil {
			if opts.Log != nil {
				opts.Log.Error("set the damaged database aside", "error", asideErr, "damage", err)
			}
			return errors.Join(err, asideErr)
		}
	}
}

func use(ctx context.Context, opts Options, aside string, do func(*Outbox) error) error {
	o, err := Open(ctx, opts)
	if err != nil {
		return err
	}
	o.aside = aside
	err = do(o)
	if closeErr := o.Close(); err == nil && closeErr != nil && !errors.Is(closeErr, store.ErrReplaced) {
		o.opts.Log.Warn("close the outbox", "error", closeErr) // everything is committed
	}
	return err
}

// Anew is the path of the damaged database that was set aside when this outbox
// was opened; "" in almost every life.
func (o *Outbox) Anew() string { return o.aside }
