package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"jirahook/internal/crashtest"
	"jirahook/internal/jiratest"
	"jirahook/internal/pgtest"
)

// Hooks, workers, the database and Jira are killed while pushes arrive: still
// each issue holds what was pushed, once and in order. JIRAHOOK_SEED repeats a
// run; bench/kill is the same for longer.
func TestKills(t *testing.T) {
	if testing.Short() {
		t.Skip("kills for a minute")
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		testKills(t, crashtest.Options{Flavour: jiratest.DataCenter10})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		server, err := pgtest.Start(pgtest.NoFsync)
		if errors.Is(err, pgtest.ErrNotInstalled) && os.Getenv("CI") != "true" {
			t.Skip("left out: ", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer server.Stop()
		testKills(t, crashtest.Options{Flavour: jiratest.Cloud, Postgres: server})
	})
}

func testKills(t *testing.T, o crashtest.Options) {
	t.Helper()
	program, err := exec.LookPath("jirahook") // see TestMain
	if err != nil {
		t.Fatal(err)
	}
	o.Seed = uint64(time.Now().UnixNano())
	if s := os.Getenv("JIRAHOOK_SEED"); s != "" {
		if o.Seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	o.Program, o.Dir, o.Kills, o.Pushes, o.Say = program, t.TempDir(), 30, 150, t.Logf
	if dir := os.Getenv("JIRAHOOK_KEEP"); dir != "" { // to look at afterwards
		o.Dir = filepath.Join(dir, filepath.Base(t.Name()))
		if err := os.MkdirAll(o.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("JIRAHOOK_SEED=%d", o.Seed)
	result, err := crashtest.Run(t.Context(), o)
	t.Log(result)
	if err != nil {
		t.Error(err)
	}
}
