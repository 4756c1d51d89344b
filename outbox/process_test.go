package outbox

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jirahook/outbox/spool"
	"jirahook/outbox/store"
	"jirahook/plan"
)

// roles are what the test binary can play as a process of its own.
func roles() map[string]func(args []string) error {
	return map[string]func(args []string) error{
		"full disk":    playFullDisk,
		"spool writer": playSpoolWriter,
		"hook":         playHook,
		"dying sender": playDyingSender,
		"dying ingest": playDyingIngest,
		"opener":       playOpener,
		"damaged hook": playDamagedHook,
	}
}

// process is the test binary in a role.
func process(t *testing.T, role string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), "OUTBOX_TEST_ROLE="+role, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	return cmd
}

// playFullDisk has a disk on which a file cannot grow beyond 4 KiB.
func playFullDisk(args []string) error {
	s, err := spool.Open(args[0])
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 4096, Max: 4096}); err != nil {
		return err
	}
	if err := s.Write("small", []byte("facts")); err != nil {
		return err
	}
	if err := s.Write("large", make([]byte, 10_000)); !errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("write: %s, want a refusal", fmt.Sprint(err))
	}
	return nil
}

func TestSpoolFullDisk(t *testing.T) {
	s := newSpool(t)
	if err := process(t, "full disk", strings.TrimSuffix(s.Dir(), "/spool")).Run(); err != nil {
		t.Fatal(err)
	}
	if names := files(t, s); !slices.Equal(names, []string{"small.push"}) {
		t.Errorf("files: %q", names)
	}
}

// playSpoolWriter writes pushes and says which are kept, until it is killed.
func playSpoolWriter(args []string) error {
	s, err := spool.Open(args[0])
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		id := fmt.Sprintf("%s-%06d", args[1], i)
		if err := s.Write(id, bytes.Repeat([]byte(id), 3000)); err != nil {
			return err
		}
		fmt.Println(id)
	}
}

func TestSpoolSurvivesKill(t *testing.T) {
	s := newSpool(t)
	kept := map[string]bool{}
	for round := range 5 {
		cmd := process(t, "spool writer", strings.TrimSuffix(s.Dir(), "/spool"), strconv.Itoa(round))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			kept[lines.Text()] = true
			if n == 3+round*2 { // it goes on writing meanwhile
				_ = cmd.Process.Kill()
			}
		}
		_ = cmd.Wait()
	}
	ids, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		got, err := s.Read(id)
		if err != nil || !bytes.Equal(got, bytes.Repeat([]byte(id), 3000)) {
			t.Errorf("%s is not whole: %d bytes, %v", id, len(got), err)
		}
		delete(kept, id)
	}
	if len(kept) > 0 {
		t.Errorf("kept and lost: %v", kept)
	}
}

// fileJira is a Jira in a folder, for several processes: one file for each
// action that was carried out, and one list for each issue.
type fileJira struct{ dir string }

func (j fileJira) Prepare(context.Context, []plan.Action) {}
func (j fileJira) Probe(context.Context, plan.Action) plan.Result {
	return plan.Result{Verdict: plan.Done}
}
func (j fileJira) Fingerprint(plan.Action) string { return "f" }
func (j fileJira) Send(_ context.Context, a plan.Attempt) plan.Result {
	if _, err := os.Stat(j.dir + "/" + a.Action.ID); err == nil && a.Uncertain {
		return plan.Result{Verdict: plan.Done}
	}
	if err := a.Sending(""); err != nil {
		return plan.Result{Verdict: plan.Later, Problem: err.Error()}
	}
	return j.apply(a)
}

func (j fileJira) apply(a plan.Attempt) plan.Result {
	f, err := os.OpenFile(j.dir+"/"+a.Action.ID, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return plan.Result{Verdict: plan.Refused, Problem: "done twice"}
	}
	if err != nil {
		return plan.Result{Verdict: plan.Refused, Problem: err.Error()}
	}
	defer f.Close()
	list, err := os.OpenFile(j.dir+"/"+a.Action.Issue, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return plan.Result{Verdict: plan.Refused, Problem: err.Error()}
	}
	defer list.Close()
	if _, err := fmt.Fprintln(list, a.Action.ID); err != nil {
		return plan.Result{Verdict: plan.Refused, Problem: err.Error()}
	}
	return plan.Result{Verdict: plan.Done, Words: "comment"}
}

func (j fileJira) list(t *testing.T, issue string) []string {
	t.Helper()
	data, err := os.ReadFile(j.dir + "/" + issue)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(data))
}

// open opens an outbox as a program does: with the real clock.
func open(dir, database string, workers int) (*Outbox, *spool.Spool, error) {
	kept, err := spool.Open(dir)
	if err != nil {
		return nil, nil, err
	}
	o, err := Open(context.Background(), Options{Dir: dir, Database: database, Workers: workers, Lease: 2 * time.Second, Brief: true})
	return o, kept, err
}

// playHook is a hook: it keeps a push, ingests and delivers. Its arguments are
// the folders of outbox and Jira, the database, and the push's name.
func playHook(args []string) error {
	kept, err := spool.Open(args[0])
	if err != nil {
		return err
	}
	push := spool.NewID(time.Now(), os.Getpid(), strings.NewReader(args[3]+"...."), "app")
	f := fmt.Sprintf(`{"Push":%q,"Repository":%q,"Time":%q,"Actions":[{"id":"%[4]s-1","site":"s","issue":"A-1"},{"id":"%[4]s-2","site":"s","issue":"A-%[4]s"},{"id":"shared","site":"s","issue":"A-1"}]}`,
		push, "r"+args[3], time.Now().Format(time.RFC3339Nano), args[3])
	if err := kept.Write(push, []byte(f)); err != nil {
		return err
	}
	o, kept, err := open(args[0], args[2], 4)
	if err != nil {
		return err
	}
	defer o.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	_, r, err := o.DeliverPush(ctx, kept, &planner{}, push, fileJira{args[1]})
	if err != nil {
		return err
	}
	for _, a := range r.Actions {
		if a.State != Done {
			return fmt.Errorf("%s of %s is %s: %s", a.ID, push, a.State, a.Problem)
		}
	}
	return nil
}

// A crowd of hooks at once makes the database, shares a lane and one once-only id,
// and they wait for each other.
func TestCrowdOfHooksOnNewDatabase(t *testing.T) {
	test := func(t *testing.T, database string) {
		dir, j := t.TempDir(), fileJira{t.TempDir()}
		var all sync.WaitGroup
		for i := range crowd {
			cmd := process(t, "hook", dir, j.dir, database, strconv.Itoa(i+100))
			all.Go(func() {
				if err := cmd.Run(); err != nil {
					t.Errorf("hook %d: %v", i, err)
				}
			})
		}
		all.Wait()
		got := j.list(t, "A-1")
		slices.Sort(got)
		if got = slices.Compact(got); len(got) != crowd+1 {
			t.Errorf("A-1 was told %d things, want %d", len(got), crowd+1)
		}
		for i := range crowd {
			if got := j.list(t, "A-"+strconv.Itoa(i+100)); len(got) != 1 {
				t.Errorf("A-%d was told %d things", i+100, len(got))
			}
		}
	}
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite") })
	t.Run("postgres", func(t *testing.T) { test(t, postgresSchema(t)) })
}

// playDyingIngest dies between the commit of a push and the removal of its file.
func playDyingIngest(args []string) error {
	o, kept, err := open(args[0], args[1], 1)
	if err != nil {
		return err
	}
	ids, err := kept.List()
	if err != nil {
		return err
	}
	data, err := kept.Read(ids[0])
	if err != nil {
		return err
	}
	p := planned{id: ids[0], facts: data}
	if err := o.plan(context.Background(), &planner{}, &p, false, time.Minute); err != nil || p.err != nil {
		return errors.Join(err, p.err)
	}
	if err := o.insertPush(context.Background(), ids[0], p.plan, data); err != nil {
		return err
	}
	return syscall.Kill(os.Getpid(), syscall.SIGKILL)
}

// playDyingSender dies while a request is under way; Jira has carried it out, or
// not. It has one worker: PostgreSQL may well carry out what another one asked
// for after the death of its client.
func playDyingSender(args []string) error {
	o, _, err := open(args[0], args[1], 1)
	if err != nil {
		return err
	}
	sum, err := o.DrainAll(context.Background(), dyingJira{fileJira{args[2]}, args[3] == "applied"})
	return fmt.Errorf("nothing to die of: %+v, %w", sum, err)
}

type dyingJira struct {
	fileJira
	applies bool
}

func (j dyingJira) Send(_ context.Context, a plan.Attempt) plan.Result {
	if err := a.Sending(""); err != nil {
		return plan.Result{Verdict: plan.Later, Problem: err.Error()}
	}
	if j.applies {
		j.apply(a)
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func TestKilledAnywhere(t *testing.T) {
	test := func(t *testing.T, database string) {
		dir, j := t.TempDir(), fileJira{t.TempDir()}
		kept, err := spool.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		err = kept.Write("p1", []byte(`{"Push":"p1","Repository":"r","Time":"2026-11-24T12:00:00Z","Actions":[
			{"id":"1","site":"s","issue":"A-1"},{"id":"2","site":"s","issue":"A-1"},{"id":"3","site":"s","issue":"A-1"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		for _, role := range [][]string{
			{"dying ingest", dir, database},
			{"dying sender", dir, database, j.dir, "lost"},
			{"dying sender", dir, database, j.dir, "applied"},
		} {
			err := process(t, role[0], role[1:]...).Run()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() >= 0 { // -1: by a signal
				t.Fatalf("%s was not killed: %v", role[0], err)
			}
			// What the dead one held is free when its lease has ended.
			o, _, err := open(dir, database, 1)
			if err != nil {
				t.Fatal(err)
			}
			if err := o.db.Write(t.Context(), "end the lease", func(s store.Session) error {
				_, err := s.Exec("UPDATE lane SET due_at = 1 WHERE owner <> ''")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if err := o.Close(); err != nil {
				t.Fatal(err)
			}
		}
		o, kept, err := open(dir, database, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer o.Close()
		if in, err := o.Ingest(t.Context(), kept, &planner{}); err != nil || len(in.Taken) > 0 {
			t.Errorf("ingest: %+v, %v", in, err)
		}
		if names := files(t, kept); len(names) > 0 {
			t.Errorf("files: %q", names)
		}
		if sum, err := o.DrainAll(t.Context(), j); err != nil || sum.Done != 3 || sum.Waiting != 0 {
			t.Errorf("deliver: %+v, %v", sum, err)
		}
		if got := j.list(t, "A-1"); !slices.Equal(got, []string{"1", "2", "3"}) {
			t.Errorf("A-1 was told %q", got)
		}
	}
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite") })
	t.Run("postgres", func(t *testing.T) { test(t, postgresSchema(t)) })
}
