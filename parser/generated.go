package parser

import (
	"regexp"
	"strings"
	"sync"
)

// plainMerge matches the other subjects of git's own, which name no merge
// request: several branches, tags, commits (git-fmt-merge-msg(1)).
var plainMerge = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^Merge (?:remote-tracking )?(?:branch|branches|tag|tags|commit|commits) '.+'(?: of \S+)?(?: into \S+)?$`)
})

// shortlogHead is the line above the subjects that git and Bitbucket list:
// "* feature/a:", "* branch 'a' of host:path: (25 commits)", "* commit '0123':".
var shortlogHead = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\* \S.*:(?: \(\d+ commits\))?$`)
})

// generated gives the lines, 0-based, of a merge's message that git or a server
// wrote: the subject, the title of the merge request, where that is, the list of
// subjects, the files in conflict. It is nil when the subject is a person's own.
func generated(text, subject string, mr *MergeRequest) map[int]bool {
	if !strings.HasPrefix(subject, "Merge") {
		return nil
	}
	if fromSubject(subject) == nil && !plainMerge().MatchString(subject) {
		return nil
	}
	found := map[int]bool{}
	var paragraph []int
	nth := 0 // of the paragraphs that are done
	inList, inConflicts := false, false
	end := func() {
		// What follows the subject and stands alone is the title.
		if nth == 1 && len(paragraph) == 1 && mr != nil && mr.Number > 0 {
			found[paragraph[0]] = true
		}
		if len(paragraph) > 0 {
			nth++
		}
		paragraph = paragraph[:0]
	}
	at := -1
	for line := range strings.Lines(text) {
		at++
		line = strings.TrimRight(line, "\r\n\t ")
		if line == "" {
			end()
			inList, inConflicts = false, false
			continue
		}
		if len(paragraph) == 0 && nth == 0 {
			found[at] = true
		}
		paragraph = append(paragraph, at)
		_, isTrailer := fromTrailer(strings.TrimSpace(line))
		indented := strings.HasPrefix(line, "  ") || line[0] == '\t'
		switch {
		case shortlogHead().MatchString(line):
			inList, inConflicts = true, false
		case line == "Conflicts:" || line == "# Conflicts:":
			inList, inConflicts = false, true
		case inList && indented, inConflicts && (indented || strings.HasPrefix(line, "#\t")):
		case isTrailer, strings.HasPrefix(line, "# By "), strings.HasPrefix(line, "# Via "):
			inList, inConflicts = false, false
		default:
			inList, inConflicts = false, false
			continue
		}
		found[at] = true
	}
	end()
	return found
}
