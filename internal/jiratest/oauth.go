package jiratest

import (
	"encoding/json"
	"net/http"
)

// accessToken is what the development panel's address accepts.
const accessToken = "fake-access-token"

// oauthToken gives a token for the OAuth credentials of the options, as
// api.atlassian.com does.
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
	if s.opts.Client == "" || in.Client != s.opts.Client || in.Secret != s.opts.ClientSecret {
		return jsonAnswer(http.StatusUnauthorized, map[string]string{"error": "access_denied", "error_description": "Unauthorized"})
	}
	return jsonAnswer(http.StatusOK, map[string]any{"access_token": accessToken, "expires_in": 900, "token_type": "Bearer"})
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
