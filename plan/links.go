package plan

import (
	"net/url"
	"strconv"
	"strings"

	"jirahook/config"
)

// links makes addresses on the Git server. Where the server has no page for a
// thing, or no server is configured, the address is "".
type links struct {
	kind          string // of server
	base, project string
	to            config.Links
}

// linksTo knows the page addresses of each server kind of the configuration.
func linksTo(s config.Server, project string) links {
	l := links{kind: s.Kind, base: s.URL, project: placeOf(s.Kind, project)}
	switch s.Kind {
	case "gitlab":
		l.to = config.Links{
			Project: "{url}/{project}", Commit: "{url}/{project}/-/commit/{sha}", Branch: "{url}/{project}/-/tree/{branch}",
			Compare: "{url}/{project}/-/compare/{from}...{to}", MergeRequest: "{url}/{project}/-/merge_requests/{number}",
		}
	case "gitea":
		l.to = config.Links{
			Project: "{url}/{project}", Commit: "{url}/{project}/commit/{sha}", Branch: "{url}/{project}/src/branch/{branch}",
			Compare: "{url}/{project}/compare/{from}...{to}", MergeRequest: "{url}/{project}/pulls/{number}",
		}
	case "github":
		l.to = config.Links{
			Project: "{url}/{project}", Commit: "{url}/{project}/commit/{sha}", Branch: "{url}/{project}/tree/{branch}",
			Compare: "{url}/{project}/compare/{from}...{to}", MergeRequest: "{url}/{project}/pull/{number}",
		}
	case "bitbucket":
		l.to = config.Links{
			Project: "{url}/{project}/browse", Commit: "{url}/{project}/commits/{sha}", Branch: "{url}/{project}/browse?at=refs/heads/{branch}",
			Compare: "{url}/{project}/compare/diff?targetBranch={from}&sourceBranch={to}", MergeRequest: "{url}/{project}/pull-requests/{number}",
		}
	case "cgit":
		l.to = config.Links{
			Project: "{url}/{project}/", Commit: "{url}/{project}/commit/?id={sha}", Branch: "{url}/{project}/log/?h={branch}",
			Compare: "{url}/{project}/diff/?id={to}&id2={from}",
		}
	case "gitweb":
		l.to = config.Links{
			Project: "{url}/?p={project}.git", Commit: "{url}/?p={project}.git;a=commit;h={sha}",
			Branch:  "{url}/?p={project}.git;a=shortlog;h=refs/heads/{branch}",
			Compare: "{url}/?p={project}.git;a=commitdiff;h={to};hp={from}",
		}
	case "custom":
		l.to = s.Links
	}
	return l
}

// placeOf is where a server has its pages of a project.
func placeOf(kind, project string) string {
	if kind != "bitbucket" {
		return project
	}
	group, name, _ := strings.Cut(project, "/")
	return "projects/" + group + "/repos/" + name
}

func (l links) commit(sha string) string  { return l.fill(l.to.Commit, "sha", sha) }
func (l links) branch(name string) string { return l.fill(l.to.Branch, "branch", name) }
func (l links) projectPage() string       { return l.fill(l.to.Project) }
func (l links) compare(from, to string) string {
	if from == "" || to == "" {
		return ""
	}
	return l.fill(l.to.Compare, "from", from, "to", to)
}

// mergeRequest links to a merge request of this project, or of the one at path.
func (l links) mergeRequest(path string, number int) string {
	if path != "" {
		l.project = placeOf(l.kind, path)
	}
	return l.fill(l.to.MergeRequest, "number", strconv.Itoa(number))
}

// requestWords are what the server calls a merge request, and the sign before
// its number.
func (l links) requestWords() (word, sign string) {
	switch l.kind {
	case "gitea", "github", "bitbucket":
		return "pull request", "#"
	}
	return "merge request", "!"
}

// requestSigns are the signs that mean a merge request on this server. One that
// the configuration describes may be like any.
func (l links) requestSigns() string {
	if l.kind == "custom" {
		return "!#"
	}
	_, sign := l.requestWords()
	return sign
}

// fill puts the values into a template, each escaped so that it can neither
// leave its place in the path nor end the wiki markup around the address.
// Browsers take ".." and "." out of a path, escaped or not: a value with such a
// part has no page.
func (l links) fill(template string, pairs ...string) string {
	if climbs(l.project) {
		return ""
	}
	for i := 1; i < len(pairs); i += 2 {
		if climbs(pairs[i]) {
			return ""
		}
	}
	var filled strings.Builder
	for {
		before, rest, ok := strings.Cut(template, "{")
		filled.WriteString(before)
		if !ok {
			return filled.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		value, ok := l.value(name, pairs)
		if !ok { // a brace of the template's own
			value, after = "{", rest
		}
		filled.WriteString(value)
		template = after
	}
}

// value is what stands for a name in a template.
func (l links) value(name string, pairs []string) (string, bool) {
	switch name {
	case "url":
		return l.base, true
	case "project":
		return escapePath(l.project), true
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] == name {
			return escapePath(pairs[i+1]), true
		}
	}
	return "", false
}

// pathMarks are characters that PathEscape leaves alone and that mean something
// in a query or in wiki markup.
var pathMarks = strings.NewReplacer("&", "%26", "=", "%3D", ";", "%3B", "+", "%2B", "!", "%21", "*", "%2A", "~", "%7E", "'", "%27", "(", "%28", ")", "%29")

// climbs reports whether a part of a slash-separated name is ".." or ".".
func climbs(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." || part == "." {
			return true
		}
	}
	return false
}

// escapePath escapes each part of a slash-separated name.
func escapePath(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = pathMarks.Replace(url.PathEscape(p))
	}
	return strings.Join(parts, "/")
}

// withoutContext is a project's path in an address on the server without the
// path that the server itself has.
func withoutContext(path, server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return path
	}
	if context := strings.Trim(u.Path, "/"); context != "" {
		path, _ = strings.CutPrefix(path, context+"/")
	}
	return path
}

// sameHost compares the host named in a message with the configured server's.
func sameHost(host, server string) bool {
	u, err := url.Parse(server)
	return err == nil && host != "" && strings.EqualFold(host, u.Host)
}
