package jira

import (
	"context"
	"sync"
	"time"
)

// writeLimit is how many changes of one issue Cloud takes in any such window
// (Atlassian's page on rate limiting; beyond it answers 429,
// jira-per-issue-on-write).
type writeLimit struct {
	count  int
	window time.Duration
}

// cloudWriteLimits are Atlassian's, with windows a tenth longer: requests are
// held up on their way, one more than another.
func cloudWriteLimits() []writeLimit {
	return []writeLimit{{20, 2200 * time.Millisecond}, {100, 33 * time.Second}}
}

// pace spreads the changes of each issue so that a Jira Cloud takes them all. It
// knows those of its own process; of another that has just had the lane Cloud's
// 429 tells.
type pace struct {
	mu     sync.Mutex
	recent map[string][]time.Time // by issue, oldest first
}

// wait returns when the issue may be changed once more, which it notes.
func (p *pace) wait(ctx context.Context, issue string) error {
	for {
		rest := p.reserve(issue, time.Now())
		if rest <= 0 {
			return nil
		}
		t := time.NewTimer(rest)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return notSent(answer{}, "stopped before it was sent", ctx.Err())
		}
	}
}

// reserve notes a change now, or says how long to wait with it.
func (p *pace) reserve(issue string, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	limits := cloudWriteLimits()
	longest := limits[len(limits)-1]
	recent := p.recent[issue]
	for _, l := range limits {
		if n := len(recent); n >= l.count {
			if rest := recent[n-l.count].Add(l.window).Sub(now); rest > 0 {
				return rest
			}
		}
	}
	if len(recent) == 0 {
		for other, times := range p.recent {
			if now.Sub(times[len(times)-1]) > longest.window {
				delete(p.recent, other)
			}
		}
	}
	p.recent[issue] = append(recent[max(0, len(recent)-longest.count+1):len(recent):len(recent)], now)
	return 0
}
