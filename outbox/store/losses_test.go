package store

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"jirahook/internal/powerloss"
	"jirahook/outbox/spool"
)

// When a damaged database has been set aside, no loss of power brings any of its
// files back beside the new one.
func TestDatabaseSetAsideSurvivesLossOfPower(t *testing.T) {
	r := &powerloss.Recorder{Root: t.TempDir()}
	r.OS.In = spool.FolderAt(r.Root)
	m := powerloss.New()
	for _, ending := range append(Companions(), "") {
		f, err := r.Create(filepath.Join(r.Root, FileName+ending))
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Write([]byte("all of " + ending))
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if err := renameDatabase(r, filepath.Join(r.Root, FileName), filepath.Join(r.Root, "aside")); err != nil {
		t.Fatal(err)
	}
	for _, o := range r.Ops {
		m.Do(o)
	}
	m.Losses(func(files map[string][]byte, _ []string) {
		for _, ending := range append(Companions(), "") {
			if got := string(files["/aside"+ending]); got != "all of "+ending || files["/"+FileName+ending] != nil {
				t.Errorf("aside%s holds %q; left: %q", ending, got, slices.Sorted(maps.Keys(files)))
			}
		}
	})
}
