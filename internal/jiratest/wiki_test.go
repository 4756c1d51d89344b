package jiratest

import (
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestRendered(t *testing.T) {
	for _, tt := range []struct {
		name, body, html, text string
	}{
		{"plain", "a b", "<p>a b</p>", "a b"},
		{"html is text", "<b>&\"'", "<p>&lt;b&gt;&amp;&#34;&#39;</p>", `<b>&"'`},
		{"bold", "a *b c* d", "<p>a <strong>b c</strong> d</p>", "a b c d"},
		{"bold is not inside words", "2*3*4 a*b*", "<p>2*3*4 a*b*</p>", "2*3*4 a*b*"},
		{"bold inside words with braces", "a{*}b{*}c", "<p>a<strong>b</strong>c</p>", "abc"},
		{"bold needs its end", "*a", "<p>*a</p>", "*a"},
		{"bold ends in its line", "*a\nb*", "<p>*a<br/>b*</p>", "*a\nb*"},
		{"no blank inside", "* a* and *b *", "<ul><li>a* and *b *</li></ul>", "• a* and *b *"},
		{"snake case", "snake_case_name", "<p>snake_case_name</p>", "snake_case_name"},
		{"nested", "*a _b_ c*", "<p><strong>a <em>b</em> c</strong></p>", "a b c"},
		{"others", "_e_ -d- +i+ ^u^ ~l~ ??c?? {{m}}", "<p><em>e</em> <del>d</del> <ins>i</ins> <sup>u</sup> <sub>l</sub> <cite>c</cite> <code>m</code></p>", "e d i u l c m"},
		{"escaped", `\*a\* \{noformat} \[x|http://a.b] \!x.png\! \_a\_`, "<p>*a* {noformat} [x|http://a.b] !x.png! _a_</p>", "*a* {noformat} [x|http://a.b] !x.png! _a_"},
		{"backslash alone", `C:\temp`, `<p>C:\temp</p>`, `C:\temp`},
		{"two backslashes", `a\\b`, `<p>a<br/>b</p>`, "a\nb"},
		{"share", `\\server\share`, `<p>\\server\share</p>`, `\\server\share`},
		{"entity", "&#42;a&#42; &lt; &nope; & x", "<p>*a* &lt; &amp;nope; &amp; x</p>", "*a* < &nope; & x"},
		{"signs", "(x) f(x) (x)y (!) :) ;-)", `<p><span class="sign">❌</span> f<span class="sign">❌</span> (x)y <span class="sign">⚠</span> <span class="sign">🙂</span> <span class="sign">😉</span></p>`, "❌ f❌ (x)y ⚠ 🙂 😉"},
		{"signs escaped", `\(x) \:)`, "<p>(x) :)</p>", "(x) :)"},
		{"dashes", "a -- b --- c --d", "<p>a – b — c --d</p>", "a – b — c --d"},
		{"heading", "h2. Title *b*", "<h2>Title <strong>b</strong></h2>", "Title b"},
		{"quotation", "bq. said", "<blockquote>said</blockquote>", "said"},
		{"ruler", "a\n----\nb", "<p>a</p><hr/><p>b</p>", "a\n\nb"},
		{"list", "* a\n** b\n* c\n# d", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul><ol><li>d</li></ol>", "• a\n  • b\n• c\n• d"},
		{"list goes on", "- a\nb", "<ul><li>a<br/>b</li></ul>", "• a\nb"},
		{"table", "||h||i||\n|a|b \\| c|", "<table><tr><th>h</th><th>i</th></tr><tr><td>a</td><td>b | c</td></tr></table>", "h\ti\na\tb | c"},
		{"link", "[Text|https://a.test/x?y=1]", `<p><a rel="nofollow" href="https://a.test/x?y=1">Text</a></p>`, "Text"},
		{"link bare", "see https://a.test/x.", `<p>see <a rel="nofollow" href="https://a.test/x">https://a.test/x</a>.</p>`, "see https://a.test/x."},
		{"link in brackets", "[https://a.test]", `<p><a rel="nofollow" href="https://a.test">https://a.test</a></p>`, "https://a.test"},
		{"no link", "[x] a[0] [javascript:alert(1)]", "<p>[x] a[0] [javascript:alert(1)]</p>", "[x] a[0] [javascript:alert(1)]"},
		{"user", "[~bob] did", `<p><span class="user">@bob</span> did</p>`, "@bob did"},
		{"image", "!http://a.test/p.png!", `<p><span class="image">[image: http://a.test/p.png]</span></p>`, "[image: http://a.test/p.png]"},
		{"no image", "wow!!! no! yes!", "<p>wow!!! no! yes!</p>", "wow!!! no! yes!"},
		{"noformat", "a\n{noformat}\n*b* {code}\n{noformat}\nc", `<p>a</p><pre class="box">*b* {code}</pre><p>c</p>`, "a\n\n*b* {code}\nc"},
		{"code", "{code:go}x{code} y", `<pre class="box">x</pre><p> y</p>`, "x\n y"},
		{"quote", "{quote}a *b*{quote}", `<blockquote><p>a <strong>b</strong></p></blockquote>`, "a b"},
		{"panel", "{panel:title=T}a{panel}", `<div class="panel"><b>T</b><p>a</p></div>`, "T\na"},
		{"colour", "{color:red}a{color} b", `<p><span class="colour">a</span> b</p>`, "a b"},
		{"unknown macro", "{html}<script>{html}", `<div class="error">Unknown macro: {html}
<p>&lt;script&gt;</p></div>`, "Unknown macro: {html}\n<script>"},
		{"a dollar before a brace does not help", "${x} {} { } {$y} a{b", "<p>$</p><div class=\"error\">Unknown macro: {x}\n</div><p> {} { } {$y} a{b</p>", "$\n\nUnknown macro: {x}\n {} { } {$y} a{b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Rendered(tt.body)
			if got.HTML != tt.html {
				t.Errorf("HTML\n got %s\nwant %s", got.HTML, tt.html)
			}
			if got.Text != tt.text {
				t.Errorf("text\n got %q\nwant %q", got.Text, tt.text)
			}
		})
	}
}

func TestRenderedRecords(t *testing.T) {
	got := Rendered("{noformat}[~bob]{noformat} !a.png|width=300! \\[~eve] {html}x{html} [^f.txt] https://a.test/ {code}y{code}")
	want := []any{
		[]string{"bob", "eve"}, []string{"a.png|width=300"}, []string{"noformat", "html", "code"}, []string{"^f.txt", "https://a.test/"},
	}
	if have := []any{got.Mentions, got.Images, got.Macros, got.Links}; !reflect.DeepEqual(have, want) {
		t.Errorf("got %q, want %q", have, want)
	}
}

// Texts on which a careless reader takes time by the square of the length, or a
// stack as deep: such a reader would not come to an end here.
func TestRenderedLargeTexts(t *testing.T) {
	for _, unit := range []string{
		"[", "{", "*a ", "{{a", "{a}", "{a}{b}", "{\n", "{$\n", "{ :\n", "!a", "\\", "http://)", "&", "|[", "{code:x}", "* a\n", "{*}", "[a|", "}", "{a:", "_*-+^~", "[~",
	} {
		checkHTML(t, Rendered(strings.Repeat(unit, 50000/len(unit))))
	}
}

func FuzzRendered(f *testing.F) {
	for _, seed := range []string{
		"", "*a _b_*", "{noformat}x{noformat}", "{a}{b}x{b}{a}", "[x|http://a\"b]", "|a||b|\n* c\n** d\n# e", "h1. x {code}y{code} z",
		"{color:red}*a*\n{quote}b{quote}{color}", "\\\\ \\{ \\[~a] &#0; &#x41; &lt;", "!a.png! (x) :) -- http://a.b/)", "\x00\uFDD0\x30\uFDD1", "{*}a{*} {{b}}",
		"[{html}|http://a/{html}]", "* {code}\na\n{code}", "||{panel}x{panel}|", "{{{a}}}", "[a{b}|https://x]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		checkHTML(t, Rendered(body))
	})
}

// checkHTML holds HTML against what we mean to write: well-formed, known
// elements only, no attribute that could do anything, and with the same words as
// the text.
func checkHTML(t *testing.T, r Rendering) {
	t.Helper()
	known := strings.Fields("x p br hr h1 h2 h3 h4 h5 h6 ul ol li table tr td th strong em del ins sup sub cite code pre blockquote div span a b")
	d := xml.NewDecoder(strings.NewReader("<x>" + r.HTML + "</x>"))
	var words strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, r.HTML)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if !slices.Contains(known, token.Name.Local) {
				t.Fatalf("element %s", token.Name.Local)
			}
			for _, a := range token.Attr {
				ok := a.Name.Local == "class" || a.Name.Local == "rel" ||
					a.Name.Local == "href" && (hasProtocol(a.Value) || strings.IndexAny(a.Value, "#^/") == 0)
				if !ok {
					t.Fatalf("attribute %s=%q", a.Name.Local, a.Value)
				}
			}
		case xml.CharData:
			words.Write(token)
		case xml.Comment, xml.ProcInst, xml.Directive:
			t.Fatalf("%T", token)
		}
	}
	squeeze := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, "•", "")), "") }
	if have, want := squeeze(words.String()), squeeze(r.Text); have != want {
		t.Fatalf("the words differ:\nHTML %q\ntext %q", have, want)
	}
}
