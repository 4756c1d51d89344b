package jira

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	gojira "github.com/andygrunwald/go-jira"

	"jirahook/plan"
)

// Service accounts log in with a token that is given for their client credentials
// (RFC 6749, section 4.4). Data Center from 11 on gives it for a form, at the Jira
// itself (Atlassian: Service accounts overview). Cloud gives it for JSON at its
// gateway, and there the calls go, too: the site's own address does not take it.

const (
	// atlassian is Cloud's gateway.
	atlassian = "https://api.atlassian.com"
	// serviceScope lets an account of Data Center read and write what it may.
	serviceScope = "WRITE"
	// early is how long before a token's end a new one is got, at most a quarter of
	// its life.
	early = time.Minute
	// shortLife is believed of a token that does not tell its end.
	shortLife = 5 * time.Minute
)

// way is where a service account gets its tokens, and where its calls go.
type way struct {
	cloud   bool
	cloudID string // "": it need not be known
	tokens  *url.URL
	ask     *http.Client
	calls   *gojira.Client
}

// servicePass is the login of a service account's next request. Of several goroutines
// one asks for a token, and the others wait for it.
func (c *Client) servicePass(ctx context.Context) (pass, error) {
	w, err := c.way.get(ctx, c.findWay)
	if err != nil {
		return pass{}, err
	}
	l := c.login
	l.mu.Lock()
	vain := l.vain
	l.mu.Unlock()
	if p, ok := l.withToken(w, c.now()); ok {
		return p, nil
	}
	select {
	case l.asking <- struct{}{}:
		defer func() { <-l.asking }()
	case <-ctx.Done():
		return pass{}, notSent(answer{}, "stopped before it was sent", ctx.Err())
	}
	if p, ok := l.withToken(w, c.now()); ok {
		return p, nil
	}
	if err := l.failedSince(vain); err != nil {
		return pass{}, err
	}
	token, at, err := c.newToken(ctx, w)
	l.mu.Lock()
	if err != nil {
		l.vain++
		l.why = err
		l.mu.Unlock()
		return pass{}, err
	}
	l.token, l.proved, l.at, l.turn = token, false, at, l.turn+1
	l.mu.Unlock()
	l.onToken(token)
	p, _ := l.withToken(w, c.now())
	return p, nil
}

// withToken is a pass with the token that is there.
func (l *login) withToken(w way, now time.Time) (pass, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return pass{w.calls, "Bearer " + l.token.Access, l.at, l.turn}, l.token.isGood(now)
}

// failedSince is why a token could not be got while somebody waited who had seen so
// many vain tries; nil: none was made.
func (l *login) failedSince(vain int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.vain == vain {
		return nil
	}
	return l.why
}

// newToken asks for a token, with each secret until one is accepted.
func (c *Client) newToken(ctx context.Context, w way) (token Token, secret int, err error) {
	l := c.login
	for n := range l.secrets {
		l.mu.Lock()
		secret = (l.at + n) % len(l.secrets)
		l.mu.Unlock()
		token, err = c.askToken(ctx, w, l.secrets[secret])
		if e, ok := errors.AsType[*Error](err); !ok || !e.login {
			break
		}
	}
	return token, secret, err
}

// findWay finds out what a service account must know before it can log in.
func (c *Client) findWay(ctx context.Context) (way, error) {
	w := way{calls: c.jira}
	var err error
	if w.cloud, err = c.isCloudForTokens(ctx); err != nil {
		return w, err
	}
	gateway := c.gateway()
	address := c.config.Auth.TokenURL
	switch {
	case address != "":
	case w.cloud:
		address = gateway + "/oauth/token"
	default:
		address = c.base.String() + "rest/oauth2/latest/token"
	}
	if w.tokens, err = url.Parse(address); err != nil || w.tokens.Host == "" {
		return w, locked(0, "jira.auth.token_url is no address", "")
	}
	if w.ask, err = newHTTPClient(c.options, w.tokens); err != nil {
		return w, locked(0, err.Error(), "")
	}
	if !w.cloud || c.config.APIURL != "" {
		return w, nil
	}
	if w.cloudID, err = c.siteID(ctx); err != nil {
		return w, err
	}
	base, err := url.Parse(gateway + "/ex/jira/" + url.PathEscape(w.cloudID) + "/")
	if err != nil {
		return w, locked(0, "jira.development.api_url is no address", "")
	}
	calls, err := newHTTPClient(c.options, base)
	if err != nil {
		return w, locked(0, err.Error(), "")
	}
	w.calls, err = gojira.NewClient(calls, base.String())
	return w, err
}

// isCloudForTokens asks, as nobody, only where nothing tells.
func (c *Client) isCloudForTokens(ctx context.Context) (bool, error) {
	switch {
	case c.knownCloud(), c.config.Deployment == "server", strings.Contains(c.base.Path, "/ex/jira/"):
		return c.config.Deployment != "server", nil
	}
	site, err := c.stranger.Site(ctx)
	if e, ok := errors.AsType[*Error](err); ok && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden) {
		return false, nil // it lets nobody look who has not logged in, which Cloud does
	}
	return site.Cloud, err
}

// siteID is the id of the Cloud site, which is kept with what the site is.
func (c *Client) siteID(ctx context.Context) (string, error) {
	if id := c.config.Development.CloudID; id != "" {
		return id, nil
	}
	site, known := c.stranger.detected.peek()
	if known && site.CloudID != "" {
		return site.CloudID, nil
	}
	id, err := c.stranger.askCloudID(ctx)
	if err != nil {
		return "", err
	}
	site.Cloud, site.CloudID = true, id
	c.options.OnSite(site)
	return id, nil
}

// askToken asks for one with a secret. Its error has login set when the secret was
// refused; one of the way there concerns the whole site, as if Jira itself were away.
func (c *Client) askToken(ctx context.Context, w way, secret string) (Token, error) {
	form := map[string]string{"grant_type": "client_credentials", "client_id": c.config.Auth.ClientID, "client_secret": secret}
	kind := "application/x-www-form-urlencoded"
	body := ""
	if w.cloud {
		form["audience"] = "api.atlassian.com"
		data, err := json.Marshal(form)
		if err != nil {
			return Token{}, err
		}
		body, kind = string(data), "application/json"
	} else {
		values := url.Values{"scope": {serviceScope}}
		for name, value := range form {
			values.Set(name, value)
		}
		body = values.Encode()
	}
	var connected atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	a := answer{short: "POST " + w.tokens.Path + ": not sent"}
	req, err := http.NewRequestWithContext(traced, http.MethodPost, w.tokens.String(), strings.NewReader(body))
	if err != nil {
		return Token{}, notSent(a, "the request cannot be made", err)
	}
	req.Header.Set("Content-Type", kind)
	a.began = c.now()
	resp, err := w.ask.Do(req)
	if err == nil {
		a.status, a.header = resp.StatusCode, resp.Header
		a.short = strings.TrimSuffix(a.short, "not sent") + strconv.Itoa(a.status)
		a.body, err = readAnswer(resp.Body)
	}
	var token Token
	if err != nil {
		e := c.noAnswer(ctx, a, err, false)
		e.Problem = "no token for the service account: " + e.Problem
		err = c.ownWay(a, connected.Load(), e)
	} else {
		token, err = c.readToken(a, w)
	}
	x := plan.Exchange{Time: a.began.UTC().Truncate(time.Millisecond), Took: c.now().Sub(a.began), Method: http.MethodPost, Path: w.tokens.Path, Status: a.status}
	if err != nil {
		x.Answer = short(c.hideSecret(err.Error()))
	}
	if c.told != nil {
		c.told(x)
	}
	addExchanges(ctx, x)
	return token, err
}

// readToken reads an answer to askToken.
func (c *Client) readToken(a answer, w way) (Token, error) {
	e := &Error{Verdict: plan.Locked, Status: a.status, exchange: a.short, words: wordsOf(a)}
	where := w.tokens.Redacted()
	switch s := a.status; {
	case s == http.StatusOK:
		var given struct {
			Access  string      `json:"access_token"`
			Expires json.Number `json:"expires_in"`
		}
		if json.Unmarshal(a.body, &given) != nil || given.Access == "" || strings.ContainsFunc(given.Access, unicode.IsControl) {
			e.Problem, e.Advice = "what answers at "+where+" gives no tokens", "look at jira.auth.token_url and jira.url"
			return Token{}, e
		}
		life := shortLife
		if n, err := given.Expires.Float64(); err == nil && n > 0 {
			life = believable(time.Duration(min(n, maxWait.Seconds()) * float64(time.Second)))
		}
		return Token{given.Access, a.began.Add(life - min(early, life/4))}, nil
	case s == http.StatusTooManyRequests, s == http.StatusRequestTimeout, s >= 500:
		e.Verdict, e.RetryAfter = plan.Away, wait(a.header, c.now())
		e.Problem = "no token for the service account: " + where + " answers " + statusText(s)
	case s >= 300 && s < 400:
		e.Problem = "no token for the service account: " + where + " redirects (" + statusText(s) + ")" + c.redirectTarget(a)
		e.Advice = "set jira.auth.token_url to the address at which tokens are given; redirects are not followed"
	case s == http.StatusBadRequest, s == http.StatusUnauthorized, s == http.StatusForbidden:
		said := c.hideSecret(e.words.String())
		if said == "" {
			said = statusText(s)
		}
		e.Problem = wordsLogin + ": it gives the service account no token (" + said + ")"
		e.Advice = adviceRefused(said)
		e.login = !strings.HasPrefix(said, "invalid_scope") && !strings.HasPrefix(said, "invalid_request") && !strings.HasPrefix(said, "unsupported_grant_type")
	default:
		e.Problem = "no tokens are given at " + where + " (" + statusText(s) + ")"
		e.Advice = "look at jira.auth.token_url, jira.development.api_url and jira.deployment"
		if !w.cloud {
			e.Advice = "service accounts came with Jira Data Center 11; with an older one use jira.auth.type: token and a personal access token. Else look at jira.auth.token_url"
		}
	}
	return Token{}, e
}
