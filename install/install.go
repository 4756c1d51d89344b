// Package install knows where the hook goes on each Git server. It looks at
// what is there, decides by pure functions which files have to change, and
// carries that out; `jirahook install --dry-run` prints the same plan.
//
//	install.go  the words: servers, targets, what was found
//	target.go   from server and repositories to targets
//	detect.go   which server this is
//	gitolite.go, gitaly.go   what these two say about themselves
//	hookspath.go   where git looks for hooks: core.hooksPath
//	script.go, forward.go   the hooks' texts, and knowing our own
//	look.go     reading what is there
//	plan.go     the decisions, pure
//	worker.go   what sends what had to wait: a service, or a job of cron
//	apply.go    carrying them out
package install

import (
	"errors"
	"io/fs"
)

// Server is the way a Git server takes hooks.
type Server string

// The servers, as --server names them.
const (
	Bare       Server = "bare"        // REPO/hooks/post-receive
	HooksPath  Server = "hooks-path"  // core.hooksPath of the account or system
	Gitolite   Server = "gitolite"    // LOCAL_CODE/hooks/common, or repo-specific
	Gitea      Server = "gitea"       // REPO/hooks/post-receive.d; Forgejo, too
	GitLab     Server = "gitlab"      // Gitaly's custom_hooks_dir
	GitLabRepo Server = "gitlab-repo" // custom_hooks of one repository
)

// Servers are all of them, in the order in which they are told.
func Servers() []Server { return []Server{GitLab, GitLabRepo, Gitolite, Gitea, Bare, HooksPath} }

// ErrRefused is of a place that is not changed because of what is there.
var ErrRefused = errors.New("refused")

// ErrUsage is of a question that cannot be answered without more arguments.
var ErrUsage = errors.New("where to install")

// Target is one place where the hook belongs.
type Target struct {
	Server Server
	Hook   string // the file, absolute
	// Shared: the server runs all files of the hook's folder, so that a foreign
	// one stays beside ours. Elsewhere there is one file, and a foreign hook in
	// it is chained.
	Shared bool
	// Links are files that the server made as links to Hook; they go with it.
	Links []string
	// After is run when the file has changed.
	After []Command
	// Gitaly sets the hooks of a repository by its own command.
	Gitaly *GitalyRepository
	// Git looks for hooks where core.hooksPath says; nil: whatever it says, the
	// server runs this one.
	Git *Git
	// Advice is what the admin still has to do.
	Advice string
}

// Command is another program to be run.
type Command struct {
	Args  []string
	Stdin []byte
	// As is a file whose owner runs it when we are root.
	As string
	// Home is the home that it sees; "": its account's.
	Home string
}

// Kind is what a name in a folder stands for.
type Kind int

// The kinds.
const (
	Absent Kind = iota
	Regular
	Link
	Other // a folder, a socket
)

// File is a file as it was found.
type File struct {
	Kind    Kind
	Content []byte // of a regular file, at most maxScript bytes
	To      string // of a link, as it is written
	Mode    fs.FileMode
}

// Found is what lies at a target.
type Found struct {
	Target
	File     File
	Previous File // beside it, the foreign hook that ours runs first
	// Kept: both are the same file, because an install was interrupted.
	Kept bool
	// Missing counts the folders above the file that are not there; Alone those
	// that hold nothing else.
	Missing, Alone int
	// Others are the custom hooks of Gitaly's repository, for its tar.
	Others []TarFile
	// Aside is a free name beside the file, for what was written into it by hand.
	Aside string
	// Path is what git says about core.hooksPath, where that matters; Forwards are
	// the hooks that have to be run from where git looked before, Forwarding the
	// files of ours that do so.
	Path                 PathFound
	Forwards, Forwarding []Forward
	// Astray are the links that should lead to the hook and do not; Leading those
	// that lead to it, and to the foreign hook beside it.
	Astray, Leading, LeadingPrevious []string
}

// Script is what the hook's file is made of.
type Script struct {
	Program string // absolute
	Config  string // absolute; "": the default
}
