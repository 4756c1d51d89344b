package config

import (
	"strings"
	"time"
)

// key is one key of the file. Its row in the schema is all there is to say about
// it: reading, checking, defaults, `config show` and `config init` follow.
type key struct {
	name  string // dotted
	doc   string // one line, for new files
	value        // none: a section, with keys below it
}

// saysNothing: the key stands for no choice, such as an empty text.
func (k key) saysNothing() bool { return k.show() == `""` || k.show() == "false" }

func (k key) isSection() bool { return k.read == nil && k.entries == nil }

// comment is what a new file says about the key.
func (k key) comment() string {
	switch {
	case k.allowed == "":
		return k.doc
	case k.doc == "":
		return k.allowed
	}
	return k.allowed + " (" + k.doc + ")"
}

// schema lists the keys of a file with their places in c, sections before what
// is in them.
func schema(c *Config) []key {
	var keys []key
	lockable := func(s string) (string, *fault) { return knownName(s, keys) }
	keys = []key{
		{"version", "the form of this file", versionOne(&c.Version)},

		{"jira", "where Jira is, and how to log in", value{}},
	}
	keys = append(keys, jiraSchema("jira.", &c.Jira)...)
	keys = append(keys, []key{
		{"sites", "further Jiras: name, projects, and the keys of jira; the keys of those projects go there, all others to jira", sites(&c.Sites)},
		{"projects", "auto asks Jira", projects(&c.Projects)},
		{"key_pattern", "the project part of an issue key, RE2", text(&c.KeyPattern, "[A-Z][A-Z0-9_]+", projectPattern)},
		{"key_prefix", "must stand before a key, RE2", text(&c.KeyPrefix, "", optional(pattern))},
		{"locked", "[jira, smart_commits.run_as]: what files below this one may not set", growing(&c.Locked, lockable)},

		{"server", "where links lead", value{}},
		{"server.kind", "", choice(&c.Server.Kind, "none", "gitlab", "gitea", "github", "bitbucket", "cgit", "gitweb", "custom").like("gitlab")},
		{"server.url", "what people browse", text(&c.Server.URL, "", optional(address)).like("https://git.example.com")},
		{"server.root", "the folder of the bare repositories, to name them", text(&c.Server.Root, "", optional(absolute))},
		{"server.project", "the project's path, where the server does not tell it", text(&c.Server.Project, "", optional(anything))},
		{"server.links", "for kind custom", value{}},
		{"server.links.commit", "{url}/{project}/commit/{sha}", text(&c.Server.Links.Commit, "", optional(template))},
		{"server.links.branch", "{url}/{project}/tree/{branch}", text(&c.Server.Links.Branch, "", optional(template))},
		{"server.links.compare", "{url}/{project}/compare/{from}...{to}", text(&c.Server.Links.Compare, "", optional(template))},
		{"server.links.merge_request", "{url}/{project}/pull/{number}", text(&c.Server.Links.MergeRequest, "", optional(template))},
		{"server.links.project", "{url}/{project}", text(&c.Server.Links.Project, "", optional(template))},

		{"mentions", "what an issue key in a commit message does", value{}},
		{"mentions.branches", "on these branches; globs", list(&c.Mentions.Branches, []string{"**"}, glob)},
		{"mentions.comment", "one comment per issue and push, per commit, or per branch: that is edited as the branch grows", choice(&c.Mentions.Comment, "push", "commit", "branch", "none")},
		{"mentions.merges", "quiet: a merge whose message git or the server wrote tells no issue what its commits told", choice(&c.Mentions.Merges, "quiet", "all")},
		{"mentions.detail", "how much of a commit's message", choice(&c.Mentions.Detail, "message", "title")},
		{"mentions.visibility", "who sees comments and worklogs, if not all; one of", value{}},
		{"mentions.visibility.role", "a project role", text(&c.Mentions.Visibility.Role, "", optional(anything))},
		{"mentions.visibility.group", "a group", text(&c.Mentions.Visibility.Group, "", optional(anything))},
		{"mentions.visibility.internal", "on service desks comments are internal notes, which customers do not see", flag(&c.Mentions.Visibility.Internal, false)},
		{"mentions.visibility_by_project", "{HELP: {internal: true}, OPS: {role: Developers}}: instead of visibility in these projects", visibilities(&c.Mentions.VisibilityByProject)},
		{"mentions.web_link", "one link per issue and push, per commit, or per branch", choice(&c.Mentions.WebLink, "push", "commit", "branch", "none")},
		{"branches", "what an issue key in a branch's name does", value{}},
		{"branches.web_link", "links the branch; once it is deleted, the link is marked resolved", flag(&c.Branches.WebLink, true)},
		{"branches.ignore_case", "feature/abc-1-cart is of ABC-1, once the list of projects is known", flag(&c.Branches.IgnoreCase, true)},
		{"keywords", "words before a key", value{}},
		{"keywords.closing", "those that close an issue", list(&c.Keywords.Closing, closingWords(), anything)},
		{"keywords.conventional", "type: \"fix: ABC-1\" and \"fix(cart): ABC-1\" say what kind of change it is (Conventional Commits); close: they close", choice(&c.Keywords.Conventional, "type", "close")},
		{"transitions", "what moves issues: [] for nothing, or rules such as this one, the default", rules(&c.Transitions)},

		{"smart_commits", "commands in commit messages: ABC-1 #comment text, #time 2h, #review", value{}},
		{"smart_commits.enabled", "", flag(&c.SmartCommits.Enabled, true)},
		{"smart_commits.commands", "those that run", list(&c.SmartCommits.Commands, commands(), oneOf(commands()...))},
		{"smart_commits.aliases", "{review: \"In Review\"}: commands for transitions that cannot be typed", aliases(&c.SmartCommits.Aliases)},
		{"smart_commits.transition_text", "what becomes of the text behind #transition", choice(&c.SmartCommits.TransitionText, "comment", "ignore")},
		{"smart_commits.multiline", "commands may stand on the lines below their key", flag(&c.SmartCommits.Multiline, false)},
		{"smart_commits.authors", "whose commits run commands: globs for names and e-mails, with ! before what is taken out; * is any text", list(&c.SmartCommits.Authors, NoBots(), authorGlob)},
		{"smart_commits.run_as", "whose commands run, by what the server says of the pusher; pusher: when he is the author, by e-mail; listed: when he is in allowed", choice(&c.SmartCommits.RunAs, "any", "pusher", "listed")},
		{"smart_commits.allowed", "for listed: user names, or e-mails by which the server or emails knows them", list(&c.SmartCommits.Allowed, nil, anything)},
		{"smart_commits.emails", "{ann: [ann@example.com]}: by user name, to know the pusher's", emails(&c.SmartCommits.Emails)},

		{"limits", "they keep history and accidents from acting", value{}},
		{"limits.issues_per_push", "a push that touches more is held until you release it; 0: no limit", count(&c.Limits.IssuesPerPush, 100, 0)},
		{"limits.issues_per_commit", "further ones are not told; of more than 50, if that is allowed, each is told a part of the message; 0: no limit", count(&c.Limits.IssuesPerCommit, 50, 0)},
		{"limits.max_age", "older commits run no commands and close nothing, and in a repository's first push they are linked, not commented on; 0: no limit", span(&c.Limits.MaxAge, 720*time.Hour, true)},

		{"delivery", "sending to Jira", value{}},
		{"delivery.wait", "how long the pusher waits for Jira; 0: never", span(&c.Delivery.Wait, 3*time.Second, true)},
		{"delivery.workers", "issues served at a time", count(&c.Delivery.Workers, 8, 1)},
		{"delivery.give_up_after", "temporary failures; what Jira refuses is given up at once", span(&c.Delivery.GiveUpAfter, 168*time.Hour, false)},

		{"outbox", "where actions wait", value{}},
		{"outbox.dir", "on a local disk; belongs to the hook's user", text(&c.Outbox.Dir, "/var/lib/jirahook", absolute)},
		{"outbox.database", "sqlite, or postgres://USER@HOST/NAME for several Git nodes that share one", text(&c.Outbox.Database, "sqlite", database)},
		{"outbox.keep", "history, and the records by which nothing is done twice", span(&c.Outbox.Keep, 2160*time.Hour, false)},

		{"policy", "what pre-receive demands of a push; {}: nothing", tree(&c.Policy)},
	}...)
	return keys
}

// jiraSchema lists the keys of one Jira, whose names begin with a prefix.
func jiraSchema(prefix string, j *Jira) []key {
	keys := []key{
		{"url", "what people browse; a context path is fine", text(&j.URL, "", optional(address)).like("https://jira.example.com")},
		{"api_url", "only if calls go elsewhere (scoped Cloud tokens)", text(&j.APIURL, "", optional(address))},
		{"site", "the name under which what was told and what waits is kept; by default jira.url. Of a Jira that has moved its old address: then nothing is told twice, and what waits goes to the new one", text(&j.Site, "", optional(siteName))},
		{"deployment", "auto asks Jira", choice(&j.Deployment, "auto", "cloud", "server")},
		{"auth", "the account of jirahook", value{}},
		{"auth.type", "token: Bearer, for a personal access token; basic: user and password, or Cloud's e-mail and API token; oauth: a service account's client credentials, of Data Center 11 or Cloud", choice(&j.Auth.Type, "token", "basic", "oauth")},
		{"auth.username", "for basic", text(&j.Auth.Username, "", optional(userName))},
		{"auth.client_id", "for oauth", text(&j.Auth.ClientID, "", optional(anything))},
		{"auth.token_url", "for oauth, if tokens are given elsewhere than at /rest/oauth2/latest/token of a Data Center or https://api.atlassian.com/oauth/token", text(&j.Auth.TokenURL, "", optional(address))},
		{"auth.secret_file", "holds the secret and nothing else; only the hook's user may read it. Of a list each takes over when Jira refuses the one before", secretFiles(&j.Auth).like("/etc/jirahook/token")},
		{"auth.secret_env", "instead of secret_file: the name of an environment variable", text(&j.Auth.SecretEnv, "", optional(variable))},
		{"auth.expires", "the day on which the secret ends, such as 2027-03-01: doctor, a worker's log and a metric tell in time", text(&j.Auth.Expires, "", optional(date))},
		{"ca_file", "certificates (PEM) to trust besides the system's", text(&j.CAFile, "", optional(absolute))},
		{"proxy", "an address; by default the environment says", text(&j.Proxy, "", optional(proxyAddress))},
		{"timeout", "of one request", span(&j.Timeout, 20*time.Second, false)},
		{"rate", "requests a second, all workers of one process together", number(&j.Rate, 10)},
		{"development", "Jira Cloud's development panel", value{}},
		{"development.client_id", "of the OAuth credentials", text(&j.Development.ClientID, "", optional(anything))},
		{"development.secret_file", "holds their secret and nothing else", text(&j.Development.SecretFile, "", optional(secretPath))},
		{"development.cloud_id", "asked for when empty", text(&j.Development.CloudID, "", optional(anything))},
		{"development.api_url", "where calls for the panel go, and those of an oauth account on Cloud", text(&j.Development.APIURL, "https://api.atlassian.com", address)},
	}
	for i := range keys {
		keys[i].name = prefix + keys[i].name
	}
	return keys
}

// siteSchema lists the keys of one further Jira.
func siteSchema(s *Site) []key {
	return append([]key{
		{"name", "what it is called, in words and flags", text(&s.Name, "", siteWord)},
		{"projects", "whose keys go there", list(&s.Projects, nil, projectKey)},
	}, jiraSchema("", &s.Jira)...)
}

// ruleSchema lists the keys of one transition rule.
func ruleSchema(r *TransitionRule) []key {
	return []key{
		{"on", "", choice(&r.On, "closing", "mention", "branch", "merge")},
		{"branches", "globs; default is the repository's default branch; if left out: all for a branch, else default", list(&r.Branches, []string{"default"}, glob)},
		{"projects", "[]: all", list(&r.Projects, nil, projectKey)},
		{"from", "only from these statuses or categories (category:new); []: any", list(&r.From, nil, source)},
		{"to", allowedTarget, text(&r.To, "", target)},
		{"fields", "{resolution: Fixed}; those that are not on the transition's screen are left out; comment: a text to say with it", anyMap(&r.Fields)},
		{"backwards", "on mention and branch: also from done to in progress or to do, and from in progress to to do", flag(&r.Backwards, false)},
		{"authors", "by whose commits: globs as in smart_commits.authors", list(&r.Authors, NoBots(), authorGlob)},
	}
}

// NoBots are globs for all authors but those that are called a bot.
func NoBots() []string { return []string{"!*[bot]*", "!renovate*", "!dependabot*"} }

func commands() []string { return []string{"comment", "time", "transition"} }

// closingWords are GitLab's (app/models/concerns/issuable, the default closing
// pattern in config/initializers/1_settings.rb).
func closingWords() []string {
	return []string{
		"close", "closes", "closed", "closing", "fix", "fixes", "fixed", "fixing",
		"resolve", "resolves", "resolved", "resolving", "implement", "implements", "implemented", "implementing",
	}
}

// Default is the configuration when no file sets anything. It names no Jira.
func Default() Config {
	var c Config
	for _, k := range schema(&c) {
		if !k.isSection() {
			k.reset()
		}
	}
	return c
}

// within reports whether a dotted name is another or lies below it.
func within(name, above string) bool {
	return strings.HasPrefix(name, above) && (len(name) == len(above) || name[len(above)] == '.')
}

// knownName lets the dotted name of a key or section pass.
func knownName(s string, keys []key) (string, *fault) {
	var names []string
	for _, k := range keys {
		if k.name == s || k.entries != nil && within(s, k.name) && len(s) > len(k.name)+1 {
			return s, nil
		}
		names = append(names, k.name)
	}
	return "", &fault{message: "is no key of this file", allowed: "dotted names such as jira, smart_commits.run_as", nearest: nearest(s, names)}
}

// unknownKey tells that a key is not known in a section, and what was meant.
func unknownKey(p pair, keys []key, section string) []mistake {
	f := fault{found: brief(p.name), message: "unknown key"}
	prefix := ""
	if section != "" {
		prefix = section + "."
	}
	var names, elsewhere []string
	for _, k := range keys {
		rest, ok := strings.CutPrefix(k.name, prefix)
		if ok && !strings.Contains(rest, ".") {
			names = append(names, rest)
		}
		if strings.HasSuffix(k.name, "."+p.name) {
			elsewhere = append(elsewhere, k.name)
		}
	}
	f.allowed = strings.Join(names, ", ")
	if f.nearest = nearest(p.name, names); f.nearest == "" && len(elsewhere) > 0 {
		f.nearest = elsewhere[0]
	}
	if strings.Contains(p.name, ".") {
		f.message, f.nearest = "unknown key; dotted names stand only in locked", ""
	}
	if isSecretName(p.name) && f.nearest == "" {
		f.message = "unknown key; no secret stands in this file, only the path of one that holds it"
		if f.nearest = "jira.auth.secret_file"; section == "jira.auth" {
			f.nearest = "secret_file"
		}
	}
	return []mistake{{node: p.key, fault: f}}
}
