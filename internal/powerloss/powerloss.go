// Package powerloss plays what a disk may hold after a loss of power, for tests: a
// Recorder keeps what is done to the outbox's folder, a Machine lays it out. The
// losses are harsher than those of any file system in use: what was written to a
// file and not fsynced may be missing, cut, zero or garbage; of the names that were
// made, renamed or removed in a folder since its last fsync any may have reached the
// disk, without regard to their order, and of a rename either half alone, but for
// one between folders, which is one change everywhere: the old name is not taken
// away without the new one.
package powerloss

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jirahook/outbox/spool"
)

// Recorder is a disk that keeps what was done to it. Paths in the record are
// below root.
type Recorder struct {
	spool.OS
	Root string
	Ops  []Op
}

// Op is a system call, or "returned", which whoever uses the recorder notes.
type Op struct {
	Do       string // mkdir, create, write, sync, rename, remove, folder, returned
	Path, To string
	Data     []byte
}

// Note adds to the record.
func (r *Recorder) Note(o Op) {
	o.Path, o.To = strings.TrimPrefix(o.Path, r.Root), strings.TrimPrefix(o.To, r.Root)
	r.Ops = append(r.Ops, o)
}

func (r *Recorder) Mkdir(path string) error {
	err := r.OS.Mkdir(path)
	if err == nil {
		r.Note(Op{Do: "mkdir", Path: path})
	}
	return err
}

func (r *Recorder) Create(path string) (spool.File, error) {
	f, err := r.OS.Create(path)
	if err == nil {
		r.Note(Op{Do: "create", Path: path})
	}
	return recordedFile{f, r, path}, err
}

func (r *Recorder) Rename(from, to string) error {
	err := r.OS.Rename(from, to)
	if err == nil {
		r.Note(Op{Do: "rename", Path: from, To: to})
	}
	return err
}

func (r *Recorder) Remove(path string) error {
	err := r.OS.Remove(path)
	if err == nil {
		r.Note(Op{Do: "remove", Path: path})
	}
	return err
}

func (r *Recorder) SyncFolder(path string) error {
	r.Note(Op{Do: "folder", Path: path})
	return r.OS.SyncFolder(path)
}

type recordedFile struct {
	spool.File
	r    *Recorder
	path string
}

func (f recordedFile) Write(p []byte) (int, error) {
	f.r.Note(Op{Do: "write", Path: f.path, Data: bytes.Clone(p)})
	return f.File.Write(p)
}

func (f recordedFile) Sync() error {
	f.r.Note(Op{Do: "sync", Path: f.path})
	return f.File.Sync()
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

// Machine is what a disk may look like: the files as the kernel sees them, and
// what of them has certainly reached the disk.
type Machine struct {
	inodes []inode
	now    map[string]int // by path
}

// New is a machine with an empty disk.
func New() *Machine {
	return &Machine{inodes: []inode{{}, {folder: true, names: map[string]int{}}}, now: map[string]int{"": 1}}
}

func (m *Machine) name(path string, inode int, with *naming) *naming {
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

// Do plays a system call.
func (m *Machine) Do(o Op) {
	switch o.Do {
	case "mkdir", "create":
		m.inodes = append(m.inodes, inode{folder: o.Do == "mkdir", names: map[string]int{}})
		m.name(o.Path, len(m.inodes)-1, nil)
	case "write":
		in := &m.inodes[m.now[o.Path]]
		in.written = append(in.written, o.Data...)
	case "sync":
		in := &m.inodes[m.now[o.Path]]
		in.durable, in.written, in.synced = append(in.durable, in.written...), nil, true
	case "rename":
		made := m.name(o.To, m.now[o.Path], nil)
		if folderOf(o.To) == folderOf(o.Path) {
			made = nil
		}
		m.name(o.Path, 0, made)
	case "remove":
		m.name(o.Path, 0, nil)
	case "folder":
		in := &m.inodes[m.now[o.Path]]
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

// Losses calls check with every folder that a loss of power now may leave.
func (m *Machine) Losses(check func(files map[string][]byte, folders []string)) {
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

// LayOut makes what Losses told of, below a root.
func LayOut(t *testing.T, root string, files map[string][]byte, folders []string) {
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
