package hooks

import (
	"testing"

	"jirahook/config"
	"jirahook/plan"
	"jirahook/push"
)

// TestTrimKeepsMergesOfBranches: the subject of a merge holds the branch's name,
// in which a key may be in lower case.
func TestTrimKeepsMergesOfBranches(t *testing.T) {
	for _, test := range []struct {
		message    string
		ignoreCase bool
		kept       bool
	}{
		{"Merge branch 'feature/shop-12-cart' into 'main'", true, true},
		{"Merge branch 'feature/shop-12-cart' into 'main'", false, false},
		{"Merge branch 'feature/utf-8' into 'main'", true, false},
		{"Merge branch 'cart'\n\nsee shop-12", true, false},
		{"Round shop-12", true, false},
		{"Round SHOP-12", false, true},
		{"Round OTHER-12", false, true},
	} {
		cfg := config.Default()
		cfg.Projects.Keys = []string{"SHOP"}
		cfg.Branches.IgnoreCase = test.ignoreCase
		rules, err := plan.Compile(cfg)
		if err != nil {
			t.Fatal(err)
		}
		commits := trim([]push.Commit{{ID: "1", Message: test.message, Branch: "main", New: true}}, rules)
		p := push.Push{Commits: commits}
		if kept := commits[0].Message != ""; kept != test.kept || anyKey(p, rules) != test.kept {
			t.Errorf("%q, ignore_case %v: kept %v, any key %v", test.message, test.ignoreCase, kept, anyKey(p, rules))
		}
	}
}
