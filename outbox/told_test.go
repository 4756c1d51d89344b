package outbox

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// worklog is an action for a change, by one key of an issue.
func worklog(id, issue, detail string) plan.Action {
	a := comment(id, issue)
	a.Records = []plan.Record{{
		ID: "second", Commit: "c", Root: "c", Kind: "command time", Issue: issue, Place: "0", Detail: detail, Email: "e", Subject: "s", Tree: "=t", Via: "v",
		When: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
	}}
	return a
}

func TestToldRecords(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		a := worklog("a", "A-1", "1h")
		line := a.Records[0]
		line.ID, line.Kind, line.Line = "prefix", "line", "l"
		a.Records = append(a.Records, line)
		w.push(a)
		w.planner.seen = nil
		w.push(a)
		got := w.planner.seen[1]
		want := map[string][]plan.Record{"second": a.Records[:1], "prefix": a.Records[1:]}
		for id := range want {
			if !slices.Equal(got.Records[id], want[id]) {
				t.Errorf("%s: %+v, want %+v", id, got.Records[id], want[id])
			}
		}
		if n := w.number("SELECT count(*) FROM record"); n != 0 {
			t.Errorf("%d records of the old kind", n)
		}
		if err := w.Drop(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		if n := w.number("SELECT count(*) FROM told"); n != 0 {
			t.Errorf("%d records are left of an action that was dropped", n)
		}
	})
}

// A program may give all its commits one date: the youngest records are read, in
// the order in which they were made.
func TestManyToldOfOneSecond(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		a := worklog("a", "A-1", "")
		first := a.Records[0]
		a.Records = nil
		for i := range mostOfOne + 3 {
			r := first
			r.Commit, r.When = "c"+strings.Repeat("x", i%7)+string(rune('a'+i/7%26))+string(rune('a'+i/182)), first.When.Add(time.Duration(i)*time.Second)
			a.Records = append(a.Records, r)
		}
		w.push(a)
		w.planner.seen = nil
		w.push(a)
		got := w.planner.seen[1].Records["second"]
		if !slices.Equal(got, a.Records[3:]) {
			t.Errorf("%d records, from %v on", len(got), got[0].When)
		}
	})
}

// moved has Jira say that these keys are of one issue.
func (w *world) moved(id string, keys ...string) {
	w.jira.set(func(j *jira) {
		if j.issues == nil {
			j.issues = map[string]plan.Issue{}
		}
		for _, key := range keys {
			j.issues[key] = plan.Issue{ID: id, Key: keys[len(keys)-1]}
		}
	})
}

// drainFirst drains all lanes, one after the other, that of an issue first.
func (w *world) drainFirst(issue string) {
	w.Helper()
	w.Outbox.opts.Workers = 1
	err := w.db.Write(w.Context(), "order", func(s store.Session) error {
		_, err := s.Exec("UPDATE lane SET due_at = due_at - 1000 WHERE name = ?", laneName(site, issue))
		return err
	})
	if err == nil {
		_, err = w.DrainAll(w.Context(), w.jira)
	}
	if err != nil {
		w.Fatal(err)
	}
}

// Two actions of one change prove to be for one issue: the second is not sent,
// whichever it is.
func TestOneIssueByTwoKeys(t *testing.T) {
	for _, first := range []string{"SHOP-2", "OPS-77"} {
		databases(t, func(t *testing.T, w *world) {
			w.moved("10077", "SHOP-2", "OPS-77")
			one, other := worklog("a", "SHOP-2", "2h"), worklog("b", "OPS-77", "2h")
			id := w.keep(facts{Actions: []plan.Action{one, other}})
			w.ingest()
			w.drainFirst(first)
			report, err := w.Report(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			done := 0
			for _, r := range report.Actions {
				switch {
				case r.State == Done:
					done++
				case r.State != Skipped || r.Problem != done2(r.Issue):
					t.Errorf("%s is %s: %s", r.Issue, r.State, r.Problem)
				}
			}
			if done != 1 || len(w.jira.applied["SHOP-2"])+len(w.jira.applied["OPS-77"]) != 1 {
				t.Errorf("done %d times: %v", done, w.jira.applied)
			}
			// From now on planning knows.
			w.planner.seen = nil
			w.push(one)
			if got := w.planner.seen[1].Issues; got["SHOP-2"] != "10077" || got["OPS-77"] != "10077" {
				t.Errorf("known of the issues: %v", got)
			}
		})
	}
}

// Of a commit that was rewritten under another key of its issue the comment is
// brought up to date, and its link is sent.
func TestNewFormUnderAnotherKey(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.moved("10077", "SHOP-2", "OPS-77")
		told := func(id, issue, commit, kind string) plan.Action {
			a := worklog(id, issue, "1")
			a.Records[0].Kind, a.Records[0].Commit = kind, commit
			return a
		}
		renewed, link := told("c", "OPS-77", "d", "comment"), told("d", "OPS-77", "d", "link")
		renewed.Comment.Edits = []string{"v"}
		link.Comment, link.Kind, link.Link = nil, plan.KindLink, &plan.Link{GlobalID: "d"}
		var sent []plan.Action
		w.jira.set(func(j *jira) {
			j.before = func(_ context.Context, a plan.Attempt) *plan.Result {
				sent = append(sent, a.Action)
				return nil
			}
		})
		id := w.keep(facts{Actions: []plan.Action{told("a", "SHOP-2", "c", "comment"), told("b", "SHOP-2", "c", "link"), renewed, link}})
		w.ingest()
		w.drainFirst("SHOP-2")
		w.wantStates(id, "a done, b done, c done, d done")
		if len(sent) != 5 || sent[2].Comment.OnlyEdit || !sent[3].Comment.OnlyEdit || sent[4].ID != "d" {
			t.Errorf("sent %+v", sent)
		}
	})
}

func done2(issue string) string {
	other := map[string]string{"SHOP-2": "OPS-77", "OPS-77": "SHOP-2"}[issue]
	return other + " and " + issue + " are one issue: not done twice"
}

// What differs is done: other issues, other arguments, other changes.
func TestTwoKeysOfTwo(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		w.moved("3", "SHOP-3", "OPS-78")
		w.moved("4", "SHOP-4", "OPS-79")
		another := worklog("f", "OPS-79", "1h")
		another.Records[0].Root = "other"
		id := w.push(worklog("a", "SHOP-2", "2h"), worklog("b", "OPS-77", "2h"), worklog("c", "SHOP-3", "1h"), worklog("d", "OPS-78", "3h"), worklog("e", "SHOP-4", "1h"), another)
		w.drain(id)
		w.wantStates(id, "a done, b done, c done, d done, e done, f done")
	})
}

// Many processes send both at the same moment, while nobody knows that the issue
// was moved.
func TestTwoKeysAtOnce(t *testing.T) {
	databases(t, func(t *testing.T, w *world) {
		for round := range 6 {
			n := string(rune('0' + round))
			w.moved("1007"+n, "SHOP-2"+n, "OPS-7"+n)
			one, other := worklog("a"+n, "SHOP-2"+n, "2h"), worklog("b"+n, "OPS-7"+n, "2h")
			one.Records[0].ID, other.Records[0].ID = one.ID, one.ID
			w.push(one, other)
			outboxes := []*Outbox{w.open(), w.open()}
			start := make(chan struct{})
			var all sync.WaitGroup
			for _, o := range outboxes {
				all.Go(func() {
					<-start
					if _, err := o.DrainAll(t.Context(), w.jira); err != nil {
						t.Error(err)
					}
				})
			}
			close(start)
			all.Wait()
			if n := len(w.jira.applied[one.Issue]) + len(w.jira.applied[other.Issue]); n != 1 {
				t.Errorf("round %d: done %d times", round, n)
			}
		}
	})
}
