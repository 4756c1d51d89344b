package main

import "testing"

func TestTargets(t *testing.T) {
	for _, c := range []struct {
		name      string
		row       row
		git, ours cost
		words     string
		missed    string
	}{
		{"1 M, graph", row{Commits: 1e6, Graph: true, Scenario: "a"}, cost{Wall: 80}, cost{Wall: 24, Peak: 80}, "0.30 ×, 80 MB", ""},
		{"1 M, graph, too slow", row{Commits: 1e6, Graph: true, Scenario: "a"}, cost{Wall: 80}, cost{Wall: 25}, "0.30 ×, 80 MB", "time"},
		{"1 M, graph, far back", row{Commits: 1e6, Graph: true, Scenario: "b2"}, cost{Wall: 200}, cost{Wall: 41, Peak: 81}, "0.20 ×, 80 MB", "time, memory"},
		{"1 M, no graph", row{Commits: 1e6, Scenario: "b2"}, cost{Wall: 200}, cost{Wall: 180, Peak: 221}, "0.90 ×, 220 MB", "memory"},
		{"100 k, graph", row{Commits: 1e5, Graph: true, Scenario: "e"}, cost{Wall: 20}, cost{Wall: 16}, "0.80 ×, 40 MB", ""},
		{"100 k, graph, far back", row{Commits: 1e5, Graph: true, Scenario: "b2"}, cost{Wall: 20}, cost{Wall: 9}, "0.40 ×, 40 MB", "time"},
		{"100 k, no graph", row{Commits: 1e5, Scenario: "a"}, cost{Wall: 20}, cost{Wall: 24}, "1.20 ×, 80 MB", ""},
		{"100 k, quick git", row{Commits: 1e5, Graph: true, Scenario: "a"}, cost{Wall: 9}, cost{Wall: 11.9}, "git + 3 ms, 40 MB", ""},
		{"1 k, never by ratio", row{Commits: 1e3, Scenario: "a"}, cost{Wall: 20}, cost{Wall: 22.9, Peak: 20}, "git + 3 ms, 20 MB", ""},
		{"1 k, too slow", row{Commits: 1e3, Graph: true, Scenario: "m"}, cost{Wall: 3}, cost{Wall: 6.1}, "git + 3 ms, 20 MB", "time"},
		{"many refs", row{Commits: 1e5, Graph: true, Refs: 1e5, Scenario: "b2"}, cost{Wall: 100}, cost{Wall: 50, Peak: 1e4}, "0.50 ×", ""},
	} {
		target, ok := targetOf(c.row)
		if !ok {
			t.Errorf("%s: no target", c.name)
			continue
		}
		if got := target.words(c.git.Wall); got != c.words {
			t.Errorf("%s: target %q, want %q", c.name, got, c.words)
		}
		if got := target.missed(c.git, c.ours); got != c.missed {
			t.Errorf("%s: missed %q, want %q", c.name, got, c.missed)
		}
	}
	if _, ok := targetOf(row{Commits: 1e6, First: true, Scenario: "g"}); ok {
		t.Error("a target for the first push, which has none")
	}
}
