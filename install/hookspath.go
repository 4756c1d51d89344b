package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Scope is one of git's configurations, as `git config` names it.
type Scope string

// The scopes in which core.hooksPath is set for many repositories at once.
const (
	SystemScope Scope = "system" // of the machine
	GlobalScope Scope = "global" // of an account; it counts more
)

// Scopes are those that --scope may name.
func Scopes() []Scope { return []Scope{GlobalScope, SystemScope} }

// ownHooks is where git looks for hooks without core.hooksPath: like any relative
// one it is taken from the repository's folder, where a push runs its hooks
// (githooks(5)).
const ownHooks = "hooks"

// Git is where git should look for the hook of a target.
type Git struct {
	Dir   string   // the folder
	Home  string   // of the account that runs the hooks
	Repos []string // folders of repositories, each of which may have a setting of its own
	// Scope is where core.hooksPath is set for that; "": it should not be set.
	Scope Scope
	// Forced: the hook is put there although git looks elsewhere.
	Forced bool
}

// Setting is a value of core.hooksPath.
type Setting struct {
	Scope Scope  // "": neither the machine's nor the account's
	Repo  string // whose own it is, "": of many
	File  string // that sets it
	Value string // a folder, absolute or from the repository's; "": not set
}

// PathFound is what git says about core.hooksPath.
type PathFound struct {
	Set       Setting   // what counts, unless a repository has its own
	Ours      *Setting  // the one that was made for the hook that is there; nil: none was, or it is gone
	OnlyOurs  bool      // its file holds nothing else
	NoFile    bool      // the file of Git.Scope is not there
	Elsewhere []Setting // repositories for which git looks elsewhere
	Twice     []string  // hooks of repositories that run the program, too, if they are run
}

// git is a question or an order to git, as the account has it.
func (g Git) git(args ...string) Command {
	return Command{Args: append([]string{"git"}, args...), As: g.Home, Home: g.Home}
}

// settings are the values of core.hooksPath in one scope, or in all that git reads,
// in its order: the last counts.
func (g Git) settings(ctx context.Context, scope Scope, repo string) ([]Setting, error) {
	var args []string
	if repo != "" {
		args = append(args, "--git-dir="+repo)
	}
	args = append(args, "config")
	if scope != "" {
		args = append(args, "--"+string(scope), "--includes")
	}
	cmd, err := g.git(append(args, "--null", "--show-origin", "--type=path", "--get-all", "core.hooksPath")...).command(ctx)
	if err != nil {
		return nil, err
	}
	cmd.Dir = "/" // not a repository whose settings would be mixed in
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		if exit.ExitCode() == 1 {
			return nil, nil // not set
		}
		return nil, fmt.Errorf("ask git for core.hooksPath: %w: %s", err, strings.TrimSpace(string(exit.Stderr)))
	}
	if err != nil {
		return nil, fmt.Errorf("ask git for core.hooksPath: %w", err)
	}
	var all []Setting
	words := strings.Split(string(out), "\x00")
	for i := 0; i+1 < len(words); i += 2 {
		all = append(all, Setting{Scope: scope, Repo: repo, File: strings.TrimPrefix(words[i], "file:"), Value: words[i+1]})
	}
	return all, nil
}

// counts is the setting that counts for a repository, or for those that have none
// of their own.
func (g Git) counts(ctx context.Context, repo string) (Setting, error) {
	all, err := g.settings(ctx, "", repo)
	if err != nil || len(all) == 0 {
		return Setting{Repo: repo}, err
	}
	return all[len(all)-1], nil
}

// look asks git where it looks for hooks. set is the scope of the setting that was made
// for the hook that is there; "": none was.
func (g Git) look(ctx context.Context, set Scope) (PathFound, error) {
	var f PathFound
	var err error
	if f.Set, err = g.counts(ctx, ""); err != nil {
		return f, err
	}
	for _, scope := range []Scope{SystemScope, GlobalScope} {
		if g.Scope == "" || scope == GlobalScope && g.Home == "" {
			continue
		}
		all, err := g.settings(ctx, scope, "")
		if err != nil {
			return f, err
		}
		for _, s := range all {
			if s.Value == f.Set.Value && s.File == f.Set.File {
				f.Set.Scope = scope
			}
			if scope == set && filepath.Clean(s.Value) == g.Dir {
				f.Ours = &s
			}
		}
	}
	if f.Ours != nil {
		f.OnlyOurs = holdsNothingElse(f.Ours.File)
	}
	if g.Scope != "" {
		f.NoFile = !g.hasFile(ctx)
	}
	for _, repo := range g.Repos {
		if g.Scope != "" {
			own := filepath.Join(repo, ownHooks, hookName)
			file, err := lookAt(own)
			if err != nil {
				return f, err
			}
			if role := file.role(); role != nothing && role != foreign && !sameFolder(filepath.Dir(own), g.Dir) {
				f.Twice = append(f.Twice, own)
			}
		}
		if g.Scope != "" && !mayHaveOwn(repo) {
			continue
		}
		s, err := g.counts(ctx, repo)
		if err != nil {
			return f, err
		}
		s.Repo = repo
		own := g.Scope == "" || s.File != f.Set.File || s.Value != f.Set.Value
		if own && !sameFolder(s.folder(), g.Dir) {
			f.Elsewhere = append(f.Elsewhere, s)
		}
	}
	return f, nil
}

// mayHaveOwn reports whether a repository's configuration may set core.hooksPath: git
// is asked only then, for there may be many.
func mayHaveOwn(repo string) bool {
	for _, name := range []string{"config", "config.worktree"} {
		content, err := os.ReadFile(filepath.Join(repo, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return true // git says what is wrong
		}
		if content = bytes.ToLower(content); bytes.Contains(content, []byte("hookspath")) || bytes.Contains(content, []byte("[include")) {
			return true
		}
	}
	return false
}

// hasFile reports whether git has a file for the scope: it lists an empty one.
func (g Git) hasFile(ctx context.Context) bool {
	cmd, err := g.git("config", "--"+string(g.Scope), "--list", "--name-only").command(ctx)
	return err == nil && cmd.Run() == nil
}

// holdsNothingElse reports whether a file of git's is as git makes it for one setting.
func holdsNothingElse(file string) bool {
	content, err := os.ReadFile(file)
	return err == nil && regexp.MustCompile(`^\[core\]\n\thooksPath = [^\n]*\n$`).Match(content)
}

// folder is where git looks for the hooks of the setting's repository.
func (s Setting) folder() string {
	value := firstOf(s.Value, ownHooks)
	if filepath.IsAbs(value) {
		return filepath.Clean(value)
	}
	return filepath.Join(s.Repo, value)
}

func sameFolder(a, b string) bool {
	if a == b {
		return true
	}
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// Heeded looks again, after git has been told: another file may count more, one that is
// included after ours, say.
func Heeded(ctx context.Context, targets []Target) error {
	found, err := Look(ctx, targets)
	if err != nil {
		return err
	}
	for _, f := range found {
		if !f.leads() {
			return fmt.Errorf("git still does not look into %s: %s", f.Git.Dir, f.Path.Set.says())
		}
	}
	return nil
}

// leads reports whether git looks into the target's folder.
func (f Found) leads() bool {
	return f.Git == nil || f.Git.Scope == "" || f.Path.Set.Value != "" && filepath.Clean(f.Path.Set.Value) == f.Git.Dir
}

// rank is how much a scope counts.
func (s Scope) rank() int { return slices.Index([]Scope{SystemScope, GlobalScope, ""}, s) }

// refuseSetting says why core.hooksPath is not set.
func (f Found) refuseSetting(chain bool) error {
	set := f.Path.Set
	switch {
	case f.Git == nil:
	case f.Git.Scope == "":
		if len(f.Path.Elsewhere) > 0 && !f.Git.Forced {
			s := f.Path.Elsewhere[0]
			return fmt.Errorf("%w: git does not look into %s: core.hooksPath is %s (%s): install there with --server hooks-path --dir %[3]s", ErrRefused, f.Git.Dir, s.Value, s.File)
		}
	case f.leads():
	case strings.Contains(f.Git.Dir+set.Value, "\n"):
		return fmt.Errorf("%w: a folder's name has a line feed: %q", ErrRefused, f.Git.Dir+" "+set.Value)
	case set.Value == "":
	case set.Scope.rank() > f.Git.Scope.rank():
		return fmt.Errorf("%w: core.hooksPath is %s (%s), which counts more than --scope %s", ErrRefused, set.Value, set.File, f.Git.Scope)
	case !chain:
		return fmt.Errorf("%w: core.hooksPath is %s already (%s); without --no-chain the hooks there are run, too", ErrRefused, set.Value, set.File)
	}
	return nil
}

// question is what a person should agree to before git is told to look elsewhere.
func (f Found) question(r record) string {
	whose := "all repositories of the machine"
	if f.Git.Scope == GlobalScope {
		whose = "all repositories that the account of " + f.Git.Home + " uses"
	}
	says := "git will look for the hooks of " + whose + " in " + f.Git.Dir
	switch {
	case r.Before == "":
		says += "; those in the repositories' own folders then stop"
	case filepath.IsAbs(r.Before):
		says += ", no longer in " + r.Before + " (core.hooksPath in " + f.Path.Set.File + "), whose hooks are run from there"
	default:
		says += "; of those in the repositories' own " + r.Before + " pre-receive, update, post-receive and post-update are run from there, others stop"
	}
	return says
}

// set tells git to look into the target's folder. What was set before stays where
// it is: of several values the last counts, and when ours is taken away the one
// before does again.
func (g Git) set() Change {
	return Change{Op: Run, Command: g.git("config", "--"+string(g.Scope), "--add", "core.hooksPath", g.Dir)}
}

// unset takes our setting away, and no other.
func (g Git) unset(s Setting) Change {
	return Change{Op: Run, Command: g.git("config", "--"+string(s.Scope), "--unset-all", "core.hooksPath", "^"+regexp.QuoteMeta(s.Value)+"$")}
}

// unsetPath lets git look where it did before.
func (p *Plan) unsetPath(f Found) {
	ours := f.Path.Ours
	switch {
	case f.Git == nil || f.Git.Scope == "":
	case ours != nil:
		p.add(f.Git.unset(*ours))
		if f.File.record().Made && f.Path.OnlyOurs {
			p.add(Change{Op: Remove, Path: ours.File})
		}
	case f.leads():
		p.advise(f.Path.Set.says() + ", and stays: it was set by somebody else")
	}
}

// freed reports whether git looks elsewhere once our setting is taken away.
func (f Found) freed() bool { return f.Path.Ours != nil || !f.leads() }

// runs says why pushes run the hook.
func (f Found) runs() string {
	if f.Git == nil || f.Git.Scope == "" || !f.leads() {
		return ""
	}
	says := f.Path.Set.says()
	if n := len(f.Git.Repos); n > 0 {
		says += fmt.Sprintf("; of %d repositories %d have it so", n, n-len(f.Path.Elsewhere))
	}
	return says
}

// pushes says what of pushes does not run the hook.
func (f Found) pushes(drift func(string, ...any)) {
	if f.Git == nil {
		return
	}
	if set := f.Path.Set; !f.leads() {
		drift("pushes do not run it: %s", set.says())
	}
	for _, s := range f.Path.Elsewhere {
		drift("pushes to %s do not run it: %s", s.Repo, s.says())
	}
	if f.File.record().Before == ownHooks {
		f.twice(drift)
	}
}

// twice says which pushes run the program twice: nothing is told twice, but it takes
// twice the time.
func (f Found) twice(say func(string, ...any)) {
	for _, own := range f.Path.Twice {
		say("%s runs it, too: jirahook uninstall --repo %s", own, filepath.Dir(filepath.Dir(own)))
	}
}

func (s Setting) says() string {
	if s.Value == "" {
		return "core.hooksPath is not set"
	}
	return "core.hooksPath is " + s.Value + " (" + s.File + ")"
}
