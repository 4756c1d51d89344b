package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	sqlite3 "modernc.org/sqlite/lib"

	"jirahook/outbox/spool"
)

// Damage is an error of a database file that is no database any more, or not all
// of it.
type Damage struct {
	error
	file fs.FileInfo // the one that was open
}

func (d *Damage) Unwrap() error { return d.error }

// isDamage: a disk that is full or fails, a lock, a missing right are none.
func isDamage(err error) bool {
	code := sqliteCode(err)
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}

// explain adds to the dialect's words which file is damaged.
func (d *Database) explain(doing string, err error) error {
	err = d.dialect.explain(doing, err)
	if d.at != nil && isDamage(err) {
		return d.Damaged(err)
	}
	return err
}

// Damaged is an error of this database's file that calls for damage.setAside.
func (d *Database) Damaged(err error) error { return &Damage{err, d.at.is} }

// NeedsReopening: this open outbox will never work again.
func NeedsReopening(err error) bool {
	return isDamage(err) || errors.Is(err, ErrReplaced) || errors.Is(err, ErrNewer) || sqliteCode(err) == sqlite3.SQLITE_READONLY
}

// SetAside renames a damaged database and what belongs to it, and returns its
// new path; "" when another process was faster. A file in which a look at all of
// it finds no damage stays where it is, and that is an error.
func (d *Damage) SetAside(ctx context.Context, dir string, log *slog.Logger) (string, error) {
	// Nobody may be about to take a push into the file that goes away.
	in := spool.FolderAt(dir)
	unlock, err := in.Lock(ctx, "ingest.lock", unix.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer unlock()
	unlockReplace, err := in.Lock(ctx, ReplaceLock, unix.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer unlockReplace()
	now, err := databaseIn(in)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(now, d.file) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("set the damaged database aside: %w", err)
	}
	problem, waiting, err := examine(ctx, in.Path(FileName), now)
	if err != nil {
		return "", fmt.Errorf("look for damage in the database: %w", err)
	}
	if problem == "" {
		return "", errors.New("a look at all of the database finds no damage: it stays")
	}
	if err := forgetTables(in); err != nil { // the next file begins empty
		return "", fmt.Errorf("set the damaged database aside: %w", err)
	}
	aside := in.Path(FileName + asideInfix + time.Now().UTC().Format("20060102T150405.000000Z"))
	if err := renameDatabase(spool.OS{In: in}, in.Path(FileName), aside); err != nil {
		return "", fmt.Errorf("set the damaged database aside: %w", err)
	}
	if log != nil {
		log.Error("the database is damaged: it was set aside and a new one begun; the spool is kept",
			"file", aside, "damage", problem, "waiting in it", waiting, "advice", AsideAdvice)
	}
	return aside, nil
}

// AsideAdvice says what a set-aside database means, and how to look at it.
const AsideAdvice = "actions that waited in it are not sent, held pushes in it are gone, and what Jira was told before may be told again by a later push of the same commits; " +
	"look at it with: sqlite3 FILE .recover; delete it when it is of no use any more"

// asideInfix stands between a database's name and the time when it was set aside.
const asideInfix = ".damaged-"

// examine looks at every page. It returns what is wrong, "" if nothing, and how
// many actions wait, in words.
func examine(ctx context.Context, path string, is fs.FileInfo) (problem, waits string, err error) {
	if is.Size() == 0 {
		return errEmptied.Error(), "not to be read", nil
	}
	db, err := sql.Open("sqlite", sqliteAddress(path))
	if err != nil {
		return "", "", err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	err = db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&problem)
	switch {
	case isDamage(err):
		problem = err.Error()
	case err != nil:
		return "", "", err
	case problem == "ok":
		return "", "", nil
	}
	waits = "not to be read"
	n := 0
	if db.QueryRowContext(ctx, "SELECT count(*) FROM action WHERE "+Waiting).Scan(&n) == nil {
		waits = fmt.Sprint(n)
	}
	return problem, waits, nil
}

// renameDatabase renames the database first: SQLite deletes a journal that it
// finds beside an empty file.
func renameDatabase(on spool.FS, from, to string) error {
	if err := on.Rename(from, to); err != nil {
		return err
	}
	for _, ending := range Companions() {
		if err := on.Rename(from+ending, to+ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return on.SyncFolder(filepath.Dir(from))
}

// SetAside lists the paths of damaged databases that were set aside in an
// outbox's folder and not deleted since.
func Aside(dir string) ([]string, error) {
	in := spool.FolderAt(dir)
	names, err := in.Names("")
	if err != nil {
		return nil, fmt.Errorf("look for set-aside databases: %w", err)
	}
	var paths []string
	for _, name := range names {
		if !strings.HasPrefix(name, FileName+asideInfix) || slices.ContainsFunc(Companions(), func(ending string) bool { return strings.HasSuffix(name, ending) }) {
			continue
		}
		paths = append(paths, in.Path(name))
	}
	return paths, nil
}
