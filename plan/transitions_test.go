package plan_test

import (
	"slices"
	"strings"
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

// A rule's branches are those on which its commits arrive, whatever else the push
// updates. A branch that is merged without a commit that says so was merged into the
// default branch: only rules for that hear of it.
func TestRuleBranches(t *testing.T) {
	const merge = "Merge branch 'x'\n\nSHOP-2"
	for _, tt := range []struct {
		on       string
		branches []string
		arrives  []string
		want     string // the issues that are moved
	}{
		{"merge", []string{"default"}, []string{"main"}, "SHOP-2 SHOP-3"},
		{"merge", []string{"main"}, []string{"main"}, "SHOP-2 SHOP-3"},
		{"merge", []string{"**"}, []string{"main", "release/1"}, "SHOP-2 SHOP-3"},
		{"merge", []string{"default"}, []string{"release/1"}, "SHOP-3"},
		{"merge", []string{"release/*"}, []string{"main"}, ""},
		{"merge", []string{"release/*"}, []string{"release/1"}, "SHOP-2"},
		{"merge", []string{"release/*"}, []string{"main", "release/1"}, "SHOP-2"},
		{"merge", []string{"release/*", "main"}, []string{"release/1"}, "SHOP-2 SHOP-3"},
		{"merge", nil, []string{"main"}, ""},
		{"mention", []string{"release/*"}, []string{"main"}, ""},
		{"mention", []string{"release/*"}, []string{"main", "release/1"}, "SHOP-2"},
		{"branch", []string{"feature/*"}, []string{"main"}, "SHOP-9"},
		{"branch", []string{"release/*"}, []string{"main"}, ""},
		{"branch", []string{"default"}, []string{"main"}, ""},
	} {
		cfg := config.Default()
		cfg.Projects = config.Projects{Keys: []string{"SHOP"}}
		cfg.Transitions = []config.TransitionRule{{On: tt.on, To: "A", Branches: tt.branches}}
		compiled, err := plan.Compile(cfg)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
		who := push.Signature{Name: "Ann", Email: "ann@example.com", When: now}
		p := push.Push{ID: "p", Time: now, Repository: push.Repository{ID: "r", Path: "r", DefaultBranch: "main"}, Merged: []string{"SHOP-3-y"}}
		for _, branch := range tt.arrives {
			p.Updates = append(p.Updates, push.Update{Old: "a", New: "b", Ref: "refs/heads/" + branch})
		}
		p.Updates = append(p.Updates, push.Update{New: "b", Ref: "refs/heads/feature/SHOP-9"}, push.Update{Old: "a", New: "b", Ref: "refs/heads/feature/SHOP-8"})
		p.Commits = []push.Commit{{ID: "b", Parents: []string{"a", "x"}, Author: who, Committer: who, Message: merge, New: true, Arrives: tt.arrives, Branch: tt.arrives[0]}}
		var moved []string
		for _, a := range compiled.Plan(p, plan.Known{}).Actions {
			if a.Transition != nil {
				moved = append(moved, a.Issue)
			}
		}
		slices.Sort(moved)
		if got := strings.Join(moved, " "); got != tt.want {
			t.Errorf("%s on %v, arriving on %v: moves %q, want %q", tt.on, tt.branches, tt.arrives, got, tt.want)
		}
	}
}

// A merge is a commit with several parents, whatever it says, or one that says which
// merge request it is.
func TestRuleOnMerge(t *testing.T) {
	for _, tt := range []struct {
		message string
		parents int
		moves   bool
	}{
		{"Bring in SHOP-2", 0, false},
		{"Bring in SHOP-2", 1, false},
		{"Bring in SHOP-2", 2, true},
		{"Bring in SHOP-2", 3, true},
		{"Bring in", 2, false},
		{"Totals (!1)\n\nSHOP-2\n\nSee merge request team/app!1", 1, true},
	} {
		rules := rulesOf(t, func(cfg *config.Config) { cfg.Transitions = []config.TransitionRule{ruleOn("merge", "A")} })
		p := pushOf(tt.message)
		p.Commits[0].Parents = []string{"a", "b", "c"}[:tt.parents]
		moves := slices.ContainsFunc(rules.Plan(p, plan.Known{}).Actions, func(a plan.Action) bool { return a.Kind == plan.KindTransition && a.Issue == "SHOP-2" })
		if moves != tt.moves {
			t.Errorf("%q with %d parents: moves %v", tt.message, tt.parents, moves)
		}
	}
}
