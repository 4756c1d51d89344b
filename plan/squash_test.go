package plan_test

import (
	"slices"
	"testing"
	"time"

	"jirahook/plan"
	"jirahook/push"
)

// knownAfter is what is on record after a plan was carried out.
func knownAfter(p plan.Plan) plan.Known {
	known := plan.Known{FirstSeen: noon.Add(-time.Hour), Records: map[string][]plan.Record{}}
	for _, a := range p.Actions {
		p.Records = append(p.Records, a.Records...)
	}
	for _, r := range p.Records {
		known.Records[r.ID] = append(known.Records[r.ID], r)
	}
	return known
}

// A line is a repeat of one whose commit is seen to be no ancestor. Of one that is
// older than the history that was read nobody can say it: then it runs, for a
// repeat that runs is seen in Jira, and one that is left out by mistake is lost.
func TestSquashOfWhatIsOlderThanTheHistory(t *testing.T) {
	rules := rulesOf(t, nil)
	first := pushOf("SHOP-1 totals #time 2h")
	known := knownAfter(rules.Plan(first, plan.Known{}))
	said := first.Commits[0].Committer.When
	for _, tt := range []struct {
		about    string
		since    time.Time
		ancestor bool
		runs     bool
	}{
		{"no commit of the history is older", time.Time{}, false, false},
		{"read down to it", said, false, false},
		{"read down to it, an ancestor", said, true, true},
		{"not read as far", said.Add(time.Second), false, true},
	} {
		squash := pushOf("Totals (#12)\n\n* SHOP-1 totals #time 2h")
		c := &squash.Commits[0]
		c.ID, c.Parents = "f1", []string{"f0"}
		c.Author = push.Signature{Name: "Ben", Email: "ben@example.com", When: noon.Add(time.Hour)}
		c.Committer = c.Author
		squash.Ancestors.Since = tt.since
		if tt.ancestor {
			squash.Ancestors.Parents = map[string][]string{"f0": {first.Commits[0].ID}}
		}
		p := rules.Plan(squash, known)
		runs := slices.ContainsFunc(p.Actions, func(a plan.Action) bool { return a.Kind == plan.KindWorklog })
		if runs != tt.runs {
			t.Errorf("%s: logged again %v, notes %v", tt.about, runs, p.Notes)
		}
	}
}

// A squash runs a line as often as it has it more than what it is made of.
func TestSquashRepeatsALineOnce(t *testing.T) {
	rules := rulesOf(t, nil)
	known := knownAfter(rules.Plan(pushOf("SHOP-1 totals #time 2h"), plan.Known{}))
	squash := func(id, message string) (logged int) {
		p := pushOf(message)
		c := &p.Commits[0]
		c.ID, c.Parents = id, []string{"f0"}
		c.Author = push.Signature{Name: "Ben", Email: "ben@example.com", When: noon.Add(time.Duration(len(message)) * time.Hour)}
		c.Committer = c.Author
		planned := rules.Plan(p, known)
		for key, records := range knownAfter(planned).Records {
			known.Records[key] = append(known.Records[key], records...)
		}
		for _, a := range planned.Actions {
			if a.Kind == plan.KindWorklog {
				logged++
			}
		}
		return logged
	}
	const line = "\n* SHOP-1 totals #time 2h"
	if n := squash("f1", "Totals (#12)\n"+line); n != 0 {
		t.Errorf("once: %d run", n)
	}
	if n := squash("f2", "Totals of all (#13)\n"+line+line); n != 1 {
		t.Errorf("twice, of which one is a repeat: %d run", n)
	}
}
