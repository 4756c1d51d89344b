package jira

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"jirahook/plan"
)

// Site is which Jira this is.
type Site struct {
	Cloud   bool   `json:"Cloud"`
	Version string `json:"Version"`           // "9.12.1"; on Cloud without meaning
	Title   string `json:"Title"`             // what its administrators call it
	Numbers []int  `json:"Numbers"`           // major, minor, patch; empty: not known
	CloudID string `json:"CloudID,omitempty"` // on Cloud, where it had to be known; ""
}

// String is the site in words: "Jira 9.12.1 (Server or Data Center)".
func (s Site) String() string {
	if s.Cloud {
		return "Jira Cloud"
	}
	return strings.TrimSpace("Jira "+s.Version) + " (Server or Data Center)"
}

// atLeast compares a Server's version. A version that is not known is old.
func (s Site) atLeast(major, minor int) bool {
	return len(s.Numbers) >= 2 && slices.Compare(s.Numbers[:2], []int{major, minor}) >= 0
}

// KeepsInternalNotes: a comment can be kept from the customers of a service desk.
func (s Site) KeepsInternalNotes() bool { return s.hasCommentProperties() }

// hasCommentProperties: comments take properties when they are made, and are
// listed in pages and in order. Read in the specifications of 7.6.1 and later;
// 6.1.7 knows neither, and refuses fields it does not know.
func (s Site) hasCommentProperties() bool { return s.Cloud || s.atLeast(7, 6) }

// Site asks Jira what it is; the answer is kept.
func (c *Client) Site(ctx context.Context) (Site, error) {
	return c.detected.get(ctx, c.askSite)
}

// site is what the client must know of the Jira; it asks only where the
// configuration and the address do not tell.
func (c *Client) site(ctx context.Context) (Site, error) {
	if c.knownCloud() {
		return Site{Cloud: true}, nil
	}
	s, err := c.Site(ctx)
	if c.config.Deployment == "server" {
		s.Cloud = false
	}
	return s, err
}

// isCloud is what is known without asking.
func (c *Client) isCloud() bool {
	if c.knownCloud() || c.config.Deployment == "server" {
		return c.knownCloud()
	}
	s, _ := c.detected.peek()
	return s.Cloud
}

// knownCloud: it is Cloud by configuration or by its address.
func (c *Client) knownCloud() bool {
	switch c.config.Deployment {
	case "cloud":
		return true
	case "server":
		return false
	}
	host := c.base.Hostname()
	return strings.HasSuffix(host, ".atlassian.net") || host == "api.atlassian.com"
}

func (c *Client) askSite(ctx context.Context) (Site, error) {
	s, _, err := c.readSite(ctx)
	return s, err
}

func (c *Client) readSite(ctx context.Context) (Site, answer, error) {
	var info struct {
		DeploymentType string `json:"deploymentType"` // absent from Server 6
		Version        string `json:"version"`
		VersionNumbers []int  `json:"versionNumbers"`
		ServerTitle    string `json:"serverTitle"`
	}
	a, err := c.get(ctx, "serverInfo", nil, &info)
	if err != nil {
		return Site{}, a, siteWide(err)
	}
	if info.Version == "" && info.DeploymentType == "" && len(info.VersionNumbers) == 0 {
		return Site{}, a, notJira(a)
	}
	s := Site{
		Cloud:   strings.EqualFold(info.DeploymentType, "cloud"),
		Version: short(info.Version),
		Title:   short(info.ServerTitle),
		Numbers: info.VersionNumbers,
	}
	if w, ok := c.way.peek(); ok && s.Cloud {
		s.CloudID = w.cloudID
	}
	c.onSite(s)
	return s, a, nil
}

// siteWide raises a refusal to one of the whole site: what is asked concerns no
// issue, so a no is not the action's fault.
func siteWide(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Verdict != plan.Refused && e.Verdict != plan.Skipped {
		return err
	}
	raised := *e
	raised.Verdict = plan.Locked
	if raised.Advice == "" {
		raised.Advice = "look at jira.url, and whether the account of jira.auth may use Jira"
	}
	return &raised
}

// Probe asks whether the site is there and accepts our credentials: Done with
// words for a person, or the trouble. serverInfo alone would not tell, as it
// answers anybody. It is asked anew: an outage may have been an upgrade.
func (c *Client) Probe(ctx context.Context) plan.Result {
	c.detected.forget(ctx)
	site, err := c.Site(ctx)
	if err != nil {
		return resultOf(err)
	}
	me, err := c.askSelf(ctx)
	if err != nil {
		return resultOf(err)
	}
	return plan.Result{Verdict: plan.Done, Words: fmt.Sprintf("%s, as %s", site, me)}
}

// user is somebody in Jira: by accountId on Cloud, by key and name elsewhere.
type user struct {
	AccountID   string `json:"accountId"`
	Key         string `json:"key"`
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
}

func (u user) String() string {
	for _, s := range []string{u.DisplayName, u.Name, u.AccountID} {
		if s = short(s); s != "" {
			return s
		}
	}
	return "?"
}

// is reports whether both are the same account. Nobody is nobody.
func (u user) is(o user) bool {
	switch {
	case u.AccountID != "" && o.AccountID != "":
		return u.AccountID == o.AccountID
	case u.Key != "" && o.Key != "":
		return u.Key == o.Key
	}
	return u.Name != "" && strings.EqualFold(u.Name, o.Name)
}

// self is the account we are logged in as; it is asked once.
func (c *Client) self(ctx context.Context) (user, error) { return c.account.get(ctx, c.askSelf) }

func (c *Client) askSelf(ctx context.Context) (user, error) {
	var me user
	a, err := c.get(ctx, "myself", nil, &me)
	if err != nil {
		return user{}, siteWide(err)
	}
	if me.AccountID == "" && me.Name == "" && me.Key == "" {
		return user{}, notJira(a)
	}
	return me, nil
}

// Projects lists the keys of the projects the account sees, also those a project
// had before it was renamed, sorted. A list that is empty or that anybody would
// get is an error.
func (c *Client) Projects(ctx context.Context) ([]string, error) {
	kinds, err := c.ProjectKinds(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(kinds)), nil
}

// ServiceDesk is the kind of a project that has customers.
const ServiceDesk = "service_desk"

// ProjectKind is the key a project has now, and what Jira calls its type:
// software, business, ServiceDesk; "": not told (before 7.0).
type ProjectKind struct{ Key, Type string }

// ProjectKinds are the projects as Projects lists them, by each of their keys.
func (c *Client) ProjectKinds(ctx context.Context) (map[string]ProjectKind, error) {
	site, err := c.site(ctx)
	if err != nil {
		return nil, err
	}
	// Without this a lost login would look like a short list.
	if _, err := c.askSelf(ctx); err != nil {
		return nil, err
	}
	var projects []project
	if site.Cloud {
		projects, err = c.projectPages(ctx)
	} else {
		_, err = c.get(ctx, "project", url.Values{"expand": {"projectKeys"}}, &projects)
	}
	if err != nil {
		return nil, siteWide(err)
	}
	kinds := map[string]ProjectKind{}
	for _, p := range projects {
		for _, k := range append(p.ProjectKeys, p.Key) {
			if k != "" {
				kinds[k] = ProjectKind{p.Key, p.TypeKey}
			}
		}
	}
	if len(kinds) == 0 {
		return nil, &Error{Verdict: plan.Locked, Problem: "the account sees no project", Advice: "give the account of jira.auth the permission Browse Projects"}
	}
	return kinds, nil
}

type project struct {
	Key         string   `json:"key"`
	ProjectKeys []string `json:"projectKeys"`
	TypeKey     string   `json:"projectTypeKey"`
}

// projectPages reads Cloud's list, which comes in pages.
func (c *Client) projectPages(ctx context.Context) ([]project, error) {
	var all []project
	for {
		var page struct {
			Values []project `json:"values"`
			IsLast bool      `json:"isLast"`
			Total  int       `json:"total"`
		}
		query := url.Values{"maxResults": {"100"}, "startAt": {strconv.Itoa(len(all))}, "expand": {"projectKeys"}}
		if _, err := c.get(ctx, "project/search", query, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Values...)
		if page.IsLast || len(page.Values) == 0 || len(all) >= page.Total {
			return all, nil
		}
	}
}
