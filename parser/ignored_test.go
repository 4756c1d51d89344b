package parser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestIgnored(t *testing.T) {
	const jira = "https://JIRA-1.example.com/x"
	open := Options{BrowseURLs: []string{jira}}
	listed := Options{BrowseURLs: []string{jira}, Projects: []string{"SHOP", "UTF", "CVE"}}
	prefixed := Options{BrowseURLs: []string{jira}, Projects: []string{"SHOP"}, Prefix: "#"}
	for _, test := range []struct {
		name string
		o    Options
		text string
		want []Ignored
	}{
		{"keys", open, "SHOP-1, OTHER-2 and x_AB-3", nil},
		{"no shape of a key", open, "shop-1 SHOP-01 SHOP-12345678901 SHOP-1x A-1 -1", nil},
		{"standards", open, "UTF-8 and\nRFC-2616, UTF-8", []Ignored{{Why: Standard, Words: "UTF-8"}, {Why: Standard, Line: 1, Words: "RFC-2616"}}},
		{"a standard's name that is a project", listed, "UTF-8", nil},
		{"another project", listed, "OTHER-1 SHOP-2 FEATURE_X-3 OTHER-12-404-page", []Ignored{{Why: Unlisted, Words: "OTHER-1"}, {Why: Unlisted, Words: "FEATURE_X-3"}, {Why: Unlisted, Words: "OTHER-12"}}},
		{"a version", open, "ABC-1.2, ABC-1.2.3rc ABC-1.", []Ignored{{Why: Version, Words: "ABC-1.2"}, {Why: Version, Words: "ABC-1.2.3"}}},
		{"a version of a project", listed, "SHOP-1.2", []Ignored{{Why: Version, Words: "SHOP-1.2"}}},
		{"a CVE number", open, "CVE-2021-44228 CVE-2022-1-fix", []Ignored{{Why: CVE, Words: "CVE-2021-44228"}, {Why: CVE, Words: "CVE-2022-1"}}},
		{"a CVE number beside a project CVE", listed, "CVE-2021-44228 CVE-7", []Ignored{{Why: CVE, Words: "CVE-2021-44228"}}},
		{"without a second number", open, "CVE-2021", []Ignored{{Why: Standard, Words: "CVE-2021"}}},
		{"another tracker's number", open, "TICKET-12345-455", []Ignored{{Why: Numbered, Words: "TICKET-12345-455"}}},
		{"in an address", open, "https://x.example/SHOP-1 http://x.example/SHOP-1?SHOP-2", []Ignored{{Why: InURL, Words: "SHOP-1"}, {Why: InURL, Words: "SHOP-2"}}},
		{"in Jira's", open, jira + "/browse/SHOP-1", []Ignored{{Why: InURL, Words: "JIRA-1"}}},
		{"behind the key in Jira's", open, "\n" + jira + "/browse/SHOP-1?a=SHOP-2", []Ignored{{Why: InURL, Line: 1, Words: "JIRA-1"}, {Why: InURL, Line: 1, Words: "SHOP-2"}}},
		{"another project, in an address", listed, "https://x.example/OTHER-1 https://x.example/SHOP-1", []Ignored{{Why: Unlisted, Words: "OTHER-1"}, {Why: InURL, Words: "SHOP-1"}}},
		{"another tracker's number in an address", open, "https://x.example/T1-12-34", []Ignored{{Why: InURL, Words: "T1-12-34"}}},
		{"in the path of a merge request", open, "x\n\nSee merge request team/SHOP-1!12", []Ignored{{Why: InPath, Line: 2, Words: "SHOP-1"}}},
		{"without the prefix", prefixed, "SHOP-1, #SHOP-2 OTHER-3", []Ignored{{Why: Unprefixed, Words: "SHOP-1"}, {Why: Unlisted, Words: "OTHER-3"}}},
		{"in its own case", Options{ProjectPattern: "(?i)[a-z]+", Projects: []string{"SHOP"}}, "Other-1 shop-2", []Ignored{{Why: Unlisted, Words: "Other-1"}}},
	} {
		p := mustNew(t, test.o)
		if diff := cmp.Diff(test.want, p.Ignored(test.text), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %q (-want +got):\n%s", test.name, test.text, diff)
		}
	}
	var many strings.Builder
	for i := range 300 {
		fmt.Fprintf(&many, "ABC-%d.2\n", i+1)
	}
	if n := len(mustNew(t, open).Ignored(many.String())); n != 100 {
		t.Errorf("%d of 300", n)
	}
}
