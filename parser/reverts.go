package parser

import "strings"

// Notice is how git says in a revert's message what it reverts; what follows is
// the id (git-revert(1)).
const Notice = "This reverts commit "

// maxReverts is how many commits a message is believed to revert.
const maxReverts = 100

// Reverts are the ids of the commits that a message says it reverts, distinct, in
// order, in lower case: at least 7 hexadecimal digits each.
func Reverts(message string) []string {
	var ids []string
	seen := map[string]bool{}
	for rest := message; len(ids) < maxReverts; {
		_, after, found := strings.Cut(rest, Notice)
		if !found {
			break
		}
		rest = after
		end := strings.IndexFunc(after, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) })
		if end < 0 {
			end = len(after)
		}
		if id := strings.ToLower(after[:end]); end >= 7 && end <= 64 && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}
