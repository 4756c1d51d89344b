package jira

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"jirahook/plan"
)

// tenantInfo is where each Cloud site tells its id to anybody.
const tenantInfo = "_edge/tenant_info"

// CloudID asks for the id of the site at jira.url; "" when that does not tell
// one, as no Server does. The client's api_url must be empty.
func (c *Client) CloudID(ctx context.Context) string {
	id, err := c.askCloudID(ctx)
	if err != nil {
		return ""
	}
	return id
}

func (c *Client) askCloudID(ctx context.Context) (string, error) {
	a := answer{short: "GET /" + tenantInfo + ": not sent"}
	req, err := c.jira.NewRequestWithContext(ctx, http.MethodGet, tenantInfo, nil)
	if err != nil {
		return "", notSent(a, "the request cannot be made", err)
	}
	resp, err := c.jira.Do(req, nil) // nobody need log in for it
	if resp == nil {
		return "", c.noAnswer(ctx, a, err, false)
	}
	a.status, a.header = resp.StatusCode, resp.Header
	a.short = strings.TrimSuffix(a.short, "not sent") + strconv.Itoa(a.status)
	if a.body, err = readAnswer(resp.Body); err != nil && a.status == http.StatusOK {
		return "", c.noAnswer(ctx, a, err, false)
	}
	var info struct {
		CloudID string `json:"cloudId"`
	}
	if a.status == http.StatusOK && json.Unmarshal(a.body, &info) == nil {
		if id := short(info.CloudID); isCloudID(id) {
			return id, nil
		}
	}
	e := &Error{Verdict: plan.Locked, Status: a.status, exchange: a.short,
		Problem: c.config.URL + "/" + tenantInfo + " does not tell the site's id (" + statusText(a.status) + ")",
		Advice:  "set jira.api_url: " + atlassian + "/ex/jira/<cloudId>"}
	if a.status == http.StatusTooManyRequests || a.status >= 500 {
		e.Verdict, e.RetryAfter, e.Advice = plan.Away, wait(a.header, c.now()), ""
	}
	return "", e
}

// gateway is where Cloud's calls go that do not go to the site itself.
func (c *Client) gateway() string { return cmp.Or(c.config.Development.APIURL, atlassian) }

// adviceTime is how long the site's id is asked for, to be told as advice.
const adviceTime = 3 * time.Second

// apiLine is the line of the configuration with which a token that has scopes works:
// with the id that the site tells, or with words in its place.
func (c *Client) apiLine(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, adviceTime)
	defer cancel()
	id, err := c.cloudID.get(ctx, c.askCloudID)
	if err != nil {
		return "jira.api_url: " + c.gateway() + "/ex/jira/<cloudId>; the id stands in " + c.config.URL + "/" + tenantInfo
	}
	return "jira.api_url: " + c.gateway() + "/ex/jira/" + id
}

// isCloudID lets through what an id is made of: it becomes part of an address and of
// words for people.
func isCloudID(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	})
}
