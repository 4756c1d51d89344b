package parser

import (
	"strings"
	"unicode"
)

// read takes in a command's word and what follows it.
func (c *Command) read(name, argument string) {
	c.Name, c.Argument, c.Text = "transition", argument, argument
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
		if joins(rest) {
			c.Argument, c.Text = strings.TrimRight(argument[:len(argument)-len(rest)], punctuation+" \t\r\n"), ""
		}
	default:
		c.Transition = strings.ToLower(name)
		if strings.Trim(argument, ".,:;!?)]}\"'") == "" || joins(argument) {
			c.Text = "" // "(JRA-1 #done)." says nothing with the transition
		}
	}
}

// joins reports whether a text says nothing by itself: "#time 1h and #done",
// "#done (#time 1h)", or the bullet before the next command.
func joins(text string) bool {
	text = strings.Trim(text, punctuation+"([{<-–—+•&|/\\ \t\r\n")
	return text == "" || strings.EqualFold(text, "and")
}

// written is the command as somebody would call it: "#time 2h", "#done".
func (c Command) written() string {
	if c.Name == "transition" {
		return "#" + c.Transition
	}
	return strings.TrimSpace("#" + c.Name + " " + c.Spec)
}

// argument gives the text of a command, trimmed. Over several lines it ends at a
// blank line, and the lines lose the blanks at their ends.
func (r region) argument(c *Command, start, end int) string {
	argument, more, several := strings.Cut(behindName(r.text[start:end]), "\n")
	if several || endsLine(r.text, end) {
		argument = withoutNumber(strings.TrimFunc(argument, isControl))
	}
	if several {
		argument += "\n" + more
	}
	if r.multiline {
		argument = r.lines(c, argument, end)
	}
	return strings.TrimFunc(argument, isControl)
}

// lines gives the lines of an argument that ends at a place, up to a blank one, a
// line that names people or what does nothing.
func (r region) lines(c *Command, argument string, end int) string {
	var lines []string
	start := end - len(argument)
	for line := range strings.Lines(argument) {
		why := r.still.at(start)
		start += len(line)
		line = strings.TrimRightFunc(line, isControl)
		if len(lines) > 0 && (line == "" || why != 0 || namesOnly(line)) {
			break
		}
		lines = append(lines, line)
	}
	if n := len(lines); n > 1 && end < r.end && bulletOf(strings.TrimLeft(lines[n-1], " \t")) > 0 && joins(lines[n-1]) {
		lines = lines[:n-1] // the bullet of the next command
	}
	c.Last = c.Line + max(len(lines)-1, 0)
	return strings.Join(lines, "\n")
}

// behindName leaves out the punctuation that stands directly behind a command's
// name: "#done.", "#done, as said", "#comment: text".
func behindName(argument string) string {
	rest := strings.TrimLeft(argument, punctuation)
	if rest == "" || isBlank(rest[0]) {
		return rest
	}
	return strings.TrimPrefix(argument, ":")
}

// goOn lets the text of a command that ends its line go on over the following
// lines that are indented further. A line with a command of its own, or that
// begins with a key, is no such line; a list goes on only with a comment.
func (r region) goOn(c *Command) {
	if c.Problem == NoDuration || c.Text == "" && c.Name != "comment" {
		return
	}
	var more strings.Builder
	defer func() {
		c.Argument += more.String()
		c.Text += more.String()
	}()
	own, _ := indent(r.text[r.line.start:r.end])
	for at := r.end + 1; at < len(r.text); {
		end := lineEnd(r.text, at)
		line := strings.TrimRightFunc(r.text[at:end], isControl)
		columns, start := indent(line)
		line = line[start:]
		bullet := bulletOf(line) > 0
		if line == "" || r.still.at(at) != 0 || r.holdsCommand(at, end) || r.beginsWithKey(at+start) || namesOnly(line) ||
			bullet && c.Name != "comment" {
			return
		}
		if columns <= own {
			c.Wrapped = c.Last == c.Line && !bullet && !r.beginsClosing(at+start) && inMidSentence(*c, line)
			return
		}
		switch {
		case c.Argument == "" && more.Len() == 0:
			c.Problem = ""
		case bullet:
			more.WriteByte('\n')
		default:
			more.WriteByte(' ')
		}
		more.WriteString(line)
		c.Last++
		at = end
	}
}

// inMidSentence reports whether a line seems to go on with the text of a command.
// A remark on time or on a transition is often no whole sentence; there only a
// small letter tells.
func inMidSentence(c Command, line string) bool {
	text := strings.TrimRight(c.Text, ")]}\"'`*_”’»")
	if text == "" || strings.ContainsRune(".!?:;…", lastRune(text)) {
		return false
	}
	first := runeAfter(line, 0)
	if c.Name != "comment" {
		return unicode.IsLower(first)
	}
	return unicode.IsLetter(first) || unicode.IsDigit(first) || strings.ContainsRune("([\"'`“‘«„", first)
}

func lastRune(text string) rune { return runeBefore(text, len(text)) }

// holdsCommand reports whether a command begins in a piece of the text.
func (r *commandReader) holdsCommand(start, end int) bool {
	for at := start; at < end; at++ {
		if r.text[at] == '#' && r.startsCommand(at) && r.isName(at+1) {
			return true
		}
	}
	return false
}

// beginsWithKey reports whether an item, without its bullet, begins with a key.
func (r *commandReader) beginsWithKey(at int) bool {
	if n := bulletOf(r.text[at:]); n > 0 {
		_, blanks := indent(r.text[at+n:])
		at += n + blanks
	}
	list := itemList{text: r.text, urls: r.urls, tokens: r.tokens}
	list.item(at)
	return len(list.keys) > 0
}

// beginsClosing reports whether a closing word and a key begin at a place.
func (r *commandReader) beginsClosing(at int) bool {
	words := wordSearch{closingWords: r.words, text: r.text}
	items := words.match(at, runeAfter(r.text, at))
	if items == 0 {
		return false
	}
	list := itemList{text: r.text, urls: r.urls, tokens: r.tokens}
	list.item(list.noun(items))
	return len(list.keys) > 0
}

// namesOnly knows lines such as "Signed-off-by: Ann <ann@example.com>".
func namesOnly(line string) bool { return readTrailer(line, nil).names }
