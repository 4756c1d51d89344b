package config

import (
	"regexp"
	"slices"
	"strings"
)

// checkWhole looks for what is wrong with the files together. It keeps silent
// about keys whose values have been found wrong.
func (l *loading) checkWhole() {
	c := &l.Config
	if c.Jira.URL != "" || len(c.Sites) == 0 {
		l.demand(c.Jira.URL != "", "jira.url", "is missing: where is Jira?", allowedAddress, "jira.url", "sites")
		for _, d := range demandsOf("jira.", c.Jira) {
			depends := make([]string, len(d.depends))
			for i, key := range d.depends {
				depends[i] = "jira." + key
			}
			l.demand(d.met, "jira."+d.key, d.message, d.allowed, depends...)
		}
	} else {
		l.demand(c.Projects.Auto, "projects", "needs jira.url: to which Jira do their keys go? Those of sites have projects of their own", "", "jira.url")
	}
	l.checkServer()
	l.demand(c.SmartCommits.RunAs != "listed" || len(c.SmartCommits.Allowed) > 0, "smart_commits.run_as", "listed needs smart_commits.allowed", "", "smart_commits.allowed")
	l.checkProjects()
}

// demanded is something that one key of a Jira needs of another.
type demanded struct {
	met          bool
	key, message string
	allowed      string
	depends      []string // keys that decide it, by their names below jira
}

// demandsOf says what the settings of a Jira, whose keys begin with a prefix, must have
// besides its address.
func demandsOf(prefix string, j Jira) []demanded {
	dev := j.Development
	return []demanded{
		{j.Auth.SecretFile != "" || j.Auth.SecretEnv != "", "auth", "the secret is missing",
			"secret_file: the path of a file that holds it; or secret_env: the name of an environment variable",
			[]string{"auth.secret_file", "auth.secret_env"}},
		{j.Auth.Type != "basic" || j.Auth.Username != "", "auth.type", "basic needs " + prefix + "auth.username", "", []string{"auth.username"}},
		{j.Auth.Type != "oauth" || j.Auth.ClientID != "", "auth.type", "oauth needs " + prefix + "auth.client_id", "", []string{"auth.client_id"}},
		{j.Auth.Type == "oauth" || j.Auth.ClientID == "", "auth.client_id", "needs " + prefix + "auth.type: oauth", "", []string{"auth.type"}},
		{dev.ClientID == "" || dev.SecretFile != "", "development.client_id", "needs " + prefix + "development.secret_file", "", []string{"development.secret_file"}},
		{dev.SecretFile == "" || dev.ClientID != "", "development.secret_file", "needs " + prefix + "development.client_id", "", []string{"development.client_id"}},
	}
}

func (l *loading) checkServer() {
	s := l.Config.Server
	l.demand(s.Kind == "none" || s.URL != "", "server.kind", s.Kind+" needs server.url", "", "server.url")
	_, said := l.Origins["server.kind"]
	l.demand(said || s.URL == "", "server.url", "needs server.kind", l.key("server.kind").allowed, "server.kind")
	l.demand(s.Kind != "custom" || s.Links != Links{}, "server.kind", "custom needs server.links", l.namesIn(l.key("server.links")),
		"server.links.commit", "server.links.branch", "server.links.compare", "server.links.merge_request", "server.links.project")
}

// checkProjects looks for listed projects that key_pattern never lets through.
func (l *loading) checkProjects() {
	lists := map[string][]string{"projects": l.Config.Projects.Keys}
	for _, s := range l.Config.Sites {
		lists["sites"] = append(lists["sites"], s.Projects...)
	}
	for _, rule := range l.Config.Transitions {
		lists["transitions"] = append(lists["transitions"], rule.Projects...)
	}
	var whole *regexp.Regexp
	for _, key := range []string{"projects", "sites", "transitions"} {
		for _, project := range lists[key] {
			if whole == nil {
				var err error
				if whole, err = regexp.Compile(`\A(?:` + l.Config.KeyPattern + `)\z`); err != nil {
					return // the pattern has been checked alone
				}
			}
			if !whole.MatchString(project) && !l.hasFailed(key) && !l.hasFailed("key_pattern") {
				o := l.placeOf(key)
				l.addProblem(Problem{File: o.File, Line: o.Line, Key: key, Found: brief(project), Message: "key_pattern knows no such project", Allowed: brief(l.Config.KeyPattern)})
			}
		}
	}
}

// demand reports a problem with a key unless it is met, or a value that it
// depends on was wrong in itself.
func (l *loading) demand(met bool, key, message, allowed string, depends ...string) {
	if met || l.hasFailed(key) || slices.ContainsFunc(depends, l.hasFailed) {
		return
	}
	o := l.placeOf(key)
	l.addProblem(Problem{File: o.File, Line: o.Line, Key: key, Message: message, Allowed: allowed})
}

// hasFailed reports whether a key, or a section that it is in, was wrong.
func (l *loading) hasFailed(name string) bool {
	for f := range l.failed {
		if within(name, f) {
			return true
		}
	}
	return false
}

// placeOf is where a key is set; else where its section is; else the first file.
func (l *loading) placeOf(key string) Origin {
	for ; key != ""; key = key[:max(0, strings.LastIndexByte(key, '.'))] {
		if o, ok := l.firstWithin(key); ok {
			return o
		}
	}
	return Origin{File: l.Files[0]}
}

// firstWithin is where a key, or the first key of a section, is set.
func (l *loading) firstWithin(name string) (first Origin, ok bool) {
	for at, o := range l.Origins {
		if !within(at, name) {
			continue
		}
		f, g := slices.Index(l.Files, first.File), slices.Index(l.Files, o.File)
		if !ok || g < f || g == f && o.Line < first.Line {
			first, ok = o, true
		}
	}
	return first, ok
}
