package parser

import "strings"

// strays takes in the commands that have no key before them on their line, between
// two places that no group of keys reaches: they do nothing. It tells only of what
// was likely meant as one: #comment and #time, and other names that begin a line,
// follow such a command, or stand directly before a key.
func (r *commandReader) strays(start, end int) {
	from, stop, begins := -1, 0, false // the line we are in, and whether it begins with commands
	for at := start; at < end && len(r.ignored) < maxIgnored; at++ {
		if r.text[at] != '#' || !r.startsCommand(at) || !r.isName(at+1) || r.still.at(at) != 0 {
			continue
		}
		if r.line.to(at); r.line.start != from {
			from, stop = r.line.start, min(lineEnd(r.text, at), end)
			begins = from >= start && strings.Trim(r.text[from:at], " \t*-+•(") == ""
		}
		name := r.nameEnd(at + 1)
		c := Command{}
		c.read(r.text[at+1:name], strings.TrimFunc(behindName(r.text[name:r.strayEnd(name, stop)]), isControl))
		keyed := end < lineEnd(r.text, at) && end < len(r.text) // a key follows on the line
		if c.Name != "transition" || begins || keyed && isBetween(r.text[name:end]) {
			r.ignore(Keyless, r.line.number, r.nearestKeys(keyed), c.written())
		}
	}
}

// isBetween: what may stand between a command and the key that it stands directly
// before.
func isBetween(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune(" \t([{<\"'`*_#:,", r) }) < 0
}

// strayEnd gives where the argument of a command ends: at the next "#" or at stop.
func (r *commandReader) strayEnd(at, stop int) int {
	if n := strings.IndexByte(r.text[at:max(at, stop)], '#'); n >= 0 {
		return at + n
	}
	return max(at, stop)
}

// nearestKeys are those that a command without a key may have been meant for: the
// one that follows on its line, else those before.
func (r *commandReader) nearestKeys(follows bool) []string {
	if (follows || len(r.before) == 0) && len(r.keys) > 0 {
		return []string{r.keys[0].key}
	}
	return r.before
}
