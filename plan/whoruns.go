package plan

import (
	"fmt"
	"slices"
	"strings"

	"jirahook/push"
	"jirahook/wiki"
)

// mayNotRun says why the commands of a commit are not run; "" if they are
// (smart_commits.authors, smart_commits.run_as). Who the author is whoever makes
// the commit may write as he likes: it can only take rights away. The pusher is
// who the server says it is.
func (d *pushDraft) mayNotRun(c statement) string {
	s := d.Config.SmartCommits
	if !mayAct(s.Authors, c.Author) {
		return fmt.Sprintf("the author %s is not among smart_commits.authors", wiki.OneLine(authorName(c.Commit)))
	}
	pusher := d.push.Pusher
	if s.RunAs != "any" && pusher.Name == "" && pusher.Email == "" {
		return "the server does not say who pushed (smart_commits.run_as)"
	}
	emails := emailsOf(pusher, s.Emails)
	switch s.RunAs {
	case "pusher":
		switch author := c.Author.Email; {
		case author == "":
			return "the commit names no e-mail of its author (smart_commits.run_as)"
		case !containsFold(emails, author):
			return fmt.Sprintf("the author %s is not the pusher (smart_commits.run_as)", wiki.OneLine(author))
		}
	case "listed":
		mayRun := func(allowed string) bool { return allowed == pusher.Name || containsFold(emails, allowed) }
		if !slices.ContainsFunc(s.Allowed, func(allowed string) bool { return allowed != "" && mayRun(allowed) }) {
			return fmt.Sprintf("the pusher %s is not listed (smart_commits.allowed)", wiki.OneLine(nameOf(pusher)))
		}
	}
	return ""
}

// emailsOf are the addresses by which the server, or the configuration, knows
// who pushed. Where people log in with one, it is the name.
func emailsOf(p push.Pusher, known map[string][]string) []string {
	var emails []string
	if p.Email != "" {
		emails = append(emails, p.Email)
	}
	if strings.Contains(p.Name, "@") {
		emails = append(emails, p.Name)
	}
	if p.Name != "" {
		emails = append(emails, known[p.Name]...)
	}
	return emails
}

func containsFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(in string) bool { return strings.EqualFold(in, s) })
}

func nameOf(p push.Pusher) string {
	if p.Name == "" {
		return p.Email
	}
	return p.Name
}
