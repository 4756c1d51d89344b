package outbox

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// sqliteFile is the file that an outbox was opened with. Connections are made to
// it and to no other: what stands under its name may be another one by now, when
// the first was damaged and set aside. It is a driver.Connector.
type sqliteFile struct {
	path   string
	is     fs.FileInfo
	driver driver.Driver
}

// replaceLock is held, shared, by those who open the database and, alone, by
// who sets it aside. A new file beside the old one's journal would take what
// stands in that for its own.
const replaceLock = "replace.lock"

// ErrReplaced says that the database was set aside by another process, which
// began a new one: this outbox must be opened anew.
var ErrReplaced = errors.New("the database was set aside and begun anew")

// openFile finds or makes the file at path.
func openFile(ctx context.Context, path string) (*sqliteFile, error) {
	unlock, err := shareReplaceLock(ctx, path)
	if err != nil {
		return nil, err
	}
	defer unlock()
	// SQLite itself would let others read it. Never open an existing file here:
	// closing it would drop the locks of another connection of this process
	// (https://sqlite.org/howtocorrupt.html).
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = f.Close()
		GiveToOwner(path)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("open the outbox: %w", err)
	}
	is, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open the outbox: %w", err)
	}
	if is.Size() == 0 && hadTables(filepath.Dir(path)) {
		return nil, &damage{fmt.Errorf("open the outbox: %w", errEmptied), is}
	}
	healCompanions(path, is)
	none, err := sql.Open("sqlite", "") // connects to nothing; it knows the driver
	if err != nil {
		return nil, fmt.Errorf("open the outbox: %w", err)
	}
	return &sqliteFile{path, is, none.Driver()}, none.Close()
}

// errEmptied is of a file that was cut to nothing, or deleted. SQLite would take
// it for a new one, and nobody would learn what is lost.
var errEmptied = errors.New("the database file is empty, but there were tables in it")

// noteTables remembers, beside the database, that it has tables.
func noteTables(dir string) error {
	return os.WriteFile(filepath.Join(dir, migrateTurn+".lock"), fmt.Appendln(nil, "tables were made, version", schemaVersion), 0o600)
}

func forgetTables(dir string) error {
	err := os.Truncate(filepath.Join(dir, migrateTurn+".lock"), 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func hadTables(dir string) bool {
	is, err := os.Stat(filepath.Join(dir, migrateTurn+".lock"))
	return err == nil && is.Size() > 0
}

// Connect implements driver.Connector.
func (f *sqliteFile) Connect(ctx context.Context) (driver.Conn, error) {
	unlock, err := shareReplaceLock(ctx, f.path)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := f.stillThere(); err != nil {
		return nil, err
	}
	return f.driver.Open(sqliteAddress(f.path))
}

// Driver implements driver.Connector.
func (f *sqliteFile) Driver() driver.Driver { return f.driver }

// stillThere is ErrReplaced when another file has the database's name.
func (f *sqliteFile) stillThere() error {
	if f == nil { // not SQLite
		return nil
	}
	now, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(now, f.is) {
		return ErrReplaced
	}
	return err
}

func shareReplaceLock(ctx context.Context, path string) (func(), error) {
	unlock, err := fileLock(ctx, filepath.Join(filepath.Dir(path), replaceLock), unix.LOCK_SH)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS) {
		return func() {}, nil // SQLite has clearer words for it
	}
	return unlock, err
}

// companions are the endings of the files that SQLite keeps beside a database in
// WAL mode.
func companions() []string { return []string{"-wal", "-shm"} }

// healCompanions gives them the database's own rights again. One that was made
// while the database was read-only stays so, and SQLite could never write again.
func healCompanions(path string, database fs.FileInfo) {
	const writable = 0o200
	for _, ending := range companions() {
		info, err := os.Lstat(path + ending)
		if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&writable == 0 && database.Mode().Perm()&writable != 0 {
			_ = os.Chmod(path+ending, database.Mode().Perm()) // another's file: SQLite will say so
		}
	}
}
