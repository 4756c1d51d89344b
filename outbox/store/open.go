package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"golang.org/x/sys/unix"

	"jirahook/outbox/spool"
)

// FileName is that of SQLite's file in the outbox's folder.
const FileName = "outbox.db"

// channel is what PostgreSQL's workers LISTEN on.
const channel = "jirahook_outbox"

// Listen calls poke when there may be new work, until the context ends or the
// connection breaks. It is PostgreSQL's.
func (d *Database) Listen(ctx context.Context, poke func()) error {
	conn, err := d.DB.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // it is broken, or the end has come
	return conn.Raw(func(driver any) error {
		pg := driver.(*stdlib.Conn).Conn()
		if _, err := pg.Exec(ctx, "LISTEN "+channel); err != nil {
			return err
		}
		for {
			poke() // for what came before LISTEN, too
			if _, err := pg.WaitForNotification(ctx); err != nil {
				return err
			}
		}
	})
}

// Options say where a database is and how it is used.
type Options struct {
	// Dir is the outbox's folder. SQLite's file is in it, and locks are.
	Dir string
	// Database is "sqlite" (or ""), for a file in Dir, or a postgres:// address.
	Database string
	// Brief: the process makes few statements and ends.
	Brief bool
	// Connections is how many statements may run at a time; on SQLite it is one.
	Connections int
}

// Open opens a database; a SQLite file is made where it is missing, and tables are
// Migrate's.
func Open(ctx context.Context, opts Options) (*Database, error) {
	switch {
	case opts.Database == "" || opts.Database == "sqlite":
		return openSQLite(ctx, opts.Dir)
	case strings.HasPrefix(opts.Database, "postgres://"), strings.HasPrefix(opts.Database, "postgresql://"):
		return openPostgres(opts)
	}
	return nil, errors.New("open the outbox: the database is neither sqlite nor a postgres:// address")
}

func openSQLite(ctx context.Context, dir string) (*Database, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the outbox: %w", err)
	}
	if err := checkFileSystem(dir); err != nil {
		return nil, err
	}
	in := spool.FolderAt(dir)
	file, err := openFile(ctx, in)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(file)
	db.SetMaxOpenConns(1)
	return &Database{DB: db, dialect: sqliteDialect(), Folder: in, at: file}, nil
}

// sqliteAddress asks for what survives a loss of power, and for transactions
// that take the write lock when they begin: one that reads first and then wants
// to write fails at once, whatever the timeout.
func sqliteAddress(path string) string {
	query := url.Values{
		// What the WAL holds must be read by the first who opens the file: 1 MB.
		"_pragma": {fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()), "synchronous(FULL)", "wal_autocheckpoint(250)"},
		"_txlock": {"immediate"},
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: query.Encode()}).String()
}

func openPostgres(opts Options) (*Database, error) {
	cfg, err := pgx.ParseConfig(opts.Database)
	if err != nil {
		return nil, fmt.Errorf("open the outbox: %w", err)
	}
	if opts.Brief { // to prepare a statement costs as much as to run it once
		cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	// Statements differ by their number of rows, and each one prepared is kept by
	// both sides.
	cfg.StatementCacheCapacity = 100
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(opts.Connections)
	return &Database{DB: db, dialect: postgresDialect(), Folder: spool.FolderAt(opts.Dir)}, nil
}

// Clock is the time that all processes of this outbox agree on.
func (d *Database) Clock(ctx context.Context) (func() time.Time, error) {
	if d.File {
		return time.Now, nil
	}
	var there time.Time
	before := time.Now()
	if err := d.DB.QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&there); err != nil {
		return nil, d.explain("open the outbox", err)
	}
	here := before.Add(time.Since(before) / 2)
	ahead := there.Sub(here)
	return func() time.Time { return time.Now().Add(ahead) }, nil
}

// refuseNetwork says no to file systems whose files several machines may open:
// SQLite's WAL needs memory that all processes share (https://sqlite.org/wal.html),
// and the locks of such file systems are not to be trusted. Types are those of
// statfs(2).
func refuseNetwork(dir string, kind int64) error {
	name, bad := map[int64]string{
		unix.NFS_SUPER_MAGIC:   "NFS",
		unix.SMB_SUPER_MAGIC:   "SMB",
		unix.SMB2_SUPER_MAGIC:  "SMB",
		unix.CIFS_SUPER_MAGIC:  "CIFS",
		unix.V9FS_MAGIC:        "9p",
		unix.FUSE_SUPER_MAGIC:  "FUSE",
		unix.CEPH_SUPER_MAGIC:  "Ceph",
		unix.AFS_SUPER_MAGIC:   "AFS",
		unix.AFS_FS_MAGIC:      "AFS",
		unix.CODA_SUPER_MAGIC:  "Coda",
		unix.OCFS2_SUPER_MAGIC: "OCFS2",
		unix.NCP_SUPER_MAGIC:   "NCP",
		0x01161970:             "GFS2", // linux/magic.h and the file systems' own sources
		0x0bd00bd0:             "Lustre",
		0x47504653:             "GPFS",
		0x786f4256:             "vboxsf",
	}[kind&0xffffffff]
	if !bad {
		return nil
	}
	return fmt.Errorf("open the outbox: %w: %s is on %s; put outbox.dir on a local disk, or set outbox.database to a postgres:// address", ErrNetwork, dir, name)
}

// ErrNetwork says that SQLite cannot be trusted where the outbox is.
var ErrNetwork = errors.New("SQLite does not work on a network file system")
