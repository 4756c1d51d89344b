package parser

import (
	"reflect"
	"strings"
	"testing"
)

// Every letter begins and ends a name, in either case.
func TestLetters(t *testing.T) {
	p := mustNew(t, Options{})
	for c := 'A'; c <= 'z'; c++ {
		if c > 'Z' && c < 'a' {
			continue
		}
		for _, name := range []string{string(c), "x" + string(c), string(c) + "-x"} {
			m := p.Message("ABC-1 #" + name + " text")
			if len(m.Commands) != 1 || m.Commands[0].Transition != strings.ToLower(name) || m.Commands[0].Text != "text" {
				t.Errorf("#%s: %+v", name, m.Commands)
			}
		}
	}
}

// A scheme needs a letter; without one "://" is text, and what follows is read.
func TestNoScheme(t *testing.T) {
	p := mustNew(t, Options{})
	for _, text := range []string{
		"://x https://example.com/ABC-1", "https://example.com/ABC-1", "https://a https://example.com/ABC-1", "https://a;://https://example.com/ABC-1", "z://example.com/ABC-1",
	} {
		if m := p.Message(text); len(m.Mentions) > 0 {
			t.Errorf("%s mentions %v", text, m.Mentions)
		}
	}
	if m := p.Message("://ABC-1"); len(m.Mentions) != 1 {
		t.Errorf("a place without a scheme mentions %v", m.Mentions)
	}
}

// What stands below the blocks of git's SQUASH_MSG belongs to none of them.
func TestBehindSquashMessage(t *testing.T) {
	p := mustNew(t, Options{Closing: []string{"closes"}})
	block := "Cart\n\ncommit " + strings.Repeat("a", 40) + "\nMerge: 1 2\nAuthor: Ann <ann@example.com>\nAuthorDate: x\nCommit: Ann\nCommitDate: x\nDate:   x\n\n    Revert \"Closes ABC-1\"\n\n    Closes ABC-1\n"
	for text, want := range map[string][]string{
		block:                      nil,
		block + "\nCloses ABC-2":   {"ABC-2"},
		block + "   Closes ABC-2":  {"ABC-2"}, // indented, but less than git does
		block + "    Closes ABC-2": nil,
		block + "\nReviewed: by all\n    Closes ABC-2":                                  {"ABC-2"},
		block + "\ncommit " + strings.Repeat("b", 40) + "\nDate: x\n\n    Closes ABC-2": {"ABC-2"},
	} {
		if m := p.Message(text); !reflect.DeepEqual(m.Closes, want) {
			t.Errorf("closes %v, not %v:\n%s", m.Closes, want, text)
		}
	}
}

// A command without a key is told of where it begins a line or stands directly
// before a key, and not where a sentence ends in its name.
func TestToldStrays(t *testing.T) {
	p := mustNew(t, Options{})
	for text, want := range map[string]string{
		"#done\nABC-1 x":                 "#done",
		"* #done\n\nABC-1 x":             "#done",
		"ABC-1 x\n#done":                 "#done",
		"ABC-1 x\nwe are #done":          "",
		"ABC-1 x\nwe are #done  ":        "",
		"we are #done\nABC-1 x":          "",
		"we are #done ABC-1 x":           "#done",
		"we are #done, [ABC-1] x":        "#done",
		"we are #done with ABC-1":        "",
		"ABC-1 x\nwe are #done #time 1h": "#time 1h",
	} {
		var told []string
		for _, i := range p.Message(text).Ignored {
			told = append(told, i.Words)
		}
		if got := strings.Join(told, "|"); got != want {
			t.Errorf("%q: told of %q, not %q", text, got, want)
		}
	}
}

// A person is a name and an address in angle brackets, and nothing behind them.
func TestPerson(t *testing.T) {
	p := mustNew(t, Options{})
	for value, want := range map[string][]Person{
		"Bob <bob@example.com>":                {{Name: "Bob", Email: "bob@example.com"}},
		"Bob  < Bob@Example.com > ":            {{Name: "Bob", Email: "bob@example.com"}},
		"Bob <bob@example.com":                 nil,
		"Bob <bob@example.com> and others":     nil,
		"Bob <bob@example.com> (by telephone)": nil,
		"Bob <>":                               nil,
		"<bob@example.com>":                    {{Email: "bob@example.com"}},
	} {
		if m := p.Message("ABC-1 x\n\nCo-authored-by: " + value); !reflect.DeepEqual(m.CoAuthors, want) {
			t.Errorf("%q: %+v", value, m.CoAuthors)
		}
	}
}

// "and" joins keys where it is a word.
func TestAndIsAWord(t *testing.T) {
	p := mustNew(t, Options{Closing: []string{"closes"}})
	for text, want := range map[string]string{
		"Closes ABC-1 and ABC-2": "ABC-1 ABC-2", "Closes ABC-1, and ABC-2": "ABC-1 ABC-2", "Closes ABC-1 and\nABC-2": "ABC-1 ABC-2", "Closes ABC-1 AND\tABC-2": "ABC-1 ABC-2",
		"Closes ABC-1 and_ABC-2": "ABC-1", "Closes ABC-1, and_ABC-2": "ABC-1", "Closes ABC-1 and-ABC-2": "ABC-1", "Closes ABC-1and ABC-2": "", "Closes ABC-1 band ABC-2": "ABC-1",
	} {
		if got := strings.Join(p.Message(text).Closes, " "); got != want {
			t.Errorf("%q closes %q, not %q", text, got, want)
		}
	}
}

// A tab leads to the next column that 8 divides.
func TestIndent(t *testing.T) {
	for line, want := range map[string]int{
		"x": 0, " x": 1, "\tx": 8, " \tx": 8, "       \tx": 8, "        \tx": 16, "\t x": 9, "\t\tx": 16, "\t \tx": 16, "   ": 3,
	} {
		columns, start := indent(line)
		if columns != want || strings.TrimLeft(line, " \t") != line[start:] {
			t.Errorf("%q is indented by %d columns, and begins with %q", line, columns, line[start:])
		}
	}
}

// What only joins two commands is no text of the first.
func TestJoinedCommands(t *testing.T) {
	for text, want := range map[string]string{
		"ABC-1 #done and #time 1h":            "done||time|1h|",
		"ABC-1 #time 1h and #done":            "time|1h||done|",
		"ABC-1 #time 1h, and #done.":          "time|1h||done|",
		"ABC-1 #time 1h - #done":              "time|1h||done|",
		"ABC-1 #time 1h & #done":              "time|1h||done|",
		"ABC-1 #done (#time 1h)":              "done||time|1h|",
		"ABC-1 (#time 1h, #done)":             "time|1h||done|",
		"ABC-1 #time 1h / #done / #comment x": "time|1h||done||comment|x",
		"ABC-1 #done and dusted #time 1h":     "done|and dusted|time|1h|",
		"ABC-1 #done 👍 #time 1h":              "done|👍|time|1h|",
		"ABC-1 #done — #time 1h — tests":      "done||time|1h|— tests",
		"ABC-1 #comment and #done":            "comment|and|done|", // it is all that was written
	} {
		if got := commandsIn(mustNew(t, Options{}).Message(text)); got != want {
			t.Errorf("%q: %s, not %s", text, got, want)
		}
	}
	// The bullet of the next line, where the commands stand below their key.
	for text, want := range map[string]string{
		"ABC-1 x\n- #done\n- #time 1h":                      "done||time|1h|",
		"ABC-1 x\n* #done as said\n* #time 1h tests\n* #in": "done|as said|time|1h|tests|in|",
		"ABC-1 x\n#comment one\n> two\nthree":               "comment|one",       // nor does it quote
		"ABC-1 x\n#comment one\n\nthree\n#done":             "comment|one|done|", // a blank line ends it
		"ABC-1 x\n#comment one\nReviewed-by: Bo\nthree":     "comment|one",
		"ABC-1 x\n#comment\ntwo\n\nthree":                   "comment|two",
		"ABC-1 x\n#comment one\n- two\n- #done":             "comment|one\n- two|done|",
	} {
		if got := commandsIn(mustNew(t, Options{Multiline: true}).Message(text)); got != want {
			t.Errorf("%q: %s, not %s", text, got, want)
		}
	}
}

// commandsIn are commands with what they say, joined by "|".
func commandsIn(m Message) string {
	var all []string
	for _, c := range m.Commands {
		name := c.Name
		if name == "transition" {
			name = c.Transition
		}
		if all = append(all, name); c.Spec != "" {
			all = append(all, c.Spec)
		}
		all = append(all, c.Text)
	}
	return strings.Join(all, "|")
}

// A command stands behind a blank, or directly behind its keys.
func TestDirectlyBehindKeys(t *testing.T) {
	p := mustNew(t, Options{})
	for text, want := range map[string]int{
		"ABC-1#done": 1, "ABC-1: #done": 1, "[ABC-1]#done": 1, "ABC-1 and ABC-2#done": 2,
		"ABC-1:#done": 0, "ABC-1-#done": 0, "ABC-1 x:#done": 0, "ABC-1/#done": 0, "ABC-1.#done": 0, "ABC-1 \"#done\"": 0,
	} {
		m := p.Message(text)
		if len(m.Commands) != want {
			t.Errorf("%q: %+v", text, m.Commands)
		}
		for _, c := range m.Commands {
			if text[c.Column] != '#' {
				t.Errorf("%q: column %d", text, c.Column)
			}
		}
	}
	if c := p.Message("x\n\n  ABC-1 é #done\n").Commands; len(c) != 1 || c[0].Line != 2 || c[0].Column != len("  ABC-1 é ") {
		t.Errorf("%+v", c)
	}
}

// A command on a line of its own is for the keys before it, whatever follows.
func TestStraysBetweenKeys(t *testing.T) {
	p := mustNew(t, Options{})
	for text, want := range map[string]string{
		"ABC-1\n#done\nABC-2\n#time 1h":        "#done ABC-1, #time 1h ABC-2",
		"ABC-1 x\n\n#time 2h\n\nABC-2 y":       "#time 2h ABC-1",
		"ABC-1 x\n#time 2h ABC-2 y":            "#time 2h ABC-2",
		"#time 2h\nABC-1 x":                    "#time 2h ABC-1",
		"ABC-1 and ABC-2\n#time 1h\nABC-3 #go": "#time 1h ABC-1 ABC-2",
	} {
		var told []string
		for _, i := range p.Message(text).Ignored {
			told = append(told, i.Words+" "+strings.Join(i.Keys, " "))
		}
		if got := strings.Join(told, ", "); got != want {
			t.Errorf("%q: told of %s, not %s", text, got, want)
		}
	}
}

// A type may have an empty scope, and stand behind a bullet, also in the subject.
func TestTypes(t *testing.T) {
	type both struct{ byDefault, typesClose string }
	for text, want := range map[string]both{
		"fix(): ABC-1 x":               {"", "ABC-1"},
		"fix()!: ABC-1 x":              {"", "ABC-1"},
		"* fix: ABC-1 x\n* fix: ABC-2": {"", "ABC-1 ABC-2"},
		"- fix(cart): ABC-1 x":         {"", "ABC-1"},
		"fixes!: ABC-1":                {"", "ABC-1"},
		"fixes(a): ABC-1":              {"", "ABC-1"},
		"fixes: ABC-1":                 {"ABC-1", "ABC-1"},
		"* Fixes: ABC-1":               {"ABC-1", "ABC-1"},
		"* fixes ABC-1":                {"ABC-1", "ABC-1"},
		"fix(: ABC-1 x":                {"", ""},
		"fix((a)): ABC-1 x":            {"", ""},
	} {
		for _, close := range []bool{false, true} {
			p := mustNew(t, Options{Closing: []string{"fix", "fixes"}, TypesClose: close})
			expected := want.byDefault
			if close {
				expected = want.typesClose
			}
			if got := strings.Join(p.Message(text).Closes, " "); got != expected {
				t.Errorf("%q, types close %v: closes %q, not %q", text, close, got, expected)
			}
		}
	}
	for _, subject := range []string{"revert: x", "revert(): x", "revert(cart)!: x"} {
		if m := mustNew(t, Options{}).Message(subject); m.Class != Revert {
			t.Errorf("%q is of class %d", subject, m.Class)
		}
	}
}

// An id before an item's text has 7 to 64 digits.
func TestItemsWithID(t *testing.T) {
	for n := range 70 {
		line := "* " + strings.Repeat("a", n) + " Totals (#12)"
		want := "Totals"
		if n < 7 || n > 64 {
			want = strings.TrimSpace(strings.Repeat("a", n) + " Totals")
		}
		if got := itemText(line); got != want {
			t.Errorf("%d digits: %q, not %q", n, got, want)
		}
	}
}

// Of a word that is longer than any project the longest part behind an underscore
// is looked at that is short enough.
func TestLongWords(t *testing.T) {
	p := mustNew(t, Options{})
	for _, part := range []string{"_A", "_AB", "_ABC", "_ABCDEFG", "_" + strings.Repeat("A", 200)} {
		for lead := range 6 {
			word := strings.Repeat("B", lead) + strings.Repeat(part, 300)
			want := ""
			for i := range word {
				if rest := word[i+1:]; word[i] == '_' && len(rest) <= maxProject {
					want = rest + "-1"
					break
				}
			}
			if got := p.Message(word + "-1 x").Mentions; len(got) != 1 || got[0] != want {
				t.Errorf("%d of %q: %.20q…, not %.20q…", lead, part, got, want)
			}
		}
	}
	if got := p.Message(strings.Repeat("A", maxProject+1) + "-1 x").Mentions; len(got) > 0 {
		t.Errorf("a project of %d letters counts", maxProject+1)
	}
}

// The id of a block in SQUASH_MSG is of SHA-1 or SHA-256.
func TestSquashMessageIDs(t *testing.T) {
	p := mustNew(t, Options{Closing: []string{"closes"}})
	for n, block := range map[int]bool{39: false, 40: true, 64: true, 65: false} {
		m := p.Message("Cart\n\ncommit " + strings.Repeat("a", n) + "\nDate: x\n\n    Revert \"x\"\n\n    Closes ABC-2")
		if block == (len(m.Closes) > 0) {
			t.Errorf("%d digits: closes %v", n, m.Closes)
		}
	}
}

// A link without an address is none, wherever it stands.
func TestListBehindBracket(t *testing.T) {
	p := mustNew(t, Options{Closing: []string{"closes"}})
	for _, text := range []string{") closes [ABC-1](x), ABC-2", ")closes [ABC-1](ABC-2)"} {
		if got := strings.Join(p.Message(text).Closes, " "); got != "ABC-1" {
			t.Errorf("%q closes %q", text, got)
		}
	}
}

// Where the projects are not known, a branch in small letters may hold a key.
func TestHoldsBranchKeyUnlisted(t *testing.T) {
	unlisted, listed := mustNew(t, Options{}), mustNew(t, Options{Projects: []string{"ABC"}})
	for _, name := range []string{"feature/abc-1", "feature/utf-8", "x-1-2", "main"} {
		upper := strings.ToUpper(name)
		if got, want := unlisted.HoldsBranchKey(name, true), unlisted.HoldsKey(upper); got != want {
			t.Errorf("%s: %v, not %v", name, got, want)
		}
		if got, want := listed.HoldsBranchKey(name, true), len(listed.Keys(upper)) > 0; got != want {
			t.Errorf("%s, listed: %v, not %v", name, got, want)
		}
	}
}
