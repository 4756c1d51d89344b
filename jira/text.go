package jira

import (
	"strings"
	"unicode/utf8"

	"jirahook/wiki"
)

// maxWords is the greatest length of a text from Jira in a report, in runes.
const maxWords = 300

// short is foreign text made fit for one line of a report: no control
// characters, white space folded, not long.
func short(s string) string {
	s = wiki.OneLine(s)
	if utf8.RuneCountInString(s) <= maxWords {
		return s
	}
	return string([]rune(s)[:maxWords-1]) + "…"
}

// units is the length of s in UTF-16 units, which is how Jira counts.
func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// cutText shortens a text in wiki markup to at most max UTF-16 units. An open
// quotation is closed.
func cutText(text string, max int) string {
	if units(text) <= max {
		return text
	}
	const end = "\n…"
	const closing = "\n{quote}"
	room := max - units(end+closing)
	n, cut := 0, len(text)
	for i, r := range text {
		if n += units(string(r)); n > room {
			cut = i
			break
		}
	}
	head := text[:cut]
	// An escape, a link or a macro must not be cut in two: end with a line, or
	// at least with a word.
	if i := strings.LastIndexByte(head, '\n'); i > cut/2 {
		head = head[:i]
	} else if i := strings.LastIndexByte(head, ' '); i > cut/2 {
		head = head[:i]
	}
	head = strings.TrimRight(head, "\\ \n") + end
	// What people wrote has its braces escaped, so these are the planner's.
	if strings.Count(head, "{quote}")%2 == 1 {
		head += closing
	}
	return head
}

// plainCharacters replaces what needs four bytes in UTF-8, such as emoji. A
// Jira Server on an old MySQL answers 500 to a text that holds one.
func plainCharacters(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xFFFF {
			return '\uFFFD'
		}
		return r
	}, s)
}
