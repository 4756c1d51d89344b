// Package doctor looks at all that a push needs, and says what is fine, what is
// wrong and what to do about it. It only reads: nothing is changed, in Jira or on
// disk. Findings by subject, in the order in which they are told:
//
//	environment.go    as whom and with which variables this runs
//	configuration.go  the files of the configuration, and the secret
//	outbox.go         where pushes are kept, and what waits there
//	repositories.go   which repositories, and how each is read; hooks.go: what runs us there
//	sites.go          each Jira by itself, where there are several
//	login.go          several secrets, and when they end
//	jira.go           the way to Jira, and the account
//	visibility.go     who is to see the comments
//	projects.go       Jira's projects: permissions, and what the transitions would do
//	finding.go        what is found
//	advice.go         what a person can do
package doctor

import (
	"context"

	"jirahook/config"
	"jirahook/outbox"
	"jirahook/relay"
)

// Process is what doctor needs of the process that asks.
type Process struct {
	*relay.Relay
	Environ []string // for git
	Program string   // the file of this program; "": not known
	User    User
}

// User is as whom all is looked at.
type User struct {
	ID   int
	Name string
	// Became is the outbox whose owner a process of root has become; "": it has not.
	Became string
	// NotOwner is why it cannot; then the outbox is not looked at.
	NotOwner error
}

// Options say what is looked at.
type Options struct {
	Repositories []string // folders
	Below        []string // folders of repositories
	CustomHooks  string   // GitLab's custom_hooks_dir; "": as Gitaly's configuration says
	Gitaly       string   // Gitaly's config.toml; "": where GitLab's packages put it
	Projects     []string // Jira's; none: the first of those that count
	Site         string   // the only Jira that is asked, by the name that things are kept under; "": all are
	AsHook       bool     // the environment is one that Gitaly gives to a hook
	LeftOut      []string // the variables that were left out for it
}

// Alone is the only repository that is looked at, whose own file may be all the
// configuration there is; "": none is, or several.
func (o Options) Alone() string {
	if len(o.Repositories) == 1 && len(o.Below) == 0 {
		return o.Repositories[0]
	}
	return ""
}

// examination is one run of doctor. Checks read it and give findings.
type examination struct {
	Process
	options Options
	// What the first checks have learnt and later ones need.
	cfg       config.Config // of sites.go's parts: for one Jira alone
	whole     config.Config // for all of them
	files     []string      // that it was read from
	loaded    bool          // cfg can be used for Jira
	secretErr error
	pushed    []outbox.Pushed
	sites     []*examination // see each
}

// Run runs all checks. Those of the network run while the local ones do; what is
// found is told in one order.
func Run(ctx context.Context, p Process, o Options, tell func(...Finding)) {
	e := &examination{Process: p, options: o}
	tell(e.environment()...)
	tell(e.configuration()...)
	var remote []Finding
	done := make(chan struct{})
	go func() {
		defer close(done)
		remote = e.jiras(ctx)
	}()
	if p.User.NotOwner == nil {
		tell(e.outbox(ctx)...)
	}
	tell(e.repositories(ctx)...)
	<-done
	tell(remote...)
}
