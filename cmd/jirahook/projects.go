package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"jirahook/config"
)

// projectsAge is how old the list of projects may be before Jira is asked again.
const projectsAge = 24 * time.Hour

// projectList is what Jira said last about which projects our account sees, kept
// beside the outbox: the hook itself never waits for Jira to know a key.
type projectList struct {
	Site string    `json:"site"`
	Time time.Time `json:"time"`
	Keys []string  `json:"keys"`
}

func projectsFile(cfg config.Config) string {
	sum := sha256.Sum256([]byte(cfg.Jira.URL))
	return filepath.Join(cfg.Outbox.Dir, "projects-"+hex.EncodeToString(sum[:6])+".json")
}

func readProjects(cfg config.Config) (projectList, error) {
	var list projectList
	data, err := os.ReadFile(projectsFile(cfg))
	if err != nil {
		return list, err
	}
	err = json.Unmarshal(data, &list)
	return list, err
}

// knownProjects fills in the list for `projects: auto`. Not known yet is nil.
func (p *process) knownProjects(cfg config.Config) config.Projects {
	projects := cfg.Projects
	if !projects.Auto {
		return projects
	}
	if list, err := readProjects(cfg); err == nil && list.Site == cfg.Jira.URL && len(list.Keys) > 0 {
		projects.Keys = list.Keys
	}
	return projects
}

// refreshProjects asks Jira for the list when ours is old. An empty answer, or
// one to somebody not logged in, is an error of ask's and is never kept.
func (p *process) refreshProjects(ctx context.Context, cfg config.Config, ask func(context.Context) ([]string, error)) error {
	if !cfg.Projects.Auto {
		return nil
	}
	if list, err := readProjects(cfg); err == nil && p.now().Sub(list.Time) < projectsAge {
		return nil
	}
	keys, err := ask(ctx)
	if err != nil {
		return fmt.Errorf("ask Jira for its projects: %w", err)
	}
	data, err := json.Marshal(projectList{Site: cfg.Jira.URL, Time: p.now(), Keys: keys})
	if err != nil {
		return err
	}
	return replaceFile(projectsFile(cfg), data)
}

// replaceFile writes a file that others may be reading.
func replaceFile(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".tmp*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
