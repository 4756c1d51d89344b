package outbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// A repository that was first seen with a push, or later, has not been seen before it.
func TestFirstSeen(t *testing.T) {
	w := newWorld(t, Options{})
	w.push()
	pushed := w.clock.Now()
	for _, tt := range []struct {
		repository string
		at         time.Time
		want       time.Time
	}{{"app", pushed.Add(time.Millisecond), pushed}, {"app", pushed, time.Time{}}, {"app", pushed.Add(-time.Millisecond), time.Time{}}, {"lib", pushed.Add(time.Hour), time.Time{}}} {
		var got time.Time
		err := w.db.Read(t.Context(), "look", func(s store.Session) (err error) {
			got, err = firstSeen(s, tt.repository, tt.at)
			return err
		})
		if err != nil || !got.Equal(tt.want) {
			t.Errorf("%s at %v: %v, %v", tt.repository, tt.at, got, err)
		}
	}
}

// As many actions, records and keys as fit into one statement, one less and one more:
// all are kept once, found again, and forgotten.
func TestRowsAtTheLimitOfAStatement(t *testing.T) {
	for _, n := range []int{store.Chunk - 1, store.Chunk, store.Chunk + 1, 2*store.Chunk + 1} {
		w := newWorld(t, Options{Keep: time.Hour})
		var actions []plan.Action
		var keys []string
		for i := range n {
			a := worklog(fmt.Sprint("a", i), fmt.Sprint("A-", i), "1h")
			a.Records[0].ID = fmt.Sprint("told", i)
			a.Records = append(a.Records, comment(a.ID, "").Records...)
			actions, keys = append(actions, a), append(keys, a.Issue)
		}
		w.push(append(actions, actions[0])...) // one is named twice
		for table, want := range map[string]int{"action": n, "lane": n, "told": n, "record": n} {
			if got := w.number("SELECT count(*) FROM " + table); got != want {
				t.Errorf("of %d, %d rows in %s", n, got, table)
			}
		}
		w.planner.seen = nil
		w.push(actions...)
		if got := len(w.planner.seen[1].Records); got != 2*n {
			t.Errorf("of %d, %d records are found", 2*n, got)
		}
		if s := w.deliver(); s.Done != n || s.Waiting != 0 {
			t.Errorf("of %d: %+v", n, s)
		}
		var issues map[string]string
		err := w.db.Read(t.Context(), "look", func(s store.Session) error {
			issues = nil
			return issuesOf(s, site, keys, &issues)
		})
		if err != nil || len(issues) != n || issues["A-0"] != "id of A-0" {
			t.Errorf("of %d, %d keys are known, %v", n, len(issues), err)
		}
		w.clock.advance(time.Hour + time.Millisecond)
		if err := w.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"action", "lane", "told", "record", "attempt", "push", "issue"} {
			if got := w.number("SELECT count(*) FROM " + table); got != 0 {
				t.Errorf("of %d, %d rows are left in %s", n, got, table)
			}
		}
	}
}

// A key is named by a plan, or stands with a record; each once.
func TestKeysOf(t *testing.T) {
	got := keysOf([]string{"A-1", "", "A-2", "A-1"}, map[string][]plan.Record{"r": {{Issue: "A-2"}, {Issue: ""}, {Issue: "A-3"}}})
	if !slices.Equal(got, []string{"A-1", "A-2", "A-3"}) {
		t.Errorf("%q", got)
	}
}

// When an issue was last seen is written down anew after a day, and at once when it is
// another one.
func TestSeenAgain(t *testing.T) {
	w := newWorld(t, Options{})
	const day = 24 * 60 * 60 * 1000
	for _, step := range []struct {
		id   string
		now  int64
		want string
	}{{"1", 0, "1 0"}, {"1", day, "1 0"}, {"1", day + 1, fmt.Sprint("1 ", day+1)}, {"2", day + 2, fmt.Sprint("2 ", day+2)}, {"", day + 3, fmt.Sprint("2 ", day+2)}} {
		var got string
		err := w.db.Write(t.Context(), "learn", func(s store.Session) error {
			if err := learn(s, site, "A-1", plan.Issue{ID: step.id, Key: "B-7"}, step.now); err != nil {
				return err
			}
			return s.Row("SELECT min(issue_id || ' ' || seen_at) FROM issue HAVING count(*) = 2 AND min(issue_id || ' ' || seen_at) = max(issue_id || ' ' || seen_at)").Scan(&got)
		})
		if err != nil || got != step.want {
			t.Errorf("issue %q at %d: %q, %v", step.id, step.now, got, err)
		}
	}
	err := w.db.Write(t.Context(), "learn", func(s store.Session) error { return learn(s, site, "C-1", plan.Issue{ID: "3"}, 5) })
	if n := w.number("SELECT count(*) FROM issue"); n != 2 || err != nil {
		t.Errorf("%d keys, %v", n, err)
	}
}

// Who sends what waits is known for ten minutes, by machine and program.
func TestSenders(t *testing.T) {
	w := newWorld(t, Options{Host: "one"})
	start := w.clock.Now()
	unattended := func(want bool) {
		t.Helper()
		if got, err := w.Unattended(t.Context()); got != want || err != nil {
			t.Errorf("unattended: %v, %v", got, err)
		}
	}
	unattended(false) // nothing waits
	w.jira.before = always(away)
	w.push(comment("a", "A-1"))
	unattended(true)
	for _, seen := range []struct {
		kind  SenderKind
		after time.Duration
	}{{SenderWorker, 0}, {SenderDeliver, time.Minute}, {SenderWorker, 2 * time.Minute}} {
		w.clock.now = start.Add(seen.after)
		if err := w.seen(t.Context(), seen.kind); err != nil {
			t.Fatal(err)
		}
		unattended(false)
	}
	got, err := w.Senders(t.Context())
	want := []SeenSender{{SenderWorker, "one", start.Add(2 * time.Minute)}, {SenderDeliver, "one", start.Add(time.Minute)}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	w.clock.now = start.Add(12*time.Minute - time.Millisecond)
	unattended(false)
	w.clock.now = start.Add(12 * time.Minute)
	unattended(true)
	// A site that is paused is attended to by a probe, when that is due.
	if err := w.db.Write(t.Context(), "pause", func(s store.Session) error {
		return w.pauseAway(s, site, plan.Result{RetryAfter: time.Minute}, store.Millis(w.clock.Now()))
	}); err != nil {
		t.Fatal(err)
	}
	unattended(false)
	w.clock.advance(time.Minute)
	unattended(true)
	w.Outbox.opts.Keep = time.Hour
	w.clock.now = start.Add(time.Minute + time.Hour + time.Millisecond)
	if err := w.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err = w.Senders(t.Context()); err != nil || !slices.Equal(got, want[:1]) {
		t.Errorf("after an hour: %+v, %v", got, err)
	}
}

// When a site may be probed, and with which credentials.
func TestMayProbe(t *testing.T) {
	const now = 100
	for _, tt := range []struct {
		r               siteRow
		ours, impatient bool
	}{
		{siteRow{}, false, false},
		{siteRow{pause: PauseOperator}, false, false},
		{siteRow{pause: PauseCredentials, until: never}, true, true},
		{siteRow{pause: PauseAway, until: 100, after: 101}, true, true},
		{siteRow{pause: PauseAway, until: 101, after: 100}, false, true},
		{siteRow{pause: PauseAway, until: 101, after: 101}, false, false},
		{siteRow{pause: PauseAway, until: 101, prober: "x"}, false, false},
		{siteRow{pause: PauseAway, until: 100, prober: "x"}, true, true},
		{siteRow{pause: PauseCredentials, until: 101, prober: "x"}, false, false},
	} {
		if ours, impatient := mayProbe(tt.r, now, false), mayProbe(tt.r, now, true); ours != tt.ours || impatient != tt.impatient {
			t.Errorf("%+v: %v, impatient %v", tt.r, ours, impatient)
		}
	}
	j := newJira()
	j.fingerprint = func(a plan.Action) string { return a.Origin.Repository }
	d := &drainer{sender: j}
	actions := func(names string) []plan.Action {
		var all []plan.Action
		for name := range strings.FieldsSeq(names) {
			all = append(all, plan.Action{ID: name, Origin: plan.Origin{Repository: name}})
		}
		return all
	}
	barred := map[string]int64{"a": 50, "b": 40, "c": 100, "d": 101, "e": 40}
	for names, want := range map[string]string{"": "", "d": "", "c": "c", "a b c": "b", "b e": "b", "e b": "e", "d c": "c", "a x": "x", "x a y": "x", "c a": "a"} {
		got := ""
		if a := d.origin(siteRow{barred: barred}, actions(names), now); a != nil {
			got = a.ID
		}
		if got != want {
			t.Errorf("of %q it is probed with %q, want %q", names, got, want)
		}
	}
}

// What is planned for a turn decides about what comes behind it by its records, and by
// a repository that it shows for the first time.
func TestWhatIsMadeConcerns(t *testing.T) {
	const idA, idB = "20261124T120000.000000-1-61626364-aaaaaaaa", "20261124T120000.000000-1-61626364-bbbbbbbb"
	first := &planned{id: idA, by: plan.Known{First: true}, plan: plan.Plan{Repository: "a", Records: []plan.Record{{ID: "noted"}},
		Actions: []plan.Action{{Records: []plan.Record{{ID: "said"}, {ID: "also"}}}}}}
	for name, tt := range map[string]struct {
		p    planned
		want bool
	}{
		"nothing in common":                {planned{plan: plan.Plan{Repository: "b"}, first: plan.Plan{Asked: []string{"x"}, AskedBefore: []string{"y"}}}, false},
		"asks about a record":              {planned{first: plan.Plan{Asked: []string{"x", "noted"}}}, true},
		"asks about an action's record":    {planned{first: plan.Plan{Asked: []string{"also"}}}, true},
		"asks as programs of before did":   {planned{first: plan.Plan{AskedBefore: []string{"said"}}}, true},
		"its repository is seen by then":   {planned{plan: plan.Plan{Repository: "a"}, by: plan.Known{First: true}}, true},
		"its repository was seen long ago": {planned{plan: plan.Plan{Repository: "a"}}, false},
		"it cannot be planned":             {planned{err: errFault, first: plan.Plan{Asked: []string{"noted"}}}, false},
		"it was taken in":                  {planned{known: true, first: plan.Plan{Asked: []string{"noted"}}}, false},
	} {
		m := made{}
		if m.concern(&tt.p) {
			t.Errorf("%s: concerned by nothing", name)
		}
		m.add(first)
		if got := m.concern(&tt.p); got != tt.want || !m.first["aaaaaaaa"] {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, other := range []*planned{{id: idB, err: errFault, plan: first.plan}, {id: idB, known: true, plan: first.plan}, {id: idB, plan: plan.Plan{Repository: "a"}}} {
		m := made{}
		m.add(other)
		if len(m.records) != 0 || m.first["bbbbbbbb"] {
			t.Errorf("%+v makes %+v", other, m)
		}
	}
}

// What was on record is the same when all that decides is.
func TestSameKnown(t *testing.T) {
	at := time.Now()
	a := plan.Known{FirstSeen: at, First: true, Records: map[string][]plan.Record{"r": {{ID: "r"}}}, Issues: map[string]string{"A-1": "1"}}
	for name, change := range map[string]func(*plan.Known){
		"first seen": func(k *plan.Known) { k.FirstSeen = at.Add(1) }, "first": func(k *plan.Known) { k.First = false },
		"records": func(k *plan.Known) { k.Records = nil }, "issues": func(k *plan.Known) { k.Issues = nil },
	} {
		b := a
		if !sameKnown(a, b) {
			t.Error("not the same as itself")
		}
		if change(&b); sameKnown(a, b) {
			t.Errorf("another %s is the same", name)
		}
	}
}

// A repository is found by its folder, else by its path.
func TestFindPushed(t *testing.T) {
	all := []Pushed{{ID: "/srv/a.git", Path: "team/b"}, {ID: "id-b", Path: "team/a"}, {ID: "id-c", Path: ""}}
	for _, tt := range []struct{ dir, path, want string }{
		{"/srv/a.git", "team/a", "/srv/a.git"}, {"/srv/x.git", "team/a", "id-b"}, {"/srv/x.git", "", ""}, {"/srv/x.git", "team/x", ""},
	} {
		if p, ok := FindPushed(all, tt.dir, tt.path); p.ID != tt.want || ok != (tt.want != "") {
			t.Errorf("%+v: %+v, %v", tt, p, ok)
		}
	}
}

// What somebody who looks for a fault is told: how much there is, and what met a
// problem of late.
func TestReadAccount(t *testing.T) {
	if a, err := ReadAccount(t.Context(), Options{Dir: t.TempDir()}, 5); err != nil || len(a.Tallies)+len(a.Troubled) != 0 {
		t.Errorf("of nothing: %+v, %v", a, err)
	}
	w := newWorld(t, Options{})
	w.jira.before = refusing("a", "c", "d")
	w.drain(w.push(comment("a", "A-1"), comment("b", "A-1"), comment("c", "A-2"), comment("d", "A-3")))
	w.push(comment("e", "A-4"))
	for most, want := range map[int]string{0: "", 1: "d", 2: "d c", 9: "d c a"} {
		a, err := ReadAccount(t.Context(), w.opts, most)
		tallies := []Tally{{plan.KindComment, Dead, 3}, {plan.KindComment, Done, 1}, {plan.KindComment, Queued, 1}}
		var ids []string
		for _, d := range a.Troubled {
			ids = append(ids, d.ID)
			if d.Action.Comment.Body != d.ID || d.Problem != "field Resolution is required" {
				t.Errorf("%+v", d)
			}
		}
		if err != nil || !slices.Equal(a.Tallies, tallies) || strings.Join(ids, " ") != want {
			t.Errorf("at most %d: %+v, %v", most, a, err)
		}
	}
	if _, err := w.db.DB.Exec("UPDATE action SET payload = '{' WHERE id = 'a'"); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadAccount(t.Context(), w.opts, 5); err == nil || !strings.Contains(err.Error(), "read action a: ") {
		t.Errorf("an action that cannot be read: %v", err)
	}
}

// What the exchanges of an attempt may be, to the byte: what is more is cut from the
// beginning.
func TestExchangesAtTheLimit(t *testing.T) {
	x := plan.Exchange{Method: "GET"}
	empty, err := json.Marshal([]plan.Exchange{x})
	if err != nil {
		t.Fatal(err)
	}
	for n, kept := range map[int]bool{maxExchanges - 1: true, maxExchanges: true, maxExchanges + 1: false} {
		x.Path = strings.Repeat("x", n-len(empty))
		if got, err := exchangesJSON([]plan.Exchange{{Method: "PUT"}, x}); err != nil || (len(got) == n) != kept || !kept && got != "" {
			t.Errorf("%d bytes: %d are kept, %v", n, len(got), err)
		}
	}
}
