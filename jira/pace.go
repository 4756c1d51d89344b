package jira

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"jirahook/plan"
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

// budget is what Jira says is left of the requests it takes. Its answers tell
// before it refuses: X-RateLimit-Remaining (Data Center from 8.6 on, Cloud).
type budget struct {
	mu   sync.Mutex
	next time.Time // nothing is left until then
}

// note reads an answer's headers. A 429 says itself how long to wait, and
// whether for the issue or for all.
func (b *budget) note(a answer, now time.Time) {
	left, err := strconv.Atoi(strings.TrimSpace(a.header.Get("X-RateLimit-Remaining")))
	if err != nil || left > 0 || a.status == http.StatusTooManyRequests {
		return
	}
	if d := untilReset(a.header, now); d > 0 {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.next = now.Add(d)
	}
}

// check fails while nothing is left.
func (b *budget) check(a answer, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.next.Sub(now)
	if d <= 0 {
		return nil
	}
	e := notSent(a, "Jira takes no more requests for now (X-RateLimit-Remaining: 0)", nil)
	e.Verdict, e.RetryAfter = plan.Away, d
	return e
}
