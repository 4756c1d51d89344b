package jiratest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Kind is a way of going wrong.
type Kind string

const (
	// Drop cuts the connection without an answer.
	Drop Kind = "drop"
	// Hang gives no answer for Delay (0: until the client gives up). With Applied
	// the request took effect and is answered after the delay; without, it never
	// takes effect, and the connection is cut.
	Hang Kind = "hang"
	// Late holds the request back for Delay, then carries it out, even when the
	// client has given up.
	Late Kind = "late"
	// StatusCode answers Status (0: 503) with Jira's JSON of an error, RetryAfter and
	// Header.
	StatusCode Kind = "status"
	// RateLimited answers 429 with RetryAfter ("": no such header) and the
	// X-RateLimit headers of this kind of Jira.
	RateLimited Kind = "rate-limited"
	// Maintenance answers 503 with a page for people.
	Maintenance Kind = "maintenance"
	// HTML, Empty, Truncated, Garbage, Slow and Huge spoil the answer to a request
	// that took effect: a page with the right status, nothing, half of it and a
	// cut connection, no JSON, a few bytes at a time over Delay, 32 MB.
	HTML      Kind = "html"
	Empty     Kind = "empty"
	Truncated Kind = "truncated"
	Garbage   Kind = "garbage"
	Slow      Kind = "slow"
	Huge      Kind = "huge"
	// Login redirects to a login page that answers 200.
	Login Kind = "login"
	// AuthFailed treats the caller as Cloud treats an expired token: as nobody,
	// with X-Seraph-LoginReason: AUTHENTICATED_FAILED.
	AuthFailed Kind = "auth-failed"
	// Unauthorized, Captcha, XSRF and IPBlocked refuse before anything happens.
	Unauthorized Kind = "unauthorized"
	Captcha      Kind = "captcha"
	XSRF         Kind = "xsrf"
	IPBlocked    Kind = "ip-blocked"
	// Any is one of the above that a second try gets over, chosen anew each time;
	// Hang only if there is a Delay.
	Any Kind = "any"
)

// Forever as Times keeps a fault until ClearFaults.
const Forever = -1

// Fault says which requests go wrong, and how. The fault that was injected first
// and fits strikes.
type Fault struct {
	Kind   Kind
	Method string // "": any
	Path   string // RE2, somewhere in the path below the context path; "": any of the API
	Times  int    // how often it strikes; 0: once
	Skip   int    // how many fitting requests pass before
	// Probability is the share of fitting requests that it strikes; 0: all.
	Probability float64
	// Applied: Drop, Hang, StatusCode, RateLimited and Maintenance come after the
	// request took effect.
	Applied    bool
	Delay      time.Duration
	Status     int
	RetryAfter string            // seconds or a date; "": no header
	Header     map[string]string // further headers of StatusCode and RateLimited
	// Match, if set, must say yes too. It cannot be given over HTTP.
	Match func(*http.Request) bool
}

// armed is a fault with what is left of it.
type armed struct {
	Fault
	path *regexp.Regexp
	left int // negative: forever
	skip int
}

// Inject adds a fault. Its error is a bad pattern or an unknown kind.
func (s *Server) Inject(f Fault) error {
	if !slices.Contains(kinds(), f.Kind) {
		return fmt.Errorf("fault: unknown kind %q", f.Kind)
	}
	path, err := regexp.Compile(f.Path)
	if err != nil {
		return fmt.Errorf("fault: %w", err)
	}
	a := &armed{Fault: f, path: path, left: f.Times, skip: f.Skip}
	if f.Times == 0 {
		a.left = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, a)
	return nil
}

// ClearFaults takes all faults away. Requests that hang go on hanging.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func kinds() []Kind {
	return append(passing(), Late, Login, AuthFailed, Unauthorized, Captcha, XSRF, IPBlocked, Any)
}

// passing are the kinds that a second try gets over.
func passing() []Kind {
	return []Kind{Drop, Hang, StatusCode, RateLimited, Maintenance, HTML, Empty, Truncated, Garbage, Slow, Huge}
}

// strike gives the fault for a request, if there is one, and uses it up. s.mu is
// held.
func (s *Server) strike(c *call) *Fault {
	for _, a := range s.faults {
		if a.left == 0 || !a.fits(c) {
			continue
		}
		if a.skip > 0 {
			a.skip--
			continue
		}
		if a.Probability > 0 && s.random.Float64() >= a.Probability {
			continue
		}
		a.left--
		f := a.Fault
		if f.Kind == Any {
			all := passing()
			if f.Delay == 0 {
				all = slices.DeleteFunc(all, func(k Kind) bool { return k == Hang })
			}
			f.Kind, f.Applied = all[s.random.IntN(len(all))], s.random.IntN(2) == 0
		}
		c.log.Fault = f.Kind
		return &f
	}
	return nil
}

// fits tells whether a fault is for a request. Without a path it leaves the
// pages for people alone.
func (a *armed) fits(c *call) bool {
	api := strings.HasPrefix(c.log.Path, "/rest/") || strings.HasPrefix(c.log.Path, "/_edge/")
	return (a.Method == "" || strings.EqualFold(a.Method, c.Method)) &&
		(a.Path != "" || api) && a.path.MatchString(c.log.Path) &&
		(a.Match == nil || a.Match(c.Request))
}
