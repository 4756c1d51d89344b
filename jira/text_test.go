package jira

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCutText(t *testing.T) {
	quote := "Ada mentioned this issue:\n{quote}\n" + strings.Repeat("word wörd 😀 \\{code\\}\n", 200) + "{quote}"
	plain := strings.Repeat("* line of a list\n", 300)
	for _, text := range []string{quote, plain, strings.Repeat("x", 5000), strings.Repeat("😀", 2000)} {
		for _, limit := range []int{100, 500, 1000, 1999, 3000} {
			got := cutText(text, limit)
			if n := units(got); n > limit {
				t.Errorf("%d units, want at most %d", n, limit)
			}
			if strings.Count(got, "{quote}")%2 != 0 || !strings.Contains(got, "…") {
				t.Errorf("cut to %d: …%q", limit, got[max(0, len(got)-80):])
			}
			if units(got) < limit/3 {
				t.Errorf("only %d units left of %d", units(got), limit)
			}
		}
		if n := units(text); cutText(text, n) != text || cutText(text, n-1) == text {
			t.Errorf("a text of %d units is cut to that, or not to one less", n)
		}
	}
}

func TestTooLong(t *testing.T) {
	text := strings.Repeat("x", 40_000)
	tests := []struct {
		words string
		want  int
	}{
		{"The entered text is too long. It exceeds the allowed limit of 32,767 characters.", 32767},
		{"Der eingegebene Text ist zu lang. Er überschreitet die Grenze von 32.767 Zeichen.", 32767},
		{"limite de 32\u00a0767 caractères", 32767},
		{"The allowed limit is 5000 characters.", 5000},
		{"40,000 characters; at most 32,767", 32767},
		{"Comment body can not be empty!", 0},
		{"at most 65,534", 0}, // more than was sent: about something else
		{"at most 40,000", 0},
		{"at most 39,999", 39999},
		{"at most 100", 100},
		{"at most 99", 0},
		{"of 2^64 = 18,446,744,073,709,551,616 at most 5,000", 5000},
		{"at least 3 characters", 0},
	}
	for _, tt := range tests {
		err := &Error{Status: 400, words: words{fields: map[string]string{"comment": tt.words}}}
		if got, _ := tooLong(err, text); got != tt.want {
			t.Errorf("tooLong(%q) = %d, want %d", tt.words, got, tt.want)
		}
	}
	if _, ok := tooLong(&Error{Status: 400, words: words{fields: map[string]string{"other": tests[0].words}}}, text); ok {
		t.Error("another field's words count")
	}
	if _, ok := tooLong(&Error{Status: 403, words: words{fields: map[string]string{"comment": tests[0].words}}}, text); ok {
		t.Error("another refusal's words count")
	}
	if _, ok := tooLong(nil, text); ok {
		t.Error("no error is too long")
	}
}

func TestShort(t *testing.T) {
	tests := map[string]string{
		"a\x1b[31m\n\tb\u202e":     "a[31m b",
		strings.Repeat("ü", 400):   strings.Repeat("ü", 299) + "…",
		strings.Repeat("ü", 301):   strings.Repeat("ü", 299) + "…",
		strings.Repeat("ü", 300):   strings.Repeat("ü", 300),
		"  blanks   fold \r\n up ": "blanks fold up",
	}
	for in, want := range tests {
		if got := short(in); got != want {
			t.Errorf("short(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestIsKey(t *testing.T) {
	for _, key := range []string{"A-1", "SHOP-12", "MY_PROJ-1", "ÄB-1", "A1-999999999999999999", "shop-1", "A_-1", strings.Repeat("A", 298) + "-1"} {
		if !isKey(key) {
			t.Errorf("%q is a key", key)
		}
	}
	for _, s := range []string{"", "12", "10042", "A-0", "A-01", "A-", "-1", "A", "../A-1", "A/B-1", "A.B-1", "A-1/", "A-+1", "A-1 ", " A-1", "_A-1", "1A-1", "A%2F-1", "A-1\n", "A\x00-1", "A-1?x=1", "A-1#x", "A-B-1", "A-9999999999999999999", strings.Repeat("A", 299) + "-1", "A-1000000000000000000"} {
		if isKey(s) {
			t.Errorf("%q is no key", s)
		}
	}
}

// What passes for a key stays one segment of a path, and a quoted word in JQL.
func FuzzIsKey(f *testing.F) {
	for _, s := range []string{"SHOP-12", "../A-1", "A%2F-1", "Ä_1-7", "A\"-1", "10042"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !isKey(s) {
			return
		}
		u, err := url.Parse("issue/" + url.PathEscape(s) + "?fields=x")
		if err != nil || u.Path != "issue/"+s || strings.ContainsAny(s, "/\\\"'%?#.\n") || !utf8.ValidString(s) {
			t.Errorf("%q is taken for a key: %v, %v", s, u, err)
		}
	})
}

func FuzzCutText(f *testing.F) {
	f.Add("a\n{quote}\nb\n{quote}", 20)
	f.Add(strings.Repeat("😀 ", 500), 120)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 20 || units(text) <= limit || !utf8.ValidString(text) {
			return
		}
		got := cutText(text, limit)
		if units(got) > limit || !utf8.ValidString(got) {
			t.Errorf("cutText(%q, %d) = %q", text, limit, got)
		}
	})
}

// A text is as long as Jira counts it, and what needs four bytes goes, and no more.
func TestUnits(t *testing.T) {
	for text, want := range map[string]int{"": 0, "ab": 2, "\uFFFF": 1, "\U00010000": 2, "ü😀": 3} {
		if got := units(text); got != want {
			t.Errorf("%q: %d units", text, got)
		}
	}
	if got := plainCharacters("a\uFFFE\uFFFF\U00010000😀"); got != "a\uFFFE\uFFFF\uFFFD\uFFFD" {
		t.Errorf("plain: %q", got)
	}
}

// A text is cut behind a line where that leaves more than half, else behind a word,
// else anywhere, as late as can be. What is cut off is told in a line.
func TestCutsBehindALine(t *testing.T) {
	const room = 100 - len("\n.\n{quote}") // the dots are one unit
	line := func(n int) string { return strings.Repeat("x", n) }
	for name, tt := range map[string]struct{ text, want string }{
		"a line's end in the second half":   {line(46) + "\n" + line(90), line(46)},
		"a line's end in the first half":    {line(44) + "\n" + line(90), line(44) + "\n" + line(room-45)},
		"a word's end in the second half":   {line(20) + "\n" + line(30) + " " + line(90), line(20) + "\n" + line(30)},
		"a word's end in the first half":    {line(40) + " " + line(90), line(40) + " " + line(room-41)},
		"the middle is no second half":      {line(room/2) + "\n" + line(90), line(room/2) + "\n" + line(room-room/2-1)},
		"a word's end in the middle":        {line(room/2) + " " + line(90), line(room/2) + " " + line(room-room/2-1)},
		"no blank":                          {line(200), line(room)},
		"two units at the limit":            {line(room-1) + "😀" + line(90), line(room - 1)},
		"blanks and escapes before the end": {line(60) + "\\ \n" + line(90), line(60)},
		"the quotation is closed":           {"{quote}\n" + line(60) + "\n" + line(90), "{quote}\n" + line(60) + "\n…\n{quote}"},
	} {
		want := tt.want
		if !strings.HasSuffix(want, "{quote}") {
			want += "\n…"
		}
		if got := cutText(tt.text, 100); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
