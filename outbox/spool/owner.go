package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is how many links a path may lead through, as in path_resolution(7).
const maxLinks = 40

// Owner is who decides what the folder is, by user and group id: its owner, or,
// where that is root, the first other account that something on the way to it
// belongs to, such as a link or a folder above it. That account could lead root to
// any folder of root's. One that is not there yet is for who could make it.
//
// It is an error when everybody, or a group, could: there is no account that may
// do what they may.
func (f Folder) Owner() (uid, gid int, err error) {
	w, err := f.way()
	if err != nil {
		return 0, 0, err
	}
	switch {
	case w.is.Uid != 0:
		return int(w.is.Uid), int(w.is.Gid), nil
	case w.other != nil:
		return int(w.other.Uid), int(w.other.Gid), nil
	case w.open != "":
		return 0, 0, fmt.Errorf("%s belongs to root, but others may write there, too; outbox.dir must be where one account alone may", w.open)
	}
	return 0, 0, nil
}

// mayLead is an error when root has opened a folder of root's to which another
// account has led it.
func (f Folder) mayLead(opened unix.Stat_t) error {
	if os.Geteuid() != 0 || opened.Uid != 0 {
		return nil
	}
	w, err := f.way()
	switch {
	case err != nil:
		return err
	case w.other != nil:
		return notPlain(f.path, "a folder of root to which "+AccountName(int(w.other.Uid))+" leads")
	case w.is.Ino != opened.Ino || w.is.Dev != opened.Dev:
		return notPlain(f.path, "another folder than a moment ago")
	}
	return nil
}

// way follows the path as far as there is something.
func (f Folder) way() (way, error) {
	path, err := filepath.Abs(f.path)
	if err != nil {
		return way{}, err
	}
	w := way{ahead: strings.Split(path, "/"), at: "/"}
	if w.is, err = lstat("/"); err != nil {
		return way{}, err
	}
	for len(w.ahead) > 0 {
		if err := w.step(); errors.Is(err, fs.ErrNotExist) {
			break // somebody is to make it here
		} else if err != nil {
			return way{}, err
		}
	}
	w.last = true
	if w.is.Mode&unix.S_IFMT != unix.S_IFDIR {
		return way{}, &fs.PathError{Op: "open", Path: w.at, Err: unix.ENOTDIR}
	}
	if w.is.Uid == 0 {
		w.look()
	}
	return w, nil
}

// way is a path that is being followed.
type way struct {
	ahead []string // names
	at    string   // how far it is; no link any more
	is    unix.Stat_t
	last  bool // the outbox is here, or what it is to be made in
	links int

	other *unix.Stat_t // the first thing that is not root's
	open  string       // the first folder of root's in which others may put something in the next one's place
}

// step goes on to the next name.
func (w *way) step() error {
	name := w.ahead[0]
	switch name {
	case "", ".":
		w.ahead = w.ahead[1:]
		return nil
	case "..":
		w.at = filepath.Dir(w.at)
	default:
		w.look()
		next := filepath.Join(w.at, name)
		is, err := lstat(next)
		if err != nil {
			return err
		}
		if is.Mode&unix.S_IFMT == unix.S_IFLNK {
			if is.Uid != 0 && w.other == nil {
				w.other = &is
			}
			return w.follow(next)
		}
		w.at = next
	}
	w.ahead = w.ahead[1:]
	is, err := lstat(w.at)
	w.is = is
	return err
}

// follow puts what a link holds in its place.
func (w *way) follow(link string) error {
	if w.links++; w.links > maxLinks {
		return &fs.PathError{Op: "open", Path: link, Err: unix.ELOOP}
	}
	to, err := os.Readlink(link)
	if err != nil {
		return err
	}
	w.ahead = append(strings.Split(to, "/"), w.ahead[1:]...)
	if filepath.IsAbs(to) {
		w.at = "/"
		w.is, err = lstat("/")
	}
	return err
}

// look notes who else has a say in what lies in the folder that has been reached.
// In a sticky one, such as /tmp, nobody takes away what is root's.
func (w *way) look() {
	is := w.is
	if is.Uid != 0 && w.other == nil {
		w.other = &is
	}
	others := is.Mode&0o002 != 0 || is.Mode&0o020 != 0 && is.Gid != 0
	if others && (w.last || is.Mode&unix.S_ISVTX == 0) && w.open == "" {
		w.open = w.at
	}
}

func lstat(path string) (is unix.Stat_t, err error) {
	if err := unix.Lstat(path, &is); err != nil {
		return is, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return is, nil
}
