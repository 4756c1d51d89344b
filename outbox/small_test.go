package outbox

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// Who takes in all pushes also removes what a crash has left, and who takes in his
// own leaves that to others.
func TestIngestSweeps(t *testing.T) {
	for _, all := range []bool{true, false} {
		w := newWorld(t, Options{})
		id := w.keep(facts{Actions: []plan.Action{comment("a", "A-1")}})
		half := filepath.Join(w.spool.Dir(), ".half.tmp")
		if err := os.WriteFile(half, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(half, time.Time{}, time.Now().Add(-2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if all {
			w.ingest()
		} else if _, _, err := w.DeliverPush(t.Context(), w.spool, w.planner, id, w.jira); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(half); err == nil == all {
			t.Errorf("all pushes %v: %v", all, err)
		}
	}
}

// Whoever cannot begin says so.
func TestDrainAllWithoutDatabase(t *testing.T) {
	w := newWorld(t, Options{})
	w.push(comment("a", "A-1"))
	if _, err := w.db.DB.Exec("DROP TABLE lane"); err != nil {
		t.Fatal(err)
	}
	d := &drainer{Outbox: w.Outbox, sender: w.jira}
	if err := d.drainAll(t.Context()); err == nil || !strings.Contains(err.Error(), "begin") {
		t.Errorf("%v", err)
	}
	if w.jira.sent() != 0 {
		t.Error("sent something")
	}
}

// A comment that may take the place of an earlier one is sent once, and as it is,
// where nobody else told its issue.
func TestNewFormAlone(t *testing.T) {
	w := newWorld(t, Options{})
	a := comment("a", "A-1")
	a.Comment.Edits = []string{"v"}
	var sent []plan.Action
	w.jira.set(func(j *jira) {
		j.before = func(_ context.Context, a plan.Attempt) *plan.Result {
			sent = append(sent, a.Action)
			return nil
		}
	})
	w.drain(w.push(a))
	if len(sent) != 1 || sent[0].Comment.OnlyEdit {
		t.Errorf("sent %+v", sent)
	}
}

// A site that is away asks to be left alone for long, while another attempt was
// under way: the longer time counts, and a shorter one changes nothing.
func TestAwayTwiceAtOnce(t *testing.T) {
	w := newWorld(t, Options{})
	w.push(comment("a", "A-1"))
	now := store.Millis(w.clock.Now())
	away := func(after time.Duration) Site {
		t.Helper()
		if err := w.db.Write(t.Context(), "pause", func(s store.Session) error {
			return w.pauseAway(s, site, plan.Result{Verdict: plan.Away, RetryAfter: after}, now)
		}); err != nil {
			t.Fatal(err)
		}
		return w.site()
	}
	for _, step := range []struct{ after, until time.Duration }{{0, 2 * time.Second}, {0, 2 * time.Second}, {time.Second, 2 * time.Second}, {time.Hour, time.Hour}, {time.Minute, time.Hour}, {0, time.Hour}} {
		if s := away(step.after); s.Pause != PauseAway || !s.Next.Equal(w.clock.Now().Add(step.until)) || s.Reason != "Jira does not answer" {
			t.Errorf("asked to wait %v: %+v", step.after, s)
		}
	}
}
