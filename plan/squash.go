package plan

import (
	"regexp"
	"slices"
	"strings"

	"jirahook/parser"
	"jirahook/wiki"
)

// A squash repeats the lines of the commits that it is made of. That they ran is
// believed on evidence only: the message names the earlier commit by its id, or
// holds its subject as a line of its own, and the commit is no ancestor. By its
// subject it must have been pushed to the same repository. So git's SQUASH_MSG,
// the lists of GitHub, Gitea and Bitbucket and `git rebase -i` repeat nothing,
// whoever squashes, and the same words on another day or branch run again.

var (
	// numbered is what a server puts behind the subject of a merge request.
	numbered = regexp.MustCompile(`\s*\([#!][0-9]+\)$`)
	// idToken is like a commit's id, or the beginning of one.
	idToken = regexp.MustCompile(`\b[0-9a-f]{7,64}\b`)
)

// leastID is how many digits of an id name a commit.
const leastID = 7

// MayBeSquash reports whether a message can hold evidence of earlier commits: it
// is more than one line, or holds something like an id or a merge request's
// number.
func MayBeSquash(message string) bool {
	message = strings.TrimSpace(message)
	return strings.Contains(message, "\n") || numbered.MatchString(message) || idToken.MatchString(message)
}

// plainLine is a line of a message as it is compared: without indentation, the
// bullet before it and the number behind it.
func plainLine(text string) string {
	return numbered.ReplaceAllString(strings.TrimLeft(wiki.OneLine(text), "*-• "), "")
}

// saidLine is a command with its line, hashed: what two lines have in common
// that say the same, but for the issue.
func saidLine(cmd parser.Command, line lineText) string {
	return idOf(typed(cmd), numbered.ReplaceAllString(wiki.OneLine(cmd.Argument), ""), line.hash)[:16]
}

// lineText is a line with commands.
type lineText struct {
	before string // as older versions compared it
	long   bool   // they cannot be followed in that; see longestBefore
	hash   string // of the plain line
}

// longestBefore is how long a line may be, in bytes, to be compared as older
// versions did: they hashed all of it for each of its commands.
const longestBefore = 2 << 10

// asBefore is a text as older versions hashed it, unless it is too long.
func asBefore(text string) (before string, long bool) {
	if len(text) > longestBefore {
		return brief(text), true
	}
	return text, false
}

func textOf(text string) lineText {
	l := lineText{hash: brief(plainLine(text))}
	l.before, l.long = asBefore(strings.TrimLeft(wiki.OneLine(text), "*-• "))
	return l
}

func (d *pushDraft) subjectID(subject string) string {
	return d.ledger.id("subject", "", d.push.Repository.ID, subject)
}

func (l *ledger) prefixID(commit string) string {
	return l.id("commit", "", commit[:min(leastID, len(commit))])
}

// lineRecords are what a squash of the commit will be compared with.
func (d *pushDraft) lineRecords(c *statement, cmd parser.Command, ran Record, said string) []Record {
	r := Record{
		ID: d.ledger.prefixID(c.ID), Commit: c.ID, When: c.Committer.When, Detail: strings.Join(d.ledger.replaced(c.change), " "),
		Kind: kindLine, Issue: cmd.Key, Place: ran.Kind + " " + ran.Place, Root: ran.Root, Line: said,
	}
	bySubject := r
	bySubject.ID = c.subjectID
	return []Record{r, bySubject}
}

// saidBefore are the lines that a message has in common with the commits it
// gives evidence of.
type saidBefore map[said][]Record

// said is a line for an issue.
type said struct{ issue, line string }

// take takes the record of a line that ran, if there is one left.
func (s saidBefore) take(key said) (Record, bool) {
	left := s[key]
	if len(left) == 0 {
		return Record{}, false
	}
	s[key] = left[1:]
	return left[0], true
}

// evidence looks for the earlier commits of which a message gives evidence, and
// for the lines of theirs that it wants: so many times each.
func (d *pushDraft) evidence(c *statement, lines []string, wants map[said]int) saidBefore {
	e := &evidence{pushDraft: d, c: c, wants: wants, lines: map[ranAs]*ranLine{}, found: map[said]int{}, replaced: map[string]bool{}, void: map[string]bool{}}
	e.byIDs()
	e.bySubjects(lines)
	found := saidBefore{}
	for _, l := range e.order {
		for range min(l.times(), wants[l.said]-len(found[l.said])) {
			found[l.said] = append(found[l.said], l.Record)
		}
	}
	return found
}

// evidence is the search for one commit.
type evidence struct {
	*pushDraft
	c     *statement
	wants map[said]int
	// lines are those that were found, in their order.
	lines map[ranAs]*ranLine
	order []*ranLine
	found map[said]int
	// replaced are commits that a forced push took away, by what c gives evidence
	// of; void are those of them whose new form c descends from.
	replaced, void map[string]bool
}

// ranLine is a line that ran, and what of its commit c gives evidence of: forms
// that are no ancestors, a form that is one, an earlier squash that is none.
type ranLine struct {
	Record
	said             said
	forms            map[string]bool
	descends, squash bool
}

// times is how often the line may stand in the message: a list may hold a commit
// and what was picked from it.
func (l *ranLine) times() int {
	if len(l.forms) == 0 && l.squash && !l.descends {
		return 1
	}
	return len(l.forms)
}

// ranAs is a line of a change. By another commit of the change, or another
// evidence, it is the same.
type ranAs struct {
	root, place string
	said        said
}

func (e *evidence) said(r Record) said { return said{e.ledger.issue(r.Issue), r.Line} }

// any reports whether a commit was found that is no ancestor.
func (e *evidence) any() bool {
	return slices.ContainsFunc(e.order, func(l *ranLine) bool { return l.times() > 0 })
}

func (e *evidence) byIDs() {
	seen := map[string]bool{}
	for _, token := range idToken.FindAllString(e.c.Commit.Message, -1) {
		if seen[token] {
			continue
		}
		seen[token] = true
		e.weigh(e.ledger.prefixID(token), func(r Record) bool { return strings.HasPrefix(r.Commit, token) })
	}
}

// bySubjects looks for subjects among the lines. The message's own subject counts
// where it has a number behind it, as that of a squash on a server; where other
// evidence shows that the message is a list; or for a commit that this push took
// away. Else it is only the same words once more.
func (e *evidence) bySubjects(lines []string) {
	seen := map[string]bool{}
	first := -1
	for i, text := range lines {
		plain := plainLine(text)
		if plain == "" {
			continue
		}
		if first < 0 {
			if first = i; !numbered.MatchString(wiki.OneLine(text)) {
				continue
			}
		}
		if seen[plain] {
			continue
		}
		seen[plain] = true
		e.weigh(e.subjectID(plain), nil)
	}
	if first < 0 {
		return
	}
	if plain := plainLine(lines[first]); !seen[plain] {
		isList := e.any()
		e.weigh(e.subjectID(plain), func(r Record) bool { return isList || e.ledger.gone[r.Commit] })
	}
}

// mostUseless bounds how many records of one evidence are looked at in vain: a
// thousand commits may be called "wip".
const mostUseless = 256

// weigh looks at the records of one piece of evidence, the youngest first.
func (e *evidence) weigh(id string, is func(Record) bool) {
	useless := 0
	for _, records := range [][]Record{e.ledger.named[id], e.ledger.find(id)} {
		for _, r := range slices.Backward(records) {
			if useless == mostUseless {
				return
			}
			if !e.take(r, is) {
				useless++
			}
		}
	}
}

// take takes in a record, and reports whether that was of use.
func (e *evidence) take(r Record, is func(Record) bool) bool {
	if r.Kind != kindLine || r.Commit == e.c.ID || r.Root == e.c.change.class().root || is != nil && !is(r) {
		return false
	}
	key := e.said(r)
	as := ranAs{r.Root, r.Place, key}
	l := e.lines[as]
	fresh := l == nil
	if fresh {
		if e.wants[key] == 0 || e.void[r.Commit] {
			return false
		}
		l = &ranLine{Record: r, said: key, forms: map[string]bool{}}
		e.lines[as] = l
		e.order = append(e.order, l)
		e.found[key]++
	}
	// A merge only quotes what it brings. Of what is older than the history that
	// was read nobody knows whether it is an ancestor.
	ancestor := len(e.c.Parents) < 2 && !e.ledger.gone[r.Commit] && (r.When.Before(e.history.since) || e.history.isAncestor(r.Commit, e.c.ID))
	for id := range strings.FieldsSeq(r.Detail) {
		e.replaced[id] = true
		e.void[id] = e.void[id] || ancestor
	}
	switch {
	case ancestor && r.Via == "":
		l.descends = true
	case ancestor || e.void[r.Commit] || e.replaced[r.Commit] && len(l.forms) > 0:
	case r.Via == "":
		l.forms[r.Commit] = true
	default:
		l.squash = true
	}
	return fresh && e.found[key] <= e.wants[key]
}

// lineBefore is what older versions knew a command by: its line, and who said it.
func (d *pushDraft) lineBefore(cmd written, email string) string {
	return d.ledger.id("line", cmd.Key, strings.ToLower(email), typed(cmd.Command), cmd.before, cmd.line.before)
}

// mostCoAuthors bounds how many co-authors are asked about.
const mostCoAuthors = 5

// repeatsBefore reports whether a line repeats one that ran under an older
// version, which took an equal line by the author or a co-author for evidence.
func (d *pushDraft) repeatsBefore(c *statement, cmd written) (from string, yes bool) {
	if cmd.line.long || !MayBeSquash(c.Commit.Message) {
		return "", false
	}
	emails := []string{c.Author.Email}
	for _, other := range c.CoAuthors[:min(len(c.CoAuthors), mostCoAuthors)] {
		emails = append(emails, other.Email)
	}
	for _, email := range emails {
		ran := d.ledger.findBefore(d.lineBefore(cmd, email))
		for _, r := range ran[:min(len(ran), mostUseless)] {
			if r.Commit == c.ID || r.When.Before(d.history.since) {
				continue
			}
			if len(c.Parents) > 1 || !d.history.isAncestor(r.Commit, c.ID) {
				return r.Commit, true
			}
		}
	}
	return "", false
}
