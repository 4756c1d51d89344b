package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sampleResults are made up.
func sampleResults() results {
	stale := row{Size: "1m", Commits: 1e6, Variant: "graph", Title: "commit-graph", Graph: true}
	plain := row{Size: "1m", Commits: 1e6, Variant: "nograph", Title: "no commit-graph"}
	first, far, failed, many := stale, stale, plain, plain
	first.Scenario, first.Git, first.Ours = "a", cost{Wall: 80, CPU: 40, Peak: 184, Rounds: 9}, cost{Wall: 20, CPU: 12, Peak: 26.4, Rounds: 9}
	far.Scenario, far.Git, far.Ours = "b2", cost{Wall: 200, CPU: 100, Peak: 207, Rounds: 9}, cost{Wall: 60, CPU: 30, Peak: 64, Rounds: 9}
	many.Scenario, many.Git, many.Ours = "a", cost{Wall: 280, CPU: 100, Peak: 557, Rounds: 9}, cost{Wall: 140, CPU: 72, Peak: 20, Rounds: 9}
	many.GoGit = &cost{Wall: 156_000, CPU: 83_000, Peak: 1420, Rounds: 1}
	failed.Scenario, failed.Git, failed.Problems = "b", cost{Wall: 300, CPU: 100, Peak: 560, Rounds: 9}, []string{"ours failed: exit code 2"}
	return results{
		Machine: "git 2.39.5, 2 cores",
		Rows:    []row{many, failed, first, far},
		Hook:    []hookRow{{Scenario: "a", Title: "no commit-graph", Empty: cost{Wall: 2, Rounds: 9}, Hook: cost{Wall: 17, CPU: 15, Peak: 14, Rounds: 9}}},
	}
}

func TestTables(t *testing.T) {
	var got strings.Builder
	writeTables(&got, sampleResults())
	want := `Which commits did a push bring? Whole processes, interleaved, medians; git 2.39.5, 2 cores.

| repository | git ms | ours ms | ours ÷ git | git MB | ours MB | targets met |
| --- | --: | --: | --: | --: | --: | --: |
| 1,000,000 commits, no commit-graph | 280 | 140 | 0.50 | 557 | 20 | 1 of 2 |
| 1,000,000 commits, commit-graph | 80–200 | 20–60 | 0.25–0.30 | 207 | 64 | 1 of 2 |

### 1,000,000 commits, no commit-graph

| push | git ms | ours ms | wall ÷ git | CPU ÷ git | git MB | ours MB | at most | met | plain go-git |
| --- | --: | --: | --: | --: | --: | --: | --- | --- | --- |
| a: 1 commit | 280 | 140 | 0.50 | 0.72 | 557 | 20 | 0.90 ×, 220 MB | yes | 156,000 ms (557 ×), 1,420 MB |
| b: new branch, 3 commits | 300 | failed |  |  | 560 |  |  | no |  |

### 1,000,000 commits, commit-graph

| push | git ms | ours ms | wall ÷ git | CPU ÷ git | git MB | ours MB | at most | met |
| --- | --: | --: | --: | --: | --: | --: | --- | --- |
| a: 1 commit | 80 | 20 | 0.25 | 0.30 | 184 | 26 | 0.30 ×, 80 MB | yes |
| b2: new branch, 3 commits, forked 50,000 back | 200 | 60 | 0.30 | 0.30 | 207 | 64 | 0.20 ×, 80 MB | **no** (time) |

### The whole hook with delivery.wait 0, 1,000 commits

| push | repository | empty Go program ms | hook ms | CPU ms | MB | at most ms | met |
| --- | --- | --: | --: | --: | --: | --: | --- |
| a: 1 commit | no commit-graph | 2.0 | 17 | 15 | 14 | 16 | **no** |

### Problems

- 1m nograph b: ours failed: exit code 2
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{0.04: "0.0", 9.94: "9.9", 9.96: "10", 999.6: "1,000", 1234567: "1,234,567"} {
		if got := number(v); got != want {
			t.Errorf("%v is %s, not %s", v, got, want)
		}
	}
}
