package wiki

import (
	"strings"
	"testing"
	"unicode"
)

// Of all that Unicode has, nothing is left in a text, in a line or in markup that
// nobody sees, wherever in a word it stands.
func TestNothingInvisible(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		gone := unicode.In(r, unicode.Cf, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) || r == '\u2800'
		if !gone || r == '\n' {
			continue
		}
		for _, text := range []string{"a" + string(r) + "b", string(r) + "b", "a" + string(r), "a" + strings.Repeat(string(r), 3) + "1" + string(r) + "日" + string(r)} {
			for where, got := range map[string]string{"a line": OneLine(text), "a text": Clean(text), "markup": strings.ReplaceAll(Escape(text), joiner, "")} {
				if strings.ContainsRune(got, r) {
					t.Fatalf("%U is left of %q in %s: %q", r, text, where, got)
				}
			}
		}
	}
}

// What is removed takes nothing visible with it.
func TestVisibleStays(t *testing.T) {
	for r := rune(0x20); r <= unicode.MaxRune; r++ {
		if !unicode.IsGraphic(r) || unicode.IsSpace(r) || r == '\u2800' || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
			continue
		}
		if got := OneLine("a" + string(r) + "b"); got != "a"+string(r)+"b" {
			t.Fatalf("%U becomes %q", r, got)
		}
	}
}

func TestVisible(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a\U000E0041\U000E0042\U000E007Fb", "ab"},                             // tags
		{"a\u2066b\u2069c\u202Ed", "abcd"},                                     // isolates, an override
		{"total\u2028wrong", "total wrong"},                                    // a line separator
		{"a\u115F\u1160\u3164\uFFA0b", "ab"},                                   // Hangul fillers
		{"a\u2800b", "a b"},                                                    // the blank of Braille
		{"SHOP\u200B-\u200D1\u2060", "SHOP-1"},                                 //
		{"so\u00ADft", "soft"},                                                 // a soft hyphen
		{"❤\uFE0F", "❤\uFE0F"},                                                 // an emoji, and not the letter
		{"❤\uFE0E!\uFE0F", "❤\uFE0E!"},                                         //
		{"❤\uFE0F\uFE0F", "❤\uFE0F"},                                           // once is enough
		{"𠀀\uFE0F", "𠀀"},                                                       // no emoji
		{"1\uFE0F\u20E3 2\uFE0F", "1\uFE0F\u20E3 2"},                           // a keycap
		{"葛\U000E0100", "葛"},                                                   //
		{"👩\u200D👩\u200D👧", "👩\u200D👩\u200D👧"},                                 // a family
		{"👩🏽\u200D💻", "👩🏽\u200D💻"},                                             // with a colour of skin
		{"🏳\uFE0F\u200D🌈", "🏳\uFE0F\u200D🌈"},                                   //
		{"👩\u200Dx\u200D👩", "👩x👩"},                                             //
		{"👩\u200D", "👩"},                                                       //
		{"🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", "🏴"}, // tags are a hiding place first
		{"می\u200Cخواهم", "می\u200Cخواهم"},                                     // Persian
		{"क्\u200Dष", "क्\u200Dष"},                                             // Hindi
		{"می\u200C\u200Cخواهم\u200C", "می\u200Cخواهم"},                         // once, and not at an end
		{"\u200Cabc\u200D", "abc"},                                             //
		{"\uFEFFabc", "abc"},                                                   //
		{"Привет, 世界, عالم, שלום, ไทย, 한글", "Привет, 世界, عالم, שלום, ไทย, 한글"}, //
	}
	for _, tt := range tests {
		got := OneLine(tt.in)
		if got != tt.want {
			t.Errorf("%q becomes %q, not %q", tt.in, got, tt.want)
		}
		if again := OneLine(got); again != got {
			t.Errorf("%q becomes %q when it is cleaned again", got, again)
		}
	}
}
