package main

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"
)

// siteFlag gives a command --site.
func (p *process) siteFlag(cmd *cobra.Command, site *string) {
	cmd.Flags().StringVar(site, "site", "", "only this Jira, by its `name` among sites, by jira, or by its address")
	_ = cmd.RegisterFlagCompletionFunc("site", p.completeSites) // fails for unknown flags alone
}

// siteNamed is under which name a Jira is kept that a person named; what is in no
// configuration any more may still be in the outbox, under the name that was given.
func (p *process) siteNamed(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	cfg, err := p.place().Upper()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	for _, one := range cfg.Jiras() {
		j := one.Jira
		called := []string{j.Name, j.SiteName(), j.URL}
		if j.Name == "" {
			called[0] = "jira"
		}
		if slices.Contains(called, name) {
			return j.SiteName(), nil
		}
	}
	return name, nil
}
