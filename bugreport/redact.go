package bugreport

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"jirahook/config"
)

// redactor takes out of a text what no stranger is to read: words that are known, and
// what has the form of a secret. It is right rather to take out too much.
type redactor struct {
	words *strings.Replacer
	all   []config.Word
}

// newRedactor knows words; of each secret also the forms in which HTTP sends it, with
// any of the user names.
func newRedactor(words []config.Word) redactor {
	var users []string
	for _, w := range words {
		if w.Name == "jira.auth.username" {
			users = append(users, w.Text)
		}
	}
	users = append(users, "jirahook") // which is public, and so not among them
	all := slices.Clone(words)
	for _, w := range words {
		if w.Name != "secret" {
			continue
		}
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
			all = append(all, config.Word{Text: encoding.EncodeToString([]byte(w.Text)), Name: w.Name})
			for _, user := range users {
				all = append(all, config.Word{Text: encoding.EncodeToString([]byte(user + ":" + w.Text)), Name: w.Name})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b config.Word) int { return len(b.Text) - len(a.Text) }) // the longest that fits
	pairs := make([]string, 0, 2*len(all))
	for _, w := range all {
		pairs = append(pairs, w.Text, "<"+w.Name+">")
	}
	return redactor{strings.NewReplacer(pairs...), all}
}

func (r redactor) clean(text string) string {
	text = r.withoutCut(text)
	for _, form := range []struct{ pattern, with string }{
		{`(?i)((?:[a-z-]*authorization|cookie|[a-z-]*token|[a-z-]*secret|[a-z_-]*password|passwd|pwd|api[-_]?key)["']?\s*[=:]\s*["'\\]*(?:(?:bearer|basic|token|digest)\s+)?)[^\s"'&;,<]+`, "$1***"},
		{`(?i)\b(bearer|basic)\s+[a-z0-9+/=._~-]{16,}`, "$1 ***"},
		{`://[^\s/@"'<>]+@`, "://***@"},
		{`\b(?:ATATT3|ATCTT3|glpat-|gh[a-z]_|github_pat_|xox[a-z]-|eyJ)[\w.=-]{6,}`, "***"},
		{`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`, "<e-mail>"},
	} {
		text = regexp.MustCompile(form.pattern).ReplaceAllString(text, form.with)
	}
	text = r.words.Replace(text) // then: a word may be one that such a form begins with
	return regexp.MustCompile(`[A-Za-z0-9+_.=-]{24,}`).ReplaceAllStringFunc(text, func(s string) string {
		if strings.ContainsAny(s, "abcdefghijklmnopqrstuvwxyz") && strings.ContainsAny(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && strings.ContainsAny(s, "0123456789") {
			return "***" // as random as a token is
		}
		return s
	})
}

// withoutCut takes out the beginnings of known words that were cut off in a message,
// which "…" tells.
func (r redactor) withoutCut(text string) string {
	const least = 4
	parts := strings.Split(text, "…")
	for i, part := range parts[:len(parts)-1] {
		cut, name := 0, ""
		for _, w := range r.all {
			for n := min(len(w.Text)-1, len(part)); n >= max(least, cut+1); n-- {
				if part[len(part)-n:] == w.Text[:n] {
					cut, name = n, w.Name
				}
			}
		}
		if cut > 0 {
			parts[i] = part[:len(part)-cut] + "<" + name + ">"
		}
	}
	return strings.Join(parts, "…")
}

// environmentWords are the values of variables, which are nobody's business, but for
// those that say nothing about anybody.
func environmentWords(environ []string) []config.Word {
	const least = 6
	said := []string{"PATH", "PWD", "OLDPWD", "SHELL", "TERM", "TZ", "LANG", "LANGUAGE", "LOGNAME", "USER", "HOME", "MAIL", "_"}
	var words []config.Word
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		if slices.Contains(said, name) || strings.HasPrefix(name, "LC_") {
			continue
		}
		add := func(text string) {
			if len(text) >= least && !slices.Contains([]string{"jirahook", "sqlite", "localhost", "noninteractive"}, text) {
				words = append(words, config.Word{Text: text, Name: "$" + name})
			}
		}
		for line := range strings.Lines(value) {
			add(strings.TrimRight(line, "\r\n"))
		}
		if u, err := url.Parse(value); err == nil && u.Host != "" {
			add(u.User.Username())
			password, _ := u.User.Password()
			add(password)
			add(u.Hostname())
		}
	}
	return words
}

// messageWords are what people have written into their commits: each three words that
// follow each other, so that a piece of it is found, too.
func messageWords(texts ...string) []config.Word {
	const least, together = 6, 3
	var words []config.Word
	for _, text := range texts {
		for line := range strings.Lines(text) {
			parts := strings.Fields(line)
			for i := range parts {
				if piece := strings.Join(parts[i:min(i+together, len(parts))], " "); len(piece) >= least && (i+together <= len(parts) || i == 0) {
					words = append(words, config.Word{Text: piece, Name: "message"})
				}
			}
		}
	}
	return words
}

// withoutQuotes takes out of words for people what they quote of a message: that stands
// in quotes, or is a command.
func withoutQuotes(s string) string {
	s = regexp.MustCompile("\"[^\"]*\"|“[^”]*”|`[^`]*`|(^|\\s)'[^']*'").ReplaceAllString(s, "$1\"…\"")
	return regexp.MustCompile(`#[^\s:→]+`).ReplaceAllString(s, "#…")
}
