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
	l.demand(c.Jira.URL != "", "jira.url", "is missing: where is Jira?", allowedAddress, "jira.url")
	auth := c.Jira.Auth
	l.demand(auth.SecretFile != "" || auth.SecretEnv != "", "jira.auth", "the secret is missing",
		"secret_file: the path of a file that holds it; or secret_env: the name of an environment variable",
		"jira.auth.secret_file", "jira.auth.secret_env")
	l.demand(auth.Type != "basic" || auth.Username != "", "jira.auth.type", "basic needs jira.auth.username", "", "jira.auth.username")
	l.demand(auth.Type != "oauth" || auth.ClientID != "", "jira.auth.type", "oauth needs jira.auth.client_id", "", "jira.auth.client_id")
	l.demand(auth.Type == "oauth" || auth.ClientID == "", "jira.auth.client_id", "needs jira.auth.type: oauth", "", "jira.auth.type")
	dev := c.Jira.Development
	l.demand(dev.ClientID == "" || dev.SecretFile != "", "jira.development.client_id", "needs jira.development.secret_file", "", "jira.development.secret_file")
	l.demand(dev.SecretFile == "" || dev.ClientID != "", "jira.development.secret_file", "needs jira.development.client_id", "", "jira.development.client_id")
	l.checkServer()
	l.demand(c.SmartCommits.RunAs != "listed" || len(c.SmartCommits.Allowed) > 0, "smart_commits.run_as", "listed needs smart_commits.allowed", "", "smart_commits.allowed")
	l.checkProjects()
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
	for _, rule := range l.Config.Transitions {
		lists["transitions"] = append(lists["transitions"], rule.Projects...)
	}
	var whole *regexp.Regexp
	for _, key := range []string{"projects", "transitions"} {
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
