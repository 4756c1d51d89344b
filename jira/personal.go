package jira

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// PersonalToken is one of the account's personal access tokens on Data Center.
type PersonalToken struct {
	Name string
	Ends time.Time // zero: never
}

// PersonalTokens lists those of the account that have not ended: Data Center's
// GET /rest/pat/latest/tokens, from 8.14 on. It does not tell which one is in use.
// Where there is no such list, as on Cloud, it is nil.
func (c *Client) PersonalTokens(ctx context.Context) ([]PersonalToken, error) {
	site, err := c.site(ctx)
	if err != nil || site.Cloud || c.config.Auth.Type != "token" || !site.atLeast(8, 14) {
		return nil, err
	}
	var list []struct {
		Name string          `json:"name"`
		Ends json.RawMessage `json:"expiringAt"`
	}
	// A refusal says nothing of the login, which is not looked at: see callOnce.
	a, err := c.callOnce(ctx, request{method: http.MethodGet, api: "rest/pat/latest/", path: "tokens"})
	if err != nil {
		return nil, err
	}
	if err := decode(a, &list); err != nil {
		return nil, err
	}
	var all []PersonalToken
	for _, t := range list {
		ends := timeOf(t.Ends)
		if ends.IsZero() || ends.After(c.now()) {
			all = append(all, PersonalToken{short(t.Name), ends})
		}
	}
	return all, nil
}

// timeOf reads a time as Atlassian's resources write it: as a text, or in milliseconds
// since 1970. Zero: there is none, or none that can be read.
func timeOf(raw json.RawMessage) time.Time {
	var ms int64
	if json.Unmarshal(raw, &ms) == nil && ms > 0 {
		return time.UnixMilli(ms).UTC()
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.999-0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
