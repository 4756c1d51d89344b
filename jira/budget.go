package jira

import (
	"cmp"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"jirahook/plan"
)

// budget is what Jira says is left of the requests it takes: before it refuses by
// X-RateLimit-Remaining (Data Center from 8.6 on, Cloud), and by 429. A Data Center
// counts all requests of an account; Cloud counts those of an operation, so that one
// which it takes no more leaves the others alone.
type budget struct {
	mu   sync.Mutex
	next map[string]time.Time // nothing is left until then, by operation; "": of all
	full rate.Limit           // what was configured
	slow time.Time            // until then half of it
	told func(map[string]time.Time)
}

// BelievedLimits leaves of what was kept what can still be true.
func BelievedLimits(kept map[string]time.Time, now time.Time) map[string]time.Time {
	kept = maps.Clone(kept)
	maps.DeleteFunc(kept, func(_ string, until time.Time) bool { return !until.After(now) || until.Sub(now) > maxWait })
	return kept
}

// unsaid is how long an operation rests when a 429 does not say how long.
const unsaid = 2 * time.Second

// slowFor is how long half the pace is kept after Jira has said that its limit is near.
const slowFor = time.Minute

// operationOf is a request's method and path without what names a single thing.
func operationOf(r request) string {
	parts := strings.Split(r.path, "/")
	for i := 1; i < len(parts); i += 2 {
		parts[i] = "*"
	}
	return r.method + " " + strings.Join(parts, "/")
}

// isOfIssue: a 429 is for too many changes of one issue, 20 in 2 s or 100 in 30 s, and
// nothing else need rest.
func isOfIssue(a answer) bool {
	return strings.EqualFold(a.header.Get("RateLimit-Reason"), "jira-per-issue-on-write")
}

// note reads an answer's headers. Of a Data Center a 429 says itself how long to wait:
// then the whole site rests.
func (b *budget) note(a answer, r request, cloud bool, now time.Time) {
	left, err := strconv.Atoi(strings.TrimSpace(a.header.Get("X-RateLimit-Remaining")))
	refused := a.status == http.StatusTooManyRequests
	rest := time.Duration(0)
	switch {
	case refused && (!cloud || isOfIssue(a)):
	case refused:
		rest = cmp.Or(wait(a.header, now), unsaid)
	case err == nil && left <= 0:
		rest = untilReset(a.header, now)
	}
	if rest <= 0 {
		return
	}
	of := ""
	if cloud {
		of = operationOf(r)
	}
	b.mu.Lock()
	if b.next == nil {
		b.next = map[string]time.Time{}
	}
	if until := now.Add(rest); until.After(b.next[of]) {
		b.next[of] = until // a request under way may be told less
	}
	maps.DeleteFunc(b.next, func(_ string, until time.Time) bool { return !until.After(now) })
	all := maps.Clone(b.next)
	b.mu.Unlock()
	if b.told != nil && rest >= unsaid {
		b.told(all)
	}
}

// pace halves what is sent each second for a while when Jira says that its limit is near
// (X-RateLimit-NearLimit, Cloud).
func (b *budget) pace(a answer, limit *rate.Limiter, now time.Time) {
	near := strings.EqualFold(a.header.Get("X-RateLimit-NearLimit"), "true")
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case near:
		b.full = cmp.Or(b.full, limit.Limit())
		b.slow = now.Add(slowFor)
		limit.SetLimit(b.full / 2)
	case b.full > 0 && now.After(b.slow):
		limit.SetLimit(b.full)
		b.full = 0
	}
}

// check fails while nothing is left: for all, or for what this request does.
func (b *budget) check(a answer, r request, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if d := b.next[""].Sub(now); d > 0 {
		e := notSent(a, "Jira takes no more requests for now (X-RateLimit-Remaining: 0)", nil)
		e.Verdict, e.RetryAfter = plan.Away, d
		return e
	}
	if d := b.next[operationOf(r)].Sub(now); d > 0 {
		e := notSent(a, "Jira takes no more requests of this kind for now", nil)
		e.RetryAfter = d
		return e
	}
	return nil
}
