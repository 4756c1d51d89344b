package jira

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	gojira "github.com/andygrunwald/go-jira"

	"jirahook/config"
	"jirahook/plan"
)

// Token is what a service account logs in with for a while.
type Token struct {
	Access string    `json:"access"`
	Until  time.Time `json:"until"`
}

// isGood: there is one, and it does not end right away.
func (t Token) isGood(now time.Time) bool { return t.Access != "" && now.Before(t.Until) }

// login is as whom requests go out: the secrets, of which one is in use, and with
// jira.auth.type oauth the token that was given for it. All goroutines of a client
// share it.
type login struct {
	auth     config.Auth
	secrets  []string // empty: nobody logs in
	onSecret func(refused, now int)
	onToken  func(Token)

	asking chan struct{} // held by who asks for a token

	mu     sync.Mutex
	at     int // the secret in use
	told   int // the one that was told of last, or that all began with
	turn   int // grows with each change of what requests log in with
	token  Token
	proved bool // Jira has accepted the token
	vain   int  // how often a token was asked for in vain
	why    error
}

// pass is the login of one request, and the client by which it goes.
type pass struct {
	jira   *gojira.Client
	header string // Authorization; "": nobody logs in
	secret int
	turn   int
}

// newLogin looks at the secrets, and uses none.
func newLogin(o Options) (*login, error) {
	l := &login{
		auth: o.Jira.Auth, asking: make(chan struct{}, 1),
		onSecret: func(int, int) {}, onToken: func(Token) {},
	}
	if o.Anonymous {
		return l, nil
	}
	for _, secret := range append([]string{o.Secret}, o.Spare...) {
		secret = strings.TrimRight(secret, "\r\n")
		if _, err := authorization(o.Jira.Auth, secret); err != nil {
			return nil, err
		}
		l.secrets = append(l.secrets, secret)
	}
	if o.OnSecret != nil {
		l.onSecret = o.OnSecret
	}
	if o.OnToken != nil {
		l.onToken = o.OnToken
	}
	if o.KnownToken != nil {
		l.token, l.proved = *o.KnownToken, true
	}
	return l, nil
}

// pass is the login of the next request. A service account may have to be given a
// token first.
func (c *Client) pass(ctx context.Context) (pass, error) {
	l := c.login
	if len(l.secrets) == 0 {
		return pass{jira: c.jira}, nil
	}
	if l.auth.Type == "oauth" {
		return c.servicePass(ctx)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	header, err := authorization(l.auth, l.secrets[l.at])
	return pass{c.jira, header, l.at, l.turn}, err
}

// another reports whether a request that a login was refused for can be made once
// more, with another one: with the next secret or a new token, or with what somebody
// else has got meanwhile.
func (l *login) another(by pass, err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || !e.login || by.header == "" {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if by.turn == l.turn {
		switch {
		case l.auth.Type == "oauth":
			// One that was refused from the first is not mended by another.
			again := l.proved
			l.token, l.proved, l.turn = Token{}, false, l.turn+1
			return again && !e.Uncertain
		case len(l.secrets) == 1:
			return false
		}
		l.at, l.turn = (l.at+1)%len(l.secrets), l.turn+1
	}
	return !e.Uncertain
}

// tries is how often a request is made at most.
func (l *login) tries() int {
	if l.auth.Type == "oauth" {
		return 2
	}
	return max(1, len(l.secrets))
}

// accepted notes that Jira lets somebody in, and tells when that is by another
// secret than before.
func (l *login) accepted(by pass) {
	if by.header == "" {
		return
	}
	l.mu.Lock()
	if by.turn == l.turn {
		l.proved = true
	}
	before, took := l.told, by.turn == l.turn && by.secret != l.told
	if took {
		l.told = by.secret
	}
	l.mu.Unlock()
	if took {
		l.onSecret(before, by.secret)
	}
}

// hide takes secrets out of a text.
func (l *login) hide(s string) string {
	l.mu.Lock()
	token := l.token.Access
	l.mu.Unlock()
	for _, secret := range append([]string{token}, l.secrets...) {
		if len(secret) < 6 { // would make a text unreadable, and is no secret
			continue
		}
		s = strings.ReplaceAll(s, secret, "…")
		if l.auth.Type == "oauth" { // is sent in a form
			s = strings.ReplaceAll(s, url.QueryEscape(secret), "…")
		}
	}
	return s
}

// Secret is which secret is in use: 0 is Options.Secret, 1 the first of Spare.
func (c *Client) Secret() int {
	c.login.mu.Lock()
	defer c.login.mu.Unlock()
	return c.login.at
}

// adviceRefused is what to do about a service account that gets no token.
func adviceRefused(problem string) string {
	return cmp.Or(map[string]string{
		"invalid_scope": "give the credentials of the service account the scope WRITE",
	}[problem], "look at jira.auth.client_id and its secret: has the secret been replaced or has it ended, or was the service account switched off?")
}

func locked(status int, problem, advice string) *Error {
	return &Error{Verdict: plan.Locked, Status: status, Problem: problem, Advice: advice}
}
