package install

import (
	"bytes"
	"path/filepath"
	"regexp"
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

// foldersLine tells uninstall how many folders above the file were made for it.
const foldersLine = "# Folders made for it: "

// stub runs the program. A program that is gone must not fail the push: on GitLab
// it would keep the hooks after it from running.
func (s Script) stub(folders int) []byte {
	head := "#!/bin/sh\n" + marker + "\n"
	if folders > 0 {
		head += foldersLine + strconv.Itoa(folders) + "\n"
	}
	return []byte(head + s.missing("exit 0") + "exec " + s.command() + "\n")
}

// folders is how many of them were made for a stub of ours.
func (f File) folders() int {
	_, after, _ := strings.Cut(string(f.Content), "\n"+foldersLine)
	number, _, _ := strings.Cut(after, "\n")
	n, _ := strconv.Atoi(number) // none, or not ours: 0
	return n
}

// dispatcher runs the foreign hook first, then the program, each with the whole
// standard input; the exit code is the foreign hook's.
func (s Script) dispatcher() []byte {
	return []byte("#!/bin/sh\n" + marker + `
# It runs ` + previousName + `, which was here before, and keeps its exit code.
updates=$(cat && echo .) # the dot keeps the last line feed
updates=${updates%.}
previous=${0%/*}/` + previousName + `
code=0
if [ -x "$previous" ]; then
	printf %s "$updates" 2>/dev/null | "$previous" "$@" || code=$?
fi
` + s.missing("exit $code") + `printf %s "$updates" 2>/dev/null | ` + s.command() + `
exit $code
`)
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
		if bytes.Contains(f.Content, []byte("/"+previousName+"\n")) {
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
