package hooks

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"jirahook/config"
	"jirahook/outbox"
	"jirahook/plan"
	"jirahook/wiki"
)

// hostile are texts that a message, a branch, an issue or Jira's answer may hold.
var hostile = []string{
	"",
	" ",
	"plain words",
	"\x1b[31mred\x1b]0;title\a \x9b1m\u009b2m",
	"two\nlines\r\nand\rmore\vof\fthem\u2028here\u2029and here\u0085end",
	"tab\tand\u00a0blanks\u3000of\u2003all kinds",
	"bidi \u202eover\u2066ride\u2067 \u2068x\u2069\u200f\u061c",
	"zero\u200bwidth\u200d\u2060\ufeffjoin\u00adhyphen",
	"broken \xff\xfe\x80 bytes \x00 and nul",
	"かごの合計が間違っているかごの合計が間違っているかごの合計が間違っている",
	"e\u0301\u0302\u0303 combining Việt Nam नमस्ते ก็",
	"👩‍👩‍👧 ❤️ 🇩🇪 🏴\U000e0067\U000e0062\U000e007f",
	strings.Repeat("W", 61), strings.Repeat("W", 62), strings.Repeat("W", 63), strings.Repeat("漢", 31), strings.Repeat("漢", 32),
	strings.Repeat("long ", 40),
	strings.Repeat("x", 500),
	"a " + strings.Repeat("y", 72) + " b " + strings.Repeat("z", 130),
	"jirahook: SHOP-1   Done",
	"%s %d %!v(MISSING) 100%",
	strings.Repeat("\u0301", 200),
}

// Whatever a message, a branch or Jira says: no line is wider than the terminal
// but an issue's address, every line begins as ours do, holds nothing but what can
// be seen, and no word is lost that somebody must read.
func FuzzWordsForThePusher(f *testing.F) {
	for i, text := range hostile {
		for state := range uint8(5) {
			f.Add("SHOP-1", text, text, text, state, uint8(i))
			f.Add(text, "summary", "comment", "problem: more", state, uint8(i))
			f.Add("SHOP-1", text, "comment", "problem", state, uint8(i))
		}
	}
	states := []outbox.State{outbox.Queued, outbox.Done, outbox.Dead, outbox.Skipped}
	kinds := []plan.Kind{plan.KindComment, plan.KindLink, plan.KindWorklog, plan.KindTransition}
	f.Fuzz(func(t *testing.T, key, summary, words, problem string, state, kind uint8) {
		a := outbox.Report{
			Issue: key, Summary: summary, Words: words, Note: words, Problem: problem,
			State: states[int(state)%len(states)], Kind: kinds[int(kind)%len(kinds)],
		}
		note := plan.Note{Issue: key, Text: problem}
		for name, say := range map[string]func(reporter){
			"report": func(r reporter) {
				r.report(config.Config{Jira: config.Jira{URL: "https://jira.example.com"}}, outbox.PushReport{Actions: []outbox.Report{a, a, a}, Notes: []plan.Note{note, {Commit: key, Text: words}}})
			},
			"held": func(r reporter) { r.report(config.Config{}, outbox.PushReport{Held: problem, Push: key}) },
			"promise": func(r reporter) {
				r.promise(plan.Plan{Actions: []plan.Action{{Issue: key}}, Notes: []plan.Note{note}}, problem)
			},
			"not kept": func(r reporter) { r.notKept(fmt.Errorf("keep: %s", problem)) },
			"say":      func(r reporter) { r.say("%s", problem) },
		} {
			var b strings.Builder
			say(reporter{w: &b})
			checkLines(t, name, b.String())
			if name == "say" {
				wantWords(t, b.String(), problem)
			}
			if name == "report" && a.State == outbox.Dead {
				wantWords(t, b.String(), refused(a))
			}
		}
	})
}

func checkLines(t *testing.T, name, out string) {
	t.Helper()
	if out == "" {
		return
	}
	if !strings.HasSuffix(out, "\n") {
		t.Errorf("%s: the last line has no end: %q", name, out)
	}
	for i, line := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		if !strings.HasPrefix(line, "jirahook: ") && (i == 0 || !strings.HasPrefix(line, "          ")) {
			t.Errorf("%s: begins otherwise: %q", name, line)
		}
		if n := Columns(line); n > columns && !strings.Contains(line, "  https://jira.example.com/browse/") {
			t.Errorf("%s: %d columns: %q", name, n, line)
		}
		if strings.TrimRight(line, " ") != line {
			t.Errorf("%s: ends in blanks: %q", name, line)
		}
		before := ' '
		for _, r := range line {
			joiner := (r == '\u200c' || r == '\u200d') && before > unicode.MaxASCII && !unicode.IsSpace(before)
			if (!unicode.IsGraphic(r) || unicode.Is(unicode.Zs, r)) && r != ' ' && !joiner {
				t.Errorf("%s: holds %U: %q", name, r, line)
			}
			before = r
		}
	}
}

// wantWords finds all of a text that can be seen, in its order, whatever lines it
// stands on.
func wantWords(t *testing.T, out, text string) {
	t.Helper()
	var said strings.Builder
	for line := range strings.Lines(out) {
		said.WriteString(strings.TrimPrefix(line, "jirahook: "))
	}
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
	if want := squeeze(wiki.OneLine(text)); !strings.Contains(squeeze(said.String()), want) {
		t.Errorf("%q is lost in\n%s", text, out)
	}
}

func TestCutColumns(t *testing.T) {
	for _, s := range []string{"", "a", "abcdef", "漢字漢字", "a漢b字c", "e\u0301e\u0301e\u0301e\u0301"} {
		whole := Columns(s)
		for room := 1; room < whole+3; room++ {
			got := CutColumns(s, room)
			if room >= whole {
				if got != s {
					t.Errorf("%q fits into %d and becomes %q", s, room, got)
				}
				continue
			}
			kept, cut := strings.CutSuffix(got, "…")
			next := []rune(strings.TrimPrefix(s, kept))
			if !cut || !strings.HasPrefix(s, kept) || Columns(got) > room || Columns(kept+string(next[:1]))+1 <= room {
				t.Errorf("%q in %d columns becomes %q", s, room, got)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"12345", []string{"12345"}},
		{"12 45", []string{"12 45"}},
		{"12 456", []string{"12", "456"}},
		{"a 1234567890123 b", []string{"a", "12345", "67890", "123 b"}},
		{"漢字漢", []string{"漢字", "漢"}},
	} {
		if got := wrap(tt.text, 5); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %q", tt.text, got)
		}
	}
}

// What Unicode's terminals do: wide characters take two columns, marks that
// stand on another none.
func TestColumns(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "é": 1, "e\u0301": 1, "漢字": 4, "ｆｕｌｌ": 8, "ﾊﾝ": 2, "한글": 4, "👍": 2, "❤️": 2, "नमस्ते": 4, "ก็": 1, "·…×": 3,
	} {
		if got := Columns(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
}
