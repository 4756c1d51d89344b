// Package store is the outbox's database: how it is opened, made, asked and written,
// on SQLite or PostgreSQL. It owns transactions and turns; what the tables mean is the
// outbox's.
//
//	database.go    transactions, turns; dialect.go: in what the databases differ
//	open.go        SQLite's file and PostgreSQL's server; sqlitefile.go: one file, whatever has its name later
//	schema.go      the tables, by migrations/
//	damage.go      a damaged SQLite file is set aside
//	readonly.go    a database that nobody may change; room.go: its size
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"jirahook/outbox/spool"
)

const (
	// busyFor is how long a transaction is tried again while others keep the
	// database locked, if its context does not end before. SQLite's own busy
	// handler sleeps through the end of a context, so it gets a short time, and the
	// rest is ours.
	busyFor     = 30 * time.Second
	busyTimeout = 250 * time.Millisecond
	// Chunk is how many rows one statement takes: SQLite has 32,766 parameters
	// for a statement (https://sqlite.org/limits.html).
	Chunk = 100
)

// Database runs statements; how the dialects differ is known here, in
// dialect.go, and nowhere else.
type Database struct {
	DB *sql.DB
	dialect
	Folder spool.Folder // of the outbox: where lock files lie
	at     *sqliteFile  // nil: not SQLite
	tx     *sql.Tx      // all that is read and written is part of it; nil: of nothing
}

// Close closes it.
func (d *Database) Close() error { return d.DB.Close() }

// StillThere is ErrReplaced when another file has the database's name by now.
func (d *Database) StillThere() error { return d.at.stillThere() }

// Session is a transaction, or the database without one, for one context.
type Session struct {
	ctx context.Context
	q   querier
	dialect
}

type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Exec returns how many rows were changed.
func (s Session) Exec(query string, args ...any) (int64, error) {
	r, err := s.q.ExecContext(s.ctx, s.rebind(query), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (s Session) Row(query string, args ...any) *sql.Row {
	return s.q.QueryRowContext(s.ctx, s.rebind(query), args...)
}

// Each hands every row of an answer to scan. The rows are closed before it
// returns: SQLite has one connection, so no other statement may run meanwhile.
func (s Session) Each(scan func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := s.q.QueryContext(s.ctx, s.rebind(query), args...)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// Read runs fn outside a transaction: every statement is one of its own.
func (d *Database) Read(ctx context.Context, doing string, fn func(Session) error) error {
	if d.tx != nil {
		return d.part(ctx, doing, fn)
	}
	return d.again(ctx, doing, func() error { return fn(Session{ctx, d.DB, d.dialect}) })
}

// Write runs fn in a transaction, and once more, as often as needed, when the
// database was locked or chose it as the victim of a deadlock. So fn must not
// change anything but the database, or set it anew each time.
func (d *Database) Write(ctx context.Context, doing string, fn func(Session) error) error {
	if d.tx != nil {
		return d.part(ctx, doing, fn)
	}
	return d.again(ctx, doing, func() error { return d.transaction(ctx, d.DB, fn) })
}

// part does something as part of a transaction that others begin, try again and
// commit.
func (d *Database) part(ctx context.Context, doing string, fn func(Session) error) error {
	if err := fn(Session{ctx, d.tx, d.dialect}); err != nil {
		return d.explain(doing, err)
	}
	return nil
}

// WriteLazily is write without waiting for the disk: a loss of power, or the
// death of PostgreSQL's server, may take the last of it back, up to the next
// write at most. It is for leases, which the dead need not, and for outcomes: an
// action whose outcome is lost is found sending, and looked for in Jira.
func (d *Database) WriteLazily(ctx context.Context, doing string, fn func(Session) error) error {
	return d.again(ctx, doing, func() error {
		if d.File {
			return d.unsynced(ctx, fn)
		}
		return d.transaction(ctx, d.DB, func(s Session) error {
			if _, err := s.Exec("SET LOCAL synchronous_commit = off"); err != nil {
				return err
			}
			return fn(s)
		})
	})
}

// unsynced commits to SQLite without fsync. The connection, the only one, is its
// own meanwhile; one that cannot be set back is thrown away.
func (d *Database) unsynced(ctx context.Context, fn func(Session) error) error {
	conn, err := d.DB.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // gives it back
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous = NORMAL"); err != nil {
		return err
	}
	err = d.transaction(ctx, conn, fn)
	if _, backErr := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA synchronous = FULL"); backErr != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	}
	return err
}

// beginner is a database or one connection to it.
type beginner interface {
	BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
}

func (d *Database) transaction(ctx context.Context, on beginner, fn func(Session) error) error {
	tx, err := on.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	s := Session{ctx, tx, d.dialect}
	err = s.NotNewer()
	if err == nil {
		err = fn(s)
	}
	if err != nil {
		return errors.Join(err, rollback(tx))
	}
	return tx.Commit()
}

func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}

func (d *Database) again(ctx context.Context, doing string, fn func() error) error {
	if err := d.untilFree(ctx, fn); err != nil {
		return d.explain(doing, err)
	}
	return nil
}

func (d *Database) untilFree(ctx context.Context, fn func() error) error {
	end := time.Now().Add(busyFor)
	for {
		err := fn()
		if err == nil || !d.passing(err) || ctx.Err() != nil || time.Now().After(end) {
			return err
		}
		select {
		case <-time.After(time.Millisecond + rand.N(20*time.Millisecond)):
		case <-ctx.Done():
		}
	}
}

// Turn runs fn while no other process that shares the outbox has a turn of that
// name. On PostgreSQL all that fn does with the database it gets is one
// transaction, which may be run again: see write. So it takes one connection, and
// the lock ends with the transaction, which works through a pooler too.
func (d *Database) Turn(ctx context.Context, name string, fn func(*Database) error) error {
	const doing = "wait for our turn"
	if d.File {
		unlock, err := d.Folder.Lock(ctx, name+".lock", unix.LOCK_EX)
		if err != nil {
			return err
		}
		defer unlock()
		return fn(d)
	}
	return d.untilFree(ctx, func() error {
		tx, err := d.DB.BeginTx(ctx, nil)
		if err != nil {
			return d.explain(doing, err)
		}
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtext($1))", "jirahook "+name); err != nil {
			return errors.Join(d.explain(doing, err), rollback(tx))
		}
		if name != MigrateTurn {
			if err := (Session{ctx, tx, d.dialect}).NotNewer(); err != nil {
				return errors.Join(d.explain(doing, err), rollback(tx))
			}
		}
		mine := *d
		mine.tx = tx
		if err := fn(&mine); err != nil {
			return errors.Join(err, rollback(tx))
		}
		if err := tx.Commit(); err != nil {
			return d.explain("end our turn", err)
		}
		return nil
	})
}

// Values is "(?,?),(?,?)" for rows of that many columns.
func Values(rows, columns int) string {
	return RowsOf(rows, "("+strings.TrimSuffix(strings.Repeat("?,", columns), ",")+")")
}

// RowsOf is a row, n times, with commas.
func RowsOf(n int, row string) string { return strings.TrimSuffix(strings.Repeat(row+",", n), ",") }

// Text is s as every database takes it: no NUL, no broken UTF-8.
func Text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// Millis is a time as it is kept; the zero time is 0.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func FromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
