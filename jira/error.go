package jira

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"jirahook/plan"
)

// Error is a failed request, and what it means for the action and the site. It
// is made in this file only, from the answer or from its absence. Sources of
// the rules: the reference pages of Jira's REST API, and the public issues that
// are named at each.
type Error struct {
	// Verdict is what the failure means: Later, Away, Locked, Refused, Skipped.
	Verdict plan.Verdict
	Status  int // of HTTP; 0: no answer
	// Problem is a short fact, in Jira's words where it has some.
	Problem string
	// Advice is what a person can do; may be empty.
	Advice string
	// RetryAfter is how long Jira asked to be left alone; 0: it did not.
	RetryAfter time.Duration
	// NeverProbe: each further try makes it worse.
	NeverProbe bool
	// Uncertain: the request was to change something, and may have done so.
	Uncertain bool
	// OwnWay: see plan.Result.
	OwnWay bool

	login    bool     // what we log in with was refused, and nothing else
	slip     bool     // see plan.Result
	absent   bool     // no open transition is what was asked for
	missing  []string // required fields without a value, by name
	words    words
	exchange string
	cause    error
}

func (e *Error) Error() string {
	if e.cause != nil {
		return e.Problem + ": " + e.cause.Error()
	}
	return e.Problem
}

func (e *Error) Unwrap() error { return e.cause }

// notThere: Jira itself, and nothing before it, answers that what a request was to
// change is not there.
func (e *Error) notThere() bool {
	return e.Verdict == plan.Skipped && e.Status == http.StatusNotFound && e.words.fromJira
}

// notSent is a request that never went out.
func notSent(a answer, problem string, cause error) *Error {
	return &Error{Verdict: plan.Later, Problem: problem, exchange: a.short, cause: cause}
}

// wordsLogin are read by the pusher, too, whose own login it is not.
const wordsLogin = "Jira does not accept this server's login"

// judge turns an answer into an error, if it is one. Only what Jira itself says
// can make an action die: whatever else comes is temporary, or of the whole site.
func (c *Client) judge(ctx context.Context, a answer, writes bool) error {
	if a.status < 200 || a.status > 299 {
		return c.refusal(ctx, a, writes)
	}
	if e := c.refusedLogin(ctx, a); e != nil {
		e.Uncertain = writes // it may have been done anonymously
		return e
	}
	if writes && applied(a) {
		return nil // whatever is wrong with the body
	}
	if a.cut != nil {
		return c.noAnswer(ctx, a, a.cut, writes)
	}
	if writes {
		return &Error{Verdict: plan.Later, Status: a.status, Uncertain: true, exchange: a.short,
			Problem: "something other than Jira answered; whether Jira did it is not known"}
	}
	if !isJSON(a) {
		return notJira(a)
	}
	return nil
}

// applied reports whether a 2xx says that Jira did what was asked. A login page
// may come with 200, and a proxy may put its own page in place of a body; then
// it is not known.
func applied(a answer) bool {
	switch {
	case isJSON(a), a.status == http.StatusNoContent:
		return true
	}
	return a.status == http.StatusCreated && len(a.body) == 0 && a.header.Get("Content-Type") == ""
}

func isJSON(a answer) bool {
	t, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	return t == "application/json" || strings.HasPrefix(t, "application/") && strings.HasSuffix(t, "+json")
}

// decode reads the body of a good answer.
func decode(a answer, into any) error {
	if err := json.Unmarshal(a.body, into); err != nil {
		return &Error{Verdict: plan.Later, Status: a.status, Problem: "Jira's answer cannot be read", exchange: a.short, cause: err}
	}
	return nil
}

// refusal is the meaning of an answer whose status is not 2xx.
func (c *Client) refusal(ctx context.Context, a answer, writes bool) *Error {
	if e := c.refusedLogin(ctx, a); e != nil {
		return e
	}
	w := wordsOf(a)
	e := &Error{Status: a.status, words: w, exchange: a.short, Problem: c.hideSecret(w.String())}
	if e.Problem == "" {
		e.Problem = "Jira answers " + statusText(a.status)
	}
	if c.lockedByWords(ctx, e, a) {
		return e
	}
	switch s := a.status; {
	case s >= 300 && s < 400:
		e.Verdict = plan.Locked
		e.Problem = "Jira redirects (" + statusText(s) + ")" + c.redirectTarget(a)
		e.Advice = "set jira.url (or jira.api_url) to the address at which Jira itself answers; redirects are not followed. To a login page: look at jira.auth, and at what stands before Jira"
	case s == http.StatusUnauthorized:
		e.Verdict, e.Problem, e.Advice, e.login = plan.Locked, wordsLogin+": "+e.Problem, c.loginAdvice(ctx), true
	case s == http.StatusProxyAuthRequired:
		e.Verdict, e.Problem, e.Advice = plan.Locked, wordsPassword, advicePassword
	case s == http.StatusTooManyRequests:
		e.Verdict, e.RetryAfter = plan.Away, wait(a.header, c.now())
		// Cloud counts the requests of each kind, and the changes of each issue.
		if c.isCloud() || isOfIssue(a) {
			e.Verdict = plan.Later
		}
	case s == http.StatusConflict, s == http.StatusTooEarly:
		e.Verdict, e.RetryAfter = plan.Later, wait(a.header, c.now())
	case s == http.StatusInternalServerError, s == http.StatusNotImplemented:
		// Often the fault of this one issue: a broken field, a broken listener.
		e.Verdict, e.Uncertain, e.RetryAfter = plan.Later, writes, wait(a.header, c.now())
	case s >= 500, s < 200, s == http.StatusRequestTimeout:
		e.Verdict, e.Uncertain, e.RetryAfter = plan.Away, writes, wait(a.header, c.now())
	case !w.fromJira && a.cut != nil:
		return c.noAnswer(ctx, a, a.cut, writes)
	case !w.fromJira && !writes:
		return notJira(a)
	case !w.fromJira && a.header.Get("X-Arequestid") == "": // which Jira Server and Data Center put on each answer
		// A firewall before Jira that does not like this one text, perhaps; so the
		// site goes on. It may have let the request through.
		e.Verdict, e.Uncertain, e.RetryAfter = plan.Later, true, wait(a.header, c.now())
		e.Problem = "something other than Jira refuses this (" + statusText(a.status) + ")"
		e.Advice = "look at what stands between here and Jira: a proxy, or a firewall that reads along"
	case s == http.StatusNotFound:
		e.Verdict = plan.Skipped
	default:
		e.Verdict = plan.Refused
	}
	return e
}

// refusedLogin finds failed logins by their headers, which may come with any
// status: Cloud treats a bad or expired token as nobody, so that an issue is
// "not found" (MrRefactoring/jira.js#418).
func (c *Client) refusedLogin(ctx context.Context, a answer) *Error {
	seraph := strings.ToUpper(strings.Join(a.header.Values("X-Seraph-LoginReason"), " "))
	denied := a.header.Get("X-Authentication-Denied-Reason")
	e := &Error{Verdict: plan.Locked, Status: a.status, exchange: a.short}
	switch {
	case strings.Contains(seraph, "AUTHENTICATION_DENIED"), strings.HasPrefix(strings.ToUpper(denied), "CAPTCHA"):
		e.NeverProbe = true
		e.Problem = "Jira wants a CAPTCHA answered after failed logins"
		e.Advice = "log in to Jira in a browser as the account of jira.auth, answer the CAPTCHA, put the credentials right, then run: jirahook queue resume"
	case strings.Contains(seraph, "AUTHENTICATED_FAILED"):
		e.Problem = wordsLogin
		e.Advice, e.login = c.loginAdvice(ctx), true
	default:
		return nil
	}
	return e
}

// lockedByWords knows the refusals of the whole site that only their words tell
// from a missing permission. Words that could repeat a pusher's text do not
// count: only those at the start of a message of Jira's own.
func (c *Client) lockedByWords(ctx context.Context, e *Error, a answer) bool {
	if a.status < 400 || a.status > 499 {
		return false
	}
	advice := ""
	switch {
	case e.words.begin("The IP address has been rejected"):
		advice = "an administrator of the site must put this host's address on its IP allow list"
	case e.words.begin("XSRF check failed"), a.status == http.StatusForbidden && !isJSON(a) && strings.Contains(string(a.body), "XSRF check failed"):
		e.Problem = "XSRF check failed"
		advice = "something between jirahook and Jira changes the requests, perhaps their User-Agent: look at jira.proxy"
	case e.words.begin("Unauthorized; scope does not match"):
		e.Problem = "Jira Cloud does not accept this token's scopes here (Unauthorized; scope does not match)"
		advice = "give the token the scopes read:jira-work, write:jira-work and read:jira-user"
		if c.config.APIURL == "" && c.config.Auth.Type != "oauth" {
			advice = "a token with scopes works only with " + c.apiLine(ctx)
		}
	case e.words.begin("Basic authentication has been disabled"):
		e.Problem = wordsLogin + ": " + e.Problem
		advice = "Jira lets no passwords into its API, as Data Center does from 11 on by default: make a personal access token in Jira and set jira.auth.type: token, or a service account and set jira.auth.type: oauth"
	default:
		return false
	}
	e.Verdict, e.Advice = plan.Locked, advice
	return true
}

func (c *Client) loginAdvice(ctx context.Context) string {
	basic := c.config.Auth.Type == "basic"
	switch cloud := c.isCloud(); {
	case c.config.Auth.Type == "oauth" && cloud:
		return "the service account was given a token: has it access to Jira on this site, and have its credentials the scopes read:jira-work, write:jira-work and read:jira-user?"
	case c.config.Auth.Type == "oauth":
		return "the service account was given a token: has it access to Jira, and have its credentials the scope WRITE?"
	case cloud && !basic && c.config.APIURL == "":
		return "Jira Cloud takes an API token with jira.auth.type: basic and the account's e-mail as jira.auth.username"
	case cloud && c.config.APIURL == "":
		return "has the API token expired? A token with scopes needs " + c.apiLine(ctx)
	case cloud:
		return "has the API token expired, and has it the scopes read:jira-work, write:jira-work and read:jira-user?"
	case basic:
		return "look at jira.auth: user name and password; an administrator may have switched passwords off for the API, then use a personal access token (jira.auth.type: token)"
	}
	return "look at jira.auth: the personal access token may have expired; Jira knows such tokens from 8.14 on, before that use jira.auth.type: basic"
}

// notJira is an answer in which Jira itself does not speak: a login page, a
// proxy, a wrong context path. Nothing that is asked there can be judged.
func notJira(a answer) *Error {
	return &Error{
		Verdict:  plan.Locked,
		Status:   a.status,
		Problem:  "what answers is not Jira's REST API (" + statusText(a.status) + ")",
		Advice:   "look at jira.url (or jira.api_url): is the context path right, does a login page or a proxy stand before Jira?",
		exchange: a.short,
	}
}

// redirectTarget says where a redirect leads, without what may be a secret in
// its query.
func (c *Client) redirectTarget(a answer) string {
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || u.Path == "" && u.Host == "" {
		return ""
	}
	u = c.base.ResolveReference(u)
	return " to " + short(u.Scheme+"://"+u.Host+u.EscapedPath())
}

func (c *Client) hideSecret(s string) string { return c.login.hide(s) }

func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

// noAnswer is the meaning of a request without a (whole) answer.
func (c *Client) noAnswer(ctx context.Context, a answer, err error, uncertain bool) *Error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // its text would repeat the address
	}
	e := &Error{Verdict: plan.Away, Uncertain: uncertain, cause: err}
	e.exchange = a.short[:strings.LastIndex(a.short, ": ")] + ": no answer"
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case ctx.Err() != nil:
		e.Verdict, e.Problem = plan.Later, "stopped before Jira answered"
	case errors.Is(err, errTooLarge):
		e.Verdict, e.Problem = plan.Later, errTooLarge.Error()
	case isPasswordWanted(err):
		e.Verdict, e.Problem, e.Advice = plan.Locked, wordsPassword, advicePassword
	case errors.Is(err, errElsewhere):
		e.Verdict, e.Problem = plan.Locked, errElsewhere.Error()
	case errors.Is(err, errTimeout), errors.Is(err, context.DeadlineExceeded):
		e.Problem = "Jira did not answer within " + c.config.Timeout.String()
	case isNet && timeout.Timeout():
		e.Problem = "Jira does not answer: time out while connecting"
	default:
		e.Problem, e.Advice = unreachable(err)
		e.Problem = "Jira does not answer: " + c.hideSecret(e.Problem)
	}
	return e
}

// unreachable says in words why a connection failed, and what to do.
func unreachable(err error) (problem, advice string) {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "its certificate is signed by an unknown authority", "name the authority's certificate in jira.ca_file"
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return "its certificate has expired or is not valid yet", "renew Jira's certificate, or look at this host's clock"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "its certificate is for another host name", "use in jira.url the name that stands in the certificate"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate is not accepted: " + err.Error(), "look at jira.ca_file"
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return "it does not speak TLS", "should jira.url begin with http:// or name another port?"
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		if e.IsNotFound {
			return "its host name is not known", "look at jira.url and at this host's DNS"
		}
		return "its host name cannot be looked up", "look at this host's DNS"
	}
	if e, ok := errors.AsType[*proxyRefusal](err); ok {
		return e.Error(), "look at jira.proxy"
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "proxyconnect" {
		return "the proxy cannot be reached", "look at jira.proxy"
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused", ""
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was cut", ""
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "no route to its host", ""
	}
	return err.Error(), ""
}
