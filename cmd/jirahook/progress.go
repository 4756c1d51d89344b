package main

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"jirahook/plan"
)

// progress is a bar on a terminal.
type progress struct {
	out     io.Writer
	total   int
	columns int // of the window

	mu   sync.Mutex
	done int
}

func newProgress(out io.Writer, total int) *progress {
	p := &progress{out: out, total: total}
	p.columns, _ = windowOf(out)
	p.draw()
	return p
}

// result counts an action whose turn is over, whatever came of it. One that
// waits may come back: the bar then is longer than the queue was, and stays full.
func (p *progress) result(string, plan.Kind, plan.Verdict) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = min(p.done+1, p.total)
	p.draw()
}

func (p *progress) draw() {
	if p.total == 0 {
		return
	}
	count := fmt.Sprintf("%d of %d", p.done, p.total)
	// A line that is wrapped cannot be drawn over; the last column may wrap as well.
	width := min(40, p.columns-len("[] ")-2*len(fmt.Sprint(p.total))-len(" of ")-1)
	if width < 1 {
		fmt.Fprintf(p.out, "\r%s", count)
		return
	}
	full := p.done * width / p.total
	fmt.Fprintf(p.out, "\r[%s%s] %s", strings.Repeat("#", full), strings.Repeat(" ", width-full), count)
}

// end wipes the bar: what it came to follows.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.total > 0 {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
