package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// errProblems ends the program with exit code 1 after everything was measured.
var errProblems = errors.New("a program failed, or its output is not git's; see Problems")

// bench builds, measures and publishes what the options say.
func (o options) bench(ctx context.Context, stdout, stderr io.Writer) error {
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return err
	}
	o.dir = dir
	programs, err := newBuilder(ctx, filepath.Join(dir, "bin"))
	if err != nil {
		return err
	}
	timed, err := programs.build(ctx, "bench/walk/timed")
	if err != nil {
		return err
	}
	git, version, err := findGit(ctx)
	if err != nil {
		return err
	}
	m := meter{timed: timed, timeout: o.timeout}
	r := results{Machine: machine(version)}
	if len(o.sizes) > 0 {
		c := comparison{meter: m, pace: o.pace, git: git, temp: filepath.Join(dir, "outputs")}
		if c.ours, err = programs.ours(ctx, o.ours); err != nil {
			return err
		}
		if o.goGit != "none" {
			if c.goGit, err = programs.build(ctx, "bench/walk/plain"); err != nil {
				return err
			}
		}
		if err := os.MkdirAll(c.temp, 0o755); err != nil {
			return err
		}
		if err := o.walks(ctx, c, &r, stderr); err != nil {
			return err
		}
	}
	if o.hook {
		if r.Hook, err = o.hooks(ctx, programs, m, stderr); err != nil {
			return err
		}
		if err := o.keep(r); err != nil {
			return err
		}
	}
	if err := o.publish(r, stdout); err != nil {
		return err
	}
	if o.startup {
		if err := writeStartup(ctx, stdout, programs, o.rounds); err != nil {
			return err
		}
	}
	if len(r.problems()) > 0 {
		return errProblems
	}
	return nil
}

// walks measures all pushes to all repositories.
func (o options) walks(ctx context.Context, c comparison, r *results, progress io.Writer) error {
	for _, s := range o.sizes {
		began := time.Now()
		b, err := buildBase(ctx, o.dir, s)
		if err != nil {
			return err
		}
		fmt.Fprintf(progress, "%s: history ready, %.1f s\n", s.name, time.Since(began).Seconds())
		for _, v := range variants() {
			if !s.has(v) || len(o.variants) > 0 && !slices.Contains(o.variants, v.name) {
				continue
			}
			began := time.Now()
			scenarios, err := buildVariant(ctx, o.dir, s, v, b)
			if err != nil {
				return err
			}
			fmt.Fprintf(progress, "%s %s: ready, %.1f s\n", s.name, v.name, time.Since(began).Seconds())
			for _, sc := range scenarios {
				if len(o.scenarios) > 0 && !slices.Contains(o.scenarios, sc.Name) {
					continue
				}
				w := newRow(s, v, sc)
				if err := o.walk(ctx, c, &w, sc); err != nil {
					return err
				}
				r.Rows = append(r.Rows, w)
				fmt.Fprintf(progress, "%s %s %s: git %s ms, ours %s ms %v\n", s.name, v.name, sc.Name, number(w.Git.Wall), number(w.Ours.Wall), w.Problems)
			}
			if err := o.keep(*r); err != nil {
				return err
			}
		}
	}
	return nil
}

// walk measures one push.
func (o options) walk(ctx context.Context, c comparison, w *row, s scenario) error {
	if !o.runsGoGit(*w) {
		c.goGit = ""
	}
	return c.measure(ctx, w, s)
}

func newRow(s size, v variant, sc scenario) row {
	r := row{Size: s.name, Commits: s.history.commits, Variant: v.name, Title: v.titleFor(s),
		Graph: v.graph != noGraph, First: v.first, Scenario: sc.Name}
	if v.many {
		r.Refs = s.refs
	}
	return r
}

// runsGoGit tells whether plain go-git is measured on a push.
func (o options) runsGoGit(r row) bool {
	plainPlace := !r.Graph && r.Refs == 0
	switch o.goGit {
	case "none":
		return false
	case "all":
		return true
	case "auto":
		return plainPlace && (r.Commits <= 1_000 || r.Scenario == "a")
	default:
		return plainPlace && slices.Contains(list(o.goGit), r.Scenario)
	}
}

// keep saves the figures so far.
func (o options) keep(r results) error {
	if o.json == "" {
		return nil
	}
	return r.write(o.json)
}
