// Package wiki makes text from strangers safe for Jira's wiki markup (REST API v2
// takes it on Server, Data Center and Cloud): no macro, mention, image, table, heading
// or list comes out of it, nothing invisible, and what a reader sees is what was
// written.
//
//	markup.go      text, links and names as markup; how long it is, and cut
//	invisible.go   letters that nobody sees
//	webaddress.go  addresses become links, and only those of the web
package wiki

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// joiner is U+2060, word joiner: it has no width, and keeps Jira from reading
// two characters together.
const joiner = "\u2060"

// Clean removes what could deceive a reader or a terminal: control characters
// except line feeds, and what is invisible: see visible. A tab becomes four
// blanks.
func Clean(s string) string {
	s = plainBlanks.Replace(s)
	return visible(strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\r', r == '\u2028', r == '\u2029':
			return '\n'
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

var plainBlanks = strings.NewReplacer("\r\n", "\n", "\t", "    ")

// OneLine is text from strangers made fit for one line, of a terminal or of
// Jira: no control characters, nothing invisible, white space folded.
func OneLine(s string) string { return strings.Join(strings.Fields(Clean(s)), " ") }

// Escape makes text literal in wiki markup, but for web addresses, which become
// links. Line feeds stay, and so does indentation, which HTML would swallow.
func Escape(s string) string { return escaped(s, true) }

func escaped(s string, links bool) string {
	s = Clean(s)
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	lineStart := true
	before := '\n' // the rune before i
	for i := 0; i < len(s); {
		if n := leadingBlanks(s[i:]); n > 0 {
			b.WriteString(keptBlanks(n, lineStart, s[i+n:]))
			before = ' '
			i += n
			continue
		}
		if lineStart && opensBlock(s[i:]) {
			b.WriteString(joiner)
		}
		if n, markup := address(s[i:], before, links); n > 0 {
			b.WriteString(markup)
			before, lineStart = '/', false
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		after, _ := utf8.DecodeRuneInString(s[i+size:])
		switch {
		case strings.ContainsRune("{}[]!|^~*", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case strings.ContainsRune("_-+", r) && !(isWord(before) && isWord(after)):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '?' && (before == '?' || after == '?'), r == '#' && lineStart:
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\\' && !isWord(after) && after != ' ',
			r == '&' && (after == '#' || isWord(after)),
			r == ':' || r == ';' || r == '(':
			b.WriteRune(r)
			if r == '\\' || r == '&' || opensEmoticon(s[i:]) {
				b.WriteString(joiner)
			}
		default:
			b.WriteRune(r)
		}
		lineStart = r == '\n'
		before = r
		i += size
	}
	return b.String()
}

// leadingBlanks is how many blanks text begins with.
func leadingBlanks(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }

// keptBlanks is a run of blanks of which a browser shows each one.
func keptBlanks(n int, lineStart bool, rest string) string {
	const fixed = "\u00A0"
	switch {
	case lineStart && (rest == "" || rest[0] == '\n'):
		return ""
	case lineStart:
		return strings.Repeat(fixed, n)
	case rest == "" || rest[0] == '\n':
		return " "
	}
	return strings.Repeat(fixed, n-1) + " "
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// opensBlock reports whether a line would be read as a heading or a block
// quote: "h1. ", "bq. ".
func opensBlock(line string) bool {
	if strings.HasPrefix(line, "bq.") {
		return true
	}
	return len(line) > 2 && line[0] == 'h' && line[1] >= '1' && line[1] <= '6' && line[2] == '.'
}

// opensEmoticon reports whether the text begins with one of Jira's emoticons
// and symbols: f(x) would otherwise end in a red cross.
func opensEmoticon(s string) bool {
	for _, e := range []string{":)", ":-)", ":(", ":-(", ":P", ":p", ":D", ";)", ";-)"} {
		if strings.HasPrefix(s, e) {
			return true
		}
	}
	if !strings.HasPrefix(s, "(") {
		return false
	}
	inside, _, closed := strings.Cut(s[1:min(len(s), 12)], ")")
	if !closed {
		return false
	}
	switch strings.ToLower(inside) {
	case "y", "n", "i", "/", "x", "!", "+", "-", "?", "on", "off", "*", "*r", "*g", "*b", "*y", "flag", "flagoff", "c", "r", "tm":
		return true
	}
	return false
}

// Names are cut, and addresses left out, that would crowd out what is told.
const (
	maxName    = 200
	maxAddress = 1000
)

// linkMarks replaces what may not stand inside [text|address] by what looks
// alike.
var linkMarks = strings.NewReplacer("[", "(", "]", ")", "|", "\u00A6")

// Linked is text that leads to an address; without an address it is the text.
func Linked(text, address string) string {
	text = Cut(OneLine(text), maxName)
	if address == "" || len(address) > maxAddress {
		return Escape(text)
	}
	text = linkMarks.Replace(text)
	return "[" + escaped(text, false) + "|" + address + "]"
}

// Bold is a name in bold.
func Bold(name string) string { return "*" + Escape(OneLine(name)) + "*" }

// Cut shortens to at most max UTF-16 units, which is how Jira counts, and says
// so with an ellipsis.
func Cut(s string, max int) string {
	if Units(s) <= max {
		return s
	}
	n := 0
	for i, r := range s {
		n += runeUnits(r)
		if n > max-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// Units is the length of s in UTF-16 units.
func Units(s string) int {
	n := 0
	for _, r := range s {
		n += runeUnits(r)
	}
	return n
}

func runeUnits(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}
