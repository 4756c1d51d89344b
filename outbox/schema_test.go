package outbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/pressly/goose/v3"
)

// Migrations only go forward: one that a database somewhere has seen is never
// changed again, and undone by none.
func TestMigrationsStayAsTheyWere(t *testing.T) {
	for name, want := range map[string]string{
		"sqlite/00001_tables.sql":     "b75e3ba8ff02ecb7",
		"sqlite/00002_watching.sql":   "45bab5f591065448",
		"sqlite/00003_excused.sql":    "2e45e535894d3776",
		"sqlite/00004_told.sql":       "2f4c15d1b9595759",
		"postgres/00001_tables.sql":   "fe91f74132fa13a9",
		"postgres/00002_watching.sql": "45bab5f591065448",
		"postgres/00003_excused.sql":  "2e45e535894d3776",
		"postgres/00004_told.sql":     "1e42a1a8a82d291a",
	} {
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

// asVersion makes the tables as they were at a version, with something in each.
func asVersion(t *testing.T, opts Options, version int64) {
	t.Helper()
	d, err := openDatabase(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer d.db.Close()
	files, err := fs.Sub(migrations, d.migrations)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(d.goose, d.db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if d.file {
		if _, err := d.db.Exec("PRAGMA journal_mode = WAL"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	if d.file {
		if _, err := d.db.Exec("PRAGMA user_version = " + strconv.FormatInt(version, 10)); err != nil {
			t.Fatal(err)
		}
	}
	err = d.write(t.Context(), "fill", func(s session) error {
		for _, insert := range []string{
			"INSERT INTO repository VALUES ('app', 'group/app', 1)",
			`INSERT INTO push(id, repository, path, pusher, site, pushed_at, taken_at, state, notes) VALUES
				('p1', 'app', 'group/app', 'ann', '` + site + `', 1764000000000, 1764000000000, 'ingested', 'null')`,
			`INSERT INTO push(id, repository, path, pusher, site, pushed_at, taken_at, state, why, notes, facts) VALUES
				('p2', 'app', 'group/app', 'ann', '` + site + `', 1764000000000, 1764000000000, 'held', 'too many', 'null', '{"Push":"p2"}')`,
			`INSERT INTO action(id, push, lane, site, issue, kind, payload, state, queued_at, settled_at, attempts, words) VALUES
				('done1', 'p1', '` + site + ` A-1', '` + site + `', 'A-1', 'comment', '{"id":"done1"}', 'done', 1764000000000, 1764000001000, 1, 'comment'),
				('wait1', 'p1', '` + site + ` A-1', '` + site + `', 'A-1', 'comment', '{"id":"wait1","issue":"A-1","text":"comment on A-1"}', 'queued', 1764000000000, 0, 2, ''),
				('sent1', 'p1', '` + site + ` A-2', '` + site + `', 'A-2', 'comment', '{"id":"sent1","issue":"A-2"}', 'sending', 1764000000000, 0, 1, '')`,
			"INSERT INTO record(id, commit_id, made_at, detail, action) VALUES ('r1', 'c1', 1, 'x', 'done1')",
			`INSERT INTO attempt(action, at, verdict, exchange, problem) VALUES
				('wait1', 1764000000000, 'away', 'POST x: no answer', 'Jira does not answer'), ('wait1', 1764000001000, 'away', 'POST x: 503', 'busy')`,
			"INSERT INTO lane(name, site, due_at) VALUES ('" + site + " A-1', '" + site + "', 1764000000000), ('" + site + " A-2', '" + site + "', 1764000000000)",
			"INSERT INTO site(name, pause, reason) VALUES ('" + site + "', 'operator', 'tea')",
			"INSERT INTO barred(site, fingerprint, until) VALUES ('" + site + "', 'f', 1)",
		} {
			if strings.Contains(insert, "'{\"") && !s.file { // the column is bytea
				insert = strings.ReplaceAll(insert, "'{", "convert_to('{")
				insert = strings.ReplaceAll(insert, "}'", "}', 'UTF8')")
			}
			if _, err := s.exec(insert); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// wantOldData looks whether all that asVersion wrote is still there, and goes on.
func wantOldData(t *testing.T, opts Options) {
	t.Helper()
	o, err := Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if v, err := o.db.version(t.Context()); err != nil || v != schemaVersion {
		t.Errorf("version %d, %v", v, err)
	}
	d, err := o.Show(t.Context(), "wait1")
	if err != nil || len(d.History) != 2 || d.History[1].Exchange != "POST x: 503" || d.Text != "comment on A-1" || d.Problem != "tea" {
		t.Errorf("shows %+v, %v", d, err)
	}
	if held, err := o.HeldPushes(t.Context()); err != nil || len(held) != 1 || held[0].Why != "too many" {
		t.Errorf("held: %+v, %v", held, err)
	}
	for table, want := range map[string]int{"repository": 1, "push": 2, "action": 3, "record": 1, "attempt": 2, "lane": 2, "site": 1, "barred": 1} {
		n := 0
		if err := o.db.db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil || n != want {
			t.Errorf("%s has %d rows, want %d (%v)", table, n, want, err)
		}
	}
	if err := o.Resume(t.Context(), site); err != nil {
		t.Fatal(err)
	}
	j := newJira()
	if sum, err := o.DrainAll(t.Context(), j); err != nil || sum.Done != 2 || sum.Waiting != 0 {
		t.Errorf("delivered %+v, %v", sum, err)
	}
	j.check(t, "A-1: wait1", "A-2: sent1")
}

func TestMigrateWithData(t *testing.T) {
	for version := int64(1); version <= schemaVersion; version++ {
		test := func(t *testing.T, database string) {
			opts := Options{Dir: t.TempDir(), Database: database}
			asVersion(t, opts, version)
			wantOldData(t, opts)
		}
		t.Run("sqlite "+strconv.FormatInt(version, 10), func(t *testing.T) { test(t, "sqlite") })
		t.Run("postgres "+strconv.FormatInt(version, 10), func(t *testing.T) { test(t, postgresSchema(t)) })
	}
}

// playOpener opens the outbox, as the first thing that every process does.
func playOpener(args []string) error {
	o, _, err := open(args[0], args[1], 1)
	if err != nil {
		return err
	}
	defer o.Close()
	_, err = o.Counts(context.Background())
	return err
}

// A crowd of processes finds the tables of an older version at once.
func TestCrowdOfProcessesMigrates(t *testing.T) {
	test := func(t *testing.T, database string) {
		opts := Options{Dir: t.TempDir(), Database: database}
		asVersion(t, opts, 1)
		var all sync.WaitGroup
		for i := range crowd {
			cmd := process(t, "opener", opts.Dir, database)
			all.Go(func() {
				if err := cmd.Run(); err != nil {
					t.Errorf("process %d: %v", i, err)
				}
			})
		}
		all.Wait()
		wantOldData(t, opts)
	}
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite") })
	t.Run("postgres", func(t *testing.T) { test(t, postgresSchema(t)) })
}
