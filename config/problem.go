package config

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is one mistake in one file, in plain words.
type Problem struct {
	File         string
	Line, Column int    // from 1; 0: the file as a whole
	Key          string // dotted: jira.auth.type, transitions[0].to; "" when none is meant
	Found        string // what stands there; "" when that says nothing more
	Message      string // what is wrong, a short fact
	Allowed      string
	Nearest      string // what was probably meant
	Excerpt      string // the line, without what may be a secret
	caret        int    // where in Excerpt Column is, in characters from 0
}

// Problems are all mistakes of all layers, in the order of the files and lines.
type Problems []Problem

// maxProblems is how many mistakes are collected. More than that come from a
// file that is no configuration.
const maxProblems = 100

// place is file:line:column, as far as it is known.
func (p Problem) place() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// String is the mistake in one line.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", p.place(), p.title())
	sep := " ("
	for _, part := range p.details() {
		b.WriteString(sep + part)
		sep = "; "
	}
	if sep == "; " {
		b.WriteString(")")
	}
	return b.String()
}

func (p Problem) title() string {
	if p.Key == "" {
		return p.Message
	}
	return p.Key + ": " + p.Message
}

func (p Problem) details() []string {
	var parts []string
	for _, d := range []struct{ label, text string }{{"found", p.Found}, {"allowed", p.Allowed}, {"did you mean", p.Nearest}} {
		if d.text != "" {
			parts = append(parts, d.label+": "+d.text)
		}
	}
	return parts
}

// format writes the mistake with the line it is in and a mark below the place.
func (p Problem) format(w io.Writer) {
	fmt.Fprintf(w, "%s: %s\n", p.place(), p.title())
	if p.Excerpt != "" {
		fmt.Fprintf(w, "  %5d | %s\n", p.Line, p.Excerpt)
		if p.Column > 0 {
			fmt.Fprintf(w, "        | %s^\n", strings.Repeat(" ", p.caret))
		}
	}
	for _, d := range p.details() {
		fmt.Fprintf(w, "        %s\n", d)
	}
}

// Error lists the mistakes, one in a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Format writes the mistakes for a person at a terminal.
func (ps Problems) Format(w io.Writer) {
	for _, p := range ps {
		p.format(w)
	}
}

// sort puts the mistakes in the order of the files as they were read.
func (ps Problems) sort(files []string) {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(slices.Index(files, a.File), slices.Index(files, b.File)),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column))
	})
}

// excerpt is a line of a file made fit for a terminal, and where a column of it
// (in characters from 1) has come to be.
func excerpt(data []byte, line, column int) (text string, caret int) {
	const longest = 4 << 10 // bytes; nobody wrote a longer one by hand
	if line == 0 {
		return "", 0
	}
	for l := range strings.Lines(string(data)) {
		if line--; line > 0 {
			continue
		}
		l = strings.TrimRight(strings.TrimPrefix(l, "\ufeff"), "\r\n")
		if len(l) > longest {
			return "", 0
		}
		l = maskLine(plain(l))
		return window(l, min(max(0, column-1), utf8.RuneCountInString(l)))
	}
	return "", 0
}

// window cuts a long line to the part around a place.
func window(line string, at int) (string, int) {
	const before, width = 50, 100
	runes := []rune(line)
	if len(runes) <= width {
		return line, at
	}
	from := max(0, min(at-before, len(runes)-width))
	cut := string(runes[from:min(from+width, len(runes))])
	if from > 0 {
		cut = "…" + cut
		at++
	}
	if from+width < len(runes) {
		cut += "…"
	}
	return cut, at - from
}

// plain replaces what does not print, such as control characters and marks that
// turn the direction of text, one character by one.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r == utf8.RuneError || !unicode.IsGraphic(r):
			return '?'
		}
		return r
	}, s)
}

// brief is a value as it is quoted in a message.
func brief(s string) string {
	const most = 60
	if runes := []rune(s[:min(len(s), 4*most+4)]); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return plain(s)
}
