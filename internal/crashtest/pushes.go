package crashtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite"

	"jirahook/outbox/spool"
)

// the driver "sqlite"

// repository is one with its pushes, which come one after the other.
type repository struct {
	number int
	dir    string
	node   *node
	tip    string
	pushes int
	status int // of its own issue: a place in the cycle
	want   map[string][]string
}

func ownIssue(repo int) string { return fmt.Sprint("OWN-", repo+1) }

// cycle is the way that the issue of each repository goes round.
func cycle() (commands, statuses []string) {
	return []string{"start-progress", "start-review", "done", "reopen"}, []string{"To Do", "In Progress", "In Review", "Done"}
}

func (r *run) newRepository(ctx context.Context, number int, n *node) (*repository, error) {
	repo := &repository{number: number, dir: filepath.Join(r.Dir, fmt.Sprintf("repo%d.git", number)), node: n, want: map[string][]string{}}
	if _, err := git(ctx, "", "init", "-q", "--bare", "-b", "main", repo.dir); err != nil {
		return nil, err
	}
	if number%2 == 1 { // its hooks only keep; others deliver
		if err := os.WriteFile(filepath.Join(repo.dir, "jirahook.yaml"), []byte("delivery: {wait: 0s}\n"), 0o600); err != nil {
			return nil, err
		}
	}
	tree, err := git(ctx, repo.dir, "hash-object", "-w", "-t", "tree", "/dev/null")
	if err != nil {
		return nil, err
	}
	repo.tip, err = git(ctx, repo.dir, "commit-tree", "-m", "begin", tree)
	if err != nil {
		return nil, err
	}
	_, err = git(ctx, repo.dir, "update-ref", "refs/heads/main", repo.tip)
	return repo, err
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	return gitAt(ctx, dir, time.Now().Add(-48*time.Hour), args...)
}

func gitAt(ctx context.Context, dir string, when time.Time, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	date := fmt.Sprintf("@%d +0000", when.Unix())
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_AUTHOR_DATE="+date,
		"GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com", "GIT_COMMITTER_DATE="+date)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// change is a push: its message, and what it must do to each issue, in order.
type change struct {
	message string
	effects map[string][]string
	moves   bool
}

// next makes up a push. Effects are named by what they carry.
func (repo *repository) next(chance *rand.Rand, issues int) change {
	token := fmt.Sprintf("%d-%d", repo.number, repo.pushes)
	issue := fmt.Sprint("SHOP-", 1+chance.IntN(issues))
	other := fmt.Sprint("SHOP-", 1+chance.IntN(issues))
	c := change{effects: map[string][]string{}}
	told := func() []string { return []string{"comment push-" + token, "link push-" + token} }
	c.effects[issue] = told()
	subject := issue
	if other != issue && chance.IntN(3) == 0 {
		subject += ", " + other
		c.effects[other] = told()
	}
	c.message = subject + " push-" + token + "\n\n"
	if chance.IntN(2) == 0 {
		c.message += issue + " #comment said-" + token + "\n"
		c.effects[issue] = append(c.effects[issue], "comment said-"+token)
	}
	if chance.IntN(2) == 0 {
		c.message += issue + " #time 5m logged-" + token + "\n"
		c.effects[issue] = append(c.effects[issue], "worklog logged-"+token)
	}
	if chance.IntN(2) == 0 {
		commands, statuses := cycle()
		own := ownIssue(repo.number)
		c.message += own + " #" + commands[repo.status] + "\n"
		c.effects[own] = append(told(), "transition "+statuses[repo.status]+" → "+statuses[(repo.status+1)%len(statuses)])
		c.moves = true
	}
	return c
}

// push makes a commit and runs the hook for it, which may be killed, and notes
// what Jira must hold from then on.
func (r *run) push(ctx context.Context, repo *repository, chance *rand.Rand) error {
	repo.pushes++
	c := repo.next(chance, r.Issues)
	tree, err := git(ctx, repo.dir, "rev-parse", repo.tip+"^{tree}")
	if err != nil {
		return err
	}
	// A change is known by its author date, so no two have the same.
	when := time.Now().Add(-72 * time.Hour).Truncate(72 * time.Hour).Add(time.Duration(repo.pushes*repositories+repo.number) * time.Second)
	commit, err := gitAt(ctx, repo.dir, when, "commit-tree", "-p", repo.tip, "-m", c.message, tree)
	if err == nil {
		_, err = git(ctx, repo.dir, "update-ref", "refs/heads/main", commit)
	}
	if err != nil {
		return err
	}
	old := repo.tip
	repo.tip = commit
	accepted, err := r.hook(ctx, repo, old+" "+commit+" refs/heads/main\n", chance)
	if err != nil {
		return fmt.Errorf("push %d of repository %d: %w", repo.pushes, repo.number, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !accepted {
		r.result.Absent++
		return nil
	}
	r.result.Pushes++
	for issue, effects := range c.effects {
		repo.want[issue] = append(repo.want[issue], effects...)
		r.result.Events += len(effects)
	}
	if c.moves {
		commands, _ := cycle()
		repo.status = (repo.status + 1) % len(commands)
	}
	return nil
}

// hook runs the hook, and reports whether the push was accepted.
func (r *run) hook(ctx context.Context, repo *repository, lines string, chance *rand.Rand) (accepted bool, err error) {
	var out strings.Builder
	cmd := r.command(ctx, repo.node, "post-receive")
	cmd.Dir, cmd.Env = repo.dir, append(cmd.Env, "GIT_DIR=.")
	cmd.Stdin, cmd.Stderr = strings.NewReader(lines), &out
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return false, err
	}
	kill := time.NewTimer(time.Hour)
	defer kill.Stop()
	select {
	case <-r.hookKills:
		kill.Reset(time.Duration(chance.Float64() * 1.2 * float64(r.typicalHook())))
	default:
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err = <-ended:
		r.noteHook(time.Since(began))
		if err != nil {
			return false, fmt.Errorf("the hook failed: %w: %s", err, out.String())
		}
		return true, nil
	case <-kill.C:
	}
	_ = cmd.Process.Kill()
	if err := <-ended; err == nil {
		return true, nil // it was faster
	}
	r.count("hook")
	return r.isKept(ctx, repo.node, cmd.Process.Pid, began)
}

func (r *run) typicalHook() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hookTime
}

func (r *run) noteHook(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hookTime = (9*r.hookTime + d) / 10
}

// isKept looks for a push by the process that named it: in the spool, and then
// in the database, to which it may have gone meanwhile.
func (r *run) isKept(ctx context.Context, n *node, pid int, since time.Time) (bool, error) {
	first := spool.NewID(since.Add(-time.Millisecond), 0, strings.NewReader(""), "")
	var names []string
	for _, folder := range []string{"spool", "spool/again", "spool/last", "spool/bad"} {
		some, err := filepath.Glob(filepath.Join(n.dir, folder, fmt.Sprintf("*-%d-*.push", pid)))
		if err != nil {
			return false, err
		}
		names = append(names, some...)
	}
	for _, name := range names {
		if filepath.Base(name) >= first {
			return true, nil
		}
	}
	var failed error
	for range 300 { // the database may have been killed itself
		kept := 0
		failed = r.ask(ctx, n, fmt.Sprintf("SELECT count(*) FROM push WHERE id LIKE '%%-%d-%%' AND id >= '%s'", pid, first), &kept)
		if failed == nil || errors.Is(failed, errNoDatabase) {
			return kept > 0, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return false, failed
}

var errNoDatabase = errors.New("there is no database yet")

// ask asks the outbox's database for one value.
func (r *run) ask(ctx context.Context, n *node, query string, into any) error {
	driver, address := "sqlite", "file:"+filepath.Join(n.dir, "outbox.db")+"?mode=ro&_pragma=busy_timeout(5000)"
	if r.Postgres != nil {
		driver, address = "pgx", n.database
	} else if _, err := os.Stat(filepath.Join(n.dir, "outbox.db")); err != nil {
		return errNoDatabase
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		return err
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, query).Scan(into)
	if err != nil && (strings.Contains(err.Error(), "no such table") || strings.Contains(err.Error(), "42P01")) {
		return errNoDatabase
	}
	return err
}
