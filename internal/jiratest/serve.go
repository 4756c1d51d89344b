package jiratest

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Request is one line of the log of requests, in order of arrival.
type Request struct {
	Method string
	Path   string // below the context path, unescaped
	Query  string
	Status int // 0: no answer was sent (yet)
	// UserAgent is as sent; of the Authorization header only its kind is kept:
	// none, basic, bearer, other.
	UserAgent string
	Auth      string
	Body      string
	Fault     Kind // the fault that struck it; "": none
}

// maxBody is how much of a request's body is read.
const maxBody = 16 << 20

// call is one request on its way through the fake.
type call struct {
	*http.Request
	path    []string // segments below the context path, unescaped
	vars    map[string]string
	body    []byte
	base    string // what this request calls our address: scheme, host, context path
	apiHost bool   // came by /ex/jira/{cloudId}
	auth    string // the kind of credentials
	who     login
	log     *Request
}

// serveJira answers a request to Jira itself.
func (s *Server) serveJira(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return // the client left in the middle of its request
	}
	c := s.newCall(r, body)
	s.mu.Lock()
	s.requests = append(s.requests, c.log)
	f := s.strike(c)
	s.mu.Unlock()
	if f == nil {
		s.send(w, c, s.answer(c))
		return
	}
	s.serveFault(w, c, *f)
}

// send logs the status before the answer goes out, so that a test that has the
// answer finds it in the log.
func (s *Server) send(w http.ResponseWriter, c *call, a answer) {
	s.logStatus(c, a.status)
	a.writeTo(w)
}

func (s *Server) logStatus(c *call, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.log.Status = status
}

func (s *Server) newCall(r *http.Request, body []byte) *call {
	c := &call{Request: r, body: body, auth: authKind(r), vars: map[string]string{}}
	c.base = "http://" + r.Host + s.opts.Context
	path, below := strings.CutPrefix(r.URL.EscapedPath(), s.opts.Context)
	if below && (path == "" || path[0] == '/') {
		c.path = segments(path)
	}
	if len(c.path) > 3 && c.path[0] == "ex" && c.path[1] == "jira" && c.path[2] == s.opts.CloudID && s.opts.Flavour == Cloud {
		c.path, c.apiHost = c.path[3:], true
	}
	c.log = &Request{
		Method: r.Method, Path: "/" + strings.Join(c.path, "/"), Query: r.URL.RawQuery,
		UserAgent: r.UserAgent(), Auth: c.auth, Body: string(body),
	}
	return c
}

// segments splits an escaped path, and takes each part's escapes away.
func segments(path string) []string {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, p := range parts {
		if plain, err := url.PathUnescape(p); err == nil {
			parts[i] = plain
		}
	}
	return parts
}

// answer carries the request out and says what to answer.
func (s *Server) answer(c *call) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, refusal := s.route(c)
	if r == nil {
		return refusal
	}
	if r.access == page {
		return r.handle(s, c)
	}
	if refusal, ok := s.authenticate(c); !ok {
		return refusal
	}
	if refusal, ok := s.checkRequest(c); !ok {
		return refusal
	}
	var a answer
	if r.access == members && c.who != member {
		a = notLoggedIn()
	} else {
		a = r.handle(s, c)
	}
	if c.who == failed {
		a = a.with("X-Seraph-LoginReason", "AUTHENTICATED_FAILED")
	}
	return a
}

// Requests are the requests to Jira so far, in order of arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Request, len(s.requests))
	for i, r := range s.requests {
		out[i] = *r
	}
	return out
}

// ClearRequests empties the log of requests.
func (s *Server) ClearRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.busy = nil, 0
}

// Busy is how long the answers took together since ClearRequests.
func (s *Server) Busy() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy
}
