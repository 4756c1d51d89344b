package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A push whose planning fails, or takes longer than it may, goes from the spool to
// one of the folders in it, and from there to the next; every other push goes on.
const (
	againFolder = "again" // a worker plans it, with more time
	lastFolder  = "last"  // and once more, with much more
	badFolder   = "bad"   // a person must look at it
	whySuffix   = ".why"  // beside a push in one of them: what is wrong with it
)

// Budgets are what a push may take to be planned: while a pusher waits, and in the
// folders.
type Budgets struct{ Inline, Again, Last time.Duration }

// UsualBudgets are those of real life.
func UsualBudgets() Budgets { return Budgets{time.Second, time.Minute, 10 * time.Minute} }

const (
	// InlineSize is what a kept push may have for it to be planned while somebody
	// waits, in bytes: all of it is in memory then.
	InlineSize = 8 << 20
	// WaitForAside is how long the later pushes of a repository wait for one that was
	// set aside, to keep their order: as long as a worker needs for all it tries, and
	// no longer where there is none.
	WaitForAside = 15 * time.Minute
)

// folder is one in the spool.
func (s *Spool) folder(name string) *Spool {
	return &Spool{s.in, FolderName + "/" + name, s.on, s.Budgets}
}

// ForPerson is the folder of pushes that a person must look at.
func (s *Spool) ForPerson() *Spool { return s.folder(badFolder) }

// Next is where a push goes that could not be planned from here, and budget what
// it may take here.
func (s *Spool) Next() (*Spool, time.Duration) {
	switch filepath.Base(s.below) {
	case againFolder:
		return s.folder(lastFolder), s.Budgets.Again
	case lastFolder:
		return s.ForPerson(), s.Budgets.Last
	}
	return s.folder(againFolder), s.Budgets.Inline
}

// ForWorker are the folders from which pushes are planned with more time.
func (s *Spool) ForWorker() []*Spool {
	return []*Spool{s.folder(againFolder), s.folder(lastFolder)}
}

// listIfAny is List of a folder that need not be there.
func (s *Spool) listIfAny() ([]string, error) {
	ids, err := s.List()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return ids, err
}

// aside names the pushes that wait for a worker's time.
func (s *Spool) AsideIDs() ([]string, error) {
	var all []string
	var errs []error
	for _, folder := range s.ForWorker() {
		ids, err := folder.listIfAny()
		all, errs = append(all, ids...), append(errs, err)
	}
	return all, errors.Join(errs...)
}

// FirstAside gives by mark the oldest push of each repository that was set aside
// and is waited for.
func (s *Spool) FirstAside(now time.Time) (map[string]string, error) {
	first := map[string]string{}
	aside, err := s.AsideIDs()
	for _, id := range aside {
		m := Mark(id)
		if m == "" || now.Sub(pushedAt(id)) > WaitForAside {
			continue
		}
		if first[m] == "" || id < first[m] {
			first[m] = id
		}
	}
	return first, err
}

// Stamp tells whether other pushes may have been set aside since it was made,
// without a list of them: there may be many.
type Stamp struct {
	changed [2]time.Time // the folders, at last; zero: there is none
	settled bool         // a change after it would have another time
}

// clockStep is more than file systems' clocks go on at once.
const clockStep = time.Second

func (s *Spool) StampAside(now time.Time) (Stamp, error) {
	stamp := Stamp{settled: true}
	for n, folder := range s.ForWorker() {
		changed, err := s.in.Changed(folder.below)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return Stamp{}, fmt.Errorf("look for what was set aside: %w", err)
		case now.Sub(changed) < clockStep:
			stamp.settled = false
		}
		stamp.changed[n] = changed
	}
	return stamp, nil
}

// Same reports whether nothing was set aside between two stamps.
func (a Stamp) Same(b Stamp) bool { return a.settled && a == b }

// maxWhy is how much is kept and read of why a push was set aside, in bytes.
const maxWhy = 64 << 10

// BadPush is a push that was set aside.
type BadPush struct {
	Push string
	Why  string
}

// Bad lists the pushes that were set aside for a person, oldest first.
func (s *Spool) Bad() ([]BadPush, error) { return s.ForPerson().withWhy() }

// Aside lists the pushes that were set aside for a worker, which has more time.
func (s *Spool) Aside() ([]BadPush, error) {
	var all []BadPush
	var errs []error
	for _, folder := range s.ForWorker() {
		some, err := folder.withWhy()
		all, errs = append(all, some...), append(errs, err)
	}
	return all, errors.Join(errs...)
}

func (s *Spool) withWhy() ([]BadPush, error) {
	ids, err := s.listIfAny()
	var pushes []BadPush
	for _, id := range ids {
		why, err := s.in.ReadFile(s.name(id+whySuffix), maxWhy)
		switch {
		case errors.Is(err, ErrNotPlain):
			why = []byte("why is not on record: " + err.Error())
		case err != nil:
			why = []byte("why is not on record")
		}
		pushes = append(pushes, BadPush{id, strings.TrimSpace(string(why))})
	}
	return pushes, err
}

// why is where it stands what is wrong with a push here.
func (s *Spool) why(id string) string { return filepath.Join(s.Dir(), id+whySuffix) }

// SetAside moves away a push that cannot be planned here, so that others go on. One
// that another process has moved is left to that.
func (s *Spool) SetAside(to *Spool, id string, why error) error {
	if err := makeFolder(s.on, to.Dir()); err != nil {
		return fmt.Errorf("set aside a kept push: %w", err)
	}
	switch err := s.move(to, id); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("set aside a kept push: %w", err)
	}
	// A full disk may not take the reason, and something that is no file may have
	// its name; the push only gets another one.
	if _, err := s.in.Stat(to.name(id + whySuffix)); !errors.Is(err, ErrNotPlain) {
		_ = s.on.Remove(to.why(id))
		words := why.Error()
		_ = write(s.on, to.why(id), all([]byte(words[:min(len(words), maxWhy-1)]+"\n")))
	}
	return nil
}

// move gives a push to another folder of the spool.
func (s *Spool) move(to *Spool, id string) error {
	if err := s.on.Rename(s.path(id), to.path(id)); err != nil {
		return err
	}
	_ = s.on.Remove(s.why(id)) // it says nothing any more
	return errors.Join(s.on.SyncFolder(to.Dir()), s.on.SyncFolder(s.Dir()))
}

// Restore puts a push that was set aside back, to be tried again.
func (s *Spool) Restore(id string) error {
	if err := checkID(id); err != nil {
		return err
	}
	for _, folder := range append(s.ForWorker(), s.ForPerson()) {
		err := folder.move(s, id)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("put back a push: %w", err)
		}
		return nil
	}
	return fmt.Errorf("push %s: %w", id, ErrUnknown)
}

// Forget deletes a push that was set aside.
func (s *Spool) Forget(id string) error {
	if err := checkID(id); err != nil {
		return err
	}
	for _, folder := range append(s.ForWorker(), s.ForPerson()) {
		if _, err := folder.Size(id); errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil && !errors.Is(err, ErrNotPlain) {
			return fmt.Errorf("forget a push: %w", err)
		}
		_ = s.on.Remove(folder.why(id)) // it says nothing any more
		return folder.Remove(id)
	}
	return fmt.Errorf("push %s: %w", id, fs.ErrNotExist)
}

// maxNotPlain is how many odd things are told of.
const maxNotPlain = 20

// NotPlain tells, in words, of at most 20 things where files what lies where files of the outbox belong.
func (f Folder) NotPlain() ([]string, error) {
	var told []string
	folders := []string{""}
	for _, name := range []string{"", againFolder, lastFolder, badFolder} {
		folders = append(folders, filepath.Join(FolderName, name))
	}
	for _, below := range folders {
		names, err := f.Names(below)
		switch {
		case errors.Is(err, ErrNotPlain):
			return append(told, err.Error()), nil
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission): // which has been told
			continue
		case err != nil:
			return told, err
		}
		for _, name := range names {
			at := filepath.Join(below, name)
			if slices.Contains(folders, at) || len(told) == maxNotPlain {
				continue
			}
			if _, err := f.Stat(at); errors.Is(err, ErrNotPlain) {
				told = append(told, err.Error())
			}
		}
	}
	return told, nil
}
