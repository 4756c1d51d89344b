package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"jirahook/config"
	"jirahook/push"
	"jirahook/wiki"
)

// Where there is room for all of a text, all of it is told: also in the last unit.
func TestExactlyEnoughRoom(t *testing.T) {
	for _, text := range []string{"a", "{", "👍", strings.Repeat("a", 100), strings.Repeat("{x}", 40)} {
		room := wiki.Units(wiki.Escape(text))
		if got := escapedUpTo(text, room); got != wiki.Escape(text) {
			t.Errorf("%.10q in %d units: %q", text, room, got)
		}
		if room < 10 {
			continue // nobody asks for less than a cut leaves
		}
		if got := wiki.Units(escapedUpTo(text, room-1)); got >= room {
			t.Errorf("%.10q in %d units: %d", text, room-1, got)
		}
		var said string
		for _, p := range linesUpTo([]line{{text: text}}, room) {
			said += p.Text
		}
		if said != wiki.Escape(text) {
			t.Errorf("lines, %.10q in %d units: %q", text, room, said)
		}
	}
}

// Lines are told in their order, each in a part of its own where its commands
// decide whether it is.
func TestPartsOfLines(t *testing.T) {
	moves := []Moving{{}}
	for name, test := range map[string]struct {
		lines []line
		want  string
	}{
		"all stay":          {[]line{{text: "a"}, {text: "b"}}, "[a\nb]"},
		"one may go":        {[]line{{text: "a"}, {text: "b", commands: moves}, {text: "c"}}, "[a]<\nb>[\nc]"},
		"the first":         {[]line{{text: "a", commands: moves}, {text: "b"}}, "<a>[\nb]"},
		"the last":          {[]line{{text: "a"}, {text: ""}, {text: "b", commands: moves}}, "[a]<\n\nb>"},
		"both":              {[]line{{text: "a", commands: moves}, {text: "b", commands: moves}}, "<a><\nb>"},
		"the rest of one":   {[]line{{text: "a"}, {text: "b", restOf: moves}, {text: "c"}}, "[a\n]<>[b\nc]"},
		"the rest, a blank": {[]line{{text: "a"}, {text: ""}, {text: "b", restOf: moves, commands: moves}}, "[a\n\n]<><b>"},
	} {
		var got strings.Builder
		for _, p := range linesUpTo(test.lines, 1000) {
			marks := "[]"
			if len(p.Commands) > 0 {
				marks = "<>"
			}
			got.WriteString(marks[:1] + p.Text + marks[1:])
		}
		if got.String() != test.want {
			t.Errorf("%s: %q, not %q", name, got.String(), test.want)
		}
	}
}

// A comparison needs both its ends.
func TestNoComparison(t *testing.T) {
	l := linksTo(config.Server{Kind: "gitlab", URL: "https://git.example.com"}, "team/app")
	for _, ends := range [][2]string{{"", ""}, {"a", ""}, {"", "b"}} {
		if got := l.compare(ends[0], ends[1]); got != "" {
			t.Errorf("%q leads to %s", ends, got)
		}
	}
	if l.compare("a", "b") == "" {
		t.Error("a to b leads nowhere")
	}
}

// A line is kept as older versions hashed it up to its longest.
func TestLineAsBefore(t *testing.T) {
	for n, long := range map[int]bool{longestBefore - 1: false, longestBefore: false, longestBefore + 1: true} {
		text := strings.Repeat("a", n)
		l := textOf("* " + text)
		if l.long != long || (l.before == text) == long || l.before == "" {
			t.Errorf("%d bytes: long %v, %.10q…", n, l.long, l.before)
		}
	}
}

// The same branch is put on record once, however many commits came to it.
func TestToldOnABranchOnce(t *testing.T) {
	cfg := config.Default()
	cfg.Jira.URL = "https://jira.example.com"
	rules, err := Compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := push.Push{ID: "p", Time: time.Unix(1e9, 0), Repository: push.Repository{ID: "r", Path: "team/app", DefaultBranch: "main"}}
	for i := range 3 {
		who := push.Signature{Name: "Ann", Email: "ann@example.com", When: time.Unix(1e9+int64(i), 0)}
		p.Commits = append(p.Commits, push.Commit{
			ID: fmt.Sprintf("%040x", i+1), Parents: []string{fmt.Sprintf("%040x", i)}, Author: who, Committer: who, Message: "SHOP-1 x", New: true,
			Branch: "SHOP-1-a", Arrives: []string{"SHOP-1-a", "SHOP-1-b", "other"},
		})
	}
	p.Updates = []push.Update{{Old: fmt.Sprintf("%040x", 0), New: fmt.Sprintf("%040x", 3), Ref: "refs/heads/SHOP-1-a"}}
	ids := map[string][]string{}
	for _, r := range rules.Plan(p, Known{}).Records {
		if r.Kind == "told on" {
			ids[r.Place] = append(ids[r.Place], r.ID)
		}
	}
	for place, all := range ids {
		if slices.Sort(all); len(all) != 2 || all[0] == all[1] {
			t.Errorf("told of by a %s: %d records: %q", place, len(all), all)
		}
	}
	if len(ids) == 0 {
		t.Error("nothing is on record")
	}
}

// What is known of the repository decides whether a commit that is not new to it
// speaks: one of after that does, and none where nothing is known.
func TestSpeaksOfTheTimeAfter(t *testing.T) {
	cfg := config.Default()
	cfg.Jira.URL = "https://jira.example.com"
	rules, err := Compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	when := time.Unix(1e9, 0)
	for _, test := range []struct {
		since  time.Time
		isNew  bool
		speaks bool
	}{
		{time.Time{}, false, false}, {time.Time{}, true, true}, {when.Add(-time.Second), false, true}, {when, false, false}, {when.Add(time.Second), false, false}, {when.Add(time.Second), true, true},
	} {
		who := push.Signature{Name: "Ann", Email: "ann@example.com", When: when}
		p := push.Push{
			ID: "p", Time: when, Repository: push.Repository{ID: "r", Path: "team/app", DefaultBranch: "main"},
			Updates: []push.Update{{Old: fmt.Sprintf("%040x", 0), New: fmt.Sprintf("%040x", 1), Ref: "refs/heads/main"}},
			Commits: []push.Commit{{ID: fmt.Sprintf("%040x", 1), Author: who, Committer: who, Message: "SHOP-1 x", New: test.isNew, Branch: "main", Arrives: []string{"main"}}},
		}
		got := rules.Plan(p, Known{FirstSeen: test.since})
		if speaks := len(got.Actions) > 0; speaks != test.speaks {
			t.Errorf("known since %v, new %v: speaks %v", test.since, test.isNew, speaks)
		}
		for _, a := range got.Actions {
			if got.Site != cfg.Jira.URL || a.Site != cfg.Jira.URL {
				t.Errorf("for the site %q: %q", got.Site, a.Site)
			}
		}
	}
}
