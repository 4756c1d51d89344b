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
	base, project string
	to            config.Links
}

// linksTo knows the page addresses of each server kind of the configuration.
func linksTo(s config.Server, project string) links {
	l := links{base: s.URL, project: project}
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
		group, name, _ := strings.Cut(project, "/")
		l.project = "projects/" + group + "/repos/" + name
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
		l.project = path
	}
	return l.fill(l.to.MergeRequest, "number", strconv.Itoa(number))
}

// fill puts the values into a template, each escaped so that it can neither
// leave its place in the path nor end the wiki markup around the address.
func (l links) fill(template string, pairs ...string) string {
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

// escapePath escapes each part of a slash-separated name.
func escapePath(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		if p == ".." || p == "." {
			parts[i] = strings.ReplaceAll(p, ".", "%2E")
			continue
		}
		parts[i] = pathMarks.Replace(url.PathEscape(p))
	}
	return strings.Join(parts, "/")
}
