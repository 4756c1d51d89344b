package parser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// brief writes a command as KEY name token argument, with its line.
func brief(commands []Command) []string {
	var words []string
	for _, c := range commands {
		s := fmt.Sprintf("%d %s %s", c.Line, c.Key, c.Name)
		for _, part := range []string{c.Transition, c.Argument, c.Problem} {
			if part != "" {
				s += " " + part
			}
		}
		words = append(words, s)
	}
	return words
}

func TestDefaultCommands(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"line numbers", "subject\r\n\r\nAB-1 #done\r\nAB-2 x #comment hi", []string{"2 AB-1 transition done", "3 AB-2 comment hi"}},
		{"several on a line", "\nAB-1 #a one #b two AB-2 #c", []string{"1 AB-1 transition a one", "1 AB-1 transition b two", "1 AB-2 transition c"}},
		{"key by key", "AB-1, AB-2 #a #b", []string{"0 AB-1 transition a", "0 AB-1 transition b", "0 AB-2 transition a", "0 AB-2 transition b"}},
		{"raw argument of a time", "AB-1 #time 1h30m  x", []string{"0 AB-1 time 1h30m  x"}},
		{"problems", "AB-1 #time x #comment", []string{"0 AB-1 time x no-duration", "0 AB-1 comment empty-comment"}},
		{"underscores may touch a key", "MY_PROJ-1_x #done", []string{"0 MY_PROJ-1 transition done"}},
		{"a list known or not, standards end nothing", "AB-1 #comment see UTF-8 #done", []string{"0 AB-1 comment see UTF-8", "0 AB-1 transition done"}},
		{"# before text that looks like a key", "AB-1 #comment see #UTF-8 here", []string{"0 AB-1 comment see #UTF-8 here"}},
		{"Jira's URL ends nothing and has no commands", "AB-1 #comment see https://jira.example.com/browse/AB-2 #done", []string{"0 AB-1 comment see https://jira.example.com/browse/AB-2", "0 AB-1 transition done"}},
		{"branch name", "Merge branch 'feature/AB-1' into main #done", nil},
		{"comma before the command, no blank", "AB-1,#done", nil},
		{"quoted by a merged revert", "Merge branch 'x'\n\nRevert \"AB-1 #done\"\nAB-2 #done", []string{"3 AB-2 transition done"}},
		{"quoted by a squash", "Squash\n\n* AB-1 #time 1h\n* fixup! AB-1 #time 1h\n    squash! AB-1 #time 1h", []string{"2 AB-1 time 1h"}},
		{"an autosquash subject itself", "fixup! AB-1 #time 1h", []string{"0 AB-1 time 1h"}},
		{"bytes that are not UTF-8", "AB-1 #comment a\xffb", []string{"0 AB-1 comment a\xffb"}},
	}
	p := mustNew(t, Options{BrowseURLs: []string{"https://jira.example.com"}})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, brief(p.Message(test.text).Commands)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTransitionText(t *testing.T) {
	p := mustNew(t, Options{})
	for text, want := range map[string]string{
		"(AB-1 #done).": "", "AB-1 #done.": "", "AB-1 #done: at last": "at last", "AB-1 #done 👍": "👍", "AB-1 #done #12": "#12",
	} {
		if got := p.Message(text).Commands; len(got) != 1 || got[0].Text != want {
			t.Errorf("%q: %+v, want the text %q", text, got, want)
		}
	}
}

func TestCommandsOfListedProjects(t *testing.T) {
	p := mustNew(t, Options{Projects: []string{"AB"}})
	got := brief(p.Message("AB-1 #comment see OTHER-9 and #OTHER-8 #done").Commands)
	want := []string{"0 AB-1 comment see OTHER-9 and #OTHER-8", "0 AB-1 transition done"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCommandsBehindAPrefix(t *testing.T) {
	p := mustNew(t, Options{Prefix: "(?:JIRA)?#"})
	got := brief(p.Message("JIRA#AB-1, #AB-2 AB-3 #done").Commands)
	want := []string{"0 AB-1 transition done", "0 AB-2 transition done"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("AB-3 is text (-want +got):\n%s", diff)
	}
}

func TestMultiline(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"commands in the body", "AB-1 subject\n\n#comment one\n#done", []string{"2 AB-1 comment one", "3 AB-1 transition done"}},
		{"text ends at a blank line", "AB-1 #comment one  \r\n  two\r\n \r\nthree\n#done", []string{"0 AB-1 comment one\n  two", "4 AB-1 transition done"}},
		{"text begins in the next line", "AB-1 #comment\none", []string{"0 AB-1 comment one"}},
		{"next key", "AB-1 #comment one\ntwo AB-2\n#done", []string{"0 AB-1 comment one\ntwo", "2 AB-2 transition done"}},
		{"time", "AB-1\n#time 1h\n30m work", []string{"1 AB-1 time 1h\n30m work"}},
	}
	p := mustNew(t, Options{Multiline: true})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, brief(p.Message(test.text).Commands)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestCommandsAreBounded: many keys before many commands multiply.
func TestCommandsAreBounded(t *testing.T) {
	var text strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&text, "AB-%d ", i+1)
	}
	text.WriteString(strings.Repeat("#done ", 3000))
	p := mustNew(t, Options{})
	if n := len(p.Message(text.String()).Commands); n != maxCommands {
		t.Errorf("%d commands, want %d", n, maxCommands)
	}
}

func TestLists(t *testing.T) {
	p := mustNew(t, Options{Closing: gitLabWords})
	all := []string{"AB-1", "AB-2", "AB-3"}
	for list, want := range map[string][]string{
		"AB-1, AB-2 and AB-3": all, "AB-1 & AB-2, and AB-3": all, "AB-1 AB-2 AB-3": all, "AB-1 , AB-2,AB-3": all,
		"[AB-1][AB-2][AB-3]": all, "[AB-1] [AB-2], AB-3": all, "[AB-1, AB-2 AB-3]": all, "issue AB-1, bug AB-2 and task AB-3": all,
		"(AB-1), <AB-2> and **AB-3**": all, "[AB-1](https://jira.example.com/browse/AB-1), AB-2 and AB-3": all, "AB-1,\nAB-2 and\n AB-3": all,
		"AB-1 and AB-1": {"AB-1"},
	} {
		m := p.Message("Closes " + list)
		sameKeys(t, "Closes "+list, m.Closes, want)
		var run []string
		for _, c := range p.Message(list + " #done").Commands {
			run = append(run, c.Key)
		}
		sameKeys(t, list+" #done", run, want)
	}
	for _, text := range []string{"AB-1 (AB-2) #done", "AB-1 or AB-2 #done", "AB-1: AB-2 #done", "AB-1; AB-2 #done", "AB-1\nAB-2 #done"} {
		sameKeys(t, text, brief(p.Message(text).Commands), []string{fmt.Sprintf("%d AB-2 transition done", strings.Count(text, "\n"))})
	}
}

func TestPunctuation(t *testing.T) {
	p := mustNew(t, Options{})
	for text, want := range map[string][]string{
		"AB-1 #time 2h, #comment x":        {"0 AB-1 time 2h", "0 AB-1 comment x"},
		"AB-1 #time 1h.":                   {"0 AB-1 time 1h"},
		"AB-1 (#time 1h)":                  {"0 AB-1 time 1h"},
		"(AB-1 #time 1h, 30m)!":            {"0 AB-1 time 1h, 30m"},
		"AB-1 #time 1h: tests":             {"0 AB-1 time 1h: tests"},
		"AB-1 #time 1h; #done, as said":    {"0 AB-1 time 1h", "0 AB-1 transition done as said"},
		"AB-1 (#done)":                     {"0 AB-1 transition done"},
		"AB-1 #comment: x":                 {"0 AB-1 comment x"},
		"AB-1 #comment x.":                 {"0 AB-1 comment x."},
		"AB-1 #done (#45)":                 {"0 AB-1 transition done"},
		"AB-1 #done at last (!45)":         {"0 AB-1 transition done at last"},
		"AB-1 #done (#45) #time 1h (#46)":  {"0 AB-1 transition done (#45)", "0 AB-1 time 1h"},
		"AB-1 #comment f(#45)":             {"0 AB-1 comment f(#45)"},
		"AB-1 #comment (#45)":              {"0 AB-1 comment empty-comment"},
		"AB-1 #time 2hours":                {"0 AB-1 time 2hours no-duration"},
		"AB-1 #time 1.5.5h":                {"0 AB-1 time 1.5.5h no-duration"},
		"AB-1 #time 1h tests.":             {"0 AB-1 time 1h tests."},
		"AB-1 #time, 2h":                   {"0 AB-1 time 2h"},
		"AB-1 #time 1h #comment a, b (#3)": {"0 AB-1 time 1h", "0 AB-1 comment a, b"},
	} {
		if diff := cmp.Diff(want, brief(p.Message(text).Commands)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	for text, want := range map[string]string{"AB-1 #time 1h, 30m. Tests": "1h 30m Tests", "AB-1 (#time 1h)": "1h ", "AB-1 #time 1h, tests, more": "1h tests, more"} {
		if c := p.Message(text).Commands[0]; c.Spec+" "+c.Text != want {
			t.Errorf("%q: %q %q, want %q", text, c.Spec, c.Text, want)
		}
	}
}

func TestWrapped(t *testing.T) {
	tests := []struct {
		name, text, comment string
		last                int
		wrapped             bool
	}{
		{"goes on", "AB-1 #comment The total has\n  wrapped at\n\tcolumn 72.\nMore", "The total has wrapped at column 72.", 2, false},
		{"begins below", "AB-1 #comment\n  The total", "The total", 1, false},
		{"a list", "AB-1 #comment Done:\n  * a\n  * b\n    more", "Done:\n* a\n* b more", 3, false},
		{"in an item", "x\n\n* AB-1 #comment The total\n  has wrapped\n* and more", "The total has wrapped", 3, false},
		{"not indented", "AB-1 #comment The total has\nwrapped at column 72", "The total has", 0, true},
		{"not indented, an item", "x\n\n* AB-1 #comment The total has\nwrapped", "The total has", 2, true},
		{"a sentence that has ended", "AB-1 #comment The total has.\nAnd more", "The total has.", 0, false},
		{"a next item", "x\n\n* AB-1 #comment The total\n* and more", "The total", 2, false},
		{"a paragraph", "AB-1 #comment The total has\n\n  and more", "The total has", 0, false},
		{"a trailer", "AB-1 #comment The total has\nSigned-off-by: Ann <a@b>", "The total has", 0, false},
		{"an indented trailer", "AB-1 #comment The total has\n  Reviewed-by: Ann <a@b>", "The total has", 0, false},
		{"a key", "AB-1 #comment The total has\n  AB-2 too", "The total has", 0, false},
		{"a closing", "AB-1 #comment The total has\nfixes AB-2", "The total has", 0, false},
		{"a command", "AB-1 #comment The total has\n  been #done", "The total has", 0, false},
		{"a quotation", "AB-1 #comment The total has\n  > been", "The total has", 0, false},
		{"another key behind", "AB-1 #comment The total of AB-2\n  has", "The total of", 0, false},
	}
	p := mustNew(t, Options{Closing: gitLabWords})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := p.Message(test.text).Commands[0]
			if c.Text != test.comment || c.Last != test.last || c.Wrapped != test.wrapped {
				t.Errorf("%q to line %d, wrapped %v; want %q to %d, %v", c.Text, c.Last, c.Wrapped, test.comment, test.last, test.wrapped)
			}
		})
	}
}

// TestWrappedRemarks: what stands with time or a transition goes on over indented
// lines too, but is often no whole sentence.
func TestWrappedRemarks(t *testing.T) {
	p := mustNew(t, Options{})
	for text, want := range map[string]string{
		"AB-1 #time 2h tests\n  and more": "tests and more 1 false", "AB-1 #done\n  and more": " 0 false", "AB-1 #time 2h tests\nMore": "tests 0 false",
		"AB-1 #done because the\ntests pass": "because the 0 true", "AB-1 #time 2h tests\n  * a": "tests 0 false", "AB-1 #time 2h\n  tests": " 0 false",
	} {
		c := p.Message(text).Commands[0]
		if got := fmt.Sprint(c.Text, " ", c.Last, " ", c.Wrapped); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
