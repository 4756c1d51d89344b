package jiratest

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// accessToken is what the development panel's address accepts.
const accessToken = "fake-access-token"

// isDataCenter: one of today's, with personal access tokens.
func (f Flavour) isDataCenter() bool { return f == DataCenter10 || f == DataCenter11 }

// SetService changes which credentials of a service account are accepted, as when
// its secret is replaced. Tokens that were given out stay good.
func (s *Server) SetService(client, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.Service, s.opts.ServiceSecret = client, secret
}

// RevokeTokens ends all tokens of service accounts before their time.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// oauthToken gives a token for OAuth credentials of the options, as
// api.atlassian.com does: for the development panel, or for a service account.
func (s *Server) oauthToken(c *call) answer {
	var in struct {
		Audience string `json:"audience"`
		Grant    string `json:"grant_type"`
		Client   string `json:"client_id"`
		Secret   string `json:"client_secret"`
	}
	if json.Unmarshal(c.body, &in) != nil || in.Audience != "api.atlassian.com" || in.Grant != "client_credentials" {
		return jsonAnswer(http.StatusBadRequest, map[string]string{"error": "invalid_request"})
	}
	switch {
	case s.opts.Client != "" && in.Client == s.opts.Client && in.Secret == s.opts.ClientSecret:
		return jsonAnswer(http.StatusOK, map[string]any{"access_token": accessToken, "expires_in": 900, "token_type": "Bearer"})
	case s.isService(in.Client, in.Secret):
		return s.giveToken("read:jira-work write:jira-work read:jira-user")
	}
	return jsonAnswer(http.StatusUnauthorized, map[string]string{"error": "access_denied", "error_description": "Unauthorized"})
}

// serviceToken gives a token for a service account's credentials as Data Center
// does from 11 on: it takes a form, and wants to know the scopes. Its errors are
// those of RFC 6749, section 5.2.
func (s *Server) serviceToken(c *call) answer {
	refused := func(status int, problem string) answer {
		return jsonAnswer(status, map[string]string{"error": problem})
	}
	media, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	form, err := url.ParseQuery(string(c.body))
	scopes := strings.Fields(form.Get("scope"))
	known := []string{"READ", "WRITE", "ADMIN", "SYSTEM_ADMIN"}
	switch {
	case media != "application/x-www-form-urlencoded":
		return htmlAnswer(http.StatusUnsupportedMediaType, "<html><body>HTTP Status 415 - Unsupported Media Type</body></html>")
	case err != nil || form.Get("client_id") == "" || form.Get("client_secret") == "":
		return refused(http.StatusBadRequest, "invalid_request")
	case form.Get("grant_type") != "client_credentials":
		return refused(http.StatusBadRequest, "unsupported_grant_type")
	case len(scopes) == 0 || slices.ContainsFunc(scopes, func(name string) bool { return !slices.Contains(known, name) }):
		return refused(http.StatusBadRequest, "invalid_scope")
	case !s.isService(form.Get("client_id"), form.Get("client_secret")):
		return refused(http.StatusUnauthorized, "invalid_client")
	}
	return s.giveToken(form.Get("scope"))
}

func (s *Server) isService(client, secret string) bool {
	return s.opts.Service != "" && client == s.opts.Service && secret == s.opts.ServiceSecret
}

// giveToken makes one, no two alike. s.mu is held.
func (s *Server) giveToken(scope string) answer {
	token := fmt.Sprintf("eyJfake-%d-%016x", s.id(), s.random.Uint64())
	s.tokens[token] = s.opts.Now().Add(s.opts.TokenLife)
	return jsonAnswer(http.StatusOK, map[string]any{
		"access_token": token, "expires_in": int(s.opts.TokenLife.Seconds()), "token_type": "Bearer", "scope": scope,
	})
}

// developmentExists says that there is no such development information.
func (s *Server) developmentExists(c *call) answer {
	if c.Header.Get("Authorization") != "Bearer "+accessToken {
		return jsonAnswer(http.StatusUnauthorized, map[string]any{"code": 401, "message": "Unauthorized"})
	}
	if c.vars["cloud"] != s.opts.CloudID {
		return jsonAnswer(http.StatusNotFound, map[string]any{"errorMessages": []string{"no such site"}})
	}
	return jsonAnswer(http.StatusOK, map[string]bool{"hasDataMatchingProperties": false})
}

// PersonalToken is one of the account's personal access tokens, as Data Center
// lists them: it does not tell which of them is the one in use.
type PersonalToken struct {
	Name string
	Ends time.Time // zero: never
}

// SetPersonalTokens sets the list (Data Center); in the beginning there is one
// without an end.
func (s *Server) SetPersonalTokens(all ...PersonalToken) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.personal = all
}

// personalTokens is Data Center's list of the caller's own.
func (s *Server) personalTokens(*call) answer {
	beans := []map[string]any{}
	for i, p := range s.personal {
		bean := map[string]any{"id": i + 1, "name": p.Name, "createdAt": "2026-01-05T09:00:00.000+0000", "lastAccessedAt": s.opts.Now().Format(stamp)}
		if !p.Ends.IsZero() {
			bean["expiringAt"] = p.Ends.Format(stamp)
		}
		beans = append(beans, bean)
	}
	return jsonAnswer(http.StatusOK, beans)
}
