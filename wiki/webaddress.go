package wiki

import "strings"

// protocols begin addresses that Jira makes links of wherever they stand
// (atlassian-renderer's UrlRendererComponent). Of strangers' texts only those of
// the web become links.
var protocols = []string{"https://", "http://", "ftp://", "ftps://", "mailto:", "nntp://", "news://", "irc://", "file:"}

// address makes the address that text begins with into markup: a link, if links
// are wanted and it is one of the web, else what stands up to its colon, so that
// it is none. n is how much of the text that takes; 0: there is no address.
func address(s string, before rune, links bool) (n int, markup string) {
	if isWord(before) {
		return 0, ""
	}
	for _, p := range protocols {
		if !strings.HasPrefix(s, p) {
			continue
		}
		end := 0
		if links && strings.HasPrefix(p, "http") {
			end = urlEnd(s, len(p), before)
		}
		if end <= len(p) {
			colon := strings.IndexByte(p, ':') + 1
			return colon, p[:colon] + joiner
		}
		link := urlMarks.Replace(s[:end])
		if strings.ContainsRune("\"[|'!", before) { // Jira sees no link behind these
			link = joiner + link
		}
		if runsOn(s[end:]) {
			link += joiner
		}
		return end, link
	}
	return 0, ""
}

// urlEnd is where the web address ends of which host begins at from: at a blank
// or at what stands around addresses in a sentence, in Markdown and in code.
func urlEnd(s string, from int, before rune) int {
	end, open := from, 0
scan:
	for end < len(s) {
		switch c := s[end]; {
		case c <= ' ' || c > '~' || strings.IndexByte("\"<>[]|{}`\\", c) >= 0:
			break scan
		case c == '(':
			open++
		case c == ')':
			if open--; open < 0 {
				break scan
			}
		}
		end++
	}
	end = from + len(strings.TrimRight(s[from:end], ".,:;'!?^"))
	if strings.ContainsRune("*_~", before) { // Markdown's *https://example.com*
		end = from + len(strings.TrimRight(s[from:end], string(before)))
	}
	return end
}

// runsOn reports whether Jira would take what follows an address into the link.
// It leaves out punctuation at the end by itself.
func runsOn(s string) bool {
	if s == "" || s[0] <= ' ' || s[0] > '~' || strings.IndexByte("\"<>`", s[0]) >= 0 {
		return false
	}
	s = strings.TrimLeft(s, ".,;)'")
	return s != "" && s[0] > ' '
}

// urlMarks keeps an address clickable and free of markup.
var urlMarks = strings.NewReplacer("^", "%5E", "*", "%2A", "'", "%27", "~", "%7E", "(", "%28", ")", "%29", "!", "%21")
