package outbox

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jirahook/internal/trap"
	"jirahook/outbox/spool"
	"jirahook/outbox/store"
)

// A database that could only be read for a while leaves such files beside it.
func TestReadOnlyForAWhile(t *testing.T) {
	w := newWorld(t, Options{})
	path := filepath.Join(w.opts.Dir, store.FileName)
	for dir := filepath.Dir(w.opts.Dir); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Outbox.Close(); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		entries, err := os.ReadDir(w.opts.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range append([]string{w.opts.Dir, w.spool.Dir()}, func() (all []string) {
			for _, e := range entries {
				all = append(all, filepath.Join(w.opts.Dir, e.Name()))
			}
			return all
		}()...) {
			if err := os.Chown(name, 65534, 65534); err != nil {
				t.Fatal(err)
			}
		}
	}
	ctx := context.Background()
	trap.AsStranger(t, func() {
		if err := os.Chmod(path, 0o400); err != nil {
			t.Error(err)
			return
		}
		data := []byte(`{"Push":"p1","Repository":"app","Time":"2026-11-24T12:00:00Z"}`)
		if err := w.spool.Write("p1", data); err != nil {
			t.Error(err)
		}
		ingest := func(o *Outbox) error { _, err := o.Ingest(ctx, w.spool, w.planner); return err }
		err := Use(ctx, w.opts, ingest)
		if err == nil || !strings.Contains(err.Error(), "cannot be") {
			t.Errorf("error: %v", err)
		}
		// The worst that can be left behind.
		for _, ending := range store.Companions() {
			if err := os.WriteFile(path+ending, nil, 0o400); err != nil && !errors.Is(err, fs.ErrPermission) {
				t.Error(err)
			}
			if err := os.Chmod(path+ending, 0o400); err != nil {
				t.Error(err)
			}
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Error(err)
		}
		if err := Use(ctx, w.opts, ingest); err != nil {
			t.Errorf("writable again: %v", err)
		}
	})
	if ids, err := w.spool.List(); err != nil || len(ids) > 0 {
		t.Errorf("still in the spool: %q, %v", ids, err)
	}
	if found := asideFiles(t, w.opts.Dir); len(found) != 0 {
		t.Errorf("set aside: %q", found)
	}
}

// What root makes in another's outbox can be used by its owner.
func TestRootLeavesTheOutboxUsable(t *testing.T) {
	if os.Getuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("this test must run here, as root")
		}
		t.Skip("left out: only root can leave files in somebody else's outbox")
	}
	dir := filepath.Join(t.TempDir(), "outbox")
	for above := filepath.Dir(dir); above != os.TempDir() && above != "/"; above = filepath.Dir(above) {
		if err := os.Chmod(above, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	kept, err := spool.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{dir, kept.Dir()} {
		if err := os.Chown(name, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	both := func(who string) {
		if err := kept.Write("bad-"+who, []byte("{half")); err != nil {
			t.Error(err)
		}
		if err := kept.Write("good-"+who, []byte(`{"Push":"good","Repository":"app","Time":"2026-11-24T12:00:00Z"}`)); err != nil {
			t.Error(err)
		}
		var in Ingested
		err := Use(ctx, Options{Dir: dir}, func(o *Outbox) (err error) {
			in, err = o.Ingest(ctx, kept, &planner{})
			return err
		})
		if err != nil || len(in.Bad) != 1 || len(in.Taken) != 1 {
			t.Errorf("%s: %+v, %v", who, in, err)
		}
	}
	both("root")
	trap.AsStranger(t, func() { both("owner") })
	if err := os.WriteFile(filepath.Join(dir, store.FileName), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	both("root-again") // sets the file aside
	trap.AsStranger(t, func() { both("owner-again") })
}
