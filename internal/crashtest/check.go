package crashtest

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"jirahook/internal/jiratest"
)

// check compares what happened to each issue, in its order, with what each
// repository's pushes asked for, in theirs. Between repositories no order is
// promised.
func (r *run) check() {
	for _, jira := range r.jiras {
		for _, key := range jira.Keys() {
			r.checkIssue(jira.Issue(key))
		}
	}
	for i, repo := range r.repos {
		_, statuses := cycle()
		if got := r.jiras[1].Issue(ownIssue(i)).Status; got != statuses[repo.status] {
			r.fail("%s is %s, want %s", ownIssue(i), got, statuses[repo.status])
		}
	}
	for _, n := range r.nodes {
		// Names with a dot in front are of hooks that died while they wrote.
		left, err := filepath.Glob(filepath.Join(n.dir, "spool", "[^.]*"))
		if err != nil || len(left) > 0 {
			r.fail("the spool holds %q, %v", left, err)
		}
		if r.Postgres == nil {
			verdict := ""
			if err := r.ask(context.Background(), n, "PRAGMA integrity_check", &verdict); err != nil || verdict != "ok" {
				r.fail("SQLite's integrity check: %s, %v", verdict, err)
			}
		}
	}
}

func (r *run) checkIssue(i jiratest.Issue) {
	happened, err := events(i)
	if err != nil {
		r.fail("%s: %w", i.Key, err)
	}
	for _, repo := range r.repos {
		if got, want := happened[fmt.Sprint(repo.number)], repo.want[i.Key]; !slices.Equal(got, want) {
			r.fail("%s: repository %d did %s", i.Key, repo.number, difference(got, want))
		}
		delete(happened, fmt.Sprint(repo.number))
	}
	for who, what := range happened {
		r.fail("%s: nobody asked for %s %q", i.Key, who, what)
	}
}

var tokens = regexp.MustCompile(`(?:push|said|logged)-([0-9]+)-[0-9]+`)

// events are what happened to an issue, by the repository that asked for it. An
// issue of one repository alone is moved by that.
func events(i jiratest.Issue) (map[string][]string, error) {
	texts := map[string]string{}
	for _, c := range i.Comments {
		texts[fmt.Sprint("comment ", c.ID)] = c.Body
	}
	for _, l := range i.Links {
		texts[fmt.Sprint("link ", l.ID)] = l.Title
	}
	for _, w := range i.Worklogs {
		texts[fmt.Sprint("worklog ", w.ID)] = w.Comment
	}
	happened := map[string][]string{}
	for _, line := range i.Activity {
		kind, _, _ := strings.Cut(line, " ")
		switch {
		case strings.HasSuffix(line, " replaced"):
			continue // a link that was sent twice is the same link
		case kind == "transition":
			owner := strings.TrimPrefix(i.Key, "OWN-")
			n := 0
			if _, err := fmt.Sscan(owner, &n); err != nil {
				return happened, fmt.Errorf("moved: %s", line)
			}
			happened[fmt.Sprint(n-1)] = append(happened[fmt.Sprint(n-1)], line)
			continue
		}
		found := tokens.FindStringSubmatch(texts[line])
		if found == nil {
			return happened, fmt.Errorf("%s says %q", line, texts[line])
		}
		happened[found[1]] = append(happened[found[1]], kind+" "+found[0])
	}
	return happened, nil
}

// difference tells two lists apart in words.
func difference(got, want []string) string {
	count := map[string]int{}
	for _, w := range want {
		count[w]--
	}
	for _, g := range got {
		count[g]++
	}
	var words []string
	for _, what := range slices.Sorted(maps.Keys(count)) {
		switch n := count[what]; {
		case n > 0:
			words = append(words, fmt.Sprintf("%q %d times too often", what, n))
		case n < 0:
			words = append(words, fmt.Sprintf("not %q", what))
		}
	}
	if len(words) == 0 {
		return fmt.Sprintf("all once but in another order: %q, want %q", got, want)
	}
	return strings.Join(words, ", ")
}
