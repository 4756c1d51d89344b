// Jirahook makes Jira follow what is pushed to a Git server.
//
// This package is the process: arguments, environment, clock, exit codes and
// the wiring of the other packages. One file for each command.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"jirahook/config"
	"jirahook/wiki"
)

// Exit codes, the same for all commands.
const (
	exitDone        = 0
	exitProblems    = 1 // the command worked and found something wrong
	exitUsage       = 2 // wrong arguments or configuration
	exitUnreachable = 3 // Jira or the outbox
)

func main() {
	// Gitaly and Gitea close our output when the pusher goes away; a write must
	// then fail, not end the process in the middle of its work.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	p := process{args: os.Args, environ: os.Environ(), dir: dir, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, now: time.Now, become: become}
	code := p.run(ctx)
	stop()
	os.Exit(code)
}

// process is what the operating system gives to a program.
type process struct {
	args           []string
	environ        []string
	dir            string
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time
	become         func(identity) error // nil: it stays who it is
	became         string               // the outbox whose owner it has become; "": it has not

	configFile string // --config
}

func (p *process) run(ctx context.Context) int {
	switch hookName(p.args[0]) {
	case "post-receive":
		p.postReceive(ctx)
		return exitDone
	case "pre-receive":
		return exitDone // it has nothing to object to
	}
	root := p.rootCommand()
	root.SetArgs(p.args[1:])
	err := root.ExecuteContext(ctx)
	var status exitStatus
	switch {
	case err == nil, isGone(err):
		return exitDone
	case errors.As(err, &status):
		if status.err != nil {
			p.complain(status.err)
		}
		return status.code
	default:
		p.complain(err)
		return exitUsage
	}
}

// exitStatus is an error that has chosen its exit code. Without err all has been
// said.
type exitStatus struct {
	code int
	err  error
}

func (e exitStatus) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}

func (e exitStatus) Unwrap() error { return e.err }

func unreachable(err error) error { return exitStatus{exitUnreachable, err} }

// complain prints an error for the person at the terminal.
func (p *process) complain(err error) {
	var problems config.Problems
	if errors.As(err, &problems) {
		fmt.Fprintln(p.stderr, "jirahook: the configuration is broken")
		problems.Format(p.stderr)
		return
	}
	lead := "jirahook: "
	for line := range strings.Lines(p.pasted(err.Error())) {
		fmt.Fprintln(p.stderr, lead+wiki.OneLine(line))
		lead = "  "
	}
}

// getenv is the last value of a variable of the process's environment.
func (p *process) getenv(name string) (value string, ok bool) {
	for _, v := range p.environ {
		if n, val, found := strings.Cut(v, "="); found && n == name {
			value, ok = val, true
		}
	}
	return value, ok
}

// hookName is the hook as which the program was called: by its own name, or by
// the folder it lies in (post-receive.d/50-jira on GitLab and Gitea) or the
// name that gitolite's driver gives it (post-receive.h00-jira).
func hookName(arg0 string) string {
	for _, name := range []string{"post-receive", "pre-receive"} {
		base := filepath.Base(arg0)
		if base == name || strings.HasPrefix(base, name+".h") || filepath.Base(filepath.Dir(arg0)) == name+".d" {
			return name
		}
	}
	return ""
}
