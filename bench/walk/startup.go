package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
)

// initialized is a package's initialization, as the Go runtime traces it.
type initialized struct {
	name    string
	ms      float64
	kib     float64
	allocs  int
	startMS float64 // since the runtime began
}

// startupRows is how many packages the table names.
const startupRows = 15

// writeStartup tells what the start of jirahook is made of: medians of so many
// starts.
func writeStartup(ctx context.Context, w io.Writer, programs builder, rounds int) error {
	program, err := programs.jirahook(ctx)
	if err != nil {
		return err
	}
	var traces [][]initialized
	for range rounds {
		cmd := exec.CommandContext(ctx, program, "version")
		cmd.Env = isolated("GODEBUG=inittrace=1")
		var trace bytes.Buffer
		cmd.Stderr = &trace
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s version: %w", program, err)
		}
		packages := parseInitTrace(trace.String())
		if len(packages) == 0 {
			return fmt.Errorf("no trace of %s: %s", program, trace.String())
		}
		traces = append(traces, packages)
	}
	writeStartupTable(w, medianTrace(traces))
	return nil
}

// medianTrace takes the median of each package's times.
func medianTrace(traces [][]initialized) []initialized {
	clock, start := map[string][]float64{}, map[string][]float64{}
	for _, trace := range traces {
		for _, p := range trace {
			clock[p.name] = append(clock[p.name], p.ms)
			start[p.name] = append(start[p.name], p.startMS)
		}
	}
	all := slices.Clone(traces[0])
	for i, p := range all {
		all[i].ms, all[i].startMS = median(clock[p.name]), median(start[p.name])
	}
	return all
}

// parseInitTrace reads lines such as
//
//	init internal/bytealg @0.008 ms, 0 ms clock, 0 bytes, 0 allocs
func parseInitTrace(text string) []initialized {
	line := regexp.MustCompile(`(?m)^init (\S+) @([\d.]+) ms, ([\d.]+) ms clock, (\d+) bytes, (\d+) allocs$`)
	number := func(s string) float64 {
		v, _ := strconv.ParseFloat(s, 64) // digits, by the pattern
		return v
	}
	var all []initialized
	for _, m := range line.FindAllStringSubmatch(text, -1) {
		name, err := url.PathUnescape(m[1]) // gopkg.in/yaml%2ev3
		if err != nil {
			name = m[1]
		}
		all = append(all, initialized{name: name, startMS: number(m[2]), ms: number(m[3]), kib: number(m[4]) / 1024, allocs: int(number(m[5]))})
	}
	return all
}

// writeStartupTable lists the packages that took longest, and the sum of all.
func writeStartupTable(w io.Writer, packages []initialized) {
	all := slices.SortedStableFunc(slices.Values(packages), func(a, b initialized) int { return cmp.Compare(b.ms, a.ms) })
	last := slices.MaxFunc(packages, func(a, b initialized) int { return cmp.Compare(a.startMS, b.startMS) })
	fmt.Fprintf(w, "\n### Start of jirahook: initialization of packages\n\n")
	writeRow(w, "package", "ms", "KiB", "allocations")
	writeRow(w, "---", "--:", "--:", "--:")
	var rest, sum initialized
	for i, p := range all {
		sum = initialized{ms: sum.ms + p.ms, kib: sum.kib + p.kib, allocs: sum.allocs + p.allocs}
		if i < startupRows {
			writeStartupRow(w, p.name, p)
		} else {
			rest = initialized{ms: rest.ms + p.ms, kib: rest.kib + p.kib, allocs: rest.allocs + p.allocs}
		}
	}
	if n := len(all) - startupRows; n > 0 {
		writeStartupRow(w, fmt.Sprintf("%d others", n), rest)
	}
	writeStartupRow(w, "**all**", sum)
	fmt.Fprintf(w, "\nAll are done %.1f ms after the runtime began; what is not theirs is the runtime's and the trace's own.\n",
		last.startMS+last.ms)
}

func writeStartupRow(w io.Writer, name string, p initialized) {
	writeRow(w, name, fmt.Sprintf("%.2f", p.ms), fmt.Sprintf("%.0f", p.kib), strconv.Itoa(p.allocs))
}
