package config

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// yamlLine is one line of YAML and what is said about it.
type yamlLine struct{ text, comment string }

// Show writes a configuration as YAML, all keys, without passwords; with origin
// each value with the place where it was set, or "default".
func Show(l Loaded, origin bool) []byte {
	lines := showKeys(l, key.shown, showEntries)
	if !origin {
		for i := range lines {
			lines[i].comment = ""
		}
	}
	return align(lines)
}

// showKeys writes all keys: their values, and the entries of maps, as they are given.
func showKeys(l Loaded, show func(key) string, entries func(k key, l Loaded, indent string) []yamlLine) []yamlLine {
	var lines []yamlLine
	for _, k := range schema(&l.Config) {
		indent := indentOf(k.name)
		name := indent + k.name[strings.LastIndexByte(k.name, '.')+1:] + ":"
		switch {
		case k.isSection():
			lines = append(lines, yamlLine{text: name})
		case k.entries != nil && len(k.entries.all()) > 0:
			lines = append(lines, yamlLine{text: name})
			lines = append(lines, entries(k, l, indent+"  ")...)
		case k.items != nil && len(k.items(show)) > 0:
			lines = append(lines, yamlLine{text: name})
			for _, item := range k.items(show) {
				parts := make([]string, len(item))
				for i, part := range item {
					parts[i] = part.text
				}
				lines = append(lines, yamlLine{indent + "  - {" + strings.Join(parts, ", ") + "}", l.From(k.name)})
			}
		default:
			lines = append(lines, yamlLine{name + " " + show(k), l.From(k.name)})
		}
	}
	return lines
}

// shown is the value as YAML, without passwords.
func (k key) shown() string { return mask(k.show()) }

// showEntries writes a map's entries in the maps that they are in.
func showEntries(k key, l Loaded, indent string) []yamlLine {
	var lines []yamlLine
	var open []string
	for _, e := range k.entries.all() {
		last := len(e.path) - 1
		same := 0
		for same < last && same < len(open) && open[same] == e.path[same] {
			same++
		}
		for i := same; i < last; i++ {
			lines = append(lines, yamlLine{text: indent + strings.Repeat("  ", i) + quote(e.path[i]) + ":"})
		}
		open = e.path[:last]
		text := indent + strings.Repeat("  ", last) + quote(e.path[last]) + ": " + e.text
		lines = append(lines, yamlLine{text, l.From(k.name + "." + strings.Join(e.path, "."))})
	}
	return lines
}

// From tells where a key is set: "FILE:LINE", or "default". Of an entry of a list,
// "transitions[0]", it is where the list is.
func (l Loaded) From(key string) string {
	key, _, _ = strings.Cut(key, "[")
	if o, ok := l.Origins[key]; ok {
		return plain(o.String())
	}
	return "default"
}

func indentOf(name string) string { return strings.Repeat("  ", strings.Count(name, ".")) }

// align writes lines with their comments below each other where that is possible.
func align(lines []yamlLine) []byte {
	const most = 40
	width := 0
	for _, l := range lines {
		if n := utf8.RuneCountInString(l.text); l.comment != "" && n <= most {
			width = max(width, n)
		}
	}
	var b strings.Builder
	for _, l := range lines {
		if l.comment == "" {
			b.WriteString(l.text + "\n")
			continue
		}
		fmt.Fprintf(&b, "%-*s  # %s\n", width, l.text, l.comment)
	}
	return []byte(b.String())
}
