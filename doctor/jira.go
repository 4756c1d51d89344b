package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"jirahook/config"
	"jirahook/jira"
	"jirahook/plan"
	"jirahook/words"
)

const (
	// atOnce is how many requests doctor makes at a time.
	atOnce = 6
	// patience is how long doctor waits for one answer at most.
	patience = 10 * time.Second
	// skewed and wrongClock are the differences between two clocks from which it
	// is told, and from which it is a problem.
	skewed, wrongClock = 30 * time.Second, 5 * time.Minute
	// renewSoon is the rest of a certificate's life from which it is told.
	renewSoon = 14 * 24 * time.Hour
)

// jira looks at the way to Jira, the account and the projects. Only when a step
// has worked the next one is made: each failed login may bring a CAPTCHA nearer.
func (e *examination) jira(ctx context.Context) []Finding {
	options := e.jiraOptions()
	anybody := options
	anybody.Anonymous = true
	stranger, err := jira.New(anybody)
	if err != nil {
		return []Finding{{Check: "jira", Status: Problem, Says: err.Error(), means: Misconfigured}}
	}
	var way []Finding
	var site jira.Site
	var contact jira.Contact
	var siteErr error
	var cloudID string
	together(
		func() { way = e.way(ctx, options) },
		func() { site, contact, siteErr = stranger.Greet(ctx) },
		func() { cloudID = cloudIDAt(ctx, anybody) },
	)
	all := way
	if siteErr != nil && (e.secretErr != nil || isAway(siteErr)) {
		return append(all, trouble("jira", siteErr))
	}
	var member *jira.Client
	var account jira.Account
	loginErr := e.secretErr
	if loginErr == nil {
		if siteErr == nil {
			options.Known = &site // its errors then speak of that kind of Jira
		}
		if member, loginErr = jira.New(options); loginErr == nil {
			account, loginErr = member.Login(ctx)
		}
	}
	if siteErr != nil && loginErr == nil {
		// What stands before Jira lets nobody through without a login.
		site, contact, siteErr = member.Greet(ctx)
	}
	if siteErr != nil {
		return append(all, trouble("jira", siteErr))
	}
	all = append(all, Finding{Check: "jira", Status: Fine, Says: fmt.Sprintf("%s answers at %s", site, e.address())})
	all = append(all, deployment(e.cfg.Jira, site)...)
	all = append(all, certificate(contact)...)
	all = append(all, clockFinding(contact))
	switch {
	case e.secretErr != nil:
		return append(all, Finding{Check: "login", Status: Skipped, Says: "not tried: the secret cannot be read"})
	case loginErr != nil:
		all = append(all, loginTrouble(loginErr, e.cfg.Jira, site, cloudID))
		return append(all, e.configuredEnd()...)
	}
	all = append(all, Finding{Check: "login", Status: Fine, Says: "logged in as " + account.String()})
	all = append(all, e.tookOver(member)...)
	all = append(all, e.configuredEnd()...)
	all = append(all, cloudSite(e.cfg.Jira, site, cloudID)...)
	return append(all, e.inside(ctx, visit{member, site, account, cloudID})...)
}

// visit is a Jira that lets us in.
type visit struct {
	*jira.Client
	site    jira.Site
	account jira.Account
	cloudID string
}

func isAway(err error) bool {
	e, ok := errors.AsType[*jira.Error](err)
	return !ok || e.Verdict == plan.Away || e.Verdict == plan.Later
}

// inside looks at what there is behind the login.
func (e *examination) inside(ctx context.Context, v visit) []Finding {
	var features, development, projects, ends []Finding
	together(
		func() { ends = e.listedEnd(ctx, v) },
		func() { features = e.features(ctx, v) },
		func() { development = e.development(ctx, v) },
		func() { projects = e.projects(ctx, v) },
	)
	all := append(ends, e.groups(v)...)
	return append(append(append(all, features...), projects...), development...)
}

// together runs functions at the same time.
func together(does ...func()) {
	var wg sync.WaitGroup
	for _, do := range does {
		wg.Go(do)
	}
	wg.Wait()
}

func (e *examination) jiraOptions() jira.Options {
	settings := e.cfg.Jira
	settings.Timeout = min(settings.Timeout, patience)
	settings.Rate = 0 // see atOnce
	return e.withSecrets(jira.Options{Jira: settings, UserAgent: "jirahook/" + e.Version, Now: e.Now, Proxy: e.Proxy})
}

func (e *examination) address() string {
	if e.cfg.Jira.APIURL != "" {
		return e.cfg.Jira.APIURL
	}
	return e.cfg.Jira.URL
}

// trouble is an error of Jira's or of the way to it.
func trouble(check string, err error) Finding {
	f := Finding{Check: check, Status: Problem, Says: err.Error()}
	if e, ok := errors.AsType[*jira.Error](err); ok {
		f.Says, f.Advice = e.Problem, e.Advice
		if e.Verdict == plan.Away || e.Verdict == plan.Later || check == "jira" {
			f.means = Unreachable
			if f.Advice == "" {
				f.Advice = adviceAway
			}
		}
	}
	return f
}

// way looks at proxy and DNS.
func (e *examination) way(ctx context.Context, o jira.Options) []Finding {
	proxy, err := jira.Proxy(o)
	if err != nil {
		return []Finding{{Check: "proxy", Status: Problem, Says: err.Error(), Advice: adviceProxy, means: Unreachable}}
	}
	if proxy != "" {
		from := "the environment"
		if e.cfg.Jira.Proxy != "" {
			from = "jira.proxy"
		}
		return []Finding{{Check: "proxy", Status: Fine, Says: "requests go through " + proxy + ", by " + from + "; it looks Jira's name up"}}
	}
	all := []Finding{{Check: "proxy", Status: Fine, Says: "none"}}
	host, err := jira.Host(o)
	if err != nil || net.ParseIP(host) != nil {
		return all
	}
	ctx, cancel := context.WithTimeout(ctx, patience/2)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		says := err.Error()
		if dns, ok := errors.AsType[*net.DNSError](err); ok {
			says = host + ": " + dns.Err
		}
		return append(all, Finding{Check: "dns", Status: Problem, Says: says, Advice: adviceDNS, means: Unreachable})
	}
	return append(all, Finding{Check: "dns", Status: Fine, Says: host + " is " + words.Some(addresses, 3)})
}

func cloudIDAt(ctx context.Context, o jira.Options) string {
	o.Jira.APIURL = "" // the site itself tells it
	client, err := jira.New(o)
	if err != nil {
		return ""
	}
	return client.CloudID(ctx)
}

// deployment holds what the configuration says against what Jira says.
func deployment(cfg config.Jira, site jira.Site) []Finding {
	if said := cfg.Deployment; said == "cloud" && !site.Cloud || said == "server" && site.Cloud {
		return []Finding{{Check: "jira", Status: Problem, Says: "jira.deployment is " + said + ", but this is " + site.String(), Advice: "set jira.deployment: auto"}}
	}
	return nil
}

func certificate(c jira.Contact) []Finding {
	if c.Certificate == nil {
		return nil // plain http: the configuration's check has warned where that matters
	}
	rest := c.Certificate.NotAfter.Sub(c.Asked)
	f := Finding{Check: "tls", Status: Fine, Says: fmt.Sprintf("the certificate, by %s, is good until %s", issuer(c), c.Certificate.NotAfter.UTC().Format(time.DateOnly))}
	if rest < renewSoon {
		f.Status, f.Advice = Warning, adviceRenew
	}
	return []Finding{f}
}

func issuer(c jira.Contact) string {
	for _, name := range append([]string{c.Certificate.Issuer.CommonName}, c.Certificate.Issuer.Organization...) {
		if name != "" {
			return name
		}
	}
	return "an authority without a name"
}

func clockFinding(c jira.Contact) Finding {
	if c.Date.IsZero() {
		return Finding{Check: "clock", Status: Skipped, Says: "Jira does not tell its time"}
	}
	// The answer's date is cut to the second.
	ahead := c.Asked.Sub(c.Date.Add(500 * time.Millisecond)).Round(time.Second)
	direction := "ahead of"
	if ahead < 0 {
		direction, ahead = "behind", -ahead
	}
	f := Finding{Check: "clock", Status: Fine, Says: "this host's and Jira's are not more than a second or two apart"}
	if ahead > 2*time.Second {
		f.Says = fmt.Sprintf("this host's is %s %s Jira's", ahead, direction)
	}
	switch {
	case ahead > wrongClock:
		f.Status, f.Advice = Problem, adviceClock
	case ahead > skewed:
		f.Status, f.Advice = Warning, adviceClock
	}
	return f
}

// loginTrouble names a cloud id that is known by now, and a kind of token that
// this Jira cannot know.
func loginTrouble(err error, cfg config.Jira, site jira.Site, cloudID string) Finding {
	f := trouble("login", err)
	e, ok := errors.AsType[*jira.Error](err)
	if !ok || e.Verdict != plan.Locked {
		return f
	}
	if cloudID != "" {
		f.Advice = strings.ReplaceAll(f.Advice, "<cloudId>", cloudID)
	}
	if strings.Contains(f.Says, "scope does not match") {
		f.Check = "scopes"
	}
	old := len(site.Numbers) > 1 && (site.Numbers[0] < 8 || site.Numbers[0] == 8 && site.Numbers[1] < 14)
	if !site.Cloud && old && cfg.Auth.Type == "token" {
		f.Advice = site.String() + " knows no personal access tokens (they came with 8.14): use jira.auth.type: basic with user name and password"
	}
	return f
}

// cloudSite holds the cloud id of jira.api_url against that of jira.url.
func cloudSite(cfg config.Jira, site jira.Site, cloudID string) []Finding {
	if !site.Cloud || cfg.APIURL == "" || cloudID == "" {
		return nil
	}
	if !strings.Contains(strings.ToLower(cfg.APIURL), strings.ToLower(cloudID)) {
		return []Finding{{Check: "jira", Status: Problem, Says: "jira.api_url is another site's: the id of " + cfg.URL + " is " + cloudID, Advice: adviceSite}}
	}
	return nil
}

func (e *examination) features(ctx context.Context, v visit) []Finding {
	f, err := v.Features(ctx)
	if err != nil {
		if told := trouble("scopes", err); strings.Contains(told.Says, "scope does not match") {
			return []Finding{told}
		}
		return []Finding{{Check: "features", Status: Skipped, Says: "Jira does not tell what is switched on: " + trouble("features", err).Says}}
	}
	var all []Finding
	if !f.TimeTracking && e.logsTime() {
		all = append(all, Finding{Check: "features", Status: Problem, Says: "time tracking is off in this Jira, and #time would be refused", Advice: adviceTracking})
	}
	if !f.Linking && e.links() {
		all = append(all, Finding{Check: "features", Status: Problem, Says: "issue linking is off in this Jira, and web links would be refused", Advice: adviceLinking})
	}
	if len(all) == 0 {
		all = append(all, Finding{Check: "features", Status: Fine, Says: "time tracking and linking, as far as they are needed, are on"})
	}
	if v.site.Cloud && e.cfg.Jira.APIURL != "" {
		all = append([]Finding{{Check: "scopes", Status: Fine, Says: "the token may read; whether it has write:jira-work cannot be told without a change, and stands in the queue if not"}}, all...)
	}
	return all
}

func (e *examination) development(ctx context.Context, v visit) []Finding {
	dev := e.cfg.Jira.Development
	if dev.ClientID == "" {
		return nil
	}
	if !v.site.Cloud {
		return []Finding{{Check: "development", Status: Warning, Says: "jira.development is set, but only Jira Cloud has that way to its development panel"}}
	}
	secret, err := dev.Secret()
	if err != nil {
		return []Finding{{Check: "development", Status: Problem, Says: err.Error(), Advice: adviceSecret}}
	}
	id := dev.CloudID
	if id == "" {
		id = v.cloudID
	}
	if err := jira.CheckDevelopment(ctx, e.jiraOptions(), secret, id); err != nil {
		return []Finding{trouble("development", err)}
	}
	return []Finding{{Check: "development", Status: Fine, Says: "the credentials of the development panel are accepted"}}
}
