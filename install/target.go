package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const hookName = "post-receive"

// Where is what was said about the place; all of it may be missing.
type Where struct {
	Server Server
	Repos  []string // folders, absolute; gitolite: names
	Under  string   // a folder with repositories
	Dir    string   // the server's folder of hooks: custom_hooks_dir, core.hooksPath, LOCAL_CODE
	Home   string   // of the server's account
	Gitaly string   // Gitaly's config.toml
	Root   string   // a folder with repositories, of which only the settings are looked at
	Scope  Scope    // where core.hooksPath is to be set; "": for the account of Home
}

// Targets finds the places where the hook belongs. Without a server it detects
// it.
func Targets(ctx context.Context, w Where) ([]Target, error) {
	gitaly, hasGitaly, err := FindGitaly(w.Gitaly)
	if err != nil {
		return nil, err
	}
	if w.Under != "" {
		found, err := repositories(w.Under)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%w: there is no bare repository below %s", ErrUsage, w.Under)
		}
		w.Repos = append(w.Repos, found...)
	}
	if len(w.Repos) > 0 && w.Server != Gitolite && w.Server != HooksPath {
		return repoTargets(w, gitaly)
	}
	server := w.Server
	if server == "" {
		if server, err = detect(ctx, w, hasGitaly); err != nil {
			return nil, err
		}
	}
	switch server {
	case GitLab:
		dir := firstOf(w.Dir, gitaly.Hooks.Dir)
		if dir == "" {
			return nil, fmt.Errorf("%w: custom_hooks_dir is not set in Gitaly's configuration: set it in gitlab.rb, gitaly['configuration'] = {hooks: {custom_hooks_dir: '/var/opt/gitlab/gitaly/custom_hooks'}}, and run gitlab-ctl reconfigure; or name the folder with --dir", ErrUsage)
		}
		return []Target{{Server: GitLab, Hook: filepath.Join(dir, "post-receive.d", "50-jira"), Shared: true}}, nil
	case Gitolite:
		g, err := askGitolite(ctx, w.Home, w.Dir)
		if err != nil {
			return nil, err
		}
		if len(w.Repos) > 0 {
			return []Target{g.some(w.Home, w.Repos)}, nil
		}
		t, err := g.common(w.Home)
		return []Target{t}, err
	case HooksPath:
		t, err := w.pathTarget(ctx)
		return []Target{t}, err
	case Bare, Gitea, GitLabRepo:
		return nil, fmt.Errorf("%w: say which repositories: --repo or --all-under", ErrUsage)
	}
	return nil, fmt.Errorf("%w: there is no server %q", ErrUsage, server)
}

// pathTarget is the folder to which core.hooksPath leads, or should.
func (w Where) pathTarget(ctx context.Context) (Target, error) {
	git := Git{Dir: w.Dir, Home: w.Home, Repos: w.Repos, Scope: w.Scope}
	if len(w.Repos) == 0 && w.Root != "" {
		var err error
		if git.Repos, err = repositories(w.Root); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Target{}, err
		}
	}
	switch {
	case git.Scope == "" && git.Home == "":
		git.Scope = SystemScope
	case git.Scope == "":
		git.Scope = GlobalScope
	case !slices.Contains(Scopes(), git.Scope):
		return Target{}, fmt.Errorf("%w: there is no scope %q", ErrUsage, git.Scope)
	}
	for _, dir := range w.Repos {
		if !isRepository(dir) {
			return Target{}, fmt.Errorf("%w: %s is no bare repository", ErrUsage, dir)
		}
	}
	if git.Dir == "" {
		set, err := git.counts(ctx, "")
		if err != nil {
			return Target{}, err
		}
		if set.Value == "" {
			return Target{}, fmt.Errorf("%w: core.hooksPath is not set: name the folder with --dir", ErrUsage)
		}
		git.Dir = filepath.Clean(set.Value)
	}
	if !filepath.IsAbs(git.Dir) {
		return Target{}, fmt.Errorf("%w: core.hooksPath is %s, another folder in each repository: name an absolute one with --dir", ErrUsage, git.Dir)
	}
	return Target{Server: HooksPath, Hook: filepath.Join(git.Dir, hookName), Git: &git}, nil
}

// repoTargets are those of single repositories.
func repoTargets(w Where, gitaly GitalyConfig) ([]Target, error) {
	var targets []Target
	for _, dir := range w.Repos {
		if !isRepository(dir) {
			return nil, fmt.Errorf("%w: %s is no bare repository", ErrUsage, dir)
		}
		server := firstOf(w.Server, ServerOf(dir, gitaly))
		if w.Under != "" && (strings.HasSuffix(dir, ".wiki.git") || filepath.Base(dir) == "gitolite-admin.git") {
			continue // the hook would leave them alone
		}
		switch server {
		case Gitea:
			targets = append(targets, Target{Server: Gitea, Hook: filepath.Join(dir, "hooks", "post-receive.d", "zz-jira"), Shared: true})
		case GitLabRepo, GitLab:
			t := Target{Server: GitLabRepo, Hook: filepath.Join(dir, filepath.FromSlash(gitalyHook)), Shared: true}
			if program, err := gitalyProgram(); err == nil {
				t.Gitaly, _ = gitaly.repository(program, dir)
			}
			targets = append(targets, t)
		case Bare:
			// Repositories may share one folder of hooks by a link.
			folder := filepath.Join(dir, "hooks")
			if resolved, err := filepath.EvalSymlinks(folder); err == nil {
				folder = resolved
			}
			git := &Git{Dir: folder, Home: w.Home, Repos: []string{dir}, Forced: w.Server == Bare}
			targets = append(targets, Target{Server: Bare, Hook: filepath.Join(folder, hookName), Git: git})
		case Gitolite:
			return nil, fmt.Errorf("%w: %s is gitolite's, which replaces what lies in its hooks: install with --server gitolite, for all repositories or with --repo NAME", ErrRefused, dir)
		default:
			return nil, fmt.Errorf("%w: --server %s takes no repositories", ErrUsage, server)
		}
	}
	var once []Target
	for _, t := range targets {
		i := slices.IndexFunc(once, func(o Target) bool { return o.Hook == t.Hook })
		switch {
		case i < 0:
			once = append(once, t)
		case t.Git != nil && !slices.Contains(once[i].Git.Repos, t.Git.Repos[0]):
			once[i].Git.Repos = append(once[i].Git.Repos, t.Git.Repos...)
		}
	}
	return once, nil
}

// gitalyProgram is Gitaly of GitLab's package, or of the path.
func gitalyProgram() (string, error) {
	const packaged = "/opt/gitlab/embedded/bin/gitaly"
	if _, err := os.Stat(packaged); err == nil {
		return packaged, nil
	}
	return exec.LookPath("gitaly")
}

// repositories are the bare ones below a folder, sorted.
func repositories(root string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrPermission) && path != root:
			return fs.SkipDir
		case err != nil:
			return err
		case !d.IsDir():
			return nil
		case isRepository(path):
			found = append(found, path)
			return fs.SkipDir
		case strings.HasPrefix(d.Name(), "+gitaly") || d.Name() == "@pools":
			return fs.SkipDir // Gitaly's own
		}
		return nil
	})
	return found, err
}

// isRepository: what git itself looks for (setup.c, is_git_directory).
func isRepository(dir string) bool {
	for _, name := range []string{"HEAD", "objects", "refs"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

func firstOf[T ~string](a, b T) T {
	if a != "" {
		return a
	}
	return b
}
