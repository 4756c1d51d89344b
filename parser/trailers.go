package parser

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Person is somebody whom a message names.
type Person struct {
	Name  string // as written, trimmed; may be empty
	Email string // lower case
}

// coAuthors gives the people of the Co-authored-by trailers, wherever these
// stand: a squash leaves them behind each of its commits.
func coAuthors(text string) []Person {
	var people []Person
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !hasFoldPrefix(line, "Co-authored-by:") {
			continue
		}
		_, value, _ := strings.Cut(line, ":")
		if p, ok := person(value); ok && !seen[p.Email] {
			seen[p.Email] = true
			people = append(people, p)
		}
	}
	return people
}

// person reads "Name <address>".
func person(value string) (Person, bool) {
	value = strings.TrimSpace(value)
	open := strings.LastIndexByte(value, '<')
	if open < 0 || !strings.HasSuffix(value, ">") {
		return Person{}, false
	}
	p := Person{Name: strings.TrimSpace(value[:open]), Email: strings.ToLower(strings.TrimSpace(value[open+1 : len(value)-1]))}
	return p, p.Email != ""
}

// trailers gives the lines that name people or ids and say nothing else: in the
// last paragraph if that is one of trailers, and all of a paragraph that holds
// nothing else, as a squash leaves them in the middle. The subject's paragraph is
// none. With the last goes the line of dashes that GitHub puts before it.
func trailers(text string) map[int]bool {
	found := map[int]bool{}
	var before, last paragraph
	for p := range paragraphs(text) {
		if p.isNaming() {
			p.addNaming(found)
		}
		before, last = last, p
	}
	if last.isBlock() {
		last.addNaming(found)
	}
	if last.isNaming() && before.isRuler() {
		found[before.start] = true
	}
	return found
}

// paragraph is a run of lines that are not blank.
type paragraph struct {
	start int // its first line, 0-based
	lines []trailerLine
}

// trailerLine is what a line is among trailers.
type trailerLine struct {
	trailer bool // "Token: value", or goes on with one
	names   bool // of people or ids
	git     bool // as git itself writes them
	ruler   bool
}

// paragraphs gives the paragraphs of a message behind that of its subject.
func paragraphs(text string) iter.Seq[paragraph] {
	return func(yield func(paragraph) bool) {
		var p paragraph
		number, body := 0, false
		for line := range strings.Lines(text) {
			if strings.TrimSpace(line) != "" {
				if len(p.lines) == 0 {
					p.start = number
				}
				p.lines = append(p.lines, readTrailer(line, p.lines))
			} else if len(p.lines) > 0 {
				if body && !yield(p) {
					return
				}
				p, body = paragraph{}, true
			}
			number++
		}
		if body && len(p.lines) > 0 {
			yield(p)
		}
	}
}

// readTrailer reads a line behind others of its paragraph.
func readTrailer(line string, before []trailerLine) trailerLine {
	if isBlank(line[0]) && len(before) > 0 && before[len(before)-1].trailer {
		return before[len(before)-1] // folded
	}
	line = strings.TrimSpace(line)
	token, value, ok := strings.Cut(line, ":")
	token = strings.TrimRight(token, " \t")
	value = strings.TrimSpace(value)
	switch {
	case strings.HasPrefix(line, "(cherry picked from commit "):
		return trailerLine{trailer: true, git: true}
	case strings.Trim(line, "-") == "" && len(line) >= 3:
		return trailerLine{ruler: true}
	case !ok || !isTrailerToken(token):
		return trailerLine{}
	}
	return trailerLine{trailer: true, names: namesSomebody(token, value), git: strings.EqualFold(token, "Signed-off-by")}
}

// isTrailerToken: ASCII letters, digits and hyphens (trailer.c, token_len).
func isTrailerToken(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && !isDigit(s[i]) && s[i] != '-' {
			return false
		}
	}
	return s != ""
}

// namesSomebody reports whether a trailer only names people or an id.
func namesSomebody(token, value string) bool {
	token = strings.ToLower(token)
	if p, ok := person(value); ok && strings.Contains(p.Email, "@") {
		return true
	}
	switch {
	case strings.HasSuffix(token, "-by"), token == "cc":
		r, _ := utf8.DecodeRuneInString(value)
		return unicode.IsUpper(r) || strings.Contains(value, "@") // "Sort-by: price" names nobody
	case strings.HasSuffix(token, "-id"):
		return value != ""
	}
	return false
}

// addNaming adds the lines that name people or ids.
func (p paragraph) addNaming(to map[int]bool) {
	for i, l := range p.lines {
		if l.names {
			to[p.start+i] = true
		}
	}
}

// isBlock reports whether the paragraph is one of trailers, by git's rule: all
// of its lines are, or at least a quarter and one that git itself writes
// (trailer.c, find_trailer_block_start).
func (p paragraph) isBlock() bool {
	trailers, others, git := 0, 0, false
	for _, l := range p.lines {
		git = git || l.git
		if l.trailer {
			trailers++
		} else {
			others++
		}
	}
	return others == 0 || git && trailers*3 >= others
}

// isNaming reports whether the paragraph only names people and ids.
func (p paragraph) isNaming() bool {
	for _, l := range p.lines {
		if !l.names {
			return false
		}
	}
	return len(p.lines) > 0
}

func (p paragraph) isRuler() bool { return len(p.lines) == 1 && p.lines[0].ruler }
