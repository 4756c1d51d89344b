package spool

import (
	"errors"
	"slices"
	"testing"
)

var errFault = errors.New("the test's fault")

// faultyDisk is a disk one of whose operations fails: the one whose turn it is.
type faultyDisk struct {
	OS
	left   int // so many succeed before it
	failed string
}

func (d *faultyDisk) next(doing string) error {
	if d.left--; d.left == -1 {
		d.failed = doing
		return errFault
	}
	return nil
}

func (d *faultyDisk) Mkdir(path string) error {
	if err := d.next("mkdir"); err != nil {
		return err
	}
	return d.OS.Mkdir(path)
}

func (d *faultyDisk) Create(path string) (File, error) {
	if err := d.next("create"); err != nil {
		return nil, err
	}
	f, err := d.OS.Create(path)
	return faultyFile{f, d}, err
}

func (d *faultyDisk) Rename(from, to string) error {
	if err := d.next("rename"); err != nil {
		return err
	}
	return d.OS.Rename(from, to)
}

func (d *faultyDisk) Remove(path string) error {
	if err := d.next("remove"); err != nil {
		return err
	}
	return d.OS.Remove(path)
}

func (d *faultyDisk) SyncFolder(path string) error {
	if err := d.next("sync the folder"); err != nil {
		return err
	}
	return d.OS.SyncFolder(path)
}

type faultyFile struct {
	File
	d *faultyDisk
}

func (f faultyFile) Write(p []byte) (int, error) {
	if err := f.d.next("write"); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

func (f faultyFile) Sync() error {
	if err := f.d.next("sync"); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f faultyFile) Close() error {
	err := f.File.Close()
	return errors.Join(f.d.next("close"), err)
}

// TestEachDiskOperationFails has each operation of the disk fail, one at a time, in all
// that is done with kept pushes. The failure is told, but for those of what nobody
// needs; no push is lost by it or there twice, and done again it comes to its end.
func TestEachDiskOperationFails(t *testing.T) {
	const id = "push-0001"
	operations := map[string]struct {
		before string // the folder in which the push is; "-": it is in none
		do     func(s *Spool) error
		silent []string // what may fail without a word
		ends   string   // the folder in which it is afterwards
	}{
		"open":      {before: "-", do: func(s *Spool) error { _, err := OpenOn(s.on, s.in.path); return err }, ends: "-"},
		"keep":      {before: "-", do: func(s *Spool) error { return s.Write(id, []byte("{}")) }},
		"remove":    {do: func(s *Spool) error { return s.Remove(id) }, ends: "-"},
		"set aside": {do: func(s *Spool) error { return s.SetAside(s.folder(againFolder), id, errFault) }, silent: []string{"remove", "create", "write", "sync", "close"}, ends: againFolder},
		"put back":  {before: badFolder, do: func(s *Spool) error { return s.Restore(id) }, silent: []string{"remove"}},
		"forget":    {before: lastFolder, do: func(s *Spool) error { return s.Forget(id) }, silent: []string{"remove"}, ends: "-"},
		"take in":   {before: againFolder, do: func(s *Spool) error { return s.folder(againFolder).Remove(id) }, silent: []string{"remove"}, ends: "-"},
	}
	folder := func(s *Spool, name string) *Spool {
		if name == "" {
			return s
		}
		return s.folder(name)
	}
	for name, op := range operations {
		t.Run(name, func(t *testing.T) {
			for n := 0; ; n++ {
				s := newSpool(t)
				if name == "open" {
					if err := s.in.Remove(FolderName); err != nil {
						t.Fatal(err)
					}
				}
				if op.before != "-" {
					if err := s.Write(id, nil); err != nil {
						t.Fatal(err)
					}
				}
				if op.before != "" && op.before != "-" {
					if err := s.SetAside(s.folder(op.before), id, errFault); err != nil {
						t.Fatal(err)
					}
				}
				disk := &faultyDisk{OS: OS{s.in}, left: n}
				s.on = disk
				err := op.do(s)
				if disk.failed == "" {
					if err != nil || n == 0 {
						t.Errorf("%d operations: %v", n, err)
					}
					return
				}
				if told := errors.Is(err, errFault); !told && !slices.Contains(op.silent, disk.failed) {
					t.Errorf("operation %d, %s, fails: %v", n, disk.failed, err)
				}
				places := func() (all []string) {
					if name == "open" {
						return nil
					}
					for _, name := range []string{"", againFolder, lastFolder, badFolder} {
						ids, err := folder(s, name).listIfAny()
						if err != nil {
							t.Fatal(err)
						}
						for range ids {
							all = append(all, name)
						}
					}
					return all
				}
				// Where the operation is to take it away, it may be gone already.
				if at := places(); len(at) > 1 || len(at) == 0 && op.before != "-" && op.ends != "-" {
					t.Errorf("after %s has failed it is in %q", disk.failed, at)
				}
				err = op.do(s)
				gone := name == "keep" || name == "put back" || name == "forget" // it was done but for the last step
				if at := places(); err != nil && !gone || op.ends == "-" && len(at) != 0 || op.ends != "-" && !slices.Equal(at, []string{op.ends}) {
					t.Errorf("%s has failed; done again: %v, it is in %q", disk.failed, err, at)
				}
			}
		})
	}
}
