package install

import (
	"bytes"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// Op is what happens to a file.
type Op string

// The operations, as they are told.
const (
	Mkdir  Op = "create folder"
	Keep   Op = "keep" // From gets a second name, Path, before it is replaced
	Write  Op = "write"
	Move   Op = "put back" // From gets the name Path
	Remove Op = "remove"
	Rmdir  Op = "remove folder"
	Run    Op = "run"
)

// Change is one step of a plan.
type Change struct {
	Op      Op
	Path    string
	From    string
	Content []byte
	Mode    fs.FileMode
	Command Command
}

// Plan is what has to change, in order.
type Plan struct {
	Changes   []Change
	Unchanged []string // hooks that are as they should be
	Advice    []string
}

// And is both plans, one after the other.
func (p Plan) And(next Plan) Plan {
	return Plan{slices.Concat(p.Changes, next.Changes), slices.Concat(p.Unchanged, next.Unchanged), slices.Concat(p.Advice, next.Advice)}
}

const executable = fs.FileMode(0o755)

// Install decides what has to change for the hook to stand at all targets. It
// refuses all of it when one target has to be refused.
func Install(found []Found, s Script, chain bool) (Plan, error) {
	var p Plan
	for _, f := range found {
		if err := p.install(f, s, chain); err != nil {
			return Plan{}, err
		}
	}
	return p, nil
}

func (p *Plan) install(f Found, s Script, chain bool) error {
	made := f.Missing
	if f.Server == Gitolite {
		made = 0 // gitolite ends with an error when a folder that it has seen is gone
	}
	want := s.stub(made)
	switch f.File.role() {
	case nothing:
		if f.Previous.Kind != Absent { // ours was taken away by hand
			want = s.dispatcher()
		}
	case ours:
		want = s.stub(f.File.folders())
	case byHand:
		p.unchanged(f)
		return nil
	case dispatches:
		if f.Previous.Kind != Absent {
			want = s.dispatcher()
		}
	case foreign:
		if err := f.refuse(chain); err != nil {
			return err
		}
		if !f.Kept {
			p.add(Change{Op: Keep, Path: f.previous(), From: f.Hook})
		}
		want = s.dispatcher()
	}
	if bytes.Equal(want, f.File.Content) && f.File.Mode.Perm()&0o111 == 0o111 && len(f.Astray) == 0 {
		p.unchanged(f)
		return nil
	}
	if f.Gitaly != nil {
		p.add(f.Gitaly.set(f.Others, want))
		p.advise(f.Advice)
		return nil
	}
	for n := f.Missing; n > 0; n-- {
		folder := f.Hook
		for range n {
			folder = filepath.Dir(folder)
		}
		p.mkdir(folder)
	}
	if !bytes.Equal(want, f.File.Content) || f.File.Mode.Perm()&0o111 != 0o111 {
		p.add(Change{Op: Write, Path: f.Hook, Content: want, Mode: executable})
	}
	p.run(f.After)
	p.advise(f.Advice)
	return nil
}

// refuse says why a foreign hook is not chained.
func (f Found) refuse(chain bool) error {
	switch {
	case f.File.Kind == Other:
		return fmt.Errorf("%w: %s is no file", ErrRefused, f.Hook)
	case f.File.Kind == Link && strings.Contains(filepath.ToSlash(f.File.To), "/hooks/common/"):
		return fmt.Errorf("%w: %s is gitolite's link to %s: install with --server gitolite", ErrRefused, f.Hook, f.File.To)
	case f.Shared:
		return fmt.Errorf("%w: %s is somebody else's file: rename it", ErrRefused, f.Hook)
	case f.Previous.Kind != Absent && !f.Kept:
		return fmt.Errorf("%w: %s was put over jirahook's file, which runs %s: keep one of the two and remove the other", ErrRefused, f.Hook, f.previous())
	case !chain:
		return fmt.Errorf("%w: there is another hook, %s; without --no-chain jirahook runs after it", ErrRefused, f.Hook)
	}
	return nil
}

// Uninstall decides what has to change for everything to be as it was.
func Uninstall(found []Found) Plan {
	var p Plan
	for _, f := range found {
		p.uninstall(f)
	}
	return p
}

func (p *Plan) uninstall(f Found) {
	switch role := f.File.role(); {
	case role == nothing && f.Previous.Kind != Absent:
		p.add(Change{Op: Move, Path: f.Hook, From: f.previous()})
		return
	case f.Kept:
		p.add(Change{Op: Remove, Path: f.previous()})
		return
	case role == nothing || role == foreign:
		p.unchanged(f)
		if f.Previous.Kind != Absent {
			p.advise(fmt.Sprintf("%s is a hook that jirahook ran; nothing runs it any more", f.previous()))
		}
		return
	case f.Gitaly != nil:
		p.add(f.Gitaly.set(f.Others, nil))
		return
	case role == dispatches && f.Previous.Kind != Absent:
		for _, l := range f.LeadingPrevious {
			p.add(Change{Op: Remove, Path: l})
		}
		p.add(Change{Op: Move, Path: f.Hook, From: f.previous()})
		return
	}
	for _, l := range f.Leading {
		p.add(Change{Op: Remove, Path: l})
	}
	p.add(Change{Op: Remove, Path: f.Hook})
	folder := f.Hook
	for range min(f.File.folders(), f.Alone) {
		folder = filepath.Dir(folder)
		p.add(Change{Op: Rmdir, Path: folder})
	}
}

// previous is the place of a foreign hook that is run by ours.
func (f Found) previous() string { return filepath.Join(filepath.Dir(f.Hook), previousName) }

func (p *Plan) add(c Change) { p.Changes = append(p.Changes, c) }

// mkdir adds a folder that is not there yet: one does for many targets.
func (p *Plan) mkdir(folder string) {
	c := Change{Op: Mkdir, Path: folder, Mode: executable}
	if !slices.ContainsFunc(p.Changes, func(o Change) bool { return o.Op == Mkdir && o.Path == folder }) {
		p.add(c)
	}
}

func (p *Plan) unchanged(f Found) { p.Unchanged = append(p.Unchanged, f.Hook) }

func (p *Plan) run(commands []Command) {
	for _, c := range commands {
		p.add(Change{Op: Run, Command: c})
	}
}

func (p *Plan) advise(advice string) {
	if advice != "" {
		p.Advice = append(p.Advice, advice)
	}
}

// String is the change in words.
func (c Change) String() string {
	switch c.Op {
	case Run:
		return string(c.Op) + " " + strings.Join(c.Command.Args, " ")
	case Keep:
		return fmt.Sprintf("%s %s as %s", c.Op, c.From, c.Path)
	case Move:
		return fmt.Sprintf("%s %s from %s", c.Op, c.Path, c.From)
	}
	return string(c.Op) + " " + c.Path
}

// NotInstalled is the state of a target without our hook.
const NotInstalled = "not installed"

// State is how it stands at a target.
type State struct {
	Server  Server   `json:"server"`
	Hook    string   `json:"hook"`
	State   string   `json:"state"`             // installed, chained, by hand, not installed
	Program string   `json:"program,omitempty"` // that the hook runs
	Version string   `json:"version,omitempty"` // of that program; whoever can run it fills it in
	Drift   []string `json:"drift"`
}

// Status says how it stands, and what is not as Install would leave it.
func Status(f Found, s Script) State {
	st := State{Server: f.Server, Hook: f.Hook, Drift: []string{}}
	drift := func(format string, args ...any) { st.Drift = append(st.Drift, fmt.Sprintf(format, args...)) }
	want := s.stub(f.File.folders())
	switch f.File.role() {
	case nothing, foreign:
		st.State = NotInstalled
		if f.Previous.Kind != Absent {
			drift("%s has been replaced since, and %s is run by nobody", f.Hook, f.previous())
		}
		return st
	case byHand:
		st.State = "by hand"
		want = f.File.Content
	case dispatches:
		st.State = "chained"
		want = s.dispatcher()
		if f.Previous.Kind == Absent {
			drift("%s, which it runs, is gone", f.previous())
		}
	case ours:
		st.State = "installed"
	}
	st.Program = f.File.Program()
	if !filepath.IsAbs(st.Program) { // of a link
		st.Program = filepath.Join(filepath.Dir(f.Hook), st.Program)
	}
	if !bytes.Equal(want, f.File.Content) {
		drift("its text is not what this version writes for %s", s.command())
	}
	if f.File.Kind == Regular && f.File.Mode.Perm()&0o111 != 0o111 {
		drift("it is not executable for everybody: %s", f.File.Mode.Perm())
	}
	for _, l := range f.Astray {
		drift("%s does not lead to it", l)
	}
	return st
}
