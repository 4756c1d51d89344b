package relay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"jirahook/config"
	"jirahook/jira"
	"jirahook/plan"
)

// Sender carries out actions for the outbox: it finds the configuration of the
// repository an action came from, and keeps one client, with its one rate
// limit, for each Jira and account.
type Sender struct {
	relay *Relay

	mu      sync.Mutex
	configs map[string]repositoryConfig // by path and folder
	clients map[string]*jira.Client     // by fingerprint
	working map[string]loadedConfig     // by fingerprint: the last answer was a good one

	// Forgetful: nothing that is learnt is kept beside the outbox.
	Forgetful bool

	// Who wants to know: of every request, and of every attempt. Nil: nobody.
	OnRequest func(site string, x plan.Exchange)
	OnResult  func(site string, kind plan.Kind, v plan.Verdict)
	// Log is told what an admin should know; nil: nothing is.
	Log *slog.Logger
}

type loadedConfig struct {
	cfg     config.Config
	secrets []config.Secret // as they are configured
	proxy   string          // the environment's
	err     error
}

// repositoryConfig is the configuration of a repository, and what has been made of it
// for each Jira, by name.
type repositoryConfig struct {
	cfg   config.Config
	err   error
	read  time.Time
	jiras map[string]loadedConfig
}

// configAge is how long a configuration and its secret are used before they are
// read again: a worker must notice that they were repaired.
const configAge = 5 * time.Second

// NewSender makes one; whoever sends has one of its own.
func (r *Relay) NewSender() *Sender {
	return &Sender{relay: r, configs: map[string]repositoryConfig{}, clients: map[string]*jira.Client{}, working: map[string]loadedConfig{}}
}

// used are the configurations with which Jira did something just now.
func (s *Sender) used() []loadedConfig {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.working))
}

// remember notes whether a Jira works for us: one that has closed its door is
// asked for nothing beside the queue.
func (s *Sender) remember(a plan.Action, r plan.Result) {
	c := s.config(a)
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Verdict == plan.Done {
		s.working[fingerprint(c)] = c
	} else if r.Verdict == plan.Away || r.Verdict == plan.Locked {
		delete(s.working, fingerprint(c))
	}
}

// config is what holds for an action: the configuration of its repository, for the Jira
// to which its issue's key goes now.
func (s *Sender) config(a plan.Action) loadedConfig {
	s.mu.Lock()
	defer s.mu.Unlock()
	repository := a.Origin.Repository + "\x00" + a.Origin.Dir
	of, ok := s.configs[repository]
	if !ok || s.relay.Now().Sub(of.read) >= configAge {
		of = repositoryConfig{read: s.relay.Now(), jiras: map[string]loadedConfig{}}
		var loaded config.Loaded
		loaded, _, of.err = s.relay.Load(a.Origin.Repository, a.Origin.Dir)
		of.cfg = loaded.Config
		s.configs[repository] = of
	}
	if of.err != nil {
		return loadedConfig{err: of.err}
	}
	cfg := of.cfg.Of(a.Issue)
	if a.Issue == "" {
		cfg = of.cfg.Kept(a.Site)
	}
	c, ok := of.jiras[cfg.Jira.Name]
	if !ok {
		c = loadedConfig{cfg: cfg, proxy: s.relay.proxyOf(cfg.Jira)}
		if cfg.Jira.URL == "" {
			c.err = errors.New("jira.url is not set, and this is of no project of sites")
		} else {
			c.secrets, c.err = s.relay.ownSecrets(cfg.Jira.Auth)
		}
		of.jiras[cfg.Jira.Name] = c
	}
	return c
}

func (s *Sender) client(c loadedConfig) (*jira.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := fingerprint(c)
	if client, ok := s.clients[key]; ok {
		return client, nil
	}
	var observe func(plan.Exchange)
	if s.OnRequest != nil {
		observe = func(x plan.Exchange) { s.OnRequest(c.cfg.Jira.SiteName(), x) }
	}
	options := jira.Options{
		Jira:      c.cfg.Jira,
		Observe:   observe,
		UserAgent: "jirahook/" + s.relay.Version,
		Now:       s.relay.Now,
		Proxy:     s.relay.Proxy,
		Known:     s.relay.recallSite(c.cfg),
		OnSite:    func(site jira.Site) { s.relay.keepSite(c.cfg, site) },
		OnLimits:  func(until map[string]time.Time) { s.relay.keepLimits(c.cfg, until) },
	}
	_ = recall(c.cfg, limitsFile(c.cfg), &options.KnownLimits) // else none are known
	s.logIn(&options, c)
	if s.Forgetful {
		options.OnSite, options.OnLimits, options.OnSecret, options.OnToken = nil, nil, nil, nil
	}
	client, err := jira.New(options)
	if err == nil {
		s.clients[key] = client
	}
	return client, err
}

// of is the client for an action's repository, or the result that stands for
// having none: nothing dies of a broken configuration.
func (s *Sender) of(a plan.Action) (*jira.Client, plan.Result) {
	c := s.config(a)
	if c.err != nil {
		return nil, plan.Result{Verdict: plan.Locked, Problem: "the configuration or the secret cannot be read", Advice: c.err.Error()}
	}
	client, err := s.client(c)
	if err != nil {
		return nil, plan.Result{Verdict: plan.Locked, Problem: "the configuration of Jira cannot be used", Advice: err.Error()}
	}
	return client, plan.Result{}
}

// Prepare implements outbox.Sender.
func (s *Sender) Prepare(ctx context.Context, actions []plan.Action) {
	byClient := map[*jira.Client][]plan.Action{}
	for _, a := range actions {
		if client, _ := s.of(a); client != nil {
			byClient[client] = append(byClient[client], a)
		}
	}
	for client, its := range byClient {
		client.Prepare(ctx, its)
	}
}

// Send implements outbox.Sender.
func (s *Sender) Send(ctx context.Context, a plan.Attempt) plan.Result {
	client, r := s.of(a.Action)
	if client != nil {
		j := s.config(a.Action).cfg.Jira
		if found := a.Found; found != nil {
			a.Found = func(i plan.Issue) { found(lasting(j, i)) }
		}
		r = client.Send(ctx, a)
		s.remember(a.Action, r)
		r.Issue = lasting(j, r.Issue)
	}
	if s.OnResult != nil {
		s.OnResult(a.Action.Site, a.Action.Kind, r.Verdict)
	}
	return r
}

// lasting makes an issue's number one that lasts. After a move the new Jira gives the
// numbers that are on record to other issues: its own are told apart by its address.
func lasting(j config.Jira, i plan.Issue) plan.Issue {
	if i.ID != "" && j.SiteName() != j.URL {
		i.ID = j.URL + " " + i.ID
	}
	return i
}

// Probe implements outbox.Sender.
func (s *Sender) Probe(ctx context.Context, a plan.Action) plan.Result {
	client, none := s.of(a)
	if client == nil {
		return none
	}
	return client.Probe(ctx)
}

// Fingerprint implements outbox.Sender.
func (s *Sender) Fingerprint(a plan.Action) string { return fingerprint(s.config(a)) }

// fingerprint changes with the credentials, everything else under jira, and the
// proxy of this process's environment. It is a few bytes of a hash: the outbox
// keeps it, and nothing of a secret can be told from it.
func fingerprint(c loadedConfig) string {
	settings, err := json.Marshal(c.cfg.Jira) //nolint:musttag // it is hashed, nobody reads it
	if err != nil {
		return ""
	}
	for i, s := range c.secrets {
		if i > 0 {
			settings = append(settings, 0)
		}
		settings = append(settings, s.Text...)
	}
	if c.proxy != "" {
		settings = append(settings, "\x00"+c.proxy...)
	}
	sum := sha256.Sum256(settings)
	return hex.EncodeToString(sum[:4])
}

// proxyOf is the environment's proxy on the way to a Jira; "": there is none, or
// jira.proxy counts.
func (r *Relay) proxyOf(cfg config.Jira) string {
	address := cfg.APIURL
	if address == "" {
		address = cfg.URL
	}
	u, err := url.Parse(address)
	if err != nil || cfg.Proxy != "" {
		return ""
	}
	proxy, err := r.Proxy(&http.Request{URL: u})
	if err != nil || proxy == nil {
		return ""
	}
	return proxy.String()
}
