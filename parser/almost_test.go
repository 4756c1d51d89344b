package parser

import "testing"

func TestBranchKeys(t *testing.T) {
	listed := mustNew(t, Options{Projects: []string{"SHOP", "OPS", "MY_AB"}})
	for name, want := range map[string][]string{
		"feature/SHOP-12-cart":        {"SHOP-12"},
		"feature/shop-12-cart":        {"SHOP-12"},
		"Shop-12":                     {"SHOP-12"},
		"shop-12-ops-3":               {"SHOP-12", "OPS-3"},
		"feature/shop-12/ops-3":       {"SHOP-12", "OPS-3"},
		"feature/SHOP-12-and/ops-3":   {"SHOP-12"}, // a key in its own case says that the rest is none
		"feature_my_ab-7":             {"MY_AB-7"},
		"utf-8":                       nil,
		"release-2":                   nil,
		"shop-012":                    nil,
		"shop-12x":                    nil,
		"workshop-12":                 nil,
		"übershop-12":                 nil,
		"":                            nil,
		"dependabot/npm/eslint-9-ops": nil,
	} {
		sameKeys(t, name, listed.BranchKeys(name, true), want)
		if holds := listed.HoldsBranchKey(name, true); holds != (len(want) > 0) {
			t.Errorf("%q: HoldsBranchKey %v", name, holds)
		}
		sameKeys(t, name+" in its own case", listed.BranchKeys(name, false), listed.Keys(name))
	}
	open := mustNew(t, Options{})
	sameKeys(t, "no list", open.BranchKeys("feature/shop-12-cart", true), nil)
	if !open.HoldsBranchKey("feature/shop-12-cart", true) || open.HoldsBranchKey("feature/shop-12-cart", false) {
		t.Error("once there is a list the name may hold a key")
	}
}
