package spool

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"jirahook/internal/trap"
)

func newSpool(t *testing.T) *Spool {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "outbox"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// files are the names of everything in the spool.
func files(t *testing.T, s *Spool) []string {
	t.Helper()
	entries, err := os.ReadDir(s.Dir())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestSpool(t *testing.T) {
	s := newSpool(t)
	for _, id := range []string{"b", "a"} {
		if err := s.Write(id, []byte("facts of "+id)); err != nil {
			t.Fatal(err)
		}
	}
	ids, err := s.List()
	if err != nil || !slices.Equal(ids, []string{"a", "b"}) {
		t.Errorf("list: %q, %v", ids, err)
	}
	if got, err := s.Read("b"); err != nil || string(got) != "facts of b" {
		t.Errorf("read: %q, %v", got, err)
	}
	for range 2 { // twice is no error
		if err := s.Remove("b"); err != nil {
			t.Error(err)
		}
	}
	_, err = s.Read("b")
	wantError(t, err, fs.ErrNotExist)
	for path, want := range map[string]fs.FileMode{s.Dir(): 0o700, filepath.Dir(s.Dir()): 0o700, s.path("a"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, want %v (%v)", path, info.Mode().Perm(), want, err)
		}
	}
}

func TestPushIDsSortByTime(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	at := time.Date(2026, 12, 31, 23, 59, 59, 999_998_000, time.FixedZone("", 3600))
	var ids []string
	for i := range 100 {
		ids = append(ids, NewID(at.Add(time.Duration(i)*time.Microsecond), 100_000-i*999, random, "r"))
	}
	if !slices.IsSorted(ids) {
		t.Errorf("not sorted: %q", ids)
	}
	if want := "20261231T225959.999998-100000-"; !strings.HasPrefix(ids[0], want) || checkID(ids[0]) != nil {
		t.Errorf("id is %s, want %s...", ids[0], want)
	}
	if a, b := NewID(at, 7, random, "r"), NewID(at, 7, random, "r"); a == b {
		t.Errorf("two pushes have the id %s", a)
	}
}

func TestSpoolBacklog(t *testing.T) {
	s := newSpool(t)
	at := time.Date(2026, 12, 31, 23, 59, 59, 998_000, time.UTC)
	for i, want := range []time.Time{{}, at, at} {
		if n, oldest, err := s.Backlog(); err != nil || n != i || !oldest.Equal(want) {
			t.Errorf("%d pushes, the oldest of %v, %v; want %d of %v", n, oldest, err, i, want)
		}
		if err := s.Write(NewID(at.Add(time.Duration(i)*time.Hour), 7, rand.NewChaCha8([32]byte{1}), "r"), nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSpoolRefusesIDs(t *testing.T) {
	s := newSpool(t)
	for _, id := range []string{"", ".", "..", ".hidden", "a/b", "../a", "a\x00b", "a b", "ä", strings.Repeat("a", 201)} {
		if err := s.Write(id, nil); err == nil {
			t.Errorf("%q was written", id)
		}
		if _, err := s.Read(id); err == nil {
			t.Errorf("%q was read", id)
		}
		if err := s.Remove(id); err == nil {
			t.Errorf("%q was removed", id)
		}
	}
	if names := files(t, s); len(names) > 0 {
		t.Errorf("files: %q", names)
	}
}

func TestSpoolCollision(t *testing.T) {
	s := newSpool(t)
	if err := s.Write("a", []byte("first")); err != nil {
		t.Fatal(err)
	}
	wantError(t, s.Write("a", []byte("second")), fs.ErrExist)
	if got, err := s.Read("a"); err != nil || string(got) != "first" {
		t.Errorf("read: %q, %v", got, err)
	}

	var won atomic.Int32
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			err := s.Write("b", bytes.Repeat([]byte{byte('a' + i)}, 100_000))
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, fs.ErrExist) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got, err := s.Read("b")
	if won.Load() != 1 || err != nil || !bytes.Equal(got, bytes.Repeat(got[:1], 100_000)) {
		t.Errorf("%d writers won, %d bytes are there, %v", won.Load(), len(got), err)
	}
	if names := files(t, s); !slices.Equal(names, []string{"a.push", "b.push"}) {
		t.Errorf("files: %q", names)
	}
}

func TestSpoolListsOnlyPushes(t *testing.T) {
	s := newSpool(t)
	if err := s.Write("a", nil); err != nil {
		t.Fatal(err)
	}
	for name, age := range map[string]time.Duration{
		".dead.tmp": 2 * staleTemp, ".alive.tmp": 0, "old.bad": 2 * staleTemp, "README": 2 * staleTemp, ".x.push": 2 * staleTemp,
	} {
		path := filepath.Join(s.Dir(), name)
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if ids, err := s.List(); err != nil || !slices.Equal(ids, []string{"a"}) {
		t.Errorf("list: %q, %v", ids, err)
	}
	if err := s.Sweep(time.Now()); err != nil {
		t.Fatal(err)
	}
	if names := files(t, s); !slices.Equal(names, []string{".alive.tmp", ".x.push", "README", "a.push", "old.bad"}) {
		t.Errorf("after the sweep: %q", names)
	}
}

func TestSpoolReadOnly(t *testing.T) {
	s := newSpool(t)
	if err := os.Chmod(s.Dir(), 0o555); err != nil {
		t.Fatal(err)
	}
	for dir := filepath.Dir(s.Dir()); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	trap.AsStranger(t, func() {
		if err := s.Write("a", []byte("facts")); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("write: %v, want a refusal", err)
		}
		if _, err := Open(filepath.Join(filepath.Dir(s.Dir()), "spool", "below")); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("open: %v, want a refusal", err)
		}
	})
	if err := os.Chmod(s.Dir(), 0o700); err != nil {
		t.Fatal(err)
	}
	if names := files(t, s); len(names) > 0 {
		t.Errorf("files: %q", names)
	}
}

func TestSpoolIsNoFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "spool"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "is not a folder") {
		t.Errorf("error: %v", err)
	}
}

// A folder of the spool that cannot be listed is no empty one.
func TestFolderThatCannotBeListed(t *testing.T) {
	for folder, list := range map[string]func(*Spool) error{
		againFolder: func(s *Spool) error { _, err := s.AsideIDs(); return err },
		lastFolder:  func(s *Spool) error { _, err := s.Aside(); return err },
		badFolder:   func(s *Spool) error { _, err := s.Bad(); return err },
	} {
		s, err := Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if err := list(s); err != nil {
			t.Errorf("%s is not there: %v", folder, err)
		}
		if err := os.WriteFile(s.folder(folder).Dir(), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := list(s); err == nil {
			t.Errorf("%s is a file, and all is well", folder)
		}
	}
}

// A push that was set aside can be forgotten wherever it is.
func TestForgetAside(t *testing.T) {
	s := newSpool(t)
	for _, folder := range append(s.ForWorker(), s.ForPerson()) {
		if err := s.Write("p", []byte("facts")); err != nil {
			t.Fatal(err)
		}
		if err := s.SetAside(folder, "p", errors.New("why")); err != nil {
			t.Fatal(err)
		}
		if err := s.Forget("p"); err != nil {
			t.Error(err)
		}
		if names := files(t, folder); len(names) > 0 {
			t.Errorf("left in %s: %q", folder.Dir(), names)
		}
	}
	wantError(t, s.Forget("p"), os.ErrNotExist)
	// Another process was faster.
	if err := s.SetAside(s.ForPerson(), "p", errors.New("why")); err != nil {
		t.Error(err)
	}
	if bad, err := s.Bad(); len(bad) > 0 || err != nil {
		t.Errorf("bad: %+v, %v", bad, err)
	}
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error is %v, want %v", err, want)
	}
}

// One push that came before is found among however many that did not, and nothing else
// is taken for one.
func TestHoldsOlder(t *testing.T) {
	s := newSpool(t)
	then := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	holds := func(want bool) {
		t.Helper()
		if got, err := s.HoldsOlder(then); err != nil || got != want {
			t.Errorf("%v, %v", got, err)
		}
	}
	holds(false)
	for i := range 2100 {
		name := NewID(then.Add(time.Duration(i)*time.Microsecond), i, strings.NewReader("...."), "app")
		if err := os.WriteFile(filepath.Join(s.Dir(), name+".push"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{".20260401T000000.000000-1-2-3.tmp", "20260401T000000.000000-1-2-3.why", "20260401T000000.000000-1-2-3 .push"} {
		if err := os.WriteFile(filepath.Join(s.Dir(), name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	holds(false)
	if err := s.Write("20260430T235959.999999-1-2-3", nil); err != nil {
		t.Fatal(err)
	}
	holds(true)
}
