package plan

import "time"

// Development is what Jira Cloud's development panel is told of a repository, as plain
// data; package jira puts it into Jira's form. Of commits, branches and merge requests
// there are at most 100 each.
type Development struct {
	Repository PanelRepository `json:"repository"`
	// Sequence orders what the panel is told of the repository: it ignores what has a
	// lower number than what it has. It is the time of the push in milliseconds, or one
	// more than the repository's last; the outbox gives it when it keeps the action.
	Sequence      int64               `json:"sequence"`
	Commits       []PanelCommit       `json:"commits,omitempty"`
	Branches      []PanelBranch       `json:"branches,omitempty"`
	MergeRequests []PanelMergeRequest `json:"merge_requests,omitempty"`
	// Gone are taken away from the panel.
	Gone []PanelEntity `json:"gone,omitempty"`
}

// PanelRepository is the repository that entities of the panel belong to.
type PanelRepository struct {
	ID   string `json:"id"` // of A-Za-z0-9~.-_, the same for ever
	Name string `json:"name"`
	URL  string `json:"url"`
}

// PanelPerson is who made something.
type PanelPerson struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
}

// PanelCommit is a commit. Its changed files are read when it is sent.
type PanelCommit struct {
	ID      string      `json:"id"`
	Message string      `json:"message"` // at most 1,024 characters
	Author  PanelPerson `json:"author"`
	When    time.Time   `json:"when"` // the author's, UTC
	Merge   bool        `json:"merge,omitempty"`
	Parent  string      `json:"parent,omitempty"` // the first; "" of a root
	URL     string      `json:"url"`
	Issues  []string    `json:"issues"` // keys, at most 500
}

// PanelBranch is a branch with its last commit.
type PanelBranch struct {
	ID     string      `json:"id"` // SHA-256 of the name, hex
	Name   string      `json:"name"`
	URL    string      `json:"url"`
	Create string      `json:"create,omitempty"` // the page that makes a merge request of it
	Last   PanelCommit `json:"last"`
	Issues []string    `json:"issues"`
}

// PanelMergeRequest is a merge request.
type PanelMergeRequest struct {
	ID          string      `json:"id"`      // of A-Za-z0-9~.-_
	Display     string      `json:"display"` // group/project!12
	Title       string      `json:"title"`
	Status      string      `json:"status"` // OPEN, MERGED, DECLINED
	Author      PanelPerson `json:"author"`
	Source      string      `json:"source"` // branch
	SourceURL   string      `json:"source_url,omitempty"`
	Destination string      `json:"destination,omitempty"`
	URL         string      `json:"url"`
	Updated     time.Time   `json:"updated"`
	Issues      []string    `json:"issues"`
}

// PanelEntity names something in the panel: a commit, branch or merge_request by its id
// there.
type PanelEntity struct {
	Kind EntityKind `json:"kind"`
	ID   string     `json:"id"`
}
