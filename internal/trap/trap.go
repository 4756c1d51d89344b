// Package trap plays others who may write where the outbox lies, for tests: what
// they lay in the place of a file, and how a folder looks to them.
package trap

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// All are what somebody may lay where a file of the outbox belongs. Each is
// made at a path, beside a file that is not to be touched.
func All(t *testing.T) map[string]func(path, victim string) error {
	t.Helper()
	all := map[string]func(path, victim string) error{
		"a symbolic link": func(path, victim string) error { return os.Symlink(victim, path) },
		"a symbolic link below it": func(path, _ string) error {
			return errors.Join(os.WriteFile(path+".other", []byte("victim"), 0o600), os.Symlink(filepath.Base(path)+".other", path))
		},
		"a symbolic link to nothing": func(path, victim string) error { return os.Symlink(victim+".new", path) },
		"a hard link":                func(path, victim string) error { return os.Link(victim, path) },
		"a pipe":                     func(path, _ string) error { return unix.Mkfifo(path, 0o666) },
		"a socket":                   func(path, _ string) error { return unix.Mknod(path, unix.S_IFSOCK|0o666, 0) },
		"a folder":                   func(path, _ string) error { return os.Mkdir(path, 0o755) },
	}
	if os.Getuid() == 0 {
		all["a device"] = func(path, _ string) error { return unix.Mknod(path, unix.S_IFCHR|0o666, int(unix.Mkdev(1, 5))) }
		all["a file of daemon"] = func(path, _ string) error {
			return errors.Join(os.WriteFile(path, nil, 0o666), os.Chown(path, 1, 1))
		}
	}
	return all
}

// Lay lays one, and tells at the end of the test whether the victim was touched.
func Lay(t *testing.T, lay func(path, victim string) error, path string) {
	t.Helper()
	victim := filepath.Join(t.TempDir(), "victim")
	if err := errors.Join(os.WriteFile(victim, []byte("victim"), 0o640), os.RemoveAll(path), lay(path, victim)); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(victim)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		after, err := os.Stat(victim)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(victim)
		if err != nil || string(data) != "victim" || after.Mode() != before.Mode() || !after.ModTime().Equal(before.ModTime()) {
			t.Errorf("the victim holds %q (%v) and is %v of %v", data, err, after.Mode(), after.ModTime())
		}
		if _, err := os.Lstat(victim + ".new"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a file was made through the link: %v", err)
		}
		if data, err := os.ReadFile(path + ".other"); err == nil && string(data) != "victim" {
			t.Errorf("what lies beside it holds %q", data)
		}
	})
}

// AsStranger runs fn with the file access rights of nobody, which is the only
// way in which root meets a folder it may not write.
func AsStranger(t *testing.T, fn func()) {
	t.Helper()
	if os.Getuid() != 0 {
		fn()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if err := unix.Setfsgid(65534); err != nil {
			t.Error(err)
			return
		}
		if err := unix.Setfsuid(65534); err != nil {
			t.Error(err)
			return
		}
		fn()
	}()
	<-done
}
