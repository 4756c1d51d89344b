package parser

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Command is one Smart Commit command for one issue.
type Command struct {
	Key      string
	Name     string // comment, time or transition
	Argument string // what follows the command's word, trimmed
	Text     string // the comment, the worklog's text, the text with a transition
	// Transition is the token behind "#", in lower case. One that holds more than
	// ASCII letters and "-" ran on: it is a whole name or none.
	Transition string
	// Spec is the duration as written, its units joined by one blank.
	Spec     string
	Duration Duration
	Problem  string // "", EmptyComment or NoDuration: then there is nothing to do
	Line     int    // 0-based line of the message in which the "#" stands
	Column   int    // where in that line, in bytes
	Last     int    // 0-based line in which its text ends
	// Wrapped: the text ends in mid-sentence, and the next line, which is not
	// indented and does not belong to it, seems to go on with it.
	Wrapped bool
}

// What can be wrong with a command.
const (
	EmptyComment = "empty-comment" // #comment without a text
	NoDuration   = "no-duration"   // #time without a duration; Text is the argument
)

// maxCommands bounds what many keys before many commands in one line come to.
const maxCommands = 10_000

// commandReader reads the Smart Commits of a message (Atlassian, "Process work
// items with smart commits"): a list of keys, then commands, up to the next key or
// the end of the line.
type commandReader struct {
	*Parser
	text      string
	urls      []url
	tokens    []token
	still     passages
	multiline bool
	keys      []token  // those that may have commands, from where we are
	before    []string // the keys of the group before
	line      lineCursor

	commands []Command
	ignored  []Ignored
}

func (p *Parser) commands(text string, urls []url, tokens []token, still passages) ([]Command, []Ignored) {
	r := commandReader{Parser: p, text: text, urls: urls, tokens: tokens, still: still, multiline: p.multiline}
	var silenced []token
	for _, t := range tokens {
		switch {
		case t.key == "" || t.inURL || !startsCommands(text, t.start):
		case still.at(t.start) != 0:
			silenced = append(silenced, t)
		default:
			r.keys = append(r.keys, t)
		}
	}
	r.read()
	r.readSilenced(silenced)
	return r.commands, r.ignored
}

// startsCommands reports whether a key at this place can have commands: it
// cannot behind the characters that stand before keys in URLs, branch names
// and revisions.
func startsCommands(text string, start int) bool {
	return start == 0 || !strings.ContainsRune("&=?>^!~/-", rune(text[start-1]))
}

// read reads the commands that count.
func (r *commandReader) read() {
	if len(r.keys) == 0 {
		return
	}
	r.line = lineCursor{text: r.text}
	at := 0
	for len(r.keys) > 0 {
		r.strays(at, r.keys[0].start)
		keys, written, end := r.group()
		if r.commands = appendForEach(r.commands, keys, written); len(r.commands) == maxCommands {
			return
		}
		r.before, at = keys, end
	}
	r.strays(at, len(r.text))
}

// readSilenced reads what would be commands where nothing counts.
func (r *commandReader) readSilenced(keys []token) {
	r.keys, r.multiline, r.line = keys, false, lineCursor{text: r.text}
	for len(r.keys) > 0 && len(r.ignored) < maxIgnored {
		start := r.keys[0].start
		keys, written, _ := r.group()
		for _, c := range written {
			r.ignore(r.still.at(start), c.Line, keys, c.written())
		}
	}
}

// group reads the next list of keys and their commands, and gives where these
// end.
func (r *commandReader) group() (keys []string, written []Command, end int) {
	start := r.keys[0].start
	keys, row, behind := r.row()
	r.keys = r.keys[row:]
	end = len(r.text)
	if len(r.keys) > 0 {
		end = r.keys[0].start
	}
	if nl := strings.IndexByte(r.text[behind:end], '\n'); nl >= 0 && !r.multiline {
		end = behind + nl
	}
	r.line.to(start)
	return keys, region{commandReader: r, start: behind, end: end}.commands(), end
}

// row gives the keys of the next list, how many of r.keys they are, and where they
// end.
func (r *commandReader) row() (keys []string, n, end int) {
	list := itemList{text: r.text, urls: r.urls, tokens: r.tokens, keys: r.keys[:1:1]}
	end = list.goOn(list.closeItem(r.keys[0].end))
	for n < len(r.keys) && r.keys[n].start < end {
		n++
	}
	why := r.still.at(r.keys[0].start)
	return distinctKeys(slices.DeleteFunc(list.keys, func(t token) bool { return t.inURL || r.still.at(t.start) != why })), n, end
}

// ignore takes in what does nothing.
func (r *commandReader) ignore(why Why, line int, keys []string, words string) {
	if len(r.ignored) < maxIgnored {
		r.ignored = append(r.ignored, Ignored{Why: why, Line: line, Keys: keys, Words: words})
	}
}

// appendForEach gives every key of a group all of its commands.
func appendForEach(commands []Command, keys []string, written []Command) []Command {
	if len(written) == 0 {
		return commands
	}
	for _, key := range keys {
		for _, c := range written {
			if len(commands) == maxCommands {
				return commands
			}
			c.Key = key
			commands = append(commands, c)
		}
	}
	return commands
}

func isBlank(b byte) bool { return strings.IndexByte(" \t\v\f\n\r", b) >= 0 }

// isControl: what is trimmed off arguments.
func isControl(r rune) bool { return r <= ' ' }

// region is the text in which the commands of a group of keys stand. It begins
// directly behind the last of them.
type region struct {
	*commandReader
	start, end int
}

// commands gives the commands of a region, without a key.
func (r region) commands() []Command {
	var commands []Command
	for at := r.next(r.start); at < r.end && len(commands) < maxCommands; {
		name := r.nameEnd(at + 1)
		next := r.next(name)
		r.line.to(at)
		c := Command{Line: r.line.number, Column: at - r.line.start, Last: r.line.number}
		c.read(r.text[at+1:name], r.argument(&c, name, next))
		if !r.multiline && next == r.end && endsLine(r.text, next) {
			r.goOn(&c)
		}
		commands = append(commands, c)
		at = next
	}
	return commands
}

// endsLine reports whether a line ends at a place.
func endsLine(text string, at int) bool { return at == len(text) || text[at] == '\n' }

// next gives the place of the first command at a place or behind it; the end of
// the region if there is none. A "#" that belongs to a token is no command, even
// if the token is text: "#UTF-8".
func (r region) next(at int) int {
	for ; at < r.end; at++ {
		if r.text[at] == '#' && (at == r.start || r.startsCommand(at)) && r.isName(at+1) && (!r.multiline || r.still.at(at) == 0) {
			return at
		}
	}
	return r.end
}

// startsCommand reports whether a "#" stands where a command may: behind a blank,
// which a bracket may follow: "(#time 1h)".
func (r *commandReader) startsCommand(at int) bool {
	if at > 0 && r.text[at-1] == '(' {
		at--
	}
	return at == 0 || isBlank(r.text[at-1])
}

// isName reports whether a command's name begins at a place.
func (r *commandReader) isName(at int) bool {
	if at >= len(r.text) || !isLetter(r.text[at]) {
		return false
	}
	_, isToken := tokenAt(r.tokens, at)
	return !isToken
}

// nameEnd gives where the name ends that begins at a place: behind its letters and
// hyphens. One that runs on in a digit, "_" or a letter of another alphabet ends
// where its word does.
func (r *commandReader) nameEnd(at int) int {
	for at < len(r.text) && (isLetter(r.text[at]) || r.text[at] == '-') {
		at++
	}
	for at < len(r.text) {
		c, size := utf8.DecodeRuneInString(r.text[at:])
		if !isWord(c) && c != '-' {
			break
		}
		at += size
	}
	return at
}
