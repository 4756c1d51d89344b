package doctor

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"jirahook/config"
	"jirahook/install"
	"jirahook/words"
)

// hookFile is one file that a Git server may run after a push.
type hookFile struct {
	path       string
	ours       bool
	executable bool   // by this process
	link       string // where it leads, "" for no link
	// program is what of ours the script starts; "" for none, or the file itself.
	program string
	// runsFolder: a script that runs the files of post-receive.d.
	runsFolder bool
}

// hookPlaces is what lies where Git servers look for a post-receive hook.
type hookPlaces struct {
	main    *hookFile  // hooks/post-receive, or in core.hooksPath; nil: none
	folder  []hookFile // beside it in post-receive.d
	driven  []hookFile // post-receive.*: gitolite's driver runs them
	custom  []hookFile // custom_hooks of the repository: Gitaly's
	global  []hookFile // Gitaly's custom_hooks_dir
	unused  []hookFile // hooks/post-receive while core.hooksPath is set
	gitaly  bool       // Gitaly looks after this repository
	from    string     // core.hooksPath; "": not set
	setBy   string     // the file that sets it
	gitolit bool       // gitolite has put its links here
}

// ourProgram is a path of ours: jirahook, jirahook-1.2.3.
var ourProgram = regexp.MustCompile(`(/[^\s'"]*/jirahook(?:-[\w.]+)?)(?:['"\s]|$)`)

// ourCall is a line that names the program, not a folder that is called like it.
var ourCall = regexp.MustCompile(`(?:^|[\s/'"=(])jirahook(?:-[\w.]+)?(?:['"\s;|&)]|$)`)

// folderOfHooks is in a script that runs the files of post-receive.d, or of $0.d.
var folderOfHooks = regexp.MustCompile(`[\w}]\.d(?:["/\s]|$)`)

// readHook looks at a file; nil when it is not there or is no file.
func readHook(path, self string) *hookFile {
	info, err := os.Stat(path)
	if err != nil {
		if target, linkErr := os.Readlink(path); linkErr == nil && errors.Is(err, fs.ErrNotExist) {
			return &hookFile{path: path, link: target, ours: strings.HasPrefix(filepath.Base(target), "jirahook"), program: target}
		}
		return nil
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	f := &hookFile{path: path, executable: unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS) == nil}
	if target, err := filepath.EvalSymlinks(path); err == nil && target != filepath.Clean(path) {
		if link, err := os.Readlink(path); err == nil {
			f.link = link
		}
		f.ours = strings.HasPrefix(filepath.Base(target), "jirahook")
	}
	if own, err := os.Stat(self); err == nil && os.SameFile(own, info) {
		f.ours = true
	}
	f.readScript()
	return f
}

// readScript looks for what a script runs. A program is not searched.
func (f *hookFile) readScript() {
	file, err := os.Open(f.path)
	if err != nil {
		return
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, 64<<10))
	if err != nil || !strings.HasPrefix(string(text), "#!") {
		return
	}
	f.runsFolder = folderOfHooks.Match(text)
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") || !ourCall.MatchString(line) {
			continue
		}
		f.ours = true
		for _, m := range ourProgram.FindAllStringSubmatch(line, -1) {
			f.program = m[1]
		}
	}
}

// listHooks looks at the files of a folder, those that a server would run or
// that are ours, by name.
func listHooks(pattern, self string) []hookFile {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return nil
	}
	slices.Sort(paths)
	var all []hookFile
	for _, path := range paths {
		if f := readHook(path, self); f != nil && !strings.HasSuffix(path, "~") && (f.executable || f.ours) {
			all = append(all, *f)
		}
	}
	return all
}

// lookForHooks lists what lies where hooks are looked for. hooksPath is
// core.hooksPath, "" when it is not set.
func lookForHooks(repository, hooksPath, setBy string, gitaly install.GitalyConfig, self string) hookPlaces {
	own := filepath.Join(repository, "hooks")
	dir := own
	if hooksPath != "" {
		dir = config.Absolute(repository, hooksPath)
	}
	p := hookPlaces{
		main:   readHook(filepath.Join(dir, "post-receive"), self),
		folder: listHooks(filepath.Join(escapeGlob(dir), "post-receive.d", "*"), self),
		driven: listHooks(filepath.Join(escapeGlob(dir), "post-receive.[^d]*"), self),
		custom: append(listHooks(filepath.Join(escapeGlob(repository), "custom_hooks", "post-receive"), self),
			listHooks(filepath.Join(escapeGlob(repository), "custom_hooks", "post-receive.d", "*"), self)...),
		from: hooksPath, setBy: setBy,
	}
	if gitaly.Hooks.Dir != "" {
		p.global = listHooks(filepath.Join(escapeGlob(gitaly.Hooks.Dir), "post-receive.d", "*"), self)
	}
	if hooksPath != "" && filepath.Clean(dir) != own {
		if f := readHook(filepath.Join(own, "post-receive"), self); f != nil {
			p.unused = []hookFile{*f}
		}
	}
	server := install.ServerOf(repository, gitaly)
	p.gitaly, p.gitolit = server == install.GitLabRepo, server == install.Gitolite
	return p
}

func escapeGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}

// running are those of the files that the server runs and that are ours.
func (p hookPlaces) running() []hookFile {
	var all []hookFile
	if p.gitaly {
		return append(oursOf(p.custom), oursOf(p.global)...)
	}
	if p.main != nil {
		all = append(all, oursOf([]hookFile{*p.main})...)
		if p.main.runsFolder && p.main.executable {
			all = append(all, oursOf(p.folder)...)
		}
		if p.gitolit {
			all = append(all, oursOf(p.driven)...)
		}
	}
	return append(all, oursOf(p.global)...)
}

// lying are files of ours that nobody runs.
func (p hookPlaces) lying() []hookFile {
	all := oursOf(p.unused)
	if p.gitaly {
		if p.main != nil {
			all = append(all, oursOf([]hookFile{*p.main})...)
		}
		return append(all, oursOf(p.folder)...)
	}
	if p.main == nil || !p.main.runsFolder || !p.main.executable {
		all = append(all, oursOf(p.folder)...)
	}
	if p.main == nil || !p.gitolit {
		all = append(all, oursOf(p.driven)...)
	}
	return all
}

func oursOf(files []hookFile) []hookFile {
	return slices.DeleteFunc(slices.Clone(files), func(f hookFile) bool { return !f.ours })
}

// judge says what the hooks of a repository come to for a user. Its words name no
// repository, so that the same of many is told once.
func (p hookPlaces) judge(user string) Finding {
	running := p.running()
	f := Finding{Check: "hook", Status: Problem}
	if len(running) == 0 {
		f.Says, f.Advice = "no hook runs jirahook", adviceNoHook
		lying := p.lying()
		switch {
		case len(lying) == 0 && p.from != "":
			f.Says, f.Advice = "no hook runs jirahook, and core.hooksPath is "+p.from+" (set in "+p.setBy+")", adviceHooksPath
		case len(lying) == 0 && p.gitolit:
			f.Advice = adviceGitolite
		case len(lying) == 0 && p.gitaly:
			f.Advice = adviceGitaly
		case len(lying) == 0:
		case p.gitaly:
			f.Says, f.Advice = filepath.Base(filepath.Dir(lying[0].path))+"/"+filepath.Base(lying[0].path)+" is there, but Gitaly does not run it", adviceGitaly
		case p.from != "":
			f.Says, f.Advice = "hooks/post-receive is there, but core.hooksPath is "+p.from+" (set in "+p.setBy+")", adviceHooksPath
		default:
			f.Says, f.Advice = "post-receive.d/"+filepath.Base(lying[0].path)+" is there, but hooks/post-receive does not run it", adviceDispatcher
			if strings.HasPrefix(filepath.Base(lying[0].path), "post-receive.") {
				f.Says, f.Advice = filepath.Base(lying[0].path)+" is there, but only gitolite's driver would run it", adviceGitolitePart
			}
		}
		return f
	}
	for _, h := range running {
		switch {
		case h.program != "" && unix.Faccessat(unix.AT_FDCWD, h.program, unix.X_OK, unix.AT_EACCESS) != nil:
			f.Says, f.Advice = shownHook(h)+" starts "+h.program+", which is not there or may not be run", adviceHookProgram
			return f
		case !h.executable:
			f.Says, f.Advice = shownHook(h)+" is not executable for "+user+": it is ignored", adviceHookMode
			return f
		}
	}
	f.Status, f.Says = Fine, shownHook(running[0])+" runs jirahook"
	if p.from != "" {
		f.Says += ", by core.hooksPath " + p.from
	}
	switch {
	case len(running) > 1:
		f.Status, f.Advice = Warning, adviceTwice
		f.Says = "more than one hook runs jirahook: " + shownHook(running[0]) + ", " + shownHook(running[1])
	case p.beforeGitea(running[0]):
		f.Status, f.Advice = Warning, adviceOrder
		f.Says = shownHook(running[0]) + " runs jirahook before Gitea's own hook"
	case len(p.strays()) > 0:
		f.Status, f.Advice = Warning, adviceStrays
		f.Says += "; this is run, too: " + words.Some(p.strays(), 3)
	}
	return f
}

// beforeGitea: files of such a folder run in the order of their names.
func (p hookPlaces) beforeGitea(h hookFile) bool {
	return slices.ContainsFunc(p.folder, func(f hookFile) bool {
		return filepath.Base(f.path) == "gitea" && filepath.Dir(f.path) == filepath.Dir(h.path) && f.path > h.path
	})
}

// strays are executable files that look like backups, where all are run.
func (p hookPlaces) strays() []string {
	var all []string
	for _, f := range slices.Concat(p.folder, p.custom, p.global) {
		if slices.Contains([]string{".bak", ".old", ".orig", ".save", ".txt", ".md"}, filepath.Ext(f.path)) && f.executable {
			all = append(all, filepath.Base(f.path))
		}
	}
	return all
}

func shownHook(h hookFile) string {
	dir := filepath.Base(filepath.Dir(h.path))
	return dir + "/" + filepath.Base(h.path)
}
