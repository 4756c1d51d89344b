package parser

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Conventional Commits (conventionalcommits.org, 1.0.0) begin a subject with a
// type, and "fix" is both a type and a closing word:
//
//	fix: A-1 the total | fix(cart)!: A-1 the total | * fix: A-1 in a list of commits
//
// A type says what kind of change it is and closes nothing, unless
// Options.TypesClose. "Fixes: A-1" alone on its line is no type but a trailer.

// commitType is the type that begins a text, with its colon.
type commitType struct {
	word string
	end  int // behind the colon; 0: there is no type
}

func (t commitType) is(word string) bool { return t.end > 0 && strings.EqualFold(t.word, word) }

// A type and its scope are short; what is longer is none.
const (
	maxType  = 50
	maxScope = 100
)

// typeOf reads "type:", "type(scope):" and "type(scope)!:".
func typeOf(text string) commitType {
	n := 0
	for n < len(text) && n < maxType {
		r, size := utf8.DecodeRuneInString(text[n:])
		if !isWord(r) && r != '-' {
			break
		}
		n += size
	}
	if n == 0 {
		return commitType{}
	}
	return commitType{word: text[:n], end: typeEnd(text, n)}
}

// typeEnd gives the place behind the colon of a type whose word ends at a place; 0
// if it is none.
func typeEnd(text string, at int) int {
	rest := text[at:]
	if strings.HasPrefix(rest, "(") {
		n := strings.IndexAny(rest[1:min(len(rest), maxScope)], "()\n")
		if n < 0 || rest[1+n] != ')' {
			return 0
		}
		rest = rest[n+2:]
	}
	rest, colon := strings.CutPrefix(strings.TrimPrefix(rest, "!"), ":")
	if !colon {
		return 0
	}
	return len(text) - len(rest)
}

// types knows which closing words of a text are types. It is asked for places in
// rising order.
type types struct {
	text    string
	subject int // where the subject begins
	line    lineCursor
	// Of the line that was looked at last, which begins at seen:
	seen      int // -1: none was
	begin     int // where its type would begin
	isSubject bool
	isItem    bool // of a list, or indented as in SQUASH_MSG
	commitType
}

func typesIn(text string) *types {
	begin := len(text) - len(strings.TrimLeftFunc(text, unicode.IsSpace))
	return &types{text: text, subject: begin, line: lineCursor{text: text}, seen: -1}
}

// hold reports whether the closing word at a place is a type; end is where its
// keys end.
func (t *types) hold(word, end int) bool {
	if t.line.to(word); t.line.start != t.seen {
		t.look()
	}
	if word < t.begin || word >= t.begin+t.end {
		return false
	}
	switch {
	case t.isSubject && word == t.begin && !t.is("fix"):
		rest := t.text[end:lineEnd(t.text, end)]
		return strings.Trim(withoutNumber(strings.TrimSpace(rest)), ".,;") != ""
	case t.isSubject:
		return true
	}
	return t.isItem && t.is("fix")
}

// look looks at the line of the cursor.
func (t *types) look() {
	t.seen = t.line.start
	line := t.text[t.seen:lineEnd(t.text, t.seen)]
	columns, at := indent(line)
	t.isSubject = t.seen <= t.subject && t.subject < t.seen+len(line)
	t.isItem = columns >= squashIndent
	if n := bulletOf(line[at:]); n > 0 {
		t.isItem = true
		_, blanks := indent(line[at+n:])
		at += n + blanks
	}
	t.begin = t.seen + at
	t.commitType = typeOf(line[at:])
}
