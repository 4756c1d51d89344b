package install

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// marker is the line by which we know our own files.
const marker = "# Written by jirahook install; jirahook uninstall takes it away again."

// previousName is where a foreign hook waits to be run by ours: in the same
// folder, since it may look for files beside itself or be a relative link. No
// server runs a file of that name by itself: gitolite's driver runs
// post-receive.*, GitLab and Gitea look into folders.
const previousName = "previous-post-receive"

// maxScript bounds what is read of a file that may be a hook of ours.
const maxScript = 64 << 10

// The lines by which a hook of ours remembers what uninstall has to know.
const (
	foldersLine = "# Folders made for it: "
	scopeLine   = "# core.hooksPath set for it: " // a Scope
	madeLine    = "# The file of that setting was made for it: "
	beforeLine  = "# Git looked for hooks before in: "
	// chainLine is of one that runs previousName.
	chainLine = "# It runs " + previousName + ", which was here before, and keeps its exit code."
	// sumLine tells whether somebody has written into it since.
	sumLine = "# SHA-256 of the other lines: "
)

// record is what a hook of ours remembers.
type record struct {
	Folders int    // above it, made for it
	Chained bool   // previousName is run first
	Scope   Scope  // in which core.hooksPath was set for it; "": it was not
	Made    bool   // and git's file of that scope was not there
	Before  string // where git looked for hooks then, whose are run, too; "": they are not
}

// stub runs the program.
func (s Script) stub(folders int) []byte { return s.hook(record{Folders: folders}) }

// dispatcher runs the foreign hook first.
func (s Script) dispatcher() []byte { return s.hook(record{Chained: true}) }

// hook is the text of the file. A program that is gone must not fail the push: on
// GitLab it would keep the hooks after it from running. Other hooks run before it,
// each with the whole standard input; the exit code is theirs.
func (s Script) hook(r record) []byte {
	var b strings.Builder
	if r.Folders > 0 {
		b.WriteString(foldersLine + strconv.Itoa(r.Folders) + "\n")
	}
	if r.Scope != "" {
		b.WriteString(scopeLine + string(r.Scope) + "\n")
	}
	if r.Made {
		b.WriteString(madeLine + "yes\n")
	}
	var others []string
	if r.Chained {
		b.WriteString(chainLine + "\n")
		others = append(others, `"${0%/*}"/`+previousName)
	}
	if r.Before != "" {
		b.WriteString(beforeLine + r.Before + "\n")
		others = append(others, Quote(filepath.Join(r.Before, hookName)))
	}
	if len(others) == 0 {
		b.WriteString(s.missing("exit 0") + "exec " + s.command() + "\n")
		return signed(b.String())
	}
	b.WriteString(`updates=$(cat && echo .) # the dot keeps the last line feed
updates=${updates%.}
code=0
for previous in ` + strings.Join(others, " ") + `; do
	if [ -x "$previous" ] && ! [ "$previous" -ef "$0" ]; then
		printf %s "$updates" 2>/dev/null | "$previous" "$@" || code=$?
	fi
done
` + s.missing("exit $code") + `printf %s "$updates" 2>/dev/null | ` + s.command() + `
exit $code
`)
	return signed(b.String())
}

// signed is a script of ours: what it does, and the sum by which it is known
// unchanged.
func signed(body string) []byte {
	head := "#!/bin/sh\n" + marker + "\n"
	return []byte(head + sumLine + sumOf([]byte(head+body)) + "\n" + body)
}

func sumOf(text []byte) string { return fmt.Sprintf("%x", sha256.Sum256(text)) }

// edited reports whether somebody has written into a script of ours.
func (f File) edited() bool {
	if r := f.role(); r != ours && r != dispatches {
		return false
	}
	before, after, ok := bytes.Cut(f.Content, []byte("\n"+sumLine))
	sum, rest, _ := bytes.Cut(after, []byte("\n"))
	return !ok || string(sum) != sumOf(slices.Concat(before, []byte("\n"), rest))
}

// record is what a file of ours remembers; of another it is nothing.
func (f File) record() record {
	if role := f.role(); role != ours && role != dispatches {
		return record{}
	}
	folders, _ := strconv.Atoi(f.line(foldersLine)) // none: 0
	return record{
		Folders: folders, Chained: f.role() == dispatches,
		Scope: Scope(f.line(scopeLine)), Made: f.line(madeLine) != "", Before: f.line(beforeLine),
	}
}

// line is what stands behind some words at the beginning of a line.
func (f File) line(words string) string {
	_, after, _ := strings.Cut(string(f.Content), "\n"+words)
	value, _, _ := strings.Cut(after, "\n")
	return value
}

func (s Script) missing(exit string) string {
	p := Quote(s.Program)
	return "[ -x " + p + " ] || {\n\tprintf '%s\\n' " + Quote("jirahook: "+s.Program+" cannot be run: Jira is not told") + " >&2\n\t" + exit + "\n}\n"
}

func (s Script) command() string {
	c := Quote(s.Program)
	if s.Config != "" {
		c += " --config " + Quote(s.Config)
	}
	return c + " post-receive"
}

// Quote makes one word for the shell.
func Quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// role is what a file is to us.
type role int

const (
	nothing    role = iota
	foreign         // somebody else's
	ours            // a stub that we wrote
	dispatches      // a dispatcher that we wrote
	byHand          // a link to the program, or a script that does nothing else
)

// byHandLine is what an earlier README told admins to write.
var byHandLine = regexp.MustCompile(`^exec\s+['"]?[^'"\s]*/jirahook['"]?(\s+--config\s+\S+)?\s+post-receive(\s+"\$@")?$`)

func (f File) role() role {
	switch f.Kind {
	case Absent:
		return nothing
	case Link:
		if name := filepath.Base(f.To); name == "jirahook" || strings.HasPrefix(name, "jirahook-") {
			return byHand
		}
		return foreign
	case Regular:
	default:
		return foreign
	}
	if bytes.Contains(f.Content, []byte("\n"+marker+"\n")) {
		if bytes.Contains(f.Content, []byte("\n"+chainLine+"\n")) {
			return dispatches
		}
		return ours
	}
	commands := 0
	for line := range strings.Lines(string(f.Content)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			if !byHandLine.MatchString(line) {
				return foreign
			}
			commands++
		}
	}
	if commands == 1 {
		return byHand
	}
	return foreign
}

var programLine = regexp.MustCompile(`(?m)^(?:exec |[^'|\n]*\| )(?:'((?:[^']|'\\'')*)'|(\S+)).* post-receive`)

// Program is the program that a hook of ours runs.
func (f File) Program() string {
	if f.Kind == Link {
		return f.To
	}
	m := programLine.FindSubmatch(f.Content)
	switch {
	case m == nil:
		return ""
	case len(m[1]) > 0:
		return strings.ReplaceAll(string(m[1]), `'\''`, "'")
	}
	return strings.Trim(string(m[2]), `"`)
}
