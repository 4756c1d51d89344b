package doctor

import (
	"slices"

	"jirahook/config"
	"jirahook/jira"
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
	for i, s := range secrets {
		if i == 0 {
			o.Secret = s.Text
		} else {
			o.Spare = append(o.Spare, s.Text)
		}
	}
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
