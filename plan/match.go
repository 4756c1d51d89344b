package plan

import "strings"

// Match is what a token means among the transitions that are open.
type Match struct {
	Index int // of the one transition that is meant; -1: none
	// Candidates are the names of several that could be meant. When Index is -1
	// and there are none, no name fits.
	Candidates []string
}

// MatchTransition picks the transition that a Smart Commit token means, by name.
// names are those of the transitions open to the issue, in Jira's order.
//
// Case does not matter. An exact name wins, first as typed, then with each "-"
// read as a blank; else the names that begin with the token as typed; else with
// blanks. (Atlassian's parser does not know the second step, and takes the
// first of two equal names, where here both are candidates.)
func MatchTransition(token string, names []string) Match {
	token = strings.ToLower(token)
	spaced := strings.ReplaceAll(token, "-", " ")
	if token == "" {
		return Match{Index: -1}
	}
	for _, fits := range []func(name string) bool{
		func(name string) bool { return name == token },
		func(name string) bool { return name == spaced },
		func(name string) bool { return strings.HasPrefix(name, token) },
		func(name string) bool { return strings.HasPrefix(name, spaced) },
	} {
		var hits []int
		for i, name := range names {
			if fits(strings.TrimSpace(strings.ToLower(name))) {
				hits = append(hits, i)
			}
		}
		switch len(hits) {
		case 0:
			continue
		case 1:
			return Match{Index: hits[0]}
		}
		m := Match{Index: -1}
		for _, i := range hits {
			m.Candidates = append(m.Candidates, names[i])
		}
		return m
	}
	return Match{Index: -1}
}
