package relay

import (
	"time"

	"jirahook/config"
	"jirahook/jira"
)

// limitsFile holds until when Jira takes no more requests of a kind.
func limitsFile(cfg config.Config) string { return loginFile("limits", cfg) }

// keepLimits adds to what other processes were told: each knows its own only.
func (r *Relay) keepLimits(cfg config.Config, until map[string]time.Time) {
	var kept map[string]time.Time
	_ = recall(cfg, limitsFile(cfg), &kept) // else none are known
	for of, t := range jira.BelievedLimits(kept, r.Now()) {
		if t.After(until[of]) {
			until[of] = t
		}
	}
	keep(cfg, limitsFile(cfg), until)
}
