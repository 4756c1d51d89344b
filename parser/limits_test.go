package parser

import (
	"fmt"
	"strings"
	"testing"
)

// TestLimits tries each bound of the parser at its last and at the next.
func TestLimits(t *testing.T) {
	p := mustNew(t, Options{Closing: gitLabWords})
	types := mustNew(t, Options{Closing: gitLabWords, TypesClose: true})
	some := func(yes bool) int {
		if yes {
			return 1
		}
		return 0
	}
	for _, limit := range []struct {
		name string
		last int
		read func(n int) int // 0: beyond the limit
	}{
		{"letters of a project", 255, func(n int) int { return len(p.Keys(strings.Repeat("A", n) + "-1")) }},
		{"digits of an issue", 10, func(n int) int { return len(p.Keys("AB-" + strings.Repeat("1", n))) }},
		{"letters of a type", 50, func(n int) int { return some(typeOf(strings.Repeat("a", n)+": x").end > 0) }},
		{"letters of a scope", 98, func(n int) int {
			return len(types.Message("fix(" + strings.Repeat("a", n) + "): AB-1").Closes)
		}},
		{"marks before a key of a list", 3, func(n int) int { return len(p.Message("Closes " + strings.Repeat("(", n) + "AB-1").Closes) }},
		{"marks behind a key of a list", 4, func(n int) int {
			return len(p.Message("Closes AB-1"+strings.Repeat(")", n)+", AB-2").Closes) - 1
		}},
		{"digits of a number of hours", 9, func(n int) int {
			return some(p.Message("AB-1 #time " + strings.Repeat("1", n) + "h").Commands[0].Problem == "")
		}},
		{"digits of a merge request", 9, func(n int) int {
			return some(p.Message("AB-1\n\nSee merge request a/b!"+strings.Repeat("1", n)).MergeRequest != nil)
		}},
		{"digits of an id that is reverted", 64, func(n int) int { return len(Reverts("This reverts commit " + strings.Repeat("a", n))) }},
		{"letters of a tag", len("blockquote"), func(n int) int {
			return some(len(p.Message("x\n<"+"blockquote"[:min(n, 10)]+strings.Repeat("e", max(n-10, 0))+">\nfixes AB-1").Closes) == 0 || n < 10)
		}},
	} {
		if limit.read(limit.last) == 0 {
			t.Errorf("%s: %d are too many", limit.name, limit.last)
		}
		if limit.read(limit.last+1) != 0 {
			t.Errorf("%s: %d are not too many", limit.name, limit.last+1)
		}
	}
}

// TestWhatIsGivenIsBounded: each list of a message ends where its comment says.
func TestWhatIsGivenIsBounded(t *testing.T) {
	p := mustNew(t, Options{Closing: gitLabWords})
	listed := mustNew(t, Options{Projects: []string{"SHOP"}})
	var strays, quoted, commands, almost, keys strings.Builder
	strays.WriteString("AB-1 x\n")
	quoted.WriteString("AB-1 x\n")
	commands.WriteString("AB-1 x\n")
	for i := range 10_050 {
		fmt.Fprintf(&keys, "AB-%d ", i+1)
		if i < 300 {
			strays.WriteString("#time 1h\n")
			quoted.WriteString("> fixes AB-2\n")
			commands.WriteString("> AB-2 #done\n")
			fmt.Fprintf(&almost, "X%dY-1 ", i)
		}
	}
	for _, given := range []struct {
		name      string
		got, want int
	}{
		{"strays", len(p.Message(strays.String()).Ignored), 100},
		{"quoted closings", len(p.Message(quoted.String()).Ignored), 100},
		{"quoted commands", len(p.Message(commands.String()).Ignored), 100},
		{"quoted closings and strays", len(p.Message(quoted.String() + strays.String()).Ignored), 200},
		{"almost keys", len(listed.Almost(almost.String())), 20},
		{"commands of many keys", len(p.Message(keys.String() + "#done").Commands), 10_000},
		{"many commands of silence", len(p.Message("AB-1 x\n> AB-2 " + strings.Repeat("#done ", 10_050)).Ignored), 100},
		{"many commands of a key", len(p.Message("AB-1 " + strings.Repeat("#done ", 10_050)).Commands), 10_000},
		{"commands of many groups", len(p.Message(strings.ReplaceAll(keys.String(), " ", " #done\n")).Commands), 10_000},
	} {
		if given.got != given.want {
			t.Errorf("%s: %d, not %d", given.name, given.got, given.want)
		}
	}
}

// TestFinePrint holds what a message does where one character decides.
func TestFinePrint(t *testing.T) {
	p := mustNew(t, Options{Closing: append([]string{"hot-fix"}, gitLabWords...), BrowseURLs: []string{"https://jira.example.com"}})
	testReadings(t, p, []silentTest{
		{"an address before a command has none", "AB-1, https://jira.example.com/browse/AB-2 #done", []string{"0 AB-1 transition done"}},
		{"addresses with a semicolon between", "Fixes AB-1, https://x.example/a;https://jira.example.com/browse/AB-2", []string{"closes AB-1"}},
		{"no blank behind the noun", "Closes issue[AB-1]", nil},
		{"a merge request is no issue", "Closes grp/prj!12, AB-3", nil},
		{"nor is a path with a colon", "Closes grp/prj:12, AB-3", nil},
		{"a type needs a word", "(fix AB-1): x", []string{"closes AB-1"}},
		{"the last word of a type", "hot-fix: AB-1 x", nil},
		{"a word with a hyphen, quoted", "AB-1\n> hot-fix AB-2", []string{"quoted 1 hot-fix AB-2"}},
		{"a remark below no duration", "AB-1 #time x\n  and more", []string{"0 AB-1 time x no-duration"}},
		{"# in a word is no command", "AB-1 #comment Written in\n  C#done well", []string{"0 AB-1 comment Written in C#done well"}},
		{"nor a stray", "AB-1 x\nwritten in C#time 1h", nil},
		{"a subject that stands twice, reverted once", "Close AB-1\n\n* Close AB-1\n* Close AB-1\n* Revert \"Close AB-1\"", []string{"closes AB-1", "reverted 2 Close AB-1", "reverted 4 Close AB-1"}},
		{"a fence in the midst", "x\n\n~~~\nfixes AB-1\n~~~\n~~~ fixes AB-2\n~~~\nfixes AB-3", []string{"closes AB-3", "quoted 3 fixes AB-1", "quoted 5 fixes AB-2"}},
		{"a fence that closes with more marks", "x\n```\nfixes AB-1\n`````\nfixes AB-2", []string{"closes AB-2", "quoted 2 fixes AB-1"}},
		{"a fence of two marks is none", "x\n``\nfixes AB-1\n``", []string{"closes AB-1"}},
		{"an indented block ends what it opened", "x\n    ```\n    fixes AB-1\nfixes AB-2", []string{"closes AB-2", "quoted 2 fixes AB-1"}},
		{"less indented it does not", "x\n   ```\n   fixes AB-1\nfixes AB-2", []string{"quoted 2 fixes AB-1", "quoted 3 fixes AB-2"}},
		{"a comment that ends within what is folded", "x\n<details><!-- </details> -->\nfixes AB-1\n</details>\nfixes AB-2", []string{"closes AB-2", "quoted 2 fixes AB-1"}},
		{"one too many ends nothing", "x\n</details></details><details>\nfixes AB-1\n</details>\nfixes AB-2", []string{"closes AB-2", "quoted 2 fixes AB-1"}},
		{"a quotation marks its own line", "x\n> fixes AB-1\nfixes AB-2", []string{"closes AB-2", "quoted 1 fixes AB-1"}},
		{"quoted in a squash", "x\n\n* fixup! y\n```\n* Revert \"z\"\nfixes AB-1\n```\n* z fixes AB-2", []string{"closes AB-2", "quoted 5 fixes AB-1"}},
	})
	for text, want := range map[string]string{
		"ABC-1.2": "", "ABC-1.": "ABC-1", "ABC-1.x": "ABC-1", "A7-1": "A7-1", "7A-1": "",
		"[https://x.example/ABC-3]ABC-4": "ABC-4", "[https://x.example/[ABC-3]/ABC-4]ABC-5": "ABC-5",
		"https://x.example/a;https://jira.example.com/browse/AB-2": "AB-2", "https://x.example/a;AB-2": "",
		"https://x.example/a,https://jira.example.com/browse/AB-2": "AB-2", "https://x.example/AB-1.AB-2, AB-3": "AB-3",
		"\"https://x.example/AB-1\"AB-2": "AB-2", "`https://x.example/`AB-2": "AB-2", "https://x.example/\x01AB-2": "AB-2", "https://x.example/'AB-2": "",
		"https://jira.example.com/browse/AB-2": "AB-2", "https://jira.example.com/browse/": "", "https://jira.example.com/browse/AB-2/AB-3": "AB-2", "HTTPS://JIRA.example.com/BROWSE/AB-2": "AB-2",
	} {
		if got := strings.Join(p.Keys(text), " "); got != want {
			t.Errorf("%q holds %q, not %q", text, got, want)
		}
	}
	listed := mustNew(t, Options{Projects: []string{"ABC"}, Closing: gitLabWords})
	for text, want := range map[string]string{
		"Closes _OTHER-1, ABC-2": "ABC-2", "Closes x_OTHER-1, ABC-2": "", "(see) closes OTHER-1, ABC-2": "ABC-2",
	} {
		if got := strings.Join(listed.Message(text).Closes, " "); got != want {
			t.Errorf("%q closes %q, not %q", text, got, want)
		}
	}
	wrapped := p.Message("  AB-1 #comment The total\n  fixes AB-2").Commands
	if len(wrapped) != 1 || wrapped[0].Wrapped {
		t.Errorf("a closing goes on with a comment: %+v", wrapped)
	}
}
