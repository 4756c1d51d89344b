package plan_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"jirahook/plan"
)

// A link to a commit that a forced push takes away from a branch, and whose new form
// does not name the issue, is taken away unless the commit is elsewhere as well.
func TestLinkStaysWhereTheCommitIs(t *testing.T) {
	id := func(n int) string { return fmt.Sprintf("%040x", n) }
	for kept, want := range map[bool][]string{false: {"SHOP-1 remove"}, true: nil} {
		g := &growing{rules: rulesOf(t, nil), known: plan.Known{FirstSeen: noon.Add(-time.Hour), Records: map[string][]plan.Record{}}}
		g.take(pushOf("SHOP-1 a"))
		p := pushOf("a")
		p.ID, p.Commits[0].ID, p.Gone = "forced", id(2), []string{id(1)}
		if kept {
			p.Kept = p.Gone
		}
		var got []string
		planned := g.take(p)
		for _, a := range planned.Actions {
			if a.Link != nil && a.Link.Remove {
				got = append(got, a.Issue+" remove")
			} else {
				got = append(got, a.Issue+" "+a.Text)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("kept %v: %q, want %q", kept, got, want)
		}
		if deleted := len(planned.Entities); deleted != len(want) {
			t.Errorf("kept %v: %d entities", kept, deleted)
		}
	}
}
