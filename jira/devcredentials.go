package jira

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"jirahook/plan"
)

// CheckDevelopment asks for a token with the OAuth credentials of
// jira.development, and with that whether development information may be read.
// It writes nothing. cloudID is the site's. The credentials go to
// jira.development.api_url and nowhere else.
func CheckDevelopment(ctx context.Context, o Options, secret, cloudID string) error {
	dev := o.Jira.Development
	base, err := url.Parse(dev.APIURL)
	if err != nil || base.Host == "" {
		return &Error{Verdict: plan.Locked, Problem: "jira.development.api_url is no address"}
	}
	anonymous := o
	anonymous.Anonymous = true
	client, err := newHTTPClient(anonymous, &url.URL{Scheme: base.Scheme, Host: base.Host, Path: strings.TrimRight(base.Path, "/") + "/"})
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{
		"audience": "api.atlassian.com", "grant_type": "client_credentials", "client_id": dev.ClientID, "client_secret": secret,
	})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base.JoinPath("oauth/token").String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	var token struct {
		Access string `json:"access_token"`
	}
	status, err := exchangeJSON(client, req, &token)
	switch {
	case err != nil:
		return developmentAway(err)
	case status == http.StatusTooManyRequests || status >= 500:
		return &Error{Verdict: plan.Away, Status: status, Problem: "the token's address answers " + statusText(status)}
	case status != http.StatusOK || token.Access == "":
		return &Error{Verdict: plan.Locked, Status: status, Problem: "the OAuth credentials of jira.development are not accepted (" + statusText(status) + ")",
			Advice: "make new ones in Jira: settings, Apps, OAuth credentials, with the permission Development information; then set jira.development.client_id and its secret_file"}
	}
	if cloudID == "" {
		return &Error{Verdict: plan.Locked, Problem: "the site's cloud id is not known", Advice: "set jira.development.cloud_id"}
	}
	look := base.JoinPath("jira/devinfo/0.1/cloud", cloudID, "existsByProperties").String() + "?jirahook=doctor"
	req, err = http.NewRequestWithContext(ctx, http.MethodGet, look, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token.Access)
	status, err = exchangeJSON(client, req, nil)
	switch {
	case err != nil:
		return developmentAway(err)
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound:
		return &Error{Verdict: plan.Locked, Status: status, Problem: "development information may not be read with these credentials (" + statusText(status) + ")",
			Advice: "give them the permission Development information, and look at jira.development.cloud_id"}
	case status >= 300:
		return &Error{Verdict: plan.Away, Status: status, Problem: "the development panel's address answers " + statusText(status)}
	}
	return nil
}

func developmentAway(err error) error {
	problem, advice := unreachable(err)
	return &Error{Verdict: plan.Away, Problem: "jira.development.api_url does not answer: " + problem, Advice: advice}
}

// exchangeJSON sends a request and reads the answer, a limited one, into a value
// if it is a good one.
func exchangeJSON(client *http.Client, req *http.Request, into any) (status int, err error) {
	resp, err := client.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err
		}
		return 0, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	if into != nil && resp.StatusCode == http.StatusOK {
		if err := json.Unmarshal(data, into); err != nil {
			return 0, fmt.Errorf("its answer cannot be read: %w", err)
		}
	}
	return resp.StatusCode, nil
}
