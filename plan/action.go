package plan

import (
	"cmp"
	"slices"
	"time"
)

// Kind is what an action does to its issue. The words are part of
// `explain --json`.
type Kind string

const (
	KindComment     Kind = "comment"
	KindLink        Kind = "link"
	KindWorklog     Kind = "worklog"
	KindTransition  Kind = "transition"
	KindDevelopment Kind = "development"
)

// The keys of the configuration that make actions.
const (
	ruleComment     = "mentions.comment"
	ruleLink        = "mentions.web_link"
	ruleBranch      = "branches.web_link"
	ruleCommand     = "smart_commits.commands"
	ruleTransitions = "transitions"
)

// Action is one thing to do to one issue: plain data, kept as JSON in the
// outbox, carried out by package jira. Of Comment, Link, Worklog, Transition
// and Development exactly the one that Kind names is set.
type Action struct {
	// ID is the once-only id, 40 hex digits: an action with an id that the
	// outbox has seen is not done again.
	ID string `json:"id"`
	// Site names the Jira, mostly by its address for people: what pauses together.
	Site  string `json:"site"`
	Issue string `json:"issue"` // the key as it was written; "": it concerns none, or several
	// Lane names what is kept in order within the site; "": it is the issue.
	Lane string `json:"lane,omitempty"`
	// Concerns are the issues of an action that is for several.
	Concerns []string `json:"concerns,omitempty"`
	Kind     Kind     `json:"kind"`
	// Text is the action in words, one line: what explain and queue show.
	Text string `json:"text"`
	// Because is why: the commit, the branch, the rule.
	Because string `json:"because"`
	// Rule is the configuration's key that made it, "transitions[0]" for one of a
	// list; "": an earlier program kept it.
	Rule string `json:"rule,omitempty"`
	// Records are put on record together with the action.
	Records []Record `json:"records,omitempty"`
	Origin  Origin   `json:"origin"`

	Comment    *Comment    `json:"comment,omitempty"`
	Link       *Link       `json:"link,omitempty"`
	Worklog    *Worklog    `json:"worklog,omitempty"`
	Transition *Transition `json:"transition,omitempty"`

	Development *Development `json:"development,omitempty"`
}

// Queue names the action's place in the order of its site.
func (a Action) Queue() string { return cmp.Or(a.Lane, a.Issue) }

// Commit is the commit that the action tells of, the last of several; "": it tells
// of a branch, or is put on record for none.
func (a Action) Commit() string {
	for _, r := range slices.Backward(a.Records) {
		if r.Commit != "" {
			return r.Commit
		}
	}
	return ""
}

// Origin is the push an action comes from; by it the configuration of the
// repository is found again when the action is carried out.
type Origin struct {
	Push       string    `json:"push"`
	Repository string    `json:"repository"` // its path, for people
	Dir        string    `json:"dir"`        // its folder, which may be gone
	Pusher     string    `json:"pusher,omitempty"`
	Time       time.Time `json:"time"`
}

// Comment is a comment in wiki markup (REST API v2), safe and cut to size.
// Marker is the name by which it is found again when its answer was lost or when
// a later one edits it; package jira puts it where no reader sees it. The text of
// an earlier program ends in a line that shows it: "^jirahook 0123456789ab^".
type Comment struct {
	Body string `json:"body,omitempty"`
	// Parts are the text instead of Body, where it depends on what the commands
	// in it are: see Said.
	Parts      []Part     `json:"parts,omitempty"`
	Marker     string     `json:"marker"`
	Visibility Visibility `json:"visibility,omitzero"`
	// Edits are the markers of earlier comments that this one takes the place
	// of, best first: the first of them that is still there, is ours and that
	// nobody else has edited becomes this one. Where there is none, this one is
	// made anew, unless OnlyEdit.
	Edits    []string `json:"edits,omitempty"`
	OnlyEdit bool     `json:"only_edit,omitempty"`
}

// Link is a remote issue link. Sending one with a GlobalID that the issue has
// replaces it.
type Link struct {
	GlobalID     string `json:"global_id"` // at most 255 characters
	URL          string `json:"url"`
	Title        string `json:"title"`
	Summary      string `json:"summary,omitempty"`
	Relationship string `json:"relationship"`
	Resolved     bool   `json:"resolved,omitempty"`
	// Remove takes the link with this GlobalID away, if it is there.
	Remove bool `json:"remove,omitempty"`
}

// Worklog is time spent. Started is the commit's author date, so that an entry
// can be compared with one that is there.
type Worklog struct {
	Started time.Time `json:"started"`
	// Spent is the duration in Jira's own notation, whole numbers, units
	// w d h m: "1w 2d 4h 30m". What a day is, is Jira's to say.
	Spent      string     `json:"spent"`
	Text       string     `json:"text"`   // wiki markup
	Marker     string     `json:"marker"` // as of a Comment
	Visibility Visibility `json:"visibility,omitzero"`
}

// Transition moves an issue through its workflow.
type Transition struct {
	// To is the target. By command: the token of a Smart Commit, matched
	// against the names of the open transitions. Else a transition or status
	// name, "category:done|indeterminate|new", or "id:31".
	To        string         `json:"to"`
	ByCommand bool           `json:"by_command,omitempty"`
	From      []string       `json:"from,omitempty"` // only from these statuses or "category:…"; empty: any
	Fields    map[string]any `json:"fields,omitempty"`
	// Visibility is that of a comment among Fields.
	Visibility Visibility `json:"visibility,omitzero"`
	// Forward: it is not made if it leads to an earlier category of statuses.
	Forward bool `json:"forward,omitempty"`
	// Word is that of the Smart Commit that asks for it, without "#"; "": a rule
	// does. A word that names no transition of the issue is text.
	Word string `json:"word,omitempty"`
	// Comment is what was said with it: told with the transition where its screen
	// takes a comment, else after it, and never without it.
	Comment *Comment `json:"comment,omitempty"`
}

// Record says that something was asked of Jira once and for all, or, of KindSeen,
// that a commit belongs to a change. It is found again by its ID: of what was told
// of a commit that is the second in which its author made it, so that all records
// of a change come together, and may be told apart by the witnesses.
type Record struct {
	ID     string    `json:"id"` // 40 hex digits; several records may share it
	Commit string    `json:"commit,omitempty"`
	When   time.Time `json:"when,omitzero"` // the commit's committer date
	// Detail is what was done, in words: "1h" for a worklog.
	Detail string `json:"detail,omitempty"`

	// Kind, Issue and Place say what it is about. "" is the kind of a record that
	// is known by its ID alone.
	Kind  string `json:"kind,omitempty"`
	Issue string `json:"issue,omitempty"` // the key as it was written
	Place string `json:"place,omitempty"` // in the message, or the rule
	// Root is the first commit of the change.
	Root string `json:"root,omitempty"`
	// Email and Subject are hashes, Tree is the tree's id, behind a "=" when the
	// commit changed nothing; "" is not known.
	Email   string `json:"email,omitempty"`
	Subject string `json:"subject,omitempty"`
	Tree    string `json:"tree,omitempty"`
	// Line is a hash of a command and the line it stands on.
	Line string `json:"line,omitempty"`
	// Via is what was made by: a comment's Marker, a link's GlobalID. Of a line that
	// was not run again it is the squash that repeats it.
	Via string `json:"via,omitempty"`
}
