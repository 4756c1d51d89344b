package parser

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var update = flag.Bool("update", false, "rewrite the comparison of docs/grammar.md")

// comparison is a row of testdata/comparison.json: a rule of ours, and what others
// do instead.
type comparison struct {
	Section  string            `json:"section"`
	Jirahook string            `json:"jirahook"`
	Others   map[string]string `json:"others"`
	Vectors  []string          `json:"vectors"` // ids; "sc-001 to sc-003" are three
}

// panel is GitLab's development panel, which reads keys and nothing else.
const panel = "GitLab panel"

// columns are the programs that a section compares with.
var columns = map[string][]string{
	"Keys":          {"GitLab", panel, "Atlassian", "GitKraken"},
	"Closing words": {"GitLab"},
	"Commands":      {"GitLab", "Atlassian", "GitKraken"},
}

// differs reports whether a program reads a vector in another way.
func (v vector) differs(program string) bool {
	o := v.Others[program]
	if program == panel {
		return !o.same && !cmp.Equal(o.Keys, v.Keys, cmpopts.EquateEmpty())
	}
	return !o.same && !cmp.Equal(o.reading, v.reading, cmpopts.EquateEmpty())
}

// TestComparison holds each row of the comparison with other programs, and the page
// that shows it: a program has words in a row exactly if it reads each of the row's
// vectors in another way than jirahook, and "the same" if it reads all as jirahook
// does. `go test ./parser -run TestComparison -update` writes the page anew.
func TestComparison(t *testing.T) {
	data, err := os.ReadFile("testdata/comparison.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []comparison
	if err := strict(data, &rows); err != nil {
		t.Fatal(err)
	}
	all := vectors(t)
	at := map[string]int{}
	for i, v := range all {
		at[v.ID] = i
	}
	var page strings.Builder
	section := ""
	held := map[string]string{} // by which row
	for _, row := range rows {
		var of []vector
		for _, span := range row.Vectors {
			from, to, ok := strings.Cut(span, " to ")
			if !ok {
				to = from
			}
			first, known := at[from]
			last, knownToo := at[to]
			if !known || !knownToo || ok && last <= first {
				t.Fatalf("%q: there are no vectors %s", row.Jirahook, span)
			}
			of = append(of, all[first:last+1]...)
		}
		cells := map[string]string{}
		for _, v := range of {
			if other := held[v.ID]; other != "" {
				t.Errorf("%s is in two rows: %q, %q", v.ID, other, row.Jirahook)
			}
			held[v.ID] = row.Jirahook
			for program := range v.Others {
				cell := "the same"
				if v.differs(program) {
					cell = row.Others[program]
				}
				if was, ok := cells[program]; ok && was != cell || cell == "" {
					t.Errorf("%q: what %s does with %s is not what the row says of it", row.Jirahook, program, v.ID)
				}
				cells[program] = cell
			}
		}
		for program, words := range row.Others {
			if cells[program] != words || !slices.Contains(columns[row.Section], program) {
				t.Errorf("%q: no vector shows that %s differs, or the section does not speak of it", row.Jirahook, program)
			}
		}
		if row.Section != section {
			section = row.Section
			fmt.Fprintf(&page, "\n### %s\n\n| jirahook | %s | vectors |\n|%s\n", section, strings.Join(columns[section], " | "), strings.Repeat("---|", len(columns[section])+2))
		}
		fmt.Fprintf(&page, "| %s", row.Jirahook)
		for _, program := range columns[section] {
			fmt.Fprintf(&page, " | %s", cells[program])
		}
		fmt.Fprintf(&page, " | %s |\n", strings.Join(row.Vectors, ", "))
	}
	for _, v := range all {
		if len(v.Others) > 0 && held[v.ID] == "" {
			t.Errorf("%s is in no row", v.ID)
		}
		for program := range v.Others {
			if !slices.Contains(columns["Keys"], program) {
				t.Errorf("%s: no program is called %s", v.ID, program)
			}
		}
	}
	writtenIn(t, "../docs/grammar.md", page.String())
}

// writtenIn sees that a page holds the comparison, or writes it there.
func writtenIn(t *testing.T, page, want string) {
	t.Helper()
	const begin, end = "<!-- The comparison: written by go test ./parser -run TestComparison -update -->\n", "<!-- The end of the comparison. -->\n"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	got, after, closed := strings.Cut(rest, end)
	switch {
	case !ok || !closed:
		t.Fatalf("%s does not say where the comparison stands", page)
	case *update:
		if err := os.WriteFile(page, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	case got != want:
		t.Errorf("%s is not what the rows say: go test ./parser -run TestComparison -update", page)
	}
}
