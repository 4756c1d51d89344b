package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// gitolite is what its rc file says, which only gitolite can read: it is Perl.
type gitolite struct {
	program string
	local   string // LOCAL_CODE
	repos   string // GL_REPO_BASE
}

// askGitolite asks the gitolite of an account, by its home.
func askGitolite(ctx context.Context, home, local string) (gitolite, error) {
	g := gitolite{program: "gitolite", local: local}
	query := func(name string) (string, error) {
		cmd, err := Command{Args: []string{g.program, "query-rc", name}, As: filepath.Join(home, ".gitolite.rc")}.command(ctx)
		if err != nil {
			return "", err
		}
		out, err := cmd.Output() // it fails on what is not set
		return strings.TrimSpace(string(out)), err
	}
	var err error
	if g.repos, err = query("GL_REPO_BASE"); err != nil {
		return g, fmt.Errorf("ask gitolite about %s: %w", filepath.Join(home, ".gitolite.rc"), err)
	}
	if g.local == "" {
		if g.local, _ = query("LOCAL_CODE"); g.local == "" {
			return g, fmt.Errorf("%w: LOCAL_CODE is not set in %s/.gitolite.rc: remove the # before it, it is the folder where gitolite looks for hooks", ErrUsage, home)
		}
	}
	return g, nil
}

// common is the hook of all repositories.
func (g gitolite) common(home string) (Target, error) {
	t := Target{Server: Gitolite, Hook: filepath.Join(g.local, "hooks", "common", hookName)}
	repos, err := repositories(g.repos)
	if err != nil {
		return t, err
	}
	for _, r := range repos {
		if !strings.HasSuffix(r, ".git") {
			continue // gitolite does not see it
		}
		link := filepath.Join(r, "hooks", hookName)
		// A repository with hooks of its own has gitolite's driver there.
		driven, err := filepath.Glob(link + ".h[0-9]*")
		if err != nil {
			return t, err
		}
		if _, err := os.Lstat(link); err == nil && len(driven) > 0 {
			continue
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return t, err
		}
		t.Links = append(t.Links, link)
	}
	t.After = []Command{{Args: []string{g.program, "setup", "--hooks-only"}, As: filepath.Join(home, ".gitolite.rc")}}
	return t, nil
}

// some is the hook that gitolite's configuration names for some repositories.
func (g gitolite) some(home string, names []string) Target {
	return Target{
		Server: Gitolite,
		Hook:   filepath.Join(g.local, "hooks", "repo-specific", "jira"),
		Shared: true,
		// For a configuration that names it already.
		After: []Command{{Args: []string{g.program, "trigger", "POST_COMPILE"}, As: filepath.Join(home, ".gitolite.rc")}},
		Advice: "in .gitolite.rc, ENABLE: 'repo-specific-hooks'; in conf/gitolite.conf, for repo " + strings.Join(names, " ") +
			": option hook.post-receive = jira; then push gitolite-admin",
	}
}
