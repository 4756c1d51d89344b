package plan

import (
	"fmt"
	"net/url"

	"jirahook/wiki"
)

// link puts web links to the commits on the issues they mention
// (mentions.web_link).
func (d *pushDraft) link() {
	if d.Config.Mentions.WebLink == "branch" {
		d.grow("link", d.putGrownLink, d.putLink)
		return
	}
	for _, m := range d.portions(d.Config.Mentions.WebLink, "link") {
		if d.over() {
			return
		}
		d.putLink(m)
	}
}

// maxTitle is less than the 255 characters that Jira takes.
const maxTitle = 250

func (d *pushDraft) putLink(m mention) {
	l := d.linkOf(m)
	if l == nil {
		return
	}
	d.recordToldOn("link", m)
	records, once := d.recordsOf("link", m)
	d.put(Action{
		Issue: m.issue, Kind: KindLink, Rule: ruleLink, Text: "link: " + l.Title, Because: m.because(), Link: l,
		Records: madeBy(records, l.GlobalID, d.portionOf(m)),
	}, once...)
}

// linkOf is the web link to the commits of a mention; nil: they have no page.
func (d *pushDraft) linkOf(m mention) *Link {
	last := m.commits[len(m.commits)-1]
	address := d.links.commit(last.ID)
	title := fmt.Sprintf("Commit %s - %s", short(last.ID), d.told(last).link)
	if len(m.commits) > 1 {
		if compare := d.compare(m); compare != "" {
			address = compare
		}
		title = fmt.Sprintf("%d commits, %s to %s", len(m.commits), short(m.commits[0].ID), short(last.ID))
	}
	if address == "" {
		return nil
	}
	summary := wiki.OneLine(d.project)
	if last.branch != "" {
		summary += ", branch " + wiki.OneLine(last.branch)
	}
	return &Link{
		GlobalID:     d.globalID("commit", last.ID),
		URL:          address,
		Title:        title,
		Summary:      wiki.Cut(summary, maxTitle),
		Relationship: "mentioned in",
	}
}

// compare is the page that shows the commits of a mention together: from what
// the branch was before, or from the parent of the first.
func (d *pushDraft) compare(m mention) string {
	return d.links.compare(d.compareFrom(m), m.commits[len(m.commits)-1].ID)
}

// compareFrom is the commit that a mention's commits are compared with; "" is
// none.
func (d *pushDraft) compareFrom(m mention) string {
	first, last := m.commits[0], m.commits[len(m.commits)-1]
	from := ""
	if len(first.Parents) > 0 {
		from = first.Parents[0]
	}
	if u, ok := d.updates[last.branch]; ok && !u.Created() && !d.ledger.gone[u.Old] {
		from = u.Old
	}
	return from
}

// globalID names a thing for good: by the repository's stable id, never by its
// address, which servers change (gitlab-org/gitlab issue 209882). Jira takes at
// most 255 characters.
func (d *pushDraft) globalID(kind, name string) string {
	id := "system=jirahook&repository=" + url.QueryEscape(d.push.Repository.ID) + "&" + kind + "=" + url.QueryEscape(name)
	if len(id) <= 255 {
		return id
	}
	return "system=jirahook&" + kind + "=" + idOf(d.push.Repository.ID, name)
}
