package config

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Source says which files make a configuration.
type Source struct {
	// Main is the upper file; beside it stands the folder repos.d. "": none.
	Main         string
	MainRequired bool   // Main must be there
	Project      string // group/project, for repos.d; "": only Main and RepoDir
	RepoDir      string // the bare repository, which may hold jirahook.yaml; "": none
}

// Loaded is a configuration and what is known of how it came about.
type Loaded struct {
	Config Config
	// Origins tells for each dotted key that a file sets where it does.
	Origins map[string]Origin
	// Warnings are values that were ignored because an upper file locks them.
	Warnings []Warning
	Files    []string // those that were read, upper ones first
}

// Origin is the place of a value.
type Origin struct {
	File string
	Line int
}

// String is file:line.
func (o Origin) String() string { return fmt.Sprintf("%s:%d", o.File, o.Line) }

// Warning is something that works, but hardly as it was meant.
type Warning struct{ Problem }

// Load reads the files of a configuration. Of several files that set a key the
// last one counts; maps merge, lists are replaced. What a file can say:
//
//   - key: VALUE sets a key.
//   - key: null, or nothing behind the colon, brings back the default, whatever
//     upper files say. A section or a map with nothing behind the colon says
//     nothing; with null all that is in it goes back to the default. null for one
//     entry of a map (an alias) removes it.
//   - locked: [NAME] keeps lower files from setting a key, or all that is in a
//     section. Such a value is ignored, with a warning.
//
// As soon as there is an upper file, the repository's own may not set what
// concerns others, nor what protects them and an upper file has set: reserved.go.
//
// The error is Problems when the files are wrong, and one that names a file when
// it cannot be read; errors.Is(err, fs.ErrNotExist) when there is no file at all.
// With an error Loaded holds what could be understood, which is good enough to
// find a folder by, and not to act on.
func Load(s Source) (Loaded, error) {
	loaded, _, err := load(s)
	return loaded, err
}

// loading is a configuration in the making.
type loading struct {
	Loaded
	keys     []key
	texts    map[string][]byte // the files
	locks    []lock
	problems Problems
	failed   map[string]bool // keys with a wrong value
	upper    string          // the first file above the repository's that is there; "": none
	layer    layer           // the one being read
}

type lock struct {
	name  string
	where string
}

func load(s Source) (Loaded, *loading, error) {
	l := &loading{texts: map[string][]byte{}, failed: map[string]bool{}}
	l.Origins = map[string]Origin{}
	l.keys = schema(&l.Config)
	for _, k := range l.keys {
		if !k.isSection() {
			k.reset()
		}
	}
	layers, err := s.layers()
	var broken bool
	for _, layer := range layers {
		data, ok, readErr := readLayer(layer)
		if l.upper == "" && !layer.repository && (ok || readErr != nil) {
			l.upper = layer.file // also one that cannot be read
		}
		if readErr != nil && err == nil {
			err = fmt.Errorf("read the configuration: %w", readErr)
		}
		if ok {
			broken = !l.read(layer, data) || broken
		}
	}
	l.forget()
	if len(l.Files) == 0 && err == nil {
		err = fmt.Errorf("read the configuration: %w", &fs.PathError{Op: "open", Path: s.Main, Err: fs.ErrNotExist})
	}
	if err != nil {
		return l.Loaded, l, err
	}
	if !broken {
		l.checkWhole()
	}
	if len(l.problems) > 0 {
		l.problems.sort(l.Files)
		return l.Loaded, l, l.problems
	}
	return l.Loaded, l, nil
}

// read takes in one file; false when it is not even YAML.
func (l *loading) read(from layer, data []byte) bool {
	l.layer = from
	l.Files = append(l.Files, from.file)
	l.texts[from.file] = data
	if from.repository {
		l.lockRepository()
	}
	root, bad := parse(data)
	if bad != nil {
		bad.File = from.file
		l.addProblem(*bad)
		l.outboxDir(data)
		return false
	}
	if root != nil {
		l.section("", root)
	}
	for _, name := range l.Config.Locked {
		if l.lockOf(name) == nil {
			l.locks = append(l.locks, lock{name, "locked in " + l.Origins["locked"].String()})
		}
	}
	return true
}

// section takes in the keys of a section, or of the whole file ("").
func (l *loading) section(name string, n *yaml.Node) {
	ps, mistakes := pairs(n)
	l.complain(name, mistakes)
	for _, p := range ps {
		at := join(name, p.name)
		i := slices.IndexFunc(l.keys, func(k key) bool { return k.name == at })
		switch {
		case l.isLocked(at, p.key):
		case len(l.problems) == maxProblems && i < 0:
		case i < 0 || strings.Contains(p.name, "."):
			mistakes := unknownKey(p, l.keys, name)
			if near := mistakes[0].nearest; near != "" {
				l.failed[join(name, near)] = true // do not say that it is missing, too
			}
			l.complain(at, mistakes)
		case l.keys[i].isSection() || l.keys[i].entries != nil:
			l.sectionOrMap(l.keys[i], p.value)
		case isNull(p.value):
			l.reset(at)
		default:
			l.set(l.keys[i], p.value)
		}
	}
}

func (l *loading) sectionOrMap(k key, n *yaml.Node) {
	switch {
	case isNothing(n):
	case isNull(n):
		l.resetBelow(k.name, n)
	case n.Kind != yaml.MappingNode:
		l.failed[k.name] = true
		l.complain(k.name, wrong(n, "must be a section", l.namesIn(k)))
	case k.entries != nil:
		l.entries(*k.entries, k.name, nil, n)
	default:
		l.section(k.name, n)
	}
}

// namesIn tells what may stand in a section.
func (l *loading) namesIn(k key) string {
	if k.entries != nil {
		return "names of your own, each with a value, indented below it"
	}
	var names []string
	for _, other := range l.keys {
		if rest, ok := strings.CutPrefix(other.name, k.name+"."); ok && !strings.Contains(rest, ".") {
			names = append(names, rest)
		}
	}
	return "indented below it: " + strings.Join(names, ", ")
}

func (l *loading) set(k key, n *yaml.Node) {
	origin := Origin{l.layer.file, n.Line}
	if mistakes := k.read(n); mistakes != nil {
		l.failed[k.name] = true
		l.complain(k.name, mistakes)
		return
	}
	for _, other := range rivals(k.name) {
		if k.saysNothing() {
			break
		}
		if o, ok := l.Origins[other]; ok && o.File == origin.File && !l.key(other).saysNothing() {
			f := fault{message: fmt.Sprintf("only one of %s and this, and that stands in line %d", other, o.Line)}
			l.failed[k.name] = true
			l.complain(k.name, []mistake{{node: n, fault: f}})
			return
		}
		l.reset(other)
	}
	if k.name == "locked" && len(n.Content) == 0 {
		return // nothing is added, so the list is still the upper file's
	}
	l.Origins[k.name] = origin
}

// entries takes in a map whose names are the user's.
func (l *loading) entries(e entries, name string, path []string, n *yaml.Node) {
	ps, mistakes := pairs(n)
	l.complain(name, mistakes)
	for _, p := range ps {
		entry, f := e.name(p.name)
		if f != nil {
			f.found = brief(p.name)
			l.complain(name, []mistake{{node: p.key, fault: *f}})
			continue
		}
		at, full := join(name, entry), append(slices.Clone(path), entry)
		switch {
		case l.isLocked(at, p.key):
		case e.nested && p.value.Kind == yaml.MappingNode && len(p.value.Content) > 0:
			l.entries(e, at, full, p.value)
		case l.isLockedBelow(at, p.key):
		case isNull(p.value):
			e.drop(full)
		default:
			mistakes := e.set(full, p.value)
			l.complain(at, mistakes)
			if mistakes == nil {
				l.Origins[at] = Origin{l.layer.file, p.value.Line}
			}
		}
	}
}

func join(section, name string) string {
	if section == "" {
		return name
	}
	return section + "." + name
}

func (l *loading) key(name string) key {
	return l.keys[slices.IndexFunc(l.keys, func(k key) bool { return k.name == name })]
}

// reset brings back a key's default. What is locked stays locked.
func (l *loading) reset(name string) {
	if name == "locked" {
		return
	}
	l.key(name).reset()
	delete(l.Origins, name)
	delete(l.failed, name)
}

// resetBelow brings back the defaults of a section or a map, except for what is
// locked in it.
func (l *loading) resetBelow(name string, n *yaml.Node) {
	for _, k := range l.keys {
		switch {
		case !within(k.name, name) || k.isSection():
		case k.entries != nil:
			for _, e := range k.entries.all() {
				if at := k.name + "." + strings.Join(e.path, "."); !l.isLocked(at, n) {
					k.entries.drop(e.path)
				}
			}
		case !l.isLocked(k.name, n):
			l.reset(k.name)
		}
	}
}

// forget drops where entries were set that are no more.
func (l *loading) forget() {
	there := map[string]bool{}
	for _, k := range l.keys {
		if k.entries != nil {
			for _, e := range k.entries.all() {
				there[k.name+"."+strings.Join(e.path, ".")] = true
			}
		} else {
			there[k.name] = true
		}
	}
	maps.DeleteFunc(l.Origins, func(name string, _ Origin) bool { return !there[name] })
}

// lockOf is the lock that keeps a key from being set, nil when there is none.
func (l *loading) lockOf(name string) *lock {
	for i := range l.locks {
		within := func(name string) bool { return within(name, l.locks[i].name) }
		if within(name) || slices.ContainsFunc(lockedWith(name), within) {
			return &l.locks[i]
		}
	}
	return nil
}

// isLocked reports whether an upper file locks a key, and warns that it is
// ignored here.
func (l *loading) isLocked(name string, n *yaml.Node) bool {
	lock := l.lockOf(name)
	if lock != nil {
		l.ignore(name, n, *lock)
	}
	return lock != nil
}

// isLockedBelow is isLocked for something inside of the value at name, which to
// replace the whole would change.
func (l *loading) isLockedBelow(name string, n *yaml.Node) bool {
	i := slices.IndexFunc(l.locks, func(lock lock) bool { return within(lock.name, name) })
	if i >= 0 {
		l.ignore(name, n, l.locks[i])
	}
	return i >= 0
}

func (l *loading) ignore(name string, n *yaml.Node, by lock) {
	if len(l.Warnings) < maxProblems {
		p := l.problem(name, mistake{node: n, fault: fault{message: "is ignored: " + brief(by.name) + " is " + by.where}})
		l.Warnings = append(l.Warnings, Warning{p})
	}
}

// complain reports the mistakes in what stands under a key.
func (l *loading) complain(key string, mistakes []mistake) {
	for _, m := range mistakes {
		if len(l.problems) == maxProblems {
			return
		}
		l.addProblem(l.problem(key, m))
	}
}

func (l *loading) problem(key string, m mistake) Problem {
	key = plain(strings.TrimPrefix(key+m.suffix, "."))
	return Problem{
		File: l.layer.file, Line: m.node.Line, Column: m.node.Column, Key: brief(key),
		Found: m.found, Message: m.message, Allowed: m.allowed, Nearest: m.nearest,
	}
}

func (l *loading) addProblem(p Problem) {
	if len(l.problems) < maxProblems {
		p.Excerpt, p.caret = excerpt(l.texts[p.File], p.Line, p.Column)
		l.problems = append(l.problems, p)
	}
}
