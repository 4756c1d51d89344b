package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// value is the place of one value in a configuration: how it is read from a
// file, what it is when no file sets it, and how it is written.
type value struct {
	read  func(n *yaml.Node) []mistake // leaves the place alone when there are mistakes
	reset func()                       // to the default
	show  func() string                // as YAML in one line
	// outside is show for a stranger, without a person's own words; nil: nobody has
	// words of his own here.
	outside func() string
	// allowed says in words what may stand here.
	allowed string
	// example stands in a new file where the default would say little.
	example string
	entries *entries // of a map whose entries merge one by one
	// items are those of a list that is written in several lines, its parts by show.
	items func(show func(key) string) [][]yamlLine
}

// like gives a value an example for new files.
func (v value) like(example string) value {
	v.example = example
	return v
}

// mistake is what is wrong with a node of a file.
type mistake struct {
	node   *yaml.Node
	suffix string // from the key to the node: [2], .to
	fault
}

// fault is what is wrong with a value, without its place.
type fault struct{ found, message, allowed, nearest string }

func wrong(n *yaml.Node, message, allowed string) []mistake {
	return []mistake{{node: n, fault: fault{found: describe(n), message: message, allowed: allowed}}}
}

// below moves mistakes to a part of the key that they were found under.
func below(suffix string, ms []mistake) []mistake {
	for i := range ms {
		ms[i].suffix = suffix + ms[i].suffix
	}
	return ms
}

// describe is what stands in a node, in a few words.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a map"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		return `"` + mask(brief(n.Value)) + `"`
	}
	return mask(brief(n.Value))
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// isNothing: a colon, and nothing at all behind it.
func isNothing(n *yaml.Node) bool { return isNull(n) && n.Value == "" }

// isPlain: a scalar without quotes, as numbers and switches are written.
func isPlain(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Style == 0 }

// check looks at a text and gives the form in which it is kept.
type check func(text string) (string, *fault)

// anything but nothing.
func anything(s string) (string, *fault) {
	if strings.TrimSpace(s) == "" {
		return "", &fault{message: "is empty"}
	}
	return s, nil
}

// optional lets a text be empty.
func optional(c check) check {
	return func(s string) (string, *fault) {
		if s == "" {
			return "", nil
		}
		return c(s)
	}
}

// readText reads a scalar. A number or a switch is taken as it is written: a
// user may be called 007.
func readText(n *yaml.Node, c check) (string, []mistake) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		return "", wrong(n, "must be a text", "")
	}
	const longest = 4 << 10 // a pattern costs more than its length
	s, f := n.Value, (*fault)(nil)
	switch {
	case len(s) > longest:
		f = &fault{message: "is too long", allowed: fmt.Sprintf("%d bytes", longest)}
	case strings.ContainsFunc(s, isControl):
		f = &fault{message: "holds a line break or another control character"}
	default:
		s, f = c(s)
	}
	if f != nil {
		if f.found == "" {
			f.found = describe(n)
		}
		return "", []mistake{{node: n, fault: *f}}
	}
	return s, nil
}

func isControl(r rune) bool { return r < ' ' || 0x7f <= r && r < 0xa0 || r == 0x2028 || r == 0x2029 }

// text is a piece of text.
func text(p *string, standard string, c check) value {
	return value{
		read: func(n *yaml.Node) []mistake {
			s, ms := readText(n, c)
			if ms == nil {
				*p = s
			}
			return ms
		},
		reset:   func() { *p = standard },
		show:    func() string { return quote(*p) },
		outside: func() string { return outsideText(*p, standard) },
	}
}

// choice is one of some words. The first is the default.
func choice(p *string, words ...string) value {
	v := text(p, words[0], oneOf(words...))
	v.allowed, v.outside = strings.Join(words, " | "), nil
	return v
}

func oneOf(words ...string) check {
	return func(s string) (string, *fault) {
		if slices.Contains(words, s) {
			return s, nil
		}
		return "", &fault{message: "unknown value", allowed: strings.Join(words, ", "), nearest: nearest(s, words)}
	}
}

// flag is true or false.
func flag(p *bool, standard bool) value {
	return value{
		read: func(n *yaml.Node) []mistake {
			if !isPlain(n) || n.Tag != "!!bool" {
				near := map[string]string{"yes": "true", "on": "true", "no": "false", "off": "false"}[strings.ToLower(n.Value)]
				if near == "" {
					near = nearest(n.Value, []string{"true", "false"})
				}
				ms := wrong(n, "must be a switch", "true, false")
				ms[0].nearest = near
				return ms
			}
			*p = strings.EqualFold(n.Value, "true")
			return nil
		},
		reset: func() { *p = standard },
		show:  func() string { return strconv.FormatBool(*p) },
	}
}

// count is a whole number.
func count(p *int, standard, least int) value {
	const most = 1_000_000_000
	return value{
		read: func(n *yaml.Node) []mistake {
			i, err := strconv.Atoi(n.Value)
			// Only the usual notation: 010 means eight to some and ten to others.
			if !isPlain(n) || err != nil || strconv.Itoa(i) != n.Value || i < least || i > most {
				return wrong(n, "must be a whole number", fmt.Sprintf("%d or more, in digits without quotes", least))
			}
			*p = i
			return nil
		},
		reset: func() { *p = standard },
		show:  func() string { return strconv.Itoa(*p) },
	}
}

// number is a positive number.
func number(p *float64, standard float64) value {
	return value{
		read: func(n *yaml.Node) []mistake {
			f, err := strconv.ParseFloat(n.Value, 64)
			if !isPlain(n) || err != nil || strings.Trim(n.Value, "0123456789.") != "" || f <= 0 || math.IsInf(f, 0) {
				return wrong(n, "must be a number above 0", "digits without quotes")
			}
			*p = f
			return nil
		},
		reset: func() { *p = standard },
		show:  func() string { return strconv.FormatFloat(*p, 'f', -1, 64) },
	}
}

// versionOne is the version of the file's form, of which there is one.
func versionOne(p *int) value {
	v := count(p, 1, 1)
	v.read = func(n *yaml.Node) []mistake {
		if !isPlain(n) || n.Value != "1" {
			return wrong(n, "this jirahook does not know that form of the file", "1")
		}
		*p = 1
		return nil
	}
	return v
}

// span is a length of time. Of zero it may be where zero is said to be allowed.
func span(p *time.Duration, standard time.Duration, zero bool) value {
	return value{
		read: func(n *yaml.Node) []mistake {
			d, f := time.Duration(0), &fault{message: "must be a length of time", allowed: allowedSpan}
			if n.Kind == yaml.ScalarNode && !isNull(n) {
				d, f = parseSpan(n.Value)
			}
			if f == nil && d == 0 && !zero {
				f = &fault{message: "must be more than 0", allowed: allowedSpan}
			}
			if f != nil {
				f.found = describe(n)
				return []mistake{{node: n, fault: *f}}
			}
			*p = d
			return nil
		},
		reset: func() { *p = standard },
		show:  func() string { return formatSpan(*p) },
	}
}
