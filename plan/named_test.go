package plan

import (
	"context"
	"slices"
	"testing"

	"jirahook/config"
	"jirahook/push"
)

func TestNamed(t *testing.T) {
	cfg := config.Default()
	cfg.Projects = config.Projects{Keys: []string{"SHOP", "OPS"}}
	rules, err := Compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := push.Push{
		Commits: []push.Commit{{Message: "SHOP-2 and UTF-8\n\nCloses SHOP-1, SHOP-2"}, {Message: "SHOP-1 OPS-7"}, {}},
		Updates: []push.Update{{Ref: "refs/heads/shop-3-cart"}, {Ref: "refs/tags/SHOP-4"}},
		Merged:  []string{"OPS-7-old", "OPS-8"},
	}
	if keys, whole := rules.Named(t.Context(), p); !whole || !slices.Equal(keys, []string{"SHOP-2", "SHOP-1", "OPS-7", "SHOP-3", "OPS-8"}) {
		t.Errorf("%q, whole %v", keys, whole)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if keys, whole := rules.Named(ended, p); whole || len(keys) > 0 {
		t.Errorf("when the time is over: %q, whole %v", keys, whole)
	}
}

// What holds no key can be left out: neither may a message that is wanted be one
// that holds none, nor the name of a branch.
func TestHoldsKey(t *testing.T) {
	for _, tt := range []struct {
		about        string
		c            push.Commit
		small, exact bool // with branches.ignore_case, and without
	}{
		{"a key", push.Commit{Message: "Totals\n\nPart of SHOP-1"}, true, true},
		{"none", push.Commit{Message: "Totals of 12", Branch: "main"}, false, false},
		{"in small letters", push.Commit{Message: "Part of shop-1"}, false, false},
		{"its branch", push.Commit{Message: "Totals", Branch: "SHOP-1-cart"}, true, true},
		{"a revert", push.Commit{Message: "Back\n\nThis reverts commit 0123456789012345678901234567890123456789."}, true, true},
		{"a merge", push.Commit{Message: "Merge branch 'shop-1-cart'"}, true, false},
		{"a merge of no issue", push.Commit{Message: "Merge branch 'cart'"}, false, false},
		{"a merge, below its subject", push.Commit{Message: "Merge branch 'cart'\n\nshop-1"}, false, false},
	} {
		for ignoreCase, want := range map[bool]bool{true: tt.small, false: tt.exact} {
			cfg := config.Default()
			cfg.Projects = config.Projects{Keys: []string{"SHOP"}}
			cfg.Branches.IgnoreCase = ignoreCase
			rules, err := Compile(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if got := rules.HoldsKey(tt.c); got != want {
				t.Errorf("%s, ignore_case %v: holds a key %v, want %v", tt.about, ignoreCase, got, want)
			}
			for name, want := range map[string]bool{"SHOP-1-cart": true, "feature/shop-1": ignoreCase, "cart": false} {
				if got := rules.HoldsBranchKey(name); got != want || want != (len(rules.branchKeys(name)) > 0) {
					t.Errorf("branch %s, ignore_case %v: holds a key %v", name, ignoreCase, got)
				}
			}
		}
	}
}
