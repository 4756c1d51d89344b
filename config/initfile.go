package config

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Init writes a new file with the keys that most need, or with all, and a line about
// each. The keys of the answers (jira.url: "https://…", server.kind: "gitea") are set
// in it, and what nobody can do without; the others stand there as comments with their
// defaults. Without answers it works once jira.url is right and the secret's file is
// there. The error tells of answers that are wrong.
func Init(answers map[string]string, all bool) ([]byte, error) {
	var c Config
	keys := schema(&c)
	active := []string{"version", "jira.url", "jira.auth.type"}
	if answers["jira.auth.secret_env"] == "" {
		active = append(active, "jira.auth.secret_file")
	}
	var problems Problems
	for i, k := range keys {
		if !k.isSection() {
			k.reset()
		}
		answer, ok := answers[k.name]
		if !ok || k.read == nil {
			continue
		}
		for _, m := range k.read(scalar(answer)) {
			problems = append(problems, Problem{File: "answers", Key: k.name, Found: m.found, Message: m.message, Allowed: m.allowed, Nearest: m.nearest})
		}
		keys[i].example = ""
		active = append(active, k.name)
	}
	for name := range answers {
		if !slices.ContainsFunc(keys, func(k key) bool { return k.name == name && k.read != nil }) {
			problems = append(problems, Problem{File: "answers", Key: name, Message: "is no key that takes an answer"})
		}
	}
	if len(problems) > 0 {
		slices.SortFunc(problems, func(a, b Problem) int { return strings.Compare(a.Key, b.Key) })
		return nil, problems
	}
	head := "# The configuration of jirahook. Behind # stand defaults and examples: take \"# \"\n" +
		"# away to change them. `jirahook config check` tells what is wrong.\n"
	if !all {
		head += "# These are the keys that most need; `jirahook config init --all` prints every one.\n"
		keys = slices.DeleteFunc(keys, func(k key) bool { return !isUsual(k.name, active) })
		for i := range keys {
			keys[i].items = usualParts(keys[i].items)
		}
	}
	return append([]byte(head), align(newFile(keys, active))...), nil
}

// isUsual reports whether a key, or something in it, is one of those that most need,
// or that are active.
func isUsual(name string, active []string) bool {
	usual := []string{
		"jira.auth.username", "projects", "server.kind", "server.url", "server.root",
		"mentions.comment", "transitions", "smart_commits.run_as",
		"limits.issues_per_push", "limits.max_age", "delivery.wait", "outbox.dir", "outbox.database",
	}
	return slices.ContainsFunc(append(usual, active...), func(u string) bool { return within(u, name) })
}

// usualParts leaves of a rule what it does, when and where.
func usualParts(items func(func(key) string) [][]yamlLine) func(func(key) string) [][]yamlLine {
	if items == nil {
		return nil
	}
	return func(show func(key) string) [][]yamlLine {
		all := items(show)
		for i := range all {
			all[i] = slices.DeleteFunc(all[i], func(part yamlLine) bool {
				name, _, _ := strings.Cut(part.text, ":")
				return !slices.Contains([]string{"on", "branches", "to"}, name)
			})
		}
		return all
	}
}

// scalar is an answer as it would stand in a file.
func scalar(s string) *yaml.Node {
	n := yaml.Node{Kind: yaml.ScalarNode, Value: s}
	if s == "" {
		n.Style = yaml.DoubleQuotedStyle
	}
	n.Tag = n.ShortTag()
	return &n
}

// newFile writes all keys, those that are not active as comments.
func newFile(keys []key, active []string) []yamlLine {
	var lines []yamlLine
	for i, k := range keys {
		start := startOf(k.name, active)
		name := k.name[strings.LastIndexByte(k.name, '.')+1:] + ":"
		if !strings.Contains(k.name, ".") && (i == 0 || k.isSection() || strings.Contains(keys[i-1].name, ".")) {
			lines = append(lines, yamlLine{})
		}
		switch {
		case k.isSection():
			lines = append(lines, yamlLine{start + name, k.comment()})
		case k.items != nil:
			lines = append(lines, yamlLine{start + name, k.comment()})
			for _, item := range k.items(key.shown) {
				for i, part := range item {
					lines = append(lines, yamlLine{start + map[bool]string{true: "  - ", false: "    "}[i == 0] + part.text, part.comment})
				}
			}
		case k.example != "":
			lines = append(lines, yamlLine{start + name + " " + quote(k.example), k.comment()})
		default:
			lines = append(lines, yamlLine{start + name + " " + k.show(), k.comment()})
		}
	}
	return lines
}

// startOf is what stands before a key: the indentation, and for keys that are not
// active a # at the depth where taking it away puts the key into its section.
func startOf(name string, active []string) string {
	start, rest := "", name
	for {
		part, below, more := strings.Cut(rest, ".")
		at := strings.TrimSuffix(name, rest) + part
		if !slices.ContainsFunc(active, func(a string) bool { return within(a, at) }) {
			return start + "# " + indentOf(rest)
		}
		if !more {
			return start
		}
		start, rest = start+"  ", below
	}
}
