package relay

import (
	"slices"

	"jirahook/config"
	"jirahook/jira"
)

// What each hook would have to find out anew is kept beside the outbox: a service
// account's token, and which of several secrets Jira has accepted last. Else each push
// would cost a request for a token, and a refused login, which on Server brings a
// CAPTCHA nearer. The token is readable by those alone who can read the secret that it
// was given for, and ends soon.

// keptToken is a token and what it was given for.
type keptToken struct {
	Of    string     `json:"of"`
	Token jira.Token `json:"token"`
}

// keptSecret tells which secret is in use.
type keptSecret struct {
	Mark string `json:"mark"`
}

func loginFile(kind string, cfg config.Config) string {
	a := cfg.Jira.Auth
	return kind + "-" + digest(6, cfg.Jira.URL, cfg.Jira.APIURL, a.Type, a.ClientID, a.Username) + ".json"
}

func tokenFile(cfg config.Config) string  { return loginFile("token", cfg) }
func secretFile(cfg config.Config) string { return loginFile("secret", cfg) }

// InOrder puts the secret first that Jira has accepted last; the others follow in the
// order in which they take over.
func (r *Relay) InOrder(cfg config.Config, secrets []config.Secret) []config.Secret {
	var kept keptSecret
	if len(secrets) < 2 || !recall(cfg, secretFile(cfg), &kept) {
		return secrets
	}
	at := slices.IndexFunc(secrets, func(s config.Secret) bool { return markOf(cfg, s) == kept.Mark })
	if at < 0 {
		return secrets
	}
	return slices.Concat(secrets[at:], secrets[:at])
}

func markOf(cfg config.Config, s config.Secret) string { return digest(4, cfg.Jira.URL, s.Text) }

// logIn fills in how a client logs in, and what becomes of that.
func (s *Sender) logIn(o *jira.Options, c loadedConfig) {
	cfg := c.cfg
	secrets := s.relay.InOrder(cfg, c.secrets)
	o.UseSecrets(secrets)
	o.OnSecret = func(refused, now int) {
		var kept keptSecret
		mark := markOf(cfg, secrets[now])
		if recall(cfg, secretFile(cfg), &kept) && kept.Mark == mark {
			return // another process has told it
		}
		keep(cfg, secretFile(cfg), keptSecret{mark})
		if s.Log != nil {
			s.Log.Warn("Jira refused a secret, and the next one has taken over", "site", cfg.Jira.SiteName(), "refused", secrets[refused].From, "uses", secrets[now].From)
		}
	}
	if cfg.Jira.Auth.Type != "oauth" {
		return
	}
	of := tokenOf(c)
	var kept keptToken
	if recall(cfg, tokenFile(cfg), &kept) && kept.Of == of && s.relay.Now().Before(kept.Token.Until) {
		o.KnownToken = &kept.Token
	}
	o.OnToken = func(t jira.Token) { keep(cfg, tokenFile(cfg), keptToken{of, t}) }
}

// tokenOf changes with all that decides which token is given: one for a secret that
// was replaced is not used any more.
func tokenOf(c loadedConfig) string {
	j := c.cfg.Jira
	parts := []string{j.URL, j.APIURL, j.Deployment, j.Auth.ClientID, j.Auth.TokenURL, j.Development.APIURL, j.Development.CloudID}
	for _, s := range c.secrets {
		parts = append(parts, s.Text)
	}
	return digest(8, parts...)
}

// ownSecrets are those of a Jira that can be read; an error only when none can.
func (r *Relay) ownSecrets(a config.Auth) ([]config.Secret, error) {
	secrets, err := a.Secrets(r.Getenv)
	if len(secrets) > 0 {
		return secrets, nil // doctor tells of the others
	}
	return nil, err
}
