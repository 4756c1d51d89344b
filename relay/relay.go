// Package relay carries what was pushed to Jira: what hook, worker and commands
// have in common beyond the outbox.
//
//	relay.go     what it needs of the process; the configuration of a repository
//	planner.go   kept pushes are planned by the configuration of the moment
//	sender.go    actions are carried out, by one client for each Jira and account
//	inline.go    a push is delivered while its pusher waits
//	use.go       a command has the outbox open, with what was kept taken in
//	login.go     which secret is in use, and a service account's token: kept beside the outbox
//	ends.go      when what we log in with ends
//	projects.go  the list of Jira's projects, and site.go what Jira is: kept beside the outbox
package relay

import (
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"jirahook/config"
	"jirahook/outbox"
)

// Relay is what all of this needs of the process that it runs in.
type Relay struct {
	Place   config.Place                          // of the configuration
	Getenv  func(name string) (string, bool)      // for secrets in variables
	Proxy   func(*http.Request) (*url.URL, error) // the environment's
	Now     func() time.Time
	Host    string // this machine's name, for who asks which one sends; "": not known
	Version string // ours
}

// Load reads the configuration for a repository. path is the project's path as
// the server names it; "" means that the server does not, and it is told from
// the folder. It returns the path that it used.
func (r *Relay) Load(path, dir string) (cfg config.Loaded, project string, err error) {
	source := r.Place.Source(path, dir)
	source.MainRequired = r.Place.Named
	cfg, err = config.Load(source)
	if err != nil {
		return config.Loaded{}, source.Project, err
	}
	cfg.Config.Projects = KnownProjects(cfg.Config)
	return cfg, source.Project, nil
}

// OutboxOptions open the outbox of a configuration.
func (r *Relay) OutboxOptions(cfg config.Config, log *slog.Logger) outbox.Options {
	return outbox.Options{
		Host: r.Host,
		Dir:  cfg.Outbox.Dir, Database: cfg.Outbox.Database, Keep: cfg.Outbox.Keep,
		GiveUpAfter: cfg.Delivery.GiveUpAfter, Workers: cfg.Delivery.Workers, Log: log,
	}
}
