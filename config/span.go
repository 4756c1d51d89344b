package config

import (
	"math"
	"strconv"
	"strings"
	"time"
)

const allowedSpan = "a number and its unit, such as 500ms, 3s, 20m, 720h, 30d, 1h30m"

// parseSpan reads a length of time: Go's notation, and d for 24 hours.
func parseSpan(s string) (time.Duration, *fault) {
	bad := &fault{message: "is no length of time", allowed: allowedSpan}
	if s == "0" {
		return 0, nil
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return 0, &fault{message: "has no unit", allowed: allowedSpan, nearest: spanNear(s)}
	}
	total := 0.0
	for rest := s; rest != ""; {
		end := len(rest) - len(strings.TrimLeft(rest, "0123456789."))
		n, err := strconv.ParseFloat(rest[:end], 64)
		if err != nil {
			return 0, bad
		}
		rest = rest[end:]
		end = len(rest) - len(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyz"))
		unit, ok := spanUnit(rest[:end])
		if !ok {
			return 0, bad
		}
		total += n * float64(unit)
		rest = rest[end:]
	}
	if s == "" || total >= math.MaxInt64 {
		return 0, bad
	}
	return time.Duration(math.Round(total)), nil
}

func spanUnit(name string) (time.Duration, bool) {
	switch name {
	case "ms":
		return time.Millisecond, true
	case "s":
		return time.Second, true
	case "m":
		return time.Minute, true
	case "h":
		return time.Hour, true
	case "d":
		return 24 * time.Hour, true
	}
	return 0, false
}

// spanNear guesses that a bare number counts seconds.
func spanNear(s string) string {
	if strings.Trim(s, "0123456789") != "" {
		return ""
	}
	return brief(s) + "s"
}

// formatSpan writes a length of time without the zeros of Go's notation.
func formatSpan(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
