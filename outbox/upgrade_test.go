package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/outbox/store"
	"jirahook/plan"
	"jirahook/push"
)

// rules plan as the hook's planner does.
type rules struct {
	*plan.Rules
	seen []plan.Plan
}

func newRules(t *testing.T) *rules {
	t.Helper()
	cfg := config.Default()
	cfg.Jira.URL = site
	cfg.Projects = config.Projects{Keys: []string{"SHOP", "OPS"}}
	cfg.Server = config.Server{Kind: "gitlab", URL: "https://git.example.com"}
	compiled, err := plan.Compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &rules{Rules: compiled}
}

func (r *rules) Plan(_ context.Context, facts []byte, known plan.Known) (plan.Plan, error) {
	var p push.Push
	if err := json.Unmarshal(facts, &p); err != nil {
		return plan.Plan{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	planned := r.Rules.Plan(p, known)
	r.seen = append(r.seen, planned)
	return planned, nil
}

// pushOf is a push of commits to a branch, each on the one before.
func pushOf(id, branch string, commits ...push.Commit) push.Push {
	p := push.Push{
		ID: id, Time: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
		Repository: push.Repository{ID: "app", Path: "team/app", Dir: "/srv/git/team/app.git", DefaultBranch: "main"},
		Updates:    []push.Update{{Ref: "refs/heads/" + branch, Old: "base", New: commits[len(commits)-1].ID}},
	}
	for i, c := range commits {
		c.New, c.Branch, c.Arrives = true, branch, []string{branch}
		if c.Parents = []string{"base-" + id}; i > 0 {
			c.Parents = []string{commits[i-1].ID}
		}
		p.Commits = append(p.Commits, c)
	}
	return p
}

// commitOf is a commit of Ann's, written in a minute of the day and committed as
// much later.
func commitOf(id string, minute, later int, tree, message string) push.Commit {
	when := time.Date(2026, 11, 24, 10, minute, 0, 0, time.FixedZone("", 3600))
	ann := push.Signature{Name: "Ann", Email: "ann@example.com", When: when}
	c := push.Commit{ID: id, Tree: tree, Author: ann, Committer: ann, Message: message}
	c.Committer.When = when.Add(time.Duration(later) * time.Minute)
	return c
}

// What the commits said of which testdata/version3.sql holds what was written
// down by the program whose schema had version 3: c1 and c2 pushed to topic, c3
// to main.
const (
	firstWord  = "SHOP-1 Work #time 1h"
	secondWord = "SHOP-2 More work\n\nSHOP-2 #comment Tested #done"
	closing    = "Closes SHOP-3"
)

func (w *world) keepPush(p push.Push) {
	w.Helper()
	data, err := json.Marshal(p)
	if err == nil {
		err = w.spool.Write(p.ID, data)
	}
	if err != nil {
		w.Fatal(err)
	}
}

// took are the actions that a push was taken in as: "SHOP-1 log 1h".
func (w *world) took(p push.Push, r *rules) []string {
	w.Helper()
	w.keepPush(p)
	in, err := w.Ingest(w.Context(), w.spool, r)
	if err != nil || !slices.Equal(in.Taken, []string{p.ID}) {
		w.Fatalf("ingested %+v, %v", in, err)
	}
	report, err := w.Report(w.Context(), p.ID)
	if err != nil {
		w.Fatal(err)
	}
	var all []string
	for _, a := range report.Actions {
		text, _, _ := strings.Cut(a.Text, ": ")
		if a.Kind == plan.KindTransition {
			text = a.Text
		}
		all = append(all, a.Issue+" "+text)
	}
	return all
}

// asVersion3 fills the tables with what that program left.
func asVersion3(t *testing.T, opts Options) {
	t.Helper()
	asVersion(t, opts, 3)
	d, err := store.Open(t.Context(), opts.database())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	text, err := os.ReadFile("testdata/version3.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"record", "attempt", "action", "push", "repository"} {
		if _, err := d.DB.Exec("DELETE FROM " + table); err != nil {
			t.Fatal(err)
		}
	}
	for statement := range strings.Lines(string(text)) {
		if _, err := d.DB.Exec(statement); err != nil {
			t.Fatalf("%v: %s", err, statement)
		}
	}
}

// What an older version put on record keeps its meaning, and goes on in the new
// records, where an author that is corrected finds it too.
func TestRecordsOfVersion3(t *testing.T) {
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			opts := Options{Dir: t.TempDir(), Database: kind}
			if kind == "postgres" {
				opts.Database = postgresSchema(t)
			}
			asVersion3(t, opts)
			w := newWorldIn(t, opts)
			r := newRules(t)
			w.clock.advance(time.Hour)
			want := func(p push.Push, notes int, actions ...string) {
				t.Helper()
				if got := w.took(p, r); !slices.Equal(got, actions) {
					t.Errorf("%s was taken in as %q, want %q", p.ID, got, actions)
				}
				if report, err := w.Report(t.Context(), p.ID); err != nil || len(report.Notes) != notes {
					t.Errorf("%s: notes %+v, %v", p.ID, report.Notes, err)
				}
			}
			rebased := pushOf("q1", "topic", commitOf("d1", 1, 60, "t1", firstWord), commitOf("d2", 2, 60, "t2", secondWord))
			rebased.Gone = []string{"c2", "c1"}
			want(rebased, 0)
			reworded := pushOf("q2", "topic", commitOf("e2", 2, 70, "t2", "SHOP-2 In other words\n\nSHOP-2 #comment Tested #done"))
			want(reworded, 0)
			corrected := pushOf("q3", "topic", commitOf("f1", 1, 80, "t1", firstWord))
			corrected.Commits[0].Author.Email = "ann@other.example.com"
			want(corrected, 0)
			want(pushOf("q4", "main", commitOf("s", 30, 0, "t3", "Work (!7)\n\n* "+firstWord+"\n\n* More work\n\nSHOP-2 #comment Tested #done")), 3,
				"SHOP-1 comment", "SHOP-1 link", "SHOP-2 comment", "SHOP-2 link")
			want(pushOf("q5", "main", commitOf("c3", 3, 0, "t4", closing)), 0)
			want(pushOf("q6", "main", commitOf("n", 40, 0, "t5", "SHOP-1 Other work #time 1h")), 0, "SHOP-1 comment", "SHOP-1 link", "SHOP-1 log 1h")
		})
	}
}
