package main

import (
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// Commands of scripts around a service: disks, systemd, metrics.

// told is what a service manager was told.
type told struct {
	mu    sync.Mutex
	words []string
}

// heard forgets what was told up to words that begin so; false: they were not.
func (t *told) heard(words string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.words, func(w string) bool { return strings.HasPrefix(w, words) })
	t.words = t.words[i+1:]
	return i >= 0
}

func notifyCommand(ts *testscript.TestScript, _ bool, args []string) {
	st := ts.Value(stageKey{}).(*stage)
	switch {
	case len(args) == 1 && args[0] == "listen":
		name := "@jirahook-test-" + strconv.Itoa(os.Getpid()) + "-" + filepath.Base(ts.Getenv("WORK"))
		conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
		ts.Check(err)
		ts.Defer(func() { _ = conn.Close() })
		ts.Setenv("NOTIFY_SOCKET", name)
		heard := &told{}
		st.told = heard
		go func() {
			buffer := make([]byte, 4096)
			for {
				n, err := conn.Read(buffer)
				if err != nil {
					return
				}
				heard.mu.Lock()
				heard.words = append(heard.words, strings.Split(string(buffer[:n]), "\n")...)
				heard.mu.Unlock()
			}
		}()
	case len(args) == 2 && args[0] == "wait":
		for !st.told.heard(args[1]) {
			time.Sleep(10 * time.Millisecond) // the test's own time limit ends this
		}
	default:
		ts.Fatalf("usage: notify listen | notify wait WORDS")
	}
}

func freePortCommand(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strconv.Itoa(freePort(ts)))
}

func getCommand(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	for {
		resp, err := http.Get(args[0])
		if err == nil {
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err == nil && pattern.Match(body) {
				_, err = ts.Stdout().Write(body)
				ts.Check(err)
				return
			}
		}
		time.Sleep(20 * time.Millisecond) // the test's own time limit ends this
	}
}

// bigDiskCommand mounts a disk of 2 MB.
func bigDiskCommand(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	ts.Check(syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m,mode=700"))
	ts.Defer(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
}

func fillCommand(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.Create(filepath.Join(ts.MkAbs(args[0]), "full"))
	ts.Check(err)
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
}

func unfillCommand(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.Remove(filepath.Join(ts.MkAbs(args[0]), "full")))
}

// newerCommand plays a newer program, which raises goose's version and, at its
// end, SQLite's own.
func newerCommand(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", filepath.Join(ts.Getenv("WORK"), "outbox", "outbox.db"))
	ts.Check(err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec("PRAGMA busy_timeout = 10000; DELETE FROM goose_db_version WHERE version_id = 99")
	ts.Check(err)
	own := 0
	ts.Check(db.QueryRow("SELECT max(version_id) FROM goose_db_version").Scan(&own))
	version := 99
	if len(args) > 0 {
		version = own
	}
	_, err = db.Exec(fmt.Sprintf("PRAGMA user_version = %d", version))
	ts.Check(err)
	if len(args) == 0 || args[0] == "unfinished" {
		_, err = db.Exec("INSERT INTO goose_db_version(version_id, is_applied) VALUES (99, true)")
		ts.Check(err)
	}
	ts.Check(db.Close())
}

func damageCommand(ts *testscript.TestScript, _ bool, args []string) {
	file := ts.MkAbs(args[0])
	info, err := os.Stat(file)
	ts.Check(err)
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	ts.Check(err)
	defer f.Close()
	_, err = f.WriteAt([]byte(strings.Repeat("\xff", int(info.Size())-4096)), 4096)
	ts.Check(err)
	_, err = fmt.Fprintf(ts.Stdout(), "%d bytes\n", info.Size())
	ts.Check(err)
}
