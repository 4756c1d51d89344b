package outbox

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"testing"

	"jirahook/outbox/store"
)

// asVersion makes the tables as they were at a version, with something in each.
func asVersion(t *testing.T, opts Options, version int64) {
	t.Helper()
	d, err := store.Open(t.Context(), opts.database())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.MigrateTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), "fill", func(s store.Session) error {
		for _, insert := range []string{
			"INSERT INTO repository(id, path, first_seen) VALUES ('app', 'group/app', 1)",
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
			if strings.Contains(insert, "'{\"") && !s.File { // the column is bytea
				insert = strings.ReplaceAll(insert, "'{", "convert_to('{")
				insert = strings.ReplaceAll(insert, "}'", "}', 'UTF8')")
			}
			if _, err := s.Exec(insert); err != nil {
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
	if v, err := o.db.TablesVersion(t.Context()); err != nil || v != store.Version {
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
		if err := o.db.DB.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil || n != want {
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
	for version := int64(1); version <= store.Version; version++ {
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
