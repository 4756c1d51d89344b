package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"jirahook/install"
	"jirahook/outbox"
	"jirahook/plan"
	"jirahook/repo"
)

const (
	// maxRepositories are listed, and examinedFor is how long they are looked at.
	maxRepositories = 10_000
	examinedFor     = 2000 * time.Millisecond
	// staleGraph is how many commits outside of the commit-graph cost a push more
	// than it should.
	staleGraph = 2000
	// namedAlike are named of many repositories with the same finding.
	namedAlike = 3
)

// repositories looks at hooks and formats of all that were asked for.
func (e *examination) repositories(ctx context.Context) []finding {
	var all []finding
	dirs := slices.Clone(e.options.repositories)
	below := e.options.below
	if len(dirs) == 0 && len(below) == 0 && e.cfg.Server.Root != "" {
		below = []string{e.cfg.Server.Root}
	}
	brief, cancel := context.WithTimeout(ctx, examinedFor)
	defer cancel()
	for _, dir := range below {
		found, more, err := repositoriesBelow(brief, absolute(e.p.dir, dir))
		switch {
		case err != nil:
			all = append(all, finding{Check: "repository", About: dir, Status: problem, Says: err.Error()})
		case len(found) == 0 && !more:
			all = append(all, finding{Check: "repository", About: dir, Status: warning, Says: "no bare repository is below it"})
		case more:
			all = append(all, finding{Check: "repository", About: dir, Status: skipped, Says: fmt.Sprintf("only %d repositories were looked for: there are more, or there was no more time", len(found))})
		}
		dirs = append(dirs, found...)
	}
	if len(dirs) == 0 {
		return append(all, finding{Check: "hook", Status: skipped, Says: "no repository was named: --repo DIR, --all-under DIR, or server.root in the configuration"})
	}
	self, err := os.Executable()
	if err != nil {
		self = ""
	}
	s := survey{e: e, self: self}
	named := e.options.gitaly
	if named != "" {
		named = absolute(e.p.dir, named)
	}
	if s.gitaly, _, err = install.FindGitaly(named); err != nil {
		all = append(all, finding{Check: "hook", Status: problem, Says: err.Error()})
	}
	if e.options.customHooks != "" {
		s.gitaly.Hooks.Dir = e.options.customHooks
	}
	all = append(all, s.git(ctx, absolute(e.p.dir, dirs[0]))...)
	found := make([][]finding, len(dirs))
	work := make(chan int)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range work {
				found[i] = s.repository(brief, absolute(e.p.dir, dirs[i]))
			}
		})
	}
	for i := range dirs {
		work <- i
	}
	close(work)
	wg.Wait()
	return append(all, alike(slices.Concat(found...))...)
}

// survey is what all repositories have in common.
type survey struct {
	e      *examination
	self   string // our program
	gitaly install.GitalyConfig
}

// repositoriesBelow finds bare repositories, but none inside of another, no
// wikis, and no links' targets.
func repositoriesBelow(ctx context.Context, root string) (found []string, more bool, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && path == root:
			return err
		case ctx.Err() != nil:
			more = true
			return fs.SkipAll
		case err != nil:
			return fs.SkipDir // not ours to look at; the count tells
		case !d.IsDir():
			return nil
		case isBare(path):
			if !strings.HasSuffix(path, ".wiki.git") && !strings.HasSuffix(path, ".design.git") && filepath.Base(path) != "gitolite-admin.git" {
				found = append(found, path)
			}
			if len(found) > maxRepositories {
				more = true
				found = found[:maxRepositories]
				return fs.SkipAll
			}
			return fs.SkipDir
		}
		return nil
	})
	return found, more, err
}

func isBare(dir string) bool {
	for _, name := range []string{"HEAD", "objects", "config"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// open opens a repository as a hook does: the server has chosen and checked it.
func (s survey) open(dir string) (*repo.Repository, error) {
	return repo.Open(dir, append(slices.Clone(s.e.p.environ), "GIT_DIR="+dir))
}

func (s survey) git(ctx context.Context, dir string) []finding {
	r, err := s.open(dir)
	if err != nil {
		return nil // told of that repository
	}
	version, program, err := r.GitVersion(ctx)
	if err != nil {
		return []finding{repositoryTrouble("git", err)}
	}
	return []finding{{Check: "git", Status: fine, Says: version + ", " + program}}
}

func repositoryTrouble(check string, err error) finding {
	f := finding{Check: check, Status: problem, Says: err.Error()}
	if e, ok := errors.AsType[*repo.Error](err); ok {
		f.Advice = e.Advice
	}
	return f
}

// repository looks at one.
func (s survey) repository(ctx context.Context, dir string) []finding {
	if ctx.Err() != nil {
		return []finding{{Check: "repository", About: dir, Status: skipped, Says: "not looked at, there was no more time (--repo names one)"}}
	}
	if !isBare(dir) {
		return []finding{{Check: "repository", About: dir, Status: problem, Says: "is no bare repository, or " + userWords().name + " may not look into it"}}
	}
	r, err := s.open(dir)
	if err != nil {
		return []finding{about(repositoryTrouble("repository", err), dir)}
	}
	path, setBy, err := r.HooksPath(ctx)
	if err != nil && ctx.Err() == nil {
		return []finding{about(repositoryTrouble("git", err), dir)}
	}
	hook := lookForHooks(dir, path, setBy, s.gitaly, s.self).judge()
	all := append(s.e.layers(dir), about(hook, dir), about(s.format(ctx, r), dir))
	if f, ok := s.missed(ctx, r, dir); ok {
		all = append(all, about(f, dir))
	}
	return all
}

const (
	// missedMost are looked at of the commits that no push on record brought.
	missedMost = 200
	// missedSkew is how far a developer's clock may be ahead.
	missedSkew = 10 * time.Minute
)

// missed finds commits that name issues and came after the last push on record.
func (s survey) missed(ctx context.Context, r *repo.Repository, dir string) (finding, bool) {
	last, known := outbox.FindPushed(s.e.pushed, dir, s.e.p.place().Source("", dir).Project)
	if !known || !s.e.loaded {
		return finding{}, false
	}
	rules, err := plan.Compile(s.e.cfg)
	if err != nil {
		return finding{}, false // the configuration has been told of
	}
	branch, err := r.DefaultBranch()
	if err != nil || !r.HasBranch(ctx, branch) {
		return finding{}, false // its format has been
	}
	commits, err := r.Since(ctx, branch, last.Last.Add(missedSkew), missedMost)
	n := 0
	for _, c := range commits {
		if rules.Parser.HoldsKey(c.Message) {
			n++
		}
	}
	if err != nil || n == 0 {
		return finding{}, false
	}
	return finding{
		Check: "repository", Status: warning,
		Says:   fmt.Sprintf("%s on %s that name issues are newer than the last push on record, of %s: the hook may have missed them", counted(n, "commit"), branch, stamp(last.Last)),
		Advice: "jirahook catch-up " + dir + " tells Jira; unless they were pushed with -o jira.skip",
	}, true
}

// format says how a repository is read.
func (s survey) format(ctx context.Context, r *repo.Repository) finding {
	f := finding{Check: "repository", Status: fine}
	i, err := r.Inspect(ctx)
	switch {
	case ctx.Err() != nil:
		f.Status, f.Says = skipped, "not looked at, there was no more time (--repo names one)"
	case err != nil:
		return repositoryTrouble("repository", err)
	case i.Branches == 0:
		f.Says = "is empty"
	case i.Unborn:
		f.Status, f.Advice = warning, adviceUnborn
		f.Says = fmt.Sprintf("HEAD names the branch %s, which is not there; %s is taken as the default branch", i.Head, i.Default)
	case i.Unsupported() != "":
		f.Says = "is read by git, a little slower, because of: " + strings.TrimSpace(i.Unsupported())
	case i.Outside > staleGraph && i.Graph:
		f.Status, f.Advice = warning, adviceGraph
		f.Says = "the commit-graph is old: " + atLeast(i) + " commits are not in it, and make pushes slower"
	case i.Outside > staleGraph:
		f.Status, f.Advice = warning, adviceGraph
		f.Says = "there is no commit-graph, and " + atLeast(i) + " commits, which makes pushes slower"
	default:
		f.Says = "is read by its files"
		if i.Graph {
			f.Says += " and its commit-graph"
		}
	}
	return f
}

func atLeast(i repo.Inspection) string {
	if i.More {
		return fmt.Sprintf("at least %d", i.Outside)
	}
	return fmt.Sprint(i.Outside)
}

// alike tells what is the same of many repositories once.
func alike(all []finding) []finding {
	type kind struct {
		check        string
		status       status
		says, advice string
		code         int
	}
	var kinds []kind
	about := map[kind][]string{}
	for _, f := range all {
		k := kind{f.Check, f.Status, f.Says, f.Advice, f.code}
		if about[k] == nil {
			kinds = append(kinds, k)
		}
		about[k] = append(about[k], f.About)
	}
	var told []finding
	for _, k := range kinds {
		f := finding{Check: k.check, Status: k.status, Says: k.says, Advice: k.advice, code: k.code, About: someOf(about[k], namedAlike)}
		told = append(told, f)
	}
	return told
}
