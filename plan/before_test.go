package plan_test

import (
	"strings"
	"testing"

	"jirahook/plan"
)

// Of a subject whose commands run a digest and a link's title tell what stands
// before the first of them, and not less.
func TestBeforeCommands(t *testing.T) {
	for subject, want := range map[string]string{
		"SHOP-1 see #12 and #time 1h":          "SHOP-1 see #12 and",
		"Fixes #SHOP-1 in C# #time 1h":         "Fixes #SHOP-1 in C#",
		"Totals (SHOP-1 #time 1h)":             "Totals (SHOP-1)",
		"Totals SHOP-1 (#time 1h) and more":    "Totals SHOP-1",
		"one (1) of SHOP-1 #time 1h":           "one (1) of SHOP-1",
		"  Totals  of\tSHOP-1   #time 1h (#9)": "Totals of SHOP-1",
	} {
		p := rulesOf(t, nil).Plan(pushOf(subject), plan.Known{})
		told, title := onlyComment(t, p), linkIn(t, p).Title
		if !strings.Contains(told, "\n"+want+"\n") {
			t.Errorf("%q is told as %q, not %q", subject, told, want)
		}
		if !strings.HasSuffix(title, "- "+want) {
			t.Errorf("%q: the link is called %q", subject, title)
		}
	}
}
