// Package pgtest runs a PostgreSQL server for tests and measurements: on a
// socket in a folder of its own, from Debian's package, until the process that
// started it ends, however it ends.
package pgtest

import (
	"context"
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
	"sync/atomic"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// ErrNotInstalled: there is no PostgreSQL (Debian: postgresql).
var ErrNotInstalled = errors.New("PostgreSQL is not installed (Debian: postgresql)")

// NoFsync is for tests: the server's own death loses nothing without it, only
// the machine's does.
const NoFsync = "fsync=off"

// Server is a running PostgreSQL.
type Server struct {
	dir      string
	guardian *exec.Cmd
	starts   io.WriteCloser // of the guardian: each line starts the server
	schemas  atomic.Int64
}

// Start makes a database cluster and serves it. Settings are such as "fsync=off".
func Start(settings ...string) (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	who, err := unprivileged()
	if err != nil {
		return nil, err
	}
	// Socket paths are short, so the folder is not a test's own.
	dir, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	if err := s.start(bin, who, settings); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Server) start(bin string, who *syscall.SysProcAttr, settings []string) error {
	if who != nil {
		if err := os.Chown(s.dir, int(who.Credential.Uid), int(who.Credential.Gid)); err != nil {
			return err
		}
	}
	data := filepath.Join(s.dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "test", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8")
	initdb.SysProcAttr, initdb.Dir = who, s.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	args := []string{"-c", guardian, "sh", s.dir, filepath.Join(bin, "postgres"), "-D", data, "-k", s.dir, "-c", "listen_addresses=", "-c", "max_connections=400"}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	s.guardian = exec.Command("sh", args...)
	s.guardian.SysProcAttr, s.guardian.Dir, s.guardian.Stdout, s.guardian.Stderr = who, "/", log, log
	if s.starts, err = s.guardian.StdinPipe(); err != nil {
		return err
	}
	if err := s.guardian.Start(); err != nil {
		return err
	}
	return s.Restart()
}

// guardian runs the server until its standard input ends, which it does however
// our process ends: a test that panics or runs too long cleans up nothing.
const guardian = `dir=$1; shift
while read -r _; do "$@" & done
kill -QUIT "$(head -n 1 "$dir/data/postmaster.pid")"; wait; rm -rf "$dir"`

// Kill ends the server with SIGKILL, as the kernel does when memory is short.
func (s *Server) Kill() error {
	data, err := os.ReadFile(filepath.Join(s.dir, "data", "postmaster.pid"))
	if err != nil {
		return err
	}
	line, _, _ := strings.Cut(string(data), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		return err
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// Restart starts the server after Kill, and returns when it answers.
func (s *Server) Restart() error {
	db, err := sql.Open("pgx", s.Address(""))
	if err != nil {
		return err
	}
	defer db.Close()
	// What is left of the dead server must end first; until then another is
	// refused. One too many is refused as well.
	for range 60 {
		if _, err := fmt.Fprintln(s.starts, "start"); err != nil {
			return fmt.Errorf("start PostgreSQL: %w", err)
		}
		for range 25 {
			if err = db.Ping(); err == nil {
				return nil
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	return fmt.Errorf("start PostgreSQL: %w", err)
}

// Address is the server's, for a schema or the default one ("").
func (s *Server) Address(schema string) string {
	q := url.Values{"host": {s.dir}, "user": {"test"}, "sslmode": {"disable"}}
	if schema != "" {
		q.Set("search_path", schema)
	}
	return "postgres:///postgres?" + q.Encode()
}

// NewSchema makes an empty schema and returns its name.
func (s *Server) NewSchema(ctx context.Context) (string, error) {
	db, err := sql.Open("pgx", s.Address(""))
	if err != nil {
		return "", err
	}
	defer db.Close()
	name := "s" + strconv.FormatInt(s.schemas.Add(1), 10)
	_, err = db.ExecContext(ctx, "CREATE SCHEMA "+name)
	return name, err
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() {
	if s.starts != nil {
		_ = s.starts.Close()
		_ = s.guardian.Wait()
	}
	_ = os.RemoveAll(s.dir)
}

// programs is the folder of initdb and postgres.
func programs() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // Debian keeps it out of the PATH
	if err != nil || len(found) == 0 {
		return "", ErrNotInstalled
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
