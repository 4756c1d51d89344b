package outbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"jirahook/outbox/spool"
	"jirahook/outbox/store"
)

// Inspection is what stands in an outbox, read without changing anything: no
// push is taken in, no table made.
type Inspection struct {
	// New: there is no database yet; the first push makes it.
	New    bool
	Counts Counts
	Sites  []Site
	// LastSite is that of the push that was taken in last; "": none was.
	LastSite string
	Held     []HeldPush
	// Senders are those of whatever waits, the last seen first.
	Senders []SeenSender
	// Pushed are the repositories of which pushes are on record.
	Pushed []Pushed
	// Damage is what a look through SQLite's file found; "": nothing.
	Damage string
	// Partly: the file is large, and the look through it was ended early.
	Partly bool
}

// Inspect reads an outbox.
func Inspect(ctx context.Context, opts Options) (Inspection, error) {
	d, err := store.OpenReadOnly(ctx, opts.database())
	if errors.Is(err, fs.ErrNotExist) {
		return Inspection{New: true}, nil
	}
	if err != nil {
		return Inspection{}, err
	}
	defer d.Close()
	// A person waits, and others may hold the database for long.
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var found Inspection
	if d.File {
		if found.Damage, found.Partly, err = d.QuickCheck(ctx); err != nil || found.Damage != "" {
			return found, err
		}
	}
	o, err := asItIs(ctx, d, opts)
	if o == nil {
		found.New = err == nil
		return found, err
	}
	if found.Counts, err = o.Counts(ctx); err == nil {
		found.Sites, err = o.Sites(ctx)
	}
	if err == nil {
		found.LastSite, err = o.lastSite(ctx)
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
	d, err := store.OpenReadOnly(ctx, opts.database())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	o, err := asItIs(ctx, d, opts)
	if o == nil {
		return err
	}
	return read(o)
}

// asItIs is the outbox in a database that was opened to be read; nil: there are no
// tables yet.
func asItIs(ctx context.Context, d *store.Database, opts Options) (*Outbox, error) {
	if made, err := d.Made(ctx); err != nil || !made {
		return nil, err
	}
	o := &Outbox{db: d, opts: opts}
	o.opts.Now = time.Now
	return o, nil
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
	return append(store.Files(), spool.LogFile, "ingest.lock", planLock)
}

// mayWrite asks for the effective user, as open(2) would.
func mayWrite(path string, mode uint32) bool {
	return unix.Faccessat(unix.AT_FDCWD, path, mode, unix.AT_EACCESS) == nil
}
