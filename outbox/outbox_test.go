package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"jirahook/outbox/spool"
	"jirahook/outbox/store"
	"jirahook/plan"
)

const site = "https://jira.example.com"

// TestMain lets the test binary play other processes.
func TestMain(m *testing.M) {
	if play, ok := roles()[os.Getenv("OUTBOX_TEST_ROLE")]; ok {
		if err := play(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	stopPostgres()
	os.Exit(code)
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// facts is what the tests' planner plans: its actions, but for those whose
// records are there.
type facts struct {
	Push, Repository string
	Time             time.Time
	Actions          []plan.Action
	Records          []plan.Record
	Hold             string
	Note             string
	Entities         []plan.Entity
}

// planner plans facts. Broken makes it fail for a repository.
type planner struct {
	mu     sync.Mutex
	broken map[string]error
	seen   []plan.Known
}

func (p *planner) Plan(_ context.Context, data []byte, known plan.Known) (plan.Plan, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, known)
	var f facts
	if err := json.Unmarshal(data, &f); err != nil {
		return plan.Plan{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	planned := plan.Plan{Push: f.Push, Repository: f.Repository, RepositoryPath: "group/" + f.Repository, Pusher: "ann", Time: f.Time, Site: site}
	if err := p.broken[f.Repository]; err != nil {
		return planned, err
	}
	if f.Hold != "" && !known.Released {
		planned.Held = f.Hold
	}
	planned.Records, planned.Entities = f.Records, f.Entities
	if f.Note != "" {
		planned.Notes = []plan.Note{{Text: f.Note}}
	}
	asked := map[string]bool{}
	for _, a := range f.Actions {
		a.Origin.Push = f.Push
		fresh := true
		for _, r := range a.Records {
			if !asked[r.ID] {
				asked[r.ID] = true
				planned.Asked = append(planned.Asked, r.ID)
			}
			fresh = fresh && len(known.Records[r.ID]) == 0
		}
		if fresh {
			planned.Actions = append(planned.Actions, a)
		}
	}
	return planned, nil
}

// comment is an action with one record of its own.
func comment(id, issue string) plan.Action {
	return plan.Action{
		ID: id, Site: site, Issue: issue, Kind: plan.KindComment, Text: "comment on " + issue, Because: "commit 1234567",
		Comment: &plan.Comment{Body: id, Marker: id},
		Records: []plan.Record{{ID: "record-" + id, Commit: "c-" + id, When: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Detail: "x"}},
		Origin:  plan.Origin{Repository: "group/app"},
	}
}

// world is an outbox with everything around it.
type world struct {
	*testing.T
	*Outbox
	clock   *clock
	spool   *spool.Spool
	planner *planner
	jira    *jira
	opts    Options
	pushes  int
}

// databases runs a test on every database there is.
func databases(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, newWorld(t, Options{})) })
	t.Run("postgres", func(t *testing.T) { test(t, newWorld(t, Options{Database: postgresShared(t)})) })
}

func newWorld(t *testing.T, opts Options) *world {
	t.Helper()
	opts.Dir = t.TempDir()
	return newWorldIn(t, opts)
}

// newWorldIn is the world around an outbox that may be there.
func newWorldIn(t *testing.T, opts Options) *world {
	t.Helper()
	c := newClock()
	opts.Now = c.Now
	opts.Random = func() float64 { return 0.5 } // a back-off is what it says
	if opts.Lease == 0 {
		opts.Lease = time.Minute // of the test's clock
	}
	if opts.Workers == 0 {
		opts.Workers = 4
	}
	if opts.GiveUpAfter == 0 {
		opts.GiveUpAfter = 7 * 24 * time.Hour
	}
	if opts.Database == "" { // "sqlite" is for those who watch it being made
		withTables(t, opts.Dir)
	}
	w := &world{T: t, clock: c, planner: &planner{broken: map[string]error{}}, jira: newJira(), opts: opts}
	w.Outbox = w.open()
	var err error
	if w.spool, err = spool.Open(opts.Dir); err != nil {
		t.Fatal(err)
	}
	w.spool.Budgets = spool.Budgets{Inline: time.Minute, Again: time.Minute, Last: time.Minute} // of a slow machine
	return w
}

// newTables are the files of an outbox that nothing was written to, by name.
var newTables = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "outbox")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	o, err := Open(context.Background(), Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	if err := o.Close(); err != nil {
		return nil, err
	}
	in, err := os.ReadDir(dir)
	files := map[string][]byte{}
	for _, e := range in {
		if e.Type().IsRegular() && err == nil {
			files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name()))
		}
	}
	return files, err
})

// withTables lays out an outbox that has its tables, unless there is one: to make
// them takes longer than most tests.
func withTables(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(dir, store.MigrateTurn+".lock")); err == nil {
		return
	}
	files, err := newTables()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// open opens the outbox once more, as another process would.
func (w *world) open() *Outbox {
	w.Helper()
	o, err := Open(w.Context(), w.opts)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		if err := o.Close(); err != nil {
			w.Error(err)
		}
	})
	return o
}

// keep spools a push and returns its id.
func (w *world) keep(f facts) string {
	w.Helper()
	w.pushes++
	if f.Push == "" {
		f.Push = fmt.Sprintf("push-%04d", w.pushes)
	}
	if f.Repository == "" {
		f.Repository = "app"
	}
	if f.Time.IsZero() {
		f.Time = w.clock.Now()
	}
	data, err := json.Marshal(f)
	if err != nil {
		w.Fatal(err)
	}
	if err := w.spool.Write(f.Push, data); err != nil {
		w.Fatal(err)
	}
	return f.Push
}

func (w *world) ingest() Ingested {
	w.Helper()
	in, err := w.Ingest(w.Context(), w.spool, w.planner)
	if err != nil {
		w.Fatal(err)
	}
	return in
}

// push keeps and ingests a push of these actions.
func (w *world) push(actions ...plan.Action) string {
	w.Helper()
	id := w.keep(facts{Actions: actions})
	if in := w.ingest(); !slices.Contains(in.Taken, id) {
		w.Fatalf("push %s was not taken: %+v", id, in)
	}
	return id
}

// deliverPush delivers a push by some process's outbox.
func (w *world) deliverPush(ctx context.Context, o *Outbox, push string) (PushReport, error) {
	_, r, err := o.DeliverPush(ctx, w.spool, w.planner, push, w.jira)
	return r, err
}

func (w *world) drain(push string) PushReport {
	w.Helper()
	r, err := w.deliverPush(w.Context(), w.Outbox, push)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func (w *world) deliver() Summary {
	w.Helper()
	s, err := w.DrainAll(w.Context(), w.jira)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// states is "a done, b queued": the actions of a push.
func (w *world) states(push string) string {
	w.Helper()
	r, err := w.Report(w.Context(), push)
	if err != nil {
		w.Fatal(err)
	}
	var all []string
	for _, a := range r.Actions {
		all = append(all, a.ID+" "+string(a.State))
	}
	return strings.Join(all, ", ")
}

func (w *world) wantStates(push, want string) {
	w.Helper()
	if got := w.states(push); got != want {
		w.Errorf("%s: %s; want %s", push, got, want)
	}
}

func (w *world) action(id string) Detail {
	w.Helper()
	d, err := w.Show(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return d
}

func (w *world) number(query string, args ...any) int {
	w.Helper()
	n := 0
	if err := w.db.Read(w.Context(), "count", func(s store.Session) error { return s.Row(query, args...).Scan(&n) }); err != nil {
		w.Fatal(err)
	}
	return n
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error is %v, want %v", err, want)
	}
}

func newSpool(t *testing.T) *spool.Spool {
	t.Helper()
	s, err := spool.Open(filepath.Join(t.TempDir(), "outbox"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// files are the names of everything in the spool.
func files(t *testing.T, s *spool.Spool) []string {
	t.Helper()
	entries, err := os.ReadDir(s.Dir())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
