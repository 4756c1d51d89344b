package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	sqlite3 "modernc.org/sqlite/lib"

	"jirahook/outbox/spool"
)

// damage is an error of a database file that is no database any more, or not all
// of it.
type damage struct {
	error
	file fs.FileInfo // the one that was open
}

func (d *damage) Unwrap() error { return d.error }

// isDamage: a disk that is full or fails, a lock, a missing right are none.
func isDamage(err error) bool {
	code := sqliteCode(err)
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}

// explain adds to the dialect's words which file is damaged.
func (d *database) explain(doing string, err error) error {
	err = d.dialect.explain(doing, err)
	if d.at != nil && isDamage(err) {
		return &damage{err, d.at.is}
	}
	return err
}

// needsReopening: this open outbox will never work again.
func needsReopening(err error) bool {
	return isDamage(err) || errors.Is(err, ErrReplaced) || errors.Is(err, ErrNewer) || sqliteCode(err) == sqlite3.SQLITE_READONLY
}

// Use opens an outbox, does something with it and closes it. A SQLite file that
// proves damaged on the way is set aside, and a new one begun, with which it is
// done once more; so do must bear that. The spool is not touched.
func Use(ctx context.Context, opts Options, do func(*Outbox) error) error {
	aside := ""
	for again := 0; ; again++ {
		err := use(ctx, opts, aside, do)
		var found *damage
		isDamaged := errors.As(err, &found)
		if again == 2 || !isDamaged && !errors.Is(err, ErrReplaced) {
			return err
		}
		if !isDamaged {
			continue
		}
		var asideErr error
		if aside, asideErr = setAside(ctx, opts, found); asideErr != nil {
			if opts.Log != nil {
				opts.Log.Error("set the damaged database aside", "error", asideErr, "damage", err)
			}
			return errors.Join(err, asideErr)
		}
	}
}

func use(ctx context.Context, opts Options, aside string, do func(*Outbox) error) error {
	o, err := Open(ctx, opts)
	if err != nil {
		return err
	}
	o.aside = aside
	err = do(o)
	if closeErr := o.Close(); err == nil && closeErr != nil && !errors.Is(closeErr, ErrReplaced) {
		o.opts.Log.Warn("close the outbox", "error", closeErr) // everything is committed
	}
	return err
}

// Anew is the path of the damaged database that was set aside when this outbox
// was opened; "" in almost every life.
func (o *Outbox) Anew() string { return o.aside }

// setAside renames a damaged database and what belongs to it, and returns its
// new path; "" when another process was faster. A file in which a look at all of
// it finds no damage stays where it is, and that is an error.
func setAside(ctx context.Context, opts Options, found *damage) (string, error) {
	// Nobody may be about to take a push into the file that goes away.
	in := spool.FolderAt(opts.Dir)
	unlock, err := in.Lock(ctx, "ingest.lock", unix.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer unlock()
	unlockReplace, err := in.Lock(ctx, replaceLock, unix.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer unlockReplace()
	now, err := databaseIn(in)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(now, found.file) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("set the damaged database aside: %w", err)
	}
	problem, waiting, err := examine(ctx, in.Path(databaseFile), now)
	if err != nil {
		return "", fmt.Errorf("look for damage in the database: %w", err)
	}
	if problem == "" {
		return "", errors.New("a look at all of the database finds no damage: it stays")
	}
	if err := forgetTables(in); err != nil { // the next file begins empty
		return "", fmt.Errorf("set the damaged database aside: %w", err)
	}
	aside := in.Path(databaseFile + asideInfix + time.Now().UTC().Format("20060102T150405.000000Z"))
	if err := renameDatabase(spool.OS{In: in}, in.Path(databaseFile), aside); err != nil {
		return "", fmt.Errorf("set the damaged database aside: %w", err)
	}
	if opts.Log != nil {
		opts.Log.Error("the database is damaged: it was set aside and a new one begun; the spool is kept",
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
	if db.QueryRowContext(ctx, "SELECT count(*) FROM action WHERE "+waiting).Scan(&n) == nil {
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
	for _, ending := range companions() {
		if err := on.Rename(from+ending, to+ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return on.SyncFolder(filepath.Dir(from))
}

// SetAside lists the paths of damaged databases that were set aside in an
// outbox's folder and not deleted since.
func SetAside(dir string) ([]string, error) {
	in := spool.FolderAt(dir)
	names, err := in.Names("")
	if err != nil {
		return nil, fmt.Errorf("look for set-aside databases: %w", err)
	}
	var paths []string
	for _, name := range names {
		if !strings.HasPrefix(name, databaseFile+asideInfix) || slices.ContainsFunc(companions(), func(ending string) bool { return strings.HasSuffix(name, ending) }) {
			continue
		}
		paths = append(paths, in.Path(name))
	}
	return paths, nil
}
