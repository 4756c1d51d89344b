package parser

import "strings"

// Class says whether a message speaks for itself or repeats another one's.
type Class int

const (
	// Ordinary messages mean what they say.
	Ordinary Class = iota
	// Revert: git revert's subject `Revert "…"` or `Reapply "…"`, or the subject
	// "revert: …" (Conventional Commits). A line "This reverts commit …" alone
	// does not say of what else the message speaks.
	Revert
	// Autosquash: a subject that begins with fixup!, squash! or amend!, see
	// git-commit(1).
	Autosquash
)

// subject gives the first line that is not blank, trimmed.
func subject(text string) string {
	text = strings.TrimSpace(text)
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSpace(line)
}

func class(subject string) Class {
	switch {
	case quotesAutosquash(subject):
		return Autosquash
	case quotesRevert(subject), typeOf(subject).is("revert"):
		return Revert
	}
	return Ordinary
}

func quotesRevert(line string) bool {
	return hasFoldPrefix(line, `Revert "`) || hasFoldPrefix(line, `Reapply "`)
}

func quotesAutosquash(line string) bool {
	return strings.HasPrefix(line, "fixup!") || strings.HasPrefix(line, "squash!") || strings.HasPrefix(line, "amend!")
}

func hasFoldPrefix(text, prefix string) bool {
	_, ok := cutFoldPrefix(text, prefix)
	return ok
}

func cutFoldPrefix(text, prefix string) (rest string, ok bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

// lineCursor tells the line of places that are asked for in rising order. The
// zero cursor of a text stands on its first line.
type lineCursor struct {
	text   string
	number int // 0-based
	start  int
	seen   int // up to here line ends were counted
}

// to moves to the line that holds a place.
func (c *lineCursor) to(at int) {
	for {
		i := strings.IndexByte(c.text[c.seen:at], '\n')
		if i < 0 {
			c.seen = at
			return
		}
		c.seen += i + 1
		c.start = c.seen
		c.number++
	}
}
