package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"jirahook/push"
	"jirahook/wiki"
)

// linkBranches links branches whose names hold keys, and marks the links
// resolved when the branches are deleted or merged. GitLab shows branches on
// Jira Cloud only, in its development panel; a web link works on every Jira.
func (d *pushDraft) linkBranches() {
	if !d.Config.Branches.WebLink {
		return
	}
	merges := d.mergesBySource()
	for _, u := range d.push.Updates {
		if d.over() {
			return
		}
		branch, ok := u.Branch()
		if !ok {
			continue
		}
		for _, issue := range d.branchKeys(branch) {
			d.linkBranch(u, branch, issue, merges[branch])
		}
		delete(merges, branch)
	}
	for _, branch := range d.push.Merged {
		if d.over() {
			return
		}
		for _, issue := range d.branchKeys(branch) {
			into := wiki.OneLine(d.push.Repository.DefaultBranch)
			d.putBranch(issue, branch, wasMerged+into, into, true)
		}
		delete(merges, branch)
	}
	d.recordMerges(merges)
}

// What happened to a branch, as it stands on record: these two with the branch
// that it went into. One that went elsewhere than into the default branch may go
// on.
const (
	wasCreated = "was created"
	wasPushed  = "was pushed to"
	wasDeleted = "was deleted"
	wasMerged  = "was merged into "
	wentInto   = "went into "
)

// mergesBySource are the merges whose message, written by git or a server, names
// the branch that they took in, and that arrive on one; of several of a branch the
// one that arrives on the default branch, else the last.
func (d *pushDraft) mergesBySource() map[string]*statement {
	all := map[string]*statement{}
	for i := range d.commits {
		c := &d.commits[i]
		if c.Generated == nil || len(c.Parents) < 2 || c.Branch == "" || c.MergeRequest == nil || c.MergeRequest.Source == "" {
			continue
		}
		if before := all[c.MergeRequest.Source]; before == nil || before.Branch != d.push.Repository.DefaultBranch {
			all[c.MergeRequest.Source] = c
		}
	}
	return all
}

// recordMerges puts on record where branches went that the push did not name, to
// be told when they are deleted.
func (d *pushDraft) recordMerges(merges map[string]*statement) {
	for i := range d.commits {
		c := &d.commits[i]
		if c.MergeRequest == nil || merges[c.MergeRequest.Source] != c {
			continue
		}
		for _, issue := range d.branchKeys(c.MergeRequest.Source) {
			d.records = append(d.records, d.branchRecord(issue, c.MergeRequest.Source, wentInto+wiki.OneLine(c.Branch)))
		}
	}
}

// linkBranch follows one branch. A branch that existed before jirahook came is
// linked when it is next pushed to, and one that was merged goes on when more is
// pushed to it. The merge is of this push and names the branch, or nil.
func (d *pushDraft) linkBranch(u push.Update, branch, issue string, merge *statement) {
	so := d.branchSoFar(issue, branch)
	into := ""
	if tip := u.New; merge != nil {
		if u.Deleted() {
			tip = u.Old
		}
		if slices.Contains(merge.Parents[1:], tip) { // and does not only say so
			into = wiki.OneLine(merge.Branch)
		}
	}
	switch {
	case u.Deleted() && !so.linked:
		// It was never linked.
	case u.Deleted():
		d.putBranch(issue, branch, wasDeleted, cmp.Or(into, so.into), true)
	case into != "" && into == wiki.OneLine(d.push.Repository.DefaultBranch):
		d.putBranch(issue, branch, wasMerged+into, into, true)
	case u.Created():
		d.putBranch(issue, branch, wasCreated, into, false)
	case !so.linked, so.resolved:
		d.putBranch(issue, branch, wasPushed, into, false)
	}
}

// soFar is what is on record of a branch and an issue.
type soFar struct {
	linked   bool
	resolved bool   // the link is marked so
	into     string // where it was merged, since it was created
}

func (d *pushDraft) branchSoFar(issue, branch string) soFar {
	records := d.ledger.findNamed(d.branchID(issue, branch))
	slices.SortStableFunc(records, func(a, b Record) int { return a.When.Compare(b.When) })
	var so soFar
	for _, r := range records {
		if into, ok := strings.CutPrefix(r.Detail, wentInto); ok {
			so.into = into
			continue
		}
		so.linked = true
		into, merged := strings.CutPrefix(r.Detail, wasMerged)
		so.resolved = merged || r.Detail == wasDeleted
		switch {
		case merged:
			so.into = into
		case r.Detail == wasCreated:
			so.into = ""
		}
	}
	return so
}

func (d *pushDraft) branchID(issue, branch string) string {
	return d.ledger.id("branch", issue, d.push.Repository.ID, branch)
}

// branchRecord says what happened to a branch with this push.
func (d *pushDraft) branchRecord(issue, branch, happened string) Record {
	return Record{ID: d.branchID(issue, branch), Kind: "branch", Issue: issue, Place: d.push.ID + " " + happened, When: d.push.Time, Detail: happened,
		Via: d.globalID("branch", branch)}
}

// putBranch links a branch, titled with where it went, if into says so.
func (d *pushDraft) putBranch(issue, branch, happened, into string, resolved bool) {
	address := d.links.branch(branch)
	if address == "" {
		return
	}
	state := "branch"
	if resolved {
		state = "closed branch"
	}
	went := ""
	if into != "" {
		went = ", merged into " + wiki.Cut(into, 100)
	}
	a := Action{
		Issue: issue, Kind: KindLink, Rule: ruleBranch, Text: fmt.Sprintf("link: %s %s", state, wiki.OneLine(branch)),
		Because: fmt.Sprintf("branch %s %s", wiki.OneLine(branch), happened),
		Records: []Record{d.branchRecord(issue, branch, happened)},
		Link: &Link{
			GlobalID:     d.globalID("branch", branch),
			URL:          address,
			Title:        wiki.Cut("Branch "+wiki.OneLine(branch), maxTitle-wiki.Units(went)) + went,
			Summary:      wiki.Cut(wiki.OneLine(d.project), maxTitle),
			Relationship: "developed on",
			Resolved:     resolved,
		},
	}
	// A branch may come and go many times: each time is an event of its own.
	d.put(a, d.push.ID, branch, happened)
}
