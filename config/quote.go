package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// quote writes a text so that YAML reads back the same, also inside [] and {}.
func quote(s string) string {
	if isBare(s) {
		return s
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return `""` // no text fails to be encoded
	}
	return escape(strings.TrimSuffix(b.String(), "\n"))
}

// escape writes what does not print in the way of YAML's double quotes.
func escape(s string) string {
	if strings.IndexFunc(s, unprinted) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !unprinted(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

func unprinted(r rune) bool { return !unicode.IsGraphic(r) }

// isBare reports whether a text needs no quotes. It rather asks for quotes too
// often than too seldom.
func isBare(s string) bool {
	if s == "" || !isLetter(s[0]) && s[0] != '/' {
		return false
	}
	for i := range len(s) {
		c, next := s[i], byte(' ')
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch {
		case isLetter(c), '0' <= c && c <= '9', strings.IndexByte("/._-@+", c) >= 0:
		case (c == ' ' || c == ':') && next != ' ':
		default:
			return false
		}
	}
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		return false
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func quoteList(l []string) string {
	parts := make([]string, len(l))
	for i, s := range l {
		parts[i] = quote(s)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func quoteAny(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return quote(v)
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = quoteAny(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, quote(k)+": "+quoteAny(v[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case float64:
		if out, err := yaml.Marshal(v); err == nil {
			return strings.TrimSpace(string(out))
		}
	}
	return fmt.Sprint(v)
}
