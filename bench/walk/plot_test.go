package main

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestPlotIsXMLAndNamesItsCurves(t *testing.T) {
	curves := plotOf(sampleResults().Rows)
	curves = append(curves, curve{name: `a <b> & "c"`, colour: "#000000", points: []point{{1e3, 3}, {1e6, 4}}})
	var svg strings.Builder
	if err := writePlot(&svg, curves); err != nil {
		t.Fatal(err)
	}
	var texts []string
	decoder := xml.NewDecoder(strings.NewReader(svg.String()))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, svg.String())
		}
		if text, ok := token.(xml.CharData); ok {
			texts = append(texts, strings.TrimSpace(string(text)))
		}
	}
	for _, want := range []string{"plain go-git", "156 s", "git, no commit-graph", "280 ms", "jirahook, commit-graph", "20 ms",
		`a <b> & "c"`, "1 k", "1 M", "1,000 s", "1 ms", "time", "commits in the repository"} {
		if !slices.Contains(texts, want) {
			t.Errorf("no text %q", want)
		}
	}
}

func TestPlotNeedsThePushItShows(t *testing.T) {
	if err := writePlot(io.Discard, plotOf([]row{{Scenario: "b", Variant: "graph", Git: cost{Wall: 1, Rounds: 1}}})); err == nil {
		t.Error("no error")
	}
}

func TestNamesOfCurvesDoNotTouch(t *testing.T) {
	lines := []drawnLine{{EndY: 100}, {EndY: 101}, {EndY: 300}, {EndY: 99}, {EndY: 110}}
	spread(lines)
	var at []float64
	for _, l := range lines {
		at = append(at, l.NameY)
	}
	if at[2] != 300 {
		t.Errorf("a name with room was moved to %v", at[2])
	}
	if !(at[3] < at[0] && at[0] < at[1] && at[1] < at[4]) {
		t.Errorf("names do not stand in the order of their lines: %v", at)
	}
	slices.Sort(at)
	for i := 1; i < len(at); i++ {
		if at[i]-at[i-1] < nameHeight-0.5 {
			t.Errorf("names at %.1f and %.1f touch", at[i-1], at[i])
		}
	}
}

func TestScaleSpansDecades(t *testing.T) {
	s := scaleOf([]float64{20, 3000}, 0, 300)
	for v, want := range map[float64]float64{10: 0, 100: 100, 1000: 200, 10000: 300} {
		if got := s.at(v); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v is at %v, not %v", v, got, want)
		}
	}
	if got := scaleOf([]float64{1000}, 0, 1).ticks(commitCount); len(got) != 2 || got[1].Text != "10 k" {
		t.Errorf("one value gives the ticks %v", got)
	}
}
