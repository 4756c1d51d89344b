// Package spool keeps files in the outbox's folder: pushes, each one durable file,
// until they are in the database, of which it knows nothing.
//
//	spool.go    a push is kept, listed, read, removed
//	aside.go    where pushes wait that could not be planned in their time
//	durable.go  what is on disk, and what survives a loss of power
//	folder.go   the one way to the folder's files: no links, no pipes; owner.go: who they belong to
//	lock.go     locks that end with the process
package spool

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	FolderName = "spool"
	pushSuffix = ".push" // a kept push, whole
	tempSuffix = ".tmp"  // being written; its name begins with a dot

	// staleTemp is the age at which a temporary file can have no writer any
	// more. Age is asked, not the writer's process id: containers that share the
	// folder do not share process ids.
	staleTemp = time.Hour
	maxIDSize = 200
	// idTime is how an id begins.
	idTime = "20060102T150405.000000"
)

var (
	// ErrUnknown: no push has this id.
	ErrUnknown = errors.New("not in the outbox")
	// ErrUnreadable: what has the name of a kept push can never be one.
	ErrUnreadable = errors.New("cannot be read")
)

// Spool is the folder of pushes that are kept and not yet taken into the
// database: one file for each push, named by its id, so that the names sort by
// arrival. It needs neither a database nor a lock.
type Spool struct {
	in      Folder
	below   string // the folder's name there
	on      FS
	Budgets Budgets
}

// OpenSpool opens the spool below the outbox's folder, and makes both, for the
// user alone, where they are missing.
func Open(dir string) (*Spool, error) {
	return OpenOn(OS{In: FolderAt(dir)}, dir)
}

func OpenOn(on FS, dir string) (*Spool, error) {
	s := &Spool{FolderAt(dir), FolderName, on, UsualBudgets()}
	o, err := s.in.open(s.below)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := makeFolder(on, s.Dir()); err != nil {
			return nil, fmt.Errorf("make the spool: %w", err)
		}
		return s, nil
	case err != nil:
		return nil, fmt.Errorf("open the spool: %w", err)
	}
	return s, o.Close()
}

// PeekSpool is the spool of an outbox as it is, made by nobody.
func Peek(dir string) *Spool {
	in := FolderAt(dir)
	return &Spool{in, FolderName, OS{In: in}, UsualBudgets()}
}

// Dir is the spool's folder.
func (s *Spool) Dir() string { return s.in.Path(s.below) }

// NewPushID names a push: the time in UTC to the microsecond, the process, four
// random bytes, and the repository (by its stable id), so that the pushes of one
// are known without a look into them. Ids sort by time.
func NewID(now time.Time, pid int, random io.Reader, repository string) string {
	var b [4]byte
	// Time and process tell pushes apart well enough without luck.
	_, _ = io.ReadFull(random, b[:])
	h := fnv.New32a()
	_, _ = io.WriteString(h, repository)
	return fmt.Sprintf("%s-%d-%x-%08x", now.UTC().Format(idTime), pid, b, h.Sum32())
}

// Mark is what an id tells of the push's repository: pushes of one repository have
// one mark, and hardly ever do two repositories. "": the id does not say.
func Mark(id string) string {
	if parts := strings.Split(id, "-"); len(parts) == 4 && len(parts[3]) == 8 {
		return parts[3]
	}
	return ""
}

// pushedAt is when a push came, by its id; zero: the id does not say.
func pushedAt(id string) time.Time {
	when, _, _ := strings.Cut(id, "-")
	t, err := time.Parse(idTime, when)
	if err != nil {
		return time.Time{}
	}
	return t
}

// Write keeps facts under id: see Keep.
func (s *Spool) Write(id string, facts []byte) error { return s.Keep(id, all(facts)) }

// Keep keeps the facts that fill writes, under id. When it returns nil they are on
// disk and survive a loss of power; when it fails nothing half-written stays. An id
// that is there already is an error that is fs.ErrExist.
func (s *Spool) Keep(id string, fill func(io.Writer) error) error {
	if err := checkID(id); err != nil {
		return err
	}
	// The temporary file's name is made from the id and must be new: so two
	// writers of one id cannot both get past the look for the final name.
	temp := filepath.Join(s.Dir(), "."+id+tempSuffix)
	if err := writeDurably(s.on, temp, s.path(id), fill); err != nil {
		return fmt.Errorf("keep the push: %w", err)
	}
	return nil
}

// List names the pushes that are kept, oldest first.
func (s *Spool) List() ([]string, error) {
	names, err := s.in.Names(s.below)
	if err != nil {
		return nil, fmt.Errorf("list the spool: %w", err)
	}
	var ids []string
	for _, name := range names {
		if id, ok := strings.CutSuffix(name, pushSuffix); ok && checkID(id) == nil {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// Backlog counts the pushes that wait to be taken in, and tells when the oldest
// came; zero when there is none, or its name does not say.
func (s *Spool) Backlog() (n int, oldest time.Time, err error) {
	ids, err := s.List()
	if err != nil {
		return 0, time.Time{}, err
	}
	aside, err := s.AsideIDs()
	if ids = append(ids, aside...); len(ids) == 0 {
		return 0, time.Time{}, err
	}
	return len(ids), pushedAt(slices.Min(ids)), err
}

// HoldsOlder reports whether there is a kept push that came before then, and was not
// set aside.
func (s *Spool) HoldsOlder(then time.Time) (bool, error) {
	found, err := s.in.Holds(s.below, func(name string) bool {
		id, ok := strings.CutSuffix(name, pushSuffix)
		return ok && checkID(id) == nil && pushedAt(id).Before(then)
	})
	if err != nil {
		return false, fmt.Errorf("list the spool: %w", err)
	}
	return found, nil
}

// Size is that of a kept push, in bytes.
func (s *Spool) Size(id string) (int64, error) {
	info, err := s.in.Stat(s.name(id + pushSuffix))
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Read returns the facts of a kept push. One that is not there any more, because
// another process has taken it, is fs.ErrNotExist; what only has the name of one
// is errUnreadable.
func (s *Spool) Read(id string) ([]byte, error) {
	if err := checkID(id); err != nil {
		return nil, err
	}
	facts, err := s.in.ReadFile(s.name(id+pushSuffix), math.MaxInt64-1)
	if errors.Is(err, ErrNotPlain) {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read a kept push: %w", err)
	}
	return facts, nil
}

// Remove forgets a kept push; one that is gone already is no error.
func (s *Spool) Remove(id string) error {
	if err := checkID(id); err != nil {
		return err
	}
	if err := s.on.Remove(s.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a kept push: %w", err)
	}
	if s.below != FolderName {
		_ = s.on.Remove(s.why(id)) // it says nothing any more
	}
	return nil
}

// Sweep removes temporary files whose writers died.
func (s *Spool) Sweep(now time.Time) error {
	names, err := s.in.Names(s.below)
	if err != nil {
		return fmt.Errorf("sweep the spool: %w", err)
	}
	for _, name := range names {
		if !strings.HasPrefix(name, ".") || !strings.HasSuffix(name, tempSuffix) {
			continue
		}
		info, err := os.Lstat(filepath.Join(s.Dir(), name))
		if err != nil || info.IsDir() || now.Sub(info.ModTime()) < staleTemp {
			continue // it has just got its final name, or has a writer, or is none of ours
		}
		if err := s.on.Remove(filepath.Join(s.Dir(), name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sweep the spool: %w", err)
		}
	}
	return nil
}

// name is that of a file, below the outbox's folder.
func (s *Spool) name(file string) string { return s.below + "/" + file }

func (s *Spool) path(id string) string { return filepath.Join(s.Dir(), id+pushSuffix) }

// checkID keeps ids from being anything but a plain file name.
func checkID(id string) error {
	if id == "" || len(id) > maxIDSize || id[0] == '.' || strings.ContainsFunc(id, notInID) {
		return fmt.Errorf("%q cannot name a push", id)
	}
	return nil
}

func notInID(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
}
