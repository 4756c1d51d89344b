package plan

import (
	"jirahook/parser"
	"jirahook/wiki"
)

// What a commit says is told to each issue that it names. How many these may be is
// for limits.issues_per_commit to say: 50, unless somebody raises it. Then a text as
// long as the list of its issues would be told as often as the list is long. So of
// a commit that names more each issue is told a part: all of them together get as
// much as 50 do who get the whole. What is the same for all is made once.

// mostWhole is how many issues are told all of what a commit says.
const mostWhole = 50

// leastShare is what each of more is told all the same, in UTF-16 units of markup.
const leastShare = 400

func (c statement) toMany() bool { return len(c.Mentions) > mostWhole }

// share is how much of what may take max UTF-16 units of markup one issue is told.
func (c statement) share(max int) int {
	if !c.toMany() {
		return max
	}
	all := min(max, len(c.Commit.Message))
	return min(max, leastShare+all*mostWhole/len(c.Mentions))
}

// shared is the part that each of many issues is told. What is not told whole
// depends on no command: it stays.
func (t telling) shared(share int) telling {
	if len(t.commands) > mostWhole {
		t.commands, t.before = nil, t.subject
	}
	t.subject, t.before = wiki.Cut(t.subject, share), wiki.Cut(t.before, share)
	var body []line
	for room := share; len(t.body) > 0 && room >= 0; t.body = t.body[1:] {
		l := t.body[0]
		if len(l.commands) > mostWhole {
			l.commands = nil
		}
		l.text = wiki.Cut(l.text, room+1) // one more than fits, so that its end is seen
		room -= wiki.Units(l.text) + 1
		body = append(body, l)
	}
	t.cut = len(t.body) > 0
	t.body = body
	return t
}

// distinct are the commands, each once.
func distinct(commands []Moving) []Moving {
	var all []Moving
	seen := make(map[Moving]bool, len(commands))
	for _, m := range commands {
		if !seen[m] {
			seen[m] = true
			all = append(all, m)
		}
	}
	return all
}

// wording is what a command says, made once for all its keys.
type wording struct {
	line     lineText
	said     string // see saidLine
	argument string // as it is put on record
	before   string // as older versions hashed it
	short    string // for people
	quoted   string // markup; "": it was not asked for yet
}

// longestOnRecord is how much of an argument is put on record for each of many
// issues, in UTF-16 units; behind it comes a hash of the whole.
const longestOnRecord = 200

// wordingOf makes it of a command that stands on a line.
func (c *statement) wordingOf(cmd parser.Command, line lineText) *wording {
	at := spotOf(cmd)
	if w := c.wordings[at]; w != nil {
		return w
	}
	w := &wording{line: line, said: saidLine(cmd, line), argument: wiki.OneLine(commandArgument(cmd)),
		before: wiki.OneLine(cmd.Argument), short: wiki.Cut(wiki.OneLine(cmd.Text), 60)}
	if c.toMany() {
		if cut := wiki.Cut(w.argument, longestOnRecord); cut != w.argument {
			w.argument = cut + " " + brief(w.argument)
		}
		w.before, _ = asBefore(w.before)
	}
	if c.wordings == nil {
		c.wordings = map[spot]*wording{}
	}
	c.wordings[at] = w
	return w
}

// textOf is what a command says as markup, cut by how once for all its keys.
func (c *statement) textOf(cmd parser.Command, how func(text string, max int) string, max int) string {
	w := c.wordings[spotOf(cmd)]
	if w.quoted == "" {
		w.quoted = how(cmd.Text, c.share(max))
	}
	return w.quoted
}
