package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"jirahook/outbox/spool"
)

// Inspection is what stands in an outbox, read without changing anything: no
// push is taken in, no table made.
type Inspection struct {
	// New: there is no database yet; the first push makes it.
	New    bool
	Counts Counts
	Sites  []Site
	Held   []HeldPush
	// Senders are those of whatever waits, the last seen first.
	Senders []SeenSender
	// Pushed are the repositories of which pushes are on record.
	Pushed []Pushed
	// Damage is what a look through SQLite's file found; "": nothing.
	Damage string
	// Partly: the file is large, and the look through it was ended early.
	Partly bool
}

// checkFor is how long a look through SQLite's file may take.
const checkFor = time.Second

// Inspect reads an outbox.
func Inspect(ctx context.Context, opts Options) (Inspection, error) {
	d, err := openReadOnly(ctx, opts)
	if errors.Is(err, fs.ErrNotExist) {
		return Inspection{New: true}, nil
	}
	if err != nil {
		return Inspection{}, err
	}
	defer d.db.Close()
	// A person waits, and others may hold the database for long.
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var found Inspection
	if d.file {
		if found.Damage, found.Partly, err = quickCheck(ctx, d); err != nil || found.Damage != "" {
			return found, err
		}
	}
	o, err := d.asItIs(ctx, opts)
	if o == nil {
		found.New = err == nil
		return found, err
	}
	if found.Counts, err = o.Counts(ctx); err == nil {
		found.Sites, err = o.Sites(ctx)
	}
	if err == nil {
		found.Held, err = o.HeldPushes(ctx)
	}
	if err == nil {
		found.Senders, err = o.Senders(ctx)
	}
	if err == nil {
		found.Pushed, err = o.Pushed(ctx)
	}
	return found, err
}

// Peek reads something of an outbox without changing anything. Where there is none,
// or no push has come yet, nothing is read.
func Peek(ctx context.Context, opts Options, read func(*Outbox) error) error {
	d, err := openReadOnly(ctx, opts)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.db.Close()
	o, err := d.asItIs(ctx, opts)
	if o == nil {
		return err
	}
	return read(o)
}

// asItIs is the outbox in a database that was opened to be read; nil: there are no
// tables yet.
func (d *database) asItIs(ctx context.Context, opts Options) (*Outbox, error) {
	version, err := d.version(ctx)
	if err != nil || version == 0 {
		return nil, err
	}
	if version < schemaVersion {
		return nil, fmt.Errorf("%w: its tables have version %d, this program makes them %d with the next push", ErrOlder, version, schemaVersion)
	}
	o := &Outbox{db: d, opts: opts}
	o.opts.Now = time.Now
	return o, nil
}

// ErrOlder says that the database is one of an older jirahook.
var ErrOlder = errors.New("the database is an older jirahook's")

// openReadOnly opens the database that is there.
func openReadOnly(ctx context.Context, opts Options) (*database, error) {
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
	if wal, err := in.Stat(databaseFile + "-wal"); err != nil || wal.Size() == 0 {
		query.Set("immutable", "1") // all is in the file; else SQLite would make its companions
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: in.Path(databaseFile), RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open the outbox: %w", err)
	}
	db.SetMaxOpenConns(1)
	return &database{db: db, dialect: sqliteDialect(), in: in, at: &sqliteFile{in: in, is: is, driver: db.Driver()}}, nil
}

// quickCheck looks through all pages, as far as it gets in its time.
func quickCheck(ctx context.Context, d *database) (damaged string, partly bool, err error) {
	brief, cancel := context.WithTimeout(ctx, checkFor)
	defer cancel()
	var said string
	err = d.db.QueryRowContext(brief, "PRAGMA quick_check(1)").Scan(&said)
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

// Disk is the place of an outbox.
type Disk struct {
	// Missing: the folder is not there, and Parent, the next one above it that is,
	// was looked at.
	Missing bool
	Parent  string
	// Writable: this process may make files there.
	Writable bool
	ReadOnly bool   // the file system is
	Free     uint64 // bytes for others than root
	Files    uint64 // how many more it takes; 0 with Free: it does not say
	Owner    int    // user id
	// Others may make and rename files in it: its group, or everybody.
	Others bool
	// Foreign are files in it that this process may not write.
	Foreign []string
	// NotPlain tells of links and the like where the outbox's files belong: they
	// are left alone, and what should be done with such a file is not done.
	NotPlain []string
}

// InspectDisk looks at the folder of an outbox.
func InspectDisk(dir string) (Disk, error) {
	d := Disk{Parent: dir}
	info, err := os.Stat(dir)
	for errors.Is(err, fs.ErrNotExist) && d.Parent != "/" {
		d.Missing, d.Parent = true, filepath.Dir(d.Parent)
		info, err = os.Stat(d.Parent)
	}
	if err != nil {
		return d, err
	}
	if !info.IsDir() {
		return d, fmt.Errorf("%s is not a folder", d.Parent)
	}
	var stat unix.Statfs_t
	if err := unix.Statfs(d.Parent, &stat); err != nil {
		return d, fmt.Errorf("statfs %s: %w", d.Parent, err)
	}
	d.Free, d.Files = stat.Bavail*uint64(stat.Bsize), stat.Ffree
	d.ReadOnly = stat.Flags&unix.ST_RDONLY != 0
	d.Writable = mayWrite(d.Parent, unix.W_OK|unix.X_OK)
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		d.Owner = int(st.Uid)
	}
	d.Others = !d.Missing && info.Mode().Perm()&0o022 != 0
	if d.Missing {
		return d, nil
	}
	in := spool.FolderAt(dir)
	for _, name := range append(ownFiles(), spool.FolderName) {
		if _, err := os.Lstat(in.Path(name)); err == nil && !mayWrite(in.Path(name), unix.W_OK) {
			d.Foreign = append(d.Foreign, in.Path(name))
		}
	}
	d.NotPlain, err = in.NotPlain()
	return d, err
}

// ownFiles are those that a process writes to by itself.
func ownFiles() []string {
	return []string{databaseFile, databaseFile + "-wal", databaseFile + "-shm", spool.LogFile, "ingest.lock", migrateTurn + ".lock", replaceLock, planLock}
}

// mayWrite asks for the effective user, as open(2) would.
func mayWrite(path string, mode uint32) bool {
	return unix.Faccessat(unix.AT_FDCWD, path, mode, unix.AT_EACCESS) == nil
}
