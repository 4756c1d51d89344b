package outbox

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"jirahook/plan"
)

// jira is a Jira in memory, and the sender that talks to it. Before plays
// faults: what it returns, if anything, is the result.
type jira struct {
	mu       sync.Mutex
	applied  map[string][]string // by issue: action ids in order
	flying   map[string]int
	sends    []plan.Attempt
	probes   []plan.Action
	prepared [][]string
	faults   []string // what must not be

	issues      map[string]plan.Issue // by key, of those that were moved
	before      func(ctx context.Context, a plan.Attempt) *plan.Result
	probe       func(ctx context.Context, a plan.Action) plan.Result
	fingerprint func(a plan.Action) string
}

func newJira() *jira { return &jira{applied: map[string][]string{}, flying: map[string]int{}} }

func (j *jira) Prepare(_ context.Context, actions []plan.Action) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var issues []string
	for _, a := range actions {
		issues = append(issues, a.Issue)
	}
	j.prepared = append(j.prepared, issues)
}

func (j *jira) Send(ctx context.Context, a plan.Attempt) plan.Result {
	j.mu.Lock()
	j.sends = append(j.sends, a)
	if j.flying[a.Action.Issue]++; j.flying[a.Action.Issue] > 1 {
		j.faults = append(j.faults, "two requests at once for "+a.Action.Issue)
	}
	before := j.before
	j.mu.Unlock()
	defer func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.flying[a.Action.Issue]--
	}()
	a.Found(j.issue(a.Action.Issue))
	if a.Uncertain && j.has(a.Action) {
		return j.done(a)
	}
	if before != nil {
		if r := before(ctx, a); r != nil {
			return *r
		}
	}
	if err := a.Sending("memo of " + a.Action.ID); err != nil {
		return plan.Result{Verdict: plan.Later, Problem: err.Error()}
	}
	j.apply(a.Action)
	return j.done(a)
}

func (j *jira) done(a plan.Attempt) plan.Result {
	return plan.Result{Verdict: plan.Done, Words: "comment", Exchange: "POST comment: 201", Issue: j.issue(a.Action.Issue)}
}

func (j *jira) issue(key string) plan.Issue {
	j.mu.Lock()
	defer j.mu.Unlock()
	if i, ok := j.issues[key]; ok {
		return i
	}
	return plan.Issue{ID: "id of " + key, Key: key, Summary: "Summary of " + key, Status: "Open"}
}

func (j *jira) apply(a plan.Action) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if slices.Contains(j.applied[a.Issue], a.ID) {
		j.faults = append(j.faults, a.ID+" was done twice")
	}
	j.applied[a.Issue] = append(j.applied[a.Issue], a.ID)
}

func (j *jira) has(a plan.Action) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Contains(j.applied[a.Issue], a.ID)
}

func (j *jira) Probe(ctx context.Context, a plan.Action) plan.Result {
	j.mu.Lock()
	j.probes = append(j.probes, a)
	probe := j.probe
	j.mu.Unlock()
	if probe != nil {
		return probe(ctx, a)
	}
	return plan.Result{Verdict: plan.Done}
}

func (j *jira) Fingerprint(a plan.Action) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fingerprint != nil {
		return j.fingerprint(a)
	}
	return "f1"
}

func (j *jira) set(fn func(*jira)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	fn(j)
}

func (j *jira) sent() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.sends)
}

func (j *jira) probed() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.probes)
}

// check fails the test for anything that must not be, and compares what Jira
// holds: "A-1: a b".
func (j *jira) check(t *testing.T, want ...string) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, f := range j.faults {
		t.Error(f)
	}
	var got []string
	for _, issue := range slices.Sorted(maps.Keys(j.applied)) {
		got = append(got, issue+": "+strings.Join(j.applied[issue], " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("Jira holds %q, want %q", got, want)
	}
}

// always answers every request, before it goes out, with r.
func always(r plan.Result) func(context.Context, plan.Attempt) *plan.Result {
	return func(context.Context, plan.Attempt) *plan.Result { return &r }
}
