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
//	Closes A-1, B-2 and C-3 | Closes A-1 & B-2
//	Closes issue A-1 | Fixes bug A-1 and task B-2
//	Closes [A-1] | Closes (A-1) | Closes #A-1 | Closes **A-1** | Closes [A-1](URL)
//	Closes https://jira.example.com/browse/A-1
//	Closes #12, grp/prj#3 and A-1
//
// A list may go on in the next line behind a comma or "and". The keyword stands
// behind a word boundary, and a hyphen is one, as in GitLab: hot-fix A-1 closes,
// hotfix A-1 and éfix A-1 do not. Negation is not understood, as in GitLab:
// "does not fix A-1" closes. Between keyword and key nothing else may stand:
// "fix(api): A-1" and "This fixes the bug in A-1" close nothing.
//
// Under rule GitLab it is GitLab's own grammar: see gitLabItems.

// closes gives the distinct keys behind closing words, in order.
func (p *Parser) closes(text string, urls []url, tokens []token) []string {
	var closed []token
	words := p.words.in(text, urls)
	line := lineCursor{text: text}
	for at := 0; ; {
		word, items, ok := words.next(at)
		if !ok {
			return distinctKeys(closed)
		}
		at = items
		if p.rule == GitLab {
			at = gitLabItems(text, items, urls)
			closed = append(closed, keysWithin(tokens, word, at)...)
			continue
		}
		if line.to(word); p.rule == Default && line.quotes() {
			continue
		}
		list := itemList{text: text, urls: urls, tokens: tokens}
		at = list.read(items)
		closed = append(closed, list.keys...)
	}
}

// keysWithin gives the tokens, URLs apart, that lie in a piece of the text.
func keysWithin(tokens []token, start, end int) []token {
	i, _ := tokenAt(tokens, start)
	var within []token
	for ; i < len(tokens) && tokens[i].end <= end; i++ {
		if !tokens[i].inURL {
			within = append(within, tokens[i])
		}
	}
	return within
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
	strict  bool // GitLab's way: lower case but for the first letter, blanks only
}

func newClosingWords(words []string, strict bool) closingWords {
	c := closingWords{byFirst: map[rune][]string{}, strict: strict}
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

// next gives the first closing word at a place or behind it, and where the
// items behind the word begin. Words in URLs are passed over.
func (s *wordSearch) next(at int) (word, items int, ok bool) {
	if len(s.byFirst) == 0 {
		return 0, 0, false
	}
	before := runeBefore(s.text, at)
	for at < len(s.text) {
		if u, ok := covering(&s.urls, at); ok {
			at = u.end
			before = runeBefore(s.text, at)
			continue
		}
		r, size := utf8.DecodeRuneInString(s.text[at:])
		if !isWord(before) {
			if items := s.match(at, r); items > 0 {
				return at, items, true
			}
		}
		before = r
		at += size
	}
	return 0, 0, false
}

// match gives where the items begin if a closing word stands at a place; else 0.
func (s *wordSearch) match(at int, first rune) int {
	for _, w := range s.byFirst[unicode.ToLower(first)] {
		end := at + len(w)
		if end > len(s.text) || !s.same(s.text[at:end], w) {
			continue
		}
		if items := s.opening(end); items > 0 {
			return items
		}
	}
	return 0
}

func (s *wordSearch) same(written, word string) bool {
	if s.strict {
		size := utf8.RuneLen(runeAfter(word, 0))
		return written[size:] == word[size:] && strings.EqualFold(written[:size], word[:size])
	}
	return strings.EqualFold(written, word)
}

// opening gives where the items begin behind a closing word: behind a colon or
// blanks or both; 0 if neither follows.
func (s *wordSearch) opening(end int) int {
	rest, colon := strings.CutPrefix(s.text[end:], ":")
	blanks := " \t"
	if s.strict {
		blanks = " "
	}
	items := strings.TrimLeft(rest, blanks)
	if len(items) == len(rest) && (s.strict || !colon) {
		return 0
	}
	return len(s.text) - len(items)
}

// itemList reads the items behind a closing word.
type itemList struct {
	text   string
	urls   []url
	tokens []token
	keys   []token
}

// read gives where the list ends.
func (l *itemList) read(at int) int {
	for next := at; ; {
		end := l.item(l.noun(next))
		if end == 0 {
			return at
		}
		at = end
		if next = separator(l.text, end); next == end {
			return at
		}
	}
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
