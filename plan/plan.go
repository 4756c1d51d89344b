// Package plan decides what a push asks of Jira. It turns facts (a push, the
// configuration, what is on record) into a Plan, which is plain data: the hook,
// explain, the outbox and the golden tests all show the same one. It is pure:
// no clock, no network, no files.
//
//	plan.go        the words: Plan, Note, Known
//	rules.go       a configuration made ready; Rules.Plan is the way in
//	draft.go       a plan in the making; push.go that of a push, step by step
//	commits.go     what each commit says, and which of it counts
//	commands.go    Smart Commits: who may, and what ran before
//	ignored.go     what reads like a command or a closing and is none, for the pusher;
//	               nottaken.go for explain, and keys as well
//	almost.go      what was meant to be a key, when nothing counts
//	transitions.go the configured rules
//	branches.go    keys in branch names
//	digest.go      comments that tell of commits; weblink.go links to them
//	told.go        what is told of one commit; attribution.go by whom and where;
//	               shares.go how much, where it names many issues
//	growth.go      one comment and link for a branch, which grow with it;
//	               growthlost.go when it is rewritten; growthtold.go what they say
//	merges.go      merges that say nothing of their own
//	links.go       addresses on the Git server
//	change.go      which commits are one; record.go what was told of them
//	entities.go    what issues have on the Git server, to be remembered
//	squash.go      lines that ran with a commit which a message names
//	rewritten.go   what leads to commits that are gone, brought up to date
//	match.go       the transition that a command's word means; near.go what it was meant to be
//	authors.go     whose commits act
//	explain.go     a plan for people and for scripts
//	action.go, result.go   the shapes that the outbox keeps and jira carries out
package plan

import "time"

// Plan is what a push asks of Jira.
type Plan struct {
	Push           string
	Repository     string // stable id
	RepositoryPath string
	Pusher         string
	Time           time.Time // when it was pushed
	Site           string
	// Elsewhere are the sites of keys that do not go to Site, by project.
	Elsewhere map[string]string
	// Commits is what was read in each commit that counts, for explain.
	Commits []Reading
	// Actions are in the order in which each issue is to see them.
	Actions []Action
	// Outlooks are those of the actions, one for each, if Jira was asked; else none.
	Outlooks []Outlook
	// Records are put on record beside those of the actions.
	Records []Record
	Notes   []Note
	// Ignored is what was not taken for a key, command or closing; only Explain
	// fills it.
	Ignored []Ignored
	// Held is why the push waits for an operator; "": it does not. The Actions
	// of a held push are what would be done.
	Held string
	// Asked are the ids of the records that decide about this push. Planned
	// with nothing known, a push asks about all of them. AskedBefore are the ids
	// under which versions that knew no changes put them.
	Asked, AskedBefore []string
	// Keys are the issue keys that the push names.
	Keys []string
	// Entities are what issues have by this.
	Entities []Entity
}

// Reading is what one commit says.
type Reading struct {
	ID       string
	Branch   string // the one branch it is attributed to; "" when it came by a tag
	Subject  string
	Keys     []string // mentioned
	Closes   []string // named after a closing word
	Commands []Command
}

// Command is a Smart Commit command as it was written.
type Command struct {
	Key      string
	Name     string // comment, time or transition
	Argument string
}

// Ignored is something that reads like a key, a command or a closing and does
// nothing.
type Ignored struct {
	Commit  string // "": it stands in the branch's name
	Branch  string // on which the commit counts
	Text    string // as written, or "closing SHOP-1"
	Because string
}

// SiteOf is the site to which an issue's key goes.
func (p Plan) SiteOf(key string) string { return siteOf(key, p.Site, p.Elsewhere) }

// Note is something that is told, not done.
type Note struct {
	Issue  string `json:"Issue"`  // "" when it is about the push
	Commit string `json:"Commit"` // "" when it is about no single commit
	Text   string `json:"Text"`
}

// Outlook is what an action would meet in Jira now.
type Outlook struct {
	Known   bool     `json:"-"`       // false: Jira did not answer, and the rest is empty
	Status  string   `json:"status"`  // of the issue; "": it cannot be read
	Takes   string   `json:"takes"`   // the name of the transition that would be made; "": none would
	Missing []string `json:"missing"` // names of its required fields that have no value
	Problem string   `json:"problem"` // why it would not be done, in the words of its delivery
}

// Known is what is on record about a push before it is planned.
type Known struct {
	// FirstSeen is when this repository was first seen; zero: with this push.
	FirstSeen time.Time
	// First: the repository was never seen before this push, as far as that was
	// looked at.
	First bool
	// Records by id, in the order in which they were made. Only those that
	// Plan.Asked and Plan.AskedBefore name matter.
	Records map[string][]Record
	// Issues names issues for good, by key: keys with the same value are of one
	// issue. Those of Plan.Keys and of the Records matter, where they are known.
	Issues map[string]string
	// Asking: only what Plan.Asked, AskedBefore and Keys hold is wanted. The plan says
	// besides whose it is, and its texts are not made. Nothing else is known then.
	Asking bool
	// Released: an operator let this held push go.
	Released bool
}
