package plan

import (
	"fmt"

	"jirahook/push"
)

// linkBranches links branches whose names hold keys, and marks the links
// resolved when the branches are deleted or merged. GitLab shows branches on
// Jira Cloud only, in its development panel; a web link works on every Jira.
func (d *draft) linkBranches() {
	if !d.Config.Branches.WebLink {
		return
	}
	for _, u := range d.push.Updates {
		if d.over() {
			return
		}
		branch, ok := u.Branch()
		if !ok {
			continue
		}
		for _, issue := range d.branchKeys(branch) {
			d.linkBranch(u, branch, issue)
		}
	}
	for _, branch := range d.push.Merged {
		if d.over() {
			return
		}
		for _, issue := range d.branchKeys(branch) {
			d.putBranch(issue, branch, "was merged into "+OneLine(d.push.Repository.DefaultBranch), true)
		}
	}
}

// linkBranch follows one branch. A branch that existed before jirahook came is
// linked when it is next pushed to.
func (d *draft) linkBranch(u push.Update, branch, issue string) {
	known := d.ledger.isNamed(d.branchID(issue, branch))
	switch {
	case u.Deleted() && !known:
		// It was never linked.
	case u.Deleted():
		d.putBranch(issue, branch, "was deleted", true)
	case u.Created():
		d.putBranch(issue, branch, "was created", false)
	case !known:
		d.putBranch(issue, branch, "was pushed to", false)
	}
}

func (d *draft) branchID(issue, branch string) string {
	return d.ledger.id("branch", issue, d.push.Repository.ID, branch)
}

func (d *draft) putBranch(issue, branch, happened string, resolved bool) {
	address := d.links.branch(branch)
	if address == "" {
		return
	}
	state := "branch"
	if resolved {
		state = "closed branch"
	}
	a := Action{
		Issue: issue, Kind: KindLink, Text: fmt.Sprintf("link: %s %s", state, OneLine(branch)),
		Because: fmt.Sprintf("branch %s %s", OneLine(branch), happened),
		Records: []Record{{ID: d.branchID(issue, branch), Kind: "branch", Issue: issue, Via: d.globalID("branch", branch), When: d.push.Time, Detail: happened}},
		Link: &Link{
			GlobalID:     d.globalID("branch", branch),
			URL:          address,
			Title:        cut("Branch "+OneLine(branch), maxTitle),
			Summary:      d.project,
			Relationship: "developed on",
			Resolved:     resolved,
		},
	}
	// A branch may come and go many times: each time is an event of its own.
	d.put(a, d.push.ID, branch, happened)
}
