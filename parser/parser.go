// Package parser reads text that people write: commit messages, branch names,
// titles. It finds issue keys, closing words, Smart Commits and what a merge
// commit says of its merge request. It is pure, and once a Parser stands no
// text makes it fail: what does not fit is plain text. The work it does grows
// with the length of the text and no faster.
//
//	parser.go    the way in
//	keys.go      jirahook's own key rule; classic.go and gitlab.go are others'
//	almost.go    what was meant to be a key
//	urls.go      addresses, in which keys do not count unless they are Jira's
//	lists.go     lists of keys
//	closing.go   closing words; conventional.go the types that look like them
//	commands.go  Smart Commits; arguments.go their texts, duration.go the time
//	strays.go    commands that have no key
//	silent.go    what is quoted; items.go what a message reverts or squashes
//	merge.go     merge requests
//	trailers.go  lines that name people or ids
//	generated.go what git and servers write into merges
//	lines.go     subjects, and what quotes another commit's
package parser

import (
	"slices"
	"strings"
)

// Rule says what an issue key is.
type Rule int

const (
	// Default is jirahook's own rule.
	//
	// A key is a project, a hyphen, and a number of at most 10 digits that does
	// not begin with 0. No letter or digit of any alphabet touches it; an
	// underscore may. In FEATURE_ABC-1 the project is FEATURE_ABC, unless a
	// list of projects is known: then it is the longest listed suffix behind
	// an underscore. The key is given in upper case, whatever ProjectPattern
	// lets through.
	//
	// Text, although it looks like a key:
	//   - a key in a URL, unless the URL is Jira's own /browse/KEY;
	//   - a key in the path of "See merge request";
	//   - a version: ABC-1.2;
	//   - a CVE number: CVE-2021-44228, even if CVE is listed;
	//   - a project that is not on the list. With no list: the names of
	//     standards (UTF-8, SHA-256), and a number followed by a second one and
	//     nothing else (TICKET-12345-455, gitlab-org/gitlab#327327). With a list
	//     ABC-12-2 is ABC-12: people name second branches so.
	Default Rule = iota
	// Classic is the rule of Atlassian's Smart Commit parser: upper-case letters
	// of any alphabet and digits, any number, word boundaries, and none of
	// & = ? > ^ ! ~ / - before the key. It takes no pattern and no prefix.
	Classic
	// GitLab is the rule of GitLab's Jira integration: an ASCII word boundary
	// before the key and none behind it, nothing inside URLs.
	GitLab
)

// Options say what counts for one repository.
type Options struct {
	Rule Rule
	// ProjectPattern is RE2 for the project part of a key, letters, digits and
	// underscores; "" is [A-Z][A-Z0-9_]+. Under rule GitLab it stands for the
	// whole key, as jira_issue_regex does.
	ProjectPattern string
	// Prefix is RE2 that must stand directly before a key and is not part of
	// it. It reaches back no further than to the key before. A key in one of
	// Jira's own URLs needs none.
	Prefix string
	// Projects are the keys that count; nil: not known yet. A project has to fit
	// ProjectPattern too.
	Projects []string
	// BrowseURL is Jira's address. A key in a URL is a mention only directly
	// below BrowseURL + "/browse/"; http and https are the same here.
	BrowseURL string
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
	rule      Rule
	multiline bool
	listed    bool // the projects are known
	browse    string
	words     closingWords
	keys      keyRule
}

// keyRule finds what looks like a key. There is one for each Rule.
type keyRule interface {
	// find gives the tokens of a text in their order.
	find(text string, urls []url) []token
	// holds reports whether the text holds anything like a key, in whatever
	// place and of whatever project.
	holds(text string) bool
}

// New makes a parser. It fails only when a pattern is not RE2.
func New(o Options) (*Parser, error) {
	p := &Parser{rule: o.Rule, multiline: o.Multiline, listed: o.Projects != nil, browse: browsePath(o.BrowseURL)}
	p.words = newClosingWords(o.Closing, o.Rule == GitLab)
	p.words.types = o.TypesClose && o.Rule == Default
	listed := newProjectList(o.Projects)
	var err error
	switch o.Rule {
	case Classic:
		p.keys = classicRule{listed}
	case GitLab:
		p.keys, err = newGitLabRule(o.ProjectPattern, o.Prefix, listed)
	default:
		p.keys, err = newDefaultRule(o.ProjectPattern, o.Prefix, listed)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
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
	var still passages
	if p.rule == Default {
		still = silent(text)
	}
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
