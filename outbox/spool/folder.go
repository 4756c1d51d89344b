package spool

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Folder is the outbox's folder, and the one way to what lies in it. Whoever may
// write there, such as the account that runs the hooks, can lay something in a
// file's place for another who comes by, such as root. So below the folder no
// link is followed, and only plain files are opened: regular, with one name, of
// the folder's owner, root or ourselves. (os.Root would follow links that stay
// below it.) SQLite opens its files by itself: see outbox/store.
//
// The folder itself is the admin's choice and may be a link, but nobody leads root
// by one to a folder of root's. It is opened anew for each operation, as it may be
// moved or restored meanwhile. Names are below it, with slashes.
type Folder struct{ path string }

// LogFile is the name of a hook's log in the folder; it is the program's, not ours.
const LogFile = "jirahook.log"

// FolderAt is the folder at a path, which need not be there.
func FolderAt(path string) Folder { return Folder{filepath.Clean(path)} }

// Path is that of a name in the folder; of "" that of the folder.
func (f Folder) Path(name string) string { return filepath.Join(f.path, name) }

// ErrNotPlain is of something that lies where a file or folder of the outbox
// belongs, and is none.
var ErrNotPlain = errors.New("it is left alone")

func notPlain(path, what string) error { return fmt.Errorf("%s is %s: %w", path, what, ErrNotPlain) }

// openFolder is a folder that is open.
type openFolder struct {
	*os.File
	owner uint32 // of the outbox's folder
	group uint32
}

// open opens the folder, or one below it.
func (f Folder) open(below string) (openFolder, error) {
	dir, err := os.OpenFile(f.path, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return openFolder{}, err
	}
	var is unix.Stat_t
	if err := unix.Fstat(int(dir.Fd()), &is); err != nil {
		return openFolder{}, errors.Join(&fs.PathError{Op: "stat", Path: f.path, Err: err}, dir.Close())
	}
	if err := f.mayLead(is); err != nil {
		return openFolder{}, errors.Join(err, dir.Close())
	}
	o := openFolder{dir, is.Uid, is.Gid}
	for part := range strings.SplitSeq(below, "/") {
		if part == "" || part == "." {
			continue
		}
		next, err := o.openAt(part, os.O_RDONLY|unix.O_DIRECTORY)
		if errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
			if info, lookErr := os.Lstat(filepath.Join(o.Name(), part)); lookErr == nil {
				err = notPlain(filepath.Join(o.Name(), part), "not a folder but "+kindOf(info.Mode()))
			}
		}
		if err != nil {
			return openFolder{}, errors.Join(err, o.Close())
		}
		_ = o.Close()
		o.File = next
	}
	return o, nil
}

// openAt opens what has this name, whatever it is, but for a link. A pipe keeps
// nobody waiting.
func (o openFolder) openAt(name string, flag int) (*os.File, error) {
	path := filepath.Join(o.Name(), name)
	for {
		fd, err := unix.Openat(int(o.Fd()), name, flag|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
		if err == nil {
			return os.NewFile(uintptr(fd), path), nil
		}
		if err != unix.EINTR {
			return nil, &fs.PathError{Op: "open", Path: path, Err: err}
		}
	}
}

// plain is an error for everything but a plain file.
func (o openFolder) plain(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return notPlain(path, kindOf(info.Mode()))
	}
	is, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return nil
	case is.Nlink > 1:
		return notPlain(path, "a file that has another name, too (a hard link)")
	case is.Uid != 0 && is.Uid != o.owner && int(is.Uid) != os.Geteuid():
		return notPlain(path, "a file of "+AccountName(int(is.Uid)))
	}
	return nil
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	case mode.IsRegular():
		return "a file"
	}
	return "something odd"
}

// AccountName is what a user is called; one without an account by the number.
func AccountName(id int) string {
	number := strconv.Itoa(id)
	if u, err := user.LookupId(number); err == nil {
		return u.Username
	}
	return "user " + number
}

// in does something in the folder that a name is in, by the rest of the name.
func (f Folder) in(name string, do func(o openFolder, base string) error) error {
	o, err := f.open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(do(o, filepath.Base(name)), o.Close())
}

// OpenFile opens a plain file. The flags are those of os.OpenFile; what is made
// is for the owner of the folder alone, also when root makes it. There is no
// O_TRUNC: what a file is must be known before anything is done to it.
func (f Folder) OpenFile(name string, flag int) (file *os.File, err error) {
	err = f.in(name, func(o openFolder, base string) error {
		path := filepath.Join(o.Name(), base)
		// To open a device may do something.
		if info, err := os.Lstat(path); err == nil {
			if err := o.plain(path, info); err != nil && flag&os.O_EXCL == 0 {
				return err
			}
		}
		opened, err := o.openAt(base, flag&^os.O_TRUNC)
		if errors.Is(err, unix.ELOOP) {
			return notPlain(path, kindOf(fs.ModeSymlink))
		}
		if err != nil {
			return err
		}
		info, err := opened.Stat()
		if err == nil {
			err = o.plain(path, info)
		}
		if err != nil {
			return errors.Join(err, opened.Close())
		}
		if flag&os.O_CREATE != 0 && info.Size() == 0 { // what holds something was not made here
			o.give(opened)
		}
		file = opened
		return nil
	})
	return file, err
}

// give gives what root has made to the owner of the outbox, who could not use it
// otherwise. If it cannot be given, whoever cannot use it will say so.
func (o openFolder) give(file *os.File) {
	if os.Geteuid() == 0 && o.owner != 0 {
		_ = file.Chown(int(o.owner), int(o.group))
	}
}

// ReadFile reads a plain file of at most so many bytes.
func (f Folder) ReadFile(name string, most int64) ([]byte, error) {
	file, err := f.OpenFile(name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s is larger than %d KiB", file.Name(), most>>10)
	}
	return data, err
}

// ReplaceFile gives a name to new content, whole, also while others read the old
// one. The content may be lost with the power. Where something other than a file
// has the name, that stays.
func (f Folder) ReplaceFile(name string, data []byte) error {
	if _, err := f.Stat(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	temp := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+"."+rand.Text()+tempSuffix)
	file, err := f.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = f.Rename(temp, name)
	}
	if err != nil {
		return errors.Join(err, f.Remove(temp))
	}
	return nil
}

// Stat looks at a plain file without opening it.
func (f Folder) Stat(name string) (info fs.FileInfo, err error) {
	err = f.in(name, func(o openFolder, base string) error {
		path := filepath.Join(o.Name(), base)
		if info, err = os.Lstat(path); err != nil {
			return err
		}
		return o.plain(path, info)
	})
	return info, err
}

// Names lists what is in a folder, sorted.
func (f Folder) Names(below string) ([]string, error) {
	o, err := f.open(below)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	names, err := o.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}

// Holds reports whether a folder holds a name like that. It looks no further than to
// the first.
func (f Folder) Holds(below string, like func(name string) bool) (bool, error) {
	o, err := f.open(below)
	if err != nil {
		return false, err
	}
	defer o.Close()
	for {
		names, err := o.Readdirnames(1000)
		switch {
		case slices.ContainsFunc(names, like):
			return true, nil
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, err
		}
	}
}

// Changed is when a name was last made or taken away in a folder.
func (f Folder) Changed(below string) (time.Time, error) {
	o, err := f.open(below)
	if err != nil {
		return time.Time{}, err
	}
	defer o.Close()
	info, err := o.File.Stat()
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

// Mkdir makes a folder.
func (f Folder) Mkdir(name string) error {
	return f.in(name, func(o openFolder, base string) error {
		if err := unix.Mkdirat(int(o.Fd()), base, 0o700); err != nil {
			return &fs.PathError{Op: "mkdir", Path: filepath.Join(o.Name(), base), Err: err}
		}
		if made, err := o.openAt(base, os.O_RDONLY|unix.O_DIRECTORY); err == nil {
			o.give(made)
			_ = made.Close()
		}
		return nil
	})
}

// Rename gives something another name; whatever has that already loses it.
func (f Folder) Rename(from, to string) error {
	return f.in(from, func(o openFolder, base string) error {
		return f.in(to, func(p openFolder, newBase string) error {
			if err := unix.Renameat(int(o.Fd()), base, int(p.Fd()), newBase); err != nil {
				return &os.LinkError{Op: "rename", Old: filepath.Join(o.Name(), base), New: filepath.Join(p.Name(), newBase), Err: err}
			}
			return nil
		})
	})
}

// Remove takes a name away, whatever has it; a folder must be empty.
func (f Folder) Remove(name string) error {
	return f.in(name, func(o openFolder, base string) error {
		err := unix.Unlinkat(int(o.Fd()), base, 0)
		if errors.Is(err, unix.EISDIR) {
			err = unix.Unlinkat(int(o.Fd()), base, unix.AT_REMOVEDIR)
		}
		if err != nil {
			return &fs.PathError{Op: "remove", Path: filepath.Join(o.Name(), base), Err: err}
		}
		return nil
	})
}

// Sync makes the names in a folder durable (fsync(2)).
func (f Folder) Sync(below string) error {
	o, err := f.open(below)
	if err != nil {
		return err
	}
	return errors.Join(o.File.Sync(), o.Close())
}
