package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// What PostgreSQL's errors mean: what is worth trying again, and the plain fact.
func TestErrorsOfPostgres(t *testing.T) {
	d := postgresDialect()
	for code, want := range map[string]struct {
		passes bool
		plain  string
	}{
		"40001": {true, ""}, "40P01": {true, ""}, "23505": {}, "": {}, "5": {},
		"53000": {false, "the database server is short of disk, memory or connections"}, "53300": {false, "the database server is short of disk, memory or connections"},
		"57P01": {false, "the database server is going down or starting"}, "57P03": {false, "the database server is going down or starting"}, "57014": {},
	} {
		err := fmt.Errorf("exec: %w", &pgconn.PgError{Code: code, Message: "its own words"})
		words := d.explain("do it", err).Error()
		if d.passing(err) != want.passes || d.plain(err) != want.plain || !strings.HasPrefix(words, "do it: "+want.plain) || !strings.HasSuffix(words, "exec: "+err.(interface{ Unwrap() error }).Unwrap().Error()) {
			t.Errorf("%s: passes %v, %q, in words %q", code, d.passing(err), d.plain(err), words)
		}
	}
	if other := errors.New("other"); d.passing(other) || d.plain(other) != "" || postgresCode(other) != "" || sqlitePassing(other) || sqlitePlain(other) != "" || sqliteCode(other) != 0 {
		t.Error("an error that is no database's has a meaning there")
	}
}

// Each database gets its own placeholders.
func TestRebind(t *testing.T) {
	const query = "SELECT ? FROM x WHERE a = ? AND b IN (?,?)"
	if got := sqliteDialect().rebind(query); got != query {
		t.Errorf("SQLite: %s", got)
	}
	if got := postgresDialect().rebind(query); got != "SELECT $1 FROM x WHERE a = $2 AND b IN ($3,$4)" {
		t.Errorf("PostgreSQL: %s", got)
	}
	for got, want := range map[string]string{Values(1, 1): "(?)", Values(2, 3): "(?,?,?),(?,?,?)", Values(0, 2): "", RowsOf(2, "(?,1)"): "(?,1),(?,1)"} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A time is kept to the millisecond; no time is none.
func TestMillis(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 0, 0, 7e6, time.FixedZone("", 3600))
	if got := FromMillis(Millis(at)); !got.Equal(at) || got.Location() != time.UTC {
		t.Errorf("%v", got)
	}
	if Millis(time.Time{}) != 0 || !FromMillis(0).IsZero() || FromMillis(1).IsZero() || FromMillis(-1).IsZero() {
		t.Error("no time is not 0")
	}
}

// Which errors say that an outbox must be opened anew.
func TestNeedsReopening(t *testing.T) {
	for _, err := range []error{nil, errors.New("other"), fs.ErrNotExist, ErrOlder} {
		if NeedsReopening(err) {
			t.Errorf("%v", err)
		}
	}
	for _, err := range []error{ErrReplaced, fmt.Errorf("look: %w", ErrNewer)} {
		if !NeedsReopening(err) {
			t.Errorf("%v", err)
		}
	}
	// SQLite's own words for a database that is none, and for one that is not to be written.
	dir := t.TempDir()
	d, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "odd.db"), []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"odd.db": "the database file is damaged", FileName + "?mode=ro": "the database, or its -wal or -shm file, cannot be written by this user"} {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Exec("CREATE TABLE x (a)")
		if !NeedsReopening(err) || sqlitePlain(err) != want || isDamage(err) != (name == "odd.db") {
			t.Errorf("%s: %v: %q", name, err, sqlitePlain(err))
		}
		db.Close()
	}
}
