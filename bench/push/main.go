// Push measures what jirahook adds to a push, as the pusher feels it: whole
// `git push` runs of one commit to a local bare repository, without a hook and
// with it, interleaved, so that other load falls on all alike. The table gives
// medians and their ratio to a push without a hook.
//
//	go build -o /tmp/jirahook ./cmd/jirahook && go run ./bench/push /tmp/jirahook
//
// With an earlier program behind the number of rounds, each is run beside it, by
// turns first, and the table has the median of the ratios of the pairs besides:
//
//	go run ./bench/push /tmp/jirahook 100 /tmp/before
package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"jirahook/internal/jiratest"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "push:", err)
		os.Exit(1)
	}
}

// rival is one way to run a push.
type rival struct {
	name    string
	wait    string // delivery.wait; "": no hook
	down    bool
	latency time.Duration
	message string
	program string
	before  *rival // the same with an earlier program; nil: there is none
	times   []time.Duration
}

func run() error {
	if len(os.Args) < 2 {
		return errors.New("usage: push PROGRAM [ROUNDS [BEFORE]]")
	}
	rounds := 20
	if len(os.Args) > 2 {
		var err error
		if rounds, err = strconv.Atoi(os.Args[2]); err != nil {
			return err
		}
	}
	rivals := []*rival{
		{name: "no hook", message: "SHOP-12 step"},
		{name: "hook, no key in the message", wait: "3s", message: "step"},
		{name: "hook, delivery.wait: 0", wait: "0s", message: "SHOP-12 step"},
		{name: "hook, Jira answers in 50 ms", wait: "3s", latency: 50 * time.Millisecond, message: "SHOP-12 step"},
		{name: "hook, Jira refuses connections", wait: "3s", down: true, message: "SHOP-12 step"},
	}
	dir, err := os.MkdirTemp("", "jirahook-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var all []*rival
	for _, r := range rivals {
		r.program = os.Args[1]
		all = append(all, r)
		if len(os.Args) > 3 && r.wait != "" {
			before := *r
			before.program, r.before = os.Args[3], &before
			all = append(all, &before)
		}
	}
	for i, r := range all {
		stop, err := r.setUp(filepath.Join(dir, strconv.Itoa(i)))
		if err != nil {
			return err
		}
		defer stop()
	}
	for round := range rounds + 1 {
		for n := range all {
			i := n
			if round%2 > 0 {
				i = len(all) - 1 - n
			}
			r := all[i]
			took, err := r.push(filepath.Join(dir, strconv.Itoa(i)), round)
			if err != nil {
				return err
			}
			if round > 0 { // the first makes the tables
				r.times = append(r.times, took)
			}
		}
	}
	base := float64(median(rivals[0].times))
	fmt.Printf("| push of one commit, median of %d | ms | ratio | to before |\n|---|---|---|---|\n", rounds)
	for _, r := range rivals {
		pairs := "–"
		if r.before != nil {
			var ratios []float64
			for i, took := range r.times {
				ratios = append(ratios, float64(took)/float64(r.before.times[i]))
			}
			pairs = fmt.Sprintf("%.3f", median(ratios))
		}
		m := float64(median(r.times))
		fmt.Printf("| %s | %.0f | %.2f | %s |\n", r.name, m/1e6, m/base, pairs)
	}
	return nil
}

func median[T cmp.Ordered](all []T) T {
	return slices.Sorted(slices.Values(all))[len(all)/2]
}

// setUp makes a repository with its own Jira and outbox.
func (r *rival) setUp(dir string) (stop func(), err error) {
	jira := jiratest.New(jiratest.Options{Flavour: jiratest.DataCenter10, Latency: r.latency})
	if err := jira.Start(); err != nil {
		return nil, err
	}
	jira.AddProject("SHOP", jiratest.SimpleWorkflow())
	jira.AddIssue("SHOP-12", "Cart total is wrong")
	_, _, token := jira.Credentials()
	for _, args := range [][]string{
		{"init", "-q", "--bare", "-b", "main", dir + "/shop.git"},
		{"init", "-q", "-b", "main", dir + "/work"},
		{"-C", dir + "/work", "remote", "add", "origin", dir + "/shop.git"},
		{"-C", dir + "/work", "config", "user.name", "Ann"},
		{"-C", dir + "/work", "config", "user.email", "ann@example.com"},
	} {
		if err := git(args...); err != nil {
			return nil, err
		}
	}
	if r.wait != "" {
		config := fmt.Sprintf("version: 1\njira:\n  url: %s\n  auth: {type: token, secret_file: %s}\nprojects: [SHOP]\n"+
			"server: {kind: gitlab, url: \"https://git.example.com\"}\noutbox: {dir: %s}\ndelivery: {wait: %s}\n",
			jira.URL(), dir+"/token", dir+"/outbox", r.wait)
		hook := fmt.Sprintf("#!/bin/sh\nexec '%s' --config '%s' post-receive\n", r.program, dir+"/config.yaml")
		err = errors.Join(
			os.WriteFile(dir+"/token", []byte(token+"\n"), 0o600),
			os.WriteFile(dir+"/config.yaml", []byte(config), 0o600),
			os.WriteFile(dir+"/shop.git/hooks/post-receive", []byte(hook), 0o755))
	}
	if r.down {
		err = errors.Join(err, jira.SetDown(true))
	}
	return jira.Close, err
}

// push commits, and times the push.
func (r *rival) push(dir string, round int) (time.Duration, error) {
	date := fmt.Sprintf("--date=@%d +0000", time.Now().Add(-time.Hour).Unix()+int64(round)*60)
	if err := git("-C", dir+"/work", "commit", "-q", "--allow-empty", date, "-m", fmt.Sprint(r.message, " ", round)); err != nil {
		return 0, err
	}
	began := time.Now()
	err := git("-C", dir+"/work", "push", "-q", "origin", "main")
	return time.Since(began), err
}

func git(args ...string) error {
	if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("git %v: %w\n%s", args, err, out)
	}
	return nil
}
