package plan

import "strings"

// Match is what a token means among the transitions that are open.
type Match struct {
	Index int // of the one transition that is meant; -1: none
	// Candidates are the indexes of several that could be meant. When Index is -1
	// and there are none, no name fits.
	Candidates []int
}

// MatchTransition picks the transition that a Smart Commit token means, by name.
// names are those of the transitions open to the issue, in Jira's order; also are
// other names of the same transitions, in the language they were made in, where
// there are such.
//
// Case does not matter. An exact name wins, first as typed, then with each "-"
// read as a blank; else the names that begin with the token as typed; else with
// blanks. (Atlassian's parser does not know the second step, and takes the
// first of two equal names, where here both are candidates.)
//
// A token that holds more than ASCII letters and "-" (s3, in_progress) is matched
// whole or not at all, with "_" too read as a blank: Atlassian's parser would take
// its beginning.
func MatchTransition(token string, names []string, also ...string) Match {
	token = strings.ToLower(token)
	if token == "" {
		return Match{Index: -1}
	}
	spaced := spacedName(token)
	steps := []func(name string) bool{
		func(name string) bool { return name == token },
		func(name string) bool { return name == spaced },
		func(name string) bool { return strings.HasPrefix(name, token) },
		func(name string) bool { return strings.HasPrefix(name, spaced) },
	}
	if isWhole(token) {
		steps[1] = func(name string) bool { return spacedName(name) == spaced }
		steps = steps[:2]
	}
	for _, fits := range steps {
		fitting := func(names []string, i int) bool {
			return i < len(names) && fits(strings.TrimSpace(strings.ToLower(names[i])))
		}
		var hits []int
		for i := range names {
			if fitting(names, i) || fitting(also, i) {
				hits = append(hits, i)
			}
		}
		switch len(hits) {
		case 0:
			continue
		case 1:
			return Match{Index: hits[0]}
		}
		return Match{Index: -1, Candidates: hits}
	}
	return Match{Index: -1}
}

// isWhole reports whether a token is no beginning of a name.
func isWhole(token string) bool { return strings.Trim(token, "abcdefghijklmnopqrstuvwxyz-") != "" }

var blanks = strings.NewReplacer("_", " ", "-", " ")

// spacedName is a name with "_" and "-" read as blanks.
func spacedName(name string) string { return blanks.Replace(name) }

// NamesStatus reports whether a token names a status: whole, with "_" and "-" read
// as blanks.
func NamesStatus(token, status string) bool {
	return strings.EqualFold(spacedName(token), spacedName(strings.TrimSpace(status)))
}
