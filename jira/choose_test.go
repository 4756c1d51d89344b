package jira

import (
	"errors"
	"strings"
	"testing"

	"jirahook/plan"
)

func to(id, name, category string) status {
	s := status{ID: id, Name: name}
	s.Category.Key = category
	return s
}

type chooseTest struct {
	name    string
	want    plan.Transition
	open    []transition
	id      string
	note    string
	problem string
	slip    bool // of the pusher
	advice  string
}

// testsOfNames are about what names are alike.
func testsOfNames() []chooseTest {
	done, review := to("6", "Done", "done"), to("4", "In Review", "indeterminate")
	german := transition{ID: "1", Name: "Fertig", Untranslated: "Finish", To: done}
	nameless := transition{ID: "2", To: review}
	upper, blank := transition{ID: "3", Name: "FINISH", To: done}, transition{ID: "4", Name: "finish ", To: review}
	return []chooseTest{
		{name: "name of another language", want: plan.Transition{To: "finish"}, open: []transition{nameless, german}, id: "1"},
		{name: "no name", want: plan.Transition{To: ""}, open: []transition{nameless, german}, problem: "no open transition is called"},
		{name: "id with blanks", want: plan.Transition{To: "id: 2 "}, open: []transition{german, nameless}, id: "2"},
		{name: "names that look alike", want: plan.Transition{To: "ship", ByCommand: true}, open: []transition{upper, blank, german},
			problem: "open now: FINISH (id 3, to Done), finish  (id 4, to In Review), Fertig"},
		{name: "a name in capitals and blanks", want: plan.Transition{To: "Finish"}, open: []transition{upper, blank}, problem: "Finish is ambiguous", advice: "id:3"},
	}
}

func TestChoose(t *testing.T) {
	start := transition{ID: "11", Name: "Start Progress", To: to("3", "In Progress", "indeterminate")}
	review := transition{ID: "31", Name: "Start Review", To: to("4", "In Review", "indeterminate")}
	reject := transition{ID: "61", Name: "Reject", To: to("5", "Won't Do", "done")}
	finish := transition{ID: "41", Name: "Finish", To: to("6", "Done", "done")}
	closing := transition{ID: "71", Name: "Close Issue", To: to("7", "Closed", "done")}
	resolve := transition{ID: "51", Name: "Resolved", To: to("8", "Erledigt", "done")}
	finish2 := transition{ID: "42", Name: "Finish", To: to("5", "Won't Do", "done")}
	oldDone := transition{ID: "5", Name: "Resolve Issue", To: to("5", "Resolved", "")}
	back := transition{ID: "91", Name: "Ask again", To: to("3", "In Progress", "indeterminate")}

	tests := []chooseTest{
		{name: "command", want: plan.Transition{To: "start-p", ByCommand: true}, open: []transition{start, review}, id: "11"},
		{name: "ambiguous command", want: plan.Transition{To: "start", ByCommand: true}, open: []transition{start, review, finish},
			problem: "#start is ambiguous: Start Progress, Start Review", advice: "id 31", slip: true},
		{name: "two of one name", want: plan.Transition{To: "finish", ByCommand: true}, open: []transition{start, finish, finish2},
			problem: "#finish is ambiguous: Finish (id 41, to Done), Finish (id 42, to Won't Do)", advice: "name one by its id in smart_commits.aliases, such as finish: id:41"},
		{name: "two of one name, and another", want: plan.Transition{To: "f", ByCommand: true}, open: []transition{finish, {ID: "81", Name: "Fix"}, finish2},
			problem: "#f is ambiguous: Finish (id 41, to Done), Fix, Finish (id 42, to Won't Do)", advice: "type more of the name", slip: true},
		{name: "two of one name are open", want: plan.Transition{To: "Ship"}, open: []transition{start, finish, finish2},
			problem: "open now: Start Progress, Finish (id 41, to Done), Finish (id 42, to Won't Do)"},
		{name: "command without match", want: plan.Transition{To: "reopen", ByCommand: true}, open: []transition{start, finish},
			problem: "no open transition is called reopen; open now: Start Progress, Finish"},
		{name: "nothing open", want: plan.Transition{To: "reopen", ByCommand: true}, problem: "no transition is open to the account", advice: "Transition Issues"},
		{name: "name", want: plan.Transition{To: "start review"}, open: []transition{start, review}, id: "31"},
		{name: "name of the status", want: plan.Transition{To: "In Review"}, open: []transition{start, review}, id: "31"},
		{name: "transition before status", want: plan.Transition{To: "Resolved"}, open: []transition{oldDone, resolve}, id: "51"},
		{name: "two lead to the status", want: plan.Transition{To: "In Progress"}, open: []transition{start, back}, id: "11", note: "Start Progress chosen among Start Progress, Ask again"},
		{name: "two of the name", want: plan.Transition{To: "Finish"}, open: []transition{finish, finish2},
			problem: "Finish is ambiguous: Finish (id 41, to Done), Finish (id 42, to Won't Do)", advice: "id:41"},
		{name: "name is not open", want: plan.Transition{To: "Ship"}, open: []transition{start}, problem: "no open transition is called Ship or leads there; open now: Start Progress"},
		{name: "id", want: plan.Transition{To: "id:42"}, open: []transition{finish, finish2}, id: "42"},
		{name: "id is not open", want: plan.Transition{To: "id:9"}, open: []transition{finish}, problem: "no open transition has the id 9", advice: "id 41"},
		{name: "category", want: plan.Transition{To: "category:done"}, open: []transition{start, reject}, id: "61"},
		{name: "category, Done is preferred", want: plan.Transition{To: "category:done"}, open: []transition{reject, closing, resolve, finish}, id: "41",
			note: "Finish chosen among Reject, Close Issue, Resolved, Finish"},
		{name: "category, two of one name", want: plan.Transition{To: "category:done"}, open: []transition{finish2, finish}, id: "41",
			note: "Finish (id 41, to Done) chosen among Finish (id 42, to Won't Do), Finish (id 41, to Done)"},
		{name: "category, then Closed", want: plan.Transition{To: "category:done"}, open: []transition{reject, resolve, closing}, id: "71", note: "Close Issue chosen among"},
		{name: "category, name of the transition", want: plan.Transition{To: "category:done"}, open: []transition{reject, resolve}, id: "51", note: "Resolved chosen among"},
		{name: "category, else the first", want: plan.Transition{To: "category:indeterminate"}, open: []transition{start, review}, id: "11", note: "Start Progress chosen among"},
		{name: "category, Done comes first", want: plan.Transition{To: "category:done"}, open: []transition{finish, closing}, id: "41", note: "Finish chosen among Finish, Close Issue"},
		{name: "category, a transition called Done comes first", want: plan.Transition{To: "category:done"}, open: []transition{{ID: "52", Name: "Done", To: to("8", "Erledigt", "done")}, closing}, id: "52", note: "Done chosen among Done, Close Issue"},
		{name: "category is not open", want: plan.Transition{To: "category:new"}, open: []transition{start}, problem: "no open transition leads to a status of category new"},
		{name: "category on Jira 6.1", want: plan.Transition{To: "category:done"}, open: []transition{{ID: "1", Name: "Start", To: to("3", "In Progress", "")}, oldDone}, id: "5"},
	}
	tests = append(tests, testsOfNames()...)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, note, err := choose(tt.want, tt.open)
			if tt.problem == "" {
				if err != nil || got.ID != tt.id || !strings.Contains(note, tt.note) || (tt.note == "") != (note == "") {
					t.Fatalf("choose = %s, %q, %v; want %s, %q", got.ID, note, err, tt.id, tt.note)
				}
				return
			}
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Verdict != plan.Refused && !e.slip || e.slip != tt.slip || !strings.Contains(e.Problem, tt.problem) || !strings.Contains(e.Advice, tt.advice) {
				t.Fatalf("error %+v, want %q and %q", err, tt.problem, tt.advice)
			}
		})
	}
}

func TestIsThere(t *testing.T) {
	done, review := to("6", "Done", "done"), to("4", "In Review", "indeterminate")
	toDone := transition{ID: "1", Name: "Done", To: done}
	toReview := transition{ID: "2", Name: "In Review", To: review}
	again := transition{ID: "3", Name: "Review again", To: review}
	translated := to("6", "Erledigt", "done")
	translated.Untranslated = "Done"
	tests := []struct {
		name string
		want plan.Transition
		now  status
		open []transition
		yes  bool
	}{
		{"category", plan.Transition{To: "category:done"}, done, nil, true},
		{"other category", plan.Transition{To: "category:done"}, review, nil, false},
		{"category on Jira 6.1", plan.Transition{To: "category:done"}, to("5", "Resolved", ""), nil, true},
		{"other category on Jira 6.1", plan.Transition{To: "category:new"}, to("5", "Resolved", ""), nil, false},
		{"not done on Jira 6.1", plan.Transition{To: "category:done"}, to("3", "In Progress", ""), nil, false},
		{"category in capitals", plan.Transition{To: "category:Done"}, done, nil, true},
		{"status of another language", plan.Transition{To: "Done"}, translated, nil, true},
		{"command, status of another language", plan.Transition{To: "done", ByCommand: true}, translated, nil, true},
		{"command, neither of its names", plan.Transition{To: "closed", ByCommand: true}, translated, nil, false},
		{"command, two of its name are open", plan.Transition{To: "done", ByCommand: true}, done, []transition{toDone, {ID: "8", Name: "Done", To: review}}, false},
		{"status", plan.Transition{To: "in review"}, review, []transition{toReview}, true},
		{"other status", plan.Transition{To: "Done"}, review, nil, false},
		{"command, nothing of that name open", plan.Transition{To: "in-review", ByCommand: true}, review, []transition{toDone}, true},
		{"command, open from everywhere", plan.Transition{To: "done", ByCommand: true}, done, []transition{toDone, toReview}, true},
		{"command, leads back by another name", plan.Transition{To: "review-again", ByCommand: true}, review, []transition{again}, false},
		{"command, open and leads elsewhere", plan.Transition{To: "done", ByCommand: true}, done, []transition{{ID: "9", Name: "Done", To: review}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := isThere(tt.want, tt.now, tt.open); got != tt.yes {
				t.Errorf("isThere = %v", got)
			}
		})
	}
}
