package jira

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"jirahook/internal/jiratest"
	"jirahook/plan"
)

// What Ask says of an action is what comes of it when it is sent.
func TestAskSaysWhatSendingComesTo(t *testing.T) {
	simple, screen := jiratest.SimpleWorkflow(), jiratest.ScreenWorkflow()
	tests := []struct {
		name    string
		flow    jiratest.Workflow
		status  string
		do      plan.Action
		takes   string
		missing []string
	}{
		{name: "by category", flow: simple, do: moveTo("category:done"), takes: "Done"},
		{name: "a command", flow: simple, do: command("start"), takes: "Start Progress"},
		{name: "is there", flow: simple, status: "Done", do: moveTo("category:done")},
		{name: "not from here", flow: simple, do: from(moveTo("Done"), "In Review")},
		{name: "never back", flow: simple, status: "Done", do: forward(moveTo("To Do"))},
		{name: "a choice", flow: jiratest.ManyDoneWorkflow(), do: moveTo("category:done"), takes: "Finish"},
		{name: "no such transition", flow: simple, do: moveTo("Ship")},
		{name: "no such word", flow: simple, do: command("ship")},
		{name: "ambiguous", flow: jiratest.AmbiguousWorkflow(), do: command("s")},
		{name: "filled", flow: screen, do: fields(moveTo("Resolved"), "resolution", "Fixed"), takes: "Resolve Issue"},
		{name: "a wrong value", flow: screen, do: fields(moveTo("Resolved"), "resolution", "Shipped"), takes: "Resolve Issue"},
		{name: "a field is missing", flow: screen, do: moveTo("Resolved"), takes: "Resolve Issue", missing: []string{"Resolution"}},
		{name: "said with it where the screen demands that", flow: jiratest.CommentWorkflow(), do: saying(moveTo("Done")), takes: "Done"},
		{name: "a comment", flow: simple, do: action(plan.KindComment)},
		{name: "a link", flow: simple, do: action(plan.KindLink)},
		{name: "no such issue", flow: simple, do: onKey(moveTo("Done"), "SHOP-99")},
		{name: "a comment on none", flow: simple, do: onKey(action(plan.KindComment), "SHOP-99")},
	}
	for _, f := range flavours {
		for _, tt := range tests {
			t.Run(string(f)+"/"+tt.name, func(t *testing.T) {
				if f == jiratest.Server6 && tt.name == "never back" {
					tt.takes = "Reopen" // it knows no categories, so nothing is known to lead back
				}
				b := workflowBed(t, f, tt.flow)
				if tt.status != "" {
					b.SetStatus("SHOP-12", tt.status)
				}
				all, err := b.client.Ask(t.Context(), []plan.Action{tt.do})
				if err != nil || len(all) != 1 {
					t.Fatalf("%+v, %v", all, err)
				}
				said := all[0]
				if b.writes() != 0 {
					t.Errorf("it changed something: %v", b.asked())
				}
				if !said.Known || said.Takes != tt.takes || !slices.Equal(said.Missing, tt.missing) {
					t.Errorf("it takes %q and misses %q, want %q and %q", said.Takes, said.Missing, tt.takes, tt.missing)
				}
				b.renew()
				r := b.send(tt.do)
				if said.Problem != r.Problem || (r.Verdict == plan.Done) != (said.Problem == "") {
					t.Errorf("it says %q, and sent it comes to %s: %q", said.Problem, r.Verdict, r.Problem)
				}
				if sent := sentTransition(b, tt.flow); r.Verdict == plan.Done && sent != said.Takes {
					t.Errorf("it says it takes %q, and sent was %q", said.Takes, sent)
				}
				if r.Verdict == plan.Done && tt.takes == "" && said.Status != r.Issue.Status {
					t.Errorf("it is said to be %s, and is %s", said.Status, r.Issue.Status)
				}
			})
		}
	}
}

// sentTransition is the name of the transition that was sent; "": none was.
func sentTransition(b *bed, flow jiratest.Workflow) string {
	for _, r := range b.Requests() {
		var body newTransition
		if r.Method != http.MethodPost || !strings.HasSuffix(r.Path, "/transitions") || json.Unmarshal([]byte(r.Body), &body) != nil {
			continue
		}
		for _, t := range flow.Transitions {
			if t.ID == body.Transition.ID {
				return t.Name
			}
		}
		return "id " + body.Transition.ID
	}
	return ""
}

func onKey(a plan.Action, key string) plan.Action {
	a.Issue = key
	return a
}

// However many actions, each issue is read once, and all of them by one search.
func TestAskReadsEachIssueOnce(t *testing.T) {
	b := bedOf(t, jiratest.DataCenter10)
	var actions []plan.Action
	for _, key := range []string{"SHOP-12", "OPS-1", "OPS-2"} {
		if key != "SHOP-12" {
			b.AddIssue(key, "Another")
		}
		for range 5 {
			actions = append(actions, onKey(action(plan.KindComment), key), onKey(moveTo("Done"), key), onKey(command("start"), key))
		}
	}
	all, err := b.client.Ask(t.Context(), actions)
	if err != nil || len(all) != len(actions) {
		t.Fatalf("%d of %d: %v", len(all), len(actions), err)
	}
	searches, reads := 0, 0
	for _, asked := range b.asked() {
		if strings.Contains(asked, "/search") {
			searches++
		} else if strings.Contains(asked, "/issue/") {
			reads++
		}
	}
	if searches != 1 || reads != 3 {
		t.Errorf("%d searches and %d reads: %v", searches, reads, b.asked())
	}
}

// A Jira that is away, or does not accept us, is an error, not an action's problem.
func TestAskOfAJiraThatIsAway(t *testing.T) {
	b := bedOf(t, jiratest.Cloud)
	if err := b.SetDown(true); err != nil {
		t.Fatal(err)
	}
	all, err := b.client.Ask(t.Context(), []plan.Action{moveTo("Done"), action(plan.KindComment)})
	if e, ok := errors.AsType[*Error](err); !ok || e.Verdict != plan.Away || len(all) != 2 || all[0].Known || all[1].Known {
		t.Errorf("%+v, %v", all, err)
	}
}
