package jiratest

import (
	"html"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// Rendering is what a text in wiki markup becomes.
type Rendering struct {
	HTML string // well-formed, without scripts
	Text string // what a person reads
	// Mentions are the user names that Jira would notify, Images what it would
	// embed, Macros the names of those that ran, known or not, Links the addresses
	// that can be clicked.
	Mentions, Images, Macros, Links []string
}

// lazily is a pattern that is compiled when it is first used: this package is
// linked into a program that must start fast.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// mention is how Jira looks for people to notify: in the raw text, also inside
// {noformat}, and no matter what stands before.
var mention = lazily(`\[~([^\]]+)\]`)

// Rendered shows wiki markup about as Jira does (Atlassian's text formatting
// notation): macros first, over the whole text; then blocks, line by line; then
// what is inside a line. It takes time in proportion to the text.
func Rendered(body string) Rendering {
	r := &renderer{}
	var out writing
	r.blocks(&out, r.macros(clean(body), 0))
	result := Rendering{HTML: out.html.String(), Text: strings.TrimSpace(out.text.String()), Images: r.images, Macros: r.ran, Links: r.links}
	for _, m := range mention().FindAllStringSubmatch(body, -1) {
		result.Mentions = append(result.Mentions, m[1])
	}
	return result
}

// tokenStart and tokenEnd, which Unicode keeps for such use, enclose the number
// of a macro's output in the text around it.
const (
	tokenStart = '\uFDD0'
	tokenEnd   = '\uFDD1'
)

// clean unifies line ends and replaces what XML cannot hold and our own tokens.
func clean(body string) string {
	body = strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\r", "\n")
	return strings.Map(func(c rune) rune {
		if c == tokenStart || c == tokenEnd || c == '\uFFFE' || c == '\uFFFF' || unicode.IsControl(c) && c != '\n' && c != '\t' {
			return unicode.ReplacementChar
		}
		return c
	}, strings.ToValidUTF8(body, "\uFFFD"))
}

// renderer holds what was met on the way.
type renderer struct {
	outputs []output // of macros, by token number
	images  []string
	ran     []string
	links   []string
}

// output is what a macro made.
type output struct {
	html, text string
	block      bool
}

// writing is a text in the making, as HTML and as people read it.
type writing struct{ html, text strings.Builder }

// put writes text that is no markup.
func (p *writing) put(text string) {
	p.html.WriteString(html.EscapeString(text))
	p.text.WriteString(text)
}

// tag writes HTML.
func (p *writing) tag(h string) { p.html.WriteString(h) }

// newline begins a new line of the text, unless one has begun.
func (p *writing) newline() {
	if n := p.text.Len(); n > 0 && p.text.String()[n-1] != '\n' {
		p.text.WriteByte('\n')
	}
}
