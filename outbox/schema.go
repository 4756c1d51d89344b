package outbox

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

// schemaVersion is the number of the newest migration.
const schemaVersion = 5

const migrateTurn = "migrate"

// migrate brings the tables up to this program's version. It looks first, which
// costs next to nothing, and takes a lock only if there is something to do: DDL
// at each start makes many hooks that start together fail, even "IF NOT EXISTS".
func (d *database) migrate(ctx context.Context) error {
	version, err := d.version(ctx)
	if err != nil || version == schemaVersion {
		return err
	}
	return d.turn(ctx, migrateTurn, func(*database) error {
		// Another process may have done it while we waited.
		if version, err := d.version(ctx); err != nil || version == schemaVersion {
			return err
		}
		return d.again(ctx, "make the outbox's tables", func() error { return d.up(ctx) })
	})
}

func (d *database) up(ctx context.Context) error {
	if d.file {
		// It stays with the file, so that connections need not ask for it.
		var mode string
		if err := d.db.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
			return err
		}
		if mode != "wal" {
			return fmt.Errorf("the file system of %s cannot carry a database in WAL mode", d.in.Path(""))
		}
	}
	files, err := fs.Sub(migrations, d.migrations)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(d.goose, d.db, files, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	// Goose takes tables of a newer program for its own.
	switch version, err := provider.GetDBVersion(ctx); {
	case err != nil:
		return err
	case version > schemaVersion:
		return newer(version)
	}
	if _, err := provider.Up(ctx); err != nil {
		return err
	}
	if !d.file {
		return nil
	}
	if _, err = d.db.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", schemaVersion)); err != nil {
		return err
	}
	return noteTables(d.in)
}

// version is that of the tables, 0 when there are none.
func (d *database) version(ctx context.Context) (int, error) {
	version := 0
	err := d.again(ctx, "open the outbox", func() error {
		look := d.look
		if d.file {
			look = "PRAGMA user_version" // the last thing that up sets
		}
		err := d.db.QueryRowContext(ctx, look).Scan(&version)
		switch {
		case err != nil && postgresCode(err) == "42P01": // undefined_table
			version = 0
			return nil
		case err != nil || version == 0:
			return err
		}
		return session{ctx, d.db, d.dialect}.notNewer()
	})
	if err != nil {
		return 0, err
	}
	return version, nil
}

// notNewer is ErrNewer when the tables have become another program's. It is asked
// in each transaction: a worker runs on while a newer program is installed.
func (s session) notNewer() error {
	version := int64(0)
	if err := s.row(s.look).Scan(&version); err != nil {
		return err
	}
	if version > schemaVersion {
		return newer(version)
	}
	return nil
}

func newer(version int64) error {
	return fmt.Errorf("%w: its tables have version %d, this program knows %d", ErrNewer, version, schemaVersion)
}

// ErrNewer says that a newer jirahook has changed the database. It is left alone,
// and pushes wait in the spool.
var ErrNewer = errors.New("a newer jirahook has been here")
