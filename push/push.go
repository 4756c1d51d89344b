// Package push holds what one push brought to a repository, as plain data: the
// ref updates, the commits, who pushed and where. It is filled by packages
// hooks and repo, kept as JSON in the spool, and read by package plan.
package push

import (
	"strings"
	"time"
)

// Push is one run of a receive hook: all its ref updates together.
type Push struct {
	// ID names this push for good; it is also the name of its spool file.
	ID         string     `json:"id"`
	Time       time.Time  `json:"time"` // when the hook ran
	Repository Repository `json:"repository"`
	Pusher     Pusher     `json:"pusher,omitzero"`
	Updates    []Update   `json:"updates"`
	// Commits are the new and the arriving commits, parents before children.
	Commits []Commit `json:"commits,omitempty"`
	// Merged are branches (short names) that this push did not name and whose
	// tip arrived on the default branch with it.
	Merged []string `json:"merged,omitempty"`
	// Ancestors is the part of the history that lies below those commits which
	// may carry commands. It tells a squash that repeats a command from a
	// second commit that says the same again.
	Ancestors Ancestors `json:"ancestors,omitzero"`
	// Gone are the ids of the commits that a branch held before and that no ref
	// of this push leads to any more: a forced push took them away, or a branch
	// was deleted beside one that was pushed. The newest first, at most MaxGone.
	Gone []string `json:"gone,omitempty"`
	// Kept are those of Gone that another branch or tag, which the push did not
	// name, still leads to.
	Kept []string `json:"kept,omitempty"`
	// Truncated says why not all commits are here, in words; empty: all are.
	Truncated string `json:"truncated,omitempty"`
}

// MaxGone bounds Push.Gone.
const MaxGone = 2000

// Repository says which repository was pushed to.
type Repository struct {
	// ID stays the same when the project is renamed, where the server has such
	// an id (GitLab's project-1, Gitea's number); else it is Path.
	ID string `json:"id"`
	// Path is the project's path as people know it: group/project, no ".git".
	Path string `json:"path"`
	// Dir is the bare repository's folder, absolute. It may be gone later.
	Dir string `json:"dir"`
	// DefaultBranch is a short name, "" when there is none. It need not exist.
	DefaultBranch string `json:"default_branch,omitempty"`
}

// Pusher is the authenticated person behind a push; what the server does not
// tell is empty. Over plain ssh all of it is.
type Pusher struct {
	Name  string `json:"name,omitempty"` // login name
	ID    string `json:"id,omitempty"`   // the server's id: user-7, key-4
	Email string `json:"email,omitempty"`
}

// Update is one line of a receive hook's standard input (githooks(5)).
type Update struct {
	Old string `json:"old,omitempty"` // hex id; "" when the ref is created
	New string `json:"new,omitempty"` // hex id; "" when the ref is deleted
	Ref string `json:"ref"`           // full name, raw bytes
}

// Commit is one commit that is new to the repository or arrives on a branch.
type Commit struct {
	ID      string   `json:"id"`
	Parents []string `json:"parents,omitempty"`
	// Tree is the id of the commit's tree, hex; "" when it is not known: kept by
	// an older program, or made up.
	Tree string `json:"tree,omitempty"`
	// Empty: the tree is that of the first parent. Then it tells nothing of what
	// the commit is about.
	Empty     bool      `json:"empty,omitempty"`
	Author    Signature `json:"author"`
	Committer Signature `json:"committer"`
	// Message is UTF-8, at most 64 KiB. It is empty when neither it nor the
	// commit's branch holds anything like an issue key.
	Message string `json:"message,omitempty"`
	Cut     bool   `json:"cut,omitempty"` // the message was longer than 64 KiB
	// New: reachable from a new tip, and from no ref as it was before the push.
	New bool `json:"new,omitempty"`
	// Arrives lists the branches (short names) of this push on which the commit
	// arrives, in the order of the updates.
	Arrives []string `json:"arrives,omitempty"`
	// Branch is the one branch the commit is attributed to: the default branch
	// if it arrives there, else the first of Arrives; "" when it came by a tag.
	Branch string `json:"branch,omitempty"`
}

// Signature is an author or a committer with the time they claim.
type Signature struct {
	Name  string    `json:"name"`
	Email string    `json:"email"`
	When  time.Time `json:"when"`
}

// Ancestors is a piece of history: for each commit its parents.
type Ancestors struct {
	Parents map[string][]string `json:"parents,omitempty"`
	// Since is the committer date down to which the piece is whole: a commit
	// that is younger and not in Parents is no ancestor.
	Since time.Time `json:"since,omitzero"`
}

// Created reports whether the update made the ref.
func (u Update) Created() bool { return u.Old == "" }

// Deleted reports whether the update removed the ref.
func (u Update) Deleted() bool { return u.New == "" }

// Branch returns the short name of the branch that was updated, and false for
// tags, notes and every other namespace.
func (u Update) Branch() (string, bool) { return u.below("refs/heads/") }

// Tag returns the short name of the tag that was updated, and false for all else.
func (u Update) Tag() (string, bool) { return u.below("refs/tags/") }

func (u Update) below(namespace string) (string, bool) {
	name, ok := strings.CutPrefix(u.Ref, namespace)
	return name, ok && name != ""
}
