package plan_test

import (
	"strings"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/plan"
	"jirahook/push"
)

// TestRestOfASentence: the line that goes on with what a command says is told as
// the rest of a sentence where that is told elsewhere, and only there.
func TestRestOfASentence(t *testing.T) {
	cfg := config.Default()
	cfg.Jira.URL = "https://jira.example.com"
	rules, err := plan.Compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	told := func(message string, transitions bool) string {
		c := push.Commit{ID: strings.Repeat("1", 40), Message: message, New: true, Author: push.Signature{Name: "Ann", Email: "ann@example.com", When: at}}
		p := rules.Plan(push.Push{ID: "1", Time: at, Commits: []push.Commit{c}}, plan.Known{})
		said := p.Actions[0].Comment.Said(func(plan.Moving) bool { return transitions })
		_, quote, _ := strings.Cut(said, "{quote}\n")
		quote, _, _ = strings.Cut(quote, "\n{quote}")
		return quote
	}
	for _, test := range []struct {
		message     string
		transitions bool
		want        string
	}{
		{"Totals\n\nSHOP-1 #comment The total has\nwrapped", false, "Totals\n\n… wrapped"},
		{"Totals\n\nSHOP-1 #done #comment The total has\nwrapped", true, "Totals\n\n… wrapped"},
		{"Totals\n\nSHOP-1 #done because it\nis tested\n\nMore", true, "Totals\n\n… is tested\n\nMore"},
		{"Totals\n\nSHOP-1 #include because it\nis tested\n\nMore", false, "Totals\n\nSHOP-1 #include because it\nis tested\n\nMore"},
		{"Totals\n\nSHOP-1 #done because\n  it is tested\nMore", true, "Totals\n\nMore"},
		{"Totals\n\nSHOP-1 #include because\n  it is tested\nMore", false, "Totals\n\nSHOP-1 #include because\n\u00a0\u00a0it is tested\nMore"},
	} {
		if got := told(test.message, test.transitions); got != test.want {
			t.Errorf("%q, transitions %v: %q, want %q", test.message, test.transitions, got, test.want)
		}
	}
}
