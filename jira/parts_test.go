package jira

import (
	"context"
	"strings"
	"testing"
	"time"

	"jirahook/internal/jiratest"
	"jirahook/plan"
)

// partly is a digest with a line that is a command or not.
func partly(words ...string) plan.Action {
	a := action(plan.KindComment)
	a.Comment.Body = ""
	part := plan.Part{Text: "\nSHOP-12 #line"}
	for _, w := range words {
		part.Commands = append(part.Commands, plan.Moving{To: w, ByCommand: true})
	}
	a.Comment.Parts = []plan.Part{{Text: "told"}, part, {Text: "\n^" + marker + "^"}}
	return a
}

func TestLinesAreLeftOutWhereTheirCommandsAre(t *testing.T) {
	tests := []struct {
		name   string
		flow   jiratest.Workflow
		status string
		do     plan.Action
		told   bool
	}{
		{"no transition", jiratest.SimpleWorkflow(), "", partly("include"), true},
		{"a transition", jiratest.SimpleWorkflow(), "", partly("done"), false},
		{"one of two", jiratest.SimpleWorkflow(), "", partly("done", "define"), true},
		{"ambiguous", jiratest.AmbiguousWorkflow(), "", partly("start"), false},
		{"a field is missing", jiratest.ScreenWorkflow(), "", partly("resolve"), false},
		{"is there", jiratest.SimpleWorkflow(), "Done", partly("done"), false},
		{"not open", jiratest.SimpleWorkflow(), "Done", partly("start"), true},
		{"by the beginning of a name", jiratest.SimpleWorkflow(), "", partly("s3"), true},
	}
	for _, f := range flavours {
		for _, tt := range tests {
			b := workflowBed(t, f, tt.flow)
			if tt.status != "" {
				b.SetStatus("SHOP-12", tt.status)
			}
			wantVerdict(t, b.send(tt.do), plan.Done)
			got := b.Issue("SHOP-12").Comments[0].Body
			if strings.Contains(got, "SHOP-12 #line") != tt.told || !strings.HasPrefix(got, "told") {
				t.Errorf("%s, %s: %q", f, tt.name, got)
			}
		}
	}
}

// The transitions are read once for the digest and what follows, and the issue is
// not read apart.
func TestPartsCostNoRequest(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		first, then := partly("done"), command("done")
		b.client.Prepare(context.Background(), []plan.Action{first, then})
		wantVerdict(t, b.send(first), plan.Done)
		wantVerdict(t, b.send(then), plan.Done)
		reads := 0
		for _, r := range b.asked() {
			if strings.HasPrefix(r, "GET") && strings.Contains(r, "/issue/") {
				reads++
			}
		}
		if reads != 1 {
			t.Errorf("%s: requests %v", f, b.asked())
		}
	}
}

// What was read for the digest may be so no longer when the transition's turn
// comes.
func TestStaleReading(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		wantVerdict(t, b.send(partly("start")), plan.Done)
		b.clock.pass(time.Second)
		b.SetStatus("SHOP-12", "In Progress") // start now means Start Review
		wantVerdict(t, b.send(command("start-review")), plan.Done)

		b = bedOf(t, f)
		wantVerdict(t, b.send(partly("start")), plan.Done)
		b.SetStatus("SHOP-12", "Done") // and Start Progress is not open
		r := b.send(command("start-progress"))
		wantVerdict(t, r, plan.Skipped)
		wantIn(t, "problem", r.Problem, "open now: Reopen")

		b = bedOf(t, f)
		wantVerdict(t, b.send(partly("done")), plan.Done)
		wantVerdict(t, b.send(command("start-progress")), plan.Done)
		wantVerdict(t, b.send(command("stop-progress")), plan.Done) // our own move counts
		if got := b.Issue("SHOP-12").Status; got != "To Do" {
			t.Errorf("%s: %s", f, got)
		}
	}
}

// A lost answer to such a comment: told once.
func TestPartsAreToldOnce(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST", Applied: true})
		wantVerdict(t, b.deliver(partly("include")), plan.Done)
		if n := b.did("comment"); n != 1 {
			t.Errorf("%s: told %d times", f, n)
		}
	}
}

// Between two leases another process of ours may have gone round the whole
// workflow: what was read in the first says nothing in the second.
func TestReadingOfAnotherLease(t *testing.T) {
	for _, f := range flavours {
		b := bedOf(t, f)
		b.SetStatus("SHOP-12", "Done")
		wantVerdict(t, b.send(partly("done")), plan.Done)
		b.SetStatus("SHOP-12", "In Progress")
		b.lease = "another"
		wantVerdict(t, b.send(command("done")), plan.Done)
		if got := b.Issue("SHOP-12").Status; got != "Done" {
			t.Errorf("%s: taken for done, but is %s", f, got)
		}

		// Nor does it tell an equal transition of before from the one whose answer
		// was lost.
		b = bedOf(t, f)
		wantVerdict(t, b.send(partly("start-progress")), plan.Done)
		b.lease = "another"
		b.clock.pass(time.Second)
		ours := b.client
		b.renew()
		for _, word := range []string{"start-progress", "stop-progress"} {
			wantVerdict(t, b.send(command(word)), plan.Done)
		}
		b.client, b.sent, b.memo = ours, time.Time{}, ""
		b.clock.pass(time.Second)
		b.inject(jiratest.Fault{Kind: jiratest.Drop, Method: "POST"})
		wantVerdict(t, b.deliver(command("start-progress")), plan.Done)
		if got := b.Issue("SHOP-12").Status; got != "In Progress" {
			t.Errorf("%s: taken for made, but is %s", f, got)
		}
	}
}
