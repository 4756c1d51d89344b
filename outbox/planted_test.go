package outbox

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"jirahook/internal/trap"
	"jirahook/outbox/spool"
	"jirahook/outbox/store"
)

// A push that is none is set aside, whatever lies where its reason is written,
// and can be forgotten.
func TestPlantedPush(t *testing.T) {
	for what, lay := range trap.All(t) {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t, Options{})
			const id = "20260101T000000.000000-1-0"
			trap.Lay(t, lay, filepath.Join(w.spool.Dir(), id+".push"))
			if err := os.Mkdir(w.spool.ForPerson().Dir(), 0o700); err != nil {
				t.Fatal(err)
			}
			why := filepath.Join(w.spool.ForPerson().Dir(), id+".why")
			trap.Lay(t, lay, why)
			good := w.keep(facts{})
			in, err := w.Ingest(t.Context(), w.spool, w.planner)
			if err != nil || len(in.Bad) != 1 || in.Bad[0].Push != id || !slices.Equal(in.Taken, []string{good}) {
				t.Fatalf("ingested %+v, %v", in, err)
			}
			bad, err := w.spool.Bad()
			if err != nil || len(bad) != 1 || !strings.Contains(bad[0].Why, why+" is ") || !strings.Contains(bad[0].Why, spool.ErrNotPlain.Error()) {
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

// The database's files and locks: the outbox says what it is, and pushes stay in
// the spool.
func TestPlantedDatabase(t *testing.T) {
	for _, name := range []string{store.FileName, store.FileName + "-wal", store.FileName + "-shm", store.FileName + "-journal", store.ReplaceLock, store.MigrateTurn + ".lock", "ingest.lock"} {
		for what, lay := range trap.All(t) {
			t.Run(name+" "+what, func(t *testing.T) {
				w := newWorld(t, Options{})
				kept := w.keep(facts{})
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				for _, n := range []string{store.FileName, "migrate.lock"} { // anew, so that its turn is taken
					if err := os.Remove(w.db.Folder.Path(n)); err != nil {
						t.Fatal(err)
					}
				}
				trap.Lay(t, lay, w.db.Folder.Path(name))
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				err := Use(ctx, w.opts, func(o *Outbox) error {
					_, err := o.Ingest(ctx, w.spool, w.planner)
					return err
				})
				wantError(t, err, spool.ErrNotPlain)
				if !strings.Contains(err.Error(), w.db.Folder.Path(name)+" is ") {
					t.Errorf("tells %v", err)
				}
				if ids, err := w.spool.List(); err != nil || !slices.Equal(ids, []string{kept}) {
					t.Errorf("the spool holds %q, %v", ids, err)
				}
				if _, err := Inspect(ctx, w.opts); strings.HasPrefix(name, store.FileName) && !errors.Is(err, spool.ErrNotPlain) {
					t.Errorf("doctor is told %v", err)
				}
			})
		}
	}
}
