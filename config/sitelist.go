package config

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// siteWord lets the name of one among sites pass.
func siteWord(s string) (string, *fault) {
	const allowed = "a word of letters, digits, - and _, other than jira"
	if s == "jira" || s == "" || strings.ContainsFunc(s, func(r rune) bool { return r != '-' && !isWordRune(r) }) {
		return "", &fault{message: "is no name for a Jira", allowed: allowed}
	}
	return s, nil
}

// sites is the list of further Jiras.
func sites(p *[]Site) value {
	return value{
		read: func(n *yaml.Node) []mistake {
			if n.Kind != yaml.SequenceNode {
				return wrong(n, "must be a list of Jiras", "[] for none, or name, projects and the keys of jira behind \"- \"")
			}
			all := make([]Site, len(n.Content))
			var mistakes []mistake
			for i, item := range n.Content {
				mistakes = append(mistakes, below(fmt.Sprintf("[%d]", i), readSite(&all[i], item))...)
			}
			if mistakes == nil {
				mistakes = clashes(all, n.Content)
			}
			if mistakes == nil && len(all) > 0 {
				*p = all
			} else if mistakes == nil {
				*p = nil
			}
			return mistakes
		},
		reset:   func() { *p = nil },
		show:    func() string { return "[]" },
		outside: func() string { return outsideCount(len(*p)) },
		items: func(show func(key) string) [][]yamlLine {
			items := make([][]yamlLine, len(*p))
			for i := range *p {
				items[i] = flow("", siteSchema(&(*p)[i]), show)
			}
			return items
		},
	}
}

// flow writes the keys of a section as the parts of a map in one line.
func flow(section string, keys []key, show func(key) string) []yamlLine {
	var parts []yamlLine
	for _, k := range keys {
		name, ok := strings.CutPrefix(k.name, section)
		switch {
		case !ok || strings.Contains(name, "."):
		case k.isSection():
			var inner []string
			for _, part := range flow(k.name+".", keys, show) {
				inner = append(inner, part.text)
			}
			parts = append(parts, yamlLine{text: name + ": {" + strings.Join(inner, ", ") + "}"})
		default:
			parts = append(parts, yamlLine{text: name + ": " + show(k), comment: k.comment()})
		}
	}
	return parts
}

func readSite(s *Site, n *yaml.Node) []mistake {
	keys := siteSchema(s)
	for _, k := range keys {
		if !k.isSection() {
			k.reset()
		}
	}
	mistakes := readSection("", keys, n)
	if mistakes != nil {
		return mistakes
	}
	demand := func(met bool, message, allowed string) {
		if !met {
			mistakes = append(mistakes, mistake{node: n, fault: fault{message: message, allowed: allowed}})
		}
	}
	demand(s.Name != "", "name is missing: what is this Jira called?", "")
	demand(s.URL != "", "url is missing: where is this Jira?", allowedAddress)
	demand(len(s.Projects) > 0, "projects is missing: whose keys go there?", "a list such as [SHOP, OPS]")
	for _, d := range demandsOf("", s.Jira) {
		demand(d.met, d.key+": "+d.message, d.allowed)
	}
	return mistakes
}

// readSection reads what stands in a map by the keys of a section, which end in a dot.
func readSection(section string, keys []key, n *yaml.Node) []mistake {
	if n.Kind != yaml.MappingNode {
		return wrong(n, "must be a map", "")
	}
	ps, mistakes := pairs(n)
	said := map[string]bool{}
	for _, p := range ps {
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == section+p.name })
		switch {
		case i < 0 || strings.Contains(p.name, "."):
			mistakes = append(mistakes, below("."+brief(p.name), unknownKey(p, keys, strings.TrimSuffix(section, ".")))...)
		case isNull(p.value):
		case keys[i].isSection():
			mistakes = append(mistakes, below("."+p.name, readSection(section+p.name+".", keys, p.value))...)
		default:
			mistakes = append(mistakes, below("."+p.name, keys[i].read(p.value))...)
			said[section+p.name] = !keys[i].saysNothing()
			for _, other := range rivals("jira." + section + p.name) {
				if said[section+p.name] && said[strings.TrimPrefix(other, "jira.")] {
					f := fault{message: "only one of " + strings.TrimPrefix(other, "jira."+section) + " and this"}
					mistakes = append(mistakes, mistake{node: p.key, suffix: "." + p.name, fault: f})
				}
			}
		}
	}
	return mistakes
}

// clashes finds names and projects that stand twice.
func clashes(all []Site, nodes []*yaml.Node) []mistake {
	names, projects := map[string]bool{}, map[string]string{}
	var mistakes []mistake
	complain := func(i int, suffix, found, message string) {
		mistakes = append(mistakes, mistake{node: nodes[i], suffix: fmt.Sprintf("[%d].%s", i, suffix), fault: fault{found: brief(found), message: message}})
	}
	for i, s := range all {
		if names[s.Name] {
			complain(i, "name", s.Name, "stands twice")
		}
		names[s.Name] = true
		for _, project := range s.Projects {
			if other, ok := projects[project]; ok {
				complain(i, "projects", project, "is among the projects of "+other+", too")
			}
			projects[project] = s.Name
		}
	}
	return mistakes
}
