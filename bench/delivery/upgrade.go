package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	upgradeIssues  = 2_500
	upgradeCommits = 50_000
)

// upgrade has an earlier program keep two pushes of 50,000 commits on 2,500 issues
// while Jira is paused: 10,000 actions wait, a comment and a link for each issue and
// push, and 100,000 records are kept. The program of now must send all of it, each
// issue's in its order, and nothing again when all is rebased.
func (b *bench) upgrade(database, before string) error {
	bed, err := b.bed(database, config{wait: "0s", links: true, issues: upgradeIssues, more: "limits: {issues_per_push: 0}\n"})
	if err != nil {
		return err
	}
	defer bed.jira.Close()
	now := bed.program
	bed.program = before
	messages := make([]string, upgradeCommits)
	for i := range messages {
		messages[i] = fmt.Sprintf("SHOP-%d step %d", i%upgradeIssues+1, i)
	}
	dir, ids, err := bed.history(messages)
	if err != nil {
		return err
	}
	if _, err := bed.run("queue", "pause", "until the upgrade"); err != nil {
		return err
	}
	middle := upgradeCommits - upgradeIssues
	for _, p := range []push{{dir, lines(ids[0], ids[middle])}, {dir, lines(ids[middle], ids[upgradeCommits])}} {
		if _, err := bed.hook(p); err != nil {
			return err
		}
		if _, err := bed.run("queue", "list", "--issue", "SHOP-1"); err != nil { // takes it in
			return err
		}
	}
	bed.program = now
	began := time.Now()
	opened, err := bed.run("queue", "resume")
	if err != nil {
		return err
	}
	if _, err := bed.deliverAll(); err != nil {
		return err
	}
	drained := time.Since(began)
	if err := bed.checkUpgrade(); err != nil {
		return fmt.Errorf("after the upgrade: %w", err)
	}
	bed.jira.ClearRequests()
	tip, err := bed.rebased(dir, messages)
	if err != nil {
		return err
	}
	rebased, err := bed.hook(push{dir, lines(ids[upgradeCommits], tip)})
	if err != nil {
		return err
	}
	if _, err := bed.deliverAll(); err != nil {
		return err
	}
	if err := bed.checkUpgrade(); err != nil {
		return fmt.Errorf("after the rebase: %w", err)
	}
	fmt.Printf("%s: %d actions and %d records of an earlier program: opened in %.1f s, all sent in %.1f s, each issue's in order; the hook of the rebased push %.1f s, nothing told again\n",
		database, 4*upgradeIssues, 2*upgradeCommits, opened.Seconds(), drained.Seconds(), rebased.Seconds())
	return nil
}

// deliverAll runs deliver until nothing is left: a push whose planning takes longer than
// a first budget is set aside, and taken up with a longer one.
func (b *bed) deliverAll() (took time.Duration, err error) {
	for range 5 {
		var one time.Duration
		if one, err = b.run("deliver"); err == nil {
			return took + one, nil
		}
		took += one
	}
	return took, err
}

// checkUpgrade wants of each issue two comments, in the order of the pushes, and two links;
// both may have been led to other commits in their place.
func (b *bed) checkUpgrade() error {
	for _, key := range b.jira.Keys() {
		i := b.jira.Issue(key)
		var comments []string
		for _, line := range i.Activity {
			if kind, _, _ := strings.Cut(line, " "); kind == "comment" && !strings.HasSuffix(line, " edited") {
				comments = append(comments, line)
			}
		}
		if len(i.Comments) != 2 || len(comments) != 2 || !slices.IsSorted(comments) || len(i.Links) != 2 {
			return fmt.Errorf("%s has %d comments and %d links: %q", key, len(i.Comments), len(i.Links), i.Activity)
		}
		last := upgradeCommits - upgradeIssues
		var n int
		if _, err := fmt.Sscan(strings.TrimPrefix(key, "SHOP-"), &n); err != nil {
			return err
		}
		if !strings.Contains(i.Comments[1].Body, fmt.Sprintf("step %d", last+n-1)) {
			return fmt.Errorf("%s: the last comment is %q", key, i.Comments[1].Body)
		}
	}
	return nil
}
