package config

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// SiteName is the name under which is kept what this Jira was told and what waits for
// it, and which is paused: its address or, of one among sites, its name, unless the
// configuration says another.
func (j Jira) SiteName() string { return cmp.Or(j.Site, j.Name, j.URL) }

// Called is what people call this Jira: its name, or its host.
func (j Jira) Called() string {
	if j.Name != "" {
		return j.Name
	}
	u, err := url.Parse(j.URL)
	if err != nil || u.Host == "" {
		return "jira"
	}
	return u.Host
}

// Secrets are what may be used to log in with at each Jira. The error tells of each
// Jira for which there is none.
func (c Config) Secrets(lookupEnv func(string) (string, bool)) ([]Secret, error) {
	var all []Secret
	var errs []error
	for _, one := range c.Jiras() {
		its, err := one.Jira.Auth.Secrets(lookupEnv)
		all = append(all, its...)
		switch {
		case len(its) > 0:
		case one.Jira.Name != "":
			errs = append(errs, fmt.Errorf("sites, %s: %w", one.Jira.Name, err))
		default:
			errs = append(errs, err)
		}
	}
	return all, errors.Join(errs...)
}

// Book is the name under which all is on record that must not be done twice. It is one
// for all Jiras: a project may go from one to another.
func (c Config) Book() string {
	if book := c.Jira.SiteName(); book != "" || len(c.Sites) == 0 {
		return book
	}
	return c.Sites[0].SiteName()
}

// Jiras are the configurations for each Jira as if there were no other: that of jira
// first, if it is set, then those of sites.
func (c Config) Jiras() []Config {
	var all []Config
	if c.Jira.URL != "" || len(c.Sites) == 0 {
		all = append(all, c.alone())
	}
	for _, s := range c.Sites {
		all = append(all, c.at(s))
	}
	return all
}

// Of is the configuration for the Jira to which an issue's key goes, or all keys of a
// project. Where that is none, its jira.url is empty.
func (c Config) Of(key string) Config {
	project, _, _ := strings.Cut(key, "-") // no project has a - in its own
	for _, s := range c.Sites {
		if slices.Contains(s.Projects, project) {
			return c.at(s)
		}
	}
	return c.alone()
}

// Kept is the configuration for the Jira of which this is kept under a name.
func (c Config) Kept(site string) Config {
	for _, s := range c.Sites {
		if s.SiteName() == site {
			return c.at(s)
		}
	}
	return c.alone()
}

// alone is the configuration without sites.
func (c Config) alone() Config {
	c.Sites = nil
	return c
}

func (c Config) at(s Site) Config {
	c.Jira, c.Projects, c.Sites = s.Jira, Projects{Keys: s.Projects}, nil
	return c
}

// Keys are the keys of all projects that count, wherever they go; nil: that is not
// known, any may.
func (c Config) Keys() []string {
	keys := c.Projects.Keys
	switch {
	case len(c.Sites) == 0 || keys == nil && c.Jira.URL != "":
		return keys
	}
	keys = slices.Clone(keys)
	for _, s := range c.Sites {
		keys = append(keys, s.Projects...)
	}
	return keys
}
