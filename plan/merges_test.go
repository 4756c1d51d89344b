package plan_test

import (
	"testing"

	"jirahook/config"
	"jirahook/plan"
)

// What a merge says beyond what git or a server wrote decides whether it speaks.
func TestMergesSpeak(t *testing.T) {
	const subject = "Merge branch 'SHOP-7' into 'main'"
	tests := []struct {
		name, message string
		speaks        bool
	}{
		{"git's", subject, false},
		{"with its title", subject + "\n\nDraft: x\n\nSee merge request team/app!3", false},
		{"with what it closes", subject + "\n\nCloses SHOP-7", false},
		{"with several", subject + "\n\nCloses: SHOP-7, #12 and [SHOP-7]", false},
		{"with a sentence that closes", subject + "\n\nCloses SHOP-7 for good", true},
		{"with a closing word alone", subject + "\n\nFixes.", true},
		{"with a number of nothing", subject + "\n\nCloses 12", true},
		{"with dots alone", subject + "\n\n...", true},
		{"with an issue that no commit names", subject + "\n\nCloses SHOP-8", true},
		{"with a commit's subject", subject + "\n\n* SHOP-7 step", false},
		{"with people", subject + "\n\nReviewed-by: Bob <bob@example.com>", false},
		{"with a command that runs", subject + "\n\nSHOP-7 #time 1h", false},
		{"with a command that may be text", subject + "\n\nSHOP-7 #done", true},
		{"with text", subject + "\n\nBoth had changed the total.", true},
		{"a person's", "Merge SHOP-7", true},
	}
	for _, mode := range []string{"quiet", "all"} {
		rules := rulesOf(t, func(cfg *config.Config) {
			cfg.Mentions.Merges = mode
			cfg.Mentions.Comment, cfg.Mentions.WebLink = "commit", "commit"
		})
		for _, test := range tests {
			p := pushOf("SHOP-7 step", test.message)
			p.Commits[1].Parents = append(p.Commits[1].Parents, "elsewhere")
			comments, links := 0, 0
			for _, a := range rules.Plan(p, plan.Known{FirstSeen: noon}).Actions {
				switch {
				case a.Kind == plan.KindComment:
					comments++
				case a.Kind == plan.KindLink && a.Link.Relationship == "mentioned in":
					links++
				}
			}
			want := 1
			if test.speaks || mode == "all" {
				want = 2
			}
			if test.name == "with an issue that no commit names" && mode == "all" {
				want = 3 // of the merge on both
			}
			if comments != want || links != want {
				t.Errorf("%s, %s: %d comments and %d links, want %d", mode, test.name, comments, links, want)
			}
		}
		// With one parent it is no merge, whatever its message says.
		p := pushOf("SHOP-7 step", subject)
		if n := len(issuesOf(rules.Plan(p, plan.Known{}))); n == 0 || len(rules.Plan(p, plan.Known{}).Actions) < 4 {
			t.Errorf("%s: a commit that only looks like a merge does not speak", mode)
		}
	}
}
