package outbox

import (
	"database/sql"
	"errors"
	"os"
	"sync"
	"testing"

	"jirahook/internal/pgtest"
	"jirahook/outbox/store"
)

// postgres is the server of these tests. It is started by the first that needs
// it.
type postgres struct {
	*pgtest.Server
	err    error
	schema string // the last that was made
	shared string // address of a schema that tests use one after the other
}

var (
	startOnce sync.Once
	server    postgres
)

// postgresSchema returns the address of an empty schema.
func postgresSchema(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a PostgreSQL server")
	}
	startOnce.Do(func() { server.Server, server.err = pgtest.Start(pgtest.NoFsync) })
	if errors.Is(server.err, pgtest.ErrNotInstalled) && os.Getenv("CI") != "true" {
		t.Skip("left out: ", server.err)
	}
	if server.err != nil {
		t.Fatal(server.err)
	}
	schema, err := server.NewSchema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server.schema = schema
	return server.Address(schema)
}

// postgresShared returns the address of a schema whose tables are there and
// empty: to make them takes longer than most tests.
func postgresShared(t testing.TB) string {
	t.Helper()
	if server.shared == "" {
		server.shared = postgresSchema(t)
		return server.shared
	}
	db, err := sql.Open("pgx", server.shared)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range store.Tables() {
		if _, err := db.ExecContext(t.Context(), "DELETE FROM "+table); err != nil {
			t.Fatal(err)
		}
	}
	return server.shared
}

func stopPostgres() {
	if server.Server != nil {
		server.Stop()
	}
}
