package relay

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"jirahook/config"
	"jirahook/outbox/spool"
)

const (
	// projectsAge is how old the list of projects may be before Jira is asked
	// again.
	projectsAge = 24 * time.Hour
	// freshProjects is how young a list must be to say that a project of a push
	// does not exist.
	freshProjects = time.Minute
	// projectsPause is how long after a failure it is not asked.
	projectsPause = 15 * time.Minute
)

// projectList is what Jira said last about which projects our account sees, kept
// beside the outbox: the hook itself never waits for Jira to know a key.
type projectList struct {
	Site string    `json:"site"`
	Time time.Time `json:"time"`
	Keys []string  `json:"keys"`
	// Failed is when Jira was last asked in vain.
	Failed time.Time `json:"failed,omitzero"`
}

// projectsFile is its name in the outbox's folder.
func projectsFile(cfg config.Config) string {
	// What an account sees is not what another sees.
	a := cfg.Jira.Auth
	return "projects-" + digest(6, cfg.Jira.URL, a.Type, a.Username, a.SecretFile, a.SecretEnv+a.ClientID) + ".json"
}

// recallProjects is what is kept; false: nothing that can be read is.
func recallProjects(cfg config.Config) (list projectList, ok bool) {
	ok = recall(cfg, projectsFile(cfg), &list)
	return list, ok
}

// KnownProjects fills in the list for `projects: auto`. Not known yet is nil.
func KnownProjects(cfg config.Config) config.Projects {
	projects := cfg.Projects
	if !projects.Auto {
		return projects
	}
	if list, ok := recallProjects(cfg); ok && list.Site == cfg.Jira.URL && len(list.Keys) > 0 {
		projects.Keys = list.Keys
	}
	return projects
}

// isListFresh reports whether the list was made about when a push came, or later.
func isListFresh(cfg config.Config, pushed time.Time) bool {
	list, ok := recallProjects(cfg)
	return ok && list.Time.After(pushed.Add(-freshProjects))
}

// refreshProjects asks Jira for the list when ours is older than since. An empty
// answer, or one to somebody not logged in, is an error of ask's and is never
// kept.
func (r *Relay) refreshProjects(ctx context.Context, cfg config.Config, since time.Time, ask func(context.Context) ([]string, error)) error {
	if !cfg.Projects.Auto {
		return nil
	}
	list, _ := recallProjects(cfg) // an unreadable list is none
	if list.Time.After(since) || r.Now().Sub(list.Failed) < projectsPause {
		return nil
	}
	keys, err := ask(ctx)
	if err == nil {
		list = projectList{Site: cfg.Jira.URL, Time: r.Now(), Keys: keys}
	} else {
		list.Site, list.Failed = cfg.Jira.URL, r.Now()
	}
	data, marshalErr := json.Marshal(list)
	if marshalErr != nil {
		return marshalErr
	}
	if writeErr := spool.FolderAt(cfg.Outbox.Dir).ReplaceFile(projectsFile(cfg), data); writeErr != nil {
		return writeErr
	}
	if err != nil {
		return fmt.Errorf("ask Jira for its projects: %w", err)
	}
	return nil
}

// RefreshProjects asks each Jira that was just spoken to for its projects, where
// the configuration wants that and the list is old.
func (s *Sender) RefreshProjects(ctx context.Context, log *slog.Logger) {
	for _, c := range s.used() {
		client, err := s.client(c)
		if err == nil {
			err = s.relay.refreshProjects(ctx, c.cfg, s.relay.Now().Add(-projectsAge), client.Projects)
		}
		if err != nil {
			log.Warn("refresh the list of projects", "error", err)
		}
	}
}

// KeepProjectsFresh looks from time to time whether a list of projects is old.
func (s *Sender) KeepProjectsFresh(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.RefreshProjects(ctx, log)
		}
	}
}
