package store

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dialect is all in which the databases differ, apart from the text of the
// migrations. Queries are written with ? for their parameters.
type dialect struct {
	File       bool // one file on this machine, its locks are lock files
	goose      goose.Dialect
	migrations string   // folder of migrations
	look       string   // the query for the tables' version
	numbered   bool     // parameters are $1, $2, ...
	SkipLocked string   // appended to the SELECT of a row that will be claimed
	Notify     string   // statement that wakes workers at commit
	vacuum     []string // statements that give room back
	passing    func(error) bool
	plain      func(error) string
}

func sqliteDialect() dialect {
	return dialect{
		File:       true,
		goose:      goose.DialectSQLite3,
		migrations: "migrations/sqlite",
		// Who dies before up has come to its end has set only goose's.
		look:    "SELECT max(user_version, (SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied)) FROM pragma_user_version",
		vacuum:  []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"},
		passing: sqlitePassing,
		plain:   sqlitePlain,
	}
}

func postgresDialect() dialect {
	return dialect{
		goose:      goose.DialectPostgres,
		migrations: "migrations/postgres",
		look:       "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied",
		numbered:   true,
		SkipLocked: " FOR UPDATE SKIP LOCKED",
		Notify:     "SELECT pg_notify('" + channel + "', '')",
		vacuum:     []string{"VACUUM (ANALYZE) " + strings.Join(Tables(), ", ")},
		passing:    postgresPassing,
		plain:      postgresPlain,
	}
}

// rebind puts the database's own placeholders into a query. No query has a
// question mark in a literal.
func (d dialect) rebind(query string) string {
	if !d.numbered {
		return query
	}
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(query, "?") {
		if n > 0 {
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(part)
		n++
	}
	return b.String()
}

// sqliteCode is the primary result code (https://sqlite.org/rescode.html); 0
// for other errors.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}

// sqlitePassing reports whether a transaction that failed so is worth trying
// again.
func sqlitePassing(err error) bool {
	code := sqliteCode(err)
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

func sqlitePlain(err error) string {
	const full = "the disk is full; it goes on when there is room again"
	if e := (*sqlite.Error)(nil); errors.As(err, &e) && e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE {
		return full // no room for the -shm file
	}
	switch sqliteCode(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "another process keeps the database locked"
	case sqlite3.SQLITE_FULL:
		return full
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return "the database, or its -wal or -shm file, cannot be written by this user"
	case sqlite3.SQLITE_CANTOPEN:
		return "the database cannot be opened by this user"
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return "the database file is damaged"
	case sqlite3.SQLITE_IOERR:
		return "the disk fails"
	}
	return ""
}

// postgresCode is the SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html).
func postgresCode(err error) string {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return ""
	}
	return e.Code
}

func postgresPassing(err error) bool {
	switch postgresCode(err) {
	case "40001", "40P01": // serialization_failure, deadlock_detected
		return true
	}
	return false
}

func postgresPlain(err error) string {
	var connect *pgconn.ConnectError
	switch code := postgresCode(err); {
	case errors.As(err, &connect):
		return "the database does not answer"
	case strings.HasPrefix(code, "53"): // insufficient resources
		return "the database server is short of disk, memory or connections"
	case strings.HasPrefix(code, "57P"):
		return "the database server is going down or starting"
	}
	return ""
}

// explain puts a plain fact before a database's own words, where there is one.
func (d dialect) explain(doing string, err error) error {
	if plain := d.plain(err); plain != "" {
		return fmt.Errorf("%s: %s: %w", doing, plain, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}
