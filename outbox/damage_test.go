package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"jirahook/internal/trap"
	"jirahook/outbox/spool"
	"jirahook/outbox/store"
	"jirahook/plan"
)

// ways to damage a database file.
func ways() map[string]func(whole []byte) []byte {
	return map[string]func([]byte) []byte{
		"no database":  func(b []byte) []byte { return bytes.Repeat([]byte("not a database "), 1000) },
		"all zero":     func(b []byte) []byte { return make([]byte, len(b)) },
		"a few bytes":  func(b []byte) []byte { return b[:10] },
		"no beginning": func(b []byte) []byte { return append(make([]byte, 4096), b[4096:]...) },
		"nothing":      func(b []byte) []byte { return nil },
		"cut off":      func(b []byte) []byte { return b[:4096+2000] },
		"written over": func(b []byte) []byte { return append(b[:4096:4096], bytes.Repeat([]byte{0xff}, len(b)-4096)...) },
		"all zero but for the beginning": func(b []byte) []byte {
			return append(b[:4096:4096], make([]byte, len(b)-4096)...)
		},
	}
}

// closeAndDamage damages the database of an outbox that nobody has open.
func closeAndDamage(t *testing.T, w *world, damage func([]byte) []byte) {
	t.Helper()
	if err := w.Outbox.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(w.opts.Dir, store.FileName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, damage(whole), 0o600); err != nil {
		t.Fatal(err)
	}
}

func asideFiles(t *testing.T, dir string) []string {
	t.Helper()
	found, err := store.Aside(dir)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A damaged database is set aside, and the pushes of the spool go into a new one.
func TestDamagedDatabaseIsSetAside(t *testing.T) {
	for name, damage := range ways() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			w.push(comment("a", "A-1"))
			w.keep(facts{Actions: []plan.Action{comment("b", "A-1")}})
			closeAndDamage(t, w, damage)
			anew := ""
			for range 2 { // the second time all is well
				err := Use(t.Context(), w.opts, func(o *Outbox) error {
					if o.Anew() != "" {
						anew = o.Anew()
					}
					if _, err := o.Ingest(t.Context(), w.spool, w.planner); err != nil {
						return err
					}
					_, err := o.DrainAll(t.Context(), w.jira)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			w.jira.check(t, "A-1: b")
			if found := asideFiles(t, w.opts.Dir); len(found) != 1 || found[0] != anew {
				t.Errorf("set aside: %q, told of %q", found, anew)
			}
		})
	}
}

// A database that somebody deleted is missed as well.
func TestDeletedDatabase(t *testing.T) {
	w := newWorld(t, Options{})
	w.push(comment("a", "A-1"))
	closeAndDamage(t, w, func(b []byte) []byte { return b })
	for _, name := range append(store.Companions(), "") {
		if err := os.Remove(filepath.Join(w.opts.Dir, store.FileName+name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	var told []bool
	for range 2 {
		err := Use(t.Context(), w.opts, func(o *Outbox) error {
			told = append(told, o.Anew() != "")
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(told, []bool{true, false}) {
		t.Errorf("told: %v", told)
	}
}

// playDamagedHook is a hook that does not give up on a damaged database.
func playDamagedHook(args []string) error {
	kept, err := spool.Open(args[0])
	if err != nil {
		return err
	}
	push := spool.NewID(time.Now(), os.Getpid(), strings.NewReader(args[2]+"...."), "app")
	f := fmt.Sprintf(`{"Push":%q,"Repository":%q,"Time":%q,"Actions":[{"id":"%[4]s-1","site":"s","issue":"A-%[4]s"}]}`,
		push, "r"+args[2], time.Now().Format(time.RFC3339Nano), args[2])
	if err := kept.Write(push, []byte(f)); err != nil {
		return err
	}
	return Use(context.Background(), Options{Dir: args[0], Workers: 2, Lease: 2 * time.Second}, func(o *Outbox) error {
		_, r, err := o.DeliverPush(context.Background(), kept, &planner{}, push, fileJira{args[1]})
		if err == nil && (len(r.Actions) != 1 || r.Actions[0].State != Done) {
			err = fmt.Errorf("report: %+v", r)
		}
		return err
	})
}

// A crowd of hooks finds the damage at once: one sets the file aside, all are
// served.
func TestCrowdOfHooksFindsDamage(t *testing.T) {
	for name, n := range map[string]int{"no database": crowd, "written over": 8, "nothing": 8} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{})
			w.push(comment("a", "A-1"))
			closeAndDamage(t, w, ways()[name])
			j := fileJira{t.TempDir()}
			var all sync.WaitGroup
			for i := range n {
				cmd := process(t, "damaged hook", w.opts.Dir, j.dir, strconv.Itoa(i+100))
				all.Go(func() {
					if err := cmd.Run(); err != nil {
						t.Errorf("hook %d: %v", i, err)
					}
				})
			}
			all.Wait()
			for i := range n {
				if got := j.list(t, "A-"+strconv.Itoa(i+100)); len(got) != 1 {
					t.Errorf("A-%d was told %d things", i+100, len(got))
				}
			}
			if found := asideFiles(t, w.opts.Dir); len(found) != 1 {
				t.Errorf("set aside: %q", found)
			}
			o := w.open()
			if c, err := o.Counts(t.Context()); err != nil || c.Queued+c.Sending+c.Dead != 0 {
				t.Errorf("counts: %+v, %v", c, err)
			}
		})
	}
}

// A file in which nothing is wrong is never set aside, whatever was said of it.
func TestHealthyDatabaseStays(t *testing.T) {
	w := newWorld(t, Options{})
	w.push(comment("a", "A-1"))
	alarm := w.db.Damaged(errors.New("false alarm"))
	err := Use(t.Context(), w.opts, func(*Outbox) error { return alarm })
	if !errors.Is(err, alarm) || !strings.Contains(err.Error(), "finds no damage") {
		t.Errorf("error: %v", err)
	}
	if found := asideFiles(t, w.opts.Dir); len(found) != 0 {
		t.Errorf("set aside: %q", found)
	}
	// While it is being written it cannot be looked at, perhaps: then it stays, too.
	tx, err := w.db.DB.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	if err := Use(t.Context(), w.opts, func(*Outbox) error { return alarm }); err == nil {
		t.Error("a locked database counts as damaged")
	}
	// One that another user may not open.
	for dir := w.opts.Dir; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	trap.AsStranger(t, func() {
		if os.Getuid() == 0 && Use(context.Background(), w.opts, func(*Outbox) error { return nil }) == nil {
			t.Error("another user's database was opened")
		}
	})
	if found := asideFiles(t, w.opts.Dir); len(found) != 0 {
		t.Errorf("set aside: %q", found)
	}
}

// One that another process has set aside meanwhile is not set aside again.
func TestDamageIsFoundTwice(t *testing.T) {
	w := newWorld(t, Options{})
	seen, ok := errors.AsType[*store.Damage](w.db.Damaged(errors.New("damaged")))
	if !ok {
		t.Fatal("it is no damage")
	}
	closeAndDamage(t, w, ways()["no database"])
	for i := range 2 {
		aside, err := seen.SetAside(t.Context(), w.opts.Dir, nil)
		if err != nil || (aside == "") != (i > 0) {
			t.Errorf("set aside %q, %v", aside, err)
		}
		w.open()
	}
	if found := asideFiles(t, w.opts.Dir); len(found) != 1 {
		t.Errorf("set aside: %q", found)
	}
}

// A process that has the old file open neither takes pushes into it nor hurts
// the new one when it closes the old.
func TestOldConnections(t *testing.T) {
	w := newWorld(t, Options{})
	w.push(comment("a", "A-1"))
	w.moveDatabase()
	old := w.Outbox
	w.Outbox = w.open()
	kept := w.keep(facts{Actions: []plan.Action{comment("b", "A-1")}})
	_, err := old.Ingest(t.Context(), w.spool, w.planner)
	wantError(t, err, store.ErrReplaced)
	wantError(t, old.Work(t.Context(), w.spool, w.planner, w.jira, WorkOptions{}), store.ErrReplaced)
	if in := w.ingest(); !slices.Equal(in.Taken, []string{kept}) {
		t.Errorf("ingested %+v", in)
	}
	if err := old.Close(); err != nil {
		t.Error(err)
	}
	third := w.push(comment("c", "A-1"))
	w.Outbox = w.open()
	w.wantStates(kept, "b queued")
	w.wantStates(third, "c queued")
	if found, err := Inspect(t.Context(), w.opts); err != nil || found.Damage != "" || found.Partly {
		t.Errorf("the new database: %+v, %v", found, err)
	}
}

// moveDatabase takes the database away under those who have it open, as whoever sets
// a damaged one aside.
func (w *world) moveDatabase() {
	w.Helper()
	path := filepath.Join(w.opts.Dir, store.FileName)
	for _, ending := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(path+ending, path+".moved"+ending); err != nil {
			w.Fatal(err)
		}
	}
	if err := os.Truncate(filepath.Join(w.opts.Dir, store.MigrateTurn+".lock"), 0); err != nil {
		w.Fatal(err)
	}
}

// Use goes on with the new database when the old one goes away under it.
func TestUseAfterReplacement(t *testing.T) {
	w := newWorld(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error)
	go func() {
		done <- Use(ctx, w.opts, func(o *Outbox) error {
			return o.Work(ctx, w.spool, w.planner, w.jira, WorkOptions{Poll: 5 * time.Millisecond})
		})
	}()
	w.keep(facts{Actions: []plan.Action{comment("a", "A-1")}})
	eventually(t, "a is done", func() bool { return w.jira.has(comment("a", "A-1")) })
	w.moveDatabase()
	w.keep(facts{Actions: []plan.Action{comment("b", "A-1")}})
	eventually(t, "b is done", func() bool { return w.jira.has(comment("b", "A-1")) })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
