package plan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"jirahook/config"
	"jirahook/plan"
	"jirahook/push"
)

var midday = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// asked is a push to main of one commit for each message, a minute apart.
func asked(messages ...string) push.Push {
	p := push.Push{ID: "p", Time: midday, Repository: push.Repository{ID: "r", Path: "team/app", DefaultBranch: "main"}}
	for i, m := range messages {
		who := push.Signature{Name: "Ann", Email: "ann@example.com", When: midday.Add(time.Duration(i-60) * time.Minute)}
		p.Commits = append(p.Commits, push.Commit{
			ID: strings.Repeat(fmt.Sprint(i+1), 40), Author: who, Committer: who, Message: m, New: true, Arrives: []string{"main"}, Branch: "main",
		})
	}
	return p
}

func explainedTo(t *testing.T, cfg config.Config, p push.Push) plan.Plan {
	t.Helper()
	rules, err := plan.Compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return rules.Explain(p, plan.Known{})
}

// TestNotTaken has each reason for which something does nothing, as docs/grammar.md
// tells them, and that of several the first is told.
func TestNotTaken(t *testing.T) {
	known := func(c *config.Config) { c.Projects.Keys = []string{"SHOP", "CVE"} }
	is := func(changes ...func(*config.Config)) config.Config {
		c := config.Default()
		for _, change := range changes {
			change(&c)
		}
		return c
	}
	commands := func(names ...string) func(*config.Config) {
		return func(c *config.Config) { c.SmartCommits.Commands = names }
	}
	disabled := func(c *config.Config) { c.SmartCommits.Enabled = false }
	nobody := func(c *config.Config) {
		c.SmartCommits.Authors, c.Transitions[0].Authors = []string{"bo"}, []string{"bo"}
	}
	young := func(c *config.Config) { c.Limits.MaxAge = time.Minute }
	seen := map[string]bool{}
	for _, test := range []struct {
		name     string
		cfg      config.Config
		messages []string
		want     []string // text, because, of the last commit
	}{
		{"a project", is(known), []string{"SHOP-1 OTHER-2 UTF-8"}, []string{"OTHER-2: not a project of this Jira", "UTF-8: not a project of this Jira"}},
		{"a standard", is(), []string{"SHOP-1 UTF-8"}, []string{"UTF-8: looks like a standard's name"}},
		{"a version", is(), []string{"SHOP-1 SHOP-1.2"}, []string{"SHOP-1.2: a version"}},
		{"a CVE number", is(known), []string{"SHOP-1 CVE-2021-44228"}, []string{"CVE-2021-44228: a CVE number"}},
		{"a URL", is(), []string{"SHOP-1 https://x.example/SHOP-2 https://x.example/UTF-8"}, []string{"SHOP-2: in a URL", "UTF-8: looks like a standard's name"}},
		{"a merge request", is(), []string{"SHOP-1\n\nSee merge request team/SHOP-2!3"}, []string{"SHOP-2: in the path of a merge request"}},
		{"a prefix", is(func(c *config.Config) { c.KeyPrefix = "!" }), []string{"!SHOP-1 SHOP-2 SHOP-3.4"}, []string{"SHOP-2: key_prefix is missing before it", "SHOP-3.4: a version"}},
		{"before the key", is(disabled), []string{"#time 1h SHOP-1"}, []string{"#time 1h: stands before any key"}},
		{"unknown", is(commands("time")), []string{"SHOP-1 #tmie 1h #comment x #time 1h"}, []string{"#tmie: unknown command", "#comment: commands are off"}},
		{"unknown and off", is(commands("time"), disabled), []string{"SHOP-1 #done #time 1h"}, []string{"#done: unknown command", "#time 1h: commands are off"}},
		{"off, before all that follows", is(disabled, nobody, young), []string{"fixup! SHOP-1 #time 1h"}, []string{"#time 1h: commands are off"}},
		{"an author", is(nobody, young), []string{"fixup! SHOP-1 #time 1h #done\n\nFixes SHOP-1"}, []string{"#time 1h: an author who may not", "#done: an author who may not", "closing SHOP-1: an author who may not"}},
		{"age", is(young), []string{"fixup! SHOP-1 #time 1h\n\nFixes SHOP-1"}, []string{"#time 1h: older than limits.max_age", "closing SHOP-1: older than limits.max_age"}},
		{"a repeat", is(), []string{"SHOP-1 #time 1h", "All of it (#12)\n\n* SHOP-1 #time 1h"}, []string{"#time 1h: repeat of commit 11111111"}},
		{"a repeat, of one of two keys", is(), []string{"Cart\n\nSHOP-1 #time 1h", "All of it (#12)\n\n* Cart\n\nSHOP-1 #time 1h\nSHOP-2 #time 1h"}, []string{"#time 1h: repeat of commit 11111111"}},
		{"a fixup", is(), []string{"fixup! SHOP-1 #time 1h\n\nFixes SHOP-1"}, []string{"#time 1h: a revert or fixup", "closing SHOP-1: a revert or fixup"}},
		{"a revert", is(), []string{"Revert \"Fixes SHOP-1\""}, []string{"closing SHOP-1: a revert or fixup"}},
		{"items of a list", is(), []string{"List\n\n* fixup! SHOP-1 #done\n* Revert \"Fixes SHOP-2\""}, []string{"#done: a revert or fixup", "Fixes SHOP-2: a revert or fixup"}},
		{"items of a list, off", is(disabled), []string{"List\n\n* fixup! SHOP-1 #done"}, []string{"#done: commands are off"}},
		{"more issues than are told", is(disabled, func(c *config.Config) { c.Limits.IssuesPerCommit = 1 }), []string{"SHOP-1 #done\nSHOP-2 #close"}, []string{"#done: commands are off"}},
		{"no rule closes", is(func(c *config.Config) { c.Transitions = nil }, young), []string{"Fixes SHOP-1"}, nil},
		{"all is well", is(known), []string{"SHOP-1 #time 1h #done\n\nFixes SHOP-2"}, nil},
		{"once", is(), []string{"UTF-8 UTF-8 SHOP-1\nUTF-8"}, []string{"UTF-8: looks like a standard's name"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := asked(test.messages...)
			last := p.Commits[len(p.Commits)-1].ID
			var got []string
			for _, i := range explainedTo(t, test.cfg, p).Ignored {
				seen[strings.TrimSuffix(i.Because, "11111111")] = true
				if i.Commit == last && i.Branch == "main" {
					got = append(got, i.Text+": "+i.Because)
				}
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	page, err := os.ReadFile("../docs/grammar.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| reason | |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var told []string
	for row := range strings.Lines(table) {
		reasons, _, _ := strings.Cut(row[1:], "|")
		for reason := range strings.SplitSeq(reasons, ",") {
			told = append(told, strings.TrimSuffix(strings.Trim(reason, " `"), "ID"))
		}
	}
	slices.Sort(told)
	if diff := cmp.Diff(told[1:], slices.Sorted(maps.Keys(seen))); diff != "" { // without the line below the head
		t.Errorf("reasons (-page +seen):\n%s", diff)
	}
}

// A command of several keys that is a repeat for one of them says for which.
func TestNotTakenNamesTheKey(t *testing.T) {
	p := asked("Cart\n\nSHOP-1 #time 1h", "Cart\n\nSHOP-1, SHOP-2 #time 1h")
	p.Commits[1].Author = p.Commits[0].Author // amended
	var got []string
	for _, i := range explainedTo(t, config.Default(), p).Ignored {
		got = append(got, i.Text+": "+i.Because)
	}
	want := []string{"SHOP-1 #time 1h: repeat of commit 11111111"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A commit that arrives a second time says nothing.
func TestNotTakenOfOldCommits(t *testing.T) {
	p := asked("SHOP-1 UTF-8")
	p.Commits[0].New = false
	if got := explainedTo(t, config.Default(), p).Ignored; len(got) > 0 {
		t.Errorf("%+v", got)
	}
}

// In the name of a branch keys alone are looked for.
func TestNotTakenOfBranches(t *testing.T) {
	p := push.Push{ID: "p", Time: midday, Repository: push.Repository{ID: "r", Path: "team/app", DefaultBranch: "main"}, Updates: []push.Update{
		{Ref: "refs/heads/feature/RFC-12-#time", New: strings.Repeat("1", 40)},
		{Ref: "refs/heads/gone/RFC-13", Old: strings.Repeat("1", 40)},
		{Ref: "refs/tags/RFC-14", New: strings.Repeat("1", 40)},
	}}
	want := []plan.Ignored{{Branch: "feature/RFC-12-#time", Text: "RFC-12", Because: "looks like a standard's name"}}
	if diff := cmp.Diff(want, explainedTo(t, config.Default(), p).Ignored); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Of very much the first 1,000 are listed, and a plan that nobody asks to explain
// lists none.
func TestNotTakenIsBounded(t *testing.T) {
	var messages []string
	for range 9 {
		var b strings.Builder
		for i := range 200 {
			fmt.Fprintf(&b, "SHOP-%d.1 ", i+1)
		}
		messages = append(messages, b.String(), "SHOP-1\n"+strings.Repeat("#time 1h\n", 5)+"#comment\n> x")
	}
	for i := range 3 {
		var b strings.Builder
		for range 200 {
			fmt.Fprintf(&b, "SHOP-%d.2 ", i+1)
		}
		messages = append(messages, b.String())
	}
	p := asked(messages...)
	for i := range p.Commits {
		p.Commits[i].ID = fmt.Sprintf("%040d", i)
	}
	if n := len(explainedTo(t, config.Default(), p).Ignored); n != 9*100+9*2+3 {
		t.Errorf("%d things", n)
	}
	more := asked(append(messages, messages...)...)
	for i := range more.Commits {
		more.Commits[i].ID = fmt.Sprintf("%040d", i)
	}
	if n := len(explainedTo(t, config.Default(), more).Ignored); n != 1000 {
		t.Errorf("%d things, not 1,000", n)
	}
	rules, err := plan.Compile(config.Default())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(rules.Plan(p, plan.Known{}).Ignored); n != 0 {
		t.Errorf("%d things of a plan", n)
	}
}

// What explain prints for scripts has lists where nothing is, and says which commit
// and branch it speaks of.
func TestNotTakenInJSON(t *testing.T) {
	type ignored struct{ Commit, Branch, Text, Because string }
	for message, want := range map[string][]ignored{
		"nothing":      {},
		"SHOP-1 UTF-8": {{strings.Repeat("1", 40), "main", "UTF-8", "looks like a standard's name"}},
	} {
		var b bytes.Buffer
		if err := explainedTo(t, config.Default(), asked(message)).WriteJSON(&b, func(string) string { return "default" }); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Ignored []ignored
			Policy  []any
		}
		if err := json.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Ignored); diff != "" || got.Policy == nil {
			t.Errorf("%q: policy %v, ignored (-want +got):\n%s", message, got.Policy, diff)
		}
	}
}
