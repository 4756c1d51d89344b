package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"jirahook/internal/trap"
	"jirahook/relay"
)

// lay puts something in the place of a file of the outbox, as its owner could,
// and is told when what it leads to was touched.
func (h *host) lay(kind, name string) (check func()) {
	h.t.Helper()
	h.ids++
	path, victim := filepath.Join(h.outbox, name), fmt.Sprintf("%s/victim%d", h.dir, h.ids)
	must(h.t, os.WriteFile(victim, []byte("precious"), 0o600))
	must(h.t, os.RemoveAll(path))
	must(h.t, trap.All(h.t)[kind](path, victim))
	for _, laid := range []string{path, path + ".other"} {
		if _, err := os.Lstat(laid); err == nil && kind != "a hard link" {
			must(h.t, os.Lchown(laid, h.owner, h.owner))
		}
	}
	before, err := os.Lstat(victim)
	must(h.t, err)
	return func() {
		h.t.Helper()
		data, err := os.ReadFile(victim)
		must(h.t, err)
		after, err := os.Lstat(victim)
		must(h.t, err)
		if string(data) != "precious" || after.Mode() != before.Mode() || after.Sys().(*syscall.Stat_t).Uid != 0 {
			h.t.Errorf("%s as %s: what it leads to holds %q and has the mode %v", name, kind, data, after.Mode())
		}
		if _, err := os.Lstat(victim + ".new"); !errors.Is(err, fs.ErrNotExist) {
			h.t.Errorf("%s as %s: a file was made through it", name, kind)
		}
		if data, err := os.ReadFile(path + ".other"); err == nil && string(data) != "victim" {
			h.t.Errorf("%s as %s: what lies beside it holds %q", name, kind, data)
		}
	}
}

// laidOut are what the owner may lay out: a file of his own is none.
func laidOut(t *testing.T) []string {
	t.Helper()
	all := trap.All(t)
	delete(all, "a file of daemon")
	return slices.Sorted(maps.Keys(all))
}

// Whatever the outbox's owner lays out in it, nobody who comes by opens it, is
// kept waiting by it, or does by it what the owner could not: not root, whether
// it can become the owner or not, and not the owner itself, whose own files the
// victims may be.
func TestPlantedFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the program some hundred times")
	}
	h := newHost(t, stranger)
	runs := map[string]func(args ...string) (string, int){
		"root":          func(args ...string) (string, int) { return h.jirahook(0, args...) },
		"its own owner": func(args ...string) (string, int) { return h.jirahook(stranger, args...) },
		"root that must stay root": func(args ...string) (string, int) {
			return h.run(0, append([]string{"setpriv", "--bounding-set=-setuid,-setgid", h.program}, args...)...)
		},
	}
	beside := []string{
		"jirahook.log", "spool/bad/20260101T000000.000000-1-0.why", "spool/20260102T000000.000000-1-0.push", "spool/.20260101T000000.000000-1-1.tmp",
	}
	for who, run := range runs {
		for _, kind := range laidOut(t) {
			t.Run(who+" "+kind, func(t *testing.T) {
				h.t = t
				h.fresh()
				var checks []func()
				for _, name := range beside {
					checks = append(checks, h.lay(kind, name))
				}
				caches := h.caches()
				for _, name := range caches {
					checks = append(checks, h.lay(kind, name))
				}
				out, code := run("post-receive")
				if code != 0 || !strings.Contains(out, "SHOP-1") {
					t.Errorf("post-receive: %d: %s", code, out)
				}
				if _, err := os.Lstat(h.outbox + "/outbox.db"); who == "root that must stay root" && (!errors.Is(err, fs.ErrNotExist) || !strings.Contains(out, "kept; Jira will be told later")) {
					t.Errorf("post-receive opens the database (%v) and says %s", err, out)
				}
				out, code = run("queue", "list")
				if who != "root that must stay root" && (code != 0 || !strings.Contains(out, "spool/bad/20260101T000000.000000-1-0.why is a") || !strings.Contains(out, "it is left alone")) {
					t.Errorf("queue list: %d: %s", code, out)
				}
				if who == "root that must stay root" && (code != exitUnreachable || !strings.Contains(out, "cannot become daemon, to whom "+h.outbox+" belongs")) {
					t.Errorf("queue list: %d: %s", code, out)
				}
				run("deliver")
				out, _ = run("doctor")
				if who != "root that must stay root" && (!strings.Contains(out, h.outbox+"/jirahook.log is a") || !strings.Contains(out, "it is left alone")) {
					t.Errorf("doctor: %s", out)
				}
				for _, check := range checks {
					check()
				}
				h.nothingOfRoots(kind)
			})
		}
	}
	alone := []string{"outbox.db", "outbox.db-wal", "outbox.db-shm", "outbox.db-journal", "ingest.lock", "migrate.lock", "replace.lock", "plan.lock", "spool", "spool/again", "spool/last", "spool/bad"}
	for _, name := range alone {
		for _, kind := range laidOut(t) {
			if folder := !strings.Contains(name, "."); folder && (kind == "a hard link" || kind == "a folder") {
				continue
			}
			t.Run(name+" "+kind, func(t *testing.T) {
				h.t = t
				h.fresh()
				check := h.lay(kind, name)
				out, code := h.jirahook(0, "queue", "list")
				if code != exitUnreachable || !strings.Contains(out, h.outbox+"/"+name+" is ") || !strings.Contains(out, "it is left alone") {
					t.Errorf("queue list: %d: %s", code, out)
				}
				if out, code = h.jirahook(0, "post-receive"); code != 0 {
					t.Errorf("post-receive: %d: %s", code, out)
				}
				if out, _ = h.jirahook(0, "doctor"); !strings.Contains(out, h.outbox+"/"+name+" is ") {
					t.Errorf("doctor: %s", out)
				}
				check()
			})
		}
	}
}

// caches are the names of what is kept beside the database of what Jira has said.
func (h *host) caches() []string {
	h.t.Helper()
	p := process{environ: []string{"JIRAHOOK_CONFIG=" + h.config}, dir: h.dir, now: time.Now}
	cfg, err := p.place().Upper()
	must(h.t, err)
	return relay.CacheFiles(cfg)
}

// nothingOfRoots: what is in the outbox belongs to its owner, but for what was
// laid out there.
func (h *host) nothingOfRoots(kind string) {
	h.t.Helper()
	must(h.t, filepath.WalkDir(h.outbox, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		if int(st.Uid) != h.owner && !(kind == "a hard link" && st.Nlink > 1) {
			h.t.Errorf("%s belongs to user %d", path, st.Uid)
		}
		return nil
	}))
}

// Root becomes the outbox's owner with all its groups, so that it reads what the
// hooks read and no more, and says so where that is too little.
func TestRootBecomesOwner(t *testing.T) {
	h := newHost(t, stranger)
	out, code := h.jirahook(0, "deliver")
	if code != exitProblems || !strings.Contains(out, "cannot be read") { // the push that is none
		t.Errorf("deliver: %d: %s", code, out)
	}
	h.nothingOfRoots("")
	out, _ = h.jirahook(0, "doctor")
	if !strings.Contains(out, "started as root; runs as daemon, to whom "+h.outbox+" belongs") {
		t.Errorf("doctor: %s", out)
	}

	must(t, os.Chown(h.dir+"/token", 0, 0))
	for _, command := range []string{"deliver", "worker"} {
		out, code = h.jirahook(0, command)
		if code != exitUnreachable || !strings.Contains(out, "as daemon, to whom "+h.outbox+" belongs") || !strings.Contains(out, "token: permission denied") {
			t.Errorf("%s without a secret: %d: %s", command, code, out)
		}
	}
	if out, code = h.jirahook(0, "queue", "list"); code != 0 {
		t.Errorf("queue list without a secret: %d: %s", code, out)
	}
	must(t, os.Chmod(h.config, 0o600))
	must(t, os.Chown(h.config, 0, 0))
	out, code = h.jirahook(0, "queue", "list")
	if code != exitUsage || !strings.Contains(out, "as daemon, to whom "+h.outbox+" belongs") || !strings.Contains(out, "config.yaml: permission denied") {
		t.Errorf("queue list without a configuration: %d: %s", code, out)
	}

	// Where the outbox is not there yet, whoever could make it is its owner, and
	// nothing that root makes comes first.
	must(t, os.Chmod(h.config, 0o644))
	must(t, os.Chown(h.dir, h.owner, h.owner))
	must(t, os.Chown(h.dir+"/token", h.owner, h.owner))
	good, err := os.ReadFile(h.config)
	must(t, err)
	for _, args := range [][]string{{"queue", "list"}, {"deliver"}, {"post-receive"}, {"post-receive", "broken"}} {
		must(t, os.RemoveAll(h.outbox))
		text := string(good)
		if args[len(args)-1] == "broken" {
			args, text = args[:len(args)-1], text+"nonsense: yes\n"
		}
		must(t, os.WriteFile(h.config, []byte(text), 0o644))
		out, code := h.jirahook(0, args...)
		if _, err := os.Lstat(h.outbox); code != 0 || err != nil {
			t.Errorf("%v without an outbox: %d: %s (%v)", args, code, out, err)
			continue
		}
		h.nothingOfRoots("")
	}

	// A group that the account is in besides its own.
	groups := identityOf(stranger, 12345)
	if groups.gid != stranger || len(groups.groups) == 0 || groups.groups[0] != stranger {
		t.Errorf("daemon is %+v", groups)
	}
	if nobody := identityOf(54321, 12345); nobody.gid != 12345 || nobody.home != "" || nobody.name != "user 54321" {
		t.Errorf("an id without an account is %+v", nobody)
	}
}

// Who could put another folder in the outbox's place decides what lies in it, also
// when what is there now belongs to root: root becomes that account, or, where
// there is more than one, leaves the outbox alone.
func TestRootIsLedNowhere(t *testing.T) {
	h := newHost(t, stranger)
	must(t, os.WriteFile(h.repo+"/jirahook.yaml", []byte("outbox: {dir: /nowhere}\n"), 0o644)) // is logged, before root becomes anybody
	const theirs = "its own account's"
	for name, c := range map[string]struct {
		lay  func(folder string) // makes the outbox's folder from one of root's
		says string              // "": root goes on
	}{
		"root's own":                {func(folder string) { must(t, os.Rename(folder, h.outbox)) }, ""},
		"a link of root's":          {func(folder string) { must(t, os.Symlink(folder, h.outbox)) }, ""},
		"a relative link of root's": {func(folder string) { must(t, os.Symlink("x/../"+filepath.Base(folder), h.outbox)) }, ""},
		"a link to itself":          {func(string) { must(t, os.Symlink(h.outbox, h.outbox)) }, "too many levels of symbolic links"},
		theirs + " link": {func(folder string) {
			must(t, os.Symlink(folder, h.outbox))
			must(t, os.Lchown(h.outbox, stranger, stranger))
		}, "as daemon, to whom"},
		theirs + " link by a link": {func(folder string) {
			must(t, os.Symlink(folder, h.dir+"/second"))
			must(t, os.Lchown(h.dir+"/second", stranger, stranger))
			must(t, os.Symlink(h.dir+"/second", h.outbox))
		}, "as daemon, to whom"},
		theirs + " folder above": {func(folder string) {
			must(t, os.Mkdir(h.dir+"/above", 0o755))
			must(t, os.Chown(h.dir+"/above", stranger, stranger))
			must(t, os.Rename(folder, h.dir+"/above/outbox"))
			must(t, os.Symlink(h.dir+"/above/outbox", h.outbox))
		}, "as daemon, to whom"},
		"a group's": {func(folder string) {
			must(t, os.Rename(folder, h.outbox))
			must(t, os.Chown(h.outbox, 0, stranger))
			must(t, os.Chmod(h.outbox, 0o770))
		}, h.outbox + " belongs to root, but others may write there"},
		"everybody's": {func(folder string) {
			must(t, os.Rename(folder, h.outbox))
			must(t, os.Chmod(h.outbox, 0o777|fs.ModeSticky))
		}, h.outbox + " belongs to root, but others may write there"},
		"in everybody's": {func(folder string) {
			must(t, os.Mkdir(h.dir+"/above", 0o755))
			must(t, os.Chmod(h.dir+"/above", 0o777))
			must(t, os.Rename(folder, h.dir+"/above/outbox"))
			must(t, os.Symlink(h.dir+"/above/outbox", h.outbox))
		}, h.dir + "/above belongs to root, but others may write there"},
		"where everybody leaves what is root's": {func(folder string) {
			must(t, os.Mkdir(h.dir+"/above", 0o755))
			must(t, os.Chmod(h.dir+"/above", 0o777|fs.ModeSticky))
			must(t, os.Rename(folder, h.dir+"/above/outbox"))
			must(t, os.Symlink(h.dir+"/above/outbox", h.outbox))
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h.t = t
			folder := h.dir + "/roots"
			for _, dir := range []string{h.outbox, folder, h.dir + "/above", h.dir + "/second"} {
				must(t, os.RemoveAll(dir))
			}
			must(t, os.MkdirAll(h.dir+"/x", 0o755))
			must(t, os.Mkdir(folder, 0o700))
			c.lay(folder)
			for _, args := range [][]string{{"queue", "list"}, {"deliver"}} {
				out, code := h.jirahook(0, args...)
				if c.says == "" && code != 0 || c.says != "" && (code != exitUnreachable || !strings.Contains(out, c.says)) {
					t.Errorf("%v: %d: %s", args, code, out)
				}
			}
			if out, _ := h.jirahook(0, "doctor"); c.says != "" && !strings.Contains(out, c.says) {
				t.Errorf("doctor: %s", out)
			}
			if out, code := h.jirahook(0, "post-receive"); code != 0 {
				t.Errorf("post-receive: %d: %s", code, out)
			}
			made, err := os.ReadDir(folder)
			if strings.HasPrefix(name, theirs) && (err == nil || !errors.Is(err, fs.ErrNotExist)) && len(made) > 0 {
				t.Errorf("root made %v in a folder of its own (%v)", made, err)
			}
		})
	}
}
