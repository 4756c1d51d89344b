package repo

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"
)

// Error says why a repository could not be read.
type Error struct {
	// Fact is one short line in lower case, without control characters:
	// "git rev-list: bad revision 'x'".
	Fact string
	// Advice is what a person can do about it; may be empty.
	Advice string
	// Err is what lies below, so that errors.Is finds an ended context; may be
	// nil.
	Err error
}

func (e *Error) Error() string { return e.Fact }
func (e *Error) Unwrap() error { return e.Err }

// git starts git in a repository. It is the only thing that does.
type git struct {
	program string // absolute
	missing error  // no program was found
	dir     string // the current folder of git; with GIT_DIR the repository
	environ []string
	scope   scope
}

// errEnough ends reading before git's output ends.
var errEnough = errors.New("enough was read")

// run starts one git command and hands its output to read, which reads to the
// end or returns errEnough. Everything that users wrote goes to git by its
// standard input: args are constants of this package. When the context ends,
// git is killed with all that it started.
func (g git) run(ctx context.Context, stdin string, read func(io.Reader) error, args ...string) error {
	if g.missing != nil {
		return g.missing
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	said := &tail{limit: 4 << 10}
	cmd := exec.CommandContext(running, g.program, args...)
	cmd.Dir, cmd.Env = g.dir, g.environ
	cmd.Stdin, cmd.Stderr = strings.NewReader(stdin), said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return nil
	}
	cmd.WaitDelay = time.Second
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return &Error{Fact: "cannot start git: " + oneLine(err.Error()), Err: err}
	}
	readErr := read(out)
	if readErr != nil {
		stop()
	}
	waitErr := cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return &Error{Fact: "git " + args[0] + ": stopped: " + ctx.Err().Error(), Err: ctx.Err()}
	case errors.Is(readErr, errEnough):
		return nil
	case waitErr != nil && (readErr == nil || said.holdsFatal()):
		return g.failure(args[0], string(said.kept), waitErr)
	case readErr != nil:
		return &Error{Fact: "git " + args[0] + ": " + oneLine(readErr.Error()), Err: readErr}
	}
	return nil
}

// failure puts git's own words into an error.
func (g git) failure(command, said string, err error) *Error {
	reason := reasonIn(said)
	if reason == "" {
		reason = err.Error()
	}
	e := &Error{Fact: "git " + command + ": " + reason, Err: err}
	switch {
	case strings.Contains(said, "detected dubious ownership"):
		e.Advice = "the repository belongs to another user: run this as its owner, or add its folder to safe.directory in git's system configuration"
	case strings.Contains(said, "unknown repository extension"), strings.Contains(said, "Expected git repo version"):
		e.Advice = "the repository's format is newer than " + oneLine(g.program) + ": put a newer git first into PATH"
	case strings.Contains(said, "not a git repository"):
		e.Advice = "name the folder of a git repository"
	}
	return e
}

// reasonIn picks what git died of from its standard error.
func reasonIn(said string) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		reason, ok := strings.CutPrefix(lines[i], "fatal: ")
		if !ok {
			continue
		}
		// "unknown repository extension found:" goes on below.
		if strings.HasSuffix(reason, ":") && i+1 < len(lines) {
			reason += " " + strings.TrimSpace(lines[i+1])
		}
		return oneLine(reason)
	}
	return oneLine(strings.TrimPrefix(lines[len(lines)-1], "error: "))
}

// oneLine makes foreign words fit for a log line and a terminal.
func oneLine(s string) string {
	const limit = 300
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) <= limit {
		return s
	}
	for limit := limit; ; limit-- {
		if utf8.RuneStart(s[limit]) {
			return s[:limit] + "..."
		}
	}
}

// tail keeps the end of what is written to it: what git dies of it says last.
type tail struct {
	kept  []byte
	limit int
}

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - t.limit; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

func (t *tail) holdsFatal() bool { return strings.Contains(string(t.kept), "fatal: ") }
