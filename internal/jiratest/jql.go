package jiratest

import (
	"errors"
	"fmt"
	"strings"
)

// query is a JQL query of the part that is understood: comparisons joined by AND,
// OR and NOT with parentheses, then ORDER BY.
type query struct {
	where *clause // nil: everything
	order []orderBy
}

type orderBy struct {
	field string
	desc  bool
}

// clause is a comparison, or and/or/not over others.
type clause struct {
	op     string // and | or | not | = | != | ~ | !~ | in | not in | is | is not | < | > | <= | >=
	parts  []*clause
	field  string
	values []string
}

// maxDepth bounds the nesting of a query.
const maxDepth = 100

// errDepth is our own limit; a fake must not fall to a deep query.
var errDepth = errors.New("Error in the JQL Query: nested too deeply")

// What only a quoted text may be or hold: characters, and some of Jira's list of
// words.
const (
	reservedCharacters = `+;?|*/%^$#@\`
	reservedWords      = " and or not in is order by asc desc was changed from to set select where like limit add all as begin between end if int "
)

type token struct {
	text   string
	quoted bool
	at     int
}

type jqlReader struct {
	tokens []token
	pos    int
	depth  int
}

// parseJQL reads a query. Its errors are in Jira's words.
func parseJQL(text string) (query, error) {
	tokens, err := scanJQL(text)
	if err != nil {
		return query{}, err
	}
	r := &jqlReader{tokens: tokens}
	var q query
	if !r.end() && !r.isWord("order") {
		if q.where, err = r.or(); err != nil {
			return query{}, err
		}
	}
	if r.word("order") {
		if q.order, err = r.orders(); err != nil {
			return query{}, err
		}
	}
	if !r.end() {
		return query{}, r.unexpected("Expecting either 'OR' or 'AND'")
	}
	return q, nil
}

// scanJQL splits a query into words, quoted texts and symbols.
func scanJQL(text string) ([]token, error) {
	var out []token
	for i := 0; i < len(text); {
		ch := text[i]
		switch {
		case strings.IndexByte(" \t\r\n", ch) >= 0:
			i++
		case ch == '"' || ch == '\'':
			value, next, ok := unquote(text, i)
			if !ok {
				return nil, fmt.Errorf("Error in the JQL Query: The quoted string '%s' has not been completed. (line 1, character %d)", text[i+1:], i+1)
			}
			out = append(out, token{value, true, i})
			i = next
		case strings.IndexByte("(),", ch) >= 0:
			out = append(out, token{text[i : i+1], false, i})
			i++
		case strings.IndexByte("=!~<>", ch) >= 0:
			n := 1
			if i+1 < len(text) && (text[i+1] == '=' || ch == '!' && text[i+1] == '~') {
				n = 2
			}
			out = append(out, token{text[i : i+n], false, i})
			i += n
		default:
			n := strings.IndexAny(text[i:], " \t\r\n\"'(),=!~<>")
			if n < 0 {
				n = len(text) - i
			}
			if at := strings.IndexAny(text[i:i+n], reservedCharacters); at >= 0 {
				return nil, fmt.Errorf("Error in the JQL Query: The character '%s' is a reserved JQL character. You must enclose it in a string. (line 1, character %d)", text[i+at:i+at+1], i+at+1)
			}
			out = append(out, token{text[i : i+n], false, i})
			i += n
		}
	}
	return out, nil
}

// unquote reads a quoted text that begins at i; a backslash takes the next
// character as it is.
func unquote(text string, i int) (value string, next int, ok bool) {
	var b strings.Builder
	for j := i + 1; j < len(text); j++ {
		switch text[j] {
		case text[i]:
			return b.String(), j + 1, true
		case '\\':
			if j++; j < len(text) {
				b.WriteByte(text[j])
			}
		default:
			b.WriteByte(text[j])
		}
	}
	return "", 0, false
}

func (r *jqlReader) end() bool { return r.pos >= len(r.tokens) }

// isWord tells whether the next token is that word or symbol, not quoted.
func (r *jqlReader) isWord(w string) bool {
	return !r.end() && !r.tokens[r.pos].quoted && strings.EqualFold(r.tokens[r.pos].text, w)
}

// word takes the next token if it is that word.
func (r *jqlReader) word(w string) bool {
	if r.isWord(w) {
		r.pos++
		return true
	}
	return false
}

func (r *jqlReader) unexpected(expecting string) error {
	if r.end() {
		return fmt.Errorf("Error in the JQL Query: %s before the end of the query.", expecting)
	}
	t := r.tokens[r.pos]
	return fmt.Errorf("Error in the JQL Query: %s but got '%s'. (line 1, character %d)", expecting, t.text, t.at+1)
}

func (r *jqlReader) or() (*clause, error)  { return r.joined("or", (*jqlReader).and) }
func (r *jqlReader) and() (*clause, error) { return r.joined("and", (*jqlReader).not) }

func (r *jqlReader) joined(op string, next func(*jqlReader) (*clause, error)) (*clause, error) {
	first, err := next(r)
	if err != nil {
		return nil, err
	}
	parts := []*clause{first}
	for r.word(op) {
		part, err := next(r)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	if len(parts) == 1 {
		return first, nil
	}
	return &clause{op: op, parts: parts}, nil
}

func (r *jqlReader) not() (*clause, error) {
	if r.depth++; r.depth > maxDepth {
		return nil, errDepth
	}
	defer func() { r.depth-- }()
	if r.word("not") || r.word("!") {
		inner, err := r.not()
		return &clause{op: "not", parts: []*clause{inner}}, err
	}
	if !r.word("(") {
		return r.comparison()
	}
	inner, err := r.or()
	if err == nil && !r.word(")") {
		err = r.unexpected("Expecting ')'")
	}
	return inner, err
}

func (r *jqlReader) comparison() (*clause, error) {
	if r.end() || !r.tokens[r.pos].quoted && strings.Contains("(),=!=!~<=>=", r.tokens[r.pos].text) {
		return nil, r.unexpected("Expecting a field")
	}
	cl := &clause{field: strings.ToLower(r.tokens[r.pos].text)}
	r.pos++
	if cl.op = r.operator(); cl.op == "" {
		return nil, r.unexpected("Expecting operator")
	}
	var err error
	if cl.op == "in" || cl.op == "not in" {
		cl.values, err = r.list()
	} else {
		var v string
		v, err = r.value()
		cl.values = []string{v}
	}
	return cl, err
}

// operator takes an operator; "": there is none.
func (r *jqlReader) operator() string {
	for _, symbol := range []string{"=", "!=", "~", "!~", "<", ">", "<=", ">=", "in"} {
		if r.word(symbol) {
			return symbol
		}
	}
	switch {
	case r.word("not"):
		if r.word("in") {
			return "not in"
		}
		r.pos--
	case r.word("is"):
		if r.word("not") {
			return "is not"
		}
		return "is"
	}
	return ""
}

func (r *jqlReader) list() ([]string, error) {
	if !r.word("(") {
		return nil, r.unexpected("Expecting '('")
	}
	var out []string
	for {
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if r.word(")") {
			return out, nil
		}
		if !r.word(",") {
			return nil, r.unexpected("Expecting ',' or ')'")
		}
	}
}

// value takes a text, a word or a function call, which is kept as "name()".
func (r *jqlReader) value() (string, error) {
	if r.end() || !r.tokens[r.pos].quoted && strings.Contains("(),=!=!~<=>=", r.tokens[r.pos].text) {
		return "", r.unexpected("Expecting either a value, list or function")
	}
	v := r.tokens[r.pos].text
	if !r.tokens[r.pos].quoted && strings.Contains(reservedWords, " "+strings.ToLower(v)+" ") {
		return "", fmt.Errorf("Error in the JQL Query: '%s' is a reserved JQL word. You must surround it in quotation marks to use it in a query. (line 1, character %d)", v, r.tokens[r.pos].at+1)
	}
	r.pos++
	if r.isWord("(") && r.pos+1 < len(r.tokens) && r.tokens[r.pos+1].text == ")" {
		r.pos += 2
		v += "()"
	}
	return v, nil
}

func (r *jqlReader) orders() ([]orderBy, error) {
	if !r.word("by") {
		return nil, r.unexpected("Expecting 'BY'")
	}
	var out []orderBy
	for {
		if r.end() {
			return nil, r.unexpected("Expecting a field name")
		}
		o := orderBy{field: strings.ToLower(r.tokens[r.pos].text)}
		r.pos++
		if r.word("desc") {
			o.desc = true
		} else {
			r.word("asc")
		}
		out = append(out, o)
		if !r.word(",") {
			return out, nil
		}
	}
}
