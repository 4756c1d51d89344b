package outbox

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"jirahook/plan"
)

// A slip of the pusher waits for nobody, and is no warning in the log. What was said
// with it may be in Jira: a retry looks there first.
func TestSlip(t *testing.T) {
	var log strings.Builder
	w := newWorld(t, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	a := comment("a", "A-1")
	a.Origin.Pusher, a.Text, a.Because = "ann", "transition: start", "commit 01234567"
	w.jira.before = always(plan.Result{Verdict: plan.Skipped, Slip: true, Uncertain: true, Problem: "#start is ambiguous"})
	r := w.drain(w.push(a)).Actions[0]
	if r.State != Skipped || r.Problem != "#start is ambiguous" {
		t.Errorf("%+v", r)
	}
	if c, err := w.Counts(t.Context()); err != nil || c.Dead > 0 {
		t.Errorf("%+v, %v", c, err)
	}
	for _, part := range []string{"level=INFO", "pusher=ann", "issue=A-1", `because="commit 01234567"`, "#start is ambiguous"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("%q is not in the log:\n%s", part, &log)
		}
	}
	if strings.Contains(log.String(), "WARN") {
		t.Errorf("a warning:\n%s", &log)
	}
	if err := w.Retry(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	var uncertain bool
	w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
		uncertain = a.Uncertain
		return nil
	}
	if _, err := w.DrainAll(t.Context(), w.jira); err != nil || !uncertain {
		t.Errorf("not looked at first: %v", err)
	}
}
