package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// comparison measures git, ours and plain go-git on the same pushes.
type comparison struct {
	meter
	pace
	git, ours, goGit string // programs; "" goGit: left out
	temp             string // folder for outputs
}

// tooSlow is the time of a run beyond which plain go-git is not run again: the
// run whose output is compared is then its only one.
const tooSlow = 2 * time.Second

// contender is one of the programs on one push.
type contender struct {
	name    string
	process process
	output  lineSet
	samples []sample
}

// measure fills the row's costs for a push. What fails, and what differs from
// git's output, becomes a problem of the row.
func (c comparison) measure(ctx context.Context, r *row, s scenario) (err error) {
	outputs, err := os.MkdirTemp(c.temp, r.Size+"-"+r.Variant+"-"+r.Scenario+"-")
	if err != nil {
		return err
	}
	keep := false
	defer func() {
		if !keep {
			err = errors.Join(err, os.RemoveAll(outputs))
		}
	}()
	git := &contender{name: "git", process: askGit(c.git, s)}
	ours := &contender{name: "ours", process: askProgram(c.ours, s)}
	all := []*contender{git, ours}
	goGit := &contender{name: "go-git"}
	if c.goGit != "" {
		goGit.process = askProgram(c.goGit, s)
		all = append(all, goGit)
	}
	var again []*contender
	for _, p := range all {
		first, err := c.try(ctx, p, filepath.Join(outputs, p.name))
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && p == git:
			return err
		case err != nil:
			r.Problems = append(r.Problems, fmt.Sprintf("%s failed: %v", p.name, err))
			continue
		case p.output != git.output:
			keep = true
			r.Problems = append(r.Problems, fmt.Sprintf("%s printed other lines than git (%d, %d); both outputs are in %s",
				p.name, p.output.count, git.output.count, outputs))
		}
		if p == goGit && first.wall > tooSlow {
			p.samples = []sample{first}
			continue
		}
		again = append(again, p)
	}
	if err := c.rounds(ctx, again); err != nil {
		return err
	}
	r.Git, r.Ours = costOf(git.samples), costOf(ours.samples)
	if len(goGit.samples) > 0 {
		plain := costOf(goGit.samples)
		r.GoGit = &plain
	}
	return nil
}

// rounds runs the contenders interleaved.
func (c comparison) rounds(ctx context.Context, contenders []*contender) error {
	var runners []runner
	for _, p := range contenders {
		runners = append(runners, func(ctx context.Context) (sample, error) { return c.run(ctx, p.process, nil) })
	}
	samples, err := c.interleave(ctx, runners)
	if err != nil {
		return err
	}
	for i, p := range contenders {
		p.samples = samples[i]
	}
	return nil
}

// try runs a program once, which also warms the page cache, and reads its output
// from a file that stays.
func (c comparison) try(ctx context.Context, p *contender, file string) (sample, error) {
	f, err := os.Create(file)
	if err != nil {
		return sample{}, err
	}
	defer f.Close()
	s, err := c.run(ctx, p.process, f)
	if err != nil {
		return sample{}, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return sample{}, err
	}
	p.output, err = readLineSet(f)
	return s, err
}
