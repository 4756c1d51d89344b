package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"jirahook/internal/peak"
)

// backlog keeps pushes of 100 issues, a comment and a link for each, until so many
// actions wait (a multiple of 20,000), and delivers them to a Jira without latency: first a tenth, then
// all. Memory must not grow with what waits.
func (b *bench) backlog(database string, actions int) error {
	for _, n := range []int{actions / 10, actions} {
		bed, err := b.bed(database, config{wait: "0s", links: true, issues: 1000})
		if err != nil {
			return err
		}
		defer bed.jira.Close()
		if err := bed.pile(n / 200); err != nil {
			return err
		}
		// What a hook or worker pays first: taking the spool into the database.
		if _, err := bed.run("queue", "list"); err != nil {
			return err
		}
		cmd := exec.Command(bed.program, "--config", filepath.Join(bed.dir, "config.yaml"), "deliver")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		began := time.Now()
		if err := cmd.Start(); err != nil {
			return err
		}
		memory := peak.Memory(cmd.Process.Pid)
		if err := cmd.Wait(); err != nil {
			return fmt.Errorf("deliver: %w: %s", err, out.String())
		}
		took := time.Since(began)
		if err := bed.inOrder(n / 200); err != nil {
			return err
		}
		fmt.Printf("backlog, %s: %d actions on 1000 issues delivered in %.0f s, %.2f ms each, in order; at most %d MiB of memory\n",
			database, n, took.Seconds(), ms(took)/float64(n), memory>>20)
	}
	return nil
}

// pile keeps pushes, each of a hundred issues.
func (b *bed) pile(pushes int) error {
	for n := range pushes {
		var messages []string
		for i := range 100 {
			messages = append(messages, fmt.Sprintf("SHOP-%d step %d", (n%10)*100+i+1, n))
		}
		p, err := b.newPush(messages)
		if err == nil {
			_, err = b.hook(p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

var step = regexp.MustCompile(`step ([0-9]+)`)

// inOrder looks whether each issue was told of all its pushes, in their order.
func (b *bed) inOrder(pushes int) error {
	for _, key := range b.jira.Keys() {
		last, n := -1, 0
		for _, c := range b.jira.Issue(key).Comments {
			found := step.FindStringSubmatch(c.Body)
			if found == nil {
				return fmt.Errorf("%s: comment %q", key, c.Body)
			}
			at, err := strconv.Atoi(found[1])
			if err != nil || at <= last {
				return fmt.Errorf("%s: push %d came after %d", key, at, last)
			}
			last = at
			n++
		}
		if want := pushes / 10; n != want {
			return fmt.Errorf("%s: %d comments, want %d", key, n, want)
		}
	}
	return nil
}
