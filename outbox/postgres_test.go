package outbox

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// postgres is a PostgreSQL server of these tests' own, on a socket in a folder
// of its own. It is started by the first test that needs it.
type postgres struct {
	dir    string
	cmd    *exec.Cmd
	stdin  io.Closer // of its guardian
	err    error
	number int
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
	startOnce.Do(func() { server.err = server.start() })
	if errors.Is(server.err, exec.ErrNotFound) && os.Getenv("CI") != "true" {
		t.Skip("left out: PostgreSQL is not installed (Debian: postgresql)")
	}
	if server.err != nil {
		t.Fatal(server.err)
	}
	server.number++
	schema := "s" + strconv.Itoa(server.number)
	db, err := sql.Open("pgx", server.address(""))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	return server.address(schema)
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
	for _, table := range []string{"repository", "push", "action", "record", "attempt", "lane", "site", "barred"} {
		if _, err := db.ExecContext(t.Context(), "DELETE FROM "+table); err != nil {
			t.Fatal(err)
		}
	}
	return server.shared
}

func (p *postgres) address(schema string) string {
	q := url.Values{"host": {p.dir}, "user": {"test"}, "sslmode": {"disable"}}
	if schema != "" {
		q.Set("search_path", schema)
	}
	return "postgres:///postgres?" + q.Encode()
}

func (p *postgres) start() error {
	bin, err := postgresFolder()
	if err != nil {
		return err
	}
	// Socket paths are short, so the folder is not the test's own.
	if p.dir, err = os.MkdirTemp("", "outbox-pg"); err != nil {
		return err
	}
	who, err := unprivileged()
	if err != nil {
		return err
	}
	if who != nil {
		if err := os.Chown(p.dir, int(who.Credential.Uid), int(who.Credential.Gid)); err != nil {
			return err
		}
	}
	data := filepath.Join(p.dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "test", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8")
	initdb.SysProcAttr, initdb.Dir = who, p.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	log, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	p.cmd = exec.Command("sh", "-c", guardian, "sh", p.dir, filepath.Join(bin, "postgres"),
		"-D", data, "-k", p.dir, "-c", "listen_addresses=", "-c", "max_connections=400", "-c", "fsync=off")
	p.cmd.SysProcAttr, p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = who, "/", log, log
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	db, err := sql.Open("pgx", p.address(""))
	if err != nil {
		return err
	}
	defer db.Close()
	for end := time.Now().Add(30 * time.Second); ; {
		if err := db.Ping(); err == nil {
			return nil
		} else if time.Now().After(end) {
			return fmt.Errorf("start PostgreSQL: %w", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// guardian runs the server until its standard input ends, which it does however
// this process ends: a test that panics or runs too long cleans up nothing.
const guardian = `dir=$1; shift; "$@" & read -r _; kill -QUIT $!; wait $!; rm -rf "$dir"`

func stopPostgres() {
	if server.stdin != nil {
		_ = server.stdin.Close()
		_ = server.cmd.Wait()
	}
	if server.dir != "" {
		_ = os.RemoveAll(server.dir)
	}
}

func postgresFolder() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // Debian keeps it out of the PATH
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("initdb: %w", exec.ErrNotFound)
	}
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(found[len(found)-1]), nil
}

func version(path string) int {
	n, err := strconv.Atoi(strings.Split(path, "/")[4])
	if err != nil {
		return 0
	}
	return n
}

// unprivileged is the user for the server, which refuses to run as root; nil:
// as we are.
func unprivileged() (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return nil, errors.New("no user to run PostgreSQL as")
}
