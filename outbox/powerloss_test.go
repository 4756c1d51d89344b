package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// What is proved here, and what is relied on.
//
// Proved, by playing every loss of power between two system calls of the spool:
// a push whose Write has returned is there, whole; one that was set aside, or
// put back, is where the last call that returned has left it, and never nowhere;
// a push that is listed is whole, whether its Write has returned or not; the
// spool can be opened and written again; a database that was set aside is not
// under its old name again. The losses are harsher than those of any file system in use:
// what was written to a file and not fsynced may be missing, cut, zero or
// garbage; of the names that were made, renamed or removed in a folder since its
// last fsync any may have reached the disk, without regard to their order, and
// of a rename either half alone, but for one between folders, which is one
// change everywhere: the old name is not taken away without the new one.
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

// recorder is a disk that keeps what was done to it. Paths in the record are
// below root.
type recorder struct {
	osDisk
	root string
	ops  []op
}

// op is a system call, or the return of the spool's: the push path is in the
// folder to; "": in any; taken: the database has it, and it may be gone.
type op struct {
	do       string // mkdir, create, write, sync, rename, remove, folder, returned
	path, to string
	data     []byte
}

const taken = "taken"

func (r *recorder) note(o op) {
	o.path, o.to = strings.TrimPrefix(o.path, r.root), strings.TrimPrefix(o.to, r.root)
	r.ops = append(r.ops, o)
}

func (r *recorder) mkdir(path string) error {
	err := r.osDisk.mkdir(path)
	if err == nil {
		r.note(op{do: "mkdir", path: path})
	}
	return err
}

func (r *recorder) create(path string) (diskFile, error) {
	f, err := r.osDisk.create(path)
	if err == nil {
		r.note(op{do: "create", path: path})
	}
	return recordedFile{f, r, path}, err
}

func (r *recorder) rename(from, to string) error {
	err := r.osDisk.rename(from, to)
	if err == nil {
		r.note(op{do: "rename", path: from, to: to})
	}
	return err
}

func (r *recorder) remove(path string) error {
	err := r.osDisk.remove(path)
	if err == nil {
		r.note(op{do: "remove", path: path})
	}
	return err
}

func (r *recorder) syncFolder(path string) error {
	r.note(op{do: "folder", path: path})
	return r.osDisk.syncFolder(path)
}

type recordedFile struct {
	diskFile
	r    *recorder
	path string
}

func (f recordedFile) Write(p []byte) (int, error) {
	f.r.note(op{do: "write", path: f.path, data: bytes.Clone(p)})
	return f.diskFile.Write(p)
}

func (f recordedFile) Sync() error {
	f.r.note(op{do: "sync", path: f.path})
	return f.diskFile.Sync()
}

// inode is a file or folder, apart from its names.
type inode struct {
	folder  bool
	durable []byte // what fsync has made sure of
	written []byte // what was written after that
	synced  bool
	names   map[string]int // of a folder, durable: the inodes by name
	pending []*naming      // of a folder, since its last fsync
}

// naming is a change of one name in a folder.
type naming struct {
	name    string
	inode   int     // 0: the name is taken away
	with    *naming // this one reaches the disk with that one at the earliest
	reached bool
}

// machine is what a disk may look like: the files as the kernel sees them, and
// what of them has certainly reached the disk.
type machine struct {
	inodes []inode
	now    map[string]int // by path
}

func newMachine() *machine {
	return &machine{inodes: []inode{{}, {folder: true, names: map[string]int{}}}, now: map[string]int{"": 1}}
}

func (m *machine) name(path string, inode int, with *naming) *naming {
	in := &m.inodes[m.now[folderOf(path)]]
	n := &naming{name: filepath.Base(path), inode: inode, with: with}
	in.pending = append(in.pending, n)
	if m.now[path] = inode; inode == 0 {
		delete(m.now, path)
	}
	return n
}

func folderOf(path string) string {
	if dir := filepath.Dir(path); dir != "/" {
		return dir
	}
	return ""
}

func (m *machine) do(o op) {
	switch o.do {
	case "mkdir", "create":
		m.inodes = append(m.inodes, inode{folder: o.do == "mkdir", names: map[string]int{}})
		m.name(o.path, len(m.inodes)-1, nil)
	case "write":
		in := &m.inodes[m.now[o.path]]
		in.written = append(in.written, o.data...)
	case "sync":
		in := &m.inodes[m.now[o.path]]
		in.durable, in.written, in.synced = append(in.durable, in.written...), nil, true
	case "rename":
		made := m.name(o.to, m.now[o.path], nil)
		if folderOf(o.to) == folderOf(o.path) {
			made = nil
		}
		m.name(o.path, 0, made)
	case "remove":
		m.name(o.path, 0, nil)
	case "folder":
		in := &m.inodes[m.now[o.path]]
		for _, p := range in.pending {
			p.reached = true
			in.apply(p)
		}
		in.pending = nil
	}
}

func (in *inode) apply(p *naming) {
	if in.names[p.name] = p.inode; p.inode == 0 {
		delete(in.names, p.name)
	}
}

// contents are what an inode may hold after the loss.
func (in inode) contents() [][]byte {
	if len(in.written) == 0 && (in.synced || in.durable != nil) {
		return [][]byte{in.durable}
	}
	whole := append(bytes.Clone(in.durable), in.written...)
	garbage := bytes.Repeat([]byte("{\"\xff"), len(whole)/3+1)[:len(whole)]
	return [][]byte{nil, whole[:len(whole)/2], make([]byte, len(whole)), garbage, whole}
}

// losses calls check with every folder that a loss of power now may leave.
func (m *machine) losses(check func(files map[string][]byte, folders []string)) {
	total := 0
	for _, in := range m.inodes {
		total += len(in.pending)
	}
	for reached := range 1 << total {
		bit := 0
		for _, in := range m.inodes {
			for _, p := range in.pending {
				p.reached = reached>>bit&1 == 1
				bit++
			}
		}
		disks := slices.Clone(m.inodes)
		for i := range disks {
			disks[i].names = maps.Clone(disks[i].names)
			for _, p := range disks[i].pending {
				if p.reached && (p.with == nil || p.with.reached) {
					disks[i].apply(p)
				}
			}
		}
		for variant := range 5 {
			files, folders := map[string][]byte{}, []string{}
			collect(disks, 1, "", variant, files, &folders)
			check(files, folders)
		}
	}
}

func collect(disks []inode, folder int, path string, variant int, files map[string][]byte, folders *[]string) {
	for name, i := range disks[folder].names {
		at := path + "/" + name
		if disks[i].folder {
			*folders = append(*folders, at)
			collect(disks, i, at, variant, files, folders)
			continue
		}
		may := disks[i].contents()
		files[at] = may[variant%len(may)]
	}
}

func TestSpoolSurvivesLossOfPower(t *testing.T) {
	r := &recorder{root: t.TempDir()}
	dir := filepath.Join(r.root, "var", "jirahook", "outbox") // nothing of it is there
	r.osDisk.in = FolderAt(dir)
	s, err := openSpool(r, dir)
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string][]byte{}
	do := func(id, to string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		r.note(op{do: "returned", path: id, to: to})
	}
	for i := range 3 {
		id := fmt.Sprint("push", i)
		facts[id] = fmt.Appendf(nil, `{"version":1,"push":"%s %s"}`, id, strings.Repeat("x", 100*i))
		do(id, spoolFolder, s.Write(id, facts[id]))
	}
	for range 2 {
		from := s
		for _, to := range []*Spool{s.folder(againFolder), s.folder(lastFolder), s.bad()} {
			if next, _ := from.next(); *next != *to {
				t.Fatalf("from %s to %s", from.below, next.below)
			}
			r.note(op{do: "returned", path: "push1"}) // it is on its way
			do("push1", filepath.Base(to.below), from.setAside(to, "push1", errors.New("why")))
			from = to
		}
		r.note(op{do: "returned", path: "push1"})
		do("push1", spoolFolder, s.Restore("push1"))
	}
	r.note(op{do: "returned", path: "push0", to: taken})
	if err := s.Remove("push0"); err != nil {
		t.Fatal(err)
	}

	m, where, states := newMachine(), map[string]string{}, 0
	seen := map[string]bool{}
	for n := 0; ; n++ {
		m.losses(func(files map[string][]byte, folders []string) {
			slices.Sort(folders)
			key := fmt.Sprint(files, folders, where)
			if seen[key] {
				return
			}
			seen[key] = true
			states++
			for _, wrong := range afterLoss(t, files, folders, facts, where) {
				t.Errorf("after %d operations, the last %+v: %s", n, r.ops[max(n-1, 0)], wrong)
			}
		})
		if n == len(r.ops) {
			break
		}
		if o := r.ops[n]; o.do == "returned" {
			where[o.path] = o.to
		} else {
			m.do(o)
		}
	}
	if states < 30 {
		t.Errorf("only %d states were looked at", states)
	}
	t.Logf("%d operations, %d different disks after a loss of power", len(r.ops), states)
}

// afterLoss opens what is left as the next hook would.
func afterLoss(t *testing.T, files map[string][]byte, folders []string, facts map[string][]byte, where map[string]string) (wrong []string) {
	t.Helper()
	root := t.TempDir()
	layOut(t, root, files, folders)
	s, err := OpenSpool(filepath.Join(root, "var", "jirahook", "outbox"))
	if err != nil {
		return []string{err.Error()}
	}
	found := map[string][]string{}
	for _, in := range append(s.patient(), s, s.bad()) {
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
	if err := s.sweep(time.Now().Add(2 * staleTemp)); err != nil {
		wrong = append(wrong, err.Error())
	}
	if err := s.Write("next", []byte("facts")); err != nil {
		wrong = append(wrong, err.Error())
	}
	return wrong
}

func layOut(t *testing.T, root string, files map[string][]byte, folders []string) {
	t.Helper()
	for _, f := range folders {
		if err := os.MkdirAll(root+f, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range files {
		if err := os.WriteFile(root+name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// When a damaged database has been set aside, no loss of power brings any of its
// files back beside the new one.
func TestDatabaseSetAsideSurvivesLossOfPower(t *testing.T) {
	r := &recorder{root: t.TempDir()}
	r.osDisk.in = FolderAt(r.root)
	m := newMachine()
	for _, ending := range append(companions(), "") {
		if err := write(r, filepath.Join(r.root, databaseFile+ending), all([]byte("all of "+ending))); err != nil {
			t.Fatal(err)
		}
	}
	if err := renameDatabase(r, filepath.Join(r.root, databaseFile), filepath.Join(r.root, "aside")); err != nil {
		t.Fatal(err)
	}
	for _, o := range r.ops {
		m.do(o)
	}
	m.losses(func(files map[string][]byte, _ []string) {
		for _, ending := range append(companions(), "") {
			if got := string(files["/aside"+ending]); got != "all of "+ending || files["/"+databaseFile+ending] != nil {
				t.Errorf("aside%s holds %q; left: %q", ending, got, slices.Sorted(maps.Keys(files)))
			}
		}
	})
}

// Every way of writing that leaves out a step is found out by the losses.
func TestLossOfPowerFindsMistakes(t *testing.T) {
	for name, missing := range map[string]string{"fsync of the file": "sync", "fsync of the folder": "folder"} {
		r := &recorder{root: t.TempDir()}
		if err := writeDurably(r, r.root+"/.a.tmp", r.root+"/a.push", all([]byte("facts"))); err != nil {
			t.Fatal(err)
		}
		m, bad := newMachine(), false
		for _, o := range r.ops {
			if o.do != missing {
				m.do(o)
			}
		}
		m.losses(func(files map[string][]byte, _ []string) {
			got, there := files["/a.push"]
			bad = bad || !there || string(got) != "facts"
		})
		if !bad {
			t.Errorf("without the %s all is well", name)
		}
	}
}
