// Package config reads jirahook's YAML files: strictly, in layers, all mistakes
// at once. Secrets are held by reference only.
package config

import "time"

// Config is the whole configuration of one repository, its layers merged and
// its defaults filled in.
type Config struct {
	Version      int
	Jira         Jira
	Sites        []Site
	Projects     Projects
	KeyPattern   string // RE2, the project part of a key
	KeyPrefix    string // RE2, must stand before a key
	Locked       []string
	Server       Server
	Mentions     Mentions
	Branches     Branches
	Keywords     Keywords
	Transitions  []TransitionRule
	SmartCommits SmartCommits
	Limits       Limits
	Delivery     Delivery
	Outbox       Outbox
	Policy       map[string]any
}

// Site is a further Jira, to which the keys of some projects go.
type Site struct {
	Jira
	Projects []string
}

// Jira says where Jira is and how to log in.
type Jira struct {
	Name        string // of one among sites; "": it is jira itself
	URL         string // what people browse, no slash at the end
	APIURL      string // where calls go; "" = URL
	Site        string // the name under which all is kept; "" = Name, else URL
	Deployment  string // auto | cloud | server
	Auth        Auth
	CAFile      string
	Proxy       string // "" = the environment's
	Timeout     time.Duration
	Rate        float64 // requests a second
	Development Development
}

// Auth refers to a secret; it never holds one.
type Auth struct {
	Type       string // token | basic | oauth
	Username   string // for basic
	ClientID   string // for oauth
	TokenURL   string // for oauth: where tokens are given; "" = as that kind of Jira has it
	SecretFile string
	SpareFiles []string // of secrets that take over when the one before is refused
	SecretEnv  string
	Expires    string // the day on which the secret ends, 2027-03-01; "": not known
}

// Development are the OAuth credentials for Jira Cloud's development panel.
type Development struct {
	ClientID, SecretFile, CloudID, APIURL string
}

// Projects are the project keys that count.
type Projects struct {
	Auto bool     // ask Jira
	Keys []string // the list; with Auto: what Jira said last, nil when not known yet
}

// Server says where links lead.
type Server struct {
	Kind    string // gitlab | gitea | github | bitbucket | cgit | gitweb | custom | none
	URL     string // no slash at the end
	Root    string
	Project string
	Links   Links
}

// Links are the templates of server kind "custom", with {url} {project} {sha}
// {branch} {from} {to} {number}.
type Links struct {
	Commit, Branch, Compare, MergeRequest, Project string
}

// Mentions says what a mention does.
type Mentions struct {
	Branches   []string // globs
	Comment    string   // push | commit | branch | none
	Merges     string   // quiet | all
	Detail     string   // title | message
	Visibility Visibility
	// VisibilityByProject is what holds instead, by project key.
	VisibilityByProject map[string]Visibility
	WebLink             string // push | commit | branch | none
}

// Branches says what a key in a branch name does.
type Branches struct {
	WebLink    bool
	IgnoreCase bool // feature/shop-12 is of SHOP-12, where the projects are known
}

// Keywords are words before a key.
type Keywords struct {
	Closing      []string
	Conventional string // type | close: what "fix: KEY" is
}

// TransitionRule moves issues when something happens on a branch.
type TransitionRule struct {
	On       string         // closing | mention | branch | merge
	Branches []string       // globs; "default" is the repository's default branch
	Projects []string       // empty: all
	From     []string       // statuses, category:done|indeterminate|new; empty: any
	To       string         // transition or status name, category:done|indeterminate|new, id:31
	Fields   map[string]any // by field id
	// Backwards: on mention and branch the issue may be led to an earlier
	// category of statuses, too.
	Backwards bool
	Authors   []string // globs; those with ! take out
}

// SmartCommits says which commands run, and for whom.
type SmartCommits struct {
	Enabled        bool
	Commands       []string          // comment, time, transition
	Aliases        map[string]string // command in lower case → transition name
	TransitionText string            // comment | ignore
	Multiline      bool              // commands may stand below their key
	Authors        []string          // globs; those with ! take out
	RunAs          string            // any | pusher | listed
	Allowed        []string
	Emails         map[string][]string // user name → e-mails
}

// Limits keep history and accidents from acting.
type Limits struct {
	IssuesPerPush   int
	IssuesPerCommit int
	MaxAge          time.Duration
}

// Delivery is about sending.
type Delivery struct {
	Wait        time.Duration
	Workers     int
	GiveUpAfter time.Duration
}

// Outbox is where actions wait.
type Outbox struct {
	Dir      string
	Database string // sqlite | postgres://…
	Keep     time.Duration
}
