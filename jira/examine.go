package jira

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"jirahook/plan"
)

// What follows reads only: it is for telling what is right and wrong with a
// Jira, an account and a configuration before anything is sent.

// Contact is what an answer tells beside its content.
type Contact struct {
	Asked time.Time // by our clock, in the middle of the exchange
	Date  time.Time // by Jira's clock, to the second; zero: not told
	// Certificate is that of Jira, or of what stands before it; nil: plain http.
	Certificate *x509.Certificate
}

// Greet asks Jira anew what it is.
func (c *Client) Greet(ctx context.Context) (Site, Contact, error) {
	site, a, err := c.readSite(ctx)
	contact := Contact{Asked: a.began.Add(c.now().Sub(a.began) / 2)}
	if date, dateErr := http.ParseTime(a.header.Get("Date")); dateErr == nil {
		contact.Date = date
	}
	if a.tls != nil { // then there is one
		contact.Certificate = a.tls.PeerCertificates[0]
	}
	return site, contact, err
}

// Proxy is the proxy that requests to Jira take, without its password; "": none.
func Proxy(o Options) (string, error) {
	base, err := baseURL(o.Jira)
	if err != nil {
		return "", err
	}
	proxy, err := proxyOf(o)
	if err != nil || proxy == nil {
		return "", err
	}
	u, err := proxy(&http.Request{URL: base})
	if err != nil || u == nil {
		return "", err
	}
	return u.Redacted(), nil
}

// Host is the host that calls go to, without its port.
func Host(o Options) (string, error) {
	base, err := baseURL(o.Jira)
	if err != nil {
		return "", err
	}
	return base.Hostname(), nil
}

// Account is who we are in Jira.
type Account struct {
	user   user
	Groups []string // nil: not told
}

// String is a name for people.
func (a Account) String() string { return a.user.String() }

// Login logs in, once: each failure may bring the CAPTCHA nearer.
func (c *Client) Login(ctx context.Context) (Account, error) {
	var me struct {
		user
		Groups *struct {
			Size  int `json:"size"`
			Items []struct {
				Name string `json:"name"`
			} `json:"items"`
		} `json:"groups"`
	}
	a, err := c.get(ctx, "myself", url.Values{"expand": {"groups"}}, &me)
	if err != nil {
		return Account{}, siteWide(err)
	}
	if me.AccountID == "" && me.Name == "" && me.Key == "" {
		return Account{}, notJira(a)
	}
	account := Account{user: me.user}
	if me.Groups != nil && len(me.Groups.Items) == me.Groups.Size {
		account.Groups = []string{}
		for _, g := range me.Groups.Items {
			account.Groups = append(account.Groups, g.Name)
		}
	}
	return account, nil
}

// Features are what administrators switch on and off for the whole Jira.
type Features struct {
	TimeTracking bool `json:"timeTrackingEnabled"`
	Linking      bool `json:"issueLinkingEnabled"`
}

// Features asks for them.
func (c *Client) Features(ctx context.Context) (Features, error) {
	var f Features
	_, err := c.get(ctx, "configuration", nil, &f)
	return f, err
}

// Permission is a project permission by Jira's name for it.
type Permission string

// Those that jirahook may need.
const (
	BrowseProjects   Permission = "BROWSE_PROJECTS"
	AddComments      Permission = "ADD_COMMENTS"
	LinkIssues       Permission = "LINK_ISSUES"
	WorkOnIssues     Permission = "WORK_ON_ISSUES"
	TransitionIssues Permission = "TRANSITION_ISSUES"
)

// Words is the permission as Jira's pages call it.
func (p Permission) Words() string {
	text := strings.ToLower(strings.ReplaceAll(string(p), "_", " "))
	return strings.ToUpper(text[:1]) + text[1:]
}

// older is the name in Jira 6; it knows no permission for transitions.
func (p Permission) older() string {
	return map[Permission]string{
		BrowseProjects: "BROWSE", AddComments: "COMMENT_ISSUE", LinkIssues: "LINK_ISSUE", WorkOnIssues: "WORK_ISSUE",
	}[p]
}

// Lacking asks which of the permissions the account lacks in a project. One of
// which Jira does not speak counts as held. A project that is not there, or not
// shown to the account, is an error with the verdict Skipped.
func (c *Client) Lacking(ctx context.Context, project string, wanted []Permission) ([]Permission, error) {
	names := make([]string, len(wanted))
	for i, p := range wanted {
		names[i] = string(p)
	}
	var mine struct {
		Permissions map[string]struct {
			Have bool `json:"havePermission"`
		} `json:"permissions"`
	}
	// Cloud must be told which, Server tells all.
	query := url.Values{"projectKey": {project}, "permissions": {strings.Join(names, ",")}}
	if _, err := c.get(ctx, "mypermissions", query, &mine); err != nil {
		return nil, err
	}
	var lacking []Permission
	for _, p := range wanted {
		told, ok := mine.Permissions[string(p)]
		if !ok {
			told, ok = mine.Permissions[p.older()]
		}
		if ok && !told.Have {
			lacking = append(lacking, p)
		}
	}
	return lacking, nil
}

// Holding says whether an account holds a role.
type Holding string

// The answers to HoldsRole.
const (
	Held       Holding = "held"
	NotHeld    Holding = "not held"
	NoSuchRole Holding = "no such role"
	Untold     Holding = "not told" // only administrators are told
)

// HoldsRole asks whether the account holds a role in a project.
func (c *Client) HoldsRole(ctx context.Context, project, role string, me Account) Holding {
	var roles map[string]string // name → address
	if _, err := c.get(ctx, "project/"+url.PathEscape(project)+"/role", nil, &roles); err != nil {
		return Untold
	}
	for name, address := range roles {
		if !sameName(name, role) {
			continue
		}
		id := address[strings.LastIndexByte(address, '/')+1:]
		if !isID(id) {
			return Untold
		}
		return c.inRole(ctx, "project/"+url.PathEscape(project)+"/role/"+id, me)
	}
	return NoSuchRole
}

func (c *Client) inRole(ctx context.Context, path string, me Account) Holding {
	var role struct {
		Actors []struct {
			Type  string `json:"type"` // atlassian-user-role-actor, atlassian-group-role-actor
			Name  string `json:"name"`
			User  user   `json:"actorUser"` // Cloud
			Group struct {
				Name string `json:"name"`
			} `json:"actorGroup"` // Cloud
		} `json:"actors"`
	}
	if _, err := c.get(ctx, path, nil, &role); err != nil {
		return Untold
	}
	byGroup := false
	for _, a := range role.Actors {
		group := a.Group.Name
		if strings.Contains(a.Type, "group") && group == "" {
			group = a.Name
		}
		switch {
		case group != "":
			byGroup = true
			if slices.Contains(me.Groups, group) {
				return Held
			}
		case a.User.is(me.user), a.Name != "" && (a.Name == me.user.Name || a.Name == me.user.Key):
			return Held
		}
	}
	if byGroup && me.Groups == nil {
		return Untold
	}
	return NotHeld
}

// Sample is an issue that stands for those of its project in the same status.
type Sample struct {
	Key        string
	Status     string
	Done       bool
	Resolution string // "": unresolved

	issue issue
	err   error
}

// Samples finds an issue in each of the most statuses that were in use last, the
// youngest first, without their transitions; see Open. None: the account sees no
// issue of the project.
func (c *Client) Samples(ctx context.Context, project string, most int) ([]Sample, error) {
	if !isKey(project + "-1") {
		return nil, &Error{Verdict: plan.Skipped, Problem: short(project) + " is no project key"}
	}
	site, err := c.site(ctx)
	if err != nil {
		return nil, err
	}
	path := "search"
	if site.Cloud {
		path = "search/jql"
	}
	var page struct {
		Issues []struct {
			Key    string `json:"key"`
			Fields struct {
				Status     status `json:"status"`
				Resolution *struct {
					Name string `json:"name"`
				} `json:"resolution"`
			} `json:"fields"`
		} `json:"issues"`
	}
	query := url.Values{"jql": {`project = "` + project + `" ORDER BY updated DESC`}, "fields": {"status,resolution"}, "maxResults": {"50"}}
	if _, err := c.get(ctx, path, query, &page); err != nil {
		return nil, err
	}
	var samples []Sample
	seen := map[string]bool{}
	for _, i := range page.Issues {
		s := Sample{Key: short(i.Key), Status: short(i.Fields.Status.Name), Done: inCategory(i.Fields.Status, "done")}
		if i.Fields.Resolution != nil {
			s.Resolution = short(i.Fields.Resolution.Name)
		}
		// A resolution where none belongs is worth a sample of its own.
		kind := s.Status
		if s.Resolution != "" && !s.Done {
			kind += "\n"
		}
		if len(samples) < most && !seen[kind] && isKey(s.Key) {
			seen[kind] = true
			samples = append(samples, s)
		}
	}
	return samples, nil
}

// Open reads which transitions are open on a sample, for Rehearse.
func (c *Client) Open(ctx context.Context, s Sample) Sample {
	d := c.onIssue(s.Key)
	s.issue, s.err = d.workflow(ctx)
	return s
}

func (c *Client) onIssue(key string) *delivery {
	d := &delivery{Client: c}
	d.Action.Issue = key
	return d
}

// Rehearsal is what a rule would do to an issue.
type Rehearsal struct {
	// Name and ID are of the transition that would be made; "": none would.
	Name, ID string
	To       string   // the status it leads to
	Done     bool     // that status is of the category done
	Left     []string // configured fields that are not on its screen
	Note     string   // of a choice between several
	// Out: the issue is where the rule leads, or where it does not move from.
	Out bool
	// Open are the transitions that are open, in words.
	Open string
}

// Rehearse finds out what a transition would do to a sample that Open has read,
// as Send would, and does not do it. Its error says why it would be refused.
func (c *Client) Rehearse(ctx context.Context, t plan.Transition, s Sample) (Rehearsal, error) {
	if s.err != nil {
		return Rehearsal{}, s.err
	}
	now, open := s.issue.Fields.Status, s.issue.Transitions
	r := Rehearsal{Open: listed(open)}
	if isThere(t, now, open) || len(t.From) > 0 && !slices.ContainsFunc(t.From, now.among) {
		r.Out = true
		return r, nil
	}
	d := c.onIssue(s.Key)
	d.found(s.issue.report())
	in, err := d.intend(ctx, t, s.issue)
	if chosen := in.chosen; chosen.ID != "" {
		r.Name, r.ID, r.To, r.Note = chosen.Name, chosen.ID, short(chosen.To.Name), short(in.note)
		r.Done, r.Left = inCategory(chosen.To, "done"), in.form.left
	}
	return r, err
}
