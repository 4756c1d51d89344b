package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// Version is the number of the newest migration.
const Version = 7

// Tables names the tables, but for the one that tells their version.
func Tables() []string {
	return []string{"repository", "push", "action", "record", "told", "issue", "attempt", "lane", "site", "barred", "sender", "concern", "entity"}
}

// MigrateTurn is the turn in which tables are made.
const MigrateTurn = "migrate"

// Waiting is of actions that wait. It is written out wherever it is meant, so that the
// partial index on it is used.
const Waiting = "state IN ('queued', 'sending')"

// Migrate brings the tables up to this program's version. It looks first, which
// costs next to nothing, and takes a lock only if there is something to do: DDL
// at each start makes many hooks that start together fail, even "IF NOT EXISTS".
func (d *Database) Migrate(ctx context.Context) error { return d.MigrateTo(ctx, Version) }

// MigrateTo is Migrate as the program of that version did it.
func (d *Database) MigrateTo(ctx context.Context, to int64) error {
	version, err := d.TablesVersion(ctx)
	if err != nil || version == int(to) {
		return err
	}
	return d.Turn(ctx, MigrateTurn, func(*Database) error {
		// Another process may have done it while we waited.
		if version, err := d.TablesVersion(ctx); err != nil || version == int(to) {
			return err
		}
		return d.again(ctx, "make the outbox's tables", func() error { return d.up(ctx, to) })
	})
}

func (d *Database) up(ctx context.Context, to int64) error {
	if d.File {
		// It stays with the file, so that connections need not ask for it.
		var mode string
		if err := d.DB.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
			return err
		}
		if mode != "wal" {
			return fmt.Errorf("the file system of %s cannot carry a database in WAL mode", d.Folder.Path(""))
		}
	}
	files, err := fs.Sub(migrations, d.migrations)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(d.goose, d.DB, files, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	// Goose takes tables of a newer program for its own.
	switch version, err := provider.GetDBVersion(ctx); {
	case err != nil:
		return err
	case version > Version:
		return newer(version)
	}
	if _, err := provider.UpTo(ctx, to); err != nil {
		return err
	}
	if !d.File {
		return nil
	}
	if _, err = d.DB.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", to)); err != nil {
		return err
	}
	return noteTables(d.Folder)
}

// version is that of the tables, 0 when there are none.
func (d *Database) TablesVersion(ctx context.Context) (int, error) {
	version := 0
	err := d.again(ctx, "open the outbox", func() error {
		look := d.look
		if d.File {
			look = "PRAGMA user_version" // the last thing that up sets
		}
		err := d.DB.QueryRowContext(ctx, look).Scan(&version)
		switch {
		case err != nil && postgresCode(err) == "42P01": // undefined_table
			version = 0
			return nil
		case err != nil || version == 0:
			return err
		}
		return Session{ctx, d.DB, d.dialect}.NotNewer()
	})
	if err != nil {
		return 0, err
	}
	return version, nil
}

// NotNewer is ErrNewer when the tables have become another program's. It is asked
// in each transaction: a worker runs on while a newer program is installed.
func (s Session) NotNewer() error {
	version := int64(0)
	if err := s.Row(s.look).Scan(&version); err != nil {
		return err
	}
	if version > Version {
		return newer(version)
	}
	return nil
}

func newer(version int64) error {
	return fmt.Errorf("%w: its tables have version %d, this program knows %d", ErrNewer, version, Version)
}

// ErrNewer says that a newer jirahook has changed the database. It is left alone,
// and pushes wait in the spool.
var ErrNewer = errors.New("a newer jirahook has been here")
