package relay

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"jirahook/config"
)

// EndsSoon is how long before its end a secret is told of: there may have to be asked
// for a new one.
const EndsSoon = 30 * 24 * time.Hour

// endsAge is how often Jira is asked for that, and the log is told.
const endsAge = 24 * time.Hour

// ConfiguredEnd is when the secret ends that is in use, by jira.auth.expires: that is
// said of the first of several.
func (r *Relay) ConfiguredEnd(cfg config.Config) (ends time.Time, known bool) {
	secrets, _ := r.ownSecrets(cfg.Jira.Auth)
	first := cfg.Jira.Auth.SecretFile
	if ordered := r.InOrder(cfg, secrets); len(ordered) > 0 && first != "" && ordered[0].From != first {
		return time.Time{}, false
	}
	return cfg.Jira.Auth.Ends()
}

// Ends watches when the secrets end that a sender logs in with.
type Ends struct {
	sender *Sender
	asked  map[string]asked // by fingerprint

	told map[string]told // by the Jira's name

	mu    sync.Mutex
	known map[string]time.Time // by the Jira's name; never changed, but replaced
}

// asked is what Jira's own list said.
type asked struct {
	at    time.Time
	ends  time.Time
	known bool
}

// told is what the log was told last, and when.
type told struct{ at, ends time.Time }

// Ends makes a watch over a sender's Jiras.
func (s *Sender) Ends() *Ends {
	return &Ends{sender: s, asked: map[string]asked{}, known: map[string]time.Time{}, told: map[string]told{}}
}

// Known are the ends that are known, by the Jira's name.
func (e *Ends) Known() map[string]time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.known
}

// Watch looks every minute at the Jiras of the upper configuration, and at those that
// work, and tells the log once a day of secrets that end soon.
func (e *Ends) Watch(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		e.look(ctx, log)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (e *Ends) look(ctx context.Context, log *slog.Logger) {
	found := map[string]time.Time{}
	if cfg, err := e.sender.relay.Place.Upper(); err == nil { // else others say so
		for _, one := range cfg.Jiras() {
			if ends, known := e.sender.relay.ConfiguredEnd(one); known {
				found[one.Jira.SiteName()] = ends
			}
		}
	}
	for _, c := range e.sender.used() {
		ends, known := e.sender.relay.ConfiguredEnd(c.cfg)
		if !known {
			ends, known = e.ask(ctx, c)
		}
		if known {
			found[c.cfg.Jira.SiteName()] = ends
		}
	}
	e.mu.Lock()
	e.known = found
	e.mu.Unlock()
	for site, ends := range found {
		e.tell(site, ends, log)
	}
}

// ask is when the account's token ends by Jira's own list, if it is certain: Jira does
// not tell which of several is in use.
func (e *Ends) ask(ctx context.Context, c loadedConfig) (ends time.Time, known bool) {
	now := e.sender.relay.Now()
	is, ok := e.asked[fingerprint(c)]
	if ok && now.Sub(is.at) < endsAge {
		return is.ends, is.known
	}
	is = asked{at: now}
	if client, err := e.sender.client(c); err == nil {
		tokens, err := client.PersonalTokens(ctx)
		if err == nil && len(tokens) == 1 && !tokens[0].Ends.IsZero() {
			is.ends, is.known = tokens[0].Ends, true
		}
	}
	e.asked[fingerprint(c)] = is
	return is.ends, is.known
}

// tell tells the log, once a day, and at once when an end is another.
func (e *Ends) tell(site string, ends time.Time, log *slog.Logger) {
	now := e.sender.relay.Now()
	left := ends.Sub(now)
	if is, ok := e.told[site]; left > EndsSoon || ok && is.ends.Equal(ends) && now.Sub(is.at) < endsAge {
		return
	}
	e.told[site] = told{now, ends}
	if left > 0 {
		log.Warn("what jirahook logs in to Jira with ends soon", "site", site, "ends", ends.Format(time.DateOnly))
	} else {
		log.Error("what jirahook logs in to Jira with has ended, by jira.auth.expires or Jira's list", "site", site, "ended", ends.Format(time.DateOnly))
	}
}
