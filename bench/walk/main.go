// Walk measures how fast we find the commits that a push brought, beside git and
// beside go-git used plainly, on repositories from a thousand to a million
// commits.
//
//	go run ./bench/walk [flags] DIR
//
// It builds the repositories below DIR, the same ones at every run, pushes to
// them with git, and keeps them for the next run: 1 k takes seconds, 100 k two
// minutes, 1 m some ten minutes and 2 GB. Then it runs, for each push, git
// rev-list, bench/newcommits and go-git in turn, and compares what they print. A
// table goes to standard output, progress to standard error. The exit code is 1
// when an output differs from git's; a missed target is no failure.
//
// What takes part:
//
//	timed/  runs one program and reports what it cost
//	plain/  the same question to go-git, a module of its own
//	empty/  a program that does nothing, to measure the hook by
//
// To compare two versions of ours, build the other one and name it with -ours.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "walk:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	dir       string
	sizes     []size
	variants  []string // none: all
	scenarios []string // none: all
	goGit     string
	ours      string
	pace
	timeout time.Duration
	hook    bool
	startup bool

	table, plot, json, from string // files
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	if o.from != "" {
		r, err := readResults(o.from)
		if err != nil {
			return err
		}
		return o.publish(r, stdout)
	}
	return o.bench(ctx, stdout, stderr)
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("walk", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprint(stderr, "usage: go run ./bench/walk [flags] DIR\n\nMeasures how fast the commits of a push are found; repositories are built and kept in DIR.\n\n")
		f.PrintDefaults()
	}
	names := f.String("sizes", "1k,100k", "repositories, of 1k, 100k and 1m commits; none: no walk is measured")
	variants := f.String("variants", "", "only these: "+strings.Join(variantNames(), ", "))
	scenarios := f.String("scenarios", "", "only these pushes, by their letters")
	f.IntVar(&o.rounds, "rounds", 11, "measured runs of each program on each push")
	f.DurationVar(&o.budget, "budget", time.Minute, "time for one push, after which fewer rounds do, but at least 3")
	f.DurationVar(&o.timeout, "timeout", 10*time.Minute, "time for one run of a program")
	f.StringVar(&o.goGit, "gogit", "auto", "pushes on which plain go-git is measured: letters, all, none; auto: all on repositories\n"+
		"of 1k, push a on larger ones. Without all only where there is no commit-graph, which it does not read.\n"+
		"It runs once where it takes over 2 s")
	f.StringVar(&o.ours, "ours", "", "measure this `program` instead of bench/newcommits")
	f.BoolVar(&o.hook, "hook", false, "measure the whole hook with delivery.wait 0, too")
	f.BoolVar(&o.startup, "startup", false, "print what the start of jirahook is made of")
	f.StringVar(&o.table, "out", "", "write the table to this `file`, too")
	f.StringVar(&o.plot, "svg", "", "draw time against repository size to this `file`")
	f.StringVar(&o.json, "json", "", "keep the figures in this `file`, written after each repository")
	f.StringVar(&o.from, "plot-from", "", "make table and plot from such a `file` and measure nothing; needs no DIR")
	if err := f.Parse(args); err != nil {
		return options{}, err
	}
	var err error
	if o.sizes, err = chooseSizes(*names); err != nil {
		return options{}, err
	}
	o.variants, o.scenarios = list(*variants), list(*scenarios)
	if err := errors.Join(known("variant", o.variants, variantNames()), known("push", o.scenarios, scenarioNames())); err != nil {
		return options{}, err
	}
	switch o.dir = f.Arg(0); {
	case f.NArg() > 1:
		return options{}, fmt.Errorf("one folder, not %d; flags come before it", f.NArg())
	case o.dir == "" && o.from == "":
		f.Usage()
		return options{}, errors.New("in which folder?")
	case o.rounds < 1:
		return options{}, errors.New("at least one round")
	}
	return o, nil
}

// list splits at commas.
func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

func known(what string, given, all []string) error {
	for _, name := range given {
		if !slices.Contains(all, name) {
			return fmt.Errorf("no %s %q; there are %s", what, name, strings.Join(all, ", "))
		}
	}
	return nil
}

// chooseSizes are the sizes that are named, from small to large.
func chooseSizes(names string) ([]size, error) {
	if names == "none" {
		return nil, nil
	}
	var chosen []size
	var all []string
	for _, s := range sizes() {
		all = append(all, s.name)
		if slices.Contains(list(strings.ToLower(names)), s.name) {
			chosen = append(chosen, s)
		}
	}
	return chosen, known("size", list(strings.ToLower(names)), all)
}

// publish writes table and plot.
func (o options) publish(r results, stdout io.Writer) error {
	var table strings.Builder
	writeTables(&table, r)
	if _, err := io.WriteString(stdout, table.String()); err != nil {
		return err
	}
	if o.table != "" {
		if err := os.WriteFile(o.table, []byte(table.String()), 0o644); err != nil {
			return err
		}
	}
	if o.plot != "" {
		var plot strings.Builder
		if err := writePlot(&plot, plotOf(r.Rows)); err != nil {
			return err
		}
		return os.WriteFile(o.plot, []byte(plot.String()), 0o644)
	}
	return nil
}
