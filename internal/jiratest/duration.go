package jiratest

import (
	"fmt"
	"strconv"
	"strings"
)

// Jira's working time, as it comes: eight hours a day, five days a week.
const (
	minuteSeconds = 60
	hourSeconds   = 60 * minuteSeconds
	daySeconds    = 8 * hourSeconds
	weekSeconds   = 5 * daySeconds
)

// parseSpent reads Jira's notation for time ("1w 2d 4h 30m", "1.5h", a bare
// number is minutes) into seconds.
func parseSpent(text string) (int, bool) {
	parts := strings.Fields(strings.ToLower(text))
	if len(parts) == 0 {
		return 0, false
	}
	total := 0.0
	for _, p := range parts {
		unit := minuteSeconds
		switch p[len(p)-1] {
		case 'w':
			unit = weekSeconds
		case 'd':
			unit = daySeconds
		case 'h':
			unit = hourSeconds
		}
		number := strings.TrimRight(p, "wdhm")
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || len(p)-len(number) > 1 || strings.Trim(number, "0123456789.") != "" || n > 1e6 {
			return 0, false
		}
		total += n * float64(unit)
	}
	return int(total), true
}

// formatSpent writes seconds as Jira shows them.
func formatSpent(seconds int) string {
	var parts []string
	for _, u := range []struct {
		seconds int
		unit    string
	}{{weekSeconds, "w"}, {daySeconds, "d"}, {hourSeconds, "h"}, {minuteSeconds, "m"}} {
		if n := seconds / u.seconds; n > 0 {
			parts = append(parts, fmt.Sprintf("%d%s", n, u.unit))
			seconds %= u.seconds
		}
	}
	if len(parts) == 0 {
		return "0m"
	}
	return strings.Join(parts, " ")
}
