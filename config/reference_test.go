package config

import (
	"bytes"
	goflag "flag" // flag is a kind of value here
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// The page of all keys is what the schema says; `go test ./config -run TestReference
// -update` writes it anew. What stands around the two lines is written by hand.
func TestReference(t *testing.T) {
	const page = "../docs/configuration.md"
	const begin, end = "<!-- The keys: written by go test ./config -run TestReference -update -->\n", "<!-- The end of the keys. -->\n"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	keys, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s does not say where the keys stand", page)
	}
	want := reference()
	if goflag.Lookup("update").Value.String() == "true" { // of the tests beside it
		if err := os.WriteFile(page, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if keys != want {
		t.Errorf("%s is not what the schema says: go test ./config -run TestReference -update", page)
	}
	var c Config
	for _, k := range schema(&c) { // complete, whatever reference does
		if !k.isSection() && !strings.Contains(want, "| `"+k.name+"` |") {
			t.Errorf("there is no row for %s", k.name)
		}
	}
}

// reference is all keys in Markdown, a table for each section.
func reference() string {
	var c Config
	keys := schema(&c)
	var b bytes.Buffer
	top := ""
	table := func(title, doc string) {
		fmt.Fprintf(&b, "\n### %s\n\n", title)
		if doc != "" {
			fmt.Fprintf(&b, "%s.\n\n", strings.ToUpper(doc[:1])+cell(doc[1:]))
		}
		b.WriteString("| key | default | |\n|---|---|---|\n")
	}
	for i, k := range keys {
		section, _, nested := strings.Cut(k.name, ".")
		switch {
		case k.isSection() && !nested:
			top = section
			table("`"+section+"`", k.doc)
			continue
		case k.isSection():
			continue // its keys say enough
		case !nested && (i == 0 || top != ""):
			top = ""
			table("`"+k.name+"`"+following(keys[i+1:]), "")
		}
		k.reset()
		row(&b, k.name, k, whoSets(k.name))
		if k.name == "transitions" {
			b.WriteString("\nThe keys of a rule:\n\n| key | default | |\n|---|---|---|\n")
			var rule TransitionRule
			for _, part := range ruleSchema(&rule) {
				part.reset()
				row(&b, part.name, part, "")
			}
		}
	}
	return b.String()
}

// following names the keys that stand in the same table.
func following(keys []key) string {
	names := ""
	for _, k := range keys {
		if k.isSection() || strings.Contains(k.name, ".") || k.name == "transitions" {
			break
		}
		names += ", `" + k.name + "`"
	}
	return names
}

func row(b *bytes.Buffer, name string, k key, who string) {
	standard := "`" + k.show() + "`"
	switch {
	case k.name == "transitions":
		rule := Default().Transitions[0]
		standard = fmt.Sprintf("one rule, `{on: %s, to: %q}`", rule.On, rule.To)
	case k.name == "to":
		standard = "must be set"
	case k.show() == `""` && k.example != "":
		standard = "none, such as `" + k.example + "`"
	case k.show() == `""`:
		standard = "none"
	}
	words := cell(k.comment())
	if who != "" {
		words = strings.TrimPrefix(words+". "+who, ". ")
	}
	fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, strings.ReplaceAll(standard, "|", `\|`), words)
}

// whoSets says what the file in a repository's own folder may not do.
func whoSets(name string) string {
	covers := func(of string) bool { return within(name, of) }
	if slices.ContainsFunc(reserved(), covers) {
		return "*Not in a repository's own file.*"
	}
	for _, g := range guards() {
		if slices.ContainsFunc(g.of, covers) {
			return "*In a repository's own file only while no file above it decides.*"
		}
	}
	return ""
}

// cell is words in a table of Markdown.
func cell(words string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`).Replace(words)
}
