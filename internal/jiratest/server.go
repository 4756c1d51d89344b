// Package jiratest is a stateful fake Jira over HTTP, with faults on demand, for
// tests and for `jirahook demo`. It keeps projects, workflows, issues, comments,
// web links and worklogs, answers the part of Jira's REST API (v2) that jirahook
// uses, in the manner of the chosen kind of Jira, and refuses what a real one
// refuses. A page for people shows every issue as Jira would.
//
//	jira := jiratest.New(jiratest.Options{Flavour: jiratest.DataCenter10})
//	if err := jira.Start(); err != nil { … }        // a loopback port
//	defer jira.Close()
//	jira.AddProject("SHOP", jiratest.SimpleWorkflow())
//	jira.AddIssue("SHOP-12", "Cart total is wrong")
//	…                                               // talk to jira.URL() with jira.Credentials()
//	jira.Issue("SHOP-12").Comments[0].Body
//
// Life: New, Start, URL, APIHostURL, ControlURL, Credentials, SetDown, DownFor,
// Close. A Server is an http.Handler too, so that a test may serve it by itself.
//
// Seeding: AddProject, AddIssue, AddComment, AddRestrictedComment, AddLink,
// AddWorklog, AddUser, Edit, SetStatus, SetEstimate, Move, Remove,
// SetPermissions, SetRoles, SetGroups, SetPublic, SetTimeTracking, SetLinking,
// SetResolution, HideTransition, Translate, SetCredentials, SetService, RevokeTokens, SetPersonalTokens, ClearCaptcha. Ready workflows: SimpleWorkflow,
// AmbiguousWorkflow, ScreenWorkflow, ManyDoneWorkflow, ConditionWorkflow,
// CommentWorkflow. Seed is
// a whole example, Apply carries out a Setup. A mistake in seeding panics.
//
// Reading: Issue, Keys, Dump, Requests, ClearRequests; Rendered shows wiki markup
// and what it would do.
//
// Faults: Inject, ClearFaults; see Fault and Kind.
//
// The same over HTTP, for other processes: see control.go. The program in the
// folder fakejira serves an example. The answers were held against Atlassian's
// OpenAPI files of Cloud and of Data Center 10.3; the only difference known is
// that Data Center answers 401 to bad credentials, which its file does not list.
//
// It listens with Linux' socket calls; see port.
package jiratest

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Flavour is the kind of Jira that is played.
type Flavour string

const (
	Cloud        Flavour = "cloud"
	DataCenter10 Flavour = "dc10"    // Data Center 10.3
	DataCenter11 Flavour = "dc11"    // Data Center 11: service accounts, and no passwords for the API unless BasicOn
	Server7      Flavour = "server7" // Server 7.6.1: comment properties, no personal access tokens
	Server6      Flavour = "server6" // Server 6.1.7: no deploymentType, no comment properties, no orderBy, older permission keys
)

// Options choose what is played. The zero value is a Jira Cloud at the root of a
// loopback port, with the default credentials and limits.
type Options struct {
	Flavour Flavour // "": Cloud
	Context string  // context path, such as /jira
	Addr    string  // where Start listens; "": a free loopback port
	Control string  // where Start listens for control while Jira is down; "": a free loopback port

	// Now is the clock; nil: the system's.
	Now func() time.Time
	// Latency is how long every answer takes at least.
	Latency time.Duration
	// Seed makes faults with a probability repeatable.
	Seed uint64

	// Token is accepted as Bearer; User and Password as Basic (Cloud: e-mail and
	// API token). All empty: the defaults, see Credentials.
	Token, User, Password string
	// Account is who logs in; the zero value: jirahook.
	Account User
	// Scoped: as with scoped tokens on Cloud, the site's host answers 401, and
	// calls must go to /ex/jira/{cloudId}.
	Scoped bool
	// UserScopeOnly: of the scopes the token has read:jira-user alone (Cloud).
	UserScopeOnly bool
	// Client and ClientSecret are the OAuth credentials for the development panel
	// (Cloud); "": none are accepted.
	Client, ClientSecret string
	// Service and ServiceSecret are the OAuth credentials of a service account
	// (Data Center 11, Cloud); "": none are accepted.
	Service, ServiceSecret string
	// TokenLife is how long a token of a service account is good; 0: an hour.
	TokenLife time.Duration
	// BasicOn: an administrator of Data Center 11 has switched passwords on.
	BasicOn bool
	// CloudID; "": a fixed one.
	CloudID string
	// CaptchaAfter is how many failed logins bring the CAPTCHA (Server and Data
	// Center); 0: never.
	CaptchaAfter int

	// TextLimit is the number of UTF-16 units a text may have; 0: 32,767;
	// negative: none.
	TextLimit int
	// Limits per issue, beyond which Jira answers 413; 0: 5,000 comments, 5,000
	// worklogs and 2,000 links on Cloud, none elsewhere.
	CommentLimit, WorklogLimit, LinkLimit int
	// PageLimit is the greatest number of issues of one search page; 0: 1,000 on
	// Server and Data Center, 100 on Cloud.
	PageLimit int
	// UTF8MB3 plays a Server whose MySQL keeps three-byte characters only: it
	// answers 500 to a character beyond U+FFFF.
	UTF8MB3 bool
	// NoExpandedProperties plays a Jira that lists comments without their
	// properties, as its documentation has it; each comment tells its own.
	NoExpandedProperties bool
}

// Server is a fake Jira. Its methods may be called from several goroutines.
type Server struct {
	opts  Options
	table []route
	done  chan struct{} // closed by Close: nothing hangs any longer

	mu       sync.Mutex // guards everything below
	lastID   int
	projects []*project
	issues   map[string]*issue // by every key an issue has or had
	order    []*issue          // in order of creation
	users    []User
	tokens   map[string]time.Time // of service accounts → when they end
	personal []PersonalToken
	groups   []string
	tracking bool // time tracking
	unlinked bool // linking is off
	// translated are names of statuses and transitions as our account sees them.
	translated map[string]string
	faults     []*armed
	random     *rand.Rand
	failed     int // logins in a row
	requests   []*Request
	busy       time.Duration // with answering, since the log was emptied
	closed     bool
	port       *port
	main       *listening // nil while down
	control    *listening

	inflight sync.WaitGroup
}

// New makes a fake Jira without projects. It does not listen until Start.
func New(o Options) *Server {
	o = withDefaults(o)
	return &Server{
		opts:     o,
		table:    routes(),
		done:     make(chan struct{}),
		issues:   map[string]*issue{},
		users:    []User{o.Account},
		tokens:   map[string]time.Time{},
		personal: []PersonalToken{{Name: "jirahook"}},
		groups:   []string{"jira-software-users"},
		tracking: true,
		lastID:   10000,
		random:   rand.New(rand.NewPCG(o.Seed, o.Seed)),
	}
}

func withDefaults(o Options) Options {
	if o.Flavour == "" {
		o.Flavour = Cloud
	}
	o.Context = strings.TrimRight(o.Context, "/")
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Control == "" {
		o.Control = "127.0.0.1:0"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Token == "" && o.User == "" {
		o.Token, o.User, o.Password = "fake-token", "jirahook", "fake-password"
		if o.Flavour == Cloud {
			o.User = "jirahook@example.test"
		}
	}
	if o.Account == (User{}) {
		o.Account = User{Name: "jirahook", DisplayName: "Jirahook", Email: "jirahook@example.test"}
	}
	o.Account = o.Account.withDefaults()
	if o.CloudID == "" {
		o.CloudID = "7f8f9b57-4b9c-4c2e-8f0f-6b7f0b1f7b11"
	}
	if o.TokenLife == 0 {
		o.TokenLife = time.Hour
	}
	if o.TextLimit == 0 {
		o.TextLimit = 32767
	}
	if o.Flavour == Cloud {
		o.CommentLimit = orElse(o.CommentLimit, 5000)
		o.WorklogLimit = orElse(o.WorklogLimit, 5000)
		o.LinkLimit = orElse(o.LinkLimit, 2000)
		o.PageLimit = orElse(o.PageLimit, 100)
	}
	o.PageLimit = orElse(o.PageLimit, 1000)
	return o
}

func orElse(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// Credentials are what the fake accepts now: Basic with user and password, or
// Bearer with token where this kind of Jira knows tokens.
func (s *Server) Credentials() (user, password, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opts.User, s.opts.Password, s.opts.Token
}

// SetCredentials changes what is accepted, as when a token expires or a secret
// is replaced.
func (s *Server) SetCredentials(user, password, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.User, s.opts.Password, s.opts.Token = user, password, token
}

// listening is an HTTP server with its listener.
type listening struct {
	http.Server
	listener net.Listener
}

// listen serves on an address until close.
func (s *Server) listen(addr string) (*listening, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	srv := &listening{Server: http.Server{Handler: s}, listener: l}
	go srv.Serve(l) //nolint:errcheck // it ends with close
	return srv, nil
}

// close closes the listener by itself, because Serve may not have begun.
func (l *listening) close() {
	l.listener.Close()
	l.Server.Close()
}

// Start listens on the addresses of the options.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := reserve(s.opts.Addr)
	if err != nil {
		return err
	}
	control, err := s.listen(s.opts.Control)
	if err != nil {
		p.release()
		return err
	}
	s.port, s.control = p, control
	s.main, err = s.listen(p.addr)
	return err
}

// SetDown makes Jira unreachable, or reachable again on the same address. While
// it is down open connections are cut and new ones refused; the port stays
// taken.
func (s *Server) SetDown(down bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.port == nil || s.closed || down == (s.main == nil) {
		return nil
	}
	if down {
		s.main.close()
		s.main = nil
		return nil
	}
	var err error
	s.main, err = s.listen(s.port.addr)
	return err
}

// URL is the address for people and for the API: scheme, host, port, context
// path.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.port == nil {
		return ""
	}
	return "http://" + s.port.addr + s.opts.Context
}

// APIHostURL is the base for calls as api.atlassian.com has it:
// …/ex/jira/{cloudId}.
func (s *Server) APIHostURL() string {
	return s.URL() + "/ex/jira/" + s.opts.CloudID
}

// ControlURL serves the same as URL without its context path, and stays
// reachable while Jira is down.
func (s *Server) ControlURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.control == nil {
		return ""
	}
	return "http://" + s.control.listener.Addr().String()
}

// Close ends listening and waits until no request is being served.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.done)
		for _, l := range []*listening{s.main, s.control} {
			if l != nil {
				l.close()
			}
		}
		if s.port != nil {
			s.port.release()
		}
	}
	s.mu.Unlock()
	s.inflight.Wait()
}

// ServeHTTP answers one request: control, API or page.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	s.inflight.Add(1)
	s.mu.Unlock()
	defer s.inflight.Done()

	if strings.HasPrefix(r.URL.Path, "/_fake/") {
		s.serveControl(w, r)
		return
	}
	began := time.Now()
	s.pause(r.Context(), s.opts.Latency)
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.busy += time.Since(began)
	}()
	s.serveJira(w, r)
}

// pause waits for d, or until the client is gone or the server is closed.
func (s *Server) pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	case <-s.done:
	}
}

// id gives the next number; Jira's numbers are unique per kind of thing, ours
// for all. s.mu is held.
func (s *Server) id() int {
	s.lastID++
	return s.lastID
}
