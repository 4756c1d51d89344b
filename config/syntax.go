package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// parse reads a file's YAML. The root is nil when the file holds nothing. A file
// has one mistake of this kind, if any: behind it nothing is certain.
func parse(data []byte) (root *yaml.Node, bad *Problem) {
	if p := unreadable(data); p != nil {
		return nil, p
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	doc, err := decode(dec)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	var second *yaml.Node
	if err == nil {
		second, err = decode(dec)
	}
	switch {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, translate(data, err)
	default:
		return nil, &Problem{Line: second.Line, Column: second.Column, Message: "a second document begins here", Allowed: "one document in a file"}
	}
	root = doc.Content[0]
	if p := refuse(root, 0); p != nil {
		return nil, p
	}
	switch {
	case isNull(root):
		return nil, nil
	case root.Kind != yaml.MappingNode:
		return nil, &Problem{Line: root.Line, Column: root.Column, Found: describe(root), Message: "the file must hold keys", Allowed: "lines such as \"version: 1\""}
	}
	return root, nil
}

// decode reads the next document. The library keeps some of its inner errors as
// panics, which are no reason to end a hook.
func decode(dec *yaml.Decoder) (doc *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	doc = &yaml.Node{}
	err = dec.Decode(doc)
	return doc, err
}

// unreadable finds what is no text.
func unreadable(data []byte) *Problem {
	line, column := 1, 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return &Problem{Line: line, Column: column, Found: fmt.Sprintf("the byte 0x%02x", data[i]), Message: "the file is not UTF-8"}
		case r == 0xfeff && i > 0, r != '\t' && r != '\n' && r != '\r' && r != 0x85 && isControl(r) && r < 0x2028, r == 0xfffe || r == 0xffff:
			return &Problem{Line: line, Column: column, Found: fmt.Sprintf("U+%04X", r), Message: "a character that no text file holds"}
		case r == '\n':
			line, column = line+1, 0
		}
		i += size
		column++
	}
	return nil
}

// refuse finds parts of YAML that a configuration does without: a value then
// stands where it is used, and no few lines stand for a million.
func refuse(n *yaml.Node, depth int) *Problem {
	const deepest = 20
	p := Problem{Line: n.Line, Column: n.Column}
	switch {
	case n.Kind == yaml.AliasNode:
		p.Found, p.Message = "*"+brief(n.Value), "references to other places are not used in this file"
		p.Allowed = "the value itself; a text that begins with * in quotes"
	case n.Anchor != "":
		p.Found, p.Message = "&"+brief(n.Anchor), "anchors are not used in this file"
		p.Allowed = "the value itself; a text that begins with & in quotes"
	case n.Style&yaml.TaggedStyle != 0:
		p.Found, p.Message = brief(n.Tag), "types are not named in this file"
		p.Allowed = "the value itself; a text that begins with ! in quotes"
	case depth > deepest:
		p.Message = "is nested too deeply"
	default:
		for _, c := range n.Content {
			if p := refuse(c, depth+1); p != nil {
				return p
			}
		}
		return nil
	}
	return &p
}

// translate tells in plain words, and with the true line, what the library says
// about broken YAML.
func translate(data []byte, err error) *Problem {
	said, line := split(err)
	if len(data) <= 256<<10 {
		line = findLine(data, said)
	}
	p := explain(said, lineOf(data, line))
	p.Line = line
	return &p
}

// split takes the library's words apart. Its line may be that of where the broken
// part begins, or one too small.
func split(err error) (said string, line int) {
	m := regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)`).FindStringSubmatch(err.Error())
	line, _ = strconv.Atoi(m[1])
	return m[2], max(1, line)
}

// findLine is the line up to which the file must be read to meet the mistake.
func findLine(data []byte, said string) int {
	lines := bytes.SplitAfter(data, []byte("\n"))
	ends := make([]int, len(lines))
	for i, end := 0, 0; i < len(lines); i++ {
		end += len(lines[i])
		ends[i] = end
	}
	i := sort.Search(len(lines)-1, func(i int) bool {
		dec := yaml.NewDecoder(bytes.NewReader(data[:ends[i]]))
		for {
			if _, err := decode(dec); err != nil {
				s, _ := split(err)
				return !errors.Is(err, io.EOF) && s == said
			}
		}
	})
	for i > 0 && len(bytes.TrimSpace(lines[i])) == 0 {
		i-- // what is not closed is missed at the end only
	}
	return i + 1
}

func lineOf(data []byte, line int) string {
	for l := range strings.Lines(string(data)) {
		if line--; line == 0 {
			return strings.TrimRight(l, "\r\n")
		}
	}
	return ""
}

// explain puts the library's words, and what is striking in the line, into a
// message.
func explain(said, line string) Problem {
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	if tab := strings.IndexByte(line[:indent], '\t'); tab >= 0 {
		return Problem{Column: tab + 1, Found: "a tab", Message: "the indentation holds a tab", Allowed: "spaces"}
	}
	p := Problem{Column: utf8.RuneCountInString(line[:indent]) + 1}
	if start, c := oddStart(line); c != "" && !strings.Contains(said, "end of stream") {
		p.Column, p.Found = start, c
		p.Message, p.Allowed = "a text that begins with "+c+" needs quotes", `"`+c+`…" or '`+c+`…'`
		return p
	}
	for _, t := range []struct{ said, message, allowed string }{
		{"mapping values are not allowed", "a colon where none is expected", "one key in a line, indented as the others of its section; a text that holds \": \" in quotes"},
		{"did not find expected key", "this line does not fit to those above it", "the same indentation for all keys of a section; nothing behind a closing quote or bracket"},
		{"could not find expected ':'", "a key without a colon", "KEY: VALUE"},
		{"expected ',' or ']'", "a list that begins with [ has no end, or lacks a comma", "[one, two]; a text that begins with [ in quotes"},
		{"expected ',' or '}'", "a map that begins with { has no end, or lacks a comma", "{one: 1, two: 2}; a text that begins with { in quotes"},
		{"expected '-' indicator", "this line does not belong to the list above it", "\"- \" before each item, all with the same indentation"},
		{"block sequence entries are not allowed", "a list cannot begin here", "\"- \" at the beginning of a line, below the key"},
		{"found unexpected end of stream", "a quote is opened and not closed", "a quote at both ends"},
		{"found unexpected document indicator", "a quote is opened and not closed", "a quote at both ends"},
		{"unknown escape character", `a backslash in "…" means something special`, `'…', in which it does not, or \\`},
		{"hexdecimal number", `\x, \u and \U must be followed by the number of a character`, `'…', in which they need not, or \\`},
		{"character escape code", `\x, \u and \U must be followed by the number of a character`, `'…', in which they need not, or \\`},
		{"expected node content", "a value is missing, or a bracket or brace is not closed", "KEY: VALUE, KEY: [one, two], KEY: {one: 1, two: 2}"},
		{"exceeded max depth", "is nested too deeply", ""},
		{"document start", "this line does not belong to what stands above it", "one map of keys from the first line to the last"},
		{"block scalar", "behind | or > only the text in the following lines is expected", "a text that begins with | or > in quotes"},
		{"tab character", "a tab stands where spaces are expected", "spaces"},
	} {
		if strings.Contains(said, t.said) {
			p.Message, p.Allowed = t.message, t.allowed
			return p
		}
	}
	p.Message, p.Allowed = "this line cannot be read as YAML", "KEY: VALUE, and indentation by spaces"
	return p
}

// oddStart finds a value without quotes that begins with a character that means
// something else to YAML, or with a bracket that closes before the value ends.
func oddStart(line string) (column int, c string) {
	m := regexp.MustCompile("(?:^|[:\\-\\[{,] )\\s*([\\[{]*)([*&!%@`|>?]|\\[[^\\[\\],]*\\][^\\s,\\]}]|\\{[^{},]*\\}[^\\s,\\]}])").FindStringSubmatchIndex(line)
	if m == nil {
		return 0, ""
	}
	at := m[4]
	return utf8.RuneCountInString(line[:at]) + 1, line[at : at+1]
}
