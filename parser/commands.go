package parser

import (
	"slices"
	"strings"
)

// Command is one Smart Commit command for one issue.
type Command struct {
	Key        string
	Name       string // comment, time or transition
	Argument   string // what follows the command's word, trimmed
	Text       string // the comment, the worklog's text, the text with a transition
	Transition string // the token behind "#", in lower case
	// Spec is the duration as written, its units joined by one blank.
	Spec     string
	Duration Duration
	Problem  string // "", EmptyComment or NoDuration: then there is nothing to do
	Line     int    // 0-based line of the message in which the "#" stands
}

// What can be wrong with a command.
const (
	EmptyComment = "empty-comment" // #comment without a text
	NoDuration   = "no-duration"   // #time without a duration; Text is the argument
)

// maxCommands bounds what many keys before many commands in one line come to.
const maxCommands = 10_000

// commands gives the Smart Commits of a message by the classic grammar
// (Atlassian, "Process work items with smart commits"): keys in a row, then
// commands, up to the next key or the end of the line.
func (p *Parser) commands(text string, tokens []token) []Command {
	var commands []Command
	keys := slices.DeleteFunc(slices.Clone(tokens), func(t token) bool {
		return t.key == "" || t.inURL || !startsCommands(text, t.start)
	})
	line := lineCursor{text: text}
	for len(keys) > 0 && len(commands) < maxCommands {
		n := 1
		for n < len(keys) && isSeparator(text[keys[n-1].end:keys[n].start]) {
			n++
		}
		group := keys[:n]
		keys = keys[n:]
		if line.to(group[0].start); p.rule == Default && line.quotes() {
			continue
		}
		end := len(text)
		if len(keys) > 0 {
			end = keys[0].start
		}
		r := region{text: text, start: group[n-1].end, end: end, multiline: p.multiline}
		if nl := strings.IndexByte(text[r.start:end], '\n'); nl >= 0 && !p.multiline {
			r.end = r.start + nl
		}
		commands = appendForEach(commands, group, r.commands(tokens, &line))
	}
	return commands
}

// appendForEach gives every distinct key of a group all of its commands.
func appendForEach(commands []Command, group []token, written []Command) []Command {
	if len(written) == 0 {
		return commands
	}
	for _, key := range distinctKeys(group) {
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

// isSeparator: at most one comma, directly behind the key, and blanks.
func isSeparator(between string) bool {
	between = strings.TrimPrefix(between, ",")
	return strings.TrimLeft(between, " \t\v\f") == ""
}

func isBlank(b byte) bool { return strings.IndexByte(" \t\v\f\n\r", b) >= 0 }

// isControl: what is trimmed off arguments.
func isControl(r rune) bool { return r <= ' ' }

// region is the text in which the commands of a group of keys stand. It begins
// directly behind the last of them.
type region struct {
	text       string
	start, end int
	multiline  bool
}

// commands gives the commands of a region, without a key.
func (r region) commands(tokens []token, line *lineCursor) []Command {
	var commands []Command
	for at := r.next(r.start, tokens); at < r.end && len(commands) < maxCommands; {
		name := at + 1
		for name < r.end && (isLetter(r.text[name]) || r.text[name] == '-') {
			name++
		}
		next := r.next(name, tokens)
		c := newCommand(r.text[at+1:name], r.argument(name, next))
		line.to(at)
		c.Line = line.number
		commands = append(commands, c)
		at = next
	}
	return commands
}

// next gives the place of the first command at a place or behind it; the end of
// the region if there is none. A "#" that belongs to a token is no command, even
// if the token is text: "#UTF-8".
func (r region) next(at int, tokens []token) int {
	for ; at < r.end; at++ {
		if r.text[at] != '#' || at+1 == r.end || !isLetter(r.text[at+1]) {
			continue
		}
		if at > r.start && !isBlank(r.text[at-1]) {
			continue
		}
		if _, ok := tokenAt(tokens, at+1); !ok {
			return at
		}
	}
	return r.end
}

// argument gives the text of a command, trimmed. Over several lines it ends at a
// blank line, and the lines lose the blanks at their ends.
func (r region) argument(start, end int) string {
	argument := r.text[start:end]
	if r.multiline {
		var lines []string
		for line := range strings.SplitSeq(argument, "\n") {
			line = strings.TrimRightFunc(line, isControl)
			if line == "" && len(lines) > 0 {
				break
			}
			lines = append(lines, line)
		}
		argument = strings.Join(lines, "\n")
	}
	return strings.TrimFunc(argument, isControl)
}

func newCommand(name, argument string) Command {
	c := Command{Name: "transition", Argument: argument, Text: argument}
	switch strings.ToLower(name) {
	case "comment":
		c.Name = "comment"
		if argument == "" {
			c.Problem = EmptyComment
		}
	case "time":
		c.Name = "time"
		d, spec, rest, ok := parseDuration(argument)
		if !ok {
			c.Problem = NoDuration
			break
		}
		c.Duration, c.Spec, c.Text = d, spec, rest
	default:
		c.Transition = strings.ToLower(name)
		if strings.Trim(argument, ".,:;!?)]}\"'") == "" {
			c.Text = "" // "(JRA-1 #done)." says nothing with the transition
		}
	}
	return c
}
