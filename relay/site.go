package relay

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"jirahook/config"
	"jirahook/jira"
	"jirahook/outbox/spool"
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
	sum := sha256.Sum256([]byte(siteAddress(cfg)))
	return "site-" + hex.EncodeToString(sum[:6]) + ".json"
}

func siteAddress(cfg config.Config) string { return cfg.Jira.URL + "\n" + cfg.Jira.APIURL }

// recallSite is what is kept and young enough; nil: Jira must be asked.
func (r *Relay) recallSite(cfg config.Config) *jira.Site {
	data, err := spool.FolderAt(cfg.Outbox.Dir).ReadFile(siteFile(cfg), maxCache)
	var k knownSite
	if err != nil || json.Unmarshal(data, &k) != nil || k.Address != siteAddress(cfg) {
		return nil
	}
	if age := r.Now().Sub(k.Time); age < 0 || age > siteAge {
		return nil
	}
	return &k.Site
}

// keepSite is for the next process. What cannot be kept will be asked for again;
// a folder that cannot be written is the outbox's to complain of.
func (r *Relay) keepSite(cfg config.Config, s jira.Site) {
	if data, err := json.Marshal(knownSite{siteAddress(cfg), r.Now(), s}); err == nil {
		_ = spool.FolderAt(cfg.Outbox.Dir).ReplaceFile(siteFile(cfg), data)
	}
}
