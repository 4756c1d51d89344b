package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"golang.org/x/sys/unix"
)

// isTerminal reports whether a person is at the other end of a stream.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// ask wants a person's word before something is destroyed, or changes for others.
// Scripts say it beforehand, with --yes; where neither is, the answer is no. What is
// about to be done has been printed; what says why one is asked.
func (p *process) ask(yes bool, what, question string) error {
	switch {
	case yes:
		return nil
	case !isTerminal(p.stdin):
		return exitStatus{exitUsage, errors.New(what + ", and nobody is there to be asked: give --yes")}
	}
	fmt.Fprintf(p.stderr, "%s [y/N] ", question)
	answer, _ := bufio.NewReader(p.stdin).ReadString('\n') // at the end of input there is no answer
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return exitStatus{exitProblems, errors.New("nothing was done")}
}

// isScreen reports whether a stream is a terminal that knows escape sequences. As
// for git, one of which nothing is told does not.
func (p *process) isScreen(stream any) bool {
	kind, _ := p.getenv("TERM")
	return isTerminal(stream) && kind != "" && kind != "dumb"
}

// windowOf is the size of a terminal's window, in characters; what it does not
// tell is taken to be as it was on a VT100.
func windowOf(stream any) (columns, lines int) {
	columns, lines = 80, 24
	f, ok := stream.(*os.File)
	if !ok {
		return columns, lines
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return columns, lines
	}
	if size.Col > 0 {
		columns = int(size.Col)
	}
	if size.Row > 0 {
		lines = int(size.Row)
	}
	return columns, lines
}

// colour is how words stand out on a terminal, as a parameter of SGR (ECMA-48);
// "": they do not.
type colour string

const (
	asBold   colour = "1"
	asFaint  colour = "2"
	asRed    colour = "31"
	asGreen  colour = "32"
	asYellow colour = "33"
	asCyan   colour = "36"
)

// ink puts colours on what a person reads; without, words stay as they are.
type ink bool

// ink is in colours on a terminal, unless NO_COLOR says otherwise
// (https://no-color.org).
func (p *process) ink(stream any) ink {
	no, _ := p.getenv("NO_COLOR")
	return ink(no == "" && p.isScreen(stream))
}

func (i ink) in(c colour, words string) string {
	if !bool(i) || c == "" || words == "" {
		return words
	}
	return "\x1b[" + string(c) + "m" + words + "\x1b[0m"
}
