package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jirahook/config"
	"jirahook/plan"
	"jirahook/push"
)

// Who sees it stands with everything that is said: digest, command's comment,
// worklog, what goes with a transition.
func TestVisibilityOfWhatIsSaid(t *testing.T) {
	tests := []struct {
		m    config.Mentions
		want plan.Visibility
	}{
		{config.Mentions{}, plan.Visibility{}},
		{config.Mentions{Visibility: config.Visibility{Role: "Developers"}}, plan.Visibility{Type: "role", Value: "Developers"}},
		{config.Mentions{Visibility: config.Visibility{Group: "crew"}}, plan.Visibility{Type: "group", Value: "crew"}},
		{config.Mentions{Visibility: config.Visibility{Internal: true}}, plan.Visibility{Type: plan.Internal}},
		{config.Mentions{
			Visibility:          config.Visibility{Role: "Developers"},
			VisibilityByProject: map[string]config.Visibility{"HELP": {Internal: true}, "OPEN": {}},
		}, plan.Visibility{Type: "role", Value: "Developers", ByProject: map[string]plan.Visibility{"HELP": {Type: plan.Internal}, "OPEN": {}}}},
	}
	const message = "Closes SHOP-1\n\nSHOP-1 #comment looks well\nSHOP-1 #time 2h tests\nSHOP-1 #resolve as agreed"
	for _, tt := range tests {
		cfg := config.Default()
		cfg.Projects = config.Projects{Keys: []string{"SHOP"}}
		cfg.Mentions.Visibility, cfg.Mentions.VisibilityByProject = tt.m.Visibility, tt.m.VisibilityByProject
		cfg.Transitions = []config.TransitionRule{{On: "closing", To: "Done", Branches: []string{"**"}, Fields: map[string]any{"comment": "closed"}}}
		compiled, err := plan.Compile(cfg)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
		who := push.Signature{Name: "Ann", Email: "ann@example.com", When: now}
		p := compiled.Plan(push.Push{
			ID: "p", Time: now, Repository: push.Repository{ID: "r", Path: "r", DefaultBranch: "main"},
			Updates: []push.Update{{Old: "a", New: "b", Ref: "refs/heads/main"}},
			Commits: []push.Commit{{ID: "b", Author: who, Committer: who, Message: message, New: true, Arrives: []string{"main"}, Branch: "main"}},
		}, plan.Known{})
		got := map[string]plan.Visibility{}
		for _, a := range p.Actions {
			switch {
			case a.Comment != nil && strings.HasPrefix(a.Because, "mentioned"):
				got["digest"] = a.Comment.Visibility
			case a.Comment != nil:
				got["#comment"] = a.Comment.Visibility
			case a.Worklog != nil:
				got["#time"] = a.Worklog.Visibility
			case a.Transition != nil && a.Transition.Comment != nil:
				got["#resolve"] = a.Transition.Comment.Visibility
			case a.Transition != nil:
				got["rule"] = a.Transition.Visibility
			}
		}
		want := map[string]plan.Visibility{}
		for _, what := range []string{"digest", "#comment", "#time", "#resolve", "rule"} {
			want[what] = tt.want
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.m, diff)
		}
	}
}

// The project is the one that the issue is in now; what was restricted where its
// key was written stays so, unless that project says otherwise.
func TestVisibilityOf(t *testing.T) {
	developers, note := plan.Visibility{Type: "role", Value: "Developers"}, plan.Visibility{Type: plan.Internal}
	v := plan.Visibility{Type: "group", Value: "crew", ByProject: map[string]plan.Visibility{"HELP": note, "OPS": developers, "OPEN": {}}}
	for _, tt := range []struct {
		key, written string
		want         plan.Visibility
	}{
		{"SHOP-1", "SHOP-1", plan.Visibility{Type: "group", Value: "crew"}},
		{"HELP-1", "HELP-1", note},
		{"OPEN-1", "OPEN-1", plan.Visibility{}},
		{"HELP-1", "SHOP-1", note},
		{"HELP-1", "OPS-1", note},
		{"SHOP-1", "OPS-1", developers},
		{"OPEN-1", "OPS-1", plan.Visibility{}},
		{"SHOP-1", "OPEN-1", plan.Visibility{Type: "group", Value: "crew"}},
	} {
		if got := v.Of(tt.key, tt.written); cmp.Diff(tt.want, got) != "" {
			t.Errorf("%s, written %s: %+v, want %+v", tt.key, tt.written, got, tt.want)
		}
	}
}
