package jira

import (
	"net/http"
	"testing"
	"time"
)

func TestWait(t *testing.T) {
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	tests := []struct {
		name, after, reset, interval string
		want                         time.Duration
	}{
		{name: "nothing"},
		{name: "seconds", after: "30", want: 30 * time.Second},
		{name: "part of a second", after: "0.5", want: 500 * time.Millisecond},
		{name: "zero: tokens are left", after: "0", reset: "2026-11-24T16:00:00Z"},
		{name: "date", after: "Tue, 24 Nov 2026 15:01:00 GMT", want: time.Minute},
		{name: "date in the past", after: "Tue, 24 Nov 2026 14:01:00 GMT"},
		{name: "seconds win", after: "5", reset: "2026-11-24T15:10:00Z", want: 5 * time.Second},
		{name: "reset", reset: "2026-11-24T15:10:00Z", want: 10 * time.Minute},
		{name: "reset in another zone", reset: "2026-11-24T16:10:00+01:00", want: 10 * time.Minute},
		{name: "reset without seconds", reset: "2026-11-24T15:10Z", want: 10 * time.Minute},
		{name: "reset without zone", reset: "2026-11-24T15:10", want: 10 * time.Minute},
		{name: "reset since 1970", reset: "1795532460", want: time.Minute},
		{name: "the greatest number of seconds", reset: "1000000000", want: 24 * time.Hour},
		{name: "the least time since 1970", reset: "1000000001"},
		{name: "a day", after: "86400", want: 24 * time.Hour},
		{name: "more than a day", after: "86401", want: 24 * time.Hour},
		{name: "less than a day", after: "86399", want: 24*time.Hour - time.Second},
		{name: "reset in seconds", reset: "42", want: 42 * time.Second},
		{name: "interval of Data Center", interval: "60", want: time.Minute},
		{name: "zero before the interval", after: "0", interval: "60"},
		{name: "nonsense", after: "soon", reset: "later"},
		{name: "negative", after: "-5"},
		{name: "endless", after: "1e300", want: 24 * time.Hour},
		{name: "infinite", after: "Inf", want: 24 * time.Hour},
		{name: "no number", after: "NaN"},
		{name: "far away", reset: "2126-11-24T15:10:00Z", want: 24 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			if tt.interval != "" {
				h.Set("X-RateLimit-Interval-Seconds", tt.interval)
			}
			if tt.after != "" {
				h.Set("Retry-After", tt.after)
			}
			if tt.reset != "" {
				h.Set("X-RateLimit-Reset", tt.reset)
			}
			if got := wait(h, now); got != tt.want {
				t.Errorf("wait = %v, want %v", got, tt.want)
			}
		})
	}
}

func FuzzWait(f *testing.F) {
	for _, s := range []string{"", "0", "30", "1e309", "-1", "NaN", "1795532400", "Tue, 24 Nov 2026 15:01:00 GMT", "2026-11-24T15:10Z", "99999999999999999999"} {
		f.Add(s, s)
	}
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, after, reset string) {
		h := http.Header{"Retry-After": {after}, "X-Ratelimit-Reset": {reset}}
		if d := wait(h, now); d < 0 || d > maxWait {
			t.Errorf("wait(%q, %q) = %v", after, reset, d)
		}
	})
}
