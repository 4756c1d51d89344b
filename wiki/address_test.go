package wiki

import (
	"strings"
	"testing"
)

// The first and last of each block of emoji keep their selector, and the symbols
// beside the blocks do not.
func TestEdgesOfEmoji(t *testing.T) {
	for r, is := range map[rune]bool{
		0x1F000: true, 0x1FAFF: true, 0x1EFFF: false, 0x1FB00: false, 0x2190: true, 0x218F: false, 0x2BFF: true, 0x2C00: false, 0x219A: true, 0x2460: false, '©': true, '1': false,
	} {
		if got := isEmoji(r); got != is {
			t.Errorf("%U: %v", r, got)
		}
	}
}

// Each character that ends an address ends it, and none within.
func TestAddressEnds(t *testing.T) {
	const host = "https://example.com/"
	for c := rune(1); c < 0x80; c++ {
		text := "see " + host + "a" + string(c) + "b"
		at := strings.Index(text, "example")
		got := text[at:urlEnd(text, at, ' ')]
		want := "example.com/a" + string(c) + "b"
		if c <= ' ' || c > '~' || strings.ContainsRune("\"<>[]|{}`\\)", c) {
			want = "example.com/a"
		}
		if got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"example.com/(a)": "example.com/(a)", "example.com/(a))": "example.com/(a)", "(example.com/a)": "example.com/a", "example.com/a(b": "example.com/a(b",
		"example.com/a.": "example.com/a", "example.com/a?!": "example.com/a", "example.com/a*": "example.com/a*",
	} {
		at := strings.Index(text, "example")
		if got := text[at:urlEnd(text, at, ' ')]; got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
	if at := len("*https://"); urlEnd("*https://example.com*", at, '*') != len("*https://example.com") {
		t.Error("the second star is part of the address")
	}
}
