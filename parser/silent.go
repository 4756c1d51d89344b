package parser

import (
	"slices"
	"strings"
)

// passage is a run of whole lines that do nothing.
type passage struct {
	start, end int
	why        Why
}

// passages are in the order of the text and do not overlap.
type passages []passage

// at gives why nothing at a place does anything; 0: it does.
func (p passages) at(place int) Why {
	i, found := slices.BinarySearchFunc(p, place, func(q passage, place int) int { return q.start - place })
	if !found {
		i--
	}
	if i >= 0 && place < p[i].end {
		return p[i].why
	}
	return 0
}

// add adds lines behind those that are there.
func (p *passages) add(start, end int, why Why) {
	if n := len(*p); n > 0 && (*p)[n-1].end == start && (*p)[n-1].why == why {
		(*p)[n-1].end = end
		return
	}
	*p = append(*p, passage{start, end, why})
}

// silent finds what does nothing in a message.
func silent(text string) passages {
	var found passages
	var q quotes
	items, spoken := false, false
	for start := 0; start < len(text); {
		end := lineEnd(text, start)
		line := strings.TrimRight(text[start:end], " \t\r\n")
		if q.line(line) {
			found.add(start, end, Quoted)
		} else if spoken && !items { // of the subject the class tells
			item := itemText(line)
			items = quotesAutosquash(item) || quotesRevert(item)
		}
		spoken = spoken || line != ""
		start = end
	}
	if items {
		return silentItems(text, found)
	}
	return found
}

// lineEnd gives the place behind the line feed of the line that holds a place.
func lineEnd(text string, at int) int {
	if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(text)
}

// indent gives how far a line is indented, a tab being up to 8 columns, and
// where it begins.
func indent(line string) (columns, start int) {
	for start < len(line) {
		switch line[start] {
		case ' ':
			columns++
		case '\t':
			columns += 8 - columns%8
		default:
			return columns, start
		}
		start++
	}
	return columns, start
}

// quotes goes through the lines of a message and knows which are quoted:
//
//	> lines as in mail and Markdown
//	``` or ~~~ and all up to the line that closes it, or to the end
//	<li>lines that begin with an HTML tag or comment
//	<details> or <blockquote> that begin a line, and all up to where they end
//
// Indentation quotes nothing: git indents what it collects in SQUASH_MSG by four
// columns. There, what is open ends with the indented part.
type quotes struct {
	fence   string // the run of marks that closes it; "": none is open
	depth   int    // of <details> and <blockquote>
	comment bool   // within <!-- -->
	indent  int    // of the line that opened it
}

// line takes the next line, without blanks at its end, and reports whether it is
// quoted.
func (q *quotes) line(line string) bool {
	columns, start := indent(line)
	line = line[start:]
	if line == "" {
		return q.open()
	}
	if q.indent >= squashIndent && columns < squashIndent {
		*q = quotes{}
	}
	switch {
	case q.fence != "":
		if run := fenceOf(line); len(run) >= len(q.fence) && run[0] == q.fence[0] && run == line {
			*q = quotes{}
		}
		return true
	case q.open():
		q.tags(line)
		return true
	case line[0] == '>':
		return true
	case opensFence(line):
		q.fence, q.indent = fenceOf(line), columns
		return true
	case beginsWithTag(line):
		q.indent = columns
		q.tags(line)
		return true
	}
	return false
}

// squashIndent is what git puts before messages in SQUASH_MSG.
const squashIndent = 4

func (q *quotes) open() bool { return q.fence != "" || q.depth > 0 || q.comment }

// fenceOf gives the run of marks that begins a line, if it can be a fence.
func fenceOf(line string) string {
	if line[0] != '`' && line[0] != '~' {
		return ""
	}
	if n := len(line) - len(strings.TrimLeft(line, line[:1])); n >= 3 {
		return line[:n]
	}
	return ""
}

// opensFence: behind backticks no other backtick may follow (CommonMark, Fenced
// code blocks).
func opensFence(line string) bool {
	run := fenceOf(line)
	return run != "" && (run[0] == '~' || !strings.Contains(line[len(run):], "`"))
}

// tags counts the <details> and <blockquote> that a line opens and closes.
func (q *quotes) tags(line string) {
	for line != "" {
		if q.comment {
			_, after, ended := strings.Cut(line, "-->")
			if !ended {
				return
			}
			line, q.comment = after, false
		}
		open := strings.IndexByte(line, '<')
		if open < 0 {
			return
		}
		line = line[open+1:]
		if strings.HasPrefix(line, "!--") {
			line, q.comment = line[len("!--"):], true
			continue
		}
		name, closing := strings.CutPrefix(line, "/")
		switch strings.ToLower(name[:tagName(name)]) {
		case "details", "blockquote":
			if !closing {
				q.depth++
			} else if q.depth > 0 {
				q.depth--
			}
		}
	}
}

// beginsWithTag: <name>, </name>, <name attribute, <name/>, <!--, of names that
// HTML knows. <SHOP-1>, <feat>, <https://…> and <ann@example.com> are none.
func beginsWithTag(line string) bool {
	if line[0] != '<' {
		return false
	}
	line = line[1:]
	if strings.HasPrefix(line, "!--") {
		return true
	}
	line = strings.TrimPrefix(line, "/")
	n := tagName(line)
	return isTag(strings.ToLower(line[:n])) && (n == len(line) || strings.IndexByte(" \t/>", line[n]) >= 0)
}

// maxTag is the length of the longest name of a tag: blockquote, figcaption.
const maxTag = 10

// tagName gives the length of the letters and digits that begin a text.
func tagName(text string) int {
	n := 0
	for n < len(text) && n <= maxTag && (isLetter(text[n]) || isDigit(text[n])) {
		n++
	}
	return n
}

// isTag knows the elements of HTML (html.spec.whatwg.org, Index of elements), and
// those of old that Markdown still lets through.
func isTag(name string) bool {
	switch name {
	case "a", "abbr", "address", "area", "article", "aside", "audio", "b", "base", "bdi", "bdo", "blockquote", "body", "br",
		"button", "canvas", "caption", "cite", "code", "col", "colgroup", "data", "datalist", "dd", "del", "details", "dfn",
		"dialog", "div", "dl", "dt", "em", "embed", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3",
		"h4", "h5", "h6", "head", "header", "hgroup", "hr", "html", "i", "iframe", "img", "input", "ins", "kbd", "label",
		"legend", "li", "link", "main", "map", "mark", "menu", "meta", "meter", "nav", "noscript", "object", "ol", "optgroup",
		"option", "output", "p", "picture", "pre", "progress", "q", "rp", "rt", "ruby", "s", "samp", "script", "search",
		"section", "select", "slot", "small", "source", "span", "strong", "style", "sub", "summary", "sup", "svg", "table",
		"tbody", "td", "template", "textarea", "tfoot", "th", "thead", "time", "title", "tr", "track", "u", "ul", "var",
		"video", "wbr", "big", "center", "dir", "font", "strike", "tt":
		return true
	}
	return false
}
