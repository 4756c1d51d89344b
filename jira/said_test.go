package jira

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"jirahook/internal/jiratest"
	"jirahook/plan"
)

// What stands behind a command is told where there is such a transition, in it
// where its screen takes a comment, and nowhere else.
func TestSaidWithATransition(t *testing.T) {
	tests := []struct {
		name     string
		flow     jiratest.Workflow
		from     string
		do       plan.Action
		verdict  plan.Verdict
		comments int
		posts    []string // the ends of their paths
		status   string
	}{
		{name: "without a screen", flow: jiratest.SimpleWorkflow(), do: command("done"), verdict: plan.Done, comments: 1, posts: []string{"transitions", "comment"}, status: "Done"},
		{name: "on a screen that takes it", flow: jiratest.CommentWorkflow(), do: command("done"), verdict: plan.Done, comments: 1, posts: []string{"transitions"}, status: "Done"},
		{name: "on a screen that does not", flow: jiratest.ScreenWorkflow(), from: "Resolved", do: command("reopen"), verdict: plan.Done, comments: 1, posts: []string{"transitions", "comment"}, status: "Reopened"},
		{name: "is there", flow: jiratest.SimpleWorkflow(), from: "Done", do: command("done"), verdict: plan.Done, comments: 1, posts: []string{"comment"}, status: "Done"},
		{name: "no such transition", flow: jiratest.SimpleWorkflow(), do: command("include"), verdict: plan.Skipped, status: "To Do"},
		{name: "not open from here", flow: jiratest.SimpleWorkflow(), do: command("start-review"), verdict: plan.Skipped, status: "To Do"},
		{name: "ambiguous", flow: jiratest.AmbiguousWorkflow(), do: command("start"), verdict: plan.Skipped, comments: 1, posts: []string{"comment"}, status: "To Do"},
		{name: "field missing", flow: jiratest.ScreenWorkflow(), do: command("resolve"), verdict: plan.Skipped, comments: 1, posts: []string{"comment"}, status: "Open"},
	}
	for _, f := range flavours {
		for _, tt := range tests {
			t.Run(string(f)+" "+tt.name, func(t *testing.T) {
				b := workflowBed(t, f, tt.flow)
				if tt.from != "" {
					b.SetStatus("SHOP-12", tt.from)
				}
				r := b.send(saying(tt.do))
				wantVerdict(t, r, tt.verdict)
				if tt.verdict == plan.Done && r.Words != tt.status {
					t.Errorf("words %q", r.Words)
				}
				i := b.Issue("SHOP-12")
				if len(i.Comments) != tt.comments || i.Status != tt.status {
					t.Errorf("%s with %d comments, want %s with %d", i.Status, len(i.Comments), tt.status, tt.comments)
				}
				var posts []string
				for _, q := range b.Requests() {
					if q.Method == http.MethodPost {
						posts = append(posts, q.Path[strings.LastIndexByte(q.Path, '/')+1:])
					}
				}
				if !slices.Equal(posts, tt.posts) {
					t.Errorf("posted %q, want %q", posts, tt.posts)
				}
			})
		}
	}
}

// A word that only looks like a command is no alarm when nothing is open; that the
// account may not move issues is one.
func TestNothingOpenForACommand(t *testing.T) {
	for _, f := range flavours {
		w := jiratest.SimpleWorkflow()
		w.Transitions = w.Transitions[:1]
		b := workflowBed(t, f, w)
		b.SetStatus("SHOP-12", "Done")
		r := b.send(saying(command("include")))
		wantVerdict(t, r, plan.Skipped)
		wantIn(t, "problem", r.Problem, "#include is no open transition, so it is text; none is open now")

		b = bedOf(t, f)
		b.SetPermissions("SHOP", jiratest.BrowseProjects, jiratest.AddComments)
		if r = b.send(saying(command("done"))); f == jiratest.Server6 { // knows no such permission
			wantVerdict(t, r, plan.Skipped)
			continue
		}
		wantVerdict(t, r, plan.Refused)
		wantIn(t, "advice", r.Advice, "Transition Issues")
		if n := len(b.Issue("SHOP-12").Comments); n != 0 {
			t.Errorf("%s: %d comments", f, n)
		}
	}
}

// What the account may do is asked for the alarm alone: where that is not told, the
// word stays text; where Jira does not answer, it is asked again.
func TestNothingOpenAndPermissionsUntold(t *testing.T) {
	w := jiratest.SimpleWorkflow()
	w.Transitions = w.Transitions[:1]
	for status, want := range map[int]plan.Verdict{404: plan.Skipped, 403: plan.Skipped, 400: plan.Skipped, 503: plan.Away} {
		b := workflowBed(t, jiratest.DataCenter10, w)
		b.SetStatus("SHOP-12", "Done")
		b.inject(jiratest.Fault{Kind: jiratest.StatusCode, Status: status, Path: "mypermissions"})
		if r := b.send(command("include")); r.Verdict != want || want == plan.Skipped && !strings.Contains(r.Problem, "so it is text") {
			t.Errorf("%d: %+v", status, r)
		}
	}
}

// Whichever of the two answers is lost, in whichever way: one move, one comment.
func TestLostAnswersOfWhatWasSaid(t *testing.T) {
	faults := map[string]jiratest.Fault{
		"cut after it":  {Kind: jiratest.Drop, Applied: true},
		"cut before it": {Kind: jiratest.Drop},
		"500 after it":  {Kind: jiratest.StatusCode, Status: 500, Applied: true},
		"502 before it": {Kind: jiratest.StatusCode, Status: 502},
		"half a body":   {Kind: jiratest.Truncated},
		"429":           {Kind: jiratest.RateLimited},
	}
	flows := map[string]jiratest.Workflow{"apart": jiratest.SimpleWorkflow(), "together": jiratest.CommentWorkflow()}
	for _, f := range flavours {
		for name, fault := range faults {
			for flowName, flow := range flows {
				for _, path := range []string{"/transitions", "/comment"} {
					t.Run(string(f)+" "+name+" "+flowName+path, func(t *testing.T) {
						t.Parallel()
						b := workflowBed(t, f, flow)
						b.clock.pass(time.Second)
						at := fault // of all who run in parallel
						at.Method, at.Path = http.MethodPost, path
						b.inject(at)
						r := b.deliver(saying(command("done")))
						wantVerdict(t, r, plan.Done)
						if m, c := b.did("transition"), b.did("comment"); m != 1 || c != 1 || r.Words != "Done" {
							t.Errorf("moved %d times, told %d times, %q: %v", m, c, r.Words, b.asked())
						}
					})
				}
			}
		}
	}
}

// The process dies right after it made durable that a request goes out, or right
// after the request: for the transition, and for what was said with it.
func TestDyingBetweenMoveAndComment(t *testing.T) {
	for _, f := range flavours {
		for _, flow := range []jiratest.Workflow{jiratest.SimpleWorkflow(), jiratest.CommentWorkflow()} {
			for dies := 1; dies <= 2; dies++ {
				for _, sent := range []bool{false, true} {
					b := workflowBed(t, f, flow)
					b.clock.pass(time.Second)
					if !b.dyingAt(saying(command("done")), dies, sent) {
						continue // one request is all there is
					}
					b.clock.pass(time.Hour)
					wantVerdict(t, b.again(saying(command("done"))), plan.Done)
					if m, c := b.did("transition"), b.did("comment"); m != 1 || c != 1 {
						t.Errorf("%s, died at request %d, sent %v: moved %d times, told %d times: %v", f, dies, sent, m, c, b.asked())
					}
				}
			}
		}
	}
}

// dyingAt sends an action and dies at its nth request, before or after it is
// carried out. The outbox's notes are as they were then.
func (b *bed) dyingAt(a plan.Action, n int, sent bool) bool {
	b.t.Helper()
	died := false
	at := b.attempt(a)
	if sent {
		b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: http.MethodPost, Applied: true, Skip: n - 1})
	}
	count := 0
	at.Sending = func(memo string) error {
		count++
		if count > n {
			b.t.Fatalf("went on after request %d", n)
		}
		b.sent, b.memo = b.clock.now(), memo
		if count == n {
			died = true
			if !sent {
				return errors.New("died")
			}
		}
		return nil
	}
	b.client.Send(b.t.Context(), at)
	memo, when := b.memo, b.sent
	b.renew()
	b.memo, b.sent = memo, when
	b.ClearFaults()
	return died
}

// A refused transition whose text was told is tried again by an operator: the text
// is not told again.
func TestRefusalIsToldOnce(t *testing.T) {
	for _, f := range flavours {
		b := workflowBed(t, f, jiratest.AmbiguousWorkflow())
		r := b.send(saying(command("start")))
		wantVerdict(t, r, plan.Skipped)
		if !r.Uncertain {
			t.Fatalf("%s: the memo will be lost: %+v", f, r)
		}
		b.clock.pass(time.Hour)
		wantVerdict(t, b.again(saying(command("start"))), plan.Skipped)
		b.HideTransition("SHOP", "Start Review", true)
		b.clock.pass(time.Hour)
		wantVerdict(t, b.again(saying(command("start"))), plan.Done)
		if m, c := b.did("transition"), b.did("comment"); m != 1 || c != 1 {
			t.Errorf("%s: moved %d times, told %d times: %v", f, m, c, b.asked())
		}
	}
}

// What was said is refused by itself: the issue is moved all the same, once.
func TestSaidIsRefused(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		b.SetPermissions("SHOP", jiratest.BrowseProjects, jiratest.TransitionIssues)
		r := b.send(saying(command("done")))
		wantVerdict(t, r, plan.Refused)
		wantIn(t, "problem", r.Problem, "moved to Done, but what was said with it is not told")
		b.SetPermissions("SHOP", jiratest.BrowseProjects, jiratest.TransitionIssues, jiratest.AddComments)
		b.clock.pass(time.Hour)
		wantVerdict(t, b.again(saying(command("done"))), plan.Done)
		if m, c := b.did("transition"), b.did("comment"); m != 1 || c != 1 {
			t.Errorf("%s: moved %d times, told %d times: %v", f, m, c, b.asked())
		}
	}
}

// A transition is refused, and so is what was said with it: both are told.
func TestRefusalCannotBeTold(t *testing.T) {
	for _, f := range flavours {
		b := workflowBed(t, f, jiratest.AmbiguousWorkflow())
		b.SetPermissions("SHOP", jiratest.BrowseProjects, jiratest.TransitionIssues)
		r := b.send(saying(command("start")))
		wantVerdict(t, r, plan.Skipped)
		wantIn(t, "problem", r.Problem, "#start is ambiguous: ", "; nor is told what was said with it: ")
		if r.Uncertain {
			t.Errorf("%s: %+v", f, r)
		}
		b.SetPermissions("SHOP", jiratest.BrowseProjects, jiratest.TransitionIssues, jiratest.AddComments)
		wantVerdict(t, b.send(saying(command("start"))), plan.Skipped)
		if n := b.did("comment"); n != 1 {
			t.Errorf("%s: told %d times", f, n)
		}
	}
}
