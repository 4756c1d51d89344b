package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jirahook/config"
	"jirahook/plan"
	"jirahook/push"
)

// moved is a transition as a plan has it.
type moved struct {
	to      string
	forward bool
}

// movesOf plans one commit that arrives on main, by an author and under rules.
func movesOf(t *testing.T, message, author string, rules ...config.TransitionRule) []moved {
	t.Helper()
	cfg := config.Default()
	cfg.Projects = config.Projects{Keys: []string{"SHOP"}}
	cfg.Transitions = rules
	compiled, err := plan.Compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	who := push.Signature{Name: author, Email: "somebody@example.com", When: now}
	p := compiled.Plan(push.Push{
		ID: "p", Time: now, Repository: push.Repository{ID: "r", Path: "r", DefaultBranch: "main"},
		Updates: []push.Update{{Old: "a", New: "b", Ref: "refs/heads/main"}, {New: "b", Ref: "refs/heads/feature/SHOP-9"}},
		Commits: []push.Commit{{ID: "b", Author: who, Committer: who, Message: message, New: true, Arrives: []string{"main"}, Branch: "main"}},
	}, plan.Known{})
	var all []moved
	for _, a := range p.Actions {
		if a.Transition != nil {
			all = append(all, moved{a.Transition.To, a.Transition.Forward})
		}
	}
	return all
}

func ruleOn(on, to string) config.TransitionRule {
	return config.TransitionRule{On: on, To: to, Branches: []string{"**"}}
}

// What only names an issue leads it on and never back, nor does a rule lead back
// what the same push has moved.
func TestForward(t *testing.T) {
	backwards := func(r config.TransitionRule) config.TransitionRule {
		r.Backwards = true
		return r
	}
	for _, tt := range []struct {
		name, message string
		rules         []config.TransitionRule
		want          []moved
	}{
		{"mention", "SHOP-1 x", []config.TransitionRule{ruleOn("mention", "A")}, []moved{{"A", true}}},
		{"branch", "x", []config.TransitionRule{ruleOn("branch", "A")}, []moved{{"A", true}}},
		{"closing", "Closes SHOP-1", []config.TransitionRule{ruleOn("closing", "A")}, []moved{{"A", false}}},
		{"merge", "Merge branch 'SHOP-1' (!1)\n\nSee merge request r!1", []config.TransitionRule{ruleOn("merge", "A")}, []moved{{"A", false}}},
		{"mention, backwards", "SHOP-1 x", []config.TransitionRule{backwards(ruleOn("mention", "A"))}, []moved{{"A", false}}},
		{"branch, backwards", "x", []config.TransitionRule{backwards(ruleOn("branch", "A"))}, []moved{{"A", false}}},
		{"a second rule", "Closes SHOP-1", []config.TransitionRule{ruleOn("closing", "A"), backwards(ruleOn("mention", "B"))}, []moved{{"A", false}, {"B", true}}},
		{"a rule behind a command", "SHOP-1 closes SHOP-1 #done", []config.TransitionRule{ruleOn("closing", "A")}, []moved{{"done", false}, {"A", true}}},
	} {
		if diff := cmp.Diff(tt.want, movesOf(t, tt.message, "Ann", tt.rules...), cmp.AllowUnexported(moved{})); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

// A bot's commits move nothing, unless a rule is for them.
func TestRuleAuthors(t *testing.T) {
	of := func(authors ...string) config.TransitionRule {
		r := ruleOn("closing", "A")
		r.Authors = authors
		return r
	}
	for _, tt := range []struct {
		author string
		rule   config.TransitionRule
		moves  int
	}{
		{"Ann", of(config.NoBots()...), 1},
		{"renovate[bot]", of(config.NoBots()...), 0},
		{"renovate[bot]", of(), 1},
		{"renovate[bot]", of("*[bot]*"), 1},
		{"Ann", of("*[bot]*"), 0},
	} {
		if got := movesOf(t, "Closes SHOP-1", tt.author, tt.rule); len(got) != tt.moves {
			t.Errorf("%s by %v: %v", tt.author, tt.rule.Authors, got)
		}
	}
}
