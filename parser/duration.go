package parser

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Duration is the time of a #time command: what was written, summed by unit.
type Duration struct{ W, D, H, M float64 }

// Jira gives the duration in Jira's notation, whole numbers only: "1w 2d 4h
// 30m"; "" when it rounds to less than a minute.
//
// Whole weeks, days and hours stay as written, since what they last is Jira's
// setting. A fraction moves to the smaller units by Jira's defaults, 5 days a
// week and 8 hours a day: 1.5w is "1w 2d 4h", 0.25d is "2h", 1.5h is "1h 30m".
// The sum of all fractions is rounded to whole minutes; 60 minutes are an hour.
func (d Duration) Jira() string {
	const day, week = 8 * 60, 5 * 8 * 60
	weeks, weekPart := math.Modf(d.W)
	days, dayPart := math.Modf(d.D)
	hours, hourPart := math.Modf(d.H)
	minutes := math.Round(weekPart*week + dayPart*day + hourPart*60 + d.M)

	// Only a week's fraction makes days.
	fromWeek := math.Floor(math.Round(weekPart*week) / day)
	days += fromWeek
	minutes -= fromWeek * day
	hours += math.Floor(minutes / 60)
	minutes = math.Mod(minutes, 60)

	var parts []string
	for _, p := range []struct {
		count float64
		unit  string
	}{{weeks, "w"}, {days, "d"}, {hours, "h"}, {minutes, "m"}} {
		if p.count > 0 {
			parts = append(parts, fmt.Sprintf("%.0f%s", p.count, p.unit))
		}
	}
	return strings.Join(parts, " ")
}

// parseDuration reads the duration that begins an argument: units such as
// "1.5h", in any order, with or without blanks between them. spec is what was
// written, joined by single blanks; rest is the text behind it. Punctuation directly
// behind a unit belongs to the sentence around it: "2h, 30m.", "1h)".
//
// It refuses what only half reads as a duration: "2hours", "1h30".
func parseDuration(argument string) (d Duration, spec, rest string, ok bool) {
	var units []string
	rest = argument
	for {
		number, after, found := cutNumber(rest)
		if !found || after == "" {
			break
		}
		behind := behindUnit(after[1:])
		if behind != "" && !isBlank(behind[0]) && !isDigit(behind[0]) || !d.add(number, after[0]) {
			break
		}
		units = append(units, number+after[:1])
		rest = behind
		if rest != "" && isBlank(rest[0]) {
			ok = true
			rest = strings.TrimLeftFunc(rest, isControl)
			continue
		}
		ok = rest == ""
	}
	return d, strings.Join(units, " "), rest, ok
}

// punctuation is what may stand directly behind a word and is not part of it.
const punctuation = ".,:;!?)]}>\"'`*”’»…"

// behindUnit leaves out the punctuation that begins a text, if it ends a word.
func behindUnit(text string) string {
	rest := strings.TrimLeft(text, punctuation)
	if rest == "" || isBlank(rest[0]) {
		return rest
	}
	return text
}

// cutNumber cuts digits, or digits, a dot and digits, off a text. More than nine
// digits before the dot are no number of hours that anyone worked.
func cutNumber(text string) (number, after string, found bool) {
	i := digits(text)
	if i == 0 || i > 9 {
		return "", text, false
	}
	if i < len(text) && text[i] == '.' {
		decimals := digits(text[i+1:])
		if decimals == 0 {
			return "", text, false
		}
		i += 1 + decimals
	}
	return text[:i], text[i:], true
}

func digits(text string) int {
	n := 0
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return n
}

// add adds a number of a unit; false if there is no such unit.
func (d *Duration) add(number string, unit byte) bool {
	n, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return false
	}
	switch unit {
	case 'w':
		d.W += n
	case 'd':
		d.D += n
	case 'h':
		d.H += n
	case 'm':
		d.M += n
	default:
		return false
	}
	return true
}
