package jira

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/internal/jiratest"
	"jirahook/plan"
)

func workflowBed(t *testing.T, f jiratest.Flavour, w jiratest.Workflow) *bed {
	return newBed(t, bedOptions{Options: jiratest.Options{Flavour: f}, workflow: w})
}

func TestTransitionOutcomes(t *testing.T) {
	screen := jiratest.ScreenWorkflow()
	tests := []struct {
		name    string
		flow    jiratest.Workflow
		from    string // status before; "": the first
		do      plan.Action
		verdict plan.Verdict
		slip    bool // of the pusher
		words   string
		problem string
		advice  string
		note    string
		status  string // after
		writes  int
	}{
		{name: "by command", flow: jiratest.SimpleWorkflow(), do: command("start"), verdict: plan.Done, words: "In Progress", status: "In Progress", writes: 1},
		{name: "ambiguous", flow: jiratest.AmbiguousWorkflow(), do: command("start"), verdict: plan.Skipped, slip: true, problem: "#start is ambiguous: Start Progress, Start Review", status: "To Do"},
		{name: "no match", flow: jiratest.SimpleWorkflow(), do: command("reopen"), verdict: plan.Skipped, slip: true, problem: "#reopen is no open transition, so it is text; open now: Start Progress, Done", status: "To Do"},
		{name: "no match of a rule", flow: jiratest.SimpleWorkflow(), do: moveTo("Reopen"), verdict: plan.Refused, problem: "no open transition is called Reopen or leads there; open now: Start Progress, Done", status: "To Do"},
		{name: "no match of an alias", flow: jiratest.SimpleWorkflow(), do: alias("shelve", "On the shelf"), verdict: plan.Skipped, slip: true, problem: "#shelve is no open transition", status: "To Do"},
		{name: "by alias", flow: jiratest.SimpleWorkflow(), do: alias("go", "Start Progress"), verdict: plan.Done, words: "In Progress", status: "In Progress", writes: 1},
		{name: "a name that runs on", flow: jiratest.SimpleWorkflow(), do: command("s3"), verdict: plan.Skipped, slip: true, problem: "#s3 is no open transition", status: "To Do"},
		{name: "a slip", flow: jiratest.SimpleWorkflow(), do: command("tiem"), verdict: plan.Skipped, slip: true, problem: "#tiem: did you mean #time? It is no open transition", status: "To Do"},
		{name: "status is there", flow: jiratest.SimpleWorkflow(), from: "In Review", do: command("in-review"), verdict: plan.Done, words: "In Review", status: "In Review"},
		{name: "category is there", flow: jiratest.ManyDoneWorkflow(), from: "Closed", do: moveTo("category:done"), verdict: plan.Done, words: "Closed", status: "Closed"},
		{name: "one of many", flow: jiratest.ManyDoneWorkflow(), do: moveTo("category:done"), verdict: plan.Done, words: "Done", note: "Finish chosen among Reject, Finish, Close", status: "Done", writes: 1},
		{name: "by id", flow: jiratest.AmbiguousWorkflow(), do: moveTo("id:42"), verdict: plan.Done, words: "Won't Do", status: "Won't Do", writes: 1},
		{name: "two of one name for a command", flow: jiratest.AmbiguousWorkflow(), do: command("finish"), verdict: plan.Refused, problem: "#finish is ambiguous: Finish (id 41, to Done), Finish (id 42, to Won't Do)", advice: "smart_commits.aliases", status: "To Do"},
		{name: "two of one name", flow: jiratest.AmbiguousWorkflow(), do: moveTo("Finish"), verdict: plan.Refused, problem: "Finish is ambiguous", advice: "id:41", status: "To Do"},
		{name: "hidden by a condition", flow: jiratest.ConditionWorkflow(), do: moveTo("category:done"), verdict: plan.Refused, problem: "no open transition leads to a status of category done; open now: Start Progress", status: "To Do"},
		{name: "from another status", flow: jiratest.SimpleWorkflow(), do: from(moveTo("Done"), "In Progress", "In Review"), verdict: plan.Skipped, problem: "status is To Do, the rule moves only from In Progress, In Review", status: "To Do"},
		{name: "from this status", flow: jiratest.SimpleWorkflow(), do: from(moveTo("Done"), "to do"), verdict: plan.Done, words: "Done", status: "Done", writes: 1},
		{name: "from another category", flow: jiratest.SimpleWorkflow(), do: from(moveTo("Done"), "category:indeterminate"), verdict: plan.Skipped, problem: "status is To Do, the rule moves only from category:indeterminate", status: "To Do"},
		{name: "from another status, but there", flow: jiratest.SimpleWorkflow(), from: "Done", do: from(moveTo("category:done"), "To Do"), verdict: plan.Done, words: "Done", status: "Done"},

		{name: "not back", flow: jiratest.SimpleWorkflow(), from: "In Progress", do: forward(moveTo("To Do")), verdict: plan.Skipped, problem: "stays in In Progress: Stop Progress would lead back to To Do", status: "In Progress"},
		{name: "not back from the end", flow: jiratest.SimpleWorkflow(), from: "Done", do: forward(moveTo("category:new")), verdict: plan.Skipped, problem: "stays in Done: Reopen would lead back to To Do", status: "Done"},
		{name: "back", flow: jiratest.SimpleWorkflow(), from: "In Progress", do: moveTo("To Do"), verdict: plan.Done, words: "To Do", status: "To Do", writes: 1},
		{name: "forward", flow: jiratest.SimpleWorkflow(), do: forward(moveTo("In Progress")), verdict: plan.Done, words: "In Progress", status: "In Progress", writes: 1},
		{name: "forward within a category", flow: jiratest.SimpleWorkflow(), from: "In Progress", do: forward(moveTo("In Review")), verdict: plan.Done, words: "In Review", status: "In Review", writes: 1},

		{name: "comment missing", flow: jiratest.CommentWorkflow(), do: moveTo("category:done"), verdict: plan.Refused, problem: "Done requires Comment", advice: "set transitions[].fields.comment", status: "To Do"},
		{name: "comment missing for a command", flow: jiratest.CommentWorkflow(), do: command("done"), verdict: plan.Skipped, slip: true, problem: "#done: Done requires Comment; write it behind the command", status: "To Do"},
		{name: "comment of a rule", flow: jiratest.CommentWorkflow(), do: fields(moveTo("Done"), "comment", "closed by a commit"), verdict: plan.Done, words: "Done", status: "Done", writes: 1},
		{name: "comment of a rule in Jira's form", flow: jiratest.CommentWorkflow(), do: fields(moveTo("Done"), "Comment", map[string]any{"body": "closed by a commit"}), verdict: plan.Done, words: "Done", status: "Done", writes: 1},
		{name: "comment of a rule left out", flow: jiratest.SimpleWorkflow(), do: fields(moveTo("Done"), "comment", "closed by a commit"), verdict: plan.Done, words: "Done", note: "comment left out: not on the screen of Done", status: "Done", writes: 1},
		{name: "comment of a rule that is no text", flow: jiratest.CommentWorkflow(), do: fields(moveTo("Done"), "comment", 5), verdict: plan.Refused, problem: "comment: 5 is no text", status: "To Do"},

		{name: "field missing", flow: screen, do: moveTo("Resolved"), verdict: plan.Refused, problem: "Resolve Issue requires Resolution (Fixed, Won't Fix,", advice: "set transitions[].fields.resolution", status: "Open"},
		{name: "field missing for a command", flow: screen, do: command("resolve"), verdict: plan.Skipped, slip: true, problem: "#resolve: Resolve Issue requires Resolution (Fixed, Won't Fix, Duplicate, Done, Won't Do); no command fills that in, move it in Jira", advice: "a Smart Commit cannot fill fields", status: "Open"},
		{name: "two fields missing", flow: screen, do: moveTo("Close Issue"), verdict: plan.Refused, problem: "Root cause (Code, Configuration), Resolution", advice: "transitions[].fields.customfield_10100, transitions[].fields.resolution", status: "Open"},
		{name: "field given", flow: screen, do: fields(moveTo("Resolved"), "resolution", "Fixed"), verdict: plan.Done, words: "Resolved", status: "Resolved", writes: 1},
		{name: "field with a wrong value", flow: screen, do: fields(moveTo("Resolved"), "resolution", "Shipped"), verdict: plan.Refused, problem: `"Shipped" is not allowed; allowed: Fixed,`, status: "Open"},
		{name: "field left out", flow: jiratest.SimpleWorkflow(), do: fields(moveTo("Done"), "resolution", "Fixed"), verdict: plan.Done, words: "Done", note: "resolution left out: not on the screen of Done", status: "Done", writes: 1},
	}
	for _, f := range flavours {
		for _, tt := range tests {
			t.Run(string(f)+" "+tt.name, func(t *testing.T) {
				if f == jiratest.Server6 && (tt.do.Transition.Forward && tt.verdict == plan.Skipped || strings.Contains(tt.name, "category")) {
					t.Skip("tells no categories")
				}
				b := workflowBed(t, f, tt.flow)
				if tt.from != "" {
					b.SetStatus("SHOP-12", tt.from)
				}
				r := b.send(tt.do)
				wantVerdict(t, r, tt.verdict)
				if r.Words != tt.words {
					t.Errorf("words %q, want %q", r.Words, tt.words)
				}
				if f != jiratest.Server6 { // tells no categories
					wantIn(t, "note", r.Note, tt.note)
				}
				if r.Slip != tt.slip {
					t.Errorf("a slip of the pusher: %v", r.Slip)
				}
				wantIn(t, "problem", r.Problem, tt.problem)
				wantIn(t, "advice", r.Advice, tt.advice)
				if got := b.Issue("SHOP-12").Status; got != tt.status || b.writes() != tt.writes {
					t.Errorf("status %s after %d writes, want %s after %d", got, b.writes(), tt.status, tt.writes)
				}
			})
		}
	}
}

func from(a plan.Action, statuses ...string) plan.Action {
	a.Transition.From = statuses
	return a
}

func forward(a plan.Action) plan.Action {
	a.Transition.Forward = true
	return a
}

func alias(word, name string) plan.Action {
	a := moveTo(name)
	a.Transition.Word = word
	return a
}

func fields(a plan.Action, name string, value any) plan.Action {
	a.Transition.Fields = map[string]any{name: value}
	return a
}

// Two reads and one write at most: hooks wait for it.
func TestTransitionTakesTwoRequests(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		wantVerdict(t, b.send(moveTo("category:done")), plan.Done)
		if n := len(b.Requests()); n != 2 {
			t.Errorf("%s: requests %v", f, b.asked())
		}
	}
}

func TestRequiredFieldWithAValue(t *testing.T) {
	w := jiratest.SimpleWorkflow()
	for i := range w.Transitions {
		if w.Transitions[i].Name == "Start Progress" {
			w.Transitions[i].Screen = true
			w.Transitions[i].Fields = []jiratest.Field{{ID: "summary", Name: "Summary", Type: "string", Required: true}}
		}
	}
	b := workflowBed(t, jiratest.DataCenter10, w)
	r := b.send(command("start-progress"))
	if b.writes() != 1 || strings.Contains(r.Problem, "requires") {
		t.Errorf("refused by ourselves: %+v", r)
	}
}

func TestConflict(t *testing.T) {
	b := bedOf(t, jiratest.Cloud)
	b.inject(jiratest.Fault{Kind: jiratest.StatusCode, Status: 409, Method: "POST"})
	if r := b.send(moveTo("Done")); r.Verdict != plan.Later || r.Uncertain {
		t.Errorf("result %+v", r)
	}
	b.inject(jiratest.Fault{Kind: jiratest.StatusCode, Status: 409, Method: "POST", Applied: true})
	r := b.send(moveTo("Done"))
	if r.Verdict != plan.Done || r.Words != "Done" {
		t.Errorf("somebody did the same: %+v", r)
	}
}

// While the answer was missing somebody moved the issue on, or back.
func TestMovedBySomebodyElse(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST"}) // ours never came through
		if r := b.send(moveTo("In Progress")); !r.Uncertain {
			t.Fatalf("result %+v", r)
		}
		b.clock.pass(time.Minute)
		b.SetStatus("SHOP-12", "In Review")
		r := b.again(moveTo("In Progress"))
		wantVerdict(t, r, plan.Refused)
		wantIn(t, "problem", r.Problem, "somebody else moved it to In Review")
		if b.writes() != 1 {
			t.Errorf("%s: requests %v", f, b.asked())
		}

		b = bedOf(t, f)
		b.clock.pass(time.Second)
		b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST", Applied: true}) // ours did
		b.send(moveTo("In Progress"))
		b.clock.pass(time.Minute)
		b.SetStatus("SHOP-12", "In Review")
		r = b.again(moveTo("In Progress"))
		wantVerdict(t, r, plan.Done)
		if r.Words != "In Review" || b.writes() != 1 {
			t.Errorf("%s: %+v, %v", f, r, b.asked())
		}

		b = bedOf(t, f)
		b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST"})
		b.send(moveTo("In Progress"))
		b.clock.pass(time.Minute)
		b.SetStatus("SHOP-12", "Done") // where a rule to the category would lead
		wantVerdict(t, b.again(moveTo("category:done")), plan.Done)
	}
}

// The same transition was made a moment before, and undone: that is not the one
// whose answer is missing.
func TestSameTransitionBefore(t *testing.T) {
	for _, f := range flavours {
		for _, applied := range []bool{true, false} {
			for _, pause := range []time.Duration{0, time.Millisecond, time.Second / 10} {
				b := bedOf(t, f)
				for _, to := range []string{"In Progress", "Done", "To Do"} {
					b.clock.pass(pause)
					wantVerdict(t, b.send(moveTo(to)), plan.Done)
				}
				b.clock.pass(pause)
				b.sent, b.memo = time.Time{}, ""
				b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST", Applied: applied})
				wantVerdict(t, b.deliver(moveTo("In Progress")), plan.Done)
				if i := b.Issue("SHOP-12"); i.Status != "In Progress" || b.did("transition") != 4 {
					t.Errorf("%s, applied %v, %v apart: %s after %q", f, applied, pause, i.Status, i.Activity)
				}
			}
		}
	}
}

// The transition whose answer is missing was made, and undone before we looked: it
// is told from an earlier one by Jira's own times, by a millisecond, however far
// Jira's clock is from ours. What somebody else has done is not ours.
func TestMadeAndUndone(t *testing.T) {
	for _, f := range flavours {
		for _, ahead := range []time.Duration{-time.Hour, 0, time.Hour} {
			for _, applied := range []bool{true, false} {
				b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: f}, ahead: ahead})
				for _, to := range []string{"In Progress", "To Do"} {
					wantVerdict(t, b.send(moveTo(to)), plan.Done)
				}
				b.sent, b.memo = time.Time{}, ""
				b.clock.pass(time.Millisecond)
				b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST", Applied: applied})
				if r := b.send(moveTo("In Progress")); !r.Uncertain {
					t.Fatalf("result %+v", r)
				}
				b.clock.pass(time.Millisecond)
				b.SetStatus("SHOP-12", "In Progress")
				b.SetStatus("SHOP-12", "To Do")
				b.clock.pass(time.Minute)
				b.ClearRequests()
				wantVerdict(t, b.again(moveTo("In Progress")), plan.Done)
				if sent := b.writes() == 1; sent == applied {
					t.Errorf("%s, %v ahead, applied %v: %v", f, ahead, applied, b.asked())
				}
			}
		}
	}
}

// An older program noted no time of Jira's: then ours serves, with some seconds
// between the clocks.
func TestMadeAndUndoneOfAnOlderProgram(t *testing.T) {
	for ahead, found := range map[time.Duration]bool{
		-5 * time.Second: false, -4999 * time.Millisecond: true, 0: true, time.Hour: true,
	} {
		b := newBed(t, bedOptions{Options: jiratest.Options{Flavour: jiratest.DataCenter10}, ahead: ahead})
		b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST", Applied: true})
		b.send(moveTo("In Progress"))
		b.SetStatus("SHOP-12", "To Do")
		b.memo, _, _ = strings.Cut(b.memo, "@")
		b.clock.pass(time.Minute)
		b.ClearRequests()
		wantVerdict(t, b.again(moveTo("In Progress")), plan.Done)
		if got := b.writes() == 0; got != found {
			t.Errorf("Jira's clock %v ahead: found %v", ahead, got)
		}
	}
}

// A transition that leads back to where it begins leaves no trace in the status.
func TestLoopedTransition(t *testing.T) {
	w := jiratest.SimpleWorkflow()
	w.Transitions = append(w.Transitions, jiratest.Transition{ID: "81", Name: "Remind", From: []string{"To Do"}, To: "To Do"})
	for _, f := range flavours {
		for _, applied := range []bool{true, false} {
			b := workflowBed(t, f, w)
			b.clock.pass(time.Second)
			b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST", Applied: applied})
			wantVerdict(t, b.deliver(command("remind")), plan.Done)
			if n := b.did("transition"); n != 1 {
				t.Errorf("%s, applied %v: done %d times", f, applied, n)
			}
		}
	}
}

// Some Jiras do not tell transitions, or their fields, with the issue.
func TestTransitionsAreAskedApart(t *testing.T) {
	const head = `{"id":"10042","key":"SHOP-12","fields":{"summary":"s","status":{"id":"1","name":"Open"}}`
	for name, body := range map[string]string{
		"none":           head + `}`,
		"without fields": head + `,"transitions":[{"id":"5","name":"Done","to":{"id":"2","name":"Done"}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			var posted, away bool
			mux := http.NewServeMux()
			answer := func(w http.ResponseWriter, body string) {
				w.Header().Set("Content-Type", "application/json")
				w.Write([]byte(body))
			}
			for _, ref := range []string{"SHOP-12", "10042"} {
				mux.HandleFunc("GET /rest/api/2/issue/"+ref, func(w http.ResponseWriter, _ *http.Request) { answer(w, body) })
			}
			mux.HandleFunc("GET /rest/api/2/issue/10042/transitions", func(w http.ResponseWriter, _ *http.Request) {
				if away {
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				answer(w, `{"transitions":[{"id":"5","name":"Done","to":{"id":"2","name":"Done"},"fields":{}}]}`)
			})
			mux.HandleFunc("POST /rest/api/2/issue/10042/transitions", func(w http.ResponseWriter, _ *http.Request) {
				posted = true
				w.WriteHeader(http.StatusNoContent)
			})
			srv := httptest.NewServer(mux)
			defer srv.Close()
			c, err := New(Options{Jira: config.Jira{URL: srv.URL, Timeout: 20 * time.Second}, Secret: "x"})
			if err != nil {
				t.Fatal(err)
			}
			r := c.Send(context.Background(), plan.Attempt{Action: moveTo("Done")})
			if r.Verdict != plan.Done || !posted {
				t.Errorf("result %+v, posted %v", r, posted)
			}
			away, posted = true, false
			r = c.Send(context.Background(), plan.Attempt{Action: moveTo("Done")})
			if r.Verdict != plan.Away || posted || r.Exchange != "GET /rest/api/2/issue/10042/transitions: 503" {
				t.Errorf("asked in vain: %+v, posted %v", r, posted)
			}
		})
	}
}

// Somebody changed the issue at the same moment, and by now it cannot be read: it is
// tried again.
func TestConflictThatCannotBeReadAfter(t *testing.T) {
	b := bedOf(t, jiratest.Cloud)
	b.inject(jiratest.Fault{Kind: jiratest.StatusCode, Status: 409, Method: "POST"})
	b.inject(jiratest.Fault{Kind: jiratest.StatusCode, Method: "GET", Skip: 1})
	if r := b.send(moveTo("Done")); r.Verdict != plan.Later || r.Uncertain {
		t.Errorf("result %+v", r)
	}
	// What was said with ours is told, as the other one did not take it along.
	b = workflowBed(t, jiratest.Cloud, jiratest.CommentWorkflow())
	a := saying(command("done"))
	at := b.attempt(a)
	at.Sending = func(memo string) error { b.SetStatus("SHOP-12", "Done"); return nil }
	b.inject(jiratest.Fault{Kind: jiratest.StatusCode, Status: 409, Method: "POST"})
	wantVerdict(t, b.client.Send(t.Context(), at), plan.Done)
	if i := b.Issue("SHOP-12"); i.Status != "Done" || len(i.Comments) != 1 {
		t.Errorf("%s, %d comments", i.Status, len(i.Comments))
	}
}

// A status of no known category is neither before nor behind another.
func TestRank(t *testing.T) {
	order := []string{"", "undefined", "new", "indeterminate", "done"}
	for i, a := range order {
		for j, b := range order {
			before := rank(to("1", "a", a)) < rank(to("2", "b", b))
			if want := i < j && j > 1; before != want {
				t.Errorf("%q is before %q: %v", a, b, before)
			}
		}
	}
}
