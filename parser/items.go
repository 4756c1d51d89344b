package parser

import "strings"

// A squash or a merge quotes the messages of other commits, one item after the
// other: as a list with bullets, by lines, or as git's SQUASH_MSG does, in blocks
// behind "commit ID". An item that reverts another commit does nothing, and
// neither does the item of the same message whose subject it names. An item of
// autosquash (fixup! and the like) repeats another one's words and does nothing
// either.

// itemLine is one line of a message with items.
type itemLine struct {
	start, end int
	columns    int    // its indentation
	text       string // of the item that begins here
	bullet     bool
	why        Why
	block      int // the line "commit ID" above it in a SQUASH_MSG; -1: none
	next       int // of a bullet: the line of the next one that is not below it; 0: none
}

type itemReader struct {
	lines   []itemLine
	subject int            // the message's own
	undone  map[string]int // how often a subject is reverted, less how often that is reverted
}

// silentItems gives the passages that do nothing, with those that quotes found.
func silentItems(text string, quoted passages) passages {
	r := itemReader{subject: -1, undone: map[string]int{}}
	r.read(text, quoted)
	r.chain()
	r.quoting()
	r.named()
	var all passages
	for _, l := range r.lines {
		if l.why != 0 {
			all.add(l.start, l.end, l.why)
		}
	}
	return all
}

// idDigits is how many digits of an id name a commit, at the least.
const idDigits = 7

func (r *itemReader) read(text string, quoted passages) {
	block := -1
	for start := 0; start < len(text); {
		end := lineEnd(text, start)
		line := strings.TrimRight(text[start:end], " \t\r\n")
		columns, at := indent(line)
		l := itemLine{start: start, end: end, columns: columns, text: itemText(line), why: quoted.at(start)}
		l.bullet = bulletOf(line[at:]) > 0
		here := len(r.lines)
		switch id, header := strings.CutPrefix(line, "commit "); {
		case line != "" && r.subject < 0:
			r.subject = here
		case header && hexDigits(id) == len(id) && len(id) >= 40 && len(id) <= 64:
			block = here
		case line != "" && columns < squashIndent && !isBlockHeader(line):
			block = -1
		}
		l.block = block
		r.lines = append(r.lines, l)
		start = end
	}
}

// isBlockHeader: what stands below "commit ID" in SQUASH_MSG.
func isBlockHeader(line string) bool {
	name, _, _ := strings.Cut(line, ":")
	switch name {
	case "Merge", "Author", "AuthorDate", "Commit", "CommitDate", "Date":
		return true
	}
	return false
}

// chain leads from each bullet to the next that is indented no further.
func (r *itemReader) chain() {
	var open []int // bullets without one, each indented further than those before
	for i := range r.lines {
		l := &r.lines[i]
		if !l.bullet {
			continue
		}
		for len(open) > 0 && r.lines[open[len(open)-1]].columns >= l.columns {
			r.lines[open[len(open)-1]].next = i
			open = open[:len(open)-1]
		}
		open = append(open, i)
	}
}

// quoting silences the items that revert and those of autosquash.
func (r *itemReader) quoting() {
	for i, l := range r.lines {
		if i == r.subject || r.lines[i].why != 0 {
			continue
		}
		depth, name := revertOf(l.text)
		switch {
		case depth > 0:
			r.silence(i, Reverted)
			if depth%2 == 1 {
				r.undone[name]++
			} else {
				r.undone[name]-- // it is done again
			}
		case quotesAutosquash(l.text):
			r.silence(i, Squashed)
		}
	}
}

// named silences the items whose subjects are reverted. Of two that say the same
// one revert takes one. The message's own subject is often that of one of its
// items: it goes when none is left.
func (r *itemReader) named() {
	delete(r.undone, "")
	if r.subject < 0 || len(r.undone) == 0 {
		return
	}
	own := &r.lines[r.subject]
	left := 0
	for i, l := range r.lines {
		if i != r.subject && l.why == 0 && l.text == own.text {
			left++
		}
	}
	if n := r.undone[own.text]; n > 0 && n >= left && own.why == 0 {
		own.why = Reverted
	}
	for i, l := range r.lines {
		if r.lines[i].why == 0 && i != r.subject && r.undone[l.text] > 0 {
			r.undone[l.text]--
			r.silence(i, Reverted)
		}
	}
}

// extent gives the lines of the item that begins at a line: of a SQUASH_MSG the
// block; of a list up to the next bullet, or for the last one to a blank line;
// else the line alone, and what git revert says below it.
func (r *itemReader) extent(i int) (from, to int) {
	l := r.lines[i]
	to = i + 1
	switch {
	case l.block >= 0:
		for to < len(r.lines) && r.lines[to].block == l.block {
			to++
		}
		return l.block, to
	case l.bullet && l.next > 0:
		return i, l.next
	case l.bullet:
		for to < len(r.lines) && r.lines[to].text != "" { // of the bullets that follow each is below it
			to++
		}
		return i, to
	}
	for end := to; end < len(r.lines) && (r.lines[end].text == "" || isRevertNotice(r.lines[end].text)); end++ {
		if r.lines[end].text != "" {
			to = end + 1
		}
	}
	return i, to
}

// silence silences the item that begins at a line.
func (r *itemReader) silence(i int, why Why) {
	from, to := r.extent(i)
	for i := from; i < to; i++ {
		if r.lines[i].why == 0 {
			r.lines[i].why = why
		}
	}
}

func isRevertNotice(line string) bool {
	return strings.HasPrefix(line, Notice) || strings.HasPrefix(line, "This reverts merge request ")
}

// revertOf reads `Revert "SUBJECT"`, also of reverts: depth is how often, and
// `Reapply "…"` counts as two (git-revert(1)). 0: it is none.
func revertOf(item string) (depth int, subject string) {
	subject = item
	for {
		n := 1
		rest, ok := cutFoldPrefix(subject, `Revert "`)
		if !ok {
			n = 2
			rest, ok = cutFoldPrefix(subject, `Reapply "`)
		}
		if !ok {
			return depth, itemText(subject)
		}
		depth += n
		subject = strings.TrimSuffix(strings.TrimSpace(rest), `"`)
	}
}

// itemText is what an item's first line says: without indentation, bullet, the id
// that `git log --oneline` puts there, and the number of a merge request behind
// it.
func itemText(line string) string {
	line = strings.TrimSpace(line)
	for {
		n := bulletOf(line)
		if n == 0 {
			break
		}
		line = strings.TrimLeft(line[n:], " \t")
	}
	if n := hexDigits(line); n >= idDigits && n <= 64 && strings.HasPrefix(line[n:], " ") {
		line = strings.TrimLeft(line[n:], " ")
	}
	return withoutNumber(line)
}

// bulletOf gives the length of the bullet that begins a line; 0 if none does.
func bulletOf(line string) int {
	for _, b := range []string{"*", "-", "+", "•"} {
		if rest, ok := strings.CutPrefix(line, b); ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t') {
			return len(b)
		}
	}
	return 0
}

func hexDigits(text string) int {
	n := 0
	for n < len(text) && (isDigit(text[n]) || 'a' <= text[n] && text[n] <= 'f') {
		n++
	}
	return n
}

// withoutNumber cuts "(#12)" or "(!12)" off the end of a text: the number of a
// merge request, which Git servers put there.
func withoutNumber(text string) string {
	open := strings.LastIndexByte(text, '(')
	if open < 0 || !strings.HasSuffix(text, ")") {
		return text
	}
	number := text[open+1 : len(text)-1]
	if len(number) < 2 || number[0] != '#' && number[0] != '!' || digits(number[1:]) != len(number)-1 {
		return text
	}
	before := strings.TrimRight(text[:open], " \t")
	if len(before) == open && before != "" {
		return text // f(#12)
	}
	return before
}
