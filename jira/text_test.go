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
	if _, ok := tooLong(nil, text); ok {
		t.Error("no error is too long")
	}
}

func TestShort(t *testing.T) {
	tests := map[string]string{
		"a\x1b[31m\n\tb\u202e":     "a[31m b",
		strings.Repeat("ü", 400):   strings.Repeat("ü", 299) + "…",
		"  blanks   fold \r\n up ": "blanks fold up",
	}
	for in, want := range tests {
		if got := short(in); got != want {
			t.Errorf("short(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestIsKey(t *testing.T) {
	for _, key := range []string{"A-1", "SHOP-12", "MY_PROJ-1", "ÄB-1", "A1-999999999999999999", "shop-1"} {
		if !isKey(key) {
			t.Errorf("%q is a key", key)
		}
	}
	for _, s := range []string{"", "12", "10042", "A-0", "A-01", "A-", "-1", "A", "../A-1", "A/B-1", "A.B-1", "A-1/", "A-+1", "A-1 ", " A-1", "_A-1", "1A-1", "A%2F-1", "A-1\n", "A\x00-1", "A-1?x=1", "A-1#x", "A-B-1", "A-9999999999999999999", strings.Repeat("A", 400) + "-1"} {
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
