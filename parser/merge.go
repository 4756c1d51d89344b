package parser

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// MergeRequest is what a message says of the merge or pull request it comes
// from. All of it is a stranger's claim: compare Host and Path with what is
// configured, never call them.
type MergeRequest struct {
	Path   string // group/project; "" when it is the own project or not told
	Number int    // 0 when only branches are named
	// Source and Target are branches. Target is "" when it is not told, as when
	// git merges into the main branch.
	Source, Target string
	Host           string // lower case, with a port; only from a URL
}

// mergeSubject matches the subjects that servers and git give merge commits. It
// is compiled when it is first used: the program must start fast.
var mergeSubject = sync.OnceValue(func() []*regexp.Regexp {
	return []*regexp.Regexp{
		// git and GitLab: Merge branch 'a' into 'b'; Merge remote-tracking branch 'origin/a'
		regexp.MustCompile(`^Merge (?:branch '|remote-tracking branch '[^/']+/)(?P<source>.+?)'(?: of \S+)?(?: into (?:'(?P<target>.+)'|(?P<bare>[^'\s]\S*)))?$`),
		// GitHub
		regexp.MustCompile(`^Merge pull request #(?P<number>\d+) from [^\s/]+/(?P<source>\S+)$`),
		// Bitbucket Data Center, Bitbucket Cloud
		regexp.MustCompile(`^Merge pull request #(?P<number>\d+) in (?P<path>\S+) from (?P<source>\S+) to (?P<target>\S+)$`),
		regexp.MustCompile(`^Merged in (?P<source>\S+) \(pull request #(?P<number>\d+)\)$`),
		// Gitea
		regexp.MustCompile(`^Merge pull request '.*' \(#(?P<number>\d+)\) from (?:[^\s:]+:)?(?P<source>\S+) into (?P<target>\S+)$`),
		// Azure DevOps
		regexp.MustCompile(`^Merged PR (?P<number>\d+):`),
	}
})

// mergeRequest reads a message's subject and its trailers; of several trailers
// the last counts.
func mergeRequest(text string) *MergeRequest {
	found := fromSubject(subject(text))
	for line := range strings.Lines(text) {
		trailer, ok := fromTrailer(strings.TrimSpace(line))
		if !ok {
			continue
		}
		if found != nil {
			trailer.Source, trailer.Target = found.Source, found.Target
		}
		found = &trailer
	}
	return found
}

func fromSubject(subject string) *MergeRequest {
	if !strings.HasPrefix(subject, "Merge") {
		return nil
	}
	for _, pattern := range mergeSubject() {
		groups := pattern.FindStringSubmatch(subject)
		if groups == nil {
			continue
		}
		m := MergeRequest{}
		for i, name := range pattern.SubexpNames() {
			switch name {
			case "number":
				m.Number = requestNumber(groups[i])
			case "path":
				m.Path = groups[i]
			case "source":
				m.Source = groups[i]
			case "target", "bare":
				m.Target += groups[i]
			}
		}
		return &m
	}
	return nil
}

const seeMergeRequest = "See merge request "

// fromTrailer reads a line: "See merge request group/project!12", or the URL of a
// merge request alone or behind that or behind a label ("MR: URL"), or Gitea's
// "Reviewed-on: URL".
func fromTrailer(line string) (MergeRequest, bool) {
	rest, see := strings.CutPrefix(line, seeMergeRequest)
	if see {
		if m, ok := fromReference(strings.TrimSpace(rest)); ok {
			return m, true
		}
	}
	label, address, labelled := strings.Cut(line, ": ")
	switch {
	case see:
		address = rest
	case !labelled || strings.ContainsAny(label, ":/"):
		address = line
	}
	return fromAddress(strings.TrimSpace(address), strings.EqualFold(label, "Reviewed-on"))
}

// fromReference reads "group/project!12" and "!12".
func fromReference(reference string) (MergeRequest, bool) {
	path, number, _ := strings.Cut(reference, "!")
	n := requestNumber(number)
	if n == 0 || path != "" && !isProjectPath(path) {
		return MergeRequest{}, false
	}
	return MergeRequest{Path: path, Number: n}, true
}

// fromAddress reads https://HOST/PATH/-/merge_requests/12 and GitLab's older form
// without "/-"; with pulls also Gitea's https://HOST/PATH/pulls/12.
func fromAddress(address string, pulls bool) (MergeRequest, bool) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok || !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
		return MergeRequest{}, false
	}
	host, rest, _ := strings.Cut(rest, "/")
	path, number, ok := strings.Cut(rest, "/merge_requests/")
	if !ok && pulls {
		path, number, _ = strings.Cut(rest, "/pulls/")
	}
	if i := strings.IndexAny(number, "/?#"); i >= 0 {
		number = number[:i]
	}
	path = strings.TrimSuffix(path, "/-")
	n := requestNumber(number)
	if n == 0 || host == "" || !isProjectPath(path) {
		return MergeRequest{}, false
	}
	return MergeRequest{Path: path, Number: n, Host: strings.ToLower(host)}, true
}

// requestNumber reads a number of at most nine digits; of anything else, and of
// nothing, it is 0.
func requestNumber(text string) int {
	if len(text) > 9 || digits(text) != len(text) {
		return 0
	}
	n, _ := strconv.Atoi(text)
	return n
}

// isProjectPath: names of ASCII letters, digits, "_", "." and "-", with slashes
// between them.
func isProjectPath(path string) bool {
	for name := range strings.SplitSeq(path, "/") {
		if name == "" {
			return false
		}
	}
	for i := range len(path) {
		if !isPath(path[i]) {
			return false
		}
	}
	return true
}

// mergeTrailers gives where lines "See merge request group/project!12" stand: a
// project's path is no place for keys.
func mergeTrailers(text string) []url {
	var trailers []url
	for from := 0; ; {
		i := strings.Index(text[from:], seeMergeRequest)
		if i < 0 {
			return trailers
		}
		start := from + i
		line, _, _ := strings.Cut(text[start:], "\n")
		from = start + len(line)
		if _, ok := fromReference(strings.TrimSpace(line[len(seeMergeRequest):])); ok && beginsLine(text, start) {
			trailers = append(trailers, url{start, from, -1})
		}
	}
}

// beginsLine reports whether nothing but blanks stands before a place in its
// line.
func beginsLine(text string, at int) bool {
	before := strings.TrimRight(text[:at], " \t")
	return before == "" || strings.HasSuffix(before, "\n")
}
