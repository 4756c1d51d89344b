package jira

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxWait is the longest wait that is believed: a wrong clock on the other side
// must not stop deliveries for years.
const maxWait = 24 * time.Hour

// wait is how long Jira asks to be left alone: by Retry-After (seconds, or a
// date, RFC 9110), or where that is left out, as by Cloud's gateway, by the
// X-RateLimit headers. 0: it does not ask.
func wait(h http.Header, now time.Time) time.Duration {
	if s := strings.TrimSpace(h.Get("Retry-After")); s != "" {
		if d, ok := seconds(s); ok {
			return d
		}
		if t, err := http.ParseTime(s); err == nil {
			return believable(t.Sub(now))
		}
	}
	return untilReset(h, now)
}

// untilReset is when there are requests left again: by X-RateLimit-Reset on
// Cloud (ISO 8601, perhaps without seconds, or seconds since 1970), by
// X-RateLimit-Interval-Seconds on Data Center. 0: it is not said.
func untilReset(h http.Header, now time.Time) time.Duration {
	s := strings.TrimSpace(h.Get("X-RateLimit-Reset"))
	if d, ok := seconds(s); ok {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 1e9 {
			return believable(time.Unix(n, 0).Sub(now))
		}
		return d
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return believable(t.Sub(now))
		}
	}
	d, _ := seconds(strings.TrimSpace(h.Get("X-RateLimit-Interval-Seconds")))
	return d
}

func seconds(s string) (time.Duration, bool) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n >= 0) { // !(…): NaN is no number of seconds either
		return 0, false
	}
	return believable(time.Duration(min(n, maxWait.Seconds()) * float64(time.Second))), true
}

func believable(d time.Duration) time.Duration { return min(max(d, 0), maxWait) }
