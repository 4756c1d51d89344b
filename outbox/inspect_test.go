package outbox

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"jirahook/internal/trap"
	"jirahook/outbox/spool"
	"jirahook/outbox/store"
)

// contents are the files of a folder with their sizes and, but for SQLite's
// shared memory, times.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && filepath.Ext(path) != ".db-shm" {
			all[path] = info.ModTime().String() + info.Mode().String()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestInspectChangesNothing(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.push(comment("a", "A-1"), comment("b", "A-2"))
		before := contents(t, w.opts.Dir)
		found, err := Inspect(t.Context(), w.opts)
		if err != nil || found.New || found.Damage != "" || found.Counts.Queued != 2 || len(found.Sites) != 1 || found.LastSite != found.Sites[0].Name {
			t.Errorf("%+v, %v", found, err)
		}
		account, err := ReadAccount(t.Context(), w.opts, 5)
		if err != nil || len(account.Tallies) != 1 || account.Tallies[0].Count != 2 || account.Tallies[0].State != Queued || len(account.Troubled) != 0 {
			t.Errorf("%+v, %v", account, err)
		}
		if after := contents(t, w.opts.Dir); !maps.Equal(before, after) {
			t.Errorf("before %v\nafter  %v", before, after)
		}
	})
}

// When all have closed the database there is no journal, and none is made.
func TestInspectClosedDatabase(t *testing.T) {
	w := newWorld(t, Options{})
	w.push(comment("a", "A-1"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	before := contents(t, w.opts.Dir)
	if found, err := Inspect(t.Context(), w.opts); err != nil || found.Counts.Queued != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	if after := contents(t, w.opts.Dir); !maps.Equal(before, after) {
		t.Errorf("before %v\nafter  %v", before, after)
	}
}

func TestInspectNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	if d, err := InspectDisk(dir); err != nil || !d.Missing || !d.Writable || d.Parent != filepath.Dir(dir) {
		t.Errorf("%+v, %v", d, err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if found, err := Inspect(t.Context(), Options{Dir: dir}); err != nil || !found.New {
		t.Errorf("%+v, %v", found, err)
	}
	if files := contents(t, dir); len(files) > 0 {
		t.Errorf("made: %v", files)
	}
	if n, oldest, err := spool.Peek(dir).Backlog(); n != 0 || !oldest.IsZero() || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%d, %v, %v", n, oldest, err)
	}
}

func TestInspectVersions(t *testing.T) {
	for version, want := range map[string]error{"1": store.ErrOlder, "99": store.ErrNewer} {
		w := newWorld(t, Options{})
		if _, err := w.db.DB.ExecContext(t.Context(), "PRAGMA user_version = "+version); err != nil {
			t.Fatal(err)
		}
		if _, err := Inspect(t.Context(), w.opts); !errors.Is(err, want) {
			t.Errorf("version %s: %v, want %v", version, err, want)
		}
	}
}

func TestInspectDamage(t *testing.T) {
	for name, damage := range ways() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			w.push(comment("a", "A-1"))
			closeAndDamage(t, w, damage)
			found, err := Inspect(t.Context(), w.opts)
			if err == nil && found.Damage == "" && !found.New {
				t.Errorf("nothing was found: %+v", found)
			}
			if aside := asideFiles(t, w.opts.Dir); len(aside) > 0 {
				t.Errorf("it was set aside: %v", aside)
			}
		})
	}
}

// Somebody who holds the database does not hold up who looks at it.
func TestInspectLocked(t *testing.T) {
	w := newWorld(t, Options{})
	w.push(comment("a", "A-1"))
	tx, err := w.db.DB.BeginTx(t.Context(), nil) // immediate: it takes the write lock
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	began := time.Now()
	if found, err := Inspect(t.Context(), w.opts); err != nil || found.Counts.Queued != 1 {
		t.Errorf("%+v, %v after %s", found, err, time.Since(began))
	}
}

func TestInspectForeignFiles(t *testing.T) {
	w := newWorld(t, Options{})
	if err := os.Chmod(filepath.Join(w.opts.Dir, store.FileName), 0o400); err != nil {
		t.Fatal(err)
	}
	look := func() {
		if d, err := InspectDisk(w.opts.Dir); err != nil || len(d.Foreign) != 1 {
			t.Errorf("%+v, %v", d, err)
		}
	}
	if os.Getuid() != 0 {
		look()
		return
	}
	for dir := w.opts.Dir; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	err := filepath.Walk(w.opts.Dir, func(path string, _ os.FileInfo, err error) error {
		return errors.Join(err, os.Chown(path, 65534, 65534)) // root may write everything
	})
	if err != nil {
		t.Fatal(err)
	}
	trap.AsStranger(t, look)
}
