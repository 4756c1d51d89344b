package jira

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"jirahook/plan"
)

const (
	wordsPassword  = "the proxy wants a password (407)"
	advicePassword = "look at jira.proxy"
)

// proxyRefusal is a proxy's no to the wish to be connected with Jira.
type proxyRefusal struct{ status int }

func (e *proxyRefusal) Error() string {
	return "the proxy does not connect to it (" + statusText(e.status) + ")"
}

func isPasswordWanted(err error) bool {
	e, ok := errors.AsType[*proxyRefusal](err)
	return ok && e.status == http.StatusProxyAuthRequired
}

// onConnect tells a proxy's refusal apart from other errors.
func onConnect(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		return &proxyRefusal{answer.StatusCode}
	}
	return nil
}

// hasOwnWay reports whether requests go through a proxy that only the process's
// environment names.
func hasOwnWay(o Options, base *url.URL) bool {
	if o.Jira.Proxy != "" || o.Proxy == nil {
		return false
	}
	proxy, err := o.Proxy(&http.Request{URL: base})
	return err != nil || proxy != nil
}

// ownWay marks an error that says nothing of the site to processes which reach it
// in another way: no connection came about, or, where the proxy reads along and
// may answer itself, it was not Jira that spoke.
func (c *Client) ownWay(a answer, connected bool, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !c.environment || !ok || e.Verdict != plan.Away && e.Verdict != plan.Locked {
		return err
	}
	byJira := e.words.fromJira || a.header.Get("X-Arequestid") != "" || a.header.Get("X-Seraph-Loginreason") != ""
	if connected && (c.base.Scheme == "https" || byJira) {
		return err
	}
	marked := *e
	marked.OwnWay = true
	const advice = "look at the proxy in this process's environment: http_proxy, https_proxy, no_proxy; or set jira.proxy"
	if marked.Advice == "" || marked.Advice == advicePassword {
		marked.Advice = advice
	}
	return &marked
}
