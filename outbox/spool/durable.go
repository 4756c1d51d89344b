package spool

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// FS is the part of a file system that durability rests on. Tests record what is
// done to it, and play a loss of power at every moment (internal/powerloss).
type FS interface {
	Mkdir(path string) error
	Create(path string) (File, error) // for writing; it must be new
	Rename(from, to string) error
	Remove(path string) error
	// SyncFolder makes the names in a folder durable (fsync(2)); what the files
	// hold is another matter.
	SyncFolder(path string) error
}

// File is one that is being written.
type File interface {
	io.WriteCloser
	Sync() error
}

// writeDurably makes a file that is on disk, whole and under its name, when it
// returns nil, and that before was not under that name at all: it is written
// under a temporary name, which must be new. A final name that is taken is
// fs.ErrExist.
func writeDurably(d FS, temp, final string, fill func(io.Writer) error) error {
	if err := write(d, temp, fill); err != nil {
		return err
	}
	var err error
	if _, there := os.Lstat(final); there == nil {
		err = &fs.PathError{Op: "create", Path: final, Err: fs.ErrExist}
	} else {
		err = d.Rename(temp, final)
	}
	if err != nil {
		return errors.Join(err, d.Remove(temp))
	}
	return d.SyncFolder(filepath.Dir(final))
}

// write makes a new file that holds what fill writes, on disk but for its name; on
// an error there is none.
func write(d FS, path string, fill func(io.Writer) error) error {
	f, err := d.Create(path)
	if err != nil {
		return err
	}
	if err = fill(f); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, d.Remove(path))
	}
	return nil
}

// all fills a file with what is at hand.
func all(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}

// makeFolder makes a folder with those above it, for the user alone, and makes
// all their names durable. One that is there is fine.
func makeFolder(d FS, path string) error {
	err := d.Mkdir(path)
	above := filepath.Dir(path)
	if errors.Is(err, fs.ErrNotExist) && above != path {
		if err := makeFolder(d, above); err != nil {
			return err
		}
		err = d.Mkdir(path)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.SyncFolder(above) // also for another process that has just made it
}

// OS is the real file system. What lies in the outbox's folder is reached through
// that alone; other paths are the admin's.
type OS struct{ In Folder }

// at is where a path lies: in the outbox's folder, else in that above it.
func (d OS) at(path string) (Folder, string) {
	if d.In.path != "" && path == d.In.path {
		return d.In, ""
	}
	if name, ok := strings.CutPrefix(path, d.In.path+"/"); ok && d.In.path != "" {
		return d.In, name
	}
	return Folder{filepath.Dir(path)}, filepath.Base(path)
}

func (d OS) Mkdir(path string) error {
	if in, name := d.at(path); name != "" {
		return in.Mkdir(name)
	}
	return os.Mkdir(path, 0o700)
}

func (d OS) Create(path string) (File, error) {
	in, name := d.at(path)
	f, err := in.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, err // not a nil *os.File
	}
	return f, nil
}

func (d OS) Rename(from, to string) error {
	in, old := d.at(from)
	toIn, name := d.at(to)
	if in != toIn {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: syscall.EXDEV}
	}
	return in.Rename(old, name)
}

func (d OS) Remove(path string) error {
	in, name := d.at(path)
	return in.Remove(name)
}

func (d OS) SyncFolder(path string) error {
	if in, name := d.at(path); in == d.In && d.In.path != "" {
		return in.Sync(name)
	}
	return Folder{path}.Sync("")
}
