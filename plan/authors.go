package plan

import (
	"strings"
	"unicode/utf8"

	"jirahook/push"
)

// mayAct reports whether an author is among those whose commits act, by
// smart_commits.authors or transitions[].authors: globs for a name or an e-mail,
// of which those with "!" take out. With nothing but such, all others are in;
// an empty list is everybody.
func mayAct(globs []string, author push.Signature) bool {
	named, all := false, true
	for _, g := range globs {
		out := strings.HasPrefix(g, "!")
		g = strings.TrimPrefix(g, "!")
		fits := fitsAuthor(g, author.Name) || fitsAuthor(g, author.Email)
		switch {
		case out && fits:
			return false
		case !out:
			named, all = named || fits, false
		}
	}
	return named || all
}

// fitsAuthor matches a name or an e-mail, case aside: "*" is any text, "?" any one
// character, all else itself. Unlike in a glob for branches "[" means itself:
// bots are called "renovate[bot]".
func fitsAuthor(glob, text string) bool {
	glob, text = strings.ToLower(glob), strings.ToLower(text)
	star, retry := -1, 0 // behind the last "*", and where its text is tried to end
	g, t := 0, 0
	for t < len(text) {
		_, size := utf8.DecodeRuneInString(text[t:])
		switch {
		case g < len(glob) && glob[g] == '*':
			g++
			star, retry = g, t
		case g < len(glob) && glob[g] == '?':
			g++
			t += size
		case g < len(glob) && strings.HasPrefix(glob[g:], text[t:t+size]):
			g += size
			t += size
		case star >= 0:
			_, size := utf8.DecodeRuneInString(text[retry:])
			retry += size
			g, t = star, retry
		default:
			return false
		}
	}
	return strings.Trim(glob[g:], "*") == ""
}
