package parser

import "testing"

func TestClosing(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{"Closes A1-1, B2-2 and C3-3", []string{"A1-1", "B2-2", "C3-3"}},
		{"Closes AB-1, AB-2, and AB-3", []string{"AB-1", "AB-2", "AB-3"}},
		{"Closes AB-1 & AB-2", []string{"AB-1", "AB-2"}},
		{"Closes AB-1,AB-2", []string{"AB-1", "AB-2"}},
		{"Closes AB-1 AND AB-2", []string{"AB-1", "AB-2"}},
		{"Closes AB-1 AB-2", []string{"AB-1", "AB-2"}},
		{"Closes AB-1; AB-2", []string{"AB-1"}},
		{"Closes AB-1 andAB-2, AB-3", []string{"AB-1"}},
		{"Closes AB-1,\nAB-2 and\r\n  AB-3", []string{"AB-1", "AB-2", "AB-3"}},
		{"Closes AB-1,\n\nAB-2", []string{"AB-1"}},
		{"Closes AB-1\nAB-2", []string{"AB-1"}},
		{"Closes AB-1, AB-1, AB-2", []string{"AB-1", "AB-2"}},
		{"Closes AB-1, see CD-2", []string{"AB-1"}},
		{"Fixes AB-1. Closes CD-2", []string{"AB-1", "CD-2"}},
		{"Fixes CD-2 and closes AB-1", []string{"CD-2", "AB-1"}},

		{"Closes issue AB-1", []string{"AB-1"}},
		{"Closes issues AB-1 and AB-2", []string{"AB-1", "AB-2"}},
		{"Fixes bug AB-1 and ticket AB-2", []string{"AB-1", "AB-2"}},
		{"Implements Stories AB-1", []string{"AB-1"}},
		{"Closes issuesAB-1", nil},
		{"Closes the issue AB-1", nil},

		{"Closes [AB-1]", []string{"AB-1"}},
		{"Closes [AB-1, AB-2]", []string{"AB-1", "AB-2"}},
		{"Closes [AB-1], (AB-2) and <AB-3>", []string{"AB-1", "AB-2", "AB-3"}},
		{"Closes **[AB-1]**, _AB-2_", []string{"AB-1", "AB-2"}},
		{"Closes “AB-1” and 'AB-2'", []string{"AB-1", "AB-2"}},
		{"Closes #AB-1", []string{"AB-1"}},
		{"Fixes [AB-1][AB-2]", []string{"AB-1", "AB-2"}},
		{"Fixes [AB-1] [AB-2], see [AB-3]", []string{"AB-1", "AB-2"}},
		{"Fixes AB-1 (AB-2)", []string{"AB-1"}},
		{"Fixes AB-1 [AB-2]", []string{"AB-1"}},
		{"Fixes [AB-1]: [AB-2]", []string{"AB-1"}},
		{"Closes [AB-1](https://other.example/AB-1), [AB-2](https://jira.example.com/browse/AB-2) and AB-3", []string{"AB-1", "AB-2", "AB-3"}},

		{"Closes: AB-1", []string{"AB-1"}},
		{"Closes:AB-1", []string{"AB-1"}},
		{"Closes : AB-1", nil},
		{"Closes, AB-1", nil},
		{"Closes\nAB-1", nil},
		{"CLOSES AB-1, closed AB-2, Closing AB-3", []string{"AB-1", "AB-2", "AB-3"}},
		{"closesAB-1", nil},

		{"Closes https://jira.example.com/browse/AB-1", []string{"AB-1"}},
		{"Closes <https://jira.example.com/browse/AB-1>, https://jira.example.com/browse/AB-2.", []string{"AB-1", "AB-2"}},
		{"Closes https://jira.example.com/browse/AB-1, AB-2", []string{"AB-1", "AB-2"}},
		{"Closes https://other.example/browse/AB-1 and AB-2", []string{"AB-2"}},
		{"https://x.example/fixes:AB-1 fix", nil},
		{"https://x.example/?fix AB-1", nil},

		{"Closes #12 and AB-3", []string{"AB-3"}},
		{"Closes grp/prj#12, AB-3", []string{"AB-3"}},
		{"Closes #12 AB-3", nil},
		{"Closes #12x, AB-3", nil},
		{"Closes https://x.example/a,b;c, AB-3", []string{"AB-3"}},
		{"Closes https://x.example/a,https://x.example/b, AB-3", []string{"AB-3"}},
		{"Closes https://x.example/a,AB-2", nil},
		{"Closes UTF-8, AB-3", []string{"AB-3"}},

		{"hot-fix AB-1", []string{"AB-1"}},
		{"hotfix AB-1", nil},
		{"éfix AB-1", nil},
		{"e\u0301fix AB-1", nil},
		{"яfixes AB-1", nil},
		{"_fixes AB-1", nil},
		{"⚡️fix AB-1", []string{"AB-1"}},
		{"do not close AB-1", []string{"AB-1"}},
		{"fix(api): AB-1", nil},
		{"This fixes the bug in AB-1", nil},

		{"Merge branch 'revert-1' into 'main'\n\nRevert \"Fixes AB-1\"\n\nCloses AB-2", []string{"AB-2"}},
		{"Squashed\n\n* fixup! fixes AB-1\n* fixes AB-2", []string{"AB-2"}},
		// Of the message's own subject the class tells.
		{"Revert \"Fixes AB-1\"", []string{"AB-1"}},
	}
	p := mustNew(t, Options{Closing: gitLabWords, BrowseURLs: []string{"https://jira.example.com"}})
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			sameKeys(t, "closes", p.Message(test.text).Closes, test.want)
		})
	}
}

func TestClosingWithAList(t *testing.T) {
	p := mustNew(t, Options{Closing: gitLabWords, Projects: []string{"AB"}})
	sameKeys(t, "closes", p.Message("Closes OTHER-1, AB-2 and UTF-8 and AB-3").Closes, []string{"AB-2", "AB-3"})
}

func TestClosingWithAPrefix(t *testing.T) {
	p := mustNew(t, Options{Closing: gitLabWords, Prefix: "#"})
	sameKeys(t, "closes", p.Message("Closes #AB-1, [#AB-2] and AB-3").Closes, []string{"AB-1", "AB-2"})
}

func TestClosingWords(t *testing.T) {
	p := mustNew(t, Options{Closing: []string{"Schließt", "hot-fix", "done with"}})
	sameKeys(t, "closes", p.Message("schließt AB-1, hot-fix: AB-2. Done with AB-3. Fixes AB-4").Closes, []string{"AB-1", "AB-2", "AB-3"})

	none := mustNew(t, Options{})
	sameKeys(t, "closes without words", none.Message("Closes AB-1").Closes, nil)
}
