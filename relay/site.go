package relay

import (
	"time"

	"jirahook/config"
	"jirahook/jira"
)

// siteAge is how long it is believed what a Jira said it is. After an outage,
// and so after most upgrades, it is asked anyway.
const siteAge = 24 * time.Hour

// knownSite is which Jira this is, kept beside the outbox: else every hook would
// have to ask before it says anything.
type knownSite struct {
	Address string    `json:"address"`
	Time    time.Time `json:"time"`
	Site    jira.Site `json:"site"`
}

// siteFile is its name in the outbox's folder.
func siteFile(cfg config.Config) string {
	return "site-" + digest(6, siteAddress(cfg)) + ".json"
}

func siteAddress(cfg config.Config) string { return cfg.Jira.URL + "\n" + cfg.Jira.APIURL }

// recallSite is what is kept and young enough; nil: Jira must be asked.
func (r *Relay) recallSite(cfg config.Config) *jira.Site {
	var k knownSite
	if !recall(cfg, siteFile(cfg), &k) || k.Address != siteAddress(cfg) {
		return nil
	}
	if age := r.Now().Sub(k.Time); age < 0 || age > siteAge {
		return nil
	}
	return &k.Site
}

func (r *Relay) keepSite(cfg config.Config, s jira.Site) {
	keep(cfg, siteFile(cfg), knownSite{siteAddress(cfg), r.Now(), s})
}
