package parser

import (
	"fmt"
	"strings"
	"testing"
)

// hostile are pieces that fill a message of the largest size.
var hostile = []string{
	"AB-1#time ", "AB-1,", "AB-1 ", "AB-1-", "AB-1_", "Closes ", "Closes AB-1, ", "Closes a/fix:", "fix:", "Closes issue ", "Closes [[[[",
	"http://", "http://,http://", "fix:http://a/", "http://a ", "a://", "[AB-1", "(", "#", " #a", "AB-1 #a ", "#AB-1 ", "A_", "A_A-1 ", "_-1", "-1", "-",
	"\n", "AB-1\n", "AB-1 #time 1h ", "1h", "1.", "\xff", "é", "Co-authored-by: <a@b>\n", "See merge request a!1 ", "See merge request ", "\nSee merge request a/",
	"#a ", "#time ", "#time 1h\n", "AB-1 #comment a\n  b", "\n  a", "> AB-1 #a\n", "```\n", "~~~\nAB-1\n", "<li>", "<!--", "<details>\n", "</details>", "fix(", "fix(a)!: AB-1\n",
	"[AB-1][", "AB-1 and ", "AB-1 #a (#1", "Revert \"AB-1 #a\"\n", "* Revert \"AB-1 #a\"\n", "* Revert \"", "* * ", "* Reapply \"a\"\n* a\n", "    Revert \"a\"\n",
	"commit 0123456789012345678901234567890123456789\n\n    Revert \"a\"\n", "This reverts commit \n", "ab-1 ", "ABB-1 ",
	"Merge branch 'a' into ", "Revert \"", "* fixup! AB-1 #a\n", " ", ",", "\t", "https://jira.example.com/browse/AB-1,", "MY_AB_", "MY_AB-1_",
}

func fill(piece string, size int) string { return strings.Repeat(piece, size/len(piece)) }

// TestHostileMessages reads messages as long as they are read, which would take
// minutes if the work grew with the square of the length, and shorter ones by all
// options. BenchmarkMessage shows that it does not: four times the size takes
// about four times as long.
func TestHostileMessages(t *testing.T) {
	parsers := under(t)
	for _, piece := range hostile {
		for i, u := range parsers {
			size := 1 << 13
			if i == 0 {
				size = 1 << 16 // more of a message is not read
			}
			text := "AB-1 #x " + fill(piece, size)
			if m := u.p.Message(text); len(m.Commands) > maxCommands || m.Mentions == nil && i == 0 {
				t.Errorf("%q: %d commands, mentions %q", piece, len(m.Commands), m.Mentions)
			}
			u.p.Message("Merge branch 'a" + fill(piece, 1<<14))
			u.p.HoldsKey(text)
			u.p.HoldsBranchKey(text, true)
			u.p.Almost(text)
			u.p.Ignored(text)
		}
	}
}

func BenchmarkMessage(b *testing.B) {
	ordinary := "SHOP-12 Round the total of a cart\n\nThe sum was cut, not rounded. See https://shop.example/docs and UTF-8.\n\n" +
		"Closes SHOP-12, SHOP-13 and OPS-7\nSHOP-12 #time 1h 30m tests #comment done\n\nCo-authored-by: Ann <ann@example.com>\n"
	p := mustNew(b, Options{Closing: gitLabWords, BrowseURLs: []string{"https://jira.example.com"}, Projects: []string{"SHOP", "OPS"}})
	b.Run("ordinary", func(b *testing.B) {
		b.SetBytes(int64(len(ordinary)))
		for b.Loop() {
			p.Message(ordinary)
		}
	})
	for _, by := range []struct {
		name string
		p    *Parser
	}{
		{"default", mustNew(b, Options{Closing: gitLabWords, BrowseURLs: []string{"https://jira.example.com"}})},
		{"prefix", mustNew(b, Options{Closing: gitLabWords, Prefix: `(?i)jira[#:]\s*`})},
		{"listed", mustNew(b, Options{Closing: gitLabWords, Multiline: true, Projects: []string{"AB", "MY_AB"}})},
	} {
		for _, piece := range hostile {
			for _, size := range []int{1 << 18, 1 << 20} {
				text := "AB-1 #x " + fill(piece, size)
				b.Run(fmt.Sprintf("%s/%.20q/%dKiB", by.name, piece, size>>10), func(b *testing.B) {
					b.SetBytes(int64(len(text)))
					for b.Loop() {
						by.p.Message(text)
					}
				})
			}
		}
	}
}
