// Package parser reads text that people write: commit messages, branch names,
// titles. It finds issue keys, closing words, Smart Commits and what a merge
// commit says of its merge request. It is pure, and once a Parser stands no
// text makes it fail: what does not fit is plain text. The work it does grows
// with the length of the text and no faster.
//
//	parser.go    the way in
//	keys.go      what a key is
//	almost.go    what was meant to be a key
//	urls.go      addresses, in which keys do not count unless they are Jira's
//	lists.go     lists of keys
//	closing.go   closing words; conventional.go the types that look like them
//	commands.go  Smart Commits; arguments.go their texts, duration.go the time
//	strays.go    commands that have no key
//	silent.go    what is quoted; items.go what a message reverts or squashes
//	ignored.go   why something is no key, closing or command
//	merge.go     merge requests
//	trailers.go  lines that name people or ids
//	generated.go what git and servers write into merges
//	lines.go     subjects, and what quotes another commit's
package parser

import (
	"slices"
	"strings"
)

// Options say what counts for one repository.
type Options struct {
	// ProjectPattern is RE2 for the project part of a key, letters, digits and
	// underscores; "" is [A-Z][A-Z0-9_]+.
	ProjectPattern string
	// Prefix is RE2 that must stand directly before a key and is not part of
	// it. It reaches back no further than to the key before. A key in one of
	// Jira's own URLs needs none.
	Prefix string
	// Projects are the keys that count; nil: not known yet. A project has to fit
	// ProjectPattern too.
	Projects []string
	// BrowseURLs are Jira's addresses. A key in a URL is a mention only directly
	// below one of them and "/browse/"; http and https are the same here.
	BrowseURLs []string
	// Closing are the closing words, such as "fixes". None: nothing closes.
	Closing []string
	// TypesClose makes closing words of the types of Conventional Commits that
	// are written like one: "fix: A-1", "fix(cart)!: A-1".
	TypesClose bool
	// Multiline lets the commands for a key stand on the following lines, up to
	// the next key (GitKraken's way); a text ends at a blank line.
	Multiline bool
}

// Parser reads texts by one set of options. It may be used by several
// goroutines at once.
type Parser struct {
	multiline bool
	browse    []string
	words     closingWords
	keys      keyRule
}

// New makes a parser. It fails only when a pattern is not RE2.
func New(o Options) (*Parser, error) {
	keys, err := newKeyRule(o.ProjectPattern, o.Prefix, newProjectList(o.Projects))
	if err != nil {
		return nil, err
	}
	words := newClosingWords(o.Closing)
	words.types = o.TypesClose
	return &Parser{multiline: o.Multiline, browse: browsePaths(o.BrowseURLs), words: words, keys: keys}, nil
}

// Message is everything that a commit message says.
type Message struct {
	Subject string // the first line that is not blank, trimmed
	// Mentions are the distinct keys, in the order in which they first stand.
	// Those in quoted lines are among them only if there are no others.
	Mentions []string
	Closes   []string // distinct keys behind closing words, in order; all are mentions too
	// Commands are in written order: line by line, in a line group by group, in
	// a group key by key. There are at most 10,000.
	Commands []Command
	// Class says whether the message speaks for itself. Of reverts and
	// autosquash commits the commands and closings are given all the same; they
	// are not to be acted upon.
	Class Class
	// Ignored is what reads like a closing or a command and does nothing, line by
	// line. There are at most 200.
	Ignored      []Ignored
	MergeRequest *MergeRequest // nil when the message speaks of none
	CoAuthors    []Person      // of Co-authored-by trailers, each address once
	// Trailers are the lines, 0-based, that only name people or ids
	// (git-interpret-trailers(1)), such as Signed-off-by and Change-Id; read only
	// of a message that mentions an issue.
	Trailers map[int]bool
	// Generated are the lines, 0-based, of a merge's message that git or a server
	// wrote; nil when the subject is a person's own, and of a message that mentions
	// no issue.
	Generated map[int]bool
}

// Message reads a commit message. The text may be of any length and hold any
// bytes.
func (p *Parser) Message(text string) Message {
	urls := findURLs(text, p.browse)
	tokens := p.keys.find(text, urls)
	still := silent(text)
	m := Message{
		Subject:      subject(text),
		Mentions:     mentions(tokens, still),
		MergeRequest: mergeRequest(text),
		CoAuthors:    coAuthors(text),
	}
	var quiet []Ignored
	m.Commands, m.Ignored = p.commands(text, urls, tokens, still)
	m.Closes, quiet = p.closes(text, urls, tokens, still)
	m.Ignored = append(m.Ignored, quiet...)
	slices.SortStableFunc(m.Ignored, func(a, b Ignored) int { return a.Line - b.Line })
	m.Class = class(m.Subject)
	if len(m.Mentions) > 0 {
		m.Trailers = trailers(text)
		m.Generated = generated(text, m.Subject, m.MergeRequest)
	}
	return m
}

// mentions gives the distinct keys that are not quoted; if there are none, those
// that are.
func mentions(tokens []token, still passages) []string {
	said := slices.Clone(tokens)
	said = slices.DeleteFunc(said, func(t token) bool { return still.at(t.start) == Quoted })
	if keys := distinctKeys(said); len(keys) > 0 {
		return keys
	}
	return distinctKeys(tokens)
}

// Keys gives the distinct keys of a text in the order in which they first
// stand: for branch names and titles.
func (p *Parser) Keys(text string) []string {
	return distinctKeys(p.keys.find(text, findURLs(text, p.browse)))
}

// HoldsKey reports whether a text holds anything like a key, of whatever project
// and wherever. If it does not, Message and Keys find none, whatever the list
// of projects, the prefix and the address of Jira are. It is cheap.
func (p *Parser) HoldsKey(text string) bool { return p.keys.holds(text) }

// projectList is the set of projects that count, in upper case; nil when it is
// not known.
type projectList map[string]bool

func newProjectList(keys []string) projectList {
	if keys == nil {
		return nil
	}
	list := make(projectList, len(keys))
	for _, k := range keys {
		list[strings.ToUpper(k)] = true
	}
	return list
}

// allows reports whether the project of a key is on the list, or there is none.
func (l projectList) allows(project string) bool {
	return l == nil || l[strings.ToUpper(project)]
}
