package plan

import (
	"slices"
	"strings"

	"jirahook/wiki"
)

// Whether a "#word" is a command is known only when Jira is asked: #start is one
// where a transition of the issue begins so, and "#include guard" is text. So a
// comment may be made of parts that are decided when it is sent.

// Part is a piece of a comment. Commands are the words of Smart Commits in it
// that would name transitions: where each of them does, the piece reads Else, and
// otherwise Text. Without commands it is Text.
type Part struct {
	Text     string   `json:"text"`
	Commands []Moving `json:"commands,omitempty"`
	Else     string   `json:"else,omitempty"`
}

// Moving is the word of a Smart Commit that may name a transition: a Transition's
// To and ByCommand.
type Moving struct {
	To        string `json:"to"`
	ByCommand bool   `json:"by_command,omitempty"`
}

// Said is the comment's text where the commands in it name transitions or not.
func (c Comment) Said(is func(Moving) bool) string {
	if len(c.Parts) == 0 {
		return c.Body
	}
	var b strings.Builder
	gone := false // what stood here said no more than its commands
	for _, p := range c.Parts {
		text := p.Text
		if len(p.Commands) > 0 && !slices.ContainsFunc(p.Commands, func(m Moving) bool { return !is(m) }) {
			text = p.Else
		}
		if text == "" {
			gone = true
			continue
		}
		if gone && strings.HasSuffix(b.String(), "\n") {
			text = strings.TrimLeft(text, "\n")
		}
		b.WriteString(text)
		gone = false
	}
	return b.String()
}

// Asks are the commands on which the comment's text depends.
func (c Comment) Asks() []Moving {
	var all []Moving
	for _, p := range c.Parts {
		for _, m := range p.Commands {
			if !slices.Contains(all, m) {
				all = append(all, m)
			}
		}
	}
	return all
}

// assumed is the text where all commands are what they seem: what explain shows.
func (c Comment) assumed() string { return c.Said(func(Moving) bool { return true }) }

// parts are a text in the making.
type parts []Part

// add appends text, which depends on nothing.
func (p *parts) add(text string) {
	if n := len(*p); n > 0 && len((*p)[n-1].Commands) == 0 {
		(*p)[n-1].Text += text
	} else if text != "" {
		*p = append(*p, Part{Text: text})
	}
}

func (p *parts) addAll(more parts) {
	for _, m := range more {
		if len(m.Commands) == 0 || m.Text == m.Else {
			p.add(m.Text)
		} else {
			*p = append(*p, m)
		}
	}
}

// into makes the parts a comment's text.
func (p parts) into(c *Comment) {
	if len(p) == 1 && len(p[0].Commands) == 0 {
		c.Body = p[0].Text
		return
	}
	c.Parts = p
}

// line is a line of a message as a digest tells it, without a line feed. It is
// left out where each of its commands names a transition.
type line struct {
	text     string
	commands []Moving
	restOf   []Moving // where they name transitions it begins in mid-sentence
}

// stays: whatever its commands are, the line is told.
func (l line) stays() bool { return len(l.commands) == 0 }

// linesUpTo are lines whose markup takes at most max UTF-16 units.
func linesUpTo(lines []line, max int) parts {
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.text
	}
	text := strings.Join(texts, "\n")
	size := max
	for size > 0 && wiki.Units(wiki.Escape(wiki.Cut(text, size))) > max {
		size = size * 3 / 4
	}
	var p parts
	feeds := "" // before the next line that says something
	var plain strings.Builder
	for i, l := range strings.Split(wiki.Cut(text, size), "\n") {
		if l == "" {
			feeds += "\n"
			continue
		}
		if rest := lines[i].restOf; len(rest) > 0 {
			p.add(plain.String() + feeds)
			plain.Reset()
			p = append(p, Part{Commands: rest, Else: "… "})
			feeds = ""
		}
		if said := feeds + wiki.Escape(l); len(lines[i].commands) == 0 {
			plain.WriteString(said)
		} else {
			p.add(plain.String())
			plain.Reset()
			p = append(p, Part{Text: said, Commands: lines[i].commands})
		}
		feeds = "\n"
	}
	p.add(plain.String())
	return p
}
