package jiratest

import (
	"html"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// escapable are the characters that a backslash takes the meaning from
// (BackslashEscapeRendererComponent).
const escapable = `-#*_+?^~|%{}[]()!@`

// phrases are the marks around a part of a line, and what they make of it
// (PhraseRendererComponent).
var phrases = []struct{ open, close, tag string }{
	{"{{", "}}", "code"}, {"??", "??", "cite"}, {"*", "*", "strong"}, {"_", "_", "em"}, {"-", "-", "del"},
	{"+", "+", "ins"}, {"^", "^", "sup"}, {"~", "~", "sub"},
}

// emoticons are signs that become pictures.
var emoticons = []struct{ sign, symbol string }{
	{"(flagoff)", "🏳"}, {"(flag)", "🚩"}, {"(off)", "🌑"}, {"(on)", "💡"}, {"(*r)", "★"}, {"(*g)", "★"}, {"(*b)", "★"}, {"(*y)", "★"},
	{"(*)", "★"}, {"(y)", "👍"}, {"(n)", "👎"}, {"(i)", "ℹ"}, {"(/)", "✅"}, {"(x)", "❌"}, {"(!)", "⚠"}, {"(+)", "➕"}, {"(-)", "➖"}, {"(?)", "❓"},
	{":-)", "🙂"}, {":)", "🙂"}, {":-(", "🙁"}, {":(", "🙁"}, {":P", "😛"}, {":D", "😀"}, {";-)", "😉"}, {";)", "😉"},
}

// protocols begin addresses that can be clicked.
var protocols = []string{"https://", "http://", "ftp://", "ftps://", "mailto:", "nntp://", "news://", "irc://", "file:"}

var (
	bareURL = lazily(`^[-_.!~*';/?:@#&=%+$,A-Za-z0-9\[\]()\\]+`)
	entity  = lazily(`^&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});`)
)

// inline renders what is inside a block.
func (r *renderer) inline(out *writing, text string) {
	for i := 0; i < len(text); {
		n := r.special(out, text, i)
		if n == 0 {
			_, n = utf8.DecodeRuneInString(text[i:])
			out.put(text[i : i+n])
		}
		i += n
	}
}

// special renders the markup at i, and gives its length; 0: there is none.
func (r *renderer) special(out *writing, text string, i int) int {
	switch text[i] {
	case '\n':
		out.tag("<br/>")
		out.text.WriteByte('\n')
		return 1
	case '\\':
		return escape(out, text, i)
	case '&':
		return character(out, text[i:])
	case '[':
		return r.link(out, text, i)
	case '!':
		if n := r.image(out, text, i); n > 0 {
			return n
		}
	}
	if strings.HasPrefix(text[i:], string(tokenStart)) {
		return r.outputAt(out, text[i:])
	}
	if n := emoticon(out, text, i); n > 0 {
		return n
	}
	if n := r.address(out, text, i); n > 0 {
		return n
	}
	if n := dash(out, text, i); n > 0 {
		return n
	}
	return r.phrase(out, text, i)
}

// escape handles a backslash: before a character that could be markup, before a
// sign, two of them for a new line; else it is a backslash.
func escape(out *writing, text string, i int) int {
	if i > 0 && text[i-1] == '\\' {
		return 0
	}
	rest := text[i+1:]
	if rest != "" && strings.IndexByte(escapable, rest[0]) >= 0 {
		out.put(rest[:1])
		return 2
	}
	for _, e := range emoticons {
		if strings.HasPrefix(rest, e.sign) {
			out.put(e.sign)
			return 1 + len(e.sign)
		}
	}
	if strings.HasPrefix(rest, `\`) {
		// As in \\server\share, a further backslash in the same word makes it none.
		if n := strings.IndexAny(rest[1:], "\\ \t\n"); n < 0 || rest[1:][n] != '\\' {
			out.tag("<br/>")
			out.text.WriteByte('\n')
			return 2
		}
	}
	return 0
}

// character shows an HTML entity, which Jira lets through, as what it means.
func character(out *writing, text string) int {
	m := entity().FindString(text)
	if m == "" || html.UnescapeString(m) == m {
		return 0
	}
	out.put(clean(html.UnescapeString(m)))
	return len(m)
}

func (r *renderer) outputAt(out *writing, text string) int {
	end := strings.IndexRune(text, tokenEnd)
	if end < 0 {
		return 0
	}
	end += len(string(tokenEnd))
	if o := r.output(text[:end]); o != nil {
		if o.block {
			out.newline()
		}
		out.tag(o.html)
		out.text.WriteString(o.text)
	}
	return end
}

// wordBefore and wordAfter tell whether a letter or digit touches a place.
func wordBefore(text string, i int) bool {
	c, _ := utf8.DecodeLastRuneInString(text[:i])
	return i > 0 && (unicode.IsLetter(c) || unicode.IsDigit(c))
}

func wordAfter(text string, i int) bool {
	c, _ := utf8.DecodeRuneInString(text[i:])
	return i < len(text) && (unicode.IsLetter(c) || unicode.IsDigit(c))
}

// phrase renders marked text: the mark touches a word only on its inner side, and
// the text holds neither the mark nor a line end. {*}text{*} works inside words.
func (r *renderer) phrase(out *writing, text string, i int) int {
	for _, p := range phrases {
		open, closing := p.open, p.close
		braced := false
		if strings.HasPrefix(text[i:], "{"+open+"}") {
			open, braced = "{"+open+"}", true
		}
		if !strings.HasPrefix(text[i:], open) || !braced && (wordBefore(text, i) || i > 0 && text[i-1] == '\\') {
			continue
		}
		from := i + len(open)
		to := nextMark(text, from, closing)
		if to <= from || blankAt(text, from) || blankBefore(text, to) {
			continue
		}
		end := to + len(closing)
		if strings.HasSuffix(text[:to], "{") && strings.HasPrefix(text[end:], "}") {
			to, end = to-1, end+1
		} else if wordAfter(text, end) {
			continue
		}
		if to <= from {
			continue
		}
		out.tag("<" + p.tag + ">")
		r.inline(out, text[from:to])
		out.tag("</" + p.tag + ">")
		return end - i
	}
	return 0
}

// nextMark finds the next mark in a line that is not escaped; -1: there is none.
// Another "{{" ends the search for "}}", so that it stays short.
func nextMark(text string, from int, mark string) int {
	for j := from; j < len(text) && text[j] != '\n'; j++ {
		if text[j] == '\\' {
			j++
		} else if strings.HasPrefix(text[j:], mark) {
			return j
		} else if mark == "}}" && strings.HasPrefix(text[j:], "{{") {
			return -1
		}
	}
	return -1
}

func blankAt(text string, i int) bool {
	c, _ := utf8.DecodeRuneInString(text[i:])
	return unicode.IsSpace(c)
}

func blankBefore(text string, i int) bool {
	c, _ := utf8.DecodeLastRuneInString(text[:i])
	return unicode.IsSpace(c)
}

// emoticon renders a sign; it may stand anywhere, but no word may follow.
func emoticon(out *writing, text string, i int) int {
	if strings.IndexByte("(:;", text[i]) < 0 {
		return 0
	}
	for _, e := range emoticons {
		if strings.HasPrefix(text[i:], e.sign) && !wordAfter(text, i+len(e.sign)) {
			out.tag(`<span class="sign">`)
			out.put(e.symbol)
			out.tag(`</span>`)
			return len(e.sign)
		}
	}
	return 0
}

// dash renders -- and --- between blanks.
func dash(out *writing, text string, i int) int {
	n := len(text[i:min(len(text), i+4)]) - len(strings.TrimLeft(text[i:min(len(text), i+4)], "-"))
	if n != 2 && n != 3 || i > 0 && !blankBefore(text, i) || i+n < len(text) && !blankAt(text, i+n) {
		return 0
	}
	out.put([]string{"–", "—"}[n-2])
	return n
}

// image embeds !address! or !attachment|size!; Jira wants at least five
// characters.
func (r *renderer) image(out *writing, text string, i int) int {
	to := nextMark(text, i+1, "!")
	if wordBefore(text, i) || to < i+6 || blankAt(text, i+1) || blankBefore(text, to) || wordAfter(text, to+1) || text[i+1] == ')' {
		return 0
	}
	name := withoutTokens(text[i+1 : to])
	r.images = append(r.images, name)
	out.tag(`<span class="image">`)
	out.put("[image: " + name + "]")
	out.tag(`</span>`)
	return to + 1 - i
}

// link renders [address], [text|address], [text|address|tip], [^attachment],
// [#anchor] and [~user]. Other brackets are text.
func (r *renderer) link(out *writing, text string, i int) int {
	to := i + 1
	for to < len(text) && strings.IndexByte("[]\n", text[to]) < 0 {
		if text[to] == '\\' {
			to++
		}
		to++
	}
	if to >= len(text) || text[to] != ']' || to == i+1 || blankAt(text, i+1) {
		return 0
	}
	parts := strings.Split(text[i+1:to], "|")
	target, shown := strings.TrimSpace(parts[0]), parts[0]
	if len(parts) > 1 {
		target = strings.TrimSpace(parts[1])
	}
	target = withoutTokens(target)
	switch {
	case strings.HasPrefix(target, "~") && len(target) > 1:
		out.tag(`<span class="user">`)
		out.put("@" + target[1:])
		out.tag(`</span>`)
		return to + 1 - i
	case hasProtocol(target), strings.HasPrefix(target, "^"), strings.HasPrefix(target, "#"), strings.HasPrefix(target, "//"):
	default:
		return 0
	}
	r.anchor(out, target, func() {
		if len(parts) > 1 {
			r.inline(out, withoutLinks(shown))
		} else {
			out.put(target)
		}
	})
	return to + 1 - i
}

func hasProtocol(target string) bool {
	for _, p := range protocols {
		if len(target) > len(p) && strings.EqualFold(target[:len(p)], p) {
			return true
		}
	}
	return false
}

// anchor writes a link; an address that does not parse leads nowhere.
func (r *renderer) anchor(out *writing, target string, inner func()) {
	r.links = append(r.links, target)
	href := "#"
	if _, err := url.Parse(target); err == nil {
		href = target
	}
	out.tag(`<a rel="nofollow" href="` + html.EscapeString(href) + `">`)
	inner()
	out.tag(`</a>`)
}

// withoutLinks keeps the text of a link from holding another.
func withoutLinks(text string) string {
	for _, p := range protocols {
		text = strings.ReplaceAll(text, p, strings.Replace(p, ":", "&#58;", 1))
	}
	return text
}

// withoutTokens drops the outputs of macros where only text can stand.
func withoutTokens(text string) string {
	for {
		from, to := strings.IndexRune(text, tokenStart), strings.IndexRune(text, tokenEnd)
		if from < 0 || to < from {
			return text
		}
		text = text[:from] + text[to+len(string(tokenEnd)):]
	}
}

// address renders an address that stands by itself (UrlRendererComponent).
func (r *renderer) address(out *writing, text string, i int) int {
	if wordBefore(text, i) || i > 0 && strings.IndexByte("\"[|'!", text[i-1]) >= 0 {
		return 0
	}
	for _, p := range protocols {
		if !strings.HasPrefix(text[i:], p) {
			continue
		}
		target := strings.TrimRight(bareURL().FindString(text[i:]), ".,>)];}\"'!")
		if len(target) <= len(p) {
			return 0
		}
		r.anchor(out, target, func() { out.put(target) })
		return len(target)
	}
	return 0
}
