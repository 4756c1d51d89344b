package outbox

import "context"

// Vacuum forgets what is old, as Prune does, and gives the room back to the
// file system. It returns the size of the database before and after, in bytes.
// SQLite writes the whole file anew: that takes as much room once more, and
// others wait.
func (o *Outbox) Vacuum(ctx context.Context) (before, after int64, err error) {
	if before, err = o.size(ctx); err != nil {
		return 0, 0, err
	}
	if err := o.Prune(ctx); err != nil {
		return before, 0, err
	}
	for _, statement := range o.db.vacuum {
		err := o.db.read(ctx, "vacuum", func(s session) error {
			if err := s.notNewer(); err != nil {
				return err
			}
			_, err := s.exec(statement)
			return err
		})
		if err != nil {
			return before, 0, err
		}
	}
	after, err = o.size(ctx)
	return before, after, err
}

// size is that of the database with its journal; on PostgreSQL that of our
// tables with their indexes.
func (o *Outbox) size(ctx context.Context) (int64, error) {
	var size int64
	if o.db.at == nil {
		err := o.db.read(ctx, "measure the outbox", func(s session) error {
			return s.row("SELECT coalesce(sum(pg_total_relation_size(c)), 0)::bigint FROM unnest(ARRAY" + tableNames + "::regclass[]) c").Scan(&size)
		})
		return size, err
	}
	for _, ending := range append(companions(), "") {
		if info, err := o.db.in.Stat(databaseFile + ending); err == nil {
			size += info.Size()
		}
	}
	return size, nil
}

const tableNames = "['repository', 'push', 'action', 'record', 'told', 'issue', 'attempt', 'lane', 'site', 'barred']"
