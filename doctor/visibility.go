package doctor

import (
	"context"
	"maps"
	"slices"
	"strings"

	"jirahook/config"
	"jirahook/jira"
	"jirahook/words"
)

// speaks: the configuration makes comments.
func (e *examination) speaks() bool {
	return e.cfg.Mentions.Comment != "none" || e.runs("comment") || e.runs("transition")
}

// whoSees holds who is to see the comments against what the projects are. Those
// told are all whose issues are told of commits; kinds are the projects that the
// account sees.
func (e *examination) whoSees(site jira.Site, told []string, kinds map[string]jira.ProjectKind) []Finding {
	m := e.cfg.Mentions
	var all []Finding
	for _, k := range slices.Sorted(maps.Keys(m.VisibilityByProject)) {
		f := notSeen(k)
		f.Check, f.Says = "visibility", "mentions.visibility_by_project: "+f.Says
		if now, seen := kinds[k]; seen {
			f.Says, f.Advice = "mentions.visibility_by_project: the project is now "+now.Key, adviceRenamed
		}
		if kinds[k].Key != k {
			all = append(all, f)
		}
	}
	if !e.speaks() {
		return all
	}
	var open, notes, noDesks, unknown []string
	for _, k := range told {
		kind := kinds[k]
		v := m.VisibleIn(k)
		_, byName := m.VisibilityByProject[k]
		switch {
		case kind.Key != k: // not seen, or told of by its present key
		case kind.Type == jira.ServiceDesk && v == config.Visibility{} && !byName:
			open = append(open, k)
		case kind.Type == jira.ServiceDesk && v.Internal:
			notes = append(notes, k)
		case kind.Type == "" && v.Internal:
			unknown = append(unknown, k)
		case v.Internal && byName:
			noDesks = append(noDesks, k)
		}
	}
	if len(notes)+len(unknown) > 0 && !site.KeepsInternalNotes() {
		return append(all, Finding{Check: "visibility", Status: Problem, Advice: adviceNoNotes,
			Says: site.String() + " cannot keep comments from customers: with internal they are refused, on " + words.Some(append(notes, unknown...), someProjects)})
	}
	if len(open) > 0 {
		all = append(all, Finding{Check: "visibility", Status: Warning, Advice: adviceDesks,
			Says: "customers of a service desk see the comments on " + words.Some(open, someProjects)})
	}
	if len(notes) > 0 {
		all = append(all, Finding{Check: "visibility", Status: Fine, Says: "comments are internal notes on " + words.Some(notes, someProjects)})
	}
	switch {
	case len(noDesks) > 0:
		all = append(all, Finding{Check: "visibility", Status: Warning, Advice: adviceNoDesk,
			Says: "internal restricts nothing where there are no customers: " + words.Some(noDesks, someProjects)})
	case m.Visibility.Internal && len(notes)+len(unknown) == 0:
		all = append(all, Finding{Check: "visibility", Status: Warning, Advice: adviceNoDesk,
			Says: "mentions.visibility.internal restricts nothing: no project that counts is a service desk"})
	}
	return all
}

// groups are looked for among the account's: those that see the comments.
func (e *examination) groups(v visit) []Finding {
	m := e.cfg.Mentions
	wanted := map[string]bool{m.Visibility.Group: true}
	for _, other := range m.VisibilityByProject {
		wanted[other.Group] = true
	}
	delete(wanted, "")
	if len(wanted) > 0 && v.account.Groups == nil {
		return []Finding{{Check: "groups", Status: Skipped, Says: "Jira does not tell the account's groups; a refused comment will tell"}}
	}
	var all []Finding
	for _, group := range slices.Sorted(maps.Keys(wanted)) {
		f := Finding{Check: "groups", Status: Fine, Says: "the account is in " + group + ", who may see the comments"}
		if !slices.ContainsFunc(v.account.Groups, func(g string) bool { return strings.EqualFold(g, group) }) {
			f = Finding{Check: "groups", Status: Problem, Says: "mentions.visibility: the account is not in " + group, Advice: adviceGroup}
		}
		all = append(all, f)
	}
	return all
}

func (e *examination) role(ctx context.Context, v visit, key string) []Finding {
	role := e.cfg.Mentions.VisibleIn(key).Role
	if role == "" {
		return nil
	}
	f := Finding{Check: "role", About: key}
	switch v.HoldsRole(ctx, key, role, v.account) {
	case jira.Held:
		f.Status, f.Says = Fine, "the account holds the role "+role+", which may see the comments"
	case jira.NotHeld:
		f.Status, f.Says, f.Advice = Problem, "mentions.visibility: the account does not hold the role "+role, adviceRole
	case jira.NoSuchRole:
		f.Status, f.Says, f.Advice = Problem, "mentions.visibility: there is no role "+role, adviceRole
	default:
		f.Status, f.Says = Skipped, "Jira does not tell this account who holds the role "+role+"; a refused comment will tell"
	}
	return []Finding{f}
}
