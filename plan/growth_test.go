package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"jirahook/config"
	"jirahook/plan"
	"jirahook/push"
)

// growing is a branch that is pushed again and again, with what is on record.
type growing struct {
	rules *plan.Rules
	known plan.Known
	n     int
}

func newGrowing(t *testing.T) *growing {
	rules := rulesOf(t, func(cfg *config.Config) { cfg.Mentions.Comment, cfg.Mentions.WebLink = "branch", "branch" })
	return &growing{rules: rules, known: plan.Known{FirstSeen: noon.Add(-time.Hour), Records: map[string][]plan.Record{}}}
}

// push adds commits with these messages on top of the branch.
func (g *growing) push(messages ...string) plan.Plan {
	p := pushOf(messages...)
	p.ID, p.Time = fmt.Sprint("push ", g.n), noon.Add(time.Duration(g.n)*time.Second)
	p.Updates[0].Old, p.Updates[0].New = fmt.Sprintf("%040x", g.n), fmt.Sprintf("%040x", g.n+len(messages))
	for i := range p.Commits {
		c := &p.Commits[i]
		c.ID, c.Parents = fmt.Sprintf("%040x", g.n+1), []string{fmt.Sprintf("%040x", g.n)}
		c.Author.When = noon.Add(time.Duration(g.n) * time.Second)
		g.n++
	}
	return g.take(p)
}

// take plans a push and puts on record what it asks.
func (g *growing) take(p push.Push) plan.Plan {
	planned := g.rules.Plan(p, g.known)
	records := planned.Records
	for _, a := range planned.Actions {
		records = append(records, a.Records...)
	}
	for _, r := range records {
		g.known.Records[r.ID] = append(g.known.Records[r.ID], r)
	}
	return planned
}

// actionIn is the first action of a kind.
func actionIn(t *testing.T, p plan.Plan, kind plan.Kind) plan.Action {
	t.Helper()
	for _, a := range p.Actions {
		if a.Kind == kind {
			return a
		}
	}
	t.Fatalf("no %s", kind)
	return plan.Action{}
}

func commentIn(t *testing.T, p plan.Plan) *plan.Comment {
	t.Helper()
	return actionIn(t, p, plan.KindComment).Comment
}

func linkIn(t *testing.T, p plan.Plan) *plan.Link {
	t.Helper()
	return actionIn(t, p, plan.KindLink).Link
}

// Each push takes the place of what the earlier ones made, the newest first; the
// link is the same one.
func TestBranchCommentTakesThePlaceOfEarlierOnes(t *testing.T) {
	g := newGrowing(t)
	var made []string
	link := ""
	for i := range 30 {
		p := g.push("SHOP-1 step")
		c := commentIn(t, p)
		want := slices.Clone(lastMade(made, 20))
		slices.Reverse(want)
		if !slices.Equal(c.Edits, want) || c.OnlyEdit {
			t.Fatalf("push %d edits %q, want %q", i, c.Edits, want)
		}
		if slices.Contains(made, c.Marker) {
			t.Fatalf("push %d has the marker of an earlier one", i)
		}
		made = append(made, c.Marker)
		if l := linkIn(t, p); link != "" && l.GlobalID != link {
			t.Fatalf("push %d makes another link", i)
		} else {
			link = l.GlobalID
		}
		if got := strings.Count(c.Said(func(plan.Moving) bool { return true }), "SHOP-1 step"); got != i+1 {
			t.Fatalf("push %d tells of %d commits", i, got)
		}
	}
	if again := g.take(pushOf("nothing")); len(again.Actions) > 0 {
		t.Errorf("a push that names no issue: %v", again.Actions)
	}
	p := pushOf("SHOP-1 anew")
	p.ID, p.Time, p.Updates[0].Old = "anew", noon.Add(31*time.Second), ""
	p.Commits[0].ID, p.Commits[0].Author.When = fmt.Sprintf("%040x", 1<<20), noon.Add(-time.Minute)
	if c := commentIn(t, g.take(p)); len(c.Edits) > 0 {
		t.Errorf("a branch that is made anew edits %q", c.Edits)
	}
	if c := commentIn(t, g.push("SHOP-1 on")); len(c.Edits) != 1 {
		t.Errorf("and when it grows %q", c.Edits)
	}
}

func lastMade(all []string, most int) []string { return all[max(0, len(all)-most):] }

// Where commits were rewritten and none is new, the comment is edited or left.
func TestBranchCommentIsOnlyEditedWhenRewritten(t *testing.T) {
	g := newGrowing(t)
	first := commentIn(t, g.push("SHOP-1 step"))
	p := pushOf("SHOP-1 step, reworded")
	p.ID, p.Time = "forced", noon.Add(time.Minute)
	p.Commits[0].ID = fmt.Sprintf("%040x", 1<<20)
	p.Commits[0].Author.When = noon
	p.Gone = []string{fmt.Sprintf("%040x", 1)}
	c := commentIn(t, g.take(p))
	if !c.OnlyEdit || !slices.Equal(c.Edits, []string{first.Marker}) {
		t.Errorf("only %v, edits %q", c.OnlyEdit, c.Edits)
	}
	if text := c.Said(func(plan.Moving) bool { return true }); !strings.Contains(text, "reworded") || strings.Contains(text, fmt.Sprintf("%040x", 1)) {
		t.Errorf("it says %s", text)
	}
}

func TestBranchCommentLists(t *testing.T) {
	for _, how := range [][]int{{49}, {50}, {51}, {49, 1}, {50, 1}, {1, 50}, {1, 49}, {30, 30, 30}, {120, 1}} {
		g := newGrowing(t)
		all, text := 0, ""
		for _, n := range how {
			var messages []string
			for range n {
				all++
				messages = append(messages, fmt.Sprintf("SHOP-1 step %d.", all))
			}
			text = commentIn(t, g.push(messages...)).Body
		}
		before := ""
		if all > 50 {
			before = fmt.Sprintf("\n* … and %d before\n", all-50)
		}
		if listed := strings.Count(text, "SHOP-1 step"); listed != min(all, 50) {
			t.Errorf("%v: %d are listed", how, listed)
		}
		if strings.Contains(text, "… and") != (before != "") || !strings.Contains(text, before) {
			t.Errorf("%v: want %q in %.400s", how, before, text)
		}
		if !strings.Contains(text, fmt.Sprintf("in %d commits", all)) || !strings.HasSuffix(text, fmt.Sprintf("SHOP-1 step %d.", all)) {
			t.Errorf("%v: the newest is not the last of %d: %.200s", how, all, text)
		}
	}
}

// Whatever is pushed, the comment fits into what Jira takes, and what is kept of it
// grows with what was pushed, not with its square.
func TestBranchCommentSize(t *testing.T) {
	g := newGrowing(t)
	most, kept := 0, 0
	for i := range 100 {
		p := g.push(fmt.Sprintf("SHOP-1 %[1]d %[2]s\n\nCo-authored-by: %[3]s <%[1]d@example.com>\nCo-authored-by: x%[3]s <x%[1]d@example.com>", i, strings.Repeat("{", 300), strings.Repeat("_", 300)))
		text := commentIn(t, p).Said(func(plan.Moving) bool { return true })
		most = max(most, len(utf16.Encode([]rune(text))))
		for _, a := range p.Actions {
			for _, r := range a.Records {
				kept += len(r.Detail)
			}
		}
	}
	if most > 30_000 || most < 25_000 {
		t.Errorf("the longest comment has %d UTF-16 units", most)
	}
	if kept > 100*2*2000 {
		t.Errorf("%d bytes are kept of 100 pushes", kept)
	}
}

// forced pushes commits in the place of others, which it takes away; each has the
// author's date of the one it was, by its number.
func (g *growing) forced(id string, gone []int, now map[int]string) plan.Plan {
	p := pushOf(slices.Repeat([]string{"x"}, len(now))...)
	p.ID, p.Time = id, noon.Add(time.Duration(g.n)*time.Second+time.Minute)
	before := fmt.Sprintf("%040x", 1<<30)
	for i, n := range slices.Sorted(maps.Keys(now)) {
		c := &p.Commits[i]
		c.Message, c.Author.When = now[n], noon.Add(time.Duration(n)*time.Second)
		c.ID, c.Parents = formOf(id, n), []string{before}
		before = c.ID
	}
	p.Updates[0].Old, p.Updates[0].New = fmt.Sprintf("%040x", g.n), before
	for _, n := range slices.Backward(gone) {
		p.Gone = append(p.Gone, fmt.Sprintf("%040x", n+1))
	}
	return g.take(p)
}

// formOf is the id of a commit that a forced push brought.
func formOf(push string, n int) string { return fmt.Sprintf("%032x%08x", push, n)[:40] }

func numbers(from, to int) (all []int) {
	for n := range to - from {
		all = append(all, from+n)
	}
	return all
}

// Of a branch with more commits than a comment lists, their number and the
// comparison follow what a forced push does to those that are not listed.
func TestBranchCommentOfMoreThanItLists(t *testing.T) {
	begin := func() *growing {
		g := newGrowing(t)
		g.push(repeated("SHOP-1 step", 60)...)
		return g
	}
	g := begin()
	now := map[int]string{}
	for n := range 60 {
		now[n] = "SHOP-1 step"
	}
	p := g.forced("a", numbers(0, 60), now)
	if text := commentIn(t, p).Body; !strings.Contains(text, "in 60 commits") || !strings.Contains(text, "… and 10 before") {
		t.Errorf("rebased: %.300s", text)
	}
	first, base := formOf("a", 0), fmt.Sprintf("%040x", 1<<30)
	l := linkIn(t, p)
	if want := "60 commits, " + first[:8] + " to " + formOf("a", 59)[:8]; l.Title != want || !strings.Contains(l.URL, base+"..."+formOf("a", 59)) {
		t.Errorf("rebased: %s, %s, want %s from %s", l.Title, l.URL, want, base)
	}
	g = begin()
	if text := commentIn(t, g.forced("b", numbers(45, 60), nil)).Body; !strings.Contains(text, "in 45 commits") || !strings.Contains(text, "… and 10 before") {
		t.Errorf("the last are taken away: %.300s", text)
	}
	g = begin()
	if text := commentIn(t, g.forced("c", numbers(5, 60), nil)).Body; !strings.HasPrefix(text, "Earlier commits on branch") || !strings.HasSuffix(text, "mention this issue: 5.") {
		t.Errorf("all that are listed are taken away, and more: %s", text)
	}
	g = begin()
	if text := commentIn(t, g.forced("d", numbers(0, 60), nil)).Body; !strings.HasPrefix(text, "No commit on branch") {
		t.Errorf("all are taken away: %s", text)
	}
	// Whether one of those that are listed no more was taken away before is not known.
	g = begin()
	again := pushOf("SHOP-1 step")
	again.ID, again.Commits[0].ID, again.Commits[0].Author.When = "again", fmt.Sprintf("%040x", 1), noon
	if p := g.take(again); len(p.Actions) > 0 {
		t.Errorf("one that was told comes again: %s", explained(p))
	}
}

// A branch is compared with what its first commit stands on, as long as that is
// there.
func TestBranchCommentComparesWithWhatIsThere(t *testing.T) {
	g := newGrowing(t)
	g.push(repeated("SHOP-1 step", 3)...)
	p := g.forced("a", numbers(0, 3), map[int]string{1: "SHOP-1 step", 2: "SHOP-1 step"})
	first, last, base := formOf("a", 1), formOf("a", 2), fmt.Sprintf("%040x", 1<<30)
	if l := linkIn(t, p); l.Title != "2 commits, "+first[:8]+" to "+last[:8] || !strings.Contains(l.URL, base+"..."+last) {
		t.Errorf("the first is dropped: %s, %s", l.Title, l.URL)
	}
	// What a branch was before may be elsewhere as well, until it is taken away there.
	g = newGrowing(t)
	g.push("SHOP-1 one")
	before := fmt.Sprintf("%040x", 0)
	more := pushOf("SHOP-1 two")
	more.ID, more.Commits[0].ID, more.Commits[0].Author.When = "more", formOf("more", 1), noon.Add(time.Hour)
	more.Updates[0].Old, more.Gone = fmt.Sprintf("%040x", 1), []string{before}
	p = g.take(more)
	if l, text := linkIn(t, p), commentIn(t, p).Body; strings.Contains(l.URL+text, before) || !strings.HasSuffix(l.URL, formOf("more", 1)) || !strings.HasPrefix(l.Title, "2 commits, 00000000 to") {
		t.Errorf("what the first stood on is gone: %s, %s\n%s", l.Title, l.URL, text)
	}
}

// A comment stays as it is where a rewritten commit is told in another one.
func TestBranchCommentLeavesWhatIsToldElsewhere(t *testing.T) {
	g := newGrowing(t)
	made := func(id, branch string) {
		p := onBranch(branch, pushOf("SHOP-1 "+id))
		p.ID, p.Updates[0].Old, p.Commits[0].ID = id+branch, "", formOf(id, 1)
		p.Commits[0].Author.When = noon.Add(time.Duration(len(id)) * time.Minute)
		if c := commentIn(t, g.take(p)); !strings.Contains(c.Body, "on branch ["+branch) || len(c.Edits) > 0 {
			t.Fatalf("%s on %s: %s", id, branch, c.Body)
		}
	}
	made("one", "a")
	made("three", "a") // anew, without it
	made("one", "b")
	p := onBranch("b", pushOf("SHOP-1 one"))
	p.ID, p.Commits[0].ID, p.Gone = "rewritten", formOf("again", 1), []string{formOf("one", 1)}
	p.Commits[0].Author.When = noon.Add(3 * time.Minute)
	planned := g.take(p)
	if c := commentIn(t, planned); !c.OnlyEdit || !strings.Contains(c.Body, formOf("again", 1)) || len(planned.Actions) != 2 {
		t.Errorf("rewritten on b: %s", explained(planned))
	}
}

func repeated(message string, n int) []string { return slices.Repeat([]string{message}, n) }

// A squash that is pushed as its branch is deleted leaves what was told of that.
func TestBranchCommentStaysWhenDeleted(t *testing.T) {
	g := newGrowing(t)
	p := onBranch("retry", pushOf("SHOP-1 one", "SHOP-1 two"))
	p.Updates[0].Old = ""
	g.take(p)
	gone := p.Commits
	p = pushOf("Squash of it")
	p.ID, p.Commits[0].ID = "squash", fmt.Sprintf("%040x", 1<<20)
	p.Updates = append(p.Updates, push.Update{Ref: "refs/heads/retry", Old: gone[1].ID})
	p.Gone = []string{gone[1].ID, gone[0].ID}
	if planned := g.take(p); len(planned.Actions) > 0 {
		t.Errorf("deleted beside a squash: %s", explained(planned))
	}
	// Pushed once more it is what was told, and goes on there.
	p = onBranch("retry", pushOf("SHOP-1 one", "SHOP-1 two"))
	p.ID, p.Updates[0].Old, p.Commits = "again", "", gone
	if planned := g.take(p); len(planned.Actions) > 0 {
		t.Errorf("pushed again: %s", explained(planned))
	}
	p = onBranch("retry", pushOf("SHOP-1 three"))
	p.ID, p.Commits[0].ID, p.Commits[0].Author.When = "on", fmt.Sprintf("%040x", 1<<21), noon.Add(time.Hour)
	if c := commentIn(t, g.take(p)); len(c.Edits) != 1 || !strings.Contains(c.Body, "in 3 commits") {
		t.Errorf("and when it grows: edits %q, %s", c.Edits, c.Body)
	}
}

func onBranch(name string, p push.Push) push.Push {
	p.Updates[0].Ref = "refs/heads/" + name
	for i := range p.Commits {
		p.Commits[i].Arrives, p.Commits[i].Branch = []string{name}, name
	}
	return p
}
