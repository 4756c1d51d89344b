package config

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// Visibility restricts comments and worklogs; at most one of the three is set.
type Visibility struct {
	Role, Group string
	// Internal keeps comments from the customers of a service desk.
	Internal bool
}

// VisibleIn is who sees what is said in a project.
func (m Mentions) VisibleIn(project string) Visibility {
	if v, ok := m.VisibilityByProject[project]; ok {
		return v
	}
	return m.Visibility
}

// String is the visibility as it stands in a file.
func (v Visibility) String() string {
	switch {
	case v.Role != "":
		return "{role: " + quote(v.Role) + "}"
	case v.Group != "":
		return "{group: " + quote(v.Group) + "}"
	case v.Internal:
		return "{internal: true}"
	}
	return "{}"
}

const allowedVisibility = "{role: Developers}, {group: jira-developers}, {internal: true}, {} for everybody"

// visibilitySchema lists the keys of one visibility.
func visibilitySchema(v *Visibility) []key {
	return []key{
		{"role", "a project role", text(&v.Role, "", optional(anything))},
		{"group", "a group", text(&v.Group, "", optional(anything))},
		{"internal", "on service desks: customers do not see them", flag(&v.Internal, false)},
	}
}

// visibilities is a map from project keys to visibilities, each replaced whole.
func visibilities(p *map[string]Visibility) value {
	set := func(path []string, n *yaml.Node) []mistake {
		var v Visibility
		ms := readVisibility(&v, n)
		if ms == nil {
			(*p)[path[0]] = v
		}
		return ms
	}
	return mapOf(p, set, projectKey, Visibility.String)
}

func readVisibility(v *Visibility, n *yaml.Node) []mistake {
	if n.Kind != yaml.MappingNode {
		return wrong(n, "must be a map", allowedVisibility)
	}
	keys := visibilitySchema(v)
	ps, mistakes := pairs(n)
	said := ""
	for _, p := range ps {
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == p.name })
		if i < 0 {
			mistakes = append(mistakes, below("."+brief(p.name), unknownKey(p, keys, ""))...)
			continue
		}
		before := *v
		if isNull(p.value) {
			continue
		}
		mistakes = append(mistakes, below("."+p.name, keys[i].read(p.value))...)
		switch {
		case *v == before:
		case said == "":
			said = p.name
		default:
			mistakes = append(mistakes, mistake{node: p.key, suffix: "." + p.name, fault: fault{message: "only one of " + said + " and this", allowed: allowedVisibility}})
		}
	}
	return mistakes
}

// rivals are the keys that say the same in other ways: a layer that sets one
// undoes what an upper layer said by the others, and a lock on one locks all.
func rivals(name string) []string {
	for _, same := range [][]string{{"jira.auth.secret_file", "jira.auth.secret_env"}, whoSees()} {
		if i := slices.Index(same, name); i >= 0 {
			return slices.Delete(same, i, i+1)
		}
	}
	return nil
}

func whoSees() []string {
	return []string{"mentions.visibility.role", "mentions.visibility.group", "mentions.visibility.internal"}
}

// lockedWith are the names whose locks lock a key beside its own: who decides who
// sees the comments decides it for each project.
func lockedWith(name string) []string {
	if within(name, "mentions.visibility_by_project") {
		return whoSees()
	}
	if within(name, "sites") {
		return []string{"jira"} // whose keys they take
	}
	return rivals(name)
}
