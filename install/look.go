package install

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Look reads what lies at the targets.
func Look(ctx context.Context, targets []Target) ([]Found, error) {
	found := make([]Found, 0, len(targets))
	for _, t := range targets {
		f, err := look(ctx, t)
		if err != nil {
			return nil, err
		}
		found = append(found, f)
	}
	return found, nil
}

func look(ctx context.Context, t Target) (Found, error) {
	f := Found{Target: t}
	var err error
	if t.Shared {
		if f.Hook, err = ourName(t.Hook); err != nil {
			return f, err
		}
	}
	if f.File, err = lookAt(f.Hook); err != nil {
		return f, err
	}
	if !t.Shared {
		if f.Previous, err = lookAt(f.previous()); err != nil {
			return f, err
		}
		f.Kept = f.File.Kind != Absent && f.Previous.Kind != Absent && sameFile(f.Hook, f.previous())
	}
	if err := f.lookAtPath(ctx); err != nil {
		return f, err
	}
	if f.Missing, f.Alone, err = folders(f.Hook, len(f.Forwarding)); err != nil {
		return f, err
	}
	if f.Aside, err = freeName(f); err != nil {
		return f, err
	}
	if t.Gitaly != nil {
		if f.Others, err = t.Gitaly.others(f.Hook, f.Aside); err != nil {
			return f, err
		}
	}
	for _, l := range t.Links {
		if leads, err := leadsTo(l, f.Hook); err != nil {
			return f, err
		} else if leads {
			f.Leading = append(f.Leading, l)
		} else {
			f.Astray = append(f.Astray, l)
		}
		p := filepath.Join(filepath.Dir(l), previousName)
		if leads, err := leadsTo(p, f.previous()); err != nil {
			return f, err
		} else if leads {
			f.LeadingPrevious = append(f.LeadingPrevious, p)
		}
	}
	return f, nil
}

// lookAtPath reads where git looks for hooks, and which of them ours have to run.
func (f *Found) lookAtPath(ctx context.Context) error {
	if f.Git == nil {
		return nil
	}
	r := f.File.record()
	var err error
	if f.Path, err = f.Git.look(ctx, r.Scope); err != nil || f.Git.Scope == "" {
		return err
	}
	before := r.Before
	if !f.leads() {
		before = firstOf(f.Path.Set.Value, ownHooks)
	}
	if f.Forwards, err = forwards(f.Git.Dir, before); err != nil {
		return err
	}
	f.Forwarding, err = forwarding(f.Git.Dir)
	return err
}

func sameFile(a, b string) bool {
	one, err := os.Lstat(a)
	if err != nil {
		return false
	}
	other, err := os.Lstat(b)
	return err == nil && os.SameFile(one, other)
}

func leadsTo(link, file string) (bool, error) {
	l, err := lookAt(link)
	return l.Kind == Link && l.To == file, err
}

// ourName is the file of ours in a folder of hooks under whatever name, else
// the given one.
func ourName(hook string) (string, error) {
	dir := filepath.Dir(hook)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		file, err := lookAt(name)
		if err != nil {
			return "", err
		}
		if r := file.role(); (r == ours || r == byHand) && !strings.HasPrefix(e.Name(), ".") { // such a one is put aside
			return name, nil
		}
	}
	return hook, nil
}

func lookAt(name string) (File, error) {
	info, err := os.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return File{}, nil
	}
	if err != nil {
		return File{}, err
	}
	f := File{Kind: Other, Mode: info.Mode()}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		f.Kind = Link
		f.To, err = os.Readlink(name)
	case info.Mode().IsRegular():
		f.Kind = Regular
		f.Content, err = readScript(name)
	}
	return f, err
}

func readScript(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxScript))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return content, nil
}

// folders counts, upwards from a file, the folders that are missing, and those
// that hold nothing but the file and as many others of ours beside it.
func folders(file string, others int) (missing, alone int, err error) {
	dir := filepath.Dir(file)
	for ; ; dir = filepath.Dir(dir) {
		entries, err := os.ReadDir(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing++
		case err != nil:
			return 0, 0, err
		case missing > 0 || len(entries) != 1+others:
			return missing, alone, nil
		default:
			alone++
			others = 0
		}
		if dir == filepath.Dir(dir) {
			return missing, alone, nil
		}
	}
}
