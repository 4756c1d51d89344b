package spool

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Whose the folder is, and who leads root to it. Of daemon (1) is what begins with
// "daemon"; what others may write is told by its mode.
func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("this test must run here, as root")
		}
		t.Skip("left out: only root can give files away")
	}
	const (
		root   = 0o755
		sticky = 0o777 | os.ModeSticky
	)
	tests := []struct {
		name   string
		folder map[string]os.FileMode // made in the order of their names
		links  map[string]string
		group  string // a folder of the group 1
		path   string // of the outbox; "": it is out
		owner  int
		err    string // "": none
		fatal  error
		led    bool // root is not to go in although the folder is root's
	}{
		{name: "root's", folder: map[string]os.FileMode{"out": root}},
		{name: "somebody's", folder: map[string]os.FileMode{"daemon": root}, path: "daemon", owner: 1},
		{name: "root's below somebody's", folder: map[string]os.FileMode{"daemon": root, "daemon/out": root}, path: "daemon/out", owner: 1, led: true},
		{name: "root's below somebody's, farther up", folder: map[string]os.FileMode{"daemon": root, "daemon/a": root, "daemon/a/out": root}, path: "daemon/a/out", owner: 1, led: true},
		{name: "by somebody's link", folder: map[string]os.FileMode{"real": root}, links: map[string]string{"daemon-link": "real"}, path: "daemon-link", owner: 1, led: true},
		{name: "by somebody's link with a whole path", folder: map[string]os.FileMode{"real": root}, links: map[string]string{"daemon-link": "/real"}, path: "daemon-link", owner: 1, led: true},
		{name: "by root's link", folder: map[string]os.FileMode{"real": root}, links: map[string]string{"out": "real"}},
		{name: "by root's link through somebody's folder", folder: map[string]os.FileMode{"daemon": root, "daemon/real": root}, links: map[string]string{"out": "daemon/real"}, owner: 1, led: true},
		{name: "by a link up", folder: map[string]os.FileMode{"a": root, "real": root}, links: map[string]string{"a/out": ".././/real"}, path: "a/out"},
		{name: "into somebody's and up again", folder: map[string]os.FileMode{"a": root, "daemon": root, "real": root}, links: map[string]string{"a/out": "../daemon/../real"}, path: "a/out"},
		{name: "in a link's place", folder: map[string]os.FileMode{"real": root, "real/out": root}, links: map[string]string{"to": "real"}, path: "to/out"},
		{name: "everybody's", folder: map[string]os.FileMode{"out": 0o777}, err: "out belongs to root"},
		{name: "everybody's, sticky", folder: map[string]os.FileMode{"out": sticky}, err: "out belongs to root"},
		{name: "a group's", folder: map[string]os.FileMode{"out": 0o775}, group: "out", err: "out belongs to root"},
		{name: "root's group's", folder: map[string]os.FileMode{"out": 0o775}},
		{name: "below everybody's", folder: map[string]os.FileMode{"all": 0o777, "all/out": root}, path: "all/out", err: "all belongs to root"},
		{name: "below everybody's, sticky", folder: map[string]os.FileMode{"all": sticky, "all/out": root}, path: "all/out"},
		{name: "the first of two", folder: map[string]os.FileMode{"all": 0o777, "all/out": 0o777}, path: "all/out", err: "all belongs to root"},
		{name: "somebody's below everybody's", folder: map[string]os.FileMode{"all": 0o777, "all/daemon": root}, path: "all/daemon", owner: 1},
		{name: "to be made in root's", folder: map[string]os.FileMode{"a": root}, path: "a/out/in"},
		{name: "to be made in somebody's", folder: map[string]os.FileMode{"daemon": root}, path: "daemon/out/in", owner: 1},
		{name: "to be made in everybody's", folder: map[string]os.FileMode{"all": sticky}, path: "all/out", err: "all belongs to root"},
		{name: "a link in a ring", links: map[string]string{"out": "out"}, fatal: unix.ELOOP},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			give := func(name string) {
				if strings.HasPrefix(filepath.Base(name), "daemon") {
					err = errors.Join(err, os.Lchown(filepath.Join(dir, name), 1, 1))
				}
			}
			for _, name := range slices.Sorted(maps.Keys(tt.folder)) {
				path := filepath.Join(dir, name)
				err = errors.Join(err, os.Mkdir(path, 0o700), os.Chmod(path, tt.folder[name]))
				give(name)
			}
			for name, to := range tt.links {
				if filepath.IsAbs(to) {
					to = dir + to
				}
				err = errors.Join(err, os.Symlink(to, filepath.Join(dir, name)))
				give(name)
			}
			if tt.group != "" {
				err = errors.Join(err, os.Chown(filepath.Join(dir, tt.group), 0, 1))
			}
			if err != nil {
				t.Fatal(err)
			}
			if tt.path == "" {
				tt.path = "out"
			}
			f := FolderAt(filepath.Join(dir, tt.path))
			uid, gid, err := f.Owner()
			switch {
			case tt.fatal != nil:
				wantError(t, err, tt.fatal)
				return
			case tt.err != "":
				if err == nil || !strings.Contains(err.Error(), tt.err+", but others may write there") {
					t.Errorf("error %v", err)
				}
			case err != nil || uid != tt.owner || gid != tt.owner:
				t.Errorf("it is of %d, group %d, %v", uid, gid, err)
			}
			var is unix.Stat_t
			if err := unix.Stat(f.path, &is); err != nil {
				return // still to be made
			}
			_, err = f.Names("")
			if tt.led {
				wantError(t, err, ErrNotPlain)
			} else if err != nil {
				t.Errorf("opened: %v", err)
			}
			is.Ino++
			if err := f.mayLead(is); is.Uid == 0 && !errors.Is(err, ErrNotPlain) || is.Uid != 0 && err != nil {
				t.Errorf("another folder than was opened: %v", err)
			}
		})
	}
}

// As many links as the kernel follows.
func TestLinksHaveALimit(t *testing.T) {
	dir := t.TempDir()
	for n := range maxLinks + 1 {
		if err := os.Symlink(fmt.Sprint("l", n), filepath.Join(dir, fmt.Sprint("l", n+1))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "l0"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, _, err := FolderAt(filepath.Join(dir, fmt.Sprint("l", maxLinks))).Owner(); err != nil {
		t.Errorf("%d links: %v", maxLinks, err)
	}
	_, _, err := FolderAt(filepath.Join(dir, fmt.Sprint("l", maxLinks+1))).Owner()
	wantError(t, err, unix.ELOOP)
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err = FolderAt(filepath.Join(dir, "file")).Owner()
	wantError(t, err, unix.ENOTDIR)
}
