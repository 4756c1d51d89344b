package parser

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The closing grammar, where "Closes" stands for any closing word:
//
//	Closes A-1 | Closes: A-1 | Closes:A-1 | CLOSES A-1
//	Closes A-1, B-2 and C-3, and all other lists of lists.go
//	Closes https://jira.example.com/browse/A-1
//
// The keyword stands behind a word boundary, and a hyphen is one, as in GitLab:
// hot-fix A-1 closes, hotfix A-1 and éfix A-1 do not. Negation is not understood,
// as in GitLab: "does not fix A-1" closes. Between keyword and key nothing else
// may stand: "This fixes the bug in A-1" closes nothing. The name of a command is
// no keyword: "A-1 #resolve B-2 #reopen". Of types such as "fix:" see
// conventional.go.

// closes gives the distinct keys behind closing words, in order, and what reads
// like one where nothing counts.
func (p *Parser) closes(text string, urls []url, tokens []token, still passages) (keys []string, ignored []Ignored) {
	var closed []token
	words := p.words.in(text, urls)
	line := lineCursor{text: text}
	types := typesIn(text)
	for at := 0; ; {
		opening, ok := words.next(at)
		if !ok {
			return distinctKeys(closed), ignored
		}
		word, items := opening.word, opening.items
		list := itemList{text: text, urls: urls, tokens: tokens}
		if at = list.read(items); !p.words.types && types.hold(word, at) {
			continue
		}
		why := still.at(word)
		if why == 0 {
			closed = append(closed, slices.DeleteFunc(list.keys, func(t token) bool { return still.at(t.start) != 0 })...)
		} else if keys := distinctKeys(list.keys); len(keys) > 0 && len(ignored) < maxIgnored {
			line.to(word)
			ignored = append(ignored, Ignored{Why: why, Line: line.number, Keys: keys, Words: wordAt(text, word)})
		}
	}
}

// wordAt is the word that begins at a place.
func wordAt(text string, at int) string {
	n := strings.IndexFunc(text[at:], func(r rune) bool { return !isWord(r) && r != '-' })
	if n < 0 {
		return text[at:]
	}
	return text[at : at+n]
}

// tokenAt gives the index of the first token that starts at a place or behind
// it, and whether it is that very place.
func tokenAt(tokens []token, at int) (int, bool) {
	return slices.BinarySearchFunc(tokens, at, func(t token, at int) int { return t.start - at })
}

// closingWords are the words that close, by their first letter in lower case,
// longest first.
type closingWords struct {
	byFirst map[rune][]string
	types   bool // types of Conventional Commits close as well, with scope and "!"
}

func newClosingWords(words []string) closingWords {
	c := closingWords{byFirst: map[rune][]string{}}
	for _, w := range words {
		if w = strings.ToLower(strings.TrimSpace(w)); w != "" {
			first := runeAfter(w, 0)
			c.byFirst[first] = append(c.byFirst[first], w)
		}
	}
	for _, words := range c.byFirst {
		slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	}
	return c
}

// wordSearch goes through the closing words of one text.
type wordSearch struct {
	closingWords
	text string
	urls []url
}

func (c closingWords) in(text string, urls []url) *wordSearch {
	return &wordSearch{closingWords: c, text: text, urls: urls}
}

// opening is where a closing word stands, and where the items behind it begin.
type opening struct{ word, items int }

// next gives the first closing word at a place or behind it. Words in URLs are
// passed over.
func (s *wordSearch) next(at int) (opening, bool) {
	if len(s.byFirst) == 0 {
		return opening{}, false
	}
	before := runeBefore(s.text, at)
	for at < len(s.text) {
		if u, ok := covering(&s.urls, at); ok {
			at = u.end
			before = runeBefore(s.text, at)
			continue
		}
		r, size := utf8.DecodeRuneInString(s.text[at:])
		if !isWord(before) && before != '#' {
			if items := s.match(at, r); items > 0 {
				return opening{at, items}, true
			}
		}
		before = r
		at += size
	}
	return opening{}, false
}

// match gives where the items begin if a closing word stands at a place; else 0.
func (s *wordSearch) match(at int, first rune) int {
	for _, w := range s.byFirst[unicode.ToLower(first)] {
		end := at + len(w)
		if end > len(s.text) || !strings.EqualFold(s.text[at:end], w) {
			continue
		}
		if items := s.opening(end); items > 0 {
			return items
		}
	}
	return 0
}

// opening gives where the items begin behind a closing word: behind a colon or
// blanks or both; 0 if neither follows.
func (s *wordSearch) opening(end int) int {
	if s.types {
		if behind := typeEnd(s.text, end); behind > 0 {
			end = behind - len(":")
		}
	}
	rest, colon := strings.CutPrefix(s.text[end:], ":")
	items := strings.TrimLeft(rest, " \t")
	if len(items) == len(rest) && !colon {
		return 0
	}
	return len(s.text) - len(items)
}
