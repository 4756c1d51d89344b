package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"jirahook/push"
	"jirahook/wiki"
)

// people are those who made a commit: its author and the co-authors that the
// message names.
func people(c statement) []string {
	most := len(c.CoAuthors)
	if c.toMany() {
		most = min(most, mostPeople) // each issue is told of them
	}
	names := []string{authorName(c.Commit)}
	named := map[string]bool{names[0]: true}
	for _, p := range c.CoAuthors[:most] {
		name := wiki.OneLine(p.Name)
		if name == "" {
			name = wiki.OneLine(p.Email)
		}
		if name = wiki.Cut(name, maxPerson); !named[name] && !strings.EqualFold(p.Email, c.Author.Email) {
			named[name] = true
			names = append(names, name)
		}
	}
	return names
}

const (
	maxPerson  = 100
	mostPeople = 20
)

// authorName is the author as a person reads it.
func authorName(c push.Commit) string {
	for _, s := range []string{c.Author.Name, c.Author.Email} {
		if s = wiki.OneLine(s); s != "" {
			return wiki.Cut(s, maxPerson)
		}
	}
	return "somebody"
}

// authors names those who made the commits of a mention.
func (d *pushDraft) authors(m mention) string {
	var names []string
	seen := map[string]bool{}
	for _, c := range m.commits {
		for _, name := range d.told(c).by {
			if !seen[name] {
				seen[name] = true
				names = append(names, wiki.Bold(name))
			}
		}
	}
	return listed(names)
}

// byWhom says who made each commit of a mention, " by Ann", if they were not all made
// by the same people.
func (d *pushDraft) byWhom(m mention) func(c statement) string {
	first := d.told(m.commits[0]).by
	if !slices.ContainsFunc(m.commits, func(c statement) bool { return !slices.Equal(d.told(c).by, first) }) {
		return func(statement) string { return "" }
	}
	return func(c statement) string { return byThose(d.told(c).by) }
}

func byThose(people []string) string {
	var names []string
	for _, name := range people {
		names = append(names, wiki.Escape(name))
	}
	return " by " + listed(names)
}

// whereabouts is " on branch main of team/app", linked where there is a page.
func (d *pushDraft) whereabouts(m mention) string {
	var branches []string
	seen := map[string]bool{}
	for _, c := range m.commits {
		if c.branch != "" && !seen[c.branch] {
			seen[c.branch] = true
			branches = append(branches, wiki.Linked(c.branch, d.links.branch(c.branch)))
		}
	}
	on := ""
	switch len(branches) {
	case 0:
	case 1:
		on = " on branch " + branches[0]
	default:
		on = " on branches " + listed(branches)
	}
	if d.project == "" {
		return on
	}
	return on + " of " + wiki.Linked(d.project, d.links.projectPage())
}

// listed joins up to three things, and counts the rest.
func listed(things []string) string {
	if len(things) == 1 {
		return things[0]
	}
	if len(things) > 3 {
		return fmt.Sprintf("%s and %d others", strings.Join(things[:2], ", "), len(things)-2)
	}
	return strings.Join(things[:len(things)-1], ", ") + " and " + things[len(things)-1]
}

func (d *pushDraft) commitLink(c push.Commit) string {
	return wiki.Linked(short(c.ID), d.links.commit(c.ID))
}

// mergeRequest links the merge request that a merge commit names.
func (d *pushDraft) mergeRequest(c statement) string {
	mr := c.MergeRequest
	if mr == nil || mr.Number == 0 {
		return ""
	}
	word, sign := d.links.requestWords()
	name := sign + strconv.Itoa(mr.Number)
	path, address := mr.Path, ""
	if mr.Host == "" || sameHost(mr.Host, d.Config.Server.URL) { // a message never chooses where a link leads
		if mr.Host != "" {
			path = withoutContext(path, d.Config.Server.URL)
		}
		address = d.links.mergeRequest(path, mr.Number)
	}
	if path == d.project {
		path = ""
	}
	return " (" + word + " " + wiki.Linked(path+name, address) + ")"
}

// reference is what a squash leaves at the end of its subject: "(!18)" or
// "(#13)".
var reference = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.*\S) \(([!#])([1-9][0-9]{0,8})\)$`) })

// withoutReference takes the merge request that it came by off the end of a
// subject, and gives it as markup that leads there. What the server means by the
// sign decides: on GitLab "#13" is an issue.
func (d *pushDraft) withoutReference(c statement, subject string) (rest, ref string) {
	if c.MergeRequest != nil && c.MergeRequest.Number > 0 {
		return subject, "" // that is linked already
	}
	found := reference().FindStringSubmatch(subject)
	if found == nil || !strings.Contains(d.links.requestSigns(), found[2]) {
		return subject, ""
	}
	number, _ := strconv.Atoi(found[3])
	address := d.links.mergeRequest("", number)
	if address == "" {
		return subject, ""
	}
	return found[1], " (" + wiki.Linked(found[2]+found[3], address) + ")"
}
