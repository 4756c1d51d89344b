package parser

// Why says why something that reads like a key, a closing or a command is none.
type Why int

const (
	// Unlisted: a key of a project that is not on the list.
	Unlisted Why = iota + 1
	// Standard: while no list is known, the name of a standard, such as UTF-8.
	Standard
	// Version: ABC-1.2.
	Version
	// CVE: CVE-2021-44228.
	CVE
	// InURL: a key in an address, where it is not Jira's.
	InURL
	// InPath: a key in the path of "See merge request".
	InPath
	// Unprefixed: a key without the prefix that is asked for.
	Unprefixed
	// Numbered: while no list is known, a number with a second one, ABC-12-34: of
	// another tracker.
	Numbered
	// Keyless: a command with no key before it on its line.
	Keyless
	// Quoted: somebody else's words, see quotes.
	Quoted
	// Reverted: it stands in an item that reverts another commit, or is what such
	// an item of the same message reverts.
	Reverted
	// Squashed: it stands in an item that begins with fixup!, squash! or amend!.
	Squashed
)

// Ignored is something that reads like a key, a closing or a command and does
// nothing.
type Ignored struct {
	Why   Why
	Line  int      // 0-based, as in Command
	Keys  []string // of a closing or a command, the issues that it would have concerned
	Words string   // as written and on one line: a key, a closing word, or "#time 2h"
}

// maxIgnored bounds what is told of one message.
const maxIgnored = 100

// Ignored gives what looks like a key in a text and is none, each for each reason
// once, with the line in which it stands first; at most 100. What has several
// reasons has the first of them, in the order above. Of closings and commands
// Message tells.
func (p *Parser) Ignored(text string) []Ignored {
	var ignored []Ignored
	type reason struct {
		words string
		why   Why
	}
	seen := map[reason]bool{}
	line := lineCursor{text: text}
	for c := range p.keys.candidates(text, findURLs(text, p.browse)) {
		why := c.says
		if why == 0 || why == Numbered && c.place != 0 {
			why = c.place
		}
		if why == 0 || seen[reason{c.shape, why}] {
			continue
		}
		seen[reason{c.shape, why}] = true
		line.to(c.at)
		if ignored = append(ignored, Ignored{Why: why, Line: line.number, Words: c.shape}); len(ignored) == maxIgnored {
			break
		}
	}
	return ignored
}
