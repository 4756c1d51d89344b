package parser

import (
	"regexp"
	"strings"
	"testing"
)

// words gives all texts of at most n of the letters.
func words(n int, letters ...string) []string {
	all := []string{""}
	for from := 0; n > 0; n-- {
		longer := all[from:]
		from = len(all)
		for _, w := range longer {
			for _, l := range letters {
				all = append(all, w+l)
			}
		}
	}
	return all
}

// TestExpressions reads all short texts by hand and by the expression that says
// what is meant.
func TestExpressions(t *testing.T) {
	group := func(expression string) func(string) string {
		re := regexp.MustCompile(`(?s)` + expression)
		return func(text string) string {
			m := re.FindStringSubmatch(text)
			return strings.Join(m[min(1, len(m)):], "|")
		}
	}
	number := regexp.MustCompile(`\A((?:.*[^ \t])?)(?:[ \t]+|\A)\([#!][0-9]+\)\z`)
	commitType := regexp.MustCompile(`\A([\w-]+)(?:\([^()\n]*\))?!?:`)
	duration := regexp.MustCompile(`\A(\d+(?:\.\d+)?h(?:(?:\.* +)?\d+(?:\.\d+)?h)*)(?:\.* +(.*)|\.*)\z`)
	unit, halfUnit := regexp.MustCompile(`\d+(?:\.\d+)?h`), regexp.MustCompile(`\A\d+(?:\.\d+)?h\d`)
	for _, e := range []struct {
		name    string
		read    func(string) string
		meant   func(string) string
		n       int
		letters []string
	}{
		{"number of a merge request", func(s string) string {
			if rest := withoutNumber(s); rest != s {
				return "cut:" + rest
			}
			return ""
		}, func(s string) string {
			m := number.FindStringSubmatch(s)
			if m == nil {
				return ""
			}
			return "cut:" + m[1]
		}, 5, []string{"(", ")", "#", "!", "7", "a", " "}},
		{"type", func(s string) string {
			if c := typeOf(s); c.end > 0 {
				return c.word + "|" + s[:c.end]
			}
			return ""
		}, func(s string) string {
			m := commitType.FindStringSubmatch(s)
			if m == nil {
				return ""
			}
			return m[1] + "|" + m[0]
		}, 5, []string{"(", ")", "!", ":", "a", "-", "\n"}},
		{"what joins keys", func(s string) string { return s[:separator(s, 0)] },
			group(`\A((?:[ \t]*,[ \t]*(?:\r?\n[ \t]*)?|[ \t]*)&[ \t]*(?:\r?\n[ \t]*)?|[ \t]*,[ \t]*(?:\r?\n[ \t]*)?)`), 5, []string{" ", ",", "&", "\n", "\r", "a", "\t"}},
		{"an issue of the Git server", func(s string) string { return s[:foreignReference(s, 0, nil)] },
			group(`\A([\w./-]*#[0-9]+)(?:[^\pL\pN\p{Mn}]|\z)`), 4, []string{"#", "7", "a", "_", ".", "/", "-", ":", "é", "\u0301"}},
		{"bullet", func(s string) string { return s[:bulletOf(s)] }, group(`\A([*+•-])(?:[ \t]|\z)`), 3, []string{"*", "+", "-", "•", " ", "\t", "a"}},
		{"merge request", func(s string) string {
			if m, ok := fromReference(s); ok {
				return m.Path + "|" + strings.TrimLeft(s[len(m.Path)+1:], "0")
			}
			return ""
		}, group(`\A([\w.-]+(?:/[\w.-]+)*|)!0*([1-9][0-9]*)\z`), 5, []string{"!", "/", "7", "0", "a", "_", "é"}},
		{"trailer", func(s string) string {
			if isTrailerToken(s) {
				return s
			}
			return ""
		}, group(`\A([A-Za-z0-9-]+)\z`), 4, []string{"a", "Z", "7", "-", "_", " "}},
		{"duration", func(s string) string {
			if d, spec, rest, ok := parseDuration(s); ok && d.W+d.D+d.M == 0 {
				return spec + "|" + rest
			}
			return ""
		}, func(s string) string {
			m := duration.FindStringSubmatch(s)
			if m == nil || halfUnit.MatchString(m[2]) {
				return ""
			}
			return strings.Join(unit.FindAllString(m[1], -1), " ") + "|" + m[2]
		}, 6, []string{"1", ".", "h", " ", "x"}},
	} {
		t.Run(e.name, func(t *testing.T) {
			wrong := 0
			for _, text := range words(e.n, e.letters...) {
				if got, want := e.read(text), e.meant(text); got != want {
					if wrong++; wrong <= 5 {
						t.Errorf("%q: %q, not %q", text, got, want)
					}
				}
			}
		})
	}
}

// TestClosingWordAndKey tries all that may stand between the two.
func TestClosingWordAndKey(t *testing.T) {
	meant := regexp.MustCompile(`\A(?::[ \t]*|[ \t]+)\z`)
	p := mustNew(t, Options{Closing: []string{"fixes"}})
	for _, between := range words(4, ":", " ", "\t", "\n", ";") {
		text := "x\n\nIt fixes" + between + "AB-1"
		if got, want := len(p.Message(text).Closes) == 1, meant.MatchString(between); got != want {
			t.Errorf("%q: closes %v", text, got)
		}
	}
}

// TestProjectKeys reads all short words before a number, and all short texts behind
// one, by the default pattern.
func TestProjectKeys(t *testing.T) {
	unlisted, listed := mustNew(t, Options{}), mustNew(t, Options{Projects: []string{"AB", "B_A"}})
	run := regexp.MustCompile(`[\pL\pN_]*\z`)
	anyProject, ours := regexp.MustCompile(`(?:\A|_)([A-Z][A-Z0-9_]+)\z`), regexp.MustCompile(`(?:\A|_)(B_A|AB)\z`)
	check := func(t *testing.T, p *Parser, text string, meant []string) {
		t.Helper()
		got := p.Keys(text)
		want := strings.Join(meant[min(1, len(meant)):], " ")
		if want != "" {
			want += "-1"
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
	for _, word := range words(5, "A", "B", "_", "a", "-", " ", "é") {
		check(t, unlisted, word+"-1", anyProject.FindStringSubmatch(run.FindString(word)))
		check(t, listed, word+"-1", ours.FindStringSubmatch(run.FindString(word)))
	}
	number, version, second := regexp.MustCompile(`\A([1-9][0-9]*)(?:\z|[^0-9a])`), regexp.MustCompile(`\A[0-9]+\.[0-9]`), regexp.MustCompile(`\A[0-9]+-[0-9]+(?:\z|[^0-9a_-])`)
	for _, behind := range words(5, "1", "-", ".", "a", "_", "0", " ") {
		want := ""
		if m := number.FindStringSubmatch(behind); m != nil && !version.MatchString(behind) && !second.MatchString(behind) {
			want = "AB-" + m[1]
		}
		if got := unlisted.Keys("AB-" + behind); strings.Join(got, " ") != want {
			t.Errorf("%q: %q, not %q", "AB-"+behind, got, want)
		}
	}
}
