package parser

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// under are parsers of all rules, each with the shape that its keys must have.
func under(t testing.TB) []struct {
	p     *Parser
	shape *regexp.Regexp
} {
	const jira = "https://jira.example.com"
	plain := regexp.MustCompile(`\A[A-Z][A-Z0-9_]+-[1-9][0-9]{0,9}\z`)
	return []struct {
		p     *Parser
		shape *regexp.Regexp
	}{
		{mustNew(t, Options{Closing: gitLabWords, BrowseURL: jira}), plain},
		{mustNew(t, Options{Closing: gitLabWords, BrowseURL: jira, Prefix: `(?i)jira[#:]\s*|#`}), plain},
		{mustNew(t, Options{Closing: gitLabWords, Multiline: true, Projects: []string{"AB", "MY_AB"}}), regexp.MustCompile(`\A(MY_)?AB-[1-9][0-9]{0,9}\z`)},
		{mustNew(t, Options{Closing: gitLabWords, ProjectPattern: `[0-9A-Z_]*`}), regexp.MustCompile(`\A[A-Z0-9_]+-[1-9][0-9]{0,9}\z`)},
		{mustNew(t, Options{Closing: gitLabWords, Rule: Classic}), regexp.MustCompile(`\A\p{Lu}[\p{Lu}\p{Nd}]+-[0-9]+\z`)},
		{mustNew(t, Options{Closing: gitLabWords, Rule: GitLab}), regexp.MustCompile(`\A[A-Z][A-Z0-9_]+-[0-9]+\z`)},
		{mustNew(t, Options{Closing: gitLabWords, Rule: GitLab, BrowseURL: jira, Prefix: "#"}), regexp.MustCompile(`\A[A-Z][A-Z0-9_]+-[0-9]+\z`)},
	}
}

// seed adds the messages of all vectors.
func seed(f *testing.F) {
	for _, file := range []string{"smart-commits.json", "gitlab-keys.json", "gitlab-options.json", "branch-names.json"} {
		data, err := os.ReadFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		var entries []struct{ Message, Branch string }
		if err := json.Unmarshal(data, &entries); err != nil {
			f.Fatal(err)
		}
		for _, e := range entries {
			f.Add(e.Message + e.Branch)
		}
	}
	for _, text := range []string{
		"", "\xff-1", "AB-1_CD-2", "AB-1\xffCD-2 #\xff", "JIRA#AB-1, #AB-2", "Closes [AB-1](https://jira.example.com/browse/AB-2) & #3",
		"See merge request g/AB-1!2", "Merge branch 'a' into 'b'", "Merge pull request 'T' (#1) from a into b\nReviewed-on: https://h/o/r/pulls/1",
		"x\n* fixup! AB-1 #time 1.5h\nCo-authored-by: a <B@c>", "AB-1://AB-2", "AB-1 #time 1h30m2d x", "CVE-2021-44228", "\n\nRevert \"AB-1 #x\"",
	} {
		f.Add(text)
	}
}

func FuzzMessage(f *testing.F) {
	seed(f)
	parsers := under(f)
	f.Fuzz(func(t *testing.T, text string) {
		for i, u := range parsers {
			m := u.p.Message(text)
			keys := u.p.Keys(text)
			if !slices.Equal(m.Mentions, keys) {
				t.Errorf("parser %d: mentions %q, keys %q", i, m.Mentions, keys)
			}
			isKey := func(key string) bool { return slices.Contains(keys, key) }
			for _, key := range m.Closes {
				if !isKey(key) {
					t.Errorf("parser %d: closes %q, which is no key", i, key)
				}
			}
			lines := strings.Split(text, "\n")
			for _, c := range m.Commands {
				checkCommand(t, c, lines, isKey)
			}
			if again := u.p.Message(text); !cmp.Equal(m, again) {
				t.Errorf("parser %d: the second reading differs", i)
			}
		}
	})
}

func checkCommand(t *testing.T, c Command, lines []string, isKey func(string) bool) {
	t.Helper()
	switch {
	case !isKey(c.Key):
		t.Errorf("%+v: not for a key", c)
	case c.Line < 0 || c.Line >= len(lines) || !strings.Contains(lines[c.Line], "#"):
		t.Errorf("%+v: no # in its line", c)
	case c.Name == "transition" && (c.Transition == "" || c.Transition != strings.ToLower(c.Transition)):
		t.Errorf("%+v: bad token", c)
	case c.Problem == "" && c.Name == "time" && c.Spec == "":
		t.Errorf("%+v: no duration and no problem", c)
	case c.Problem == "" && c.Name == "comment" && c.Text == "":
		t.Errorf("%+v: no text and no problem", c)
	case !regexp.MustCompile(`\A(\d+w)?( ?\d+d)?( ?\d+h)?( ?\d+m)?\z`).MatchString(c.Duration.Jira()):
		t.Errorf("%+v: %q is no duration of Jira's", c, c.Duration.Jira())
	}
}

func FuzzKeys(f *testing.F) {
	seed(f)
	parsers := under(f)
	f.Fuzz(func(t *testing.T, text string) {
		for i, u := range parsers {
			keys := u.p.Keys(text)
			if len(keys) > 0 && !u.p.HoldsKey(text) {
				t.Errorf("parser %d: keys %q, but HoldsKey says no", i, keys)
			}
			for j, key := range keys {
				if !u.shape.MatchString(key) {
					t.Errorf("parser %d: %q is no key", i, key)
				}
				if slices.Contains(keys[:j], key) {
					t.Errorf("parser %d: %q twice", i, key)
				}
			}
			// What was read as keys reads as the same keys.
			if u.p.rule == Default && i != 1 {
				if again := u.p.Keys(strings.Join(keys, " ")); !slices.Equal(again, keys) {
					t.Errorf("parser %d: %q reads as %q", i, keys, again)
				}
			}
		}
	})
}
