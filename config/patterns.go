package config

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
)

// pattern lets a regular expression pass that can match at all.
func pattern(s string) (string, *fault) {
	_, f := parsePattern(s, func(rune) bool { return true })
	return s, f
}

// projectPattern lets a pattern pass that can match the project part of a key:
// letters, digits and underscores, at least one.
func projectPattern(s string) (string, *fault) {
	const allowed = `a pattern (RE2) for what stands before the hyphen, such as [A-Z][A-Z0-9_]+`
	longest, f := parsePattern(s, isWordRune)
	switch {
	case f != nil:
		f.allowed = allowed
	case longest < 0:
		f = &fault{message: "can never match: it is for the project alone, without the hyphen and the number", allowed: allowed}
	case longest == 0:
		f = &fault{message: "matches only nothing", allowed: allowed}
	}
	return s, f
}

// parsePattern gives the length in characters, cut to 1, of the longest text of
// the given characters that a pattern matches; -1: there is none.
func parsePattern(s string, of func(rune) bool) (int, *fault) {
	re, err := syntax.Parse(s, syntax.Perl)
	if err == nil {
		_, err = regexp.Compile(s) // it may be too large
	}
	if err != nil {
		f := &fault{message: "is no regular expression", allowed: "RE2: https://github.com/google/re2/wiki/Syntax"}
		if e := (*syntax.Error)(nil); errors.As(err, &e) {
			f.message += ": " + complaint(e)
			f.found = brief(e.Expr)
		}
		return 0, f
	}
	return longest(re, of), nil
}

// complaint is what the library says of a pattern, or says better than it does.
func complaint(e *syntax.Error) string {
	for _, start := range []string{"(?=", "(?!", "(?<=", "(?<!"} {
		if strings.HasPrefix(e.Expr, start) {
			return "RE2 looks neither ahead nor behind"
		}
	}
	return e.Code.String()
}

func longest(re *syntax.Regexp, of func(rune) bool) int {
	switch re.Op {
	case syntax.OpNoMatch:
		return -1
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			if !of(r) && !of(unicode.SimpleFold(r)) {
				return -1
			}
		}
		return min(1, len(re.Rune))
	case syntax.OpCharClass:
		return longestOfClass(re.Rune, of)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return longest(re.Sub[0], of)
	case syntax.OpStar, syntax.OpQuest:
		return max(0, longest(re.Sub[0], of))
	case syntax.OpRepeat:
		switch l := longest(re.Sub[0], of); {
		case re.Max == 0, l < 0 && re.Min == 0:
			return 0
		default:
			return l
		}
	case syntax.OpAlternate:
		most := -1
		for _, sub := range re.Sub {
			most = max(most, longest(sub, of))
		}
		return most
	case syntax.OpConcat:
		total := 0
		for _, sub := range re.Sub {
			l := longest(sub, of)
			if l < 0 {
				return -1
			}
			total = max(total, l)
		}
		return total
	}
	return 0 // an empty match: ^ $ \b
}

// longestOfClass looks at the ASCII part of a class one by one; above it are
// letters enough.
func longestOfClass(ranges []rune, of func(rune) bool) int {
	for i := 0; i+1 < len(ranges); i += 2 {
		if ranges[i+1] > unicode.MaxASCII {
			return 1
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if of(r) {
				return 1
			}
		}
	}
	return -1
}

func isWordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
