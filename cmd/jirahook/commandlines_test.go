package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Each command line of ours that a page or a help text shows is one that this
// program takes: its command is there, its flags parse, and the rest are as many
// words as it wants.
func TestShownCommands(t *testing.T) {
	seen := 0
	try := func(where, line string, more ...string) {
		for _, command := range shellCommands(line) {
			words, ok := ours(command)
			if !ok {
				continue
			}
			seen++
			err := takes(t, words)
			for _, word := range more {
				if err != nil && takes(t, append(words, word)) == nil {
					err = nil
				}
			}
			if err != nil {
				t.Errorf("%s: %s: %v", where, line, err)
			}
		}
	}
	for name, p := range readPages(t) {
		for _, block := range p.blocks {
			for _, line := range commandLines(block) {
				try(name, line)
			}
		}
		for _, span := range p.spans {
			first, _, more := strings.Cut(span, " ")
			if more && (first == "jirahook" || isCommand(first)) { // a sentence may name a command or flag without its word
				try(name, "jirahook "+strings.TrimPrefix(span, "jirahook "), "WORD")
			}
		}
	}
	if seen < 50 {
		t.Errorf("no more than %d command lines were found on the pages", seen)
	}
	walk(rootForTests(), func(c *cobra.Command) {
		if c.Name() == "completion" || c.HasParent() && c.Parent().Name() == "completion" {
			return // cobra's own words
		}
		for line := range strings.Lines(c.Example) {
			before := seen
			try(c.CommandPath()+" --help", strings.TrimSpace(line))
			if seen == before {
				t.Errorf("%s --help: an example without a command of ours: %s", c.CommandPath(), line)
			}
		}
		for line := range strings.Lines(c.Long) {
			if strings.HasPrefix(line, "  ") {
				try(c.CommandPath()+" --help", line)
			} else if _, after, ok := strings.Cut(line, ": "); ok { // Set it up:     jirahook config init
				if after = strings.TrimSpace(after); strings.HasPrefix(after, "jirahook ") {
					try(c.CommandPath()+" --help", after)
				}
			}
		}
	})
}

// The page for operators names every command.
func TestOperationNamesCommands(t *testing.T) {
	operation := strings.Join(readPages(t)["docs/operation.md"].spans, "\n") + "\n"
	for _, c := range rootForTests().Commands() {
		if !c.Hidden && c.Name() != "help" && !regexp.MustCompile(`(?m)^`+c.Name()+`( .*)?$`).MatchString(operation) {
			t.Errorf("docs/operation.md does not say what %s is for", c.Name())
		}
		if c.Name() != "completion" {
			for _, sub := range c.Commands() {
				if !regexp.MustCompile(`(?m)^` + c.Name() + ` \S*\b` + sub.Name() + `\b`).MatchString(operation) {
					t.Errorf("docs/operation.md does not name %s", sub.CommandPath())
				}
			}
		}
	}
}

// What a mistake looks like to TestShownCommands.
func TestShownCommandsFindsMistakes(t *testing.T) {
	for line, want := range map[string]bool{
		"jirahook deliver --json | jq .waiting":                                 true,
		"su -s /bin/sh git -c 'jirahook doctor --as-hook --all-under /srv/git'": true,
		"jirahook queue retry $(jirahook queue list --state dead --json)":       true,
		"./install.sh --user git -- --server gitlab":                            true,
		`*/5 * * * * git jirahook deliver >/dev/null   # in /etc/cron.d`:        true,
		"jirahook delivre":                                          false,
		"jirahook queue lst":                                        false,
		"jirahook deliver --jsno":                                   false,
		"jirahook queue list --older yesterday":                     false,
		"jirahook queue show":                                       false,
		"jirahook worker now":                                       false,
		"su -s /bin/sh git -c 'jirahook doctor --as-hok'":           false,
		"jirahook queue retry $(jirahook queue list --stat dead)":   false,
		"./install.sh --usr git":                                    false,
		"./install.sh --user git -- --sever gitlab":                 false,
		"echo x | jirahook explain --jsn":                           false,
		"FOO=1 /usr/local/bin/jirahook --config x config init --al": false,
	} {
		found, good := 0, true
		for _, command := range shellCommands(line) {
			if words, ok := ours(command); ok {
				found++
				good = good && takes(t, words) == nil
			}
		}
		if found == 0 || good != want {
			t.Errorf("%s: %d commands, good: %v", line, found, good)
		}
	}
}

// What the program prints names commands and flags that are there. A sentence goes
// on behind a command, so that only the flags in it are looked at, and the words
// behind one that is only a name for others.
func TestAdvisedCommands(t *testing.T) {
	command := regexp.MustCompile(`\bjirahook((?: [a-z][a-z-]*| --?[a-z][a-z-]*| [A-Z]+\b)+)`)
	seen := 0
	for _, dir := range []string{"cmd/jirahook", "doctor", "bugreport", "relay", "hooks", "install", "outbox", "outbox/spool", "outbox/store", "jira", "plan", "config"} {
		files, err := filepath.Glob(filepath.Join(project, dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, text := range literals(t, file) {
				for _, m := range command.FindAllStringSubmatch(text, -1) {
					words := strings.Fields(m[1])
					if !isCommand(words[0]) {
						continue // jirahook is, jirahook has
					}
					seen++
					if err := names(words); err != nil {
						t.Errorf("%s: jirahook%s: %v", file, m[1], err)
					}
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("no more than %d commands were found", seen)
	}
	for _, words := range [][]string{{"queue", "lst"}, {"deliver", "now", "--jsno"}} {
		if names(words) == nil {
			t.Errorf("nothing is wrong with %v", words)
		}
	}
}

// literals are the texts in a source file; those that are added up are one.
func literals(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				all = append(all, s)
			}
		}
		return true
	})
	return all
}

func names(words []string) error {
	cmd, rest, err := rootForTests().Find(withoutFlags(words))
	if err != nil {
		return err
	}
	if len(rest) > 0 && cmd.HasSubCommands() {
		return fmt.Errorf("there is no %s %s", cmd.CommandPath(), rest[0])
	}
	for _, word := range words {
		name := strings.TrimLeft(word, "-")
		if strings.HasPrefix(word, "--") && cmd.Flag(name) == nil && cmd.InheritedFlags().Lookup(name) == nil {
			return fmt.Errorf("there is no flag %s", word)
		}
	}
	return nil
}

func withoutFlags(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.HasPrefix(w, "-") })
}

func rootForTests() *cobra.Command {
	p := process{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
	return p.rootCommand()
}

func walk(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		walk(sub, visit)
	}
}

func isCommand(name string) bool {
	return slices.ContainsFunc(rootForTests().Commands(), func(c *cobra.Command) bool { return c.Name() == name })
}

// commandLines are the lines of a block that people type: those behind "$ ", else
// all; a line that ends with \ goes on in the next.
func commandLines(block string) []string {
	block = strings.ReplaceAll(block, "\\\n", " ")
	var all, prompted []string
	for line := range strings.Lines(block) {
		line = strings.TrimSpace(line)
		all = append(all, line)
		for _, prompt := range []string{"$ ", "# "} {
			if after, ok := strings.CutPrefix(line, prompt); ok {
				prompted = append(prompted, after)
			}
		}
	}
	if len(prompted) > 0 {
		return prompted
	}
	return all
}

// shellCommands splits a line as a shell does, into the commands that it runs and
// their words; those in $(…) and in a word for sh -c come with them. Of a pipe and a
// redirection only the commands are kept.
func shellCommands(line string) [][]string {
	var commands, inner [][]string
	var words []string
	var word strings.Builder
	inWord, quote := false, rune(0)
	endWord := func() {
		if w := word.String(); inWord {
			if strings.Contains(w, "jirahook ") {
				inner = append(inner, shellCommands(w)...)
			}
			words = append(words, w)
		}
		word.Reset()
		inWord = false
	}
	endCommand := func() {
		endWord()
		if len(words) > 0 {
			commands = append(commands, words)
		}
		words = nil
	}
	runes := []rune(line)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case r == '$' && quote != '\'' && i+1 < len(runes) && runes[i+1] == '(':
			end := closing(runes, i+1)
			inner = append(inner, shellCommands(string(runes[i+2:end]))...)
			word.WriteString("X")
			inWord, i = true, end
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == '#' && !inWord:
			i = len(runes)
		case r == '|' || r == ';' || r == '&':
			endCommand()
		case r == '>' || r == '<':
			if w := word.String(); w != "" && strings.Trim(w, "0123456789") == "" {
				word.Reset() // of a file descriptor
				inWord = false
			}
			endWord()
			for i+1 < len(runes) && strings.ContainsRune(" >&", runes[i+1]) {
				i++
			}
			for i+1 < len(runes) && !strings.ContainsRune(" \t|;&)", runes[i+1]) {
				i++
			}
		case r == ' ' || r == '\t':
			endWord()
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	endCommand()
	return append(commands, inner...)
}

// closing is where the bracket at open is closed.
func closing(runes []rune, open int) int {
	depth := 0
	for i := open; i < len(runes); i++ {
		switch runes[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(runes)
}

// ours gives the words behind the program's name, if a command runs it, or
// install.sh.
func ours(command []string) (words []string, ok bool) {
	if len(command) > 2 && command[0] == "go" && (command[1] != "run" || command[2] != "./cmd/jirahook") {
		return nil, false // it is built, or measured
	}
	for i, word := range command {
		switch filepath.Base(word) {
		case "jirahook":
			if i > 0 && slices.Contains([]string{"systemctl", "command", "ln", "readlink", "ls", "rm", "cp", "dpkg", "chown", "install"}, command[0]) {
				return nil, false
			}
			return command[i+1:], true
		case "install.sh":
			return command[i:], true
		}
	}
	return nil, false
}

// takes reports why the program would not take these words.
func takes(t *testing.T, words []string) error {
	t.Helper()
	if len(words) > 0 && filepath.Base(words[0]) == "install.sh" {
		return installerTakes(t, words[1:])
	}
	cmd, rest, err := rootForTests().Find(words)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	args := cmd.Flags().Args()
	if len(args) > 0 && cmd.HasSubCommands() {
		return unknownWord(cmd, args[0])
	}
	return cmd.ValidateArgs(args)
}

// installerTakes does that for install.sh, whose own options stand before --.
func installerTakes(t *testing.T, words []string) error {
	t.Helper()
	script, err := os.ReadFile(filepath.Join(project, "install.sh"))
	if err != nil {
		t.Fatal(err)
	}
	for i, word := range words {
		if word == "--" {
			return takes(t, append([]string{"install"}, words[i+1:]...))
		}
		if strings.HasPrefix(word, "--") && !regexp.MustCompile(`(?m)^\s+`+word+`( [A-Z=]+)? {2,}`).Match(script) {
			return fmt.Errorf("install.sh has no %s", word)
		}
	}
	return nil
}
