package spool

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// A push is taken in by its id's repository, whose mark and time stand in the id.
func TestMark(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 0, 0, 5000, time.UTC)
	id := NewID(at, 7, strings.NewReader("abcd"), "r")
	if !pushedAt(id).Equal(at) || len(Mark(id)) != 8 || Mark(id) != Mark(NewID(at.Add(1e9), 8, strings.NewReader("efgh"), "r")) || Mark(id) == Mark(NewID(at, 7, strings.NewReader("abcd"), "s")) {
		t.Errorf("%s: %s, %v", id, Mark(id), pushedAt(id))
	}
	for _, odd := range []string{"", "x", "a-b-c", "a-b-c-1234567", "a-b-c-123456789", "a-b-c-12345678-d"} {
		if Mark(odd) != "" || !pushedAt(odd).IsZero() {
			t.Errorf("%q: %q, %v", odd, Mark(odd), pushedAt(odd))
		}
	}
	s := newSpool(t)
	if older, err := s.HoldsOlder(at.Add(time.Hour)); older || err != nil {
		t.Errorf("an empty spool: %v, %v", older, err)
	}
	if err := s.Write(id, nil); err != nil {
		t.Fatal(err)
	}
	for then, want := range map[time.Duration]bool{0: false, time.Microsecond: true, -time.Microsecond: false} {
		if older, err := s.HoldsOlder(at.Add(then)); older != want || err != nil {
			t.Errorf("%v after: %v, %v", then, older, err)
		}
	}
	long := strings.Repeat("a", maxIDSize)
	if checkID(long) != nil || checkID(long+"a") == nil || checkID("aZ09._-") != nil {
		t.Error("ids are not what they may be")
	}
	for _, r := range "`{@[/:, " {
		if checkID("a"+string(r)) == nil {
			t.Errorf("%q may be in an id", r)
		}
	}
}

// Which pushes of a repository are waited for: the oldest that was set aside, for a
// quarter of an hour, in whichever folder it is.
func TestFirstAside(t *testing.T) {
	s := newSpool(t)
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	id := func(age time.Duration, repository string) string {
		return NewID(now.Add(-age), 7, strings.NewReader("abcd"), repository)
	}
	older, younger, over, late := id(2*time.Minute, "a"), id(time.Minute, "a"), id(WaitForAside+time.Microsecond, "b"), id(WaitForAside, "c")
	for push, folder := range map[string]*Spool{older: s.folder(lastFolder), younger: s.folder(againFolder), over: s.folder(againFolder), late: s.folder(againFolder), "odd": s.folder(againFolder), now.Format(idTime) + "-odd": s.folder(lastFolder), id(0, "d"): s.ForPerson()} {
		if err := s.Write(push, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.SetAside(folder, push, errFault); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.FirstAside(now)
	if want := map[string]string{Mark(older): older, Mark(late): late}; err != nil || len(got) != len(want) || got[Mark(older)] != older || got[Mark(late)] != late {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	for from, want := range map[string]struct {
		to     string
		budget time.Duration
	}{FolderName: {againFolder, time.Second}, againFolder: {lastFolder, time.Minute}, lastFolder: {badFolder, 10 * time.Minute}} {
		in := s
		if from != FolderName {
			in = s.folder(from)
		}
		if to, budget := in.Next(); to.below != FolderName+"/"+want.to || budget != want.budget {
			t.Errorf("from %s to %s, within %v", from, to.below, budget)
		}
	}
}

// Whether something was set aside since is told by the folders' times, once those
// cannot be of a change that is still to come.
func TestStampAside(t *testing.T) {
	s := newSpool(t)
	stamp := func(now time.Time) Stamp {
		t.Helper()
		a, err := s.StampAside(now)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	now := time.Now()
	if a := stamp(now); !a.Same(stamp(now)) {
		t.Error("without the folders something has changed")
	}
	before := stamp(now)
	if err := s.Write("a", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.SetAside(s.folder(lastFolder), "a", errFault); err != nil {
		t.Fatal(err)
	}
	changed, err := s.in.Changed(s.folder(lastFolder).below)
	if err != nil {
		t.Fatal(err)
	}
	if a := stamp(changed.Add(clockStep - 1)); a.Same(a) || before.Same(a) {
		t.Error("a change of just now is taken for settled")
	}
	if a := stamp(changed.Add(clockStep)); !a.Same(stamp(changed.Add(time.Hour))) || before.Same(a) {
		t.Error("a change of a second ago is not settled")
	}
}

// Why a push was set aside is kept up to a limit, and read whole.
func TestWhyHasALimit(t *testing.T) {
	s := newSpool(t)
	for _, n := range []int{maxWhy - 2, maxWhy - 1, maxWhy, maxWhy + 1} {
		id := fmt.Sprint("p", n)
		if err := s.Write(id, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.SetAside(s.ForPerson(), id, errors.New(strings.Repeat("x", n))); err != nil {
			t.Fatal(err)
		}
		bad, err := s.Bad()
		if at := slices.IndexFunc(bad, func(b BadPush) bool { return b.Push == id }); err != nil || at < 0 || bad[at].Why != strings.Repeat("x", min(n, maxWhy-1)) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for most, whole := range map[int64]bool{2: false, 3: true, 4: true} {
		if err := os.WriteFile(s.in.Path("abc"), []byte("abc"), 0o600); err != nil {
			t.Fatal(err)
		}
		if data, err := s.in.ReadFile("abc", most); (err == nil) != whole || whole && string(data) != "abc" {
			t.Errorf("at most %d bytes: %q, %v", most, data, err)
		}
	}
}

// Nothing below the outbox's folder is made durable, made or moved through a link; what
// lies elsewhere is the admin's.
func TestDiskFollowsNoLink(t *testing.T) {
	s := newSpool(t)
	on, elsewhere := OS{s.in}, t.TempDir()
	link := s.in.Path("link")
	if err := os.Symlink(elsewhere, link); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"sync":  on.SyncFolder(link),
		"mkdir": on.Mkdir(link + "/x"),
		"move":  on.Rename(link+"/x", s.in.Path("x")),
		"take":  on.Remove(link + "/x"),
	} {
		if !errors.Is(err, ErrNotPlain) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := on.Create(link + "/x"); !errors.Is(err, ErrNotPlain) {
		t.Errorf("create: %v", err)
	}
	if err := on.Rename(elsewhere, s.in.Path("x")); err == nil {
		t.Error("something of elsewhere was moved here")
	}
	for name, err := range map[string]error{"itself": on.SyncFolder(s.in.path), "below": on.SyncFolder(s.Dir()), "above": on.SyncFolder(elsewhere), "another": OS{}.SyncFolder(elsewhere), "elsewhere": on.Mkdir(elsewhere + "/y")} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if in, name := on.at(s.in.path + "2/x"); in == s.in || name != "x" {
		t.Errorf("a folder that begins alike: %v, %s", in, name)
	}
}

// Who has a say in a folder of root's: everybody, or another group, where nothing keeps
// them from taking away what is root's. Its owner has in any other.
func TestWhoHasASay(t *testing.T) {
	for _, tt := range []struct {
		mode, uid, gid uint32
		last           bool
		open, other    bool
	}{
		{mode: 0o700}, {mode: 0o755, gid: 7}, {mode: 0o750, gid: 7}, {mode: 0o770}, {mode: 0o775},
		{mode: 0o770, gid: 7, open: true}, {mode: 0o720, gid: 7, open: true}, {mode: 0o702, open: true}, {mode: 0o777, open: true},
		{mode: 0o1777}, {mode: 0o1770, gid: 7}, {mode: 0o1777, last: true, open: true}, {mode: 0o1770, gid: 7, last: true, open: true}, {mode: 0o1755, last: true},
		{mode: 0o700, uid: 7, other: true}, {mode: 0o777, uid: 7, open: true, other: true},
	} {
		w := way{at: "/x", last: tt.last}
		w.is.Mode, w.is.Uid, w.is.Gid = tt.mode, tt.uid, tt.gid
		w.look()
		if (w.open == "/x") != tt.open || (w.other != nil) != tt.other || w.other != nil && w.other.Uid != tt.uid {
			t.Errorf("%+v: open %q, other %+v", tt, w.open, w.other)
		}
		// The first one counts.
		first := w
		w.at, w.is.Mode, w.is.Uid = "/x/y", 0o777, 9
		w.look()
		if tt.open && w.open != first.open || tt.other && w.other != first.other {
			t.Errorf("%+v: then open %q, other %+v", tt, w.open, w.other)
		}
	}
}
