package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Migrations only go forward: one that a database somewhere has seen is never
// changed again, and undone by none.
func TestMigrationsStayAsTheyWere(t *testing.T) {
	sums := map[string]string{
		"sqlite/00001_tables.sql":     "b75e3ba8ff02ecb7",
		"sqlite/00002_watching.sql":   "45bab5f591065448",
		"sqlite/00003_excused.sql":    "2e45e535894d3776",
		"sqlite/00004_told.sql":       "2f4c15d1b9595759",
		"sqlite/00005_senders.sql":    "cc7418d46ffce193",
		"sqlite/00006_entities.sql":   "475f43135bb6d58b",
		"sqlite/00007_sequence.sql":   "9b185f7d59d36750",
		"postgres/00001_tables.sql":   "fe91f74132fa13a9",
		"postgres/00002_watching.sql": "45bab5f591065448",
		"postgres/00003_excused.sql":  "2e45e535894d3776",
		"postgres/00004_told.sql":     "1e42a1a8a82d291a",
		"postgres/00005_senders.sql":  "dcbfd6b81a56cb22",
		"postgres/00006_entities.sql": "1087a25a23eb8023",
		"postgres/00007_sequence.sql": "9b185f7d59d36750",
	}
	if all, err := fs.Glob(migrations, "migrations/*/*"); err != nil || len(all) != len(sums) {
		t.Errorf("%d migrations, %d sums (%v)", len(all), len(sums), err)
	}
	for name, want := range sums {
		text, err := fs.ReadFile(migrations, "migrations/"+name)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(text)
		if got := hex.EncodeToString(sum[:8]); got != want {
			t.Errorf("%s has the sum %s, not %s: add a file instead", name, got, want)
		}
		if strings.Contains(string(text), "goose Down") {
			t.Errorf("%s goes backward", name)
		}
	}
}

// The version of the tables is the number of the last migration, on each database.
func TestMigrationsAndVersionAgree(t *testing.T) {
	for _, dir := range []string{"migrations/sqlite", "migrations/postgres"} {
		entries, err := fs.ReadDir(migrations, dir)
		if err != nil || len(entries) != Version {
			t.Errorf("%s holds %d files, the version is %d (%v)", dir, len(entries), Version, err)
		}
	}
}

func TestRefuseNetworkFileSystems(t *testing.T) {
	for kind, want := range map[int64]string{
		0xef53: "", unix.XFS_SUPER_MAGIC: "", unix.BTRFS_SUPER_MAGIC: "", unix.TMPFS_MAGIC: "", unix.OVERLAYFS_SUPER_MAGIC: "", 0x2fc12fc1: "",
		0x6969: "NFS", 0xff534d42: "SMB|CIFS", 0xfe534d42: "SMB", 0x01021997: "9p", 0x65735546: "FUSE", 0xc36400: "Ceph",
		-11317950: "CIFS", // 0xff534d42 where statfs(2) has 32 bits with a sign
	} {
		err := refuseNetwork("/srv/outbox", kind)
		if want == "" {
			if err != nil {
				t.Errorf("%#x: %v", kind, err)
			}
			continue
		}
		if !errors.Is(err, ErrNetwork) {
			t.Errorf("%#x: %v", kind, err)
			continue
		}
		named := slices.ContainsFunc(strings.Split(want, "|"), func(name string) bool { return strings.Contains(err.Error(), "/srv/outbox is on "+name+";") })
		if !named || !strings.Contains(err.Error(), "postgres://") {
			t.Errorf("%#x: %v", kind, err)
		}
	}
}
