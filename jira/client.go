// Package jira is the part of Jira's REST API (v2, on Server, Data Center and
// Cloud) that jirahook uses. A Client carries out one plan.Action at a time and
// finds out what became of one whose answer was lost. It is built on go-jira:
// its client makes and sends the requests; where its types lose what is needed
// here, small ones of our own stand in.
//
// All knowledge about failures is in one place: Error, see error.go.
package jira

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	gojira "github.com/andygrunwald/go-jira"
	"golang.org/x/time/rate"

	"jirahook/config"
	"jirahook/plan"
)

// api is the beginning of every path, below the configured address.
const api = "rest/api/2/"

// Options are what a Client needs from outside.
type Options struct {
	Jira config.Jira
	// Secret is the token or password that Jira.Auth refers to, or the client's secret
	// of a service account.
	Secret string
	// Spare are secrets that take over, in their order, when Jira refuses the one in
	// use; after the last comes Secret again.
	Spare []string
	// OnSecret is told when Jira has refused a secret, and lets us in with another: 0
	// is Secret, 1 the first of Spare. May be nil.
	OnSecret func(refused, now int)
	// KnownToken is a service account's token of an earlier OnToken; nil: it is asked
	// for.
	KnownToken *Token
	// OnToken is told of each new token of a service account; may be nil.
	OnToken func(Token)
	// Anonymous: nobody is logged in, and Secret is not needed.
	Anonymous bool
	// UserAgent is sent with every request: "jirahook/1.2". Jira takes one that
	// looks like a browser's for a forged request.
	UserAgent string
	// Observe is told of every request that went out; nil: nobody is.
	Observe func(plan.Exchange)
	// Now is the clock; nil: the system's.
	Now func() time.Time
	// Proxy is asked when Jira.Proxy is empty; nil: no proxy.
	Proxy func(*http.Request) (*url.URL, error)
	// Known is which Jira this is, by an earlier OnSite; nil: it is asked.
	Known *Site
	// KnownLimits are what an earlier OnLimits was told.
	KnownLimits map[string]time.Time
	// OnLimits is told until when Jira takes no more requests, by operation ("POST
	// issue/*/comment"; "": of any kind), whenever it says so; may be nil.
	OnLimits func(map[string]time.Time)
	// OnSite is told what Jira says it is, whenever it is asked; may be nil.
	OnSite func(Site)
}

// UseSecrets fills in Secret and Spare, in the order in which they take over.
func (o *Options) UseSecrets(all []config.Secret) {
	for i, s := range all {
		if i == 0 {
			o.Secret = s.Text
		} else {
			o.Spare = append(o.Spare, s.Text)
		}
	}
}

// Client talks to one Jira with one account. Its methods may be called from
// several goroutines; they share connections, the rate and what was learnt.
type Client struct {
	config config.Jira
	login  *login
	base   *url.URL
	jira   *gojira.Client
	limit  *rate.Limiter
	told   func(plan.Exchange)
	now    func() time.Time

	onSite   func(Site)
	detected once[Site]
	account  once[user]
	issues   memory
	pace     pace
	budget   budget
	// environment: requests go through a proxy that only the environment names.
	environment bool

	// For service accounts: what newHTTPClient needs, where all goes, and who asks for
	// that before anybody has logged in.
	options  Options
	way      once[way]
	stranger *Client
	cloudID  once[string] // for advice
}

// New makes a client. It reads jira.ca_file and uses no network.
func New(o Options) (*Client, error) {
	base, err := baseURL(o.Jira)
	if err != nil {
		return nil, err
	}
	httpClient, err := newHTTPClient(o, base)
	if err != nil {
		return nil, err
	}
	client, err := gojira.NewClient(httpClient, base.String())
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnSite == nil {
		o.OnSite = func(Site) {}
	}
	login, err := newLogin(o)
	if err != nil {
		return nil, err
	}
	c := &Client{
		config:   o.Jira,
		login:    login,
		told:     o.Observe,
		base:     base,
		jira:     client,
		limit:    newLimiter(o.Jira.Rate),
		now:      o.Now,
		onSite:   o.OnSite,
		detected: newOnce[Site](),
		account:  newOnce[user](),
		issues:   memory{byKey: map[string]known{}, readings: map[string]reading{}, flows: map[string]flow{}},
		pace:     pace{recent: map[string][]time.Time{}},
		budget:   budget{next: BelievedLimits(o.KnownLimits, o.Now()), told: o.OnLimits},

		environment: hasOwnWay(o, base),
		options:     o,
		way:         newOnce[way](),
		cloudID:     newOnce[string](),
	}
	c.detected.found.Store(o.Known)
	if o.Jira.Auth.Type == "oauth" && !o.Anonymous {
		o.Anonymous = true
		c.stranger, err = New(o)
	}
	return c, err
}

// newLimiter lets perSecond requests through, and as many at once; 0 or less
// means no limit.
func newLimiter(perSecond float64) *rate.Limiter {
	if perSecond <= 0 {
		return rate.NewLimiter(rate.Inf, 1)
	}
	return rate.NewLimiter(rate.Limit(perSecond), max(1, int(math.Ceil(perSecond))))
}

// request is one call.
type request struct {
	method string
	api    string // "": api, which nearly everything is below
	path   string // below that: "issue/10042/comment"
	query  url.Values
	body   any // encoded as JSON; nil: none
	// begin marks a request that changes something. It is called right before
	// the request goes out; if it fails, nothing is sent.
	begin func() error
}

func (r request) writes() bool { return r.begin != nil }

// address is below Jira's own, without the query.
func (r request) address() string { return cmp.Or(r.api, api) + r.path }

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	cut    error     // why the body is not whole; nil: it is
	short  string    // "POST /rest/api/2/issue/10042/comment: 201"
	began  time.Time // when the request went out; zero: it did not
	by     pass
	tls    *tls.ConnectionState
}

// do sends a request and reads the answer, whole but limited. Every failure
// is an *Error.
func (c *Client) do(ctx context.Context, r request) (answer, error) {
	a := answer{short: r.method + " /" + r.address() + ": not sent"}
	if err := c.limit.Wait(ctx); err != nil {
		return a, notSent(a, "stopped before it was sent", err)
	}
	if err := c.budget.check(a, r, c.now()); err != nil {
		return a, err
	}
	by, err := c.pass(ctx)
	if err != nil {
		return a, err
	}
	a.by = by
	if r.writes() {
		if err := r.begin(); err != nil {
			return a, notSent(a, "it could not be noted that it is being sent", err)
		}
	}
	if err := ctx.Err(); err != nil {
		return a, notSent(a, "stopped before it was sent", err)
	}

	var connected atomic.Bool
	sent := false // WroteHeaders comes before the first byte leaves
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// Go tries again only what surely did not arrive.
		GetConn:      func(string) { sent = false },
		WroteHeaders: func() { sent = true },
		GotConn:      func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	path := r.address()
	if len(r.query) > 0 {
		path += "?" + r.query.Encode()
	}
	req, err := by.jira.NewRequestWithContext(traced, r.method, path, r.body)
	if err != nil {
		return a, notSent(a, "the request cannot be made", err)
	}
	if by.header != "" {
		req.Header.Set("Authorization", by.header)
	}
	a.began = c.now()
	resp, err := by.jira.Do(req, nil)
	if resp == nil {
		return a, c.ownWay(a, connected.Load(), c.noAnswer(ctx, a, err, sent && r.writes()))
	}
	a.status, a.header, a.tls = resp.StatusCode, resp.Header, resp.TLS
	c.budget.note(a, r, c.isCloud(), c.now())
	c.budget.pace(a, c.limit, c.now())
	a.short = strings.TrimSuffix(a.short, "not sent") + strconv.Itoa(a.status)
	a.body, a.cut = readAnswer(resp.Body)
	return a, c.ownWay(a, true, c.judge(ctx, a, r.writes()))
}

// readAnswer reads a body, and closes it. The transport limits it.
func readAnswer(body io.ReadCloser) ([]byte, error) {
	defer body.Close()
	return io.ReadAll(body)
}

// get reads into a value.
func (c *Client) get(ctx context.Context, path string, query url.Values, into any) (answer, error) {
	a, err := c.call(ctx, request{method: http.MethodGet, path: path, query: query})
	if err != nil {
		return a, err
	}
	return a, decode(a, into)
}

// once keeps what one successful call found out; a failure is not kept. While
// somebody asks, others wait for the answer.
type once[T any] struct {
	turn  chan struct{}
	found atomic.Pointer[T] // changed by who has the turn
}

// peek is what was found out, if anything was; it does not wait for who asks now.
func (o *once[T]) peek() (found T, ok bool) {
	if p := o.found.Load(); p != nil {
		return *p, true
	}
	return found, false
}

func newOnce[T any]() once[T] { return once[T]{turn: make(chan struct{}, 1)} }

func (o *once[T]) get(ctx context.Context, ask func(context.Context) (T, error)) (T, error) {
	var none T
	select {
	case o.turn <- struct{}{}:
	case <-ctx.Done():
		return none, notSent(answer{}, "stopped before it was sent", ctx.Err())
	}
	defer func() { <-o.turn }()
	if p := o.found.Load(); p != nil {
		return *p, nil
	}
	found, err := ask(ctx)
	if err != nil {
		return none, err
	}
	o.found.Store(&found)
	return found, nil
}

// forget has the next get ask anew.
func (o *once[T]) forget(ctx context.Context) {
	select {
	case o.turn <- struct{}{}:
		o.found.Store(nil)
		<-o.turn
	case <-ctx.Done():
	}
}

// resultOf is the outcome that an error stands for.
func resultOf(err error) plan.Result {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = &Error{Verdict: plan.Later, Problem: err.Error()}
	}
	return plan.Result{
		Verdict:    e.Verdict,
		Problem:    short(e.Problem),
		Advice:     e.Advice,
		Slip:       e.slip,
		Uncertain:  e.Uncertain,
		RetryAfter: e.RetryAfter,
		NeverProbe: e.NeverProbe,
		OwnWay:     e.OwnWay,
		Exchange:   e.exchange,
	}
}
