package parser

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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

func TestAlmost(t *testing.T) {
	p := mustNew(t, Options{Projects: []string{"SHOP", "OPS", "MY_AB", "SHA"}, BrowseURLs: []string{"https://jira.example.com"}})
	for text, want := range map[string][]Almost{
		"Round the total of shop-31":                                            {{"shop-31", "SHOP-31", true}},
		"Shop-31: round, ops-2, shop-4":                                         {{"Shop-31", "SHOP-31", true}, {"ops-2", "OPS-2", true}},
		"SHOPP-31, x_my_ab-7":                                                   {{"SHOPP-31", "SHOPP-31", false}, {"my_ab-7", "MY_AB-7", true}},
		"SHOP-1 shopp-31 UTF-8 CVE-2024-123":                                    nil,
		"shop-31.5, shop-031, workshop-31, shop-31a, https://x.example/shop-31": nil,
		"See merge request shop-31!3":                                           nil,
		"sha-256 and SHA-256":                                                   {{"sha-256", "SHA-256", true}},
		"":                                                                      nil,
	} {
		if diff := cmp.Diff(want, p.Almost(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	many := ""
	for i := range 30 {
		many += fmt.Sprintf("X%dY-1 ", i)
	}
	if n := len(p.Almost(many)); n != maxAlmost {
		t.Errorf("%d of 30, want %d", n, maxAlmost)
	}
	for _, o := range []Options{{}, {Projects: []string{"SHOP"}, Prefix: "#"}} {
		if almost := mustNew(t, o).Almost("shop-31 SHOPP-31"); almost != nil {
			t.Errorf("%+v: %+v", o, almost)
		}
	}
}
