package outbox

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// traps are what somebody may lay where a file of the outbox belongs. Each is
// made at a path, beside a file that is not to be touched.
func traps(t *testing.T) map[string]func(path, victim string) error {
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

// trap lays one, and tells at the end of the test whether the victim was touched.
func trap(t *testing.T, lay func(path, victim string) error, path string) {
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

// Whatever lies there, nothing is opened, nobody waits, and it is told what it is.
func TestFolderOpensPlainFilesOnly(t *testing.T) {
	for what, lay := range traps(t) {
		t.Run(what, func(t *testing.T) {
			for _, name := range []string{"file", "spool/file", "spool/bad/file"} {
				in := FolderAt(t.TempDir())
				if err := os.MkdirAll(in.Path("spool/bad"), 0o700); err != nil {
					t.Fatal(err)
				}
				path := in.Path(name)
				trap(t, lay, path)
				for _, flag := range []int{os.O_RDONLY, os.O_WRONLY, os.O_RDWR | os.O_CREATE, os.O_WRONLY | os.O_CREATE | os.O_APPEND, os.O_WRONLY | os.O_TRUNC | os.O_CREATE} {
					f, err := in.OpenFile(name, flag)
					wantError(t, err, ErrNotPlain)
					if f != nil {
						t.Errorf("%#x opens it", flag)
					}
				}
				_, err := in.Stat(name)
				wantError(t, err, ErrNotPlain)
				if kind := strings.TrimSuffix(strings.TrimSuffix(what, " to nothing"), " below it"); !strings.Contains(err.Error(), path+" is "+kind) && !strings.Contains(err.Error(), "("+kind+")") {
					t.Errorf("tells %v", err)
				}
				_, err = in.ReadFile(name, 100)
				wantError(t, err, ErrNotPlain)
				wantError(t, in.ReplaceFile(name, []byte("new")), ErrNotPlain)
				if _, err = in.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL); !errors.Is(err, fs.ErrExist) {
					t.Errorf("makes it new: %v", err)
				}
				if err := in.Remove(name); err != nil { // itself, never what it leads to
					t.Errorf("remove: %v", err)
				}
				if err := in.ReplaceFile(name, []byte("new")); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A folder of the outbox is no link, either.
func TestFolderFollowsNoFolder(t *testing.T) {
	for what, lay := range traps(t) {
		if what == "a folder" || what == "a hard link" || what == "a file of daemon" {
			continue // hard links of folders do not exist; a file is no folder anyway
		}
		t.Run(what, func(t *testing.T) {
			in := FolderAt(t.TempDir())
			elsewhere := t.TempDir()
			if err := os.WriteFile(filepath.Join(elsewhere, "file"), []byte("victim"), 0o600); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(what, "a symbolic link") {
				lay = func(path, _ string) error { return os.Symlink(elsewhere, path) }
			}
			trap(t, lay, in.Path("spool"))
			_, err := in.ReadFile("spool/file", 100)
			wantError(t, err, ErrNotPlain)
			_, err = in.Names("spool")
			wantError(t, err, ErrNotPlain)
			wantError(t, in.Remove("spool/file"), ErrNotPlain)
			wantError(t, in.Rename("spool/file", "file"), ErrNotPlain)
			wantError(t, in.Mkdir("spool/bad"), ErrNotPlain)
			wantError(t, in.Sync("spool"), ErrNotPlain)
			_, err = OpenSpool(in.Path(""))
			wantError(t, err, ErrNotPlain)
			if data, err := os.ReadFile(filepath.Join(elsewhere, "file")); err != nil || string(data) != "victim" {
				t.Errorf("elsewhere lies %q, %v", data, err)
			}
		})
	}
}

// A push that is none is set aside, whatever lies where its reason is written,
// and can be forgotten.
func TestPlantedPush(t *testing.T) {
	for what, lay := range traps(t) {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t, Options{})
			const id = "20260101T000000.000000-1-0"
			trap(t, lay, w.spool.path(id))
			if err := os.Mkdir(w.spool.bad().Dir(), 0o700); err != nil {
				t.Fatal(err)
			}
			why := filepath.Join(w.spool.bad().Dir(), id+whySuffix)
			trap(t, lay, why)
			good := w.keep(facts{})
			in, err := w.Ingest(t.Context(), w.spool, w.planner)
			if err != nil || len(in.Bad) != 1 || in.Bad[0].Push != id || !slices.Equal(in.Taken, []string{good}) {
				t.Fatalf("ingested %+v, %v", in, err)
			}
			bad, err := w.spool.Bad()
			if err != nil || len(bad) != 1 || !strings.Contains(bad[0].Why, why+" is ") || !strings.Contains(bad[0].Why, ErrNotPlain.Error()) {
				t.Errorf("set aside: %+v, %v", bad, err)
			}
			if d, err := InspectDisk(w.opts.Dir); err != nil || len(d.NotPlain) < 2 {
				t.Errorf("doctor is told %q, %v", d.NotPlain, err)
			}
			if err := w.spool.Forget(id); err != nil {
				t.Fatal(err)
			}
			if bad, err := w.spool.Bad(); err != nil || len(bad) > 0 {
				t.Errorf("still set aside: %+v, %v", bad, err)
			}
		})
	}
}

// Old temporary names that are none of ours keep nobody from working.
func TestSweepOfTraps(t *testing.T) {
	for what, lay := range traps(t) {
		t.Run(what, func(t *testing.T) {
			s := newSpool(t)
			path := filepath.Join(s.Dir(), ".old"+tempSuffix)
			trap(t, lay, path)
			if what == "a folder" {
				if err := os.WriteFile(filepath.Join(path, "inside"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.sweep(time.Now().Add(2 * staleTemp)); err != nil {
				t.Error(err)
			}
		})
	}
}

// The database's files and locks: the outbox says what it is, and pushes stay in
// the spool.
func TestPlantedDatabase(t *testing.T) {
	for _, name := range []string{databaseFile, databaseFile + "-wal", databaseFile + "-shm", databaseFile + "-journal", replaceLock, migrateTurn + ".lock", "ingest.lock"} {
		for what, lay := range traps(t) {
			t.Run(name+" "+what, func(t *testing.T) {
				w := newWorld(t, Options{})
				kept := w.keep(facts{})
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				for _, n := range []string{databaseFile, "migrate.lock"} { // anew, so that its turn is taken
					if err := os.Remove(w.in.Path(n)); err != nil {
						t.Fatal(err)
					}
				}
				trap(t, lay, w.in.Path(name))
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				err := Use(ctx, w.opts, func(o *Outbox) error {
					_, err := o.Ingest(ctx, w.spool, w.planner)
					return err
				})
				wantError(t, err, ErrNotPlain)
				if !strings.Contains(err.Error(), w.in.Path(name)+" is ") {
					t.Errorf("tells %v", err)
				}
				if ids, err := w.spool.List(); err != nil || !slices.Equal(ids, []string{kept}) {
					t.Errorf("the spool holds %q, %v", ids, err)
				}
				if _, err := Inspect(ctx, w.opts); strings.HasPrefix(name, databaseFile) && !errors.Is(err, ErrNotPlain) {
					t.Errorf("doctor is told %v", err)
				}
			})
		}
	}
}
