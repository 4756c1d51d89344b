package jiratest

import (
	"fmt"
	"slices"
	"strings"
)

// maxNesting is how deep macros go; what is deeper is shown as it is. It bounds
// the time.
const maxNesting = 20

// maxEndTag is the length of the longest name of a macro that can have an end.
const maxEndTag = 64

// macroTag is {command:arguments} at from..to (behind the brace).
type macroTag struct {
	command, args string
	from, to      int
}

// tags knows where a text has macro tags, by the rules of Atlassian's
// WikiMarkupParser: a backslash and, inside a tag, a line end take the next
// character away; a brace inside a tag makes it none; an even number of braces
// ends none.
type tags struct {
	text string
	next []int            // from i on: the first brace that counts, or the text's length
	ends map[string][]int // where tags without arguments stand, by command
}

func newTags(text string) *tags {
	t := &tags{text: text, next: make([]int, len(text)+2), ends: map[string][]int{}}
	t.next[len(text)], t.next[len(text)+1] = len(text), len(text)
	for i := len(text) - 1; i >= 0; i-- {
		switch text[i] {
		case '{', '}':
			t.next[i] = i
		case '\\', '\n':
			t.next[i] = t.next[i+2]
		default:
			t.next[i] = t.next[i+1]
		}
	}
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '{':
			if end := t.next[i+1]; end-i <= maxEndTag {
				if tag, ok := t.at(i); ok && tag.args == "" {
					t.ends[tag.command] = append(t.ends[tag.command], i)
				}
			}
		}
	}
	return t
}

// at reads the tag that begins with the brace at i.
func (t *tags) at(i int) (macroTag, bool) {
	end := t.next[i+1]
	if end == len(t.text) || t.text[end] != '}' || evenBraces(t.text[end:]) {
		return macroTag{}, false
	}
	tag := macroTag{from: i, to: end + 1}
	var command, args strings.Builder
	part, j := &command, i+1
	for ; j < end; j++ {
		if part == &command && t.text[j] == ':' {
			if part = &args; !hasName(command.String()) {
				return macroTag{}, false
			}
			continue
		}
		if (t.text[j] == '\\' || t.text[j] == '\n') && j+1 < end {
			j++
		}
		part.WriteByte(t.text[j])
		if command.String() == "$" {
			return macroTag{}, false
		}
	}
	tag.command, tag.args = command.String(), args.String()
	return tag, hasName(tag.command)
}

func hasName(command string) bool { return strings.TrimSpace(command) != "" }

// evenBraces tells whether a text begins with two, four or six closing braces.
func evenBraces(text string) bool {
	n := 0
	for n < len(text) && n < 7 && text[n] == '}' {
		n++
	}
	return n%2 == 0
}

// end finds the tag that ends a macro; -1: there is none.
func (t *tags) end(tag macroTag) int {
	places := t.ends[tag.command]
	n, _ := slices.BinarySearch(places, tag.to)
	if n == len(places) {
		return -1
	}
	return places[n]
}

// macros runs the macros of a text, and gives the text with their outputs as
// tokens.
func (r *renderer) macros(text string, depth int) string {
	if depth > maxNesting || !strings.Contains(text, "{") {
		return text
	}
	t := newTags(text)
	var out strings.Builder
	last := 0
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' {
			i++
			continue
		}
		if text[i] != '{' {
			continue
		}
		if i+1 < len(text) && strings.IndexByte("{*?^_-+~", text[i+1]) >= 0 {
			i++ // {{monospaced}}, {*}bold{*}
			continue
		}
		tag, ok := t.at(i)
		if !ok {
			continue
		}
		body, next := "", tag.to
		if end := t.end(tag); end >= 0 && tag.command != "anchor" {
			body, next = text[tag.to:end], end+len(tag.command)+2
			if j := t.next[end+1]; j < len(text) {
				next = j + 1
			}
		}
		out.WriteString(text[last:i])
		out.WriteString(r.token(r.run(tag, body, depth)))
		last, i = next, next-1
	}
	return out.String() + text[last:]
}

// token keeps an output and gives what stands for it.
func (r *renderer) token(o output) string {
	r.outputs = append(r.outputs, o)
	return fmt.Sprintf("%c%d%c", tokenStart, len(r.outputs)-1, tokenEnd)
}

// run carries a macro out.
func (r *renderer) run(tag macroTag, body string, depth int) output {
	name := strings.ToLower(tag.command)
	r.ran = append(r.ran, name)
	var out writing
	block := true
	switch name {
	case "noformat", "code":
		out.tag(`<pre class="box">`)
		out.put(strings.Trim(body, "\n"))
		out.tag(`</pre>`)
	case "quote":
		out.tag(`<blockquote>`)
		r.blocks(&out, r.macros(body, depth+1))
		out.tag(`</blockquote>`)
	case "panel":
		out.tag(`<div class="panel">`)
		if title := argument(tag.args, "title"); title != "" {
			r.element(&out, "b", title)
		}
		r.blocks(&out, r.macros(body, depth+1))
		out.tag(`</div>`)
	case "color":
		out.tag(`<span class="colour">`)
		if block = strings.Contains(body, "\n"); block {
			r.blocks(&out, r.macros(body, depth+1))
		} else {
			r.inline(&out, r.macros(body, depth+1))
		}
		out.tag(`</span>`)
	case "anchor":
		block = false
	default:
		out.tag(`<div class="error">`)
		out.put("Unknown macro: {" + tag.command + "}\n")
		r.blocks(&out, r.macros(body, depth+1))
		out.tag(`</div>`)
	}
	return output{html: out.html.String(), text: out.text.String(), block: block}
}

// argument finds one of the arguments of a macro: name=value|name=value.
func argument(args, name string) string {
	for _, a := range strings.Split(args, "|") {
		if k, v, ok := strings.Cut(a, "="); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return ""
}
