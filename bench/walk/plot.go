package main

import (
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/template"
)

// plotted is the push that the plot shows: one commit, as most pushes are.
const plotted = "a"

// curve is one program's time over the size of the repository.
type curve struct {
	name   string
	colour string
	dashed bool
	points []point // by commits
}

type point struct{ commits, ms float64 }

const (
	oursColour  = "#0b6bcb"
	gitColour   = "#d9480f"
	goGitColour = "#6b7280"
)

// plotOf picks the curves out of the rows; those without a point are left out.
func plotOf(rows []row) []curve {
	curves := []curve{
		{name: "plain go-git", colour: goGitColour},
		{name: "git, no commit-graph", colour: gitColour, dashed: true},
		{name: "git, commit-graph", colour: gitColour},
		{name: "jirahook, no commit-graph", colour: oursColour, dashed: true},
		{name: "jirahook, commit-graph", colour: oursColour},
	}
	add := func(i int, r row, c cost) {
		if c.Rounds > 0 {
			curves[i].points = append(curves[i].points, point{float64(r.Commits), c.Wall})
		}
	}
	for _, r := range rows {
		if r.Scenario != plotted {
			continue
		}
		switch r.Variant {
		case "nograph":
			if r.GoGit != nil {
				add(0, r, *r.GoGit)
			}
			add(1, r, r.Git)
			add(3, r, r.Ours)
		case "graph":
			add(2, r, r.Git)
			add(4, r, r.Ours)
		}
	}
	for _, c := range curves {
		slices.SortFunc(c.points, func(a, b point) int { return cmp.Compare(a.commits, b.commits) })
	}
	return slices.DeleteFunc(curves, func(c curve) bool { return len(c.points) == 0 })
}

// The plot's places, in pixels.
const (
	plotWidth, plotHeight = 880, 470
	left, right           = 96, 610 // the axes; names stand to the right
	top, bottom           = 76, 405
	nameHeight            = 19 // the least distance of two names
)

// scale is a logarithmic axis.
type scale struct {
	low, high float64 // powers of ten
	from, to  float64 // pixels
}

// scaleOf spans whole decades around the values.
func scaleOf(values []float64, from, to float64) scale {
	s := scale{low: math.Floor(math.Log10(slices.Min(values))), high: math.Ceil(math.Log10(slices.Max(values))), from: from, to: to}
	if s.low == s.high {
		s.high++
	}
	return s
}

func (s scale) at(v float64) float64 {
	return s.from + (math.Log10(v)-s.low)/(s.high-s.low)*(s.to-s.from)
}

// ticks are the decades.
func (s scale) ticks(format func(float64) string) []tick {
	var all []tick
	for e := s.low; e <= s.high; e++ {
		v := math.Pow(10, e)
		all = append(all, tick{At: s.at(v), Text: format(v)})
	}
	return all
}

type tick struct {
	At   float64
	Text string
}

// drawing is what the template is filled with.
type drawing struct {
	Width, Height            int
	Left, Right, Top, Bottom int
	Title, Subtitle          string
	X, Y                     []tick
	Lines                    []drawnLine
}

type drawnLine struct {
	Colour, Path string
	Dashed       bool
	Dots         []dot
	Name, Time   string  // of the last point
	EndX, EndY   float64 // last point
	NameY        float64
}

type dot struct{ X, Y float64 }

// writePlot draws the curves as SVG.
func writePlot(w io.Writer, curves []curve) error {
	if len(curves) == 0 {
		return fmt.Errorf("nothing to plot: push %s was not measured with or without a commit-graph", plotted)
	}
	var commits, times []float64
	for _, c := range curves {
		for _, p := range c.points {
			commits, times = append(commits, p.commits), append(times, p.ms)
		}
	}
	x, y := scaleOf(commits, left, right), scaleOf(times, bottom, top)
	d := drawing{Width: plotWidth, Height: plotHeight, Left: left, Right: right, Top: top, Bottom: bottom,
		Title:    "Finding the commits that a push of one commit brought",
		Subtitle: "Whole process, median. Both axes are logarithmic. Dashed: no commit-graph.",
		X:        x.ticks(commitCount), Y: y.ticks(duration)}
	for _, c := range curves {
		d.Lines = append(d.Lines, draw(c, x, y))
	}
	spread(d.Lines)
	return plotTemplate().Execute(w, d)
}

func draw(c curve, x, y scale) drawnLine {
	l := drawnLine{Colour: c.colour, Dashed: c.dashed, Name: c.name}
	var path strings.Builder
	for i, p := range c.points {
		l.EndX, l.EndY = x.at(p.commits), y.at(p.ms)
		l.Dots = append(l.Dots, dot{l.EndX, l.EndY})
		fmt.Fprintf(&path, "%c%.1f %.1f", "ML"[min(i, 1)], l.EndX, l.EndY)
		l.Time = duration(p.ms)
	}
	l.Path = path.String()
	return l
}

// spread puts each name beside the end of its line, and moves apart those that
// would touch.
func spread(lines []drawnLine) {
	order := make([]*drawnLine, len(lines))
	for i := range lines {
		lines[i].NameY = lines[i].EndY
		order[i] = &lines[i]
	}
	slices.SortStableFunc(order, func(a, b *drawnLine) int { return cmp.Compare(a.EndY, b.EndY) })
	for range 100 { // each step halves an overlap
		for i := 1; i < len(order); i++ {
			if overlap := order[i-1].NameY + nameHeight - order[i].NameY; overlap > 0 {
				order[i-1].NameY -= overlap / 2
				order[i].NameY += overlap / 2
			}
		}
	}
}

// commitCount writes 1,000 as 1 k and 1,000,000 as 1 M.
func commitCount(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.0f M", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.0f k", v/1e3)
	}
	return fmt.Sprintf("%.0f", v)
}

// duration writes milliseconds in a unit that suits.
func duration(v float64) string {
	unit := "ms"
	if v >= 999.5 {
		v, unit = v/1000, "s"
	}
	return strings.TrimSuffix(number(v), ".0") + " " + unit
}

//go:embed plot.svg.tmpl
var plotSVG string

func plotTemplate() *template.Template {
	return template.Must(template.New("plot").Funcs(template.FuncMap{
		"px":  func(v float64) string { return fmt.Sprintf("%.1f", v) },
		"add": func(a, b float64) float64 { return a + b },
		"mid": func(a, b int) int { return (a + b) / 2 },
		"sum": func(a, b int) int { return a + b },
		"esc": template.HTMLEscapeString,
	}).Parse(plotSVG))
}
