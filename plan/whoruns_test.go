package plan_test

import (
	"strings"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/plan"
	"jirahook/push"
)

// Who may run commands is what the server says of the pusher; no commit can say
// it, whatever it says of its author and committer.
func TestRunAs(t *testing.T) {
	const unnamed = "commands not run: the server does not say who pushed (smart_commits.run_as)"
	ann := push.Pusher{Name: "ann", ID: "user-1"}
	tests := []struct {
		name   string
		runAs  string
		pusher push.Pusher
		author string
		want   string // a note; "": the command runs
	}{
		{"anybody", "any", push.Pusher{}, "eve@example.com", ""},
		{"listed by name", "listed", ann, "eve@example.com", ""},
		{"listed by the server's e-mail", "listed", push.Pusher{Name: "b", Email: "Ben@Example.com"}, "eve@example.com", ""},
		{"listed by the server's e-mail alone", "listed", push.Pusher{Email: "ben@example.com"}, "eve@example.com", ""},
		{"listed by the configuration's e-mail", "listed", push.Pusher{Name: "cem"}, "eve@example.com", ""},
		{"listed by a login that is an e-mail", "listed", push.Pusher{Name: "ben@example.com"}, "eve@example.com", ""},
		{"a listed author pushed by another", "listed", push.Pusher{Name: "eve"}, "ben@example.com", "commands not run: the pusher eve is not listed (smart_commits.allowed)"},
		{"a listed name as the author's e-mail", "listed", push.Pusher{Name: "eve"}, "ann", "commands not run: the pusher eve is not listed (smart_commits.allowed)"},
		{"a listed author, nobody named", "listed", push.Pusher{}, "ben@example.com", unnamed},
		{"a listed author, only an id", "listed", push.Pusher{ID: "key-4"}, "ben@example.com", unnamed},
		{"another's case", "listed", push.Pusher{Name: "Ann"}, "ann@example.com", "commands not run: the pusher Ann is not listed (smart_commits.allowed)"},
		{"without a name, by its address", "listed", push.Pusher{Email: "eve@example.com"}, "ben@example.com", "commands not run: the pusher eve@example.com is not listed (smart_commits.allowed)"},

		{"the pusher by the server's e-mail", "pusher", push.Pusher{Name: "b", Email: "ben@example.com"}, "Ben@example.com", ""},
		{"the pusher by the configuration's e-mail", "pusher", push.Pusher{Name: "cem"}, "cem@example.com", ""},
		{"the pusher by a login that is an e-mail", "pusher", push.Pusher{Name: "ben@example.com"}, "ben@example.com", ""},
		{"another author", "pusher", push.Pusher{Name: "cem"}, "ben@example.com", "commands not run: the author ben@example.com is not the pusher (smart_commits.run_as)"},
		{"the pusher's name as the author's e-mail", "pusher", ann, "ann", "commands not run: the author ann is not the pusher (smart_commits.run_as)"},
		{"no author", "pusher", push.Pusher{Name: "b", Email: "ben@example.com"}, "", "commands not run: the commit names no e-mail of its author (smart_commits.run_as)"},
		{"nobody named", "pusher", push.Pusher{}, "ben@example.com", unnamed},
		{"nobody named, no author", "pusher", push.Pusher{}, "", unnamed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config.Default()
			cfg.Projects = config.Projects{Keys: []string{"SHOP"}}
			cfg.SmartCommits.RunAs = tt.runAs
			cfg.SmartCommits.Allowed = []string{"", "ann", "ben@example.com", "cem@example.com"}
			cfg.SmartCommits.Emails = map[string][]string{"": {"eve@example.com"}, "cem": {"cem@example.com"}}
			rules, err := plan.Compile(cfg)
			if err != nil {
				t.Fatal(err)
			}
			now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
			who := push.Signature{Name: "Somebody", Email: tt.author, When: now}
			p := rules.Plan(push.Push{
				ID: "p", Time: now, Pusher: tt.pusher, Repository: push.Repository{ID: "r", Path: "r", DefaultBranch: "main"},
				Commits: []push.Commit{{ID: strings.Repeat("a", 40), Author: who, Committer: who, Message: "SHOP-1 #time 1h", New: true, Arrives: []string{"main"}, Branch: "main"}},
			}, plan.Known{})
			var notes []string
			for _, n := range p.Notes {
				notes = append(notes, n.Text)
			}
			ran := false
			for _, a := range p.Actions {
				ran = ran || a.Kind == plan.KindWorklog
			}
			if got := strings.Join(notes, "\n"); got != tt.want || ran != (tt.want == "") {
				t.Errorf("ran: %v, notes %q, want %q", ran, got, tt.want)
			}
		})
	}
}
