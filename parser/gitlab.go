package parser

import (
	"regexp"
	"strings"
)

// gitLabRule is the key rule of GitLab's Jira integration (lib/gitlab/regex.rb,
// app/models/integrations/jira.rb), with its options jira_issue_prefix and
// jira_issue_regex.
type gitLabRule struct {
	key    *regexp.Regexp // group issue is the key
	prefix *regexp.Regexp // the same behind the prefix; nil: there is none
	listed projectList
}

func newGitLabRule(key, prefix string, listed projectList) (keyRule, error) {
	if key == "" {
		key = `\b[A-Z][A-Z_0-9]+-\d+`
	}
	r := gitLabRule{listed: listed}
	var err error
	if r.key, err = compile("key pattern", `\b(?P<issue>`, key, `)`); err != nil {
		return nil, err
	}
	if prefix == "" {
		return r, nil
	}
	if r.prefix, err = compile("key prefix", `\b`, prefix, `(?P<issue>`+key+`)`); err != nil {
		return nil, err
	}
	return r, nil
}

func (r gitLabRule) holds(text string) bool {
	return r.key.MatchString(text) || r.prefix != nil && r.prefix.MatchString(text)
}

func (r gitLabRule) find(text string, urls []url) []token {
	pattern := r.key
	if r.prefix != nil {
		pattern = r.prefix
	}
	group := pattern.SubexpIndex("issue")
	var tokens []token
	for _, at := range pattern.FindAllStringSubmatchIndex(text, -1) {
		start, end := at[2*group], at[2*group+1]
		if start == end {
			continue
		}
		t := token{start: at[0], end: end}
		if u, ok := covering(&urls, start); ok {
			if start != u.issue {
				continue
			}
			t = token{start: u.start, end: u.end, inURL: true}
		}
		key := text[start:end]
		if r.listed.allows(key[:max(strings.LastIndexByte(key, '-'), 0)]) {
			t.key = key
		}
		tokens = append(tokens, t)
	}
	return tokens
}

// gitLabItems gives the end of the items behind a closing word, by GitLab's
// default closing pattern (config/initializers/1_settings.rb): items follow each
// other, a separator may only follow a reference of GitLab's own or a URL, and
// "issue" may only precede one of these.
func gitLabItems(text string, at int, urls []url) int {
	for {
		if end := foreignReference(text, gitLabNoun(text, at), urls); end > 0 {
			at = gitLabSeparator(text, end)
		} else if end := gitLabKey(text, at); end > at {
			at = end
		} else {
			return at
		}
	}
}

// gitLabNoun gives the place behind "issue" or "issues" and its blanks.
func gitLabNoun(text string, at int) int {
	rest, ok := strings.CutPrefix(text[at:], "issue")
	if !ok {
		return at
	}
	rest = strings.TrimPrefix(rest, "s")
	if bare := strings.TrimLeft(rest, " "); len(bare) < len(rest) {
		return len(text) - len(bare)
	}
	return at
}

// gitLabSeparator gives the place behind blanks, a comma, "and".
func gitLabSeparator(text string, at int) int {
	bare := strings.TrimLeft(text[at:], " ")
	rest, comma := strings.CutPrefix(bare, ",")
	after := strings.TrimLeft(rest, " ")
	blank := len(after) < len(rest) || !comma && len(bare) < len(text)-at
	if and, ok := strings.CutPrefix(after, "and "); ok && blank {
		after = strings.TrimLeft(and, " ")
	}
	return len(text) - len(after)
}

// gitLabKey gives the end of [A-Z][A-Z0-9_]+-\d+ at a place.
func gitLabKey(text string, at int) int {
	upper := func(b byte) bool { return 'A' <= b && b <= 'Z' }
	i := at
	for i < len(text) && (upper(text[i]) || i > at && (isDigit(text[i]) || text[i] == '_')) {
		i++
	}
	if i < at+2 || i == len(text) || text[i] != '-' {
		return at
	}
	number := digits(text[i+1:])
	if number == 0 {
		return at
	}
	return i + 1 + number
}
