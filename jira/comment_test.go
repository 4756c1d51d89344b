package jira

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"jirahook/internal/jiratest"
	"jirahook/plan"
)

func TestVisibility(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		b.SetRoles("SHOP", "Developers")
		a := action(plan.KindComment)
		a.Comment.Visibility = plan.Visibility{Type: "role", Value: "Developers"}
		wantVerdict(t, b.send(a), plan.Done)
		if v := b.Issue("SHOP-12").Comments[0].Visibility; v.Type != "role" || v.Value != "Developers" {
			t.Errorf("%s: visibility %+v", f, v)
		}
		a.Comment.Visibility.Value = "Administrators"
		r := b.send(a)
		wantVerdict(t, r, plan.Refused)
		wantIn(t, "problem", r.Problem, "not a member of the project role: Administrators")
		wantIn(t, "advice", r.Advice, "must itself be in the role Administrators", "mentions.visibility")
	}
}

// The administrators have set a lower limit than the planner knows.
func TestTooLongIsCut(t *testing.T) {
	for _, f := range flavours {
		b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: f, TextLimit: 5000}})
		a := action(plan.KindComment)
		a.Comment.Body = "*Ada* mentioned this issue:\n{quote}\n" + strings.Repeat("a word and more 😀\n", 1000) + "{quote}"
		r := b.send(a)
		wantVerdict(t, r, plan.Done)
		wantIn(t, "note", r.Note, "5000 characters")
		c := b.Issue("SHOP-12").Comments
		if len(c) != 1 || units(c[0].Body) > 5000 || units(c[0].Body) < 4000 || !strings.HasSuffix(c[0].Body, "\n{quote}") {
			t.Errorf("%s: %d comments", f, len(c))
		}
		if b.calls != 2 {
			t.Errorf("noted %d times, want before each of the two requests", b.calls)
		}

		w := action(plan.KindWorklog)
		w.Worklog.Text = strings.Repeat("a word and more ", 1000)
		r = b.send(w)
		wantVerdict(t, r, plan.Done)
		wantIn(t, "note", r.Note, "the worklog's text was cut to Jira's limit of 5000 characters")
		// Cut or not, both are found again.
		for _, a := range []plan.Action{a, w} {
			wantVerdict(t, b.again(a), plan.Done)
		}
		if i := b.Issue("SHOP-12"); len(i.Comments) != 1 || len(i.Worklogs) != 1 {
			t.Errorf("%s: %d comments, %d worklogs", f, len(i.Comments), len(i.Worklogs))
		}
	}
}

// Among many comments the lost one is found, as far back as it can be.
func TestFindsItsComment(t *testing.T) {
	for _, f := range flavours {
		t.Run(string(f), func(t *testing.T) {
			b := bedOf(t, f)
			for n := range 120 {
				b.AddComment("SHOP-12", "ada", fmt.Sprint("before ", n))
			}
			b.clock.pass(time.Hour)
			b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST", Applied: true})
			if r := b.send(action(plan.KindComment)); !r.Uncertain {
				t.Fatalf("result %+v", r)
			}
			for n := range 120 {
				b.AddComment("SHOP-12", "ada", fmt.Sprint("after ", n))
			}
			b.clock.pass(time.Hour)
			wantVerdict(t, b.again(action(plan.KindComment)), plan.Done)
			if b.writes() != 1 {
				t.Errorf("requests %v", b.asked())
			}
		})
	}
}

// Old comments are not paged through.
func TestLooksBackOnlyAsFarAsNeeded(t *testing.T) {
	b := bedOf(t, jiratest.Cloud)
	for n := range 300 {
		b.AddComment("SHOP-12", "ada", fmt.Sprint("before ", n))
	}
	b.clock.pass(time.Hour)
	b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST"})
	b.send(action(plan.KindComment))
	b.ClearRequests()
	b.clock.pass(time.Minute)
	wantVerdict(t, b.again(action(plan.KindComment)), plan.Done)
	lists := 0
	for _, r := range b.asked() {
		if strings.HasPrefix(r, "GET") && strings.HasSuffix(r, "/comment") {
			lists++
		}
	}
	if lists != 1 || b.did("comment") != 301 {
		t.Errorf("%d lists, requests %v", lists, b.asked())
	}
}

// Somebody quotes our comment, marker and all: that is not ours.
func TestMarkerOfSomebodyElse(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST"})
		b.send(action(plan.KindComment))
		b.AddComment("SHOP-12", "ada", "what is\n^"+marker+"^")
		b.AddComment("SHOP-12", "ada", "what is {anchor:jirahook-0123456789ab}?")
		b.AddWorklog("SHOP-12", "ada", action(plan.KindWorklog).Worklog.Started, "2h", "^"+marker+"^")
		b.clock.pass(time.Minute)
		wantVerdict(t, b.again(action(plan.KindComment)), plan.Done)
		wantVerdict(t, b.again(action(plan.KindWorklog)), plan.Done)
		if n := b.writes(); n != 3 {
			t.Errorf("%s: requests %v", f, b.asked())
		}
	}
}

// An old Server cannot keep emoji and answers 500; the second try does without.
func TestServerWithoutEmoji(t *testing.T) {
	for _, kind := range []plan.Kind{plan.KindComment, plan.KindLink, plan.KindWorklog} {
		b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: jiratest.Server7, UTF8MB3: true}})
		a := action(kind)
		switch kind {
		case plan.KindComment:
			a.Comment.Body = "🚀 " + a.Comment.Body
		case plan.KindLink:
			a.Link.Title = "🚀 " + a.Link.Title
		case plan.KindWorklog:
			a.Worklog.Text = "🚀 " + a.Worklog.Text
		}
		wantVerdict(t, b.deliver(a), plan.Done)
		if b.did(string(kind)) != 1 {
			t.Errorf("%s: %v", kind, b.Issue("SHOP-12").Activity)
		}
	}
}

func TestCommentLimit(t *testing.T) {
	b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: jiratest.Cloud, CommentLimit: 1}})
	wantVerdict(t, b.send(action(plan.KindComment)), plan.Done)
	r := b.send(action(plan.KindComment))
	wantVerdict(t, r, plan.Refused)
	wantIn(t, "problem", r.Problem, "limit of 1 comments")
}

func TestTimeTrackingOff(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		b.SetTimeTracking(false)
		r := b.send(action(plan.KindWorklog))
		if r.Verdict != plan.Refused || !strings.Contains(r.Advice, "time tracking") {
			t.Errorf("%s: %+v", f, r)
		}
	}
}

// A minute of work, logged with a time in whatever zone, stays that minute.
func TestWorklogStarted(t *testing.T) {
	for _, zone := range []*time.Location{time.UTC, time.FixedZone("", 5*3600+45*60), time.FixedZone("", -3*3600-30*60)} {
		b := bedOf(t, jiratest.DataCenter10)
		a := action(plan.KindWorklog)
		a.Worklog.Started = time.Date(2026, 3, 29, 1, 59, 59, 0, zone)
		wantVerdict(t, b.send(a), plan.Done)
		if got := b.Issue("SHOP-12").Worklogs[0].Started; !got.Equal(a.Worklog.Started) {
			t.Errorf("started %v, want %v", got, a.Worklog.Started)
		}
	}
}
