package plan

import (
	"jirahook/config"
)

// Visibility restricts a comment or worklog; with an empty Type it does not.
type Visibility struct {
	// Type is role or group, whose name is Value, or internal: on a service desk
	// customers do not see it, elsewhere it is no restriction.
	Type  string `json:"type"`
	Value string `json:"value,omitempty"`
	// ByProject is what holds in its place in some projects, by their keys. The
	// issue's project is known at delivery: it may have been moved since its key
	// was written.
	ByProject map[string]Visibility `json:"by_project,omitempty"`
}

// Internal is the Type of a Visibility that keeps customers out.
const Internal = "internal"

// Of is the visibility for an issue by the key it has, and by the one that was
// written. One that was moved out of a restricted project into another of which
// nothing is said stays restricted.
func (v Visibility) Of(key, written string) Visibility {
	if other, ok := v.ByProject[projectOf(key)]; ok {
		return other
	}
	if other := v.ByProject[projectOf(written)]; other.Type != "" {
		return other
	}
	return Visibility{Type: v.Type, Value: v.Value}
}

// visibility is who sees what is said in Jira.
func visibility(m config.Mentions) Visibility {
	v := visibilityOf(m.Visibility)
	if len(m.VisibilityByProject) > 0 {
		v.ByProject = make(map[string]Visibility, len(m.VisibilityByProject))
		for project, other := range m.VisibilityByProject {
			v.ByProject[project] = visibilityOf(other)
		}
	}
	return v
}

func visibilityOf(v config.Visibility) Visibility {
	switch {
	case v.Role != "":
		return Visibility{Type: "role", Value: v.Role}
	case v.Group != "":
		return Visibility{Type: "group", Value: v.Group}
	case v.Internal:
		return Visibility{Type: Internal}
	}
	return Visibility{}
}
