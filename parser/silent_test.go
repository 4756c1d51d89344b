package parser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readings writes what a message closes, runs and leaves undone, each with its
// line.
func readings(m Message) []string {
	var all []string
	for _, key := range m.Closes {
		all = append(all, "closes "+key)
	}
	all = append(all, brief(m.Commands)...)
	why := map[Why]string{Quoted: "quoted", Reverted: "reverted", Squashed: "squashed", Keyless: "keyless"}
	for _, i := range m.Ignored {
		all = append(all, fmt.Sprintf("%s %d %s %s", why[i.Why], i.Line, i.Words, strings.Join(i.Keys, " ")))
	}
	return all
}

type silentTest struct {
	name, text string
	want       []string
}

func testReadings(t *testing.T, p *Parser, tests []silentTest) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, readings(p.Message(test.text))); diff != "" {
				t.Errorf("%q (-want +got):\n%s", test.text, diff)
			}
		})
	}
}

func TestQuoted(t *testing.T) {
	testReadings(t, mustNew(t, Options{Closing: gitLabWords}), []silentTest{
		{"as in mail", "Bump x\n\nRelease notes:\n> Fixes AB-4: the thing\n> AB-5 #done #time 3h", []string{"quoted 3 Fixes AB-4", "quoted 4 #done AB-5", "quoted 4 #time 3h AB-5"}},
		{"indented, nested", "x\n\n  >> Fixes AB-1\n\t> Closes AB-2", []string{"quoted 2 Fixes AB-1", "quoted 3 Closes AB-2"}},
		{"an arrow and a comparison", "-> Fixes AB-1\nx > Fixes AB-2", []string{"closes AB-1", "closes AB-2"}},
		{"a fence", "x\n\n```sh\nFixes AB-1\n```\nFixes AB-2", []string{"closes AB-2", "quoted 3 Fixes AB-1"}},
		{"a fence of tildes, longer, with backticks in it", "x\n\n~~~~\n```\nFixes AB-1\n~~~\nFixes AB-2\n~~~~\nFixes AB-3", []string{"closes AB-3", "quoted 4 Fixes AB-1", "quoted 6 Fixes AB-2"}},
		{"an open fence", "x\n\n```\nFixes AB-1\n\nAB-2 #done", []string{"quoted 3 Fixes AB-1", "quoted 5 #done AB-2"}},
		{"code in a line is no fence", "```x``` Fixes AB-1\nFixes AB-2", []string{"closes AB-1", "closes AB-2"}},
		{"code spans", "`Fixes AB-1`\n``Fixes AB-2``", []string{"closes AB-1", "closes AB-2"}},
		{"a tag", "x\n\n<li>Fixes AB-3 #time 2h</li>\n  <P class=\"x\"> AB-4 #done\n</div> Closes AB-5\n<!-- Fixes AB-6\nFixes AB-7 --> \nFixes AB-8",
			[]string{"closes AB-8", "quoted 2 #time AB-3", "quoted 2 Fixes AB-3", "quoted 3 #done AB-4", "quoted 4 Closes AB-5", "quoted 5 Fixes AB-6", "quoted 6 Fixes AB-7"}},
		{"no tag", "<AB-1> #done\n<feat> Fixes AB-2\n<ann@example.com> Fixes AB-3\n<https://x.example/> Fixes AB-4\n< b>Fixes AB-5\n<Fixes AB-6",
			[]string{"closes AB-2", "closes AB-3", "closes AB-4", "closes AB-5", "closes AB-6", "0 AB-1 transition done"}},
		{"details", "x\n\n<details>\n<summary>Notes</summary>\n\nFixes AB-1\n<blockquote>\nFixes AB-2\n</blockquote>\nFixes AB-3\n</details>\n\nFixes AB-4",
			[]string{"closes AB-4", "quoted 5 Fixes AB-1", "quoted 7 Fixes AB-2", "quoted 9 Fixes AB-3"}},
		{"details on one line", "x\n\n<details><summary>a</summary>Fixes AB-1</details>\nFixes AB-2", []string{"closes AB-2", "quoted 2 Fixes AB-1"}},
		{"git's own indentation", "Squashed commit of the following:\n\ncommit 0123456789012345678901234567890123456789\nAuthor: Ann <ann@example.com>\nDate:   Tue Nov 24 10:00:00 2026 +0000\n\n    Totals\n\n    Fixes AB-1\n    AB-2 #time 1h",
			[]string{"closes AB-1", "9 AB-2 time 1h"}},
		{"what one squashed commit left open ends with it", "Squashed commit of the following:\n\ncommit 0123456789012345678901234567890123456789\n\n    ```\n    Fixes AB-1\n\ncommit 0123456789012345678901234567890123456780\n\n    Fixes AB-2",
			[]string{"closes AB-2", "quoted 5 Fixes AB-1"}},
		{"a list that goes on in a quoted line", "Fixes AB-1,\n> AB-2", []string{"closes AB-1"}},
		{"each key of a quoted list", "x\n> Fixes AB-1 and AB-2\n> AB-3, AB-4 #done", []string{"quoted 1 Fixes AB-1 AB-2", "quoted 2 #done AB-3 AB-4"}},
	})
}

func TestQuotedMentions(t *testing.T) {
	p := mustNew(t, Options{Closing: gitLabWords})
	sameKeys(t, "beside others", p.Message("AB-1 x\n> Fixes AB-2\n> AB-1\n\nsee AB-3").Mentions, []string{"AB-1", "AB-3"})
	sameKeys(t, "alone", p.Message("x\n> Fixes AB-2\n```\nAB-3").Mentions, []string{"AB-2", "AB-3"})
	sameKeys(t, "reverted", p.Message("x\n* Revert \"AB-1 a\"\n* AB-2").Mentions, []string{"AB-1", "AB-2"})
}

func TestItems(t *testing.T) {
	const id = "0123456789012345678901234567890123456789"
	testReadings(t, mustNew(t, Options{Closing: gitLabWords}), []silentTest{
		{"a revert in a list", "Cart work (!12)\n\n* Close AB-1: new cart\n* Revert \"Close AB-1: new cart\"\nThis reverts commit " + id + ".\n* Closes AB-2: totals",
			[]string{"closes AB-2", "reverted 2 Close AB-1", "reverted 3 Close AB-1"}},
		{"a line on a revert silences nothing", "Back out and do better\n\nThis reverts commit " + id + ".\n\nCloses AB-2\nAB-3 #done", []string{"closes AB-2", "5 AB-3 transition done"}},
		{"its body too", "Cart\n\n* Totals\n\n  Closes AB-1\n\n* Revert \"Totals\"\n\n  AB-2 #done\n\n* Closes AB-3", []string{"closes AB-3", "reverted 4 Closes AB-1", "reverted 8 #done AB-2"}},
		{"with the number of its merge request", "Cart\n\n- Close AB-1: new cart (#12)\n- Revert \"Close AB-1: new cart (#12)\" (!13)", []string{"reverted 2 Close AB-1", "reverted 3 Close AB-1"}},
		{"by lines with ids", "Cart\n\n0123456 Close AB-1: new cart\n89abcde Revert \"Close AB-1: new cart\"\n89abcdf Close AB-2", []string{"closes AB-2", "reverted 2 Close AB-1", "reverted 3 Close AB-1"}},
		{"done again", "Cart\n\n* Close AB-1\n* Revert \"Close AB-1\"\n* Reapply \"Close AB-1\"", []string{"closes AB-1", "reverted 3 Close AB-1", "reverted 4 Close AB-1"}},
		{"a revert of a revert", "Cart\n\n* Close AB-1\n* Revert \"Close AB-1\"\n* Revert \"Revert \"Close AB-1\"\"", []string{"closes AB-1", "reverted 3 Close AB-1", "reverted 4 Close AB-1"}},
		{"done twice, reverted once", "Cart\n\n* AB-1 #time 1h\n* AB-1 #time 1h\n* Revert \"AB-1 #time 1h\"", []string{"3 AB-1 time 1h", "reverted 2 #time 1h AB-1", "reverted 4 #time 1h AB-1"}},
		{"the subject is an item's", "Close AB-1\n\n* Close AB-1\n* Revert \"Close AB-1\"", []string{"reverted 0 Close AB-1", "reverted 2 Close AB-1", "reverted 3 Close AB-1"}},
		{"of something else", "Cart\n\n* Close AB-1\n* Revert \"Close AB-2\"", []string{"closes AB-1", "reverted 3 Close AB-2"}},
		{"git's own squash", "Squashed commit of the following:\n\ncommit " + id + "\nAuthor: Ann <a@b>\nDate: now\n\n    Revert \"Totals\"\n\n    This reverts commit " + id + ".\n\n    Closes AB-1\n\ncommit " + id + "\nAuthor: Ann <a@b>\nDate: now\n\n    Totals\n\n    Closes AB-2\n\ncommit " + id + "\n\n    Closes AB-3\n",
			[]string{"closes AB-3", "reverted 10 Closes AB-1", "reverted 18 Closes AB-2"}},
		{"autosquash", "Cart\n\n* AB-1 #time 1h\n* fixup! AB-1 #time 1h\n* squash! Fixes AB-2", []string{"2 AB-1 time 1h", "squashed 3 #time 1h AB-1", "squashed 4 Fixes AB-2"}},
		{"one item within another", "Cart\n\n* All\n  * Revert \"Close AB-1\"\n    Closes AB-2\n  * Closes AB-3", []string{"closes AB-3", "reverted 3 Close AB-1", "reverted 4 Closes AB-2"}},
		{"beside what is quoted", "Cart\n\n* Revert \"Close AB-1\"\n> Closes AB-3\n* Closes AB-2", []string{"closes AB-2", "reverted 2 Close AB-1", "quoted 3 Closes AB-3"}},
		{"a word that begins like an id", "Cart\n\n* feedbeeds Close AB-1\n* Revert \"s Close AB-1\"", []string{"closes AB-1", "reverted 3 Close AB-1"}},
		{"what git says below it", "Cart\n\nRevert \"Close AB-1\"\n\nThis reverts commit 0123456, fixes AB-3.\nThis reverts merge request !7 (fixes AB-4)\n\nCloses AB-2",
			[]string{"closes AB-2", "reverted 2 Close AB-1", "reverted 4 fixes AB-3", "reverted 5 fixes AB-4"}},
		{"quoted in a merge", "Merge branch 'a'\n\nRevert \"Close AB-1\"\n\nThis reverts commit " + id + "\n\nCloses AB-2", []string{"closes AB-2", "reverted 2 Close AB-1"}},
	})
}

func TestConventional(t *testing.T) {
	texts := []string{
		"fix: AB-1 x", "fix(cart): AB-1 x", "fix(cart)!: AB-1 x", "fix!: AB-1", "Fix: AB-1 x", "fixes: AB-1 x", "closes(cart): AB-1",
		"x\n\n* fix: AB-1 x", "x\n\n    fix(cart): AB-1 x", "fix: AB-1",
	}
	closing := []string{
		"Fixes: AB-1", "Fixes: AB-1.", "Fixes: AB-1 (#12)", "Fixes: AB-1, AB-2", "fix AB-1 x", "Fixes AB-1 x", "x\n\nFixes: AB-1", "x\n\nfix: AB-1", "x\n\nFixes: AB-1 x", "x, fix: AB-1",
		"feat: fix: AB-1", "feat: closes AB-1",
	}
	p := mustNew(t, Options{Closing: gitLabWords})
	always := mustNew(t, Options{Closing: gitLabWords, TypesClose: true})
	for _, text := range append(texts, closing...) {
		sameKeys(t, text+" (close)", always.Message(text).Closes[:1], []string{"AB-1"})
	}
	for _, text := range texts {
		sameKeys(t, text, p.Message(text).Closes, nil)
	}
	for _, text := range closing {
		if closes := p.Message(text).Closes; len(closes) == 0 || closes[0] != "AB-1" {
			t.Errorf("%q closes %q", text, closes)
		}
	}
}

func TestStrays(t *testing.T) {
	p := mustNew(t, Options{Closing: gitLabWords})
	testReadings(t, p, []silentTest{
		{"before the key", "Work\n\n#time 2h AB-1", []string{"keyless 2 #time 2h AB-1"}},
		{"in brackets", "(#time 2h) AB-1", []string{"keyless 0 #time 2h AB-1"}},
		{"a transition before the key", "#done AB-2", []string{"keyless 0 #done AB-2"}},
		{"in a sentence", "Tests took #time 2h for AB-1", []string{"keyless 0 #time 2h AB-1"}},
		{"below the key", "AB-1 totals\n\n#time 2h\n#done", []string{"keyless 2 #time 2h AB-1", "keyless 3 #done AB-1"}},
		{"beside one that runs", "AB-1 #comment x\n#done", []string{"0 AB-1 comment x", "keyless 1 #done AB-1"}},
		{"no command", "AB-1 see #12, #foo and C#\n\nin the #include guard", []string{"0 AB-1 transition foo and C#"}},
		{"no key at all", "#time 2h\n#done", nil},
		{"quoted", "AB-1\n> #done", nil},
	})
	multi := mustNew(t, Options{Closing: gitLabWords, Multiline: true})
	testReadings(t, multi, []silentTest{
		{"multiline runs what is below", "AB-1 totals\n\n#time 2h\n#done\n\nSigned-off-by: Ann <a@b>", []string{"2 AB-1 time 2h", "3 AB-1 transition done"}},
		{"not what is above", "#time 2h\nAB-1 totals", []string{"keyless 0 #time 2h AB-1"}},
		{"nor what is quoted", "AB-1 totals\n> #done\n#time 1h", []string{"2 AB-1 time 1h"}},
	})
}
