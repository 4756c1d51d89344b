package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"jirahook/plan"
)

func commitEntity(name string, at time.Time, issues ...string) plan.Entity {
	return plan.Entity{Kind: plan.EntityCommit, Name: name, Title: "fix " + name, URL: "https://git/" + name, Author: "Ann", At: at, Issues: issues}
}

// has tells in short what is remembered of an issue.
func (w *world) has(issue string) []string {
	w.Helper()
	entities, err := w.Entities(w.Context(), site, issue)
	if err != nil {
		w.Fatal(err)
	}
	var all []string
	for _, e := range entities {
		all = append(all, fmt.Sprintf("%s %s %q %s %s %s", e.Kind, e.Name, e.Title, e.URL, e.Author, e.State))
	}
	return all
}

func (w *world) keepEntities(f facts) {
	w.Helper()
	w.keep(f)
	if in := w.ingest(); len(in.Taken) != 1 {
		w.Fatalf("ingested %+v", in)
	}
}

// What an issue has is told by the last that is known of it, whenever that comes, and
// of its own repository.
func TestEntities(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		then := w.clock.Now()
		branch := func(state string, at time.Time) plan.Entity {
			return plan.Entity{Kind: plan.EntityBranch, Name: "A-1-x", State: state, At: at, Issues: []string{"A-1"}}
		}
		w.keepEntities(facts{Entities: []plan.Entity{commitEntity("c1", then, "A-1", "A-2"), branch(plan.EntityOpen, then)}})
		w.keepEntities(facts{Repository: "lib", Entities: []plan.Entity{commitEntity("c1", then.Add(-time.Hour), "A-1")}})
		first, open := `commit c1 "fix c1" https://git/c1 Ann `, `branch A-1-x ""   open`
		if got := w.has("A-1"); !slices.Equal(got, []string{open, first, first}) {
			t.Errorf("A-1 has %q", got)
		}
		if got := w.has("A-2"); !slices.Equal(got, []string{first}) {
			t.Errorf("A-2 has %q", got)
		}
		// A push that was held comes late; one that takes commits away names no issues.
		w.keepEntities(facts{Entities: []plan.Entity{branch(plan.EntityMerged, then.Add(time.Minute))}})
		w.keepEntities(facts{Entities: []plan.Entity{branch(plan.EntityDeleted, then.Add(time.Second)),
			{Kind: plan.EntityCommit, Name: "c1", State: plan.EntityDeleted, At: then.Add(time.Minute)}, {Kind: plan.EntityCommit, Name: "c9", State: plan.EntityDeleted, At: then}}})
		if got := w.has("A-1"); !slices.Equal(got, []string{`branch A-1-x ""   merged`, first + "deleted", first}) {
			t.Errorf("later A-1 has %q", got)
		}
		// Names that a database cannot tell apart are one.
		w.keepEntities(facts{Entities: []plan.Entity{commitEntity("c\xff", then, "A-3"), commitEntity("c\xfe", then, "A-3", "A-3")}})
		if got := w.has("A-3"); len(got) != 1 {
			t.Errorf("A-3 has %q", got)
		}
	})
}

// A push that is held tells of nothing until it is released.
func TestEntitiesOfHeldPush(t *testing.T) {
	w := newWorld(t, Options{})
	id := w.keep(facts{Hold: "large", Entities: []plan.Entity{commitEntity("c1", w.clock.Now(), "A-1")}})
	w.ingest()
	if got := w.has("A-1"); len(got) > 0 {
		t.Errorf("while it is held: %q", got)
	}
	if err := w.Release(t.Context(), id, w.planner); err != nil {
		t.Fatal(err)
	}
	if got := w.has("A-1"); len(got) != 1 {
		t.Errorf("released: %q", got)
	}
}

// Old entities are forgotten, open branches are not; of its commits an issue keeps the
// last 500.
func TestPruneEntities(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.Outbox.opts.Keep = time.Hour
		now := w.clock.Now()
		old := now.Add(-time.Hour - time.Millisecond)
		all := []plan.Entity{commitEntity("old", old, "A-1"), commitEntity("new", now.Add(-time.Hour), "A-1")}
		for _, state := range []string{plan.EntityOpen, plan.EntityMerged} {
			all = append(all, plan.Entity{Kind: plan.EntityBranch, Name: "b-" + state, State: state, At: old, Issues: []string{"A-1"}})
		}
		all = append(all, plan.Entity{Kind: plan.EntityTag, Name: "t", State: plan.EntityOpen, At: old, Issues: []string{"A-1"}})
		for i := range plan.MaxCommitsOfIssue + 101 {
			all = append(all, commitEntity(fmt.Sprintf("m%d", i), now.Add(time.Duration(-i)*time.Second), "A-2"))
			if i < plan.MaxCommitsOfIssue {
				all = append(all, commitEntity(fmt.Sprintf("f%d", i), now, "A-3"))
			}
		}
		w.keepEntities(facts{Entities: all})
		if err := w.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := w.has("A-1"); !slices.Equal(got, []string{`commit new "fix new" https://git/new Ann `, `branch b-open ""   open`}) {
			t.Errorf("A-1 has %q", got)
		}
		many := w.has("A-2")
		if len(many) != plan.MaxCommitsOfIssue || many[len(many)-1] != `commit m499 "fix m499" https://git/m499 Ann ` {
			t.Errorf("A-2 has %d, the last %q", len(many), many[len(many)-1])
		}
		if got := len(w.has("A-3")); got != plan.MaxCommitsOfIssue {
			t.Errorf("A-3 has %d", got)
		}
	})
}

// An action for several issues has a lane of its own, in its order; it is found by each
// of them, and nobody looks up an issue for it.
func TestActionOfSeveralIssues(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		of := func(id string, concerns ...string) plan.Action {
			a := comment(id, "")
			a.Lane, a.Concerns = "repository app", concerns
			return a
		}
		push := w.push(of("a", "A-1", "A-2"), comment("b", "A-1"))
		w.push(of("c", "A-2"))
		for issue, want := range map[string]string{"A-1": "a b", "A-2": "a c", "A-3": ""} {
			got, err := w.List(t.Context(), Filter{Issue: issue})
			if err != nil || idsOf(got) != want {
				t.Errorf("%s: %q, want %q (%v)", issue, idsOf(got), want, err)
			}
		}
		if r, err := w.Report(t.Context(), push); err != nil || len(r.Actions) != 2 || !slices.Equal(r.Actions[0].Concerns, []string{"A-1", "A-2"}) {
			t.Errorf("reported %+v, %v", r, err)
		}
		if n := w.number("SELECT count(*) FROM lane"); n != 2 {
			t.Errorf("%d lanes", n)
		}
		// The first of the lane is on its way: so it cannot be dropped, and what comes
		// after it waits.
		w.jira.before = func(_ context.Context, a plan.Attempt) *plan.Result {
			if a.Action.ID == "a" {
				if err := w.Drop(t.Context(), "a"); !errors.Is(err, ErrInFlight) {
					t.Errorf("dropped while it is sent: %v", err)
				}
			}
			return nil
		}
		w.deliver()
		if got := w.jira.applied[""]; !slices.Equal(got, []string{"a", "c"}) {
			t.Errorf("sent %q", got)
		}
		for _, some := range w.jira.prepared {
			if slices.Contains(some, "") {
				t.Errorf("looked up %q", w.jira.prepared)
			}
		}
		w.Outbox.opts.Keep = time.Hour
		w.clock.advance(2 * time.Hour)
		if err := w.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := w.number("SELECT count(*) FROM concern"); n != 0 {
			t.Errorf("%d concerns are left", n)
		}
	})
}
