package jiratest

import (
	"bytes"
	"net/http"
	"strconv"
	"time"
)

// hugeBody is the size of an answer that no client should read to its end.
const hugeBody = 32 << 20

// serveFault answers a request that a fault strikes.
func (s *Server) serveFault(w http.ResponseWriter, c *call, f Fault) {
	switch f.Kind {
	case Drop, Hang:
		s.withhold(w, c, f)
	case Late:
		s.wait(f.Delay)
		s.send(w, c, s.answer(c))
	case StatusCode, RateLimited, Maintenance:
		if f.Applied {
			s.answer(c)
		}
		s.send(w, c, s.substitute(c, f))
	case Login, Unauthorized, Captcha, XSRF, IPBlocked:
		s.send(w, c, s.substitute(c, f))
	case AuthFailed:
		c.auth = "none"
		s.send(w, c, s.answer(c).with("X-Seraph-LoginReason", "AUTHENTICATED_FAILED"))
	default:
		s.spoil(w, c, f, s.answer(c))
	}
}

// withhold gives no answer, or gives it late.
func (s *Server) withhold(w http.ResponseWriter, c *call, f Fault) {
	var a answer
	if f.Applied {
		a = s.answer(c)
	}
	if f.Kind == Hang && f.Delay == 0 {
		select {
		case <-c.Context().Done():
		case <-s.done:
		}
	} else if f.Kind == Hang {
		s.pause(c.Context(), f.Delay)
	}
	if f.Kind == Drop || !f.Applied {
		panic(http.ErrAbortHandler)
	}
	s.send(w, c, a)
}

// wait is pause for a client that may go away.
func (s *Server) wait(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.done:
	}
}

// substitute is what is answered in place of the real answer.
func (s *Server) substitute(c *call, f Fault) answer {
	switch f.Kind {
	case Login:
		return htmlAnswer(http.StatusFound, "").with("Location", c.base+"/login.jsp?os_destination=%2F")
	case Unauthorized:
		return notLoggedIn()
	case Captcha:
		return captcha(c)
	case XSRF:
		return xsrf()
	case IPBlocked:
		return refuse(http.StatusForbidden, "The IP address has been rejected because it is not on the allowed list. Please contact your administrator.")
	case Maintenance:
		return f.dress(htmlAnswer(http.StatusServiceUnavailable, "<!DOCTYPE html><html><head><title>Jira is unavailable</title></head><body><h1>We&#39;ll be right back</h1></body></html>"))
	case RateLimited:
		return f.dress(s.rateLimited())
	}
	status := f.Status
	if status == 0 {
		status = http.StatusServiceUnavailable
	}
	return f.dress(refuse(status, "Fault on demand: "+http.StatusText(status)))
}

// dress adds the headers that a fault wants.
func (f Fault) dress(a answer) answer {
	if f.RetryAfter != "" {
		a = a.with("Retry-After", f.RetryAfter)
	}
	for k, v := range f.Header {
		a = a.with(k, v)
	}
	return a
}

// rateLimited is a 429 with the headers that Cloud or Data Center send.
func (s *Server) rateLimited() answer {
	a := refuse(http.StatusTooManyRequests, "Rate limit exceeded.")
	if s.opts.Flavour == Cloud {
		return a.with("X-RateLimit-Limit", "100").with("X-RateLimit-Remaining", "0").
			with("X-RateLimit-Reset", s.opts.Now().UTC().Add(time.Minute).Format("2006-01-02T15:04Z")).
			with("RateLimit-Reason", "jira-burst-based")
	}
	return a.with("X-RateLimit-Limit", "50").with("X-RateLimit-Remaining", "0").
		with("X-RateLimit-FillRate", "10").with("X-RateLimit-Interval-Seconds", "60")
}

// spoil sends the answer to a request that took effect, but not as it should be.
func (s *Server) spoil(w http.ResponseWriter, c *call, f Fault, a answer) {
	switch f.Kind {
	case HTML:
		s.send(w, c, htmlAnswer(a.status, "<!DOCTYPE html><html><body>Welcome to Jira</body></html>"))
	case Empty:
		a.body = nil
		s.send(w, c, a)
	case Garbage:
		a.body = []byte(`{"id":"10`)
		s.send(w, c, a)
	case Truncated:
		s.logStatus(c, a.status)
		s.writePart(w, a, len(a.body), a.body[:len(a.body)/2])
		panic(http.ErrAbortHandler)
	case Slow:
		s.logStatus(c, a.status)
		s.dribble(w, c, f, a)
	case Huge:
		s.logStatus(c, a.status)
		s.swell(w, a)
	}
}

// swell sends a JSON object of hugeBody bytes.
func (s *Server) swell(w http.ResponseWriter, a answer) {
	const begin, end = `{"filler":"`, `"}`
	s.writePart(w, a, hugeBody, []byte(begin))
	chunk := bytes.Repeat([]byte("x"), 1<<20)
	for left := hugeBody - len(begin) - len(end); left > 0; left -= len(chunk) {
		if _, err := w.Write(chunk[:min(left, len(chunk))]); err != nil {
			return // the client has had enough
		}
	}
	w.Write([]byte(end)) //nolint:errcheck // the client may be gone
}

// writePart sends the head of an answer with a promised length, and a part of
// the body.
func (s *Server) writePart(w http.ResponseWriter, a answer, length int, part []byte) {
	for k, v := range a.header {
		w.Header()[k] = v
	}
	if a.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(a.status)
	w.Write(part) //nolint:errcheck // the client may be gone
	_ = http.NewResponseController(w).Flush()
}

// dribble sends the body in ten parts over the fault's delay.
func (s *Server) dribble(w http.ResponseWriter, c *call, f Fault, a answer) {
	s.writePart(w, a, len(a.body), nil)
	const parts = 10
	for n := range parts {
		s.pause(c.Context(), f.Delay/parts)
		_, _ = w.Write(a.body[len(a.body)*n/parts : len(a.body)*(n+1)/parts])
		_ = http.NewResponseController(w).Flush()
	}
}
