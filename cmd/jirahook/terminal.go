package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/mattn/go-isatty"

	"jirahook/plan"
)

// isTerminal reports whether a person is at the other end of a stream.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// ask wants a person's word before something is destroyed. Scripts say it
// beforehand, with --yes; where neither is, the answer is no. What is about to be
// destroyed has been printed.
func (p *process) ask(yes bool, question string) error {
	switch {
	case yes:
		return nil
	case !isTerminal(p.stdin):
		return exitStatus{exitUsage, errors.New("this destroys something, and nobody is there to be asked: give --yes")}
	}
	fmt.Fprintf(p.stderr, "%s [y/N] ", question)
	answer, _ := bufio.NewReader(p.stdin).ReadString('\n') // at the end of input there is no answer
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return exitStatus{exitProblems, errors.New("nothing was done")}
}

// progress is a bar on a terminal.
type progress struct {
	out   io.Writer
	total int

	mu   sync.Mutex
	done int
}

func newProgress(out io.Writer, total int) *progress {
	p := &progress{out: out, total: total}
	p.draw()
	return p
}

// result counts an action whose turn is over, whatever came of it. One that
// waits may come back: the bar then is longer than the queue was, and stays full.
func (p *progress) result(plan.Kind, plan.Verdict) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = min(p.done+1, p.total)
	p.draw()
}

func (p *progress) draw() {
	const width = 40
	if p.total == 0 {
		return
	}
	full := p.done * width / p.total
	fmt.Fprintf(p.out, "\r[%s%s] %d of %d", strings.Repeat("#", full), strings.Repeat(" ", width-full), p.done, p.total)
}

// end wipes the bar: what it came to follows.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.total > 0 {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
