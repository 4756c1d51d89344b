package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// list is a list of texts.
func list(p *[]string, standard []string, c check) value {
	return value{
		read: func(n *yaml.Node) []mistake {
			l, ms := readList(n, c)
			if ms == nil {
				*p = l
			}
			return ms
		},
		reset:   func() { *p = slices.Clone(standard) },
		show:    func() string { return quoteList(*p) },
		outside: func() string { return outsideList(*p, standard) },
	}
}

func readList(n *yaml.Node, c check) ([]string, []mistake) {
	if n.Kind != yaml.SequenceNode {
		ms := wrong(n, "must be a list", "[one, two], or one item in each line behind \"- \"")
		if n.Kind == yaml.ScalarNode && !isNull(n) {
			ms[0].nearest = "[" + mask(brief(quote(n.Value))) + "]"
		}
		return nil, ms
	}
	l := make([]string, 0, len(n.Content))
	var mistakes []mistake
	for i, item := range n.Content {
		s, ms := readText(item, c)
		mistakes = append(mistakes, below(fmt.Sprintf("[%d]", i), ms)...)
		l = append(l, s)
	}
	return l, mistakes
}

// growing makes a list to which each layer adds and from which none takes.
func growing(p *[]string, c check) value {
	const most = 1000
	v := list(p, nil, c)
	v.read = func(n *yaml.Node) []mistake {
		if len(n.Content) > most {
			return wrong(n, "is too long", fmt.Sprintf("%d items", most))
		}
		l, ms := readList(n, c)
		for _, s := range l {
			if ms == nil && !slices.Contains(*p, s) {
				*p = append(*p, s)
			}
		}
		return ms
	}
	return v
}

// projects is "auto" or a list of project keys.
func projects(p *Projects) value {
	const allowed = "auto, or a list such as [SHOP, OPS]"
	return value{
		read: func(n *yaml.Node) []mistake {
			if isPlain(n) && n.Value == "auto" {
				*p = Projects{Auto: true}
				return nil
			}
			if n.Kind != yaml.SequenceNode {
				ms := wrong(n, "must be auto or a list", allowed)
				if _, f := projectKey(n.Value); n.Kind == yaml.ScalarNode && !isNull(n) && f == nil {
					ms[0].nearest = cmp.Or(nearest(n.Value, []string{"auto"}), "["+brief(n.Value)+"]")
				}
				return ms
			}
			if len(n.Content) == 0 {
				return wrong(n, "an empty list would leave no key", allowed)
			}
			keys, ms := readList(n, projectKey)
			if ms == nil {
				*p = Projects{Keys: keys}
			}
			return ms
		},
		reset: func() { *p = Projects{Auto: true} },
		show: func() string {
			if p.Auto {
				return "auto"
			}
			return quoteList(p.Keys)
		},
		outside: func() string {
			if p.Auto {
				return "auto"
			}
			return outsideList(p.Keys, nil)
		},
		allowed: allowed,
	}
}

// projectKey lets an issue key's project pass, in upper case. What a project may
// look like is said by key_pattern.
func projectKey(s string) (string, *fault) {
	if strings.ContainsFunc(s, func(r rune) bool { return !isWordRune(r) }) || s == "" {
		return "", &fault{message: "is no project key: letters, digits and _ make one"}
	}
	return strings.ToUpper(s), nil
}

// rules is the list of transition rules.
func rules(p *[]TransitionRule) value {
	return value{
		read: func(n *yaml.Node) []mistake {
			if n.Kind != yaml.SequenceNode {
				return wrong(n, "must be a list of rules", "[] for none, or rules behind \"- \"")
			}
			all := make([]TransitionRule, len(n.Content))
			var mistakes []mistake
			for i, item := range n.Content {
				mistakes = append(mistakes, below(fmt.Sprintf("[%d]", i), readRule(&all[i], item))...)
			}
			if mistakes == nil {
				*p = all
			}
			return mistakes
		},
		reset: func() {
			rule := TransitionRule{}
			for _, k := range ruleSchema(&rule) {
				k.reset()
			}
			rule.To = "category:done"
			*p = []TransitionRule{rule}
		},
		show: func() string { return "[]" },
		items: func(show func(key) string) [][]yamlLine {
			items := make([][]yamlLine, len(*p))
			for i := range *p {
				for _, k := range ruleSchema(&(*p)[i]) {
					items[i] = append(items[i], yamlLine{text: k.name + ": " + show(k), comment: k.comment()})
				}
			}
			return items
		},
	}
}

func readRule(rule *TransitionRule, n *yaml.Node) []mistake {
	keys := ruleSchema(rule)
	for _, k := range keys {
		k.reset()
	}
	if n.Kind != yaml.MappingNode {
		return wrong(n, "must be a rule", "{on: closing, to: Done}")
	}
	ps, mistakes := pairs(n)
	var branches bool
	for _, p := range ps {
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == p.name })
		if i < 0 {
			mistakes = append(mistakes, below("."+brief(p.name), unknownKey(p, keys, ""))...)
			continue
		}
		branches = branches || p.name == "branches"
		if !isNull(p.value) {
			mistakes = append(mistakes, below("."+p.name, keys[i].read(p.value))...)
		}
	}
	if rule.To == "" && !slices.ContainsFunc(mistakes, func(m mistake) bool { return m.suffix == ".to" }) {
		mistakes = append(mistakes, mistake{node: n, fault: fault{message: "to is missing: where should the issue go?", allowed: allowedTarget}})
	}
	if rule.On == "branch" && !branches {
		// A new branch is hardly ever the default branch.
		rule.Branches = []string{"**"}
	}
	return mistakes
}
