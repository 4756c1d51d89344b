package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"jirahook/outbox/spool"
)

// sqliteFile is the file that an outbox was opened with. Connections are made to
// it and to no other: what stands under its name may be another one by now, when
// the first was damaged and set aside. It is a driver.Connector.
type sqliteFile struct {
	in     spool.Folder
	is     fs.FileInfo
	driver driver.Driver
}

// ReplaceLock is held, shared, by those who open the database and, alone, by
// who sets it aside. A new file beside the old one's journal would take what
// stands in that for its own.
const ReplaceLock = "replace.lock"

// ErrReplaced says that the database was set aside by another process, which
// began a new one: this outbox must be opened anew.
var ErrReplaced = errors.New("the database was set aside and begun anew")

// openFile finds or makes the file.
func openFile(ctx context.Context, in spool.Folder) (*sqliteFile, error) {
	unlock, err := shareReplaceLock(ctx, in)
	if err != nil {
		return nil, err
	}
	defer unlock()
	// SQLite itself would let others read it. Never open an existing file here:
	// closing it would drop the locks of another connection of this process
	// (https://sqlite.org/howtocorrupt.html).
	f, err := in.OpenFile(FileName, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err == nil {
		err = f.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("open the outbox: %w", err)
	}
	is, err := databaseIn(in)
	if err != nil {
		return nil, fmt.Errorf("open the outbox: %w", err)
	}
	if is.Size() == 0 && hadTables(in) {
		return nil, &Damage{fmt.Errorf("open the outbox: %w", errEmptied), is}
	}
	healCompanions(in, is)
	none, err := sql.Open("sqlite", "") // connects to nothing; it knows the driver
	if err != nil {
		return nil, fmt.Errorf("open the outbox: %w", err)
	}
	return &sqliteFile{in, is, none.Driver()}, none.Close()
}

// errEmptied is of a file that was cut to nothing, or deleted. SQLite would take
// it for a new one, and nobody would learn what is lost.
var errEmptied = errors.New("the database file is empty, but there were tables in it")

// database looks at the database's file, and at what SQLite keeps beside it: it
// opens them by their names, and follows links. A FIFO would keep it waiting.
func databaseIn(f spool.Folder) (fs.FileInfo, error) {
	for _, ending := range append(Companions(), "-journal") {
		if _, err := f.Stat(FileName + ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return f.Stat(FileName)
}

// noteTables remembers, beside the database, that it has tables.
func noteTables(in spool.Folder) error {
	f, err := in.OpenFile(MigrateTurn+".lock", os.O_WRONLY|os.O_CREATE)
	if err != nil {
		return err
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = fmt.Fprintln(f, "tables were made, version", Version)
	}
	return errors.Join(err, f.Close())
}

func forgetTables(in spool.Folder) error {
	f, err := in.OpenFile(MigrateTurn+".lock", os.O_WRONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(0), f.Close())
}

func hadTables(in spool.Folder) bool {
	is, err := in.Stat(MigrateTurn + ".lock")
	return err == nil && is.Size() > 0
}

// Connect implements driver.Connector.
func (f *sqliteFile) Connect(ctx context.Context) (driver.Conn, error) {
	unlock, err := shareReplaceLock(ctx, f.in)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := f.stillThere(); err != nil {
		return nil, err
	}
	return f.driver.Open(sqliteAddress(f.in.Path(FileName)))
}

// Driver implements driver.Connector.
func (f *sqliteFile) Driver() driver.Driver { return f.driver }

// stillThere is ErrReplaced when another file has the database's name.
func (f *sqliteFile) stillThere() error {
	if f == nil { // not SQLite
		return nil
	}
	now, err := databaseIn(f.in)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(now, f.is) {
		return ErrReplaced
	}
	return err
}

func shareReplaceLock(ctx context.Context, in spool.Folder) (func(), error) {
	unlock, err := in.Lock(ctx, ReplaceLock, unix.LOCK_SH)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS) {
		return func() {}, nil // SQLite has clearer words for it
	}
	return unlock, err
}

// Companions are the endings of the files that SQLite keeps beside a database in
// WAL mode.
func Companions() []string { return []string{"-wal", "-shm"} }

// healCompanions gives them the database's own rights again. One that was made
// while the database was read-only stays so, and SQLite could never write again.
func healCompanions(in spool.Folder, database fs.FileInfo) {
	const writable = 0o200
	for _, ending := range Companions() {
		info, err := in.Stat(FileName + ending)
		if err == nil && info.Mode().Perm()&writable == 0 && database.Mode().Perm()&writable != 0 {
			_ = os.Chmod(in.Path(FileName+ending), database.Mode().Perm()) // another's file: SQLite will say so
		}
	}
}
