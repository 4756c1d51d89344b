package plan_test

import (
	"encoding/json"
	"strings"
	"testing"

	"jirahook/config"
	"jirahook/plan"
)

// Up to 50 issues are told the whole of a commit that names them; more are told as
// much together, whether in a digest or by a command.
func TestManyIssuesShareTheText(t *testing.T) {
	rules := rulesOf(t, func(c *config.Config) { c.Limits.IssuesPerCommit, c.Limits.IssuesPerPush = 0, 0 })
	words := strings.TrimSpace(strings.Repeat("word ", 1000))
	for name, message := range map[string]func(keys string) string{
		"a digest":  func(keys string) string { return "List\n\n" + keys + "\n" + words },
		"a subject": func(keys string) string { return keys + ": " + words },
		"a comment": func(keys string) string { return "List\n\n" + keys + " #comment " + words },
		"a worklog": func(keys string) string { return "List\n\n" + keys + " #time 1h " + words },
		"a move":    func(keys string) string { return "List\n\n" + keys + " #done " + words },
	} {
		stored := map[int]int{}
		for _, n := range []int{50, 51, 200, 800} {
			p := rules.Plan(pushOf(message(keysUpTo(n))), plan.Known{})
			whole, told := 0, map[string]bool{}
			for _, a := range p.Actions {
				data, err := json.Marshal(a)
				if err != nil {
					t.Fatal(err)
				}
				stored[n] += len(data)
				if strings.Count(string(data), "word") >= 1000 {
					whole++
				}
				if strings.Contains(string(data), "word word") {
					told[a.Issue] = true
				}
			}
			if n <= 50 && whole < n || n > 51 && whole > 0 {
				t.Errorf("%s: %d of %d issues are told the whole", name, whole, n)
			}
			if n <= 51 && len(told) != n {
				t.Errorf("%s: %d of %d issues are told any of it", name, len(told), n)
			}
		}
		// What does not grow with the text takes at most 8 KB for each issue.
		if max := stored[50] + 8192*800; stored[800] > max || stored[200] > stored[50]+8192*200 {
			t.Errorf("%s: %d bytes for 50 issues, %d for 200, %d for 800", name, stored[50], stored[200], stored[800])
		}
	}
}

// What is too long to be put on record for each issue is known again all the same.
func TestLongCommandOfManyRunsOnce(t *testing.T) {
	rules := rulesOf(t, func(c *config.Config) { c.Limits.IssuesPerCommit, c.Limits.IssuesPerPush = 0, 0 })
	message := keysUpTo(60) + " #comment " + strings.Repeat("word ", 100)
	g := &growing{rules: rules, known: plan.Known{FirstSeen: noon.Add(-1), Records: map[string][]plan.Record{}}}
	g.take(pushOf(message))
	if again := g.take(pushOf(message)); len(again.Actions) > 0 || len(again.Notes) > 0 {
		t.Errorf("pushed again: %d actions, notes %v", len(again.Actions), again.Notes)
	}
	if changed := g.take(pushOf(message + "more")); len(changed.Actions) > 0 || len(changed.Notes) != 60 {
		t.Errorf("with another text: %d actions, %d notes", len(changed.Actions), len(changed.Notes))
	}
}
