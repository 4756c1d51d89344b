// Package crashtest proves the delivery from outside: the real program as hook,
// worker and deliver, real repositories, a real database, and a Jira that loses
// answers. All of them are killed at random while pushes arrive. In the end each
// issue must hold exactly what was pushed, once and in order.
//
//	crashtest.go  what a run is, from its beginning to its end
//	pushes.go     repositories, their pushes, and what each must do to Jira
//	kills.go      workers, and who is killed when
//	check.go      what Jira holds against what it should hold
//
// Programs and PostgreSQL's postmaster die of SIGKILL. The fake Jira lives in
// this process and is killed at its connections: all are cut and new ones
// refused. That is no kinder than the death of a process with a database: a
// request is carried out wholly or not at all, its answer is lost, and one that
// had just come in may even be carried out after the cut, which the dead would
// not do. Loss of power is not played here; see the tests of package outbox.
//
// A push whose hook is killed before the spool file has its name was never
// accepted, and must leave no trace; from then on it must do all of its work. The
// run finds out which it was from the spool and the database.
package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"jirahook/internal/jiratest"
	"jirahook/internal/pgtest"
)

// Options are of one run.
type Options struct {
	Program string // jirahook, to be run as a process
	Dir     string // an empty folder
	// Seed chooses pushes, faults, victims and moments; the machine's own timing
	// stays its own.
	Seed   uint64
	Kills  int // at least
	Pushes int // at least
	// For is how long pushes arrive, at least.
	For time.Duration
	// Postgres is the fleet's database, with two nodes; nil: one node with SQLite.
	Postgres *pgtest.Server
	Flavour  jiratest.Flavour
	// Pace is the time from push to push of one of the four repositories, if the
	// machine can do it; 0: they come as fast as they can.
	Pace time.Duration
	// Issues is how many issues the repositories share; 0: a dozen.
	Issues int
	// Faults multiplies how often requests go wrong; 0: 1.
	Faults float64
	// OnWorker is told the process id of each worker that begins; may be nil.
	OnWorker func(pid int)
	// Say is told how it goes; nil: nobody is.
	Say func(format string, args ...any)
}

// Result is what a run came to.
type Result struct {
	Kills  map[string]int // by victim
	Pushes int            // accepted
	Absent int            // hooks killed before they had accepted
	Events int            // comments, links, worklogs and transitions that were checked
	Faults int            // requests that met a fault
	Took   time.Duration
}

func (r Result) String() string {
	kills := 0
	for _, n := range r.Kills {
		kills += n
	}
	return fmt.Sprintf("%d kills %v, %d pushes accepted and %d not, %d requests met faults; %d effects in Jira, each once and in order; %.0f s",
		kills, r.Kills, r.Pushes, r.Absent, r.Faults, r.Events, r.Took.Seconds())
}

const (
	repositories = 4
	// sharedIssues are SHOP-1 and so on; each repository has one more for itself.
	// Fewer would run into Cloud's limit of a hundred changes of an issue in half a
	// minute.
	sharedIssues = 12
	timeout      = 2 * time.Second
	// settleFor is how long the rest may take when nobody is killed any more, and
	// settlePush how much longer for each push.
	settleFor  = time.Minute
	settlePush = 300 * time.Millisecond
)

// run is a run under way.
type run struct {
	Options
	// jiras are two: of the issues that the repositories share, and, of another kind,
	// of those that each has for itself.
	jiras []*jiratest.Server
	nodes []*node
	repos []*repository

	hookKills chan struct{} // each is an order to kill one hook
	mu        sync.Mutex    // guards what follows
	result    Result
	failures  []error
	hookTime  time.Duration // how long hooks have taken lately
}

// node is a Git server: an outbox folder with its configuration.
type node struct {
	dir      string
	config   string // file
	database string
}

// Run carries out a run. Its error tells everything that is wrong.
func Run(ctx context.Context, o Options) (Result, error) {
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	if o.OnWorker == nil {
		o.OnWorker = func(int) {}
	}
	if o.Issues == 0 {
		o.Issues = sharedIssues
	}
	if o.Faults == 0 {
		o.Faults = 1
	}
	r := &run{Options: o, hookKills: make(chan struct{}, 1), result: Result{Kills: map[string]int{}}, hookTime: 200 * time.Millisecond}
	began := time.Now()
	stop, err := r.setUp(ctx)
	defer stop()
	if err != nil {
		return r.result, err
	}
	counting, stopCounting := context.WithCancel(ctx)
	defer stopCounting()
	go func() {
		for counting.Err() == nil {
			r.countFaults()
			time.Sleep(time.Second)
		}
	}()
	r.storm(ctx)
	r.Say("the storm is over after %.1f s", time.Since(began).Seconds())
	if err := r.settle(ctx); err != nil {
		r.fail("settle: %w", err)
	}
	r.check()
	r.countFaults()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Took = time.Since(began)
	return r.result, errors.Join(r.failures...)
}

// countFaults also keeps Jira's log of requests short.
func (r *run) countFaults() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, jira := range r.jiras {
		for _, q := range jira.Requests() {
			if q.Fault != "" {
				r.result.Faults++
			}
		}
		jira.ClearRequests()
	}
}

// chance is the randomness of one actor, so that they do not disturb each other.
func (r *run) chance(actor uint64) *rand.Rand { return rand.New(rand.NewPCG(r.Seed, actor)) }

func (r *run) fail(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	r.Say("%v", err)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, err)
}

func (r *run) setUp(ctx context.Context) (stop func(), err error) {
	stop = func() {
		for _, jira := range r.jiras {
			jira.Close()
		}
	}
	other := jiratest.DataCenter10 // Cloud would limit the changes of so few issues
	if r.Flavour == other {
		other = jiratest.Server7
	}
	for i, flavour := range []jiratest.Flavour{r.Flavour, other} {
		jira := jiratest.New(jiratest.Options{
			Flavour: flavour, Seed: r.Seed + uint64(i), Latency: 5 * time.Millisecond, CommentLimit: 1 << 30, WorklogLimit: 1 << 30, LinkLimit: 1 << 30,
		})
		if err := jira.Start(); err != nil {
			return stop, err
		}
		r.jiras = append(r.jiras, jira)
		if err := r.injectFaults(jira); err != nil {
			return stop, err
		}
	}
	r.jiras[0].AddProject("SHOP", jiratest.SimpleWorkflow())
	r.jiras[1].AddProject("OWN", jiratest.SimpleWorkflow())
	for i := range r.Issues {
		r.jiras[0].AddIssue(fmt.Sprint("SHOP-", i+1), "Shared")
	}
	for i := range repositories {
		r.jiras[1].AddIssue(ownIssue(i), "Of one repository")
	}
	database, nodes := "sqlite", 1
	if r.Postgres != nil {
		schema, err := r.Postgres.NewSchema(ctx)
		if err != nil {
			return stop, err
		}
		database, nodes = r.Postgres.Address(schema), 2
	}
	for i := range nodes {
		n, err := r.newNode(filepath.Join(r.Dir, fmt.Sprint("node", i)), database)
		if err != nil {
			return stop, err
		}
		r.nodes = append(r.nodes, n)
	}
	for i := range repositories {
		repo, err := r.newRepository(ctx, i, r.nodes[i%nodes])
		if err != nil {
			return stop, err
		}
		r.repos = append(r.repos, repo)
	}
	return stop, nil
}

// injectFaults: of each hundred changes a dozen go wrong, most of them after they
// were carried out, and of each hundred questions two.
func (r *run) injectFaults(jira *jiratest.Server) error {
	var errs []error
	for _, f := range []jiratest.Fault{
		{Kind: jiratest.Drop, Method: "POST", Applied: true, Probability: 0.02},
		{Kind: jiratest.Drop, Method: "POST", Probability: 0.01},
		{Kind: jiratest.StatusCode, Method: "POST", Status: 500, Applied: true, Probability: 0.03},
		{Kind: jiratest.StatusCode, Method: "POST", Status: 500, Probability: 0.01},
		{Kind: jiratest.StatusCode, Method: "POST", Status: 503, Applied: true, Probability: 0.005},
		{Kind: jiratest.RateLimited, Method: "POST", RetryAfter: "1", Probability: 0.005},
		{Kind: jiratest.HTML, Method: "POST", Probability: 0.01},
		{Kind: jiratest.Truncated, Method: "POST", Probability: 0.01},
		{Kind: jiratest.Late, Method: "POST", Delay: timeout / 2, Probability: 0.01},
		{Kind: jiratest.Hang, Method: "POST", Applied: true, Delay: 2 * timeout, Probability: 0.005},
		{Kind: jiratest.StatusCode, Method: "GET", Status: 502, Probability: 0.005},
		{Kind: jiratest.Truncated, Method: "GET", Probability: 0.015},
	} {
		f.Times = jiratest.Forever
		f.Probability *= r.Faults
		errs = append(errs, jira.Inject(f))
	}
	return errors.Join(errs...)
}

func (r *run) newNode(dir, database string) (*node, error) {
	// The defaults of both kinds of Jira hold the same credentials but for the user's name.
	settings := func(jira *jiratest.Server) string {
		user, _, _ := jira.Credentials()
		return fmt.Sprintf("{url: %q, auth: {type: basic, username: %q, secret_file: %s}, timeout: %s, rate: 1000", jira.URL(), user, filepath.Join(dir, "token"), timeout)
	}
	_, secret, _ := r.jiras[0].Credentials()
	config := fmt.Sprintf("version: 1\njira: %s}\nsites: [%s, name: own, projects: [OWN]}]\n"+
		"projects: [SHOP]\nserver: {kind: gitlab, url: \"https://git.example.com\", root: %s}\n"+
		"outbox: {dir: %s, database: %q}\ndelivery: {wait: 2s, workers: 4}\n",
		settings(r.jiras[0]), settings(r.jiras[1]), r.Dir, filepath.Join(dir, "outbox"), database)
	n := &node{dir: filepath.Join(dir, "outbox"), config: filepath.Join(dir, "config.yaml"), database: database}
	return n, errors.Join(
		os.MkdirAll(dir, 0o700),
		os.WriteFile(filepath.Join(dir, "token"), []byte(secret+"\n"), 0o600),
		os.WriteFile(n.config, []byte(config), 0o600))
}

// command is the program on a node.
func (r *run) command(ctx context.Context, n *node, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, r.Program, args...)
	cmd.Dir = r.Dir
	cmd.Env = append(os.Environ(), "JIRAHOOK_CONFIG="+n.config, "GORACE=atexit_sleep_ms=0")
	return cmd
}

// settle has everything delivered that is left, with faults as before.
func (r *run) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleFor+time.Duration(r.result.Pushes)*settlePush)
	defer cancel()
	for {
		waits := ""
		for _, n := range r.nodes {
			deliver, err := r.command(ctx, n, "deliver").CombinedOutput()
			if err != nil {
				waits += string(deliver)
			}
			list, err := r.command(ctx, n, "queue", "list", "--json").CombinedOutput()
			if err != nil || strings.TrimSpace(string(list)) != "[]" {
				waits += string(list)
			}
		}
		if waits == "" {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("something waits or was refused: %s", waits)
		}
		time.Sleep(200 * time.Millisecond)
	}
}
