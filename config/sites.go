package config

import (
	"cmp"
	"slices"
)

// SiteName is the name under which is kept what this Jira was told and what waits for
// it, and which is paused: its address or, of one among sites, its name, unless the
// configuration says another.
func (j Jira) SiteName() string { return cmp.Or(j.Site, j.Name, j.URL) }

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

// Of is the configuration for the Jira to which the keys of a project go. Where that is
// none, its jira.url is empty.
func (c Config) Of(project string) Config {
	for _, s := range c.Sites {
		if slices.Contains(s.Projects, project) {
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
