package outbox

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// What a run came to is counted, and what waits and is paused by then.
func TestSummary(t *testing.T) {
	w := newWorld(t, Options{Workers: 1})
	verdicts := map[string]plan.Verdict{"s1": plan.Skipped, "s2": plan.Skipped, "s3": plan.Skipped, "r1": plan.Refused, "r2": plan.Refused, "l1": plan.Later, "l2": plan.Later}
	w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
		if v, ok := verdicts[a.Action.ID]; ok {
			return &plan.Result{Verdict: v, Uncertain: a.Action.ID == "l1"}
		}
		return nil
	}
	var actions []plan.Action
	for n, id := range []string{"d1", "d2", "d3", "d4", "s1", "s2", "s3", "r1", "r2", "l1", "l2"} {
		actions = append(actions, comment(id, fmt.Sprint("A-", n)))
	}
	w.push(actions...)
	if err := w.Pause(t.Context(), "https://other.example.com", ""); err != nil {
		t.Fatal(err)
	}
	s := w.deliver()
	if s.Done != 4 || s.Skipped != 3 || s.Died != 2 || s.Waiting != 2 || s.Dead != 2 || len(s.Paused) != 1 || s.Paused[0].Name != "https://other.example.com" || s.Paused[0].Reason != "paused by an operator" || s.OwnWay != nil {
		t.Errorf("%+v", s)
	}
	w.wantStates("push-0001", "d1 done, d2 done, d3 done, d4 done, s1 skipped, s2 skipped, s3 skipped, r1 dead, r2 dead, l1 sending, l2 queued")
	if s = w.deliver(); s.Done+s.Skipped+s.Died != 0 || s.Waiting != 2 || s.Dead != 2 {
		t.Errorf("once more: %+v", s)
	}
}

// What an outbox does where nothing is said, and that it does as it is told.
func TestDefaults(t *testing.T) {
	for _, tt := range []struct {
		opts         Options
		lease, grace time.Duration
		workers      int
	}{
		{Options{}, 10 * time.Second, time.Second, 1},
		{Options{Lease: -1, Grace: -1, Workers: -1}, 10 * time.Second, time.Second, 1},
		{Options{Lease: 9 * time.Millisecond, Grace: 1, Workers: 2}, 9 * time.Millisecond, 1, 2},
	} {
		tt.opts.Dir = t.TempDir()
		o, err := Open(t.Context(), tt.opts)
		if err != nil {
			t.Fatal(err)
		}
		if o.opts.Lease != tt.lease || o.lease() != tt.lease.Milliseconds() || o.renewEvery != tt.lease/3 || o.grace != tt.grace || o.opts.Workers != tt.workers {
			t.Errorf("%+v: lease %v, renewed every %v, grace %v, %d workers", tt.opts, o.opts.Lease, o.renewEvery, o.grace, o.opts.Workers)
		}
		if r := o.opts.Random(); r < 0 || r >= 1 || o.opts.Log == nil {
			t.Errorf("random: %v", r)
		}
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	}
	w := newWorld(t, Options{})
	if got := w.clock.Now().UnixMilli() - w.dueNow(); got != 2000 {
		t.Errorf("due at once is %d ms ago", got)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	began := time.Now()
	certain, end := withoutEnd(over)
	defer end()
	if until, ok := certain.Deadline(); !ok || certain.Err() != nil || until.Sub(began) < 5*time.Second || until.Sub(began) > 5900*time.Millisecond {
		t.Errorf("what must be written has %v", until.Sub(began))
	}
}

// What is told of the folder of an outbox, and of what is to become one.
func TestInspectDisk(t *testing.T) {
	dir := t.TempDir()
	for mode, others := range map[os.FileMode]bool{0o700: false, 0o755: false, 0o711: false, 0o720: true, 0o702: true, 0o777: true} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		d, err := InspectDisk(dir)
		if err != nil || d.Others != others || d.Missing || d.Parent != dir || !d.Writable || d.ReadOnly || d.Owner != os.Geteuid() || len(d.Foreign)+len(d.NotPlain) != 0 {
			t.Errorf("%o: %+v, %v", mode, d, err)
		}
		below, err := InspectDisk(filepath.Join(dir, "a", "b"))
		if err != nil || !below.Missing || below.Parent != dir || below.Others || !below.Writable {
			t.Errorf("below %o: %+v, %v", mode, below, err)
		}
		var stat unix.Statfs_t
		if err := unix.Statfs(dir, &stat); err != nil {
			t.Fatal(err)
		}
		if block := uint64(stat.Bsize); d.Free%block != 0 || d.Free/block > 2*stat.Bavail || 2*d.Free/block < stat.Bavail || (d.Files == 0) != (stat.Ffree == 0) {
			t.Errorf("%d bytes and %d files are free, statfs: %+v", d.Free, d.Files, stat)
		}
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := InspectDisk(file); err == nil || !strings.Contains(err.Error(), "is not a folder") {
		t.Errorf("a file: %v", err)
	}
	if _, err := InspectDisk(filepath.Join(file, "x")); err == nil {
		t.Error("below a file there is a folder")
	}
	if err := os.Symlink(file, filepath.Join(dir, store.FileName)); err != nil {
		t.Fatal(err)
	}
	if d, err := InspectDisk(dir); err != nil || len(d.NotPlain) != 1 || !strings.Contains(d.NotPlain[0], store.FileName+" is a symbolic link") {
		t.Errorf("a link for the database: %+v, %v", d, err)
	}
}
