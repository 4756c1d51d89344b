package main

import "fmt"

// target is what ours may cost at most, beside git in the same run.
type target struct {
	ratio float64 // of git's wall time; 0: git + slack at any time
	peak  float64 // MB; 0: no limit
}

const (
	// Where git needs less than quickGit, a ratio means little: process start
	// decides. Then git + slack counts.
	quickGit = 10 // ms
	slack    = 3  // ms
)

// targetOf is the target for a push; ok is false where none was set.
func targetOf(r row) (t target, ok bool) {
	switch {
	case r.First:
		return target{}, false
	case r.Refs > 0:
		return target{ratio: 0.5}, true
	}
	far := r.Scenario == "b2"
	pick := func(near, deep, peak float64) (target, bool) {
		if far {
			near = deep
		}
		return target{near, peak}, true
	}
	switch {
	case r.Commits <= 10_000:
		return target{peak: 20}, true
	case r.Commits <= 300_000 && r.Graph:
		return pick(0.8, 0.4, 40)
	case r.Commits <= 300_000:
		return pick(1.2, 1.2, 80)
	case r.Graph:
		return pick(0.3, 0.2, 80)
	default:
		return pick(0.9, 0.9, 220)
	}
}

// byRatio tells whether the ratio counts for a time of git's in ms.
func (t target) byRatio(git float64) bool { return t.ratio > 0 && git >= quickGit }

// limit is the longest time for ours, in ms, when git needs so long.
func (t target) limit(git float64) float64 {
	if t.byRatio(git) {
		return t.ratio * git
	}
	return git + slack
}

// missed says what is over the limit; "" means nothing is.
func (t target) missed(git, ours cost) string {
	slow, fat := ours.Wall > t.limit(git.Wall), t.peak > 0 && ours.Peak > t.peak
	switch {
	case slow && fat:
		return "time, memory"
	case slow:
		return "time"
	case fat:
		return "memory"
	}
	return ""
}

// words say the limit as it counts when git needs so many ms.
func (t target) words(git float64) string {
	text := fmt.Sprintf("git + %d ms", slack)
	if t.byRatio(git) {
		text = fmt.Sprintf("%.2f ×", t.ratio)
	}
	if t.peak > 0 {
		text += fmt.Sprintf(", %.0f MB", t.peak)
	}
	return text
}
