package jiratest

import (
	"strconv"
	"strings"
)

// The lines that make blocks.
var (
	heading   = lazily(`^\s*h([1-6])\.\s*(.*)$`)
	quotation = lazily(`^\s*bq\.\s*(.*)$`)
	ruler     = lazily(`^\s*-{4,5}\s*$`)
	listItem  = lazily(`^\s*([*#-]+)\s+(.*)$`)
	tableRow  = lazily(`^\s*\|.*$`)
)

// blocks renders lines: headings, quotations, rulers, lists, tables, paragraphs.
func (r *renderer) blocks(out *writing, text string) {
	var paragraph, rows []string
	var items [][]string // each with the lines that go on with it
	flush := func() {
		r.paragraph(out, paragraph)
		r.list(out, items)
		r.table(out, rows)
		paragraph, items, rows = nil, nil, nil
	}
	for _, line := range r.lines(text) {
		h, q := heading().FindStringSubmatch(line), quotation().FindStringSubmatch(line)
		switch {
		case strings.TrimSpace(line) == "":
			flush()
		case h != nil:
			flush()
			r.element(out, "h"+h[1], h[2])
		case q != nil:
			flush()
			r.element(out, "blockquote", q[1])
		case ruler().MatchString(line):
			flush()
			out.tag("<hr/>")
			out.newline()
		case r.isBlock(line):
			flush()
			out.newline()
			r.inline(out, line)
			out.newline()
		case listItem().MatchString(line):
			if len(items) == 0 {
				flush()
			}
			items = append(items, []string{line})
		case tableRow().MatchString(line):
			if len(rows) == 0 {
				flush()
			}
			rows = append(rows, line)
		case len(items) > 0:
			items[len(items)-1] = append(items[len(items)-1], line)
		default:
			if len(rows) > 0 {
				flush()
			}
			paragraph = append(paragraph, line)
		}
	}
	flush()
}

// lines splits a text into lines, and gives the output of a block macro a line of
// its own, unless a list or table holds it.
func (r *renderer) lines(text string) []string {
	var out []string
	for _, line := range strings.Split(text, "\n") {
		if listItem().MatchString(line) || tableRow().MatchString(line) || heading().MatchString(line) {
			out = append(out, line)
			continue
		}
		rest := line
		for {
			from := strings.IndexRune(rest, tokenStart)
			to := strings.IndexRune(rest, tokenEnd)
			if from < 0 || to < from {
				break
			}
			to += len(string(tokenEnd))
			if o := r.output(rest[from:to]); o != nil && o.block {
				if before := line[:len(line)-len(rest)+from]; strings.TrimSpace(before) != "" {
					out = append(out, before)
				}
				out = append(out, rest[from:to])
				line = rest[to:]
			}
			rest = rest[to:]
		}
		if len(out) == 0 || strings.TrimSpace(line) != "" || line == "" {
			out = append(out, line)
		}
	}
	return out
}

// output finds what a token stands for.
func (r *renderer) output(token string) *output {
	n, err := strconv.Atoi(strings.Trim(token, string(tokenStart)+string(tokenEnd)))
	if err != nil || n < 0 || n >= len(r.outputs) {
		return nil
	}
	return &r.outputs[n]
}

// isBlock tells whether a line is nothing but the output of a block macro.
func (r *renderer) isBlock(line string) bool {
	if !strings.HasPrefix(line, string(tokenStart)) || strings.IndexRune(line, tokenEnd) != len(line)-len(string(tokenEnd)) {
		return false
	}
	o := r.output(line)
	return o != nil && o.block
}

func (r *renderer) element(out *writing, name, text string) {
	out.newline()
	out.tag("<" + name + ">")
	r.inline(out, text)
	out.tag("</" + name + ">")
	out.newline()
}

func (r *renderer) paragraph(out *writing, lines []string) {
	if len(lines) > 0 {
		r.element(out, "p", strings.Join(lines, "\n"))
		out.text.WriteByte('\n')
	}
}

// list renders items; the length of an item's bullets is its depth, the last
// bullet its kind.
func (r *renderer) list(out *writing, items [][]string) {
	var open []string // the lists that are open, with an item open in each
	for _, item := range items {
		m := listItem().FindStringSubmatch(item[0])
		kind := "ul"
		if strings.HasSuffix(m[1], "#") {
			kind = "ol"
		}
		depth := min(len(m[1]), maxNesting)
		for len(open) > depth || len(open) == depth && open[depth-1] != kind {
			out.tag("</li></" + open[len(open)-1] + ">")
			open = open[:len(open)-1]
		}
		if len(open) == depth {
			out.tag("</li><li>")
		}
		for len(open) < depth {
			out.tag("<" + kind + "><li>")
			open = append(open, kind)
		}
		out.newline()
		out.text.WriteString(strings.Repeat("  ", depth-1) + "• ")
		r.inline(out, strings.Join(append([]string{m[2]}, item[1:]...), "\n"))
	}
	for i := len(open) - 1; i >= 0; i-- {
		out.tag("</li></" + open[i] + ">")
	}
	out.newline()
}

// table renders rows: ||head||head|| and |cell|cell|.
func (r *renderer) table(out *writing, rows []string) {
	if len(rows) == 0 {
		return
	}
	out.tag("<table>")
	for _, row := range rows {
		out.tag("<tr>")
		out.newline()
		for n, c := range cells(strings.TrimSpace(row)) {
			if n > 0 {
				out.text.WriteByte('\t')
			}
			name := "td"
			if c.head {
				name = "th"
			}
			out.tag("<" + name + ">")
			r.inline(out, strings.TrimSpace(c.text))
			out.tag("</" + name + ">")
		}
		out.tag("</tr>")
	}
	out.tag("</table>")
	out.newline()
}

type cell struct {
	text string
	head bool
}

// cells splits a row at bars that are neither escaped nor inside a link.
func cells(row string) []cell {
	var out []cell
	link, last := false, strings.LastIndexByte(row, ']')
	for i, from, head := 0, -1, false; i <= len(row); i++ {
		switch {
		case i == len(row):
			if from >= 0 && from < i {
				out = append(out, cell{row[from:i], head})
			}
		case row[i] == '\\':
			i++
		case row[i] == '[':
			link = last > i
		case row[i] == ']':
			link = false
		case row[i] == '|' && !link:
			if from >= 0 {
				out = append(out, cell{row[from:i], head})
			}
			head = strings.HasPrefix(row[i+1:], "|")
			if head {
				i++
			}
			from = i + 1
		}
	}
	return out
}
