package spool_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"jirahook/internal/powerloss"
	"jirahook/outbox/spool"
)

// What is proved here, and what is relied on.
//
// Proved, by playing every loss of power between two system calls of the spool:
// a push whose Write has returned is there, whole; one that was set aside, or
// put back, is where the last call that returned has left it, and never nowhere;
// a push that is listed is whole, whether its Write has returned or not; the
// spool can be opened and written again; a database that was set aside is not
// under its old name again (TestDatabaseSetAsideSurvivesLossOfPower). Which losses
// are played: see internal/powerloss.
//
// Relied on: that fsync(2) of a file makes its content durable, and of a folder
// the names in it; that the disk does not lie about it. For the database, that
// SQLite in WAL mode with synchronous=FULL loses no committed transaction
// (https://sqlite.org/pragma.html#pragma_synchronous), which every connection is
// checked to have (TestSettingsOfSQLite), and that PostgreSQL's fsync and
// synchronous_commit are on, as they are by default. Leases and outcomes are
// written without them (writeLazily): they may be lost, but in their order, and
// no database is damaged by it; TestLostOutcomes plays that. A push goes from the spool
// only after its transaction has committed; where the loss of power brings the
// file back it is known by its id (TestKilledAnywhere).

// taken: the database has it, and it may be gone.
const taken = "taken"

func TestSpoolSurvivesLossOfPower(t *testing.T) {
	r := &powerloss.Recorder{Root: t.TempDir()}
	dir := filepath.Join(r.Root, "var", "jirahook", "outbox") // nothing of it is there
	r.OS.In = spool.FolderAt(dir)
	s, err := spool.OpenOn(r, dir)
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string][]byte{}
	do := func(id, to string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		r.Note(powerloss.Op{Do: "returned", Path: id, To: to})
	}
	for i := range 3 {
		id := fmt.Sprint("push", i)
		facts[id] = fmt.Appendf(nil, `{"version":1,"push":"%s %s"}`, id, strings.Repeat("x", 100*i))
		do(id, spool.FolderName, s.Write(id, facts[id]))
	}
	for range 2 {
		from := s
		for _, to := range append(s.ForWorker(), s.ForPerson()) {
			if next, _ := from.Next(); *next != *to {
				t.Fatalf("from %s to %s", from.Dir(), next.Dir())
			}
			r.Note(powerloss.Op{Do: "returned", Path: "push1"}) // it is on its way
			do("push1", filepath.Base(to.Dir()), from.SetAside(to, "push1", errors.New("why")))
			from = to
		}
		r.Note(powerloss.Op{Do: "returned", Path: "push1"})
		do("push1", spool.FolderName, s.Restore("push1"))
	}
	r.Note(powerloss.Op{Do: "returned", Path: "push0", To: taken})
	if err := s.Remove("push0"); err != nil {
		t.Fatal(err)
	}

	m, where, states := powerloss.New(), map[string]string{}, 0
	seen := map[string]bool{}
	for n := 0; ; n++ {
		m.Losses(func(files map[string][]byte, folders []string) {
			slices.Sort(folders)
			key := fmt.Sprint(files, folders, where)
			if seen[key] {
				return
			}
			seen[key] = true
			states++
			for _, wrong := range afterLoss(t, files, folders, facts, where) {
				t.Errorf("after %d operations, the last %+v: %s", n, r.Ops[max(n-1, 0)], wrong)
			}
		})
		if n == len(r.Ops) {
			break
		}
		if o := r.Ops[n]; o.Do == "returned" {
			where[o.Path] = o.To
		} else {
			m.Do(o)
		}
	}
	if states < 30 {
		t.Errorf("only %d states were looked at", states)
	}
	t.Logf("%d operations, %d different disks after a loss of power", len(r.Ops), states)
}

// afterLoss opens what is left as the next hook would.
func afterLoss(t *testing.T, files map[string][]byte, folders []string, facts map[string][]byte, where map[string]string) (wrong []string) {
	t.Helper()
	root := t.TempDir()
	powerloss.LayOut(t, root, files, folders)
	s, err := spool.Open(filepath.Join(root, "var", "jirahook", "outbox"))
	if err != nil {
		return []string{err.Error()}
	}
	found := map[string][]string{}
	for _, in := range append(s.ForWorker(), s, s.ForPerson()) {
		ids, err := in.List()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return []string{err.Error()}
		}
		for _, id := range ids {
			found[id] = append(found[id], filepath.Base(in.Dir()))
			if got, err := in.Read(id); err != nil || !bytes.Equal(got, facts[id]) {
				wrong = append(wrong, fmt.Sprintf("%s reads as %q, %v", id, got, err))
			}
		}
	}
	for id, in := range where {
		if in != taken && (len(found[id]) == 0 || in != "" && !slices.Equal(found[id], []string{in})) {
			wrong = append(wrong, fmt.Sprintf("%s should be in %q and is in %q", id, in, found[id]))
		}
	}
	if err := s.Sweep(time.Now().Add(2 * time.Hour)); err != nil {
		wrong = append(wrong, err.Error())
	}
	if err := s.Write("next", []byte("facts")); err != nil {
		wrong = append(wrong, err.Error())
	}
	return wrong
}

// Every way of writing that leaves out a step is found out by the losses.
func TestLossOfPowerFindsMistakes(t *testing.T) {
	for name, missing := range map[string]string{"fsync of the file": "sync", "fsync of the folder": "folder"} {
		r := &powerloss.Recorder{Root: t.TempDir()}
		s, err := spool.OpenOn(r, r.Root+"/outbox")
		if err != nil {
			t.Fatal(err)
		}
		made := len(r.Ops)
		if err := s.Write("a", []byte("facts")); err != nil {
			t.Fatal(err)
		}
		m, bad := powerloss.New(), false
		for n, o := range r.Ops {
			if n < made || o.Do != missing {
				m.Do(o)
			}
		}
		m.Losses(func(files map[string][]byte, _ []string) {
			got, there := files["/outbox/spool/a.push"]
			bad = bad || !there || string(got) != "facts"
		})
		if !bad {
			t.Errorf("without the %s all is well", name)
		}
	}
}
