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
	Keep   Op = "keep"                  // From gets a second name, Path, before it is replaced
	Save   Op = "keep what was edited:" // Path becomes a copy of From that cannot be run
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
	Asks      []string // what a person has to agree to first
}

// And is both plans, one after the other.
func (p Plan) And(next Plan) Plan {
	return Plan{
		slices.Concat(p.Changes, next.Changes), slices.Concat(p.Unchanged, next.Unchanged),
		slices.Concat(p.Advice, next.Advice), slices.Concat(p.Asks, next.Asks),
	}
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
	if err := f.refuseSetting(chain); err != nil {
		return err
	}
	role := f.File.role()
	if role == foreign {
		if err := f.refuse(chain); err != nil {
			return err
		}
	}
	for _, e := range f.Path.Elsewhere {
		p.advise(fmt.Sprintf("pushes to %s do not run it: %s", e.Repo, e.says()))
	}
	if role == byHand && f.leads() {
		p.unchanged(f)
		return nil
	}
	r := f.wants(chain)
	if r.Before == ownHooks {
		f.twice(func(format string, args ...any) { p.advise(fmt.Sprintf(format, args...)) })
	}
	want := s.hook(r)
	right := bytes.Equal(want, f.File.Content) && f.File.Mode.Perm()&0o111 == 0o111
	if right && len(f.Astray) == 0 && f.leads() && !slices.ContainsFunc(f.Forwards, func(o Forward) bool { return !o.right() }) {
		p.unchanged(f)
		return nil
	}
	if f.Gitaly != nil {
		p.add(f.Gitaly.set(f.Others, want))
		p.adviseAside(f)
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
	if role == foreign && !f.Kept {
		p.add(Change{Op: Keep, Path: f.previous(), From: f.Hook})
	}
	if !right {
		p.save(f)
		p.add(Change{Op: Write, Path: f.Hook, Content: want, Mode: executable})
	}
	if r.Before != "" {
		for _, o := range f.Forwards {
			p.forward(o)
		}
	}
	if !f.leads() {
		p.add(f.Git.set())
		p.Asks = append(p.Asks, f.question(r))
	}
	p.run(f.After)
	p.advise(f.Advice)
	return nil
}

// wants is what the file should remember.
func (f Found) wants(chain bool) record {
	r := f.File.record()
	switch f.File.role() {
	case nothing, byHand:
		r.Chained = f.Previous.Kind != Absent   // ours was taken away by hand
		if !r.Chained && f.Server != Gitolite { // gitolite ends with an error when a folder that it has seen is gone
			r.Folders = f.Missing
		}
	case foreign:
		r.Chained = true
	case dispatches:
		r.Chained = f.Previous.Kind != Absent
	}
	if !f.leads() {
		r.Scope, r.Made, r.Before = f.Git.Scope, f.Path.NoFile, ""
		if chain {
			r.Before = firstOf(f.Path.Set.Value, ownHooks)
		}
	}
	return r
}

// save keeps what somebody has written into a script of ours.
func (p *Plan) save(f Found) {
	if f.Aside != "" {
		p.add(Change{Op: Save, Path: f.Aside, From: f.Hook})
	}
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
	// First git: it never looks for a hook that is gone.
	if p.unsetPath(f); f.freed() {
		for _, o := range f.Forwarding {
			p.save(o.Found)
			p.add(Change{Op: Remove, Path: o.Hook})
		}
	}
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
		p.adviseAside(f)
		return
	case role == dispatches && f.Previous.Kind != Absent:
		for _, l := range f.LeadingPrevious {
			p.add(Change{Op: Remove, Path: l})
		}
		p.save(f)
		p.add(Change{Op: Move, Path: f.Hook, From: f.previous()})
		return
	}
	for _, l := range f.Leading {
		p.add(Change{Op: Remove, Path: l})
	}
	p.save(f)
	p.add(Change{Op: Remove, Path: f.Hook})
	if f.Aside != "" || slices.ContainsFunc(f.Forwarding, func(o Forward) bool { return o.Aside != "" }) {
		return // that stays there
	}
	folder := f.Hook
	for range min(f.File.record().Folders, f.Alone) {
		folder = filepath.Dir(folder)
		p.add(Change{Op: Rmdir, Path: folder})
	}
}

// adviseAside tells of what goes into Gitaly's archive with the others.
func (p *Plan) adviseAside(f Found) {
	if f.Aside != "" {
		p.advise("what somebody has written into " + f.Hook + " is kept as " + f.Aside)
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
	case Keep, Save:
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
	Runs    string   `json:"runs,omitempty"`    // why pushes run it, where that is a setting of git's
	Drift   []string `json:"drift"`
}

// Status says how it stands, and what is not as Install would leave it.
func Status(f Found, s Script) State {
	st := State{Server: f.Server, Hook: f.Hook, Drift: []string{}}
	drift := func(format string, args ...any) { st.Drift = append(st.Drift, fmt.Sprintf(format, args...)) }
	want := s.hook(f.File.record())
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
	switch {
	case f.File.edited():
		drift("somebody has written into it: install would keep that as %s", f.Aside)
	case !bytes.Equal(want, f.File.Content):
		drift("its text is not what this version writes for %s", s.command())
	}
	if f.File.Kind == Regular && f.File.Mode.Perm()&0o111 != 0o111 {
		drift("it is not executable for everybody: %s", f.File.Mode.Perm())
	}
	for _, l := range f.Astray {
		drift("%s does not lead to it", l)
	}
	for _, o := range f.Forwards {
		if !o.right() {
			drift("%s does not run %s", o.Hook, o.Other)
		}
	}
	st.Runs = f.runs()
	f.pushes(drift)
	return st
}
