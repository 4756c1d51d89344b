package config

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// ShowOutside writes a configuration for strangers: all keys, each with the place
// where it was set. A value is shown where only words of the schema can stand, or where
// it is the default; elsewhere, where somebody may have written a secret, is "***" and
// at most of what form it is.
func ShowOutside(l Loaded) []byte {
	return align(showKeys(l, key.shownOutside, func(k key, l Loaded, indent string) []yamlLine {
		return []yamlLine{{text: indent + outsideCount(len(k.entries.all()))}}
	}))
}

func (k key) shownOutside() string {
	if k.outside == nil {
		return k.show()
	}
	return k.outside()
}

// outsideText shows of a text what anybody may know.
func outsideText(s, standard string) string {
	if s == standard || s == "" || strings.HasPrefix(s, "category:") {
		return quote(s)
	}
	for _, start := range []string{"http://", "https://", "socks5://", "socks5h://", "postgres://", "postgresql://", "/"} {
		if strings.HasPrefix(s, start) {
			return quote(start + hidden)
		}
	}
	return quote(hidden)
}

// outsideList shows the items that are standard ones, and how many others there are.
func outsideList(all, standard []string) string {
	shown := make([]string, len(all))
	for i, s := range all {
		if shown[i] = quote(s); !slices.Contains(standard, s) {
			shown[i] = outsideText(s, "")
		}
	}
	return "[" + strings.Join(shown, ", ") + "]"
}

// outsideCount says of a map how much is in it.
func outsideCount(n int) string {
	if n == 0 {
		return "{}"
	}
	return fmt.Sprintf("{%s: %d}", quote(hidden), n)
}

// Word is a text that is somebody's own, and the name of what it is.
type Word struct{ Text, Name string }

// leastWord is the length in bytes from which a word is worth hiding: to hide each "a"
// would hide nothing.
const leastWord = 6

// Words are all that somebody has written into the files of a configuration, and in the
// files of secrets that they name, however broken they are: what must be taken out of a
// text before a stranger sees it. Comments are not read, and no word of the schema.
func Words(s Source) []Word {
	w := &wording{keys: schema(&Config{}), public: publicWords()}
	layers, _ := s.layers() // of what cannot name a file nothing was read
	for _, l := range layers {
		data, ok, err := readLayer(l)
		if !ok || err != nil {
			continue
		}
		if root, bad := parse(data); bad != nil {
			w.broken(string(data))
		} else if root != nil {
			w.node("", root)
		}
	}
	return w.all
}

// wording collects the words of files.
type wording struct {
	keys   []key
	public map[string]bool
	all    []Word
}

func (w *wording) node(at string, n *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i].Value
			w.add(at, name)
			w.node(join(at, name), n.Content[i+1])
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			w.node(at, item)
		}
	case yaml.ScalarNode:
		w.add(at, n.Value)
		if strings.HasSuffix(at, "secret_file") {
			w.secret(n.Value)
		}
	}
}

// broken takes in a file that is no YAML, word by word.
func (w *wording) broken(text string) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(" "+line, " #")
		if m := regexp.MustCompile(`secret_file["']?\s*[:=](.*)`).FindStringSubmatch(line); m != nil {
			for _, file := range strings.FieldsFunc(m[1], func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`"',[]{}`, r) }) {
				w.secret(file)
			}
		} else if m := regexp.MustCompile(`^\s*-\s+["']?(/[^\s"',]+)`).FindStringSubmatch(line); m != nil {
			w.secret(m[1]) // perhaps one of a list
		}
		_, value, _ := strings.Cut(line, ":")
		w.add("", strings.Trim(value, " \t\r\n\"'"))
		for _, word := range strings.FieldsFunc(line, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`"',[]{}`, r) }) {
			w.add("", strings.TrimSuffix(word, ":"))
		}
	}
}

// secret takes in what a file holds, whoever else may read it.
func (w *wording) secret(file string) {
	if data, err := readFile(file, maxSecret); err == nil {
		for line := range strings.Lines(string(data)) {
			w.whole("secret", strings.TrimRight(line, "\r\n"))
		}
	}
}

// add takes in a text and the words that it is made of: an address is told of by its
// host alone, too.
func (w *wording) add(at, text string) {
	name := w.nameOf(at)
	w.whole(name, text)
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		w.whole(name, part)
	}
}

func (w *wording) whole(name, text string) {
	if len(text) < leastWord || w.public[strings.ToLower(text)] {
		return
	}
	forms := []string{text, strings.ToLower(text), strings.ToUpper(text), plain(text), url.QueryEscape(text), url.PathEscape(text)}
	if cut := brief(text); cut != text { // as it is quoted in a message
		forms = append(forms, strings.TrimSuffix(cut, "…"))
	}
	for _, form := range forms {
		if v := (Word{form, name}); len(form) >= leastWord && !w.public[strings.ToLower(form)] && !slices.Contains(w.all[max(0, len(w.all)-len(forms)):], v) {
			w.all = append(w.all, v)
		}
	}
}

// nameOf is the key of the schema that a place is in.
func (w *wording) nameOf(at string) string {
	best := ""
	for _, k := range w.keys {
		if !k.isSection() && within(at, k.name) && len(k.name) > len(best) {
			best = k.name
		}
	}
	return cmp.Or(best, "configuration")
}

// publicWords are those of the schema, and the names of programs.
func publicWords() map[string]bool {
	words := map[string]bool{}
	add := func(text string) {
		for _, part := range append(strings.Split(text, "."), text) {
			words[strings.ToLower(part)] = true
		}
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			words[strings.ToLower(word)] = true
		}
	}
	c := Default()
	rule := TransitionRule{}
	for _, k := range slices.Concat(schema(&c), ruleSchema(&rule), visibilitySchema(&Visibility{})) {
		add(k.name)
		add(k.allowed)
		if !k.isSection() {
			add(k.show())
		}
	}
	for _, s := range slices.Concat(c.Keywords.Closing, c.SmartCommits.Authors, c.Mentions.Branches, []string{
		c.Outbox.Dir, c.Jira.Development.APIURL, c.KeyPattern,
		"category:done", "category:indeterminate", "category:new", "localhost", "postgresql", "config.yaml", os.DevNull,
	}) {
		add(s)
	}
	return words
}
