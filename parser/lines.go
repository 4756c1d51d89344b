package parser

import "strings"

// Class says whether a message speaks for itself or repeats another one's.
type Class int

const (
	// Ordinary messages mean what they say.
	Ordinary Class = iota
	// Revert: git revert's subject `Revert "…"` or `Reapply "…"`, the subject
	// "revert: …", or a line "This reverts commit …" or "This reverts merge
	// request …" (GitLab).
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

func class(text, subject string) Class {
	switch {
	case quotesAutosquash(subject):
		return Autosquash
	case quotesRevert(subject), hasFoldPrefix(subject, "revert: "):
		return Revert
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "This reverts commit ") || strings.HasPrefix(line, "This reverts merge request ") {
			return Revert
		}
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
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// lineCursor tells the line of places that are asked for in rising order. The
// zero cursor of a text stands on its first line.
type lineCursor struct {
	text   string
	number int // 0-based
	start  int
	seen   int  // up to here line ends were counted
	spoken bool // a line that is not blank lies behind: this one is no subject
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
		c.spoken = c.spoken || strings.TrimSpace(c.text[c.start:c.seen]) != ""
		c.start = c.seen
		c.number++
	}
}

// quotes reports whether the line repeats the subject of another commit that
// was reverted or is to be squashed: in a merge of a revert, in a list of
// squashed commits. Of the message's own subject Class tells.
func (c *lineCursor) quotes() bool {
	if !c.spoken {
		return false
	}
	line := strings.TrimLeft(c.text[c.start:min(len(c.text), c.start+80)], " \t*->")
	return quotesRevert(line) || quotesAutosquash(line)
}
