package parser

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// under are parsers by several options, each with the shape that its keys must have.
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
		{mustNew(t, Options{Closing: gitLabWords, BrowseURLs: []string{jira}}), plain},
		{mustNew(t, Options{Closing: gitLabWords, BrowseURLs: []string{jira}, Prefix: `(?i)jira[#:]\s*|#`}), plain},
		{mustNew(t, Options{Closing: gitLabWords, Multiline: true, Projects: []string{"AB", "MY_AB"}}), regexp.MustCompile(`\A(MY_)?AB-[1-9][0-9]{0,9}\z`)},
		{mustNew(t, Options{Closing: gitLabWords, Multiline: true, TypesClose: true, BrowseURLs: []string{jira}}), plain},
		{mustNew(t, Options{Closing: gitLabWords, ProjectPattern: `[0-9A-Z_]*`}), regexp.MustCompile(`\A[A-Z0-9_]+-[1-9][0-9]{0,9}\z`)},
	}
}

// seed adds the messages of all vectors.
func seed(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Text)
	}
	for _, text := range []string{
		"", "\xff-1", "AB-1_CD-2", "AB-1\xffCD-2 #\xff", "JIRA#AB-1, #AB-2", "Closes [AB-1](https://jira.example.com/browse/AB-2) & #3",
		"See merge request g/AB-1!2", "Merge branch 'a' into 'b'", "Merge pull request 'T' (#1) from a into b\nReviewed-on: https://h/o/r/pulls/1",
		"x\n* fixup! AB-1 #time 1.5h\nCo-authored-by: a <B@c>", "AB-1://AB-2", "AB-1 #time 1h30m2d x", "CVE-2021-44228", "\n\nRevert \"AB-1 #x\"",
		"AB-1 x\n> Fixes AB-2\n```\nAB-3 #done\n```\n<details>\nCloses AB-4\n</details>", "[AB-1][AB-2] and AB-3 #time 1h, 2m. #done (#4)\n  on\n#comment x",
		"fix(a)!: AB-1\n\n* Close AB-2 (!3)\n* Revert \"Close AB-2\"\n* Reapply \"Close AB-2\"\n\ncommit 0123456789012345678901234567890123456789\n\n    fix: AB-3",
		"#time 1h AB-1 #comment The total\nhas wrapped\n\nshop-1 SHOPP-2",
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
			if len(m.Mentions) == 0 && len(keys) > 0 {
				t.Errorf("parser %d: mentions %q, keys %q", i, m.Mentions, keys)
			}
			for _, key := range m.Mentions {
				if !slices.Contains(keys, key) {
					t.Errorf("parser %d: mentions %q, which is no key", i, key)
				}
			}
			isKey := func(key string) bool { return slices.Contains(keys, key) }
			for _, key := range m.Closes {
				if !slices.Contains(m.Mentions, key) {
					t.Errorf("parser %d: closes %q, which it does not mention", i, key)
				}
			}
			lines := strings.Split(text, "\n")
			for _, c := range m.Commands {
				checkCommand(t, c, lines, func(key string) bool { return slices.Contains(m.Mentions, key) })
			}
			if len(m.Ignored) > 2*maxIgnored {
				t.Errorf("parser %d: ignored %d", i, len(m.Ignored))
			}
			for _, g := range m.Ignored {
				if g.Line < 0 || g.Line >= len(lines) || len(g.Keys) == 0 || g.Words == "" || !isKey(g.Keys[0]) || strings.Contains(g.Words, "\n") {
					t.Errorf("parser %d: ignored %+v", i, g)
				}
			}
			checkQuoted(t, u.p, text, keys)
			if again := u.p.Message(text); !cmp.Equal(m, again) {
				t.Errorf("parser %d: the second reading differs", i)
			}
		}
	})
}

// checkQuoted: of a text that is quoted line by line nothing acts, and its keys
// are mentioned, where the quotation leaves them keys.
func checkQuoted(t *testing.T, p *Parser, text string, keys []string) {
	t.Helper()
	m := p.Message("> " + strings.ReplaceAll(text, "\n", "\n> "))
	if len(m.Closes)+len(m.Commands) > 0 {
		t.Errorf("quoted, it closes %q and runs %+v", m.Closes, m.Commands)
	}
	if len(keys) > 0 && len(m.Mentions) == 0 && p.keys.prefix == nil {
		t.Errorf("quoted, it mentions nothing of %q", keys)
	}
}

func checkCommand(t *testing.T, c Command, lines []string, isKey func(string) bool) {
	t.Helper()
	switch {
	case !isKey(c.Key):
		t.Errorf("%+v: not for a key", c)
	case c.Last < c.Line || c.Last >= len(lines) || c.Wrapped && c.Last+1 == len(lines):
		t.Errorf("%+v: ends in no line", c)
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
			checkIgnored(t, u.p, text)
			for _, a := range u.p.Almost(text) {
				if slices.Contains(keys, a.Written) || !strings.Contains(text, a.Written) || a.Listed != slices.Equal(u.p.Keys(a.Key), []string{a.Key}) {
					t.Errorf("parser %d: almost %+v, keys %q", i, a, keys)
				}
			}
			for _, anyCase := range []bool{false, true} {
				branch := u.p.BranchKeys(text, anyCase)
				if len(branch) > 0 && !u.p.HoldsBranchKey(text, anyCase) || len(keys) > 0 && !slices.Equal(branch, keys) {
					t.Errorf("parser %d: keys %q, of a branch %q, any case %v", i, keys, branch, anyCase)
				}
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
			if i != 1 {
				if again := u.p.Keys(strings.Join(keys, " ")); !slices.Equal(again, keys) {
					t.Errorf("parser %d: %q reads as %q", i, keys, again)
				}
			}
		}
	})
}

// checkIgnored: what is no key stands in its line, and is told for a reason once.
func checkIgnored(t *testing.T, p *Parser, text string) {
	t.Helper()
	lines := strings.Split(text, "\n")
	all := p.Ignored(text)
	if len(all) > maxIgnored {
		t.Errorf("ignored %d", len(all))
	}
	for i, g := range all {
		if g.Words == "" || g.Line < 0 || g.Line >= len(lines) || !strings.Contains(lines[g.Line], g.Words) {
			t.Errorf("%+v stands in no line", g)
		}
		if g.Why < Unlisted || g.Why > Numbered || len(g.Keys) > 0 {
			t.Errorf("%+v: not a reason why something is no key", g)
		}
		if slices.ContainsFunc(all[:i], func(h Ignored) bool { return h.Words == g.Words && h.Why == g.Why }) {
			t.Errorf("%+v is told twice", g)
		}
	}
}
