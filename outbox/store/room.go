package store

import (
	"context"
	"strings"
)

// GiveRoomBack gives what is free in the database back to the file system. SQLite
// writes the whole file anew.
func (d *Database) GiveRoomBack(ctx context.Context) error {
	for _, statement := range d.vacuum {
		err := d.Read(ctx, "vacuum", func(s Session) error {
			if err := s.NotNewer(); err != nil {
				return err
			}
			_, err := s.Exec(statement)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Size is that of the database with its journal, in bytes; on PostgreSQL that of our
// tables with their indexes.
func (d *Database) Size(ctx context.Context) (int64, error) {
	var size int64
	if d.at == nil {
		err := d.Read(ctx, "measure the outbox", func(s Session) error {
			return s.Row("SELECT coalesce(sum(pg_total_relation_size(c)), 0)::bigint FROM unnest(ARRAY['" + strings.Join(Tables(), "', '") + "']::regclass[]) c").Scan(&size)
		})
		return size, err
	}
	for _, ending := range append(Companions(), "") {
		if info, err := d.Folder.Stat(FileName + ending); err == nil {
			size += info.Size()
		}
	}
	return size, nil
}
