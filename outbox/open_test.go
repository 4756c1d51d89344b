package outbox

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"jirahook/internal/trap"
	"jirahook/outbox/store"
)

func TestOpenTwiceAndAgain(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		push := w.push(comment("a", "A-1"))
		again := w.open()
		r, err := again.Report(t.Context(), push)
		if err != nil || len(r.Actions) != 1 {
			t.Errorf("the second opening sees %+v, %v", r, err)
		}
		if v, err := again.db.TablesVersion(t.Context()); err != nil || v != store.Version {
			t.Errorf("version %d, %v", v, err)
		}
	})
}

func TestSettingsOfSQLite(t *testing.T) {
	w := newWorld(t, Options{Database: "sqlite"})
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2"} {
		var got string
		if err := w.db.DB.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s (%v)", pragma, got, want, err)
		}
	}
	for _, name := range []string{store.FileName, store.FileName + "-wal"} {
		info, err := os.Stat(filepath.Join(w.opts.Dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	w.db.DB.SetMaxIdleConns(-1) // from now on each statement has a connection of its own
	for range 3 {
		var synchronous string
		if err := w.db.DB.QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&synchronous); err != nil || synchronous != "2" {
			t.Errorf("on a further connection synchronous is %s (%v)", synchronous, err)
		}
	}
}

func TestOpenInOddFolders(t *testing.T) {
	for _, name := range []string{"with blank", "a?b", "a#b", "a%20b", "ü", "a&_txlock=deferred"} {
		dir := filepath.Join(t.TempDir(), name)
		o, err := Open(t.Context(), Options{Dir: dir})
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if err := o.Close(); err != nil {
			t.Error(err)
		}
		if info, err := os.Stat(filepath.Join(dir, store.FileName)); err != nil || info.Size() == 0 {
			t.Errorf("%q: the database is elsewhere (%v)", name, err)
		}
	}
}

func TestOpenRelativeFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	o, err := Open(t.Context(), Options{Dir: "outbox"})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Close(); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat("outbox/" + store.FileName); err != nil || info.Size() == 0 {
		t.Errorf("the database is elsewhere (%v)", err)
	}
}

// A process that dies between the tables and the note of their version leaves
// tables that the next one takes as they are.
func TestMigrationInterrupted(t *testing.T) {
	w := newWorld(t, Options{})
	push := w.push(comment("a", "A-1"))
	if _, err := w.db.DB.ExecContext(t.Context(), "PRAGMA user_version = 0"); err != nil {
		t.Fatal(err)
	}
	o := w.open()
	if v, err := o.db.TablesVersion(t.Context()); err != nil || v != store.Version {
		t.Errorf("version %d, %v", v, err)
	}
	w.wantStates(push, "a queued")
}

func TestDamagedDatabase(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, store.FileName), []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Options{Dir: dir})
	if err == nil || !strings.HasPrefix(err.Error(), "open the outbox: the database file is damaged: ") {
		t.Errorf("error: %v", err)
	}
}

func TestDatabaseOfAnotherUser(t *testing.T) {
	w := newWorld(t, Options{})
	for dir := w.opts.Dir; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	trap.AsStranger(t, func() {
		if os.Getuid() != 0 {
			return // our own file is not another's
		}
		_, err := Open(context.Background(), Options{Dir: w.opts.Dir})
		if err == nil || !strings.Contains(err.Error(), "the database cannot be opened by this user") {
			t.Errorf("error: %v", err)
		}
	})
}

func TestLockedDatabase(t *testing.T) {
	w := newWorld(t, Options{})
	other, err := sql.Open("sqlite", "file:"+filepath.Join(w.opts.Dir, store.FileName)+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	// While it stays locked, an end of the context is heeded.
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	id := w.keep(facts{Actions: nil})
	if _, err := w.Ingest(ctx, w.spool, w.planner); err == nil {
		t.Error("ingested into a locked database")
	}
	// A lock that ends is waited for.
	release := time.AfterFunc(350*time.Millisecond, func() { _ = tx.Rollback() })
	defer release.Stop()
	if in := w.ingest(); !slices.Equal(in.Taken, []string{id}) {
		t.Errorf("ingested %+v", in)
	}
}

func TestUnknownDatabase(t *testing.T) {
	_, err := Open(t.Context(), Options{Dir: t.TempDir(), Database: "mysql://secret@x"})
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error: %v", err)
	}
}

func TestPostgresDoesNotAnswer(t *testing.T) {
	_, err := Open(t.Context(), Options{Dir: t.TempDir(), Database: "postgres://u:secret@127.0.0.1:1/x?sslmode=disable"})
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "the database does not answer") {
		t.Errorf("error: %v", err)
	}
}

func TestClockOfPostgres(t *testing.T) {
	o, err := Open(t.Context(), Options{Dir: t.TempDir(), Database: postgresSchema(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	before := o.now()
	var there time.Time
	if err := o.db.DB.QueryRow("SELECT clock_timestamp()").Scan(&there); err != nil {
		t.Fatal(err)
	}
	// On this machine it is one clock; reading it takes its time.
	if after := o.now(); there.Before(before.Add(-maxSkew)) || there.After(after.Add(maxSkew)) {
		t.Errorf("the server's clock says %v, ours %v", there, after)
	}
}

func TestBackoff(t *testing.T) {
	random := 0.0
	o := &Outbox{opts: Options{Random: func() float64 { return random }}}
	for _, c := range []struct {
		failures int
		random   float64
		want     time.Duration
	}{
		{0, 0, time.Second}, {1, 0, time.Second}, {1, 0.5, 2 * time.Second}, {1, 1, 3 * time.Second},
		{2, 0.5, 4 * time.Second}, {5, 0.5, 32 * time.Second}, {10, 0.5, 10 * time.Minute}, {1000, 0.5, 10 * time.Minute}, {1000, 1, 15 * time.Minute},
	} {
		random = c.random
		if got := o.backoff(c.failures); got != c.want {
			t.Errorf("after %d failures, random %v: %v, want %v", c.failures, c.random, got, c.want)
		}
	}
}

func TestInWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		168 * time.Hour: "7 days", 24 * time.Hour: "1 day", 36 * time.Hour: "36 hours", time.Hour: "1 hour",
		90 * time.Minute: "90 minutes", time.Minute: "1 minute", time.Second: "1 second", 1500 * time.Millisecond: "1.5s",
	} {
		if got := inWords(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestText(t *testing.T) {
	if got := store.Text("a\x00b\xffc\u00e4"); got != "ab\uFFFDc\u00e4" {
		t.Errorf("%q", got)
	}
}
