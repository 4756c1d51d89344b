package parser

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Lists of keys are the same everywhere:
//
//	A-1, B-2 and C-3 | A-1 & B-2 | A-1 B-2 | [A-1][B-2] | [A-1, B-2]
//	issue A-1 and task B-2
//	[A-1] | (A-1) | #A-1 | **A-1** | [A-1](URL)
//	#12, grp/prj#3, https://gitlab.example.com/issues/4 and A-1
//
// A list may go on in the next line behind a comma or "and". A key in brackets is
// joined by a comma or a word, except [A-1][B-2]: in "A-1 (B-2)" the second is an
// aside.

// itemList reads a list of keys, behind a closing word or before commands.
type itemList struct {
	text   string
	urls   []url
	tokens []token
	keys   []token
}

// read reads the items that begin at a place, and gives where the list ends.
func (l *itemList) read(at int) int {
	if end := l.item(l.noun(at)); end > 0 {
		return l.goOn(end)
	}
	return at
}

// goOn reads the items behind one that ends at a place, and gives where the list
// ends.
func (l *itemList) goOn(at int) int {
	for {
		next := separator(l.text, at)
		if next == at {
			if next = l.beside(at); next < 0 {
				return at
			}
		}
		end := l.item(l.noun(next))
		if end == 0 {
			return at
		}
		at = end
	}
}

// beside gives where the next key begins that only blanks, or nothing, part from
// the one that ends at a place: A-1 A-2, [A-1][A-2]; -1 if there is none.
func (l *itemList) beside(at int) int {
	bare := strings.TrimLeft(l.text[at:], " \t\v\f")
	next := len(l.text) - len(bare)
	if l.text[at-1] == ']' && strings.HasPrefix(bare, "[") {
		return next
	}
	if i, ok := tokenAt(l.tokens, next); ok && next > at && !l.tokens[i].inURL && l.lastEnds(at) {
		return next
	}
	return -1
}

// lastEnds reports whether the item that ends at a place is a bare key.
func (l *itemList) lastEnds(at int) bool {
	return len(l.keys) > 0 && l.keys[len(l.keys)-1].end == at
}

// noun passes over "issue" and its like before a key.
func (l *itemList) noun(at int) int {
	end := at
	for end < len(l.text) && isLetter(l.text[end]) && end-at < len("tickets") {
		end++
	}
	switch strings.ToLower(l.text[at:end]) {
	case "issue", "issues", "ticket", "tickets", "bug", "bugs", "task", "tasks", "story", "stories":
		if bare := strings.TrimLeft(l.text[end:], " \t"); len(bare) < len(l.text)-end {
			return len(l.text) - len(bare)
		}
	}
	return at
}

// item gives the end of the key or foreign reference at a place; 0 if there is
// none. Brackets, quotes, emphasis and "#" may stand around it.
func (l *itemList) item(at int) int {
	for range 4 {
		if i, ok := tokenAt(l.tokens, at); ok {
			l.keys = append(l.keys, l.tokens[i])
			return l.closeItem(l.tokens[i].end)
		}
		if end := foreignReference(l.text, at, l.urls); end > 0 {
			return l.closeItem(end)
		}
		r, size := utf8.DecodeRuneInString(l.text[at:])
		if !strings.ContainsRune("[({<\"'`*_#“‘«„", r) {
			return 0
		}
		at += size
	}
	return 0
}

// closeItem passes over what closes the brackets of an item, and over the
// address of a Markdown link.
func (l *itemList) closeItem(at int) int {
	for range 4 {
		r, size := utf8.DecodeRuneInString(l.text[at:])
		if !strings.ContainsRune("])}>\"'`*_”’»", r) {
			break
		}
		at += size
		if r == ']' && strings.HasPrefix(l.text[at:], "(") {
			if end := urlStartingAt(l.urls, at+1); end > 0 && strings.HasPrefix(l.text[end:], ")") {
				at = end + 1
			}
		}
	}
	return at
}

// separator gives the place behind a comma, "&" or "and", and at most one line
// end; the place itself if there is none.
func separator(text string, at int) int {
	rest := strings.TrimLeft(text[at:], " \t")
	blank := len(rest) < len(text)-at
	after, comma := strings.CutPrefix(rest, ",")
	if comma {
		after = skipLineEnd(after)
	}
	switch {
	case strings.HasPrefix(after, "&"):
		after = skipLineEnd(after[1:])
	case (comma || blank) && len(after) > 3 && strings.EqualFold(after[:3], "and") && strings.IndexByte(" \t\r\n", after[3]) >= 0:
		after = skipLineEnd(after[3:])
	case !comma:
		return at
	}
	return len(text) - len(after)
}

// skipLineEnd passes over blanks and one line end.
func skipLineEnd(text string) string {
	bare := strings.TrimLeft(text, " \t")
	if next, ok := strings.CutPrefix(strings.TrimPrefix(bare, "\r"), "\n"); ok {
		return strings.TrimLeft(next, " \t")
	}
	return bare
}

// foreignReference gives the end of a URL or of a reference to an issue of the
// Git server (#12, grp/prj#12) at a place; 0 if there is none. It belongs to a
// list of items without being a key.
func foreignReference(text string, at int, urls []url) int {
	if end := urlStartingAt(urls, at); end > 0 {
		return end
	}
	i := at
	for i < len(text) && isPath(text[i]) {
		i++
	}
	if i == len(text) || text[i] != '#' {
		return 0
	}
	number := digits(text[i+1:])
	end := i + 1 + number
	if number == 0 || touches(runeAfter(text, end)) {
		return 0
	}
	return end
}

// isPath: a byte of a project's path on a Git server.
func isPath(b byte) bool {
	return isLetter(b) || isDigit(b) || strings.IndexByte("_./-", b) >= 0
}

// urlStartingAt gives the end of the URL that starts at a place; 0 if none does.
func urlStartingAt(urls []url, at int) int {
	if i, ok := slices.BinarySearchFunc(urls, at, func(u url, at int) int { return u.start - at }); ok {
		return urls[i].end
	}
	return 0
}
