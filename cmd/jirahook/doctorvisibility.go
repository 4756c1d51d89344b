package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"jirahook/config"
	"jirahook/jira"
)

// speaks: the configuration makes comments.
func (e *examination) speaks() bool {
	return e.cfg.Mentions.Comment != "none" || e.runs("comment") || e.runs("transition")
}

// whoSees holds who is to see the comments against what the projects are. Those
// told are all whose issues are told of commits; kinds are the projects that the
// account sees.
func (e *examination) whoSees(site jira.Site, told []string, kinds map[string]jira.ProjectKind) []finding {
	m := e.cfg.Mentions
	var all []finding
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
		return append(all, finding{Check: "visibility", Status: problem, Advice: adviceNoNotes,
			Says: site.String() + " cannot keep comments from customers: with internal they are refused, on " + someOf(append(notes, unknown...), someProjects)})
	}
	if len(open) > 0 {
		all = append(all, finding{Check: "visibility", Status: warning, Advice: adviceDesks,
			Says: "customers of a service desk see the comments on " + someOf(open, someProjects)})
	}
	if len(notes) > 0 {
		all = append(all, finding{Check: "visibility", Status: fine, Says: "comments are internal notes on " + someOf(notes, someProjects)})
	}
	switch {
	case len(noDesks) > 0:
		all = append(all, finding{Check: "visibility", Status: warning, Advice: adviceNoDesk,
			Says: "internal restricts nothing where there are no customers: " + someOf(noDesks, someProjects)})
	case m.Visibility.Internal && len(notes)+len(unknown) == 0:
		all = append(all, finding{Check: "visibility", Status: warning, Advice: adviceNoDesk,
			Says: "mentions.visibility.internal restricts nothing: no project that counts is a service desk"})
	}
	return all
}

// groups are looked for among the account's: those that see the comments.
func (e *examination) groups(v visit) []finding {
	m := e.cfg.Mentions
	wanted := map[string]bool{m.Visibility.Group: true}
	for _, other := range m.VisibilityByProject {
		wanted[other.Group] = true
	}
	delete(wanted, "")
	if len(wanted) > 0 && v.account.Groups == nil {
		return []finding{{Check: "groups", Status: skipped, Says: "Jira does not tell the account's groups; a refused comment will tell"}}
	}
	var all []finding
	for _, group := range slices.Sorted(maps.Keys(wanted)) {
		f := finding{Check: "groups", Status: fine, Says: "the account is in " + group + ", who may see the comments"}
		if !slices.ContainsFunc(v.account.Groups, func(g string) bool { return strings.EqualFold(g, group) }) {
			f = finding{Check: "groups", Status: problem, Says: "mentions.visibility: the account is not in " + group, Advice: adviceGroup}
		}
		all = append(all, f)
	}
	return all
}

func (e *examination) role(ctx context.Context, v visit, key string) []finding {
	role := e.cfg.Mentions.VisibleIn(key).Role
	if role == "" {
		return nil
	}
	f := finding{Check: "role", About: key}
	switch v.HoldsRole(ctx, key, role, v.account) {
	case jira.Held:
		f.Status, f.Says = fine, "the account holds the role "+role+", which may see the comments"
	case jira.NotHeld:
		f.Status, f.Says, f.Advice = problem, "mentions.visibility: the account does not hold the role "+role, adviceRole
	case jira.NoSuchRole:
		f.Status, f.Says, f.Advice = problem, "mentions.visibility: there is no role "+role, adviceRole
	default:
		f.Status, f.Says = skipped, "Jira does not tell this account who holds the role "+role+"; a refused comment will tell"
	}
	return []finding{f}
}
