package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	"golang.org/x/sys/unix"

	"jirahook/outbox/spool"
)

// OpenReadOnly opens the database that is there.
func OpenReadOnly(ctx context.Context, opts Options) (*Database, error) {
	if opts.Database != "" && opts.Database != "sqlite" {
		return openPostgres(opts)
	}
	if err := checkFileSystem(opts.Dir); err != nil {
		return nil, err
	}
	in := spool.FolderAt(opts.Dir)
	is, err := databaseIn(in)
	if err != nil {
		return nil, fmt.Errorf("open the outbox: %w", err)
	}
	query := url.Values{"mode": {"ro"}, "_pragma": {fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()), "query_only(1)"}}
	if wal, err := in.Stat(FileName + "-wal"); err != nil || wal.Size() == 0 {
		query.Set("immutable", "1") // all is in the file; else SQLite would make its companions
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: in.Path(FileName), RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open the outbox: %w", err)
	}
	db.SetMaxOpenConns(1)
	return &Database{DB: db, dialect: sqliteDialect(), Folder: in, at: &sqliteFile{in: in, is: is, driver: db.Driver()}}, nil
}

// checkFor is how long a look through SQLite's file may take.
const checkFor = time.Second

// QuickCheck looks through all pages, as far as it gets in its time, a second. It tells
// in words what is wrong, and whether the look was ended early.
func (d *Database) QuickCheck(ctx context.Context) (damaged string, partly bool, err error) {
	brief, cancel := context.WithTimeout(ctx, checkFor)
	defer cancel()
	var said string
	err = d.DB.QueryRowContext(brief, "PRAGMA quick_check(1)").Scan(&said)
	switch {
	case isDamage(err):
		return err.Error(), false, nil
	case brief.Err() != nil && ctx.Err() == nil:
		return "", true, nil
	case err != nil:
		return "", false, d.explain("look through the outbox", err)
	case said != "ok":
		return said, false, nil
	}
	return "", false, nil
}

// checkFileSystem is ErrNetwork where SQLite cannot be trusted.
func checkFileSystem(dir string) error {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return fmt.Errorf("open the outbox: statfs %s: %w", dir, err)
	}
	return refuseNetwork(dir, int64(stat.Type))
}

// Made reports whether there are tables, which a reader must find as this program
// makes them: else it is ErrOlder or ErrNewer.
func (d *Database) Made(ctx context.Context) (bool, error) {
	version, err := d.TablesVersion(ctx)
	if err != nil || version == 0 {
		return false, err
	}
	if version < Version {
		return false, fmt.Errorf("%w: its tables have version %d, this program makes them %d with the next push", ErrOlder, version, Version)
	}
	return true, nil
}

// ErrOlder says that the database is one of an older jirahook.
var ErrOlder = errors.New("the database is an older jirahook's")

// databaseFiles are the names of those in the outbox's folder that are the database's.
func Files() []string {
	return []string{FileName, FileName + "-wal", FileName + "-shm", MigrateTurn + ".lock", ReplaceLock}
}
