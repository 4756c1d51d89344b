package jira

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"jirahook/internal/jiratest"
	"jirahook/plan"
)

// editing is a comment that takes the place of that of action(KindComment).
func editing() plan.Action {
	a := action(plan.KindComment)
	a.ID = "fedcba9876543210fedcba9876543210fedcba98"
	a.Comment = &plan.Comment{Body: "*Ada* mentioned this issue in 2 commits:\n* fix\n* test", Marker: "jirahook fedcba987654", Edits: []string{marker}}
	return a
}

func firstLines(comments []jiratest.Comment) string {
	var all []string
	for _, c := range comments {
		first, _, _ := strings.Cut(jiratest.Rendered(c.Body).Text, "\n")
		all = append(all, strings.TrimSpace(first))
	}
	return strings.Join(all, " | ")
}

const (
	oneCommit  = "Ada mentioned this issue:"
	twoCommits = "Ada mentioned this issue in 2 commits:"
)

// What becomes of an earlier comment, on every kind of Jira.
func TestEdits(t *testing.T) {
	tests := []struct {
		name      string
		before    func(b *bed) // a comment of action(KindComment) is there already
		change    func(c *plan.Comment)
		want      string // the comments' first lines
		wantWords string
		wantNote  string
	}{
		{name: "as we left it", want: twoCommits, wantWords: "comment edited"},
		{name: "edited by us before", want: twoCommits, wantWords: "comment edited", before: func(b *bed) {
			a := editing()
			a.ID, a.Comment.Marker = "1111111111111111111111111111111111111111", "jirahook 111111111111"
			wantVerdict(b.t, b.send(a), plan.Done)
		}, change: func(c *plan.Comment) { c.Edits = []string{"jirahook 111111111111"} }},
		{name: "edited by somebody else", want: "edited | " + twoCommits, wantWords: "comment", before: func(b *bed) {
			c := b.Issue("SHOP-12").Comments[0]
			b.EditComment("SHOP-12", c.ID, "ada", strings.Replace(c.Body, "*Ada* mentioned this issue:", "edited", 1))
		}},
		{name: "deleted", want: twoCommits, wantWords: "comment", before: func(b *bed) {
			b.DeleteComment("SHOP-12", b.Issue("SHOP-12").Comments[0].ID)
		}},
		{name: "only, as we left it", want: twoCommits, wantWords: "updated", change: func(c *plan.Comment) { c.OnlyEdit = true }},
		{name: "only, deleted", want: "", wantWords: "", change: func(c *plan.Comment) { c.OnlyEdit = true }, before: func(b *bed) {
			b.DeleteComment("SHOP-12", b.Issue("SHOP-12").Comments[0].ID)
		}},
		{name: "another's marker", want: oneCommit + " | " + twoCommits, wantWords: "comment", change: func(c *plan.Comment) { c.Edits = []string{"jirahook 222222222222"} }},
		{name: "the best of two", want: oneCommit + " | " + twoCommits, wantWords: "comment edited", before: func(b *bed) {
			a := action(plan.KindComment)
			a.ID, a.Comment.Marker = "1111111111111111111111111111111111111111", "jirahook 111111111111"
			wantVerdict(b.t, b.send(a), plan.Done)
		}, change: func(c *plan.Comment) { c.Edits = []string{"jirahook 111111111111", marker} }},
		{name: "the best of two, the older", want: twoCommits + " | " + oneCommit, wantWords: "comment edited", before: func(b *bed) {
			a := action(plan.KindComment)
			a.ID, a.Comment.Marker = "1111111111111111111111111111111111111111", "jirahook 111111111111"
			wantVerdict(b.t, b.send(a), plan.Done)
		}, change: func(c *plan.Comment) { c.Edits = []string{marker, "jirahook 111111111111"} }},
		{name: "the second best, as the best was edited", want: "edited | " + twoCommits, wantWords: "comment edited", before: func(b *bed) {
			a := action(plan.KindComment)
			a.ID, a.Comment.Marker = "1111111111111111111111111111111111111111", "jirahook 111111111111"
			wantVerdict(b.t, b.send(a), plan.Done)
			c := b.Issue("SHOP-12").Comments[0]
			b.EditComment("SHOP-12", c.ID, "ada", strings.Replace(c.Body, "*Ada* mentioned this issue:", "edited", 1))
		}, change: func(c *plan.Comment) { c.Edits = []string{marker, "jirahook 111111111111"} }},
		{name: "somebody quotes it", want: oneCommit + " | " + oneCommit + " | " + twoCommits, wantWords: "comment", before: func(b *bed) {
			c := b.Issue("SHOP-12").Comments[0]
			b.AddComment("SHOP-12", "ada", c.Body)
			b.EditComment("SHOP-12", c.ID, "ada", c.Body)
		}},
		{name: "without the permission", want: oneCommit + " | " + twoCommits, wantWords: "comment", before: func(b *bed) {
			b.SetPermissions("SHOP", jiratest.BrowseProjects, jiratest.AddComments)
		}},
		{name: "only, without the permission", want: oneCommit, wantWords: "", wantNote: "an earlier comment could not be edited: ", change: func(c *plan.Comment) { c.OnlyEdit = true }, before: func(b *bed) {
			b.SetPermissions("SHOP", jiratest.BrowseProjects, jiratest.AddComments)
		}},
	}
	for _, f := range flavours {
		for _, unlisted := range []bool{false, true} {
			for _, tt := range tests {
				t.Run(fmt.Sprint(f, " ", unlisted, " ", tt.name), func(t *testing.T) {
					b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: f, NoExpandedProperties: unlisted}})
					wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
					if tt.before != nil {
						tt.before(b)
					}
					a := editing()
					if tt.change != nil {
						tt.change(a.Comment)
					}
					r := b.send(a)
					wantVerdict(t, r, plan.Done)
					if got := firstLines(b.Issue("SHOP-12").Comments); got != tt.want || r.Words != tt.wantWords {
						t.Errorf("comments %q, want %q; %+v", got, tt.want, r)
					}
					if (r.Note == "") != (tt.wantNote == "") || !strings.HasPrefix(r.Note, tt.wantNote) {
						t.Errorf("note %q, want %q", r.Note, tt.wantNote)
					}
					// Sent again with an unknown outcome it does nothing more.
					b.clock.pass(time.Minute)
					before := b.writes()
					wantVerdict(t, b.again(a), plan.Done)
					if got := firstLines(b.Issue("SHOP-12").Comments); got != tt.want || tt.wantWords != "" && b.writes() != before {
						t.Errorf("again: comments %q, want %q", got, tt.want)
					}
				})
			}
		}
	}
}

// A comment of the program before this one, which shows its marker, is edited too,
// and then shows none.
func TestEditsOneOfBefore(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		sendAsBefore(b, f)
		a := editing()
		r := b.send(a)
		wantVerdict(t, r, plan.Done)
		c := b.Issue("SHOP-12").Comments
		if len(c) != 1 || firstLines(c) != twoCommits || strings.Contains(jiratest.Rendered(c[0].Body).Text, "jirahook") {
			t.Errorf("%s: %+v", f, c)
		}
	}
}

// sendAsBefore puts on the issue what the program before this one did.
func sendAsBefore(b *bed, f jiratest.Flavour) {
	b.t.Helper()
	ctx := b.t.Context()
	i, err := b.client.issue(ctx, "SHOP-12")
	if err != nil {
		b.t.Fatal(err)
	}
	of := func(has bool) []property {
		if !has {
			return nil
		}
		return []property{{propertyKey, map[string]any{"id": action("").ID}}}
	}
	w := ofBefore(plan.KindWorklog).Worklog
	for path, body := range map[string]any{
		"comment": newComment{Body: ofBefore(plan.KindComment).Comment.Body, Properties: of(f != jiratest.Server6)},
		"worklog": newWorklog{Comment: w.Text, Started: timestamp{w.Started}, TimeSpent: w.Spent, Properties: of(f == jiratest.Cloud)},
	} {
		if _, err := b.client.call(ctx, request{method: "POST", path: "issue/" + i.ID + "/" + path, body: body}); err != nil {
			b.t.Fatal(err)
		}
	}
	b.sent = b.clock.now()
}

// An answer to an edit that is lost, in the ways that make a difference to it.
func TestLostAnswerToAnEdit(t *testing.T) {
	for _, f := range flavours {
		for name, fault := range map[string]jiratest.Fault{
			"cut after it":  {Kind: jiratest.Drop, Applied: true},
			"cut before it": {Kind: jiratest.Drop},
			"500 after it":  {Kind: jiratest.StatusCode, Status: 500, Applied: true},
			"a page":        {Kind: jiratest.HTML},
			"no body":       {Kind: jiratest.Empty},
		} {
			b := bedOf(t, f)
			wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
			for n := range 120 { // the comment that is edited is not among the newest
				b.AddComment("SHOP-12", "ada", fmt.Sprint("after ", n))
			}
			b.clock.pass(24 * time.Hour)
			b.renew()
			fault.Method = "PUT"
			b.inject(fault)
			wantVerdict(t, b.deliver(editing()), plan.Done)
			c := b.Issue("SHOP-12").Comments
			if len(c) != 121 || firstLines(c[:1]) != twoCommits {
				t.Errorf("%s, %s: %d comments, the first %q", f, name, len(c), c[0].Body)
			}
			edits := 0
			for _, what := range b.Issue("SHOP-12").Activity {
				if strings.HasSuffix(what, "edited") {
					edits++
				}
			}
			if edits != 1 {
				t.Errorf("%s, %s: edited %d times", f, name, edits)
			}
		}
	}
}

// As few requests as can be: the issue, who we are, the list, the edit.
func TestEditTakesFewRequests(t *testing.T) {
	b := bedOf(t, jiratest.Cloud)
	for n := range 1000 {
		b.AddComment("SHOP-12", "ada", fmt.Sprint("before ", n))
	}
	wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
	b.ClearRequests()
	wantVerdict(t, b.send(editing()), plan.Done)
	if got := b.asked(); len(got) != 3 || !strings.HasPrefix(got[2], "PUT ") {
		t.Errorf("requests %v, want myself, the list, the edit", got)
	}
	// Where none is found the search ends.
	a := editing()
	a.ID, a.Comment.Marker, a.Comment.Edits = "1111111111111111111111111111111111111111", "jirahook 111111111111", []string{"jirahook 222222222222"}
	b.ClearRequests()
	wantVerdict(t, b.send(a), plan.Done)
	if got := b.asked(); len(got) != maxSearched/pageOfComments+1 {
		t.Errorf("%d requests", len(got))
	}
}

// The comment that is to be edited is deleted after it was found: it is said anew.
func TestDeletedBeforeTheEdit(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
		at := b.attempt(editing())
		at.Sending = func(string) error {
			if c := b.Issue("SHOP-12").Comments; len(c) == 1 {
				b.DeleteComment("SHOP-12", c[0].ID)
			}
			return nil
		}
		r := b.client.Send(t.Context(), at)
		wantVerdict(t, r, plan.Done)
		if got := firstLines(b.Issue("SHOP-12").Comments); got != twoCommits || r.Words != "comment" {
			t.Errorf("%s: comments %q, %+v", f, got, r)
		}
	}
}

// An edit keeps what restricts the comment; it is cut to Jira's limit.
func TestEditKeepsItsRestriction(t *testing.T) {
	for _, f := range flavours {
		b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: f, TextLimit: 2000}})
		a := action(plan.KindComment)
		a.Comment.Visibility = plan.Visibility{Type: "role", Value: "Developers"}
		wantVerdict(t, b.send(a), plan.Done)
		a = editing()
		a.Comment.Body += strings.Repeat("\n* one more commit", 500)
		r := b.send(a)
		wantVerdict(t, r, plan.Done)
		c := b.Issue("SHOP-12").Comments
		if len(c) != 1 || c[0].Visibility != (jiratest.Visibility{Type: "role", Value: "Developers"}) || firstLines(c) != twoCommits || units(c[0].Body) > 2000 {
			t.Errorf("%s: %+v", f, c)
		}
		wantIn(t, "note", r.Note, "2000 characters")
		requests := b.Requests()
		restriction := `"visibility":{"type":"role","value":"Developers"`
		if f == jiratest.Cloud {
			restriction += `,"identifier":"Developers"` // by which a renamed group is still known
		}
		wantIn(t, "request", requests[len(requests)-1].Body, restriction+"}")
	}
}
