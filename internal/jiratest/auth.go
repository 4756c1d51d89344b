package jiratest

import (
	"encoding/json"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"
)

// login is what a request's credentials came to.
type login int

const (
	anonymous login = iota
	failed          // Cloud: bad credentials, treated as anonymous
	member
)

func authKind(r *http.Request) string {
	kind, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch kind = strings.ToLower(kind); kind {
	case "":
		return "none"
	case "basic", "bearer":
		return kind
	}
	return "other"
}

// authenticate sets who calls. It answers false with a refusal when the
// credentials end the request right there.
func (s *Server) authenticate(c *call) (answer, bool) {
	kind := c.auth
	if s.opts.Flavour == Cloud {
		return s.authenticateCloud(c, kind)
	}
	if kind == "none" || kind == "other" || kind == "bearer" && !s.opts.Flavour.isDataCenter() {
		return answer{}, true // personal access tokens came with 8.14; before, Bearer means nothing
	}
	if kind == "basic" && s.opts.Flavour == DataCenter11 && !s.opts.BasicOn {
		return basicOff(), false
	}
	if kind == "basic" && s.opts.CaptchaAfter > 0 && s.failed >= s.opts.CaptchaAfter {
		return captcha(c), false
	}
	if s.accepts(c, kind) {
		c.who, s.failed = member, 0
		return answer{}, true
	}
	if kind == "bearer" {
		return notLoggedIn(), false
	}
	s.failed++
	return htmlAnswer(http.StatusUnauthorized, "<html><head><title>Unauthorized (401)</title></head><body>Encountered a <code>\"401 - Unauthorized\"</code> error.</body></html>").
		with("X-Seraph-LoginReason", "AUTHENTICATED_FAILED").
		with("WWW-Authenticate", `OAuth realm="`+c.base+`"`), false
}

func (s *Server) authenticateCloud(c *call, kind string) (answer, bool) {
	onSite := !c.apiHost
	switch {
	case onSite && kind == "none":
		return answer{}, true
	case onSite && s.opts.Scoped:
		return jsonAnswer(http.StatusUnauthorized, map[string]any{"code": 401, "message": "Unauthorized; scope does not match"}), false
	case s.opts.UserScopeOnly && s.accepts(c, kind) && !strings.HasSuffix(c.log.Path, "/myself") && !strings.HasSuffix(c.log.Path, "/serverInfo"):
		return jsonAnswer(http.StatusUnauthorized, map[string]any{"code": 401, "message": "Unauthorized; scope does not match"}), false
	case s.accepts(c, kind) && !(onSite && kind == "bearer"):
		c.who = member
		return answer{}, true
	case c.apiHost:
		return jsonAnswer(http.StatusUnauthorized, map[string]any{"code": 401, "message": "Unauthorized"}), false
	}
	c.who = failed
	return answer{}, true
}

func (s *Server) accepts(c *call, kind string) bool {
	switch kind {
	case "basic":
		user, password, ok := c.BasicAuth()
		return ok && s.opts.User != "" && user == s.opts.User && password == s.opts.Password
	case "bearer":
		_, token, _ := strings.Cut(c.Header.Get("Authorization"), " ")
		return s.opts.Token != "" && token == s.opts.Token || s.opts.Now().Before(s.tokens[token])
	}
	return false
}

// ClearCaptcha is what an administrator does after too many failed logins.
func (s *Server) ClearCaptcha() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = 0
}

func notLoggedIn() answer {
	return jsonAnswer(http.StatusUnauthorized, map[string]any{
		"message": "Client must be authenticated to access this resource.", "status-code": 401,
	})
}

// basicOff is how Data Center answers any password that is sent to its API while
// an administrator has not switched that on, which from 11 on is the default.
func basicOff() answer {
	return jsonAnswer(http.StatusForbidden, map[string]string{"message": "Basic Authentication has been disabled on this instance."})
}

func captcha(c *call) answer {
	return htmlAnswer(http.StatusForbidden, "<html><body>Basic Authentication Failure - Reason : AUTHENTICATION_DENIED</body></html>").
		with("X-Seraph-LoginReason", "AUTHENTICATION_DENIED").
		with("X-Authentication-Denied-Reason", "CAPTCHA_CHALLENGE; login-url="+c.base+"/login.jsp")
}

func xsrf() answer {
	return textAnswer(http.StatusForbidden, "text/html", "XSRF check failed")
}

// checkRequest refuses writes from something like a browser, and bodies that are
// not JSON.
func (s *Server) checkRequest(c *call) (answer, bool) {
	if c.Method != http.MethodPost && c.Method != http.MethodPut && c.Method != http.MethodDelete {
		return answer{}, true
	}
	browser := strings.Contains(c.UserAgent(), "Mozilla") || strings.Contains(c.UserAgent(), "Opera")
	if browser && c.Header.Get("X-Atlassian-Token") != "no-check" {
		return xsrf(), false
	}
	if c.Method == http.MethodDelete {
		return answer{}, true
	}
	media, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return htmlAnswer(http.StatusUnsupportedMediaType, "<html><body>HTTP Status 415 - Unsupported Media Type</body></html>"), false
	}
	if !utf8.Valid(c.body) {
		return refuse(http.StatusBadRequest, "Invalid UTF-8 middle byte"), false
	}
	if !json.Valid(c.body) {
		return refuse(http.StatusBadRequest, "There was an error parsing JSON. Check that your request body is valid."), false
	}
	return answer{}, true
}
