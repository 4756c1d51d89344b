package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"jirahook/config"
	"jirahook/install"
	"jirahook/outbox"
	"jirahook/plan"
	"jirahook/repo"
	"jirahook/words"
)

const (
	// examinedFor is how long repositories are looked at.
	examinedFor = 2000 * time.Millisecond
	// staleGraph is how many commits outside of the commit-graph cost a push more
	// than it should.
	staleGraph = 2000
)

// repositories looks at hooks and formats of all that were asked for.
func (e *examination) repositories(ctx context.Context) []Finding {
	var all []Finding
	dirs := slices.Clone(e.options.Repositories)
	below := e.options.Below
	if len(dirs) == 0 && len(below) == 0 && e.cfg.Server.Root != "" {
		below = []string{e.cfg.Server.Root}
	}
	brief, cancel := context.WithTimeout(ctx, examinedFor)
	defer cancel()
	for _, dir := range below {
		found, more, err := repo.Below(brief, config.Absolute(e.Place.Dir, dir))
		switch {
		case err != nil:
			all = append(all, Finding{Check: "repository", About: dir, Status: Problem, Says: err.Error()})
		case len(found) == 0 && !more:
			all = append(all, Finding{Check: "repository", About: dir, Status: Warning, Says: "no bare repository is below it"})
		case more:
			all = append(all, Finding{Check: "repository", About: dir, Status: Skipped, Says: fmt.Sprintf("only %d repositories were looked for: there are more, or there was no more time", len(found))})
		}
		dirs = append(dirs, found...)
	}
	if len(dirs) == 0 {
		return append(all, Finding{Check: "hook", Status: Skipped, Says: "no repository was named: --repo DIR, --all-under DIR, or server.root in the configuration"})
	}
	s := survey{e: e}
	var err error
	named := e.options.Gitaly
	if named != "" {
		named = config.Absolute(e.Place.Dir, named)
	}
	if s.gitaly, _, err = install.FindGitaly(named); err != nil {
		all = append(all, Finding{Check: "hook", Status: Problem, Says: err.Error()})
	}
	if e.options.CustomHooks != "" {
		s.gitaly.Hooks.Dir = e.options.CustomHooks
	}
	all = append(all, s.git(ctx, config.Absolute(e.Place.Dir, dirs[0]))...)
	found := make([][]Finding, len(dirs))
	work := make(chan int)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range work {
				found[i] = s.repository(brief, config.Absolute(e.Place.Dir, dirs[i]))
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
	gitaly install.GitalyConfig
}

// open opens a repository as a hook does: the server has chosen and checked it.
func (s survey) open(dir string) (*repo.Repository, error) {
	return repo.Open(dir, append(slices.Clone(s.e.Environ), "GIT_DIR="+dir))
}

func (s survey) git(ctx context.Context, dir string) []Finding {
	r, err := s.open(dir)
	if err != nil {
		return nil // told of that repository
	}
	version, program, err := r.GitVersion(ctx)
	if err != nil {
		return []Finding{repositoryTrouble("git", err)}
	}
	return []Finding{{Check: "git", Status: Fine, Says: version + ", " + program}}
}

func repositoryTrouble(check string, err error) Finding {
	f := Finding{Check: check, Status: Problem, Says: err.Error()}
	if e, ok := errors.AsType[*repo.Error](err); ok {
		f.Advice = e.Advice
	}
	return f
}

// repository looks at one.
func (s survey) repository(ctx context.Context, dir string) []Finding {
	if ctx.Err() != nil {
		return []Finding{{Check: "repository", About: dir, Status: Skipped, Says: "not looked at, there was no more time (--repo names one)"}}
	}
	if !repo.IsBare(dir) {
		return []Finding{{Check: "repository", About: dir, Status: Problem, Says: "is no bare repository, or " + s.e.User.Name + " may not look into it"}}
	}
	r, err := s.open(dir)
	if err != nil {
		return []Finding{about(repositoryTrouble("repository", err), dir)}
	}
	path, setBy, err := r.HooksPath(ctx)
	if err != nil && ctx.Err() == nil {
		return []Finding{about(repositoryTrouble("git", err), dir)}
	}
	hook := lookForHooks(dir, path, setBy, s.gitaly, s.e.Program).judge(s.e.User.Name)
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
func (s survey) missed(ctx context.Context, r *repo.Repository, dir string) (Finding, bool) {
	last, known := outbox.FindPushed(s.e.pushed, dir, s.e.Place.Source("", dir).Project)
	if !known || !s.e.loaded {
		return Finding{}, false
	}
	rules, err := plan.Compile(s.e.cfg)
	if err != nil {
		return Finding{}, false // the configuration has been told of
	}
	branch, err := r.DefaultBranch()
	if err != nil || !r.HasBranch(ctx, branch) {
		return Finding{}, false // its format has been
	}
	commits, err := r.Since(ctx, branch, last.Last.Add(missedSkew), missedMost)
	n := 0
	for _, c := range commits {
		if rules.Parser.HoldsKey(c.Message) {
			n++
		}
	}
	if err != nil || n == 0 {
		return Finding{}, false
	}
	return Finding{
		Check: "repository", Status: Warning,
		Says:   fmt.Sprintf("%s on %s that name issues are newer than the last push on record, of %s: the hook may have missed them", words.Counted(n, "commit"), branch, words.Stamp(last.Last)),
		Advice: "jirahook catch-up " + dir + " tells Jira; unless they were pushed with -o jira.skip",
	}, true
}

// format says how a repository is read.
func (s survey) format(ctx context.Context, r *repo.Repository) Finding {
	f := Finding{Check: "repository", Status: Fine}
	i, err := r.Inspect(ctx)
	switch {
	case ctx.Err() != nil:
		f.Status, f.Says = Skipped, "not looked at, there was no more time (--repo names one)"
	case err != nil:
		return repositoryTrouble("repository", err)
	case i.Branches == 0:
		f.Says = "is empty"
	case i.Unborn:
		f.Status, f.Advice = Warning, adviceUnborn
		f.Says = fmt.Sprintf("HEAD names the branch %s, which is not there; %s is taken as the default branch", i.Head, i.Default)
	case i.Unsupported() != "":
		f.Says = "is read by git, a little slower, because of: " + strings.TrimSpace(i.Unsupported())
	case i.Outside > staleGraph && i.Graph:
		f.Status, f.Advice = Warning, adviceGraph
		f.Says = "the commit-graph is old: " + atLeast(i) + " commits are not in it, and make pushes slower"
	case i.Outside > staleGraph:
		f.Status, f.Advice = Warning, adviceGraph
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
