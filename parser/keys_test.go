package parser

import (
	"strings"
	"testing"
)

func TestKeys(t *testing.T) {
	known := []string{"ABC", "SHOP", "MY_SHOP", "CVE"}
	tests := []struct {
		name     string
		text     string
		unknown  []string // without a list of projects
		projects []string // with the list above
	}{
		{"plain", "ABC-1 and OTHER-2", []string{"ABC-1", "OTHER-2"}, []string{"ABC-1"}},
		{"twice, in order", "SHOP-2 ABC-1 SHOP-2", []string{"SHOP-2", "ABC-1"}, []string{"SHOP-2", "ABC-1"}},
		{"lower case", "abc-1 Abc-1", nil, nil},
		{"one letter", "A-1", nil, nil},

		{"underscore before", "feature_ABC-1", []string{"ABC-1"}, []string{"ABC-1"}},
		{"underscore behind", "ABC-1_login", []string{"ABC-1"}, []string{"ABC-1"}},
		{"upper case before the underscore", "FEATURE_ABC-1", []string{"FEATURE_ABC-1"}, []string{"ABC-1"}},
		{"longest listed suffix", "X_MY_SHOP-1", []string{"X_MY_SHOP-1"}, []string{"MY_SHOP-1"}},
		{"suffix only at an underscore", "XABC-1", []string{"XABC-1"}, nil},
		{"underscore between keys", "ABC-1_SHOP-2", []string{"ABC-1", "SHOP-2"}, []string{"ABC-1", "SHOP-2"}},

		{"letter before", "éABC-1 яABC-1 1ABC-1", nil, nil},
		{"letter behind", "ABC-1é ABC-1x ABC-1я", nil, nil},
		{"mark of a letter before", "e\u0301ABC-1", nil, nil},
		{"mark of a letter behind", "ABC-1\u0301", nil, nil},
		{"digit of another alphabet behind", "ABC-1٣", nil, nil},
		{"emoji", "⚡️ABC-1 🐛SHOP-2", []string{"ABC-1", "SHOP-2"}, []string{"ABC-1", "SHOP-2"}},
		{"punctuation", "(ABC-1), [SHOP-2]: \"ABC-3\"; #ABC-4 @ABC-5 ABC-6.", []string{"ABC-1", "SHOP-2", "ABC-3", "ABC-4", "ABC-5", "ABC-6"}, []string{"ABC-1", "SHOP-2", "ABC-3", "ABC-4", "ABC-5", "ABC-6"}},
		{"bytes that are not UTF-8", "\xffABC-1\xfe", []string{"ABC-1"}, []string{"ABC-1"}},

		{"ten digits", "ABC-1234567890", []string{"ABC-1234567890"}, []string{"ABC-1234567890"}},
		{"eleven digits", "ABC-12345678901", nil, nil},
		{"leading zero", "ABC-0 ABC-01", nil, nil},
		{"no number", "ABC- ABC--1 ABC-x", nil, nil},

		{"version", "ABC-1.2 ABC-1.2.3", nil, nil},
		{"file name", "ABC-1.patch", []string{"ABC-1"}, []string{"ABC-1"}},
		{"two numbers", "ABC-12345-455", nil, []string{"ABC-12345"}},
		{"number begins a word", "ABC-12-2fa-login", []string{"ABC-12"}, []string{"ABC-12"}},
		{"number begins a phrase", "ABC-12-404-page", []string{"ABC-12"}, []string{"ABC-12"}},
		{"words behind", "ABC-1-login", []string{"ABC-1"}, []string{"ABC-1"}},
		{"words before", "fix-ABC-1", []string{"ABC-1"}, []string{"ABC-1"}},
		{"hyphened", "SHOP-ABC-1", []string{"ABC-1"}, []string{"ABC-1"}},
		{"keys in a row", "ABC-1-SHOP-2/ABC-3", []string{"ABC-1", "SHOP-2", "ABC-3"}, []string{"ABC-1", "SHOP-2", "ABC-3"}},

		{"standards", "UTF-8 SHA-256 ISO-8601 RFC-2616 ES-6 FY-2024 charset_UTF-8", nil, nil},
		{"CVE number", "CVE-2021-44228, (CVE-2024-1234)", nil, nil},
		{"CVE number in a name", "CVE-2021-44228-fix", nil, nil},
		{"issue of a project CVE", "CVE-12", nil, []string{"CVE-12"}},

		{"foreign URL", "https://github.com/x/ABC-1 http://x/?q=ABC-2 ftp://h/ABC-3", nil, nil},
		{"Jira's URL", "https://Jira.example.com/jira/browse/ABC-1", []string{"ABC-1"}, []string{"ABC-1"}},
		{"Jira's URL, http", "http://jira.example.com/jira/browse/ABC-1", []string{"ABC-1"}, []string{"ABC-1"}},
		{"Jira's URL, ftp", "ftp://jira.example.com/jira/browse/ABC-1", nil, nil},
		{"Jira's URL with more keys", "https://jira.example.com/jira/browse/ABC-1?x=ABC-2#ABC-3", []string{"ABC-1"}, []string{"ABC-1"}},
		{"Jira's URL, another project", "https://jira.example.com/jira/browse/OTHER-1", []string{"OTHER-1"}, nil},
		{"Jira's URL, another page", "https://jira.example.com/jira/projects/ABC-1", nil, nil},
		{"Jira's host, another path", "https://jira.example.com/browse/ABC-1", nil, nil},
		{"host that begins like Jira's", "https://jira.example.com.evil/jira/browse/ABC-1", nil, nil},
		{"Jira's URL in a URL", "https://x/?u=https://jira.example.com/jira/browse/ABC-1", nil, nil},
		{"Jira's URL in Markdown", "[it](https://jira.example.com/jira/browse/ABC-1),SHOP-2", []string{"ABC-1", "SHOP-2"}, []string{"ABC-1", "SHOP-2"}},
		{"Jira's URL in wiki markup", "[it|https://jira.example.com/jira/browse/ABC-1] SHOP-2", []string{"ABC-1", "SHOP-2"}, []string{"ABC-1", "SHOP-2"}},
		{"Jira's URLs without blanks", "https://jira.example.com/jira/browse/ABC-1,https://jira.example.com/jira/browse/SHOP-2", []string{"ABC-1", "SHOP-2"}, []string{"ABC-1", "SHOP-2"}},
		{"address without a scheme", "jira.example.com/jira/browse/ABC-1", []string{"ABC-1"}, []string{"ABC-1"}},
		{"behind a URL", "https://x.example/a ABC-1", []string{"ABC-1"}, []string{"ABC-1"}},
		{"brackets in a URL", "http://[::1]/ABC-1 https://x.example/Y_(ABC-2)_z (https://x.example/ABC-3)ABC-4", []string{"ABC-4"}, []string{"ABC-4"}},
		{"no scheme", "://ABC-1 +://SHOP-2", []string{"ABC-1", "SHOP-2"}, []string{"ABC-1", "SHOP-2"}},

		{"path of a merge request", "See merge request team/ABC-1/UTF-8!12", nil, nil},
		{"that is no merge request", "See merge request ABC-1", []string{"ABC-1"}, []string{"ABC-1"}},
		{"in a sentence", "X: See merge request a/ABC-1!2", []string{"ABC-1"}, []string{"ABC-1"}},
		{"merge subject", "Merge branch 'feature/ABC-1-x' into 'main'", []string{"ABC-1"}, []string{"ABC-1"}},
		{"no project is that long", strings.Repeat("A", 300) + "-1", nil, nil},
		{"behind a long word", strings.Repeat("a", 300) + "_ABC-1", []string{"ABC-1"}, []string{"ABC-1"}},
		{"empty", "", nil, nil},
	}
	const jira = "https://jira.example.com/jira/"
	unknown := mustNew(t, Options{BrowseURLs: []string{jira}})
	listed := mustNew(t, Options{BrowseURLs: []string{jira}, Projects: known})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sameKeys(t, "without a list", unknown.Keys(test.text), test.unknown)
			sameKeys(t, "with a list", listed.Keys(test.text), test.projects)
			sameKeys(t, "mentions", listed.Message(test.text).Mentions, test.projects)
			for _, p := range []*Parser{unknown, listed} {
				if len(test.unknown)+len(test.projects) > 0 && !p.HoldsKey(test.text) {
					t.Error("HoldsKey says no")
				}
			}
		})
	}
}

func TestNoURLIsOfAnUnknownJira(t *testing.T) {
	p := mustNew(t, Options{})
	sameKeys(t, "keys", p.Keys("https://AB-1 https://AB-2/ AB-4://AB-5 https://x.example/browse/AB-3"), nil)
}

func TestHoldsKeyIgnoresWhatMayChange(t *testing.T) {
	p := mustNew(t, Options{Projects: []string{}, Prefix: "JIRA#"})
	for text, want := range map[string]bool{
		"UTF-8": true, "OTHER-1": true, "https://x/ABC-1": true, "CVE-2021-44228": true,
		"abc-1": false, "ABC-01": false, "ABC-1x": false, "no key": false, "": false,
	} {
		if got := p.HoldsKey(text); got != want {
			t.Errorf("HoldsKey(%q) = %v", text, got)
		}
		if keys := p.Keys(text); len(keys) > 0 {
			t.Errorf("Keys(%q) = %q with an empty list", text, keys)
		}
	}
}

func TestProjectPattern(t *testing.T) {
	tests := []struct {
		pattern, text string
		projects      []string
		want          []string
	}{
		{`[A-Z]+`, "A-1 AB_C-2 A1-3", nil, []string{"A-1", "C-2"}},
		{`(?i)[a-z]+`, "shop-1 Shop-2 SHOP-1", nil, []string{"SHOP-1", "SHOP-2"}},
		{`(?i)[a-z]+`, "shop-1 ops-2", []string{"SHOP"}, []string{"SHOP-1"}},
		{`AB|CD`, "AB-1 CD-2 ABC-3 XAB-4", nil, []string{"AB-1", "CD-2"}},
		{`\p{Lu}+`, "ÄB-1", nil, []string{"ÄB-1"}},
		{`[A-Z0-9_]+`, "ABC-1_DEF-2", nil, []string{"ABC-1", "DEF-2"}},
		{`[A-Z]*`, "-1 _-2", nil, nil},
		{`(A)(B)`, "AB-1", nil, []string{"AB-1"}},
	}
	for _, test := range tests {
		p := mustNew(t, Options{ProjectPattern: test.pattern, Projects: test.projects})
		sameKeys(t, test.pattern+" in "+test.text, p.Keys(test.text), test.want)
	}
}

func TestPrefix(t *testing.T) {
	tests := []struct {
		prefix, text string
		want         []string
	}{
		{`JIRA#`, "JIRA#AB-1, AB-2 JIRA#CD-3", []string{"AB-1", "CD-3"}},
		{`JIRA#`, "myJIRA#AB-1 éJIRA#AB-2 my-JIRA#AB-3", []string{"AB-3"}},
		{`#`, "see #AB-1, x#CD-2, EF-3", []string{"AB-1", "CD-2"}},
		{`(?i)jira:\s*`, "Jira: AB-1, AB-2", []string{"AB-1"}},
		{`(?:Refs|,) `, "Refs AB-1, AB-2 AB-3", []string{"AB-1", "AB-2"}},
		{`(?m)^`, "AB-1 AB-2\nAB-3", []string{"AB-1", "AB-3"}},
		{`\[`, "[AB-1] AB-2", []string{"AB-1"}},
		{`JIRA`, "JIRAAB-1", nil},
		{`#`, "https://jira.example.com/browse/AB-1", []string{"AB-1"}},
	}
	for _, test := range tests {
		p := mustNew(t, Options{Prefix: test.prefix, BrowseURLs: []string{"https://jira.example.com"}})
		sameKeys(t, test.prefix+" in "+test.text, p.Keys(test.text), test.want)
	}
}

func TestNewRefusesBadPatterns(t *testing.T) {
	for _, o := range []Options{
		{ProjectPattern: "a)(b"}, {ProjectPattern: "["}, {Prefix: "(?=x)"}, {Prefix: "("}, {ProjectPattern: "*"},
		{ProjectPattern: `\QAB`}, {Prefix: `\QAB`},
	} {
		if p, err := New(o); err == nil || p != nil {
			t.Errorf("New(%+v) = %v, %v", o, p, err)
		}
	}
	_, err := New(Options{ProjectPattern: "["})
	if want := `key pattern "["`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v does not begin with %s", err, want)
	}
}
