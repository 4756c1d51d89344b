package config

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// OutboxDir is outbox.dir, as well as it can be told, of a configuration that may
// be broken in every other way: what is pushed meanwhile must be kept where the
// repaired configuration will look for it.
func OutboxDir(s Source) string {
	loaded, _ := Load(s)
	return loaded.Config.Outbox.Dir
}

// outboxDir takes outbox.dir from a file that is no YAML.
func (l *loading) outboxDir(data []byte) {
	const name = "outbox.dir"
	dir, line := findOutboxDir(string(data))
	if dir == "" || l.lockOf(name) != nil {
		return
	}
	if l.key(name).read(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: dir}) == nil {
		l.Origins[name] = Origin{l.layer.file, line}
	}
}

// findOutboxDir looks for the lines "outbox:" and, indented below it, "dir: PATH",
// or for both in one line: "outbox: {dir: PATH}".
func findOutboxDir(text string) (dir string, line int) {
	inside, at := false, 0
	for l := range strings.Lines(text) {
		at++
		trimmed := strings.TrimSpace(l)
		switch {
		case trimmed == "" || trimmed[0] == '#':
			continue
		case l[0] != ' ' && l[0] != '\t':
			rest, ok := strings.CutPrefix(l, "outbox:")
			if inside = ok; !ok {
				continue
			}
			_, trimmed, _ = strings.Cut(rest, "{")
		}
		for part := range strings.SplitSeq(trimmed, ",") {
			if value, ok := strings.CutPrefix(strings.TrimSpace(part), "dir:"); ok && inside {
				dir, line = bareValue(value), at
			}
		}
	}
	return dir, line
}

// bareValue is a value without quotes, comment and closing brace.
func bareValue(s string) string {
	s, _, _ = strings.Cut(s, " #")
	s = strings.TrimSpace(strings.TrimRight(strings.TrimSpace(s), "}"))
	return strings.Trim(s, `"'`)
}
