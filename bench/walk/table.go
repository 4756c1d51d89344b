package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// writeTables writes all results as Markdown: a summary, then a table for each
// repository, then the hook.
func writeTables(w io.Writer, r results) {
	groups := byRepository(r.Rows)
	if len(groups) > 0 {
		fmt.Fprintf(w, "Which commits did a push bring? Whole processes, interleaved, medians; %s.\n\n", r.Machine)
		writeSummary(w, groups)
	}
	for _, g := range groups {
		writeRepository(w, g)
	}
	if len(r.Hook) > 0 {
		writeHook(w, r.Hook)
	}
	if problems := r.problems(); len(problems) > 0 {
		fmt.Fprint(w, "\n### Problems\n\n")
		for _, p := range problems {
			fmt.Fprintf(w, "- %s\n", p)
		}
	}
}

// byRepository groups rows that follow each other.
func byRepository(rows []row) [][]row {
	var groups [][]row
	for _, r := range rows {
		if n := len(groups); n > 0 && groups[n-1][0].Size == r.Size && groups[n-1][0].Variant == r.Variant {
			groups[n-1] = append(groups[n-1], r)
		} else {
			groups = append(groups, []row{r})
		}
	}
	return groups
}

// repositoryTitle is a repository in words.
func (r row) repositoryTitle() string {
	return fmt.Sprintf("%s commits, %s", thousands(r.Commits), r.Title)
}

// writeSummary has one line for each repository.
func writeSummary(w io.Writer, groups [][]row) {
	writeRow(w, "repository", "git ms", "ours ms", "ours ÷ git", "git MB", "ours MB", "targets met")
	writeRow(w, "---", "--:", "--:", "--:", "--:", "--:", "--:")
	for _, g := range groups {
		var git, ours, ratio []float64
		var gitPeak, oursPeak float64
		targets, met := 0, 0
		for _, r := range g {
			if t, ok := targetOf(r); ok {
				targets++
				if r.Ours.Rounds > 0 && t.missed(r.Git, r.Ours) == "" {
					met++
				}
			}
			if r.Ours.Rounds == 0 {
				continue
			}
			git, ours, ratio = append(git, r.Git.Wall), append(ours, r.Ours.Wall), append(ratio, r.Ours.Wall/r.Git.Wall)
			gitPeak, oursPeak = max(gitPeak, r.Git.Peak), max(oursPeak, r.Ours.Peak)
		}
		verdict := "–"
		if targets > 0 {
			verdict = fmt.Sprintf("%d of %d", met, targets)
		}
		writeRow(w, g[0].repositoryTitle(), span(git, number), span(ours, number), span(ratio, ratioText),
			number(gitPeak), number(oursPeak), verdict)
	}
}

// span is the lowest and the highest of some values.
func span(values []float64, format func(float64) string) string {
	if len(values) == 0 {
		return "–"
	}
	low, high := format(slices.Min(values)), format(slices.Max(values))
	if low == high {
		return low
	}
	return low + "–" + high
}

// writeRepository has one line for each push to a repository.
func writeRepository(w io.Writer, rows []row) {
	withGoGit := slices.ContainsFunc(rows, func(r row) bool { return r.GoGit != nil })
	fmt.Fprintf(w, "\n### %s\n\n", rows[0].repositoryTitle())
	head := []string{"push", "git ms", "ours ms", "wall ÷ git", "CPU ÷ git", "git MB", "ours MB", "at most", "met"}
	rule := []string{"---", "--:", "--:", "--:", "--:", "--:", "--:", "---", "---"}
	if withGoGit {
		head, rule = append(head, "plain go-git"), append(rule, "---")
	}
	writeRow(w, head...)
	writeRow(w, rule...)
	for _, r := range rows {
		cells := []string{scenarioTitle(r), number(r.Git.Wall)}
		if r.Ours.Rounds == 0 {
			cells = append(cells, "failed", "", "", number(r.Git.Peak), "", "", "no")
		} else {
			cells = append(cells, number(r.Ours.Wall), ratioText(r.Ours.Wall/r.Git.Wall), ratioText(r.Ours.CPU/r.Git.CPU),
				number(r.Git.Peak), number(r.Ours.Peak))
			cells = append(cells, verdict(r)...)
		}
		if withGoGit {
			text := ""
			if g := r.GoGit; g != nil {
				text = fmt.Sprintf("%s ms (%s ×), %s MB", number(g.Wall), number(g.Wall/r.Git.Wall), number(g.Peak))
			}
			cells = append(cells, text)
		}
		writeRow(w, cells...)
	}
}

func scenarioTitle(r row) string {
	title := scenarioTitles[r.Scenario]
	if r.Scenario == "b2" && r.Commits <= 50_000 {
		title = "new branch, 3 commits, forked half way back"
	}
	return fmt.Sprintf("%s: %s", r.Scenario, title)
}

// verdict is the target and whether it is met.
func verdict(r row) []string {
	t, ok := targetOf(r)
	if !ok {
		return []string{"–", "–"}
	}
	met := "yes"
	if missed := t.missed(r.Git, r.Ours); missed != "" {
		met = "**no** (" + missed + ")"
	}
	return []string{t.words(r.Git.Wall), met}
}

// writeHook compares the whole hook with a program that does nothing.
func writeHook(w io.Writer, rows []hookRow) {
	fmt.Fprintf(w, "\n### The whole hook with delivery.wait 0, 1,000 commits\n\n")
	writeRow(w, "push", "repository", "empty Go program ms", "hook ms", "CPU ms", "MB", "at most ms", "met")
	writeRow(w, "---", "---", "--:", "--:", "--:", "--:", "--:", "---")
	for _, h := range rows {
		limit, met := number(h.limit()), "yes"
		switch {
		case bringsMany(h.Scenario):
			limit, met = "–", "–"
		case h.Hook.Wall > h.limit():
			met = "**no**"
		}
		writeRow(w, fmt.Sprintf("%s: %s", h.Scenario, scenarioTitles[h.Scenario]), h.Title, number(h.Empty.Wall), number(h.Hook.Wall),
			number(h.Hook.CPU), number(h.Hook.Peak), limit, met)
	}
}

// bringsMany tells of pushes by which a thousand commits or more arrive, each of
// which mentions an issue: what they take is told, and no start-up.
func bringsMany(scenario string) bool { return scenario == "e" || scenario == "f" }

func writeRow(w io.Writer, cells ...string) {
	fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
}

// number has one decimal below ten, none above.
func number(v float64) string {
	if v < 9.95 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return thousands(int(math.Round(v)))
}

func ratioText(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// thousands writes a number with commas.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
