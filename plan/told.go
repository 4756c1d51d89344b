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
	// cut: the body is not all of it.
	cut bool
	// ref is the merge request at the end of the subject, as markup.
	ref string
	// link is the subject as the title of a link: without commands.
	link string
	by   []string // see people
}

// told is what a digest says of a commit, whose commands have been run.
func (d *pushDraft) told(c statement) telling {
	if c.tells.by == nil && !d.known.Asking {
		*c.tells = d.telling(c)
		c.tells.by = people(c)
	}
	return *c.tells
}

func (d *pushDraft) telling(c statement) telling {
	lines := strings.Split(c.Commit.Message, "\n")
	first := slices.IndexFunc(lines, func(l string) bool { return strings.TrimSpace(l) != "" })
	if first < 0 {
		subject := wiki.OneLine(c.Subject)
		return telling{subject: subject, link: wiki.Cut(subject, maxSubjectInLink)}
	}
	t := telling{link: wiki.OneLine(c.Subject)}
	t.subject, t.ref = d.withoutReference(c, wiki.OneLine(lines[first]))
	if t.before = t.subject; c.ran[first] {
		t.link = c.beforeCommands(first, lines[first])
		if saysMore(t.link, c.Mentions) {
			t.before = t.link
		}
	}
	t.link = wiki.Cut(t.link, maxSubjectInLink)
	if t.commands = distinct(c.moving[first]); len(t.commands) == 0 {
		t.subject = t.before
	}
	for i, l := range lines[first+1:] {
		at := first + 1 + i
		if c.ran[at] && len(c.moving[at]) == 0 || c.Trailers[at] {
			continue
		}
		moving := distinct(c.moving[at])
		rest, isRest := c.goesOn[at]
		if isRest && len(rest) == 0 {
			l = "… " + strings.TrimLeft(l, " \t")
		}
		for text := range strings.SplitSeq(wiki.Clean(l), "\n") {
			t.body = append(t.body, line{strings.TrimRight(text, " "), moving, rest})
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
	if c.toMany() {
		return t.shared(c.share(maxText))
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
	if t.cut {
		return nil
	}
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
	var without []string
	for _, k := range slices.SortedFunc(slices.Values(keys), func(a, b string) int { return len(b) - len(a) }) {
		without = append(without, k, "")
	}
	return strings.IndexFunc(strings.NewReplacer(without...).Replace(text), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0
}

const maxSubjectInLink = 150
