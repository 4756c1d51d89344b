package wiki

import (
	"slices"
	"strings"
	"testing"

	"jirahook/internal/jiratest"
)

// FuzzEscape holds text made safe against a renderer of wiki markup: what a
// person reads is what was written, and nothing of it does anything but lead to
// a web address that is there to be read.
func FuzzEscape(f *testing.F) {
	for _, seed := range []string{
		"", "plain", "SHOP-12 {html}<script>{html} [~admin] !http://evil.test/p.png!", "*a* _b_ -c- +d+ ^e^ ~f~ ??g?? {{h}} {*}i{*}",
		"h1. x\nbq. y\n----\n* a\n# b\n- c\n|d|e|\n||f||", "{quote}a{quote}{noformat}{code}{panel:title=x}{color:red}z{color}",
		"[click|http://evil.test/] [^f.txt] [#a] [//x] [~bob]", "a -- b --- c --d", "f(x) (y) :) ;-) (!) (*) (flag)", "&#42; &lt; &nope; & x",
		`C:\new\{x} \\server\share a\\b \( \*`, "http://evil.test/!x! https://a.test/[x] https://a.test/(b)_ http://a.test/x*",
		"\"https://a.test/_b_ _c_\" 'http://x/~y~ '", "(see https://a.test/x). https://a.test/x: y", "ftp://a_b/*c* mailto:a_b_c@d.e file:///x_y_",
		"http:// http://* https://.", "if x:\n\treturn y\n    z  aligned\n\n\n  w", "_a_b_ *a*b* 2*3*4", "a?b ??c", "#1 x\n # y", "!a.png|width=300!",
		"\\~ \\[ {} {a}\\} }{ $ {$x}", "a|b", "x!y!z", "\u202eabc\u2066d\u2069", "über_größe *ß*", "\u00a0* x", "https://a.test/x^y\\z'w",
		"http://a.test/a\\", "https://a.test/%7e~a~b", "\\\\*a*\\\\", ";)", ":-)", "(off)x", "-\n-", "---- x", "a\\\nb",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, written string) {
		read := jiratest.Rendered("x\n" + Escape(written))
		if got, want := legible(read.Text), legible("x\n"+Clean(written)); got != want {
			t.Errorf("written %q\nmarkup  %q\nread    %q\nwant    %q", written, Escape(written), got, want)
		}
		harmless(t, read, written)
		inLink := jiratest.Rendered(Linked(written, "https://git.example.com/x"))
		want := legible(linkMarks.Replace(Cut(OneLine(written), maxName)))
		if got := legible(inLink.Text); got != want {
			t.Errorf("written %q\nlink    %q\nread    %q\nwant    %q", written, Linked(written, "https://git.example.com/x"), got, want)
		}
		if want != "" && !slices.Equal(inLink.Links, []string{"https://git.example.com/x"}) {
			t.Errorf("%q leads to %q", Linked(written, "https://git.example.com/x"), inLink.Links)
		}
		harmless(t, inLink, written)
		name := jiratest.Rendered(Bold(written))
		if got, want := legible(name.Text), legible(OneLine(written)); got != want && want != "" {
			t.Errorf("written %q\nbold    %q\nread    %q\nwant    %q", written, Bold(written), got, want)
		}
		harmless(t, name, written)
	})
}

// legible is a text as it is compared: without what has no width, with one kind
// of blank, without empty lines and blanks at the ends of lines, and with those
// characters of addresses that are escaped there.
func legible(text string) string {
	text = strings.NewReplacer(joiner, "", "\u00A0", " ", "%5C", "\\", "%5E", "^", "%2A", "*", "%27", "'", "%7E", "~", "%28", "(", "%29", ")", "%21", "!").Replace(text)
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimRight(line, " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func harmless(t *testing.T, read jiratest.Rendering, written string) {
	t.Helper()
	if len(read.Mentions)+len(read.Images)+len(read.Macros) > 0 {
		t.Errorf("%q mentions %q, embeds %q, runs %q", written, read.Mentions, read.Images, read.Macros)
	}
	for _, l := range read.Links {
		if !strings.HasPrefix(l, "https://") && !strings.HasPrefix(l, "http://") {
			t.Errorf("%q leads to %q", written, l)
		}
	}
}

// TestAddressesInText: where a web address ends is what a reader clicks on.
func TestAddressesInText(t *testing.T) {
	for written, want := range map[string][]string{
		"see https://a.test/x_, https://a.test/y* and https://a.test/z~.":  {"https://a.test/x_", "https://a.test/y%2A", "https://a.test/z%7E"},
		"(https://en.wikipedia.org/wiki/Cart_(shop)) or https://a.test/b)": {"https://en.wikipedia.org/wiki/Cart_%28shop%29", "https://a.test/b"},
		"*https://a.test/bold* _https://a.test/em_":                        {"https://a.test/bold", "https://a.test/em"},
		`"https://a.test/q" 'https://a.test/r'`:                            {"https://a.test/q", "https://a.test/r"},
		"[text](https://a.test/md)[https://a.test/wiki]|https://a.test/c|": {"https://a.test/md", "https://a.test/wiki", "https://a.test/c"},
		"!https://a.test/p.png! https://a.test/#!bang!":                    {"https://a.test/p.png", "https://a.test/#%21bang"},
		"https://a.test/a: https://a.test/b\\c https://a.test/a-":          {"https://a.test/a", "https://a.test/b", "https://a.test/a-"},
		"ftp://a.test/ mailto:a@b.test file:///etc irc://a xhttp://a":      nil,
		"http:// https://. https://*":                                      {"https://%2A"},
	} {
		if got := jiratest.Rendered(Escape(written)).Links; !slices.Equal(got, want) {
			t.Errorf("%q becomes %q\n got %q\nwant %q", written, Escape(written), got, want)
		}
	}
}

// TestIndentation: HTML folds blanks, and a reader of code needs them.
func TestIndentation(t *testing.T) {
	written := "if x:\n    if y:\n\treturn  1\n  \n - a\n   * b"
	want := "if x:\n\u00A0\u00A0\u00A0\u00A0if y:\n\u00A0\u00A0\u00A0\u00A0return\u00A0 1\n\n\u00A0\\- a\n\u00A0\u00A0\u00A0\\* b"
	if got := Escape(written); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestDirections: marks of Unicode's bidirectional algorithm (UAX 9) show a
// reader something else than what stands there.
func TestDirections(t *testing.T) {
	for _, r := range "\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069" {
		if got := OneLine("a" + string(r) + "b"); got != "ab" {
			t.Errorf("%U stays: %q", r, got)
		}
	}
}
