package config

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// entries is a map whose entries are named by the user and merge one by one.
type entries struct {
	set  func(path []string, n *yaml.Node) []mistake
	drop func(path []string)
	// all gives the entries in order, those of maps in it each for itself.
	all func() []entry
	// nested: the values may be maps that merge in turn.
	nested bool
	name   check // of an entry
}

// entry is one entry of a map: its path and its value as YAML.
type entry struct {
	path []string
	text string
}

// pair is a key of a map in a file, and what stands behind it.
type pair struct {
	name       string
	key, value *yaml.Node
}

// pairs gives the keys of a map, each once, and the mistakes in them.
func pairs(n *yaml.Node) ([]pair, []mistake) {
	ps := make([]pair, 0, len(n.Content)/2)
	lines := make(map[string]int, len(n.Content)/2)
	var mistakes []mistake
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode {
			mistakes = append(mistakes, wrong(k, "a key must be a word", "")...)
			continue
		}
		if line, ok := lines[k.Value]; ok {
			f := fault{found: brief(k.Value), message: fmt.Sprintf("stands twice; the first is in line %d", line)}
			mistakes = append(mistakes, mistake{node: k, suffix: "." + brief(k.Value), fault: f})
			continue
		}
		lines[k.Value] = k.Line
		ps = append(ps, pair{k.Value, k, n.Content[i+1]})
	}
	return ps, mistakes
}

// aliases is a map from command names to transition names.
func aliases(p *map[string]string) value {
	set := func(path []string, n *yaml.Node) []mistake {
		s, ms := readText(n, anything)
		if ms == nil {
			(*p)[path[0]] = s
		}
		return ms
	}
	return mapOf(p, set, aliasName, quote)
}

// aliasName lets the name of a command pass, in lower case.
func aliasName(s string) (string, *fault) {
	const allowed = "a word without # and blanks that is no command yet"
	name := strings.ToLower(s)
	switch {
	case strings.HasPrefix(name, "#"):
		return "", &fault{message: "is written without the #", allowed: allowed, nearest: strings.TrimLeft(name, "#")}
	case name == "" || strings.ContainsAny(name, "# \t"):
		return "", &fault{message: "is no name for a command", allowed: allowed}
	case name == "comment" || name == "time":
		return "", &fault{message: "is a command of its own", allowed: allowed}
	}
	return name, nil
}

// emails is a map from user names to their e-mails.
func emails(p *map[string][]string) value {
	set := func(path []string, n *yaml.Node) []mistake {
		l, ms := readList(n, email)
		if ms == nil {
			(*p)[path[0]] = l
		}
		return ms
	}
	return mapOf(p, set, anything, quoteList)
}

func mapOf[T any](p *map[string]T, set func([]string, *yaml.Node) []mistake, name check, write func(T) string) value {
	return value{
		reset: func() { *p = map[string]T{} },
		show:  func() string { return "{}" },
		entries: &entries{
			set:  set,
			drop: func(path []string) { delete(*p, path[0]) },
			name: name,
			all: func() []entry {
				all := make([]entry, 0, len(*p))
				for _, k := range slices.Sorted(maps.Keys(*p)) {
					all = append(all, entry{[]string{k}, write((*p)[k])})
				}
				return all
			},
		},
	}
}

// tree is a map of which only the user knows what is in it.
func tree(p *map[string]any) value {
	v := mapOf(p, nil, anything, quoteAny)
	v.entries.nested = true
	v.entries.set = func(path []string, n *yaml.Node) []mistake {
		v, ms := readAny(n)
		if ms == nil {
			in := branch(*p, path)
			_, isMap := in[path[len(path)-1]].(map[string]any)
			if _, empty := v.(map[string]any); !isMap || !empty {
				in[path[len(path)-1]] = v
			}
		}
		return ms
	}
	v.entries.drop = func(path []string) { prune(*p, path) }
	v.entries.all = func() []entry { return leaves(nil, *p) }
	return v
}

// branch is the map that holds the last name of a path; it is made if need be.
func branch(m map[string]any, path []string) map[string]any {
	for _, name := range path[:len(path)-1] {
		next, ok := m[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			m[name] = next
		}
		m = next
	}
	return m
}

// prune removes what is at a path, and the maps that become empty by it.
func prune(m map[string]any, path []string) {
	if inner, ok := m[path[0]].(map[string]any); ok && len(path) > 1 {
		if prune(inner, path[1:]); len(inner) > 0 {
			return
		}
	}
	delete(m, path[0])
}

func leaves(path []string, m map[string]any) []entry {
	var all []entry
	for _, k := range slices.Sorted(maps.Keys(m)) {
		at := append(slices.Clone(path), k)
		if inner, ok := m[k].(map[string]any); ok && len(inner) > 0 {
			all = append(all, leaves(at, inner)...)
			continue
		}
		all = append(all, entry{at, quoteAny(m[k])})
	}
	return all
}

// anyMap is a map that is replaced whole.
func anyMap(p *map[string]any) value {
	return value{
		read: func(n *yaml.Node) []mistake {
			if n.Kind != yaml.MappingNode {
				return wrong(n, "must be a map", "{resolution: Fixed}")
			}
			v, ms := readAny(n)
			if m, ok := v.(map[string]any); ok && ms == nil {
				*p = m
			}
			return ms
		},
		reset:   func() { *p = map[string]any{} },
		show:    func() string { return quoteAny(*p) },
		outside: func() string { return outsideCount(len(*p)) },
	}
}

// readAny reads what JSON can hold.
func readAny(n *yaml.Node) (any, []mistake) {
	switch n.Kind {
	case yaml.MappingNode:
		ps, mistakes := pairs(n)
		m := make(map[string]any, len(ps))
		for _, p := range ps {
			v, ms := readAny(p.value)
			mistakes = append(mistakes, below("."+brief(p.name), ms)...)
			m[p.name] = v
		}
		return m, mistakes
	case yaml.SequenceNode:
		l := make([]any, len(n.Content))
		var mistakes []mistake
		for i, item := range n.Content {
			v, ms := readAny(item)
			mistakes = append(mistakes, below(fmt.Sprintf("[%d]", i), ms)...)
			l[i] = v
		}
		return l, mistakes
	}
	return readScalar(n)
}

func readScalar(n *yaml.Node) (any, []mistake) {
	var v any
	if err := n.Decode(&v); err != nil {
		return n.Value, nil
	}
	switch v := v.(type) {
	case nil, bool, string, int, int64, uint64:
		return v, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, wrong(n, "is no number that Jira knows", "")
		}
		return v, nil
	}
	return n.Value, nil // a date is a text in Jira
}
