package parser

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// classicRule is the key rule of Atlassian's Smart Commit parser, as published
// in 2015 (edgehosting/jira-dvcs-connector, DefaultCommitMessageParser).
type classicRule struct{ listed projectList }

func (r classicRule) holds(text string) bool {
	for s := range shapes(text) {
		if isClassicKey(text, s) {
			return true
		}
	}
	return false
}

func (r classicRule) find(text string, _ []url) []token {
	var tokens []token
	for s := range shapes(text) {
		if !isClassicKey(text, s) {
			continue
		}
		t := token{start: s.word, end: s.end}
		if r.listed.allows(text[s.word:s.hyphen]) {
			t.key = text[s.word:s.end]
		}
		tokens = append(tokens, t)
	}
	return tokens
}

func isClassicKey(text string, s shape) bool {
	project := text[s.word:s.hyphen]
	first, _ := utf8.DecodeRuneInString(project)
	odd := func(r rune) bool { return !unicode.IsUpper(r) && !unicode.IsDigit(r) }
	return utf8.RuneCountInString(project) >= 2 && unicode.IsUpper(first) &&
		!strings.ContainsFunc(project, odd) &&
		!isWord(runeBefore(text, s.word)) && !isWord(runeAfter(text, s.end)) &&
		startsCommands(text, s.word)
}

// startsCommands reports whether a key at this place can have commands: it
// cannot behind the characters that stand before keys in URLs, branch names
// and revisions.
func startsCommands(text string, start int) bool {
	return start == 0 || !strings.ContainsRune("&=?>^!~/-", rune(text[start-1]))
}
