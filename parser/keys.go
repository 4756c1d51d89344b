package parser

import (
	"fmt"
	"iter"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a piece of text that looks like an issue key.
type token struct {
	// start and end hold the key with its prefix; in one of Jira's own URLs they
	// hold the URL.
	start, end int
	key        string // "" when it is text all the same, see keyRule
	inURL      bool
}

// distinctKeys gives the keys among the tokens, each once.
func distinctKeys(tokens []token) []string {
	var keys []string
	seen := map[string]bool{}
	for _, t := range tokens {
		if t.key != "" && !seen[t.key] {
			seen[t.key] = true
			keys = append(keys, t.key)
		}
	}
	return keys
}

// maxProject is the longest project part that is looked at, in bytes. Jira
// allows 10 characters, or up to 255 by an administrator's wish.
const maxProject = 255

// shape is where a word, a hyphen and a number stand together.
type shape struct{ word, hyphen, end int }

// shapes gives every place of a text where a number follows a word and a
// hyphen, and neither a letter nor a digit follows the number. The word is made
// of letters and digits of any alphabet and underscores; of a long one only
// what stands behind an underscore and is short enough is given.
func shapes(text string) iter.Seq[shape] {
	return func(yield func(shape) bool) {
		last := 0 // the end of the shape before
		for from := 0; ; {
			i := strings.IndexByte(text[from:], '-')
			if i < 0 {
				return
			}
			hyphen := from + i
			end := hyphen + 1 + digits(text[hyphen+1:])
			from = end
			if end == hyphen+1 || touches(runeAfter(text, end)) {
				continue
			}
			word := wordStart(text[:hyphen])
			if word < last {
				word = last + 1 // AB-1_CD-2: the underscore belongs to neither
			}
			if word >= hyphen {
				continue
			}
			last = end
			if !yield(shape{word, hyphen, end}) {
				return
			}
		}
	}
}

// wordStart gives where the word begins that ends a text.
func wordStart(text string) int {
	start := len(text)
	for start > 0 {
		r, size := utf8.DecodeLastRuneInString(text[:start])
		if !isWord(r) {
			return start
		}
		start -= size
		if len(text)-start > maxProject {
			cut := strings.IndexByte(text[start:], '_')
			if cut < 0 {
				return len(text)
			}
			return start + cut + 1
		}
	}
	return 0
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// touches reports whether a rune beside a key or a closing word makes it a part
// of a longer word: a letter, a digit, or a mark that belongs to a letter. The
// selectors that follow an emoji are marks too, but of no letter.
func touches(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) ||
		unicode.In(r, unicode.Mn, unicode.Mc) && !unicode.Is(unicode.Variation_Selector, r)
}

func isWord(r rune) bool { return r == '_' || touches(r) }

// runeBefore and runeAfter give the rune beside a place; at the ends of the text
// and for bytes that are not UTF-8 one that touches nothing.
func runeBefore(text string, i int) rune {
	r, _ := utf8.DecodeLastRuneInString(text[:i])
	return r
}

func runeAfter(text string, i int) rune {
	r, _ := utf8.DecodeRuneInString(text[i:])
	return r
}

// keyRule says what an issue key is.
//
// A key is a project, a hyphen, and a number of at most 10 digits that does
// not begin with 0. No letter or digit of any alphabet touches it; an
// underscore may. In FEATURE_ABC-1 the project is FEATURE_ABC, unless a
// list of projects is known: then it is the longest listed suffix behind
// an underscore. The key is given in upper case, whatever the pattern of a
// project lets through.
//
// Text, although it looks like a key:
//   - a key in a URL, unless the URL is Jira's own /browse/KEY;
//   - a key in the path of "See merge request";
//   - a version: ABC-1.2;
//   - a CVE number: CVE-2021-44228, even if CVE is listed;
//   - a project that is not on the list. With no list: the names of
//     standards (UTF-8, SHA-256), and a number followed by a second one and
//     nothing else (TICKET-12345-455, gitlab-org/gitlab#327327). With a list
//     ABC-12-2 is ABC-12: people name second branches so.
//
// Where other programs decide otherwise stands in docs/grammar.md.
type keyRule struct {
	project *regexp.Regexp // a word ends in a project; group 1 is the longest
	whole   *regexp.Regexp // a word is a project
	prefix  *regexp.Regexp // a text ends in the prefix; nil: none is asked for
	listed  projectList
}

func newKeyRule(pattern, prefix string, listed projectList) (keyRule, error) {
	if pattern == "" {
		pattern = "[A-Z][A-Z0-9_]+"
	}
	r := keyRule{listed: listed}
	var err error
	if r.project, err = compile("key pattern", `(?:\A|_)(`, pattern, `)\z`); err != nil {
		return keyRule{}, err
	}
	r.whole = regexp.MustCompile(`\A(?:` + pattern + `)\z`) // it is one, or compile had refused it
	if prefix == "" {
		return r, nil
	}
	if r.prefix, err = compile("key prefix", ``, prefix, `\z`); err != nil {
		return keyRule{}, err
	}
	return r, nil
}

// compile makes one expression of a configured pattern and what stands around
// it. The pattern has to be whole by itself as well: "a)(b" is not.
func compile(what, before, pattern, after string) (*regexp.Regexp, error) {
	_, err := regexp.Compile(pattern)
	if err == nil {
		var whole *regexp.Regexp
		if whole, err = regexp.Compile(before + `(?:` + pattern + `)` + after); err == nil {
			return whole, nil
		}
	}
	return nil, fmt.Errorf("%s %q: %w", what, pattern, err)
}

// holds reports whether a text holds anything like a key, in whatever place and of
// whatever project.
func (r keyRule) holds(text string) bool {
	for s := range shapes(text) {
		if isIssueNumber(text[s.hyphen+1:s.end]) && r.project.MatchString(text[s.word:s.hyphen]) {
			return true
		}
	}
	return false
}

// find gives the tokens of a text in their order.
func (r keyRule) find(text string, urls []url) []token {
	var tokens []token
	for c := range r.candidates(text, urls) {
		if c.place != InURL && c.place != InPath {
			tokens = append(tokens, c.token)
		}
	}
	return tokens
}

// candidate is what looks like a key. It is one if neither what it says nor where
// it stands makes it text.
type candidate struct {
	token
	at          int    // where it stands itself, without prefix and address
	shape       string // as it stands there, with the numbers that make it text
	says, place Why
}

// candidates gives what looks like keys, in the order of the text.
func (r keyRule) candidates(text string, urls []url) iter.Seq[candidate] {
	return func(yield func(candidate) bool) {
		quiet := mergeTrailers(text)
		free := 0 // the prefix of the next key begins here or later
		for s := range shapes(text) {
			if !isIssueNumber(text[s.hyphen+1 : s.end]) {
				continue
			}
			start, project := r.split(text, s)
			if start < 0 {
				continue
			}
			c := candidate{token: token{start: start, end: s.end}, at: start, shape: text[start:numbersEnd(text, s)], says: r.textAs(text, project, s.end)}
			if u, ok := covering(&urls, s.hyphen); ok {
				if c.place = InURL; start == u.issue {
					c.place, c.token = 0, token{start: u.start, end: u.end, inURL: true}
				}
			} else if _, ok := covering(&quiet, s.hyphen); ok {
				c.place = InPath
			} else {
				if begin, ok := r.behindPrefix(text, free, start); ok {
					c.start = begin
				} else {
					c.place = Unprefixed
				}
				free = s.end
			}
			if c.says == 0 && c.place == 0 {
				c.key = project + text[s.hyphen:s.end]
			}
			if !yield(c) {
				return
			}
		}
	}
}

// split finds the project at the end of a word: where it begins (-1: there is
// none), and its name in upper case ("": not a project that counts).
func (r keyRule) split(text string, s shape) (start int, project string) {
	word := text[s.word:s.hyphen]
	found := r.project.FindStringSubmatchIndex(word)
	if found == nil || found[2] == found[3] {
		return -1, ""
	}
	if r.listed == nil {
		return s.word + found[2], strings.ToUpper(word[found[2]:])
	}
	for i := 0; i < len(word); {
		part := word[i:]
		if r.listed.allows(part) && r.whole.MatchString(part) {
			return s.word + i, strings.ToUpper(part)
		}
		next := strings.IndexByte(part, '_')
		if next < 0 {
			break
		}
		i += next + 1
	}
	return s.word + found[2], ""
}

// textAs says what makes what ends at end and only looks like a key of the project
// text; 0: nothing does.
func (r keyRule) textAs(text, project string, end int) Why {
	second, last := secondNumber(text, end)
	cve := second && project == "CVE"
	switch {
	case project == "":
		return Unlisted
	case r.listed == nil && isStandard(project) && !cve:
		return Standard
	case end+1 < len(text) && text[end] == '.' && isDigit(text[end+1]):
		return Version
	case cve:
		return CVE
	case r.listed == nil && second && last:
		return Numbered
	}
	return 0
}

// secondNumber reports whether "-" and digits follow, and whether they are the
// last of it, with no word and no hyphen behind them.
func secondNumber(text string, end int) (second, last bool) {
	if end == len(text) || text[end] != '-' {
		return false, false
	}
	i := end + 1 + digits(text[end+1:])
	after := runeAfter(text, i)
	return i > end+1, !isWord(after) && after != '-'
}

// numbersEnd gives where what looks like a key ends with what makes it a version, a
// CVE number or another tracker's: 1.2.3, 2021-44228.
func numbersEnd(text string, s shape) int {
	end := s.end
	for end+1 < len(text) && text[end] == '.' && isDigit(text[end+1]) {
		end += 1 + digits(text[end+1:])
	}
	if second, last := secondNumber(text, end); end == s.end && second && (last || strings.HasSuffix(text[s.word:s.hyphen], "CVE")) {
		end += 1 + digits(text[end+1:])
	}
	return end
}

// behindPrefix gives where the prefix before a key begins; false when it is
// missing. What stands before free is not looked at, but for one byte by which
// the prefix can tell where it is.
func (r keyRule) behindPrefix(text string, free, start int) (int, bool) {
	if r.prefix == nil {
		return start, true
	}
	from := max(free-1, 0)
	found := r.prefix.FindStringIndex(text[from:start])
	if found == nil {
		return 0, false
	}
	begin := from + found[0]
	glued := begin < start && touches(runeAfter(text, begin)) && touches(runeBefore(text, begin))
	return begin, !glued
}

// isIssueNumber: at most 10 digits, the first not 0.
func isIssueNumber(digits string) bool {
	return len(digits) <= 10 && digits[0] != '0'
}

// isStandard names what stands before a hyphen and a number in many messages
// and is hardly ever a project. It counts only while no list is known.
func isStandard(project string) bool {
	switch project {
	case "AES", "ANSI", "ASCII", "CRC", "CVE", "CWE", "EC", "ECMA", "ES", "FY", "GMT", "HMAC",
		"HTML", "HTTP", "IEC", "IEEE", "ISO", "JEP", "JSR", "MD", "PEP", "PKCS", "RC", "RFC",
		"RSA", "SHA", "SSL", "TLS", "UCS", "UTC", "UTF", "X":
		return true
	}
	return false
}
