package plan

import (
	"fmt"
	"net/url"
)

// link puts web links to the commits on the issues they mention
// (mentions.web_link).
func (d *draft) link() {
	for _, m := range d.portions(d.Config.Mentions.WebLink, "link") {
		if d.over() {
			return
		}
		d.putLink(m)
	}
}

// maxTitle is less than the 255 characters that Jira takes.
const maxTitle = 250

func (d *draft) putLink(m mention) {
	last := m.commits[len(m.commits)-1]
	address := d.links.commit(last.ID)
	title := fmt.Sprintf("Commit %s - %s", short(last.ID), linkTitle(last))
	if len(m.commits) > 1 {
		if compare := d.compare(m); compare != "" {
			address = compare
		}
		title = fmt.Sprintf("%d commits, %s to %s", len(m.commits), short(m.commits[0].ID), short(last.ID))
	}
	if address == "" {
		return
	}
	summary := d.project
	if last.branch != "" {
		summary += ", branch " + OneLine(last.branch)
	}
	d.put(Action{
		Issue: m.issue, Kind: KindLink, Text: "link: " + title, Because: m.because(), Records: d.recordsOf("link", m),
		Link: &Link{
			GlobalID:     d.globalID("commit", last.ID),
			URL:          address,
			Title:        title,
			Summary:      cut(summary, maxTitle),
			Relationship: "mentioned in",
		},
	})
}

// compare is the page that shows the commits of a mention together: from what
// the branch was before, or from the parent of the first.
func (d *draft) compare(m mention) string {
	first, last := m.commits[0], m.commits[len(m.commits)-1]
	from := ""
	if len(first.Parents) > 0 {
		from = first.Parents[0]
	}
	for _, u := range d.push.Updates {
		if b, ok := u.Branch(); ok && b == last.branch && !u.Created() {
			from = u.Old
		}
	}
	return d.links.compare(from, last.ID)
}

// globalID names a thing for good: by the repository's stable id, never by its
// address, which servers change (gitlab-org/gitlab issue 209882). Jira takes at
// most 255 characters.
func (d *draft) globalID(kind, name string) string {
	id := "system=jirahook&repository=" + url.QueryEscape(d.push.Repository.ID) + "&" + kind + "=" + url.QueryEscape(name)
	if len(id) <= 255 {
		return id
	}
	return "system=jirahook&" + kind + "=" + idOf(d.push.Repository.ID, name)
}
