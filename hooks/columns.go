package hooks

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Columns is how many columns of a terminal text takes: East Asian wide
// characters take two, marks that stand on another character and joiners none. A selector
// after an emoji makes that wide.
func Columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) && r != '\uFE0F' {
		return 0
	}
	return 1
}

// prefixOf is how many bytes of a text fit into that many columns.
func prefixOf(s string, max int) int {
	n := 0
	for i, r := range s {
		if n += runeColumns(r); n > max {
			return i
		}
	}
	return len(s)
}

// CutColumns cuts a text to that many columns.
func CutColumns(s string, max int) string {
	if Columns(s) <= max {
		return s
	}
	return s[:prefixOf(s, max-1)] + "…"
}

// wrap breaks text at blanks into lines of at most max columns, and a longer word
// where the line ends.
func wrap(text string, max int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && Columns(line)+1+Columns(word) <= max {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for Columns(word) > max {
			n := prefixOf(word, max)
			lines, word = append(lines, word[:n]), word[n:]
		}
		line = word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
