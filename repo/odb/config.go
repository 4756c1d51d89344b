package odb

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// variable is one setting of a config file (git-config(1), CONFIGURATION FILE).
type variable struct {
	section    string // lower case
	subsection string // as written; "" when there is none
	name       string // lower case
	value      string
	bare       bool // a name without "=", which means true
}

// key gives the variable as people write it: section.subsection.name.
func (v variable) key() string {
	if v.subsection == "" {
		return v.section + "." + v.name
	}
	return v.section + "." + v.subsection + "." + v.name
}

// bool gives the value as git understands a truth value.
func (v variable) bool() (bool, error) {
	switch strings.ToLower(v.value) {
	case "true", "yes", "on":
		return true, nil
	case "false", "no", "off", "":
		return v.bare, nil
	}
	n, err := strconv.Atoi(v.value)
	if err != nil {
		return false, v.unsupported()
	}
	return n != 0, nil
}

// readConfig hands each variable of a config file to set, in order. Text that
// git would refuse, or that this reader does not understand, is *Unsupported:
// git has the words for it.
func readConfig(text []byte, set func(variable) error) error {
	r := configReader{text: bytes.TrimPrefix(text, []byte("\ufeff")), line: 1}
	var section, subsection string
	for {
		c := r.next()
		var err error
		switch {
		case c == endOfText:
			return nil
		case isConfigSpace(c) || c == '\n':
		case c == '#' || c == ';':
			r.skipLine()
		case c == '[':
			section, subsection, err = r.section()
		case isLetter(c) && section != "":
			v := variable{section: section, subsection: subsection}
			if err = r.variable(c, &v); err == nil {
				err = set(v)
			}
		default:
			err = r.refuse()
		}
		if err != nil {
			return err
		}
	}
}

// configReader goes through a config file byte by byte.
type configReader struct {
	text []byte
	at   int
	line int
}

const endOfText = -1

// next gives the next byte, a line's end always as \n, or endOfText.
func (r *configReader) next() int {
	if r.at == len(r.text) {
		return endOfText
	}
	if bytes.HasPrefix(r.text[r.at:], []byte("\r\n")) {
		r.at++
	}
	c := r.text[r.at]
	r.at++
	if c == '\n' {
		r.line++
	}
	return int(c)
}

func (r *configReader) skipLine() {
	for c := r.next(); c != '\n' && c != endOfText; {
		c = r.next()
	}
}

func (r *configReader) refuse() error {
	return &Unsupported{fmt.Sprintf("the config near line %d", r.line)}
}

// section reads a section's head behind its bracket: core], remote "origin"],
// or the old-fashioned remote.origin].
func (r *configReader) section() (section, subsection string, err error) {
	var name []byte
	for {
		c := r.next()
		switch {
		case c == ']' && len(name) > 0:
			section, subsection, _ = strings.Cut(string(name), ".")
			return section, subsection, nil
		case isConfigSpace(c) && len(name) > 0:
			subsection, err = r.subsection()
			return string(name), subsection, err
		case isNameByte(c) || c == '.':
			name = append(name, lower(c))
		default:
			return "", "", r.refuse()
		}
	}
}

// subsection reads a quoted name and the bracket behind it.
func (r *configReader) subsection() (string, error) {
	c := r.next()
	for isConfigSpace(c) {
		c = r.next()
	}
	if c != '"' {
		return "", r.refuse()
	}
	var name []byte
	for {
		c = r.next()
		if c == '"' {
			break
		}
		if c == '\\' {
			c = r.next()
		}
		if c == '\n' || c == endOfText {
			return "", r.refuse()
		}
		name = append(name, byte(c))
	}
	if r.next() != ']' {
		return "", r.refuse()
	}
	return string(name), nil
}

// variable reads a name, of which first is the first letter, and its value.
func (r *configReader) variable(first int, v *variable) (err error) {
	name := []byte{lower(first)}
	c := r.next()
	for ; isNameByte(c); c = r.next() {
		name = append(name, lower(c))
	}
	for isConfigSpace(c) {
		c = r.next()
	}
	v.name = string(name)
	switch c {
	case '\n', endOfText:
		v.bare = true
	case '=':
		v.value, err = r.value()
	default:
		err = r.refuse()
	}
	return err
}

// value reads up to the end of the line: quotes and escapes resolved, comment
// and outer blanks taken away.
func (r *configReader) value() (string, error) {
	var value []byte
	quoted := false
	kept := 0 // blanks behind this are not in quotes, and may be the last ones
	for {
		c := r.next()
		switch {
		case c == '\n' || c == endOfText:
			if quoted {
				return "", r.refuse()
			}
			return string(value[:kept]), nil
		case c == '"':
			quoted = !quoted
			kept = len(value)
			continue
		case quoted && c != '\\':
		case isConfigSpace(c):
			if len(value) > 0 {
				value = append(value, byte(c))
			}
			continue
		case c == '#' || c == ';':
			r.skipLine()
			return string(value[:kept]), nil
		case c == '\\':
			if c = r.next(); c == '\n' {
				continue
			}
			i := strings.IndexByte(`tbn"\`, byte(c))
			if i < 0 {
				return "", r.refuse()
			}
			c = int("\t\b\n\"\\"[i])
		}
		value = append(value, byte(c))
		kept = len(value)
	}
}

func isConfigSpace(c int) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }
func isLetter(c int) bool      { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isNameByte(c int) bool    { return isLetter(c) || c >= '0' && c <= '9' || c == '-' }

func lower(c int) byte {
	if isLetter(c) {
		c |= 0x20
	}
	return byte(c)
}
