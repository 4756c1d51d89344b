package plan

import (
	"slices"
	"strings"
	"unicode"

	"jirahook/wiki"
)

// telling is what a digest says of a commit: its subject, and the lines of the
// body whose commands did not run and that do not only name people and ids. Of a
// subject with commands that ran, what stands before them is told, if it says
// anything.
type telling struct {
	subject string // without ref
	// before is the subject where each of the commands names a transition.
	before   string
	commands []Moving
	body     []line // the first and the last say something
	// ref is the merge request at the end of the subject, as markup.
	ref string
}

// told is what a digest says of a commit.
func (d *pushDraft) told(c statement) telling {
	lines := strings.Split(c.Commit.Message, "\n")
	first := slices.IndexFunc(lines, func(l string) bool { return strings.TrimSpace(l) != "" })
	if first < 0 {
		return telling{subject: wiki.OneLine(c.Subject)}
	}
	var t telling
	t.subject, t.ref = d.withoutReference(c, wiki.OneLine(lines[first]))
	if t.before = t.subject; c.ran[first] {
		if before := c.beforeCommands(first, lines[first]); saysMore(before, c.Mentions) {
			t.before = before
		}
	}
	if t.commands = c.moving[first]; len(t.commands) == 0 {
		t.subject = t.before
	}
	for i, l := range lines[first+1:] {
		at := first + 1 + i
		if c.ran[at] && len(c.moving[at]) == 0 || c.Trailers[at] {
			continue
		}
		rest, isRest := c.goesOn[at]
		if isRest && len(rest) == 0 {
			l = "… " + strings.TrimLeft(l, " \t")
		}
		for text := range strings.SplitSeq(wiki.Clean(l), "\n") {
			t.body = append(t.body, line{strings.TrimRight(text, " "), c.moving[at], rest})
			rest = nil
		}
	}
	isBlank := func(l line) bool { return strings.TrimSpace(l.text) == "" }
	for len(t.body) > 0 && isBlank(t.body[0]) {
		t.body = t.body[1:]
	}
	for len(t.body) > 0 && isBlank(t.body[len(t.body)-1]) {
		t.body = t.body[:len(t.body)-1]
	}
	if c.Cut {
		t.body = append(t.body, line{text: "…"})
	}
	return t
}

// title is the subject cut to size, as markup.
func (t telling) title(markup func(string) string) parts {
	return parts{{Text: markup(wiki.Cut(t.subject, maxSubject)) + t.ref, Commands: t.commands, Else: markup(wiki.Cut(t.before, maxSubject)) + t.ref}}
}

// quoted is a quotation of the whole, at most max UTF-16 units of markup.
func (t telling) quoted(max int) parts {
	subject := escapedUpTo(t.subject, max) + t.ref
	var p parts
	p.add("{quote}\n")
	p.addAll(parts{{Text: subject, Commands: t.commands, Else: escapedUpTo(t.before, max) + t.ref}})
	if len(t.body) > 0 {
		p.addAll(parts{{Text: "\n\n", Commands: t.onlyIf()}})
		p.addAll(linesUpTo(t.body, max-wiki.Units(subject)))
	}
	p.add("\n{quote}")
	return p
}

// quotedBody is a quotation of the body, at most max UTF-16 units of markup. It
// begins with a line feed; where nothing of the body is left, it is nothing.
func (t telling) quotedBody(max int) parts {
	if len(t.body) == 0 {
		return nil
	}
	p := parts{{Text: "\n{quote}\n", Commands: t.onlyIf()}}
	p.addAll(linesUpTo(t.body, max))
	return append(p, Part{Text: "\n{quote}", Commands: t.onlyIf()})
}

// onlyIf are the commands that leave nothing of the body where each of them names
// a transition; none: something is left.
func (t telling) onlyIf() []Moving {
	var all []Moving
	for _, l := range t.body {
		if l.stays() && strings.TrimSpace(l.text) != "" {
			return nil
		}
		all = append(all, l.commands...)
	}
	return all
}

// beforeCommands is what stands in a line before the commands that ran. A bracket
// that they stand in ends with them: "Totals (A-1 #time 1h)" is "Totals (A-1)".
func (c statement) beforeCommands(number int, text string) string {
	before := strings.TrimRight(wiki.OneLine(text[:min(c.begins[number], len(text))]), " (")
	if strings.Count(before, "(") == strings.Count(before, ")")+1 {
		before += ")"
	}
	return before
}

// saysMore reports whether a text holds more than issue keys.
func saysMore(text string, keys []string) bool {
	for _, k := range keys {
		text = strings.ReplaceAll(text, k, "")
	}
	return strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0
}

// linkTitle is the subject as the title of a link: without commands.
func linkTitle(c statement) string {
	lines := strings.Split(c.Commit.Message, "\n")
	first := slices.IndexFunc(lines, func(l string) bool { return strings.TrimSpace(l) != "" })
	subject := wiki.OneLine(c.Subject)
	if first >= 0 && c.ran[first] {
		subject = c.beforeCommands(first, lines[first])
	}
	return wiki.Cut(subject, maxSubjectInLink)
}

const maxSubjectInLink = 150
