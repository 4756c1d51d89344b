package config

import "cmp"

// SiteName is the name under which is kept what this Jira was told and what waits for
// it: its address, unless the configuration says another.
func (j Jira) SiteName() string { return cmp.Or(j.Site, j.URL) }
