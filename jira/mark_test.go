package jira

import (
	"strings"
	"testing"

	"jirahook/internal/jiratest"
)

// What bears a mark, and what only looks so.
func TestMark(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef01234567"
	m := mark{id, marker}
	properties := func(key string, value any) []property { return []property{{"other", 1}, {key, value}} }
	tests := []struct {
		name       string
		text       string
		properties []property
		want       bool
	}{
		{"nothing", "fix", nil, false},
		{"our property", "", properties("jirahook", map[string]any{"id": id, "marker": marker}), true},
		{"of before: the id alone", "", properties("jirahook", map[string]any{"id": id}), true},
		{"another action that has the marker", "", properties("jirahook", map[string]any{"id": "x", "marker": marker}), true},
		{"another's", "", properties("jirahook", map[string]any{"id": "1123456789ab", "marker": "jirahook 1123456789ab"}), false},
		{"of before: as much of the id as a marker shows", "", properties("jirahook", map[string]any{"id": id[:12]}), true},
		{"of before: less of the id", "", properties("jirahook", map[string]any{"id": id[:11]}), false},
		{"of before: another id", "", properties("jirahook", map[string]any{"id": "1" + id}), false},
		{"another marker, and an id that begins alike", "", properties("jirahook", map[string]any{"id": id[:12], "marker": "jirahook 1"}), false},
		{"another key", "", properties("jirahook2", map[string]any{"id": id}), false},
		{"no map", "", properties("jirahook", id), false},
		{"an anchor", "fix {anchor:jirahook-0123456789ab}\nmore", nil, true},
		{"another anchor", "fix {anchor:jirahook-0123456789ac}", nil, false},
		{"an anchor in a quoted message", `fix \{anchor:jirahook-0123456789ab\}`, nil, false},
		{"of before: shown at the end", "fix\n^jirahook 0123456789ab^", nil, true},
		{"with Windows' line ends", "fix\r\n^jirahook 0123456789ab^\r\n", nil, true},
		{"shown before the end", "^jirahook 0123456789ab^\nfix", nil, false},
		{"in a sentence", "what is ^jirahook 0123456789ab^", nil, false},
		{"of another", "fix\n^jirahook 0123456789ac^", nil, false},
	}
	for _, tt := range tests {
		if got := m.in(tt.properties) || m.inText(tt.text); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	// Of an earlier comment only the marker is known.
	if !(mark{marker: marker}).in(properties("jirahook", map[string]any{"id": id})) {
		t.Error("a comment of before is not found by its marker")
	}
	if (mark{marker: marker}).in(properties("jirahook", map[string]any{"id": "", "marker": "jirahook 1"})) {
		t.Error("an id that is not known is that of a comment without one")
	}
	if (mark{id: id}).in(properties("jirahook", map[string]any{"id": "1" + id})) {
		t.Error("a marker that is not known is that of a comment without one")
	}
	none := mark{}
	if none.in(properties("jirahook", map[string]any{"id": ""})) || none.inText("^^") || none.inText("{anchor:}") || none.anchored("x") != "x" {
		t.Error("no mark is found, or put in")
	}
}

// The anchor does not show, whatever the text is, and the text bears it.
func TestAnchored(t *testing.T) {
	m := mark{marker: marker}
	for _, text := range []string{
		"*Ada* mentioned this issue:\n{quote}\nfix\n{quote}",
		"tests\n*Ada* in commit [01234567|https://git.example.com/c/1]",
		"*Ada* in commit 01234567",
		"see https://git.example.com/x",
		"ends in a backslash \\\u2060",
		"{quote}\nfix\n{quote}",
		"|a|b|\n|c|d|",
		"\n\nfix",
		"",
	} {
		got := m.anchored(text)
		if !m.inText(got) {
			t.Errorf("%q bears no mark", got)
		}
		read := func(s string) string { return strings.Join(strings.Fields(jiratest.Rendered(s).Text), " ") }
		if read(got) != read(text) {
			t.Errorf("%q reads %q", got, read(got))
		}
		if lines := strings.Split(got, "\n"); strings.HasPrefix(text, "*") && lines[len(lines)-1] == m.anchor() {
			t.Errorf("%q has an empty line for the anchor", got)
		}
	}
}

// A text with its mark fits into Jira's limit, and uses it; without a limit nothing is
// cut, and what an earlier program showed is taken out.
func TestSized(t *testing.T) {
	m := mark{marker: marker}
	text := strings.Repeat("x", 3000)
	for _, limit := range []int{200, 201, 1999} {
		for _, anchor := range []bool{false, true} {
			got := m.sized(text, limit, anchor)
			if n := units(got); n > limit || n < limit-20 || m.inText(got) != anchor {
				t.Errorf("limit %d, anchor %v: %d units, %q", limit, anchor, n, got[max(0, len(got)-60):])
			}
		}
	}
	for text, want := range map[string][2]string{
		"fix\nmore":                    {"fix\nmore", "fix {anchor:jirahook-0123456789ab}\nmore"},
		"fix\n^jirahook 0123456789ab^": {"fix", "fix {anchor:jirahook-0123456789ab}"},
		"{quote}\nfix\n{quote}":        {"{quote}\nfix\n{quote}", "{quote}\nfix\n{quote}\n{anchor:jirahook-0123456789ab}"},
		"":                             {"", "\n{anchor:jirahook-0123456789ab}"},
	} {
		if plain, anchored := m.sized(text, 0, false), m.sized(text, 0, true); plain != want[0] || anchored != want[1] {
			t.Errorf("%q becomes %q and %q", text, plain, anchored)
		}
	}
}
