package doctor

import (
	"context"
	"slices"
	"strconv"
	"time"

	"jirahook/config"
	"jirahook/jira"
	"jirahook/relay"
	"jirahook/words"
)

// secrets are those that can be read, in the order in which they are tried, and what
// is wrong with the others.
func (e *examination) secrets() ([]config.Secret, error) {
	all, err := e.cfg.Jira.Auth.Secrets(e.Getenv)
	return e.InOrder(e.cfg, all), err
}

// withSecrets gives a client what it logs in with; not the token that a hook has kept,
// for it is to be seen whether a new one is given.
func (e *examination) withSecrets(o jira.Options) jira.Options {
	secrets, _ := e.secrets() // see secretFindings
	o.UseSecrets(secrets)
	return o
}

// secretFindings tells of several secrets which can be read, and which is in use. Of
// one alone where is where it is.
func (e *examination) secretFindings(where string) []Finding {
	files := append([]string{e.cfg.Jira.Auth.SecretFile}, e.cfg.Jira.Auth.SpareFiles...)
	if len(files) == 1 {
		return []Finding{{Check: "secret", Status: Fine, Says: where + " can be read, and by no one who should not"}}
	}
	secrets, err := e.secrets()
	var all []Finding
	for _, file := range files {
		if slices.ContainsFunc(secrets, func(s config.Secret) bool { return s.From == file }) {
			all = append(all, Finding{Check: "secret", Status: Fine, Says: file + " can be read, and by no one who should not"})
		}
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range several.Unwrap() {
			all = append(all, Finding{Check: "secret", Status: Problem, Says: err.Error(), Advice: adviceSecret})
		}
	}
	if len(secrets) > 0 && err == nil && secrets[0].From != files[0] {
		all = append(all, refusedSecret(files[0], secrets[0].From))
	}
	return all
}

func refusedSecret(refused, uses string) Finding {
	return Finding{Check: "secret", Status: Warning, Says: "Jira has refused that in " + refused + "; that in " + uses + " is in use", Advice: adviceNextSecret}
}

// tookOver tells that Jira refused a secret just now, and took another.
func (e *examination) tookOver(member *jira.Client) []Finding {
	secrets, _ := e.secrets()
	if at := member.Secret(); at > 0 && at < len(secrets) {
		return []Finding{refusedSecret(secrets[0].From, secrets[at].From)}
	}
	return nil
}

// configuredEnd tells when what is in use ends, if jira.auth.expires says it.
func (e *examination) configuredEnd() []Finding {
	ends, known := e.ConfiguredEnd(e.cfg)
	if !known {
		return nil
	}
	return []Finding{e.ending("what is logged in with, by jira.auth.expires,", ends)}
}

// listedEnd tells it by Jira's own list, which does not say which token is in use.
func (e *examination) listedEnd(ctx context.Context, v visit) []Finding {
	if _, known := e.ConfiguredEnd(e.cfg); known {
		return nil
	}
	if v.site.Cloud && e.cfg.Jira.Auth.Type == "basic" {
		return []Finding{{Check: "expires", Status: Skipped, Says: "Cloud's API tokens end within a year; when this one does is not known", Advice: "set jira.auth.expires"}}
	}
	tokens, err := v.PersonalTokens(ctx)
	if err != nil {
		return []Finding{{Check: "expires", Status: Skipped, Says: "Jira does not tell when the token ends: " + trouble("expires", err).Says, Advice: "set jira.auth.expires"}}
	}
	var first *jira.PersonalToken
	for _, t := range tokens {
		if !t.Ends.IsZero() && (first == nil || t.Ends.Before(first.Ends)) {
			first = &t
		}
	}
	switch {
	case first == nil && len(tokens) > 0:
		return []Finding{{Check: "expires", Status: Fine, Says: "the account's personal access token has no end"}}
	case first == nil:
		return nil
	case len(tokens) == 1:
		return []Finding{e.ending("the account's personal access token, "+first.Name+",", first.Ends)}
	}
	f := e.ending("of the account's "+strconv.Itoa(len(tokens))+" personal access tokens "+first.Name+" is the first that", first.Ends)
	f.Says += "; Jira does not tell which is in use"
	return []Finding{f}
}

// ending tells of an end in time.
func (e *examination) ending(what string, ends time.Time) Finding {
	day := ends.UTC().Format(time.DateOnly)
	switch left := ends.Sub(e.Now()); {
	case left <= 0:
		return Finding{Check: "expires", Status: Problem, Says: what + " ended on " + day, Advice: adviceEnd}
	case left <= relay.EndsSoon:
		return Finding{Check: "expires", Status: Warning, Says: what + " ends on " + day + ", in " + words.Rounded(left), Advice: adviceEnd}
	}
	return Finding{Check: "expires", Status: Fine, Says: what + " ends on " + day}
}
