package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"jirahook/internal/peak"
)

const (
	manyPushes = 30_000
	manyKeys   = 40_000
)

// pushes keeps very many pushes of one issue each, while nobody delivers, and then
// takes all of them into the database and delivers them. What a push costs must
// not grow with what waits.
func (b *bench) pushes(database string) error {
	for _, n := range []int{manyPushes / 4, manyPushes / 2, manyPushes} {
		bed, err := b.bed(database, config{wait: "0s", issues: 1000})
		if err != nil {
			return err
		}
		defer bed.jira.Close()
		var messages []string
		for i := range n {
			messages = append(messages, fmt.Sprintf("SHOP-%d step %d", i%1000+1, i))
		}
		dir, ids, err := bed.history(messages)
		if err != nil {
			return err
		}
		var first, last time.Duration
		for i := range n {
			took, err := bed.hook(push{dir, lines(ids[i], ids[i+1])})
			if err != nil {
				return err
			}
			if i < 1000 {
				first += took
			}
			if i >= n-1000 {
				last += took
			}
		}
		rest, err := bed.deliver(n)
		if err != nil {
			return err
		}
		fmt.Printf("%s: %d pushes: hook %.1f ms at first, %.1f at last; %s\n", database, n, ms(first)/1000, ms(last)/1000, rest)
	}
	return nil
}

// deliver takes in what was kept and sends it, which must make so many comments, and
// tells in words how long it took for each of them.
func (b *bed) deliver(comments int) (string, error) {
	taken, planning, err := b.runCounting("queue", "list", "--issue", "SHOP-1")
	if err != nil {
		return "", err
	}
	sent, cpu, err := b.runCounting("deliver")
	if err != nil {
		return "", err
	}
	if got := b.comments(); got != comments {
		return "", fmt.Errorf("%d comments were made, want %d", got, comments)
	}
	each := func(d time.Duration) float64 { return ms(d) / float64(comments) }
	return fmt.Sprintf("taking in %.2f ms each (%.2f of processor), delivering %.2f (%.2f)", each(taken), each(planning), each(sent), each(cpu)), nil
}

// keys keeps one push that names very many issues, without a limit, and delivers
// it.
func (b *bench) keys(database string) error {
	for _, n := range []int{manyKeys / 4, manyKeys / 2, manyKeys} {
		bed, err := b.bed(database, config{wait: "3s", issues: n, more: "limits: {issues_per_push: 0, issues_per_commit: 0}\n"})
		if err != nil {
			return err
		}
		defer bed.jira.Close()
		var messages []string
		for i := 0; i < n; i += 20 {
			m := "step"
			for j := range 20 {
				m += fmt.Sprintf(" SHOP-%d", i+j+1)
			}
			messages = append(messages, m)
		}
		p, err := bed.newPush(messages)
		if err != nil {
			return err
		}
		took, memory, err := bed.hookWatched(p, peak.Memory)
		if err != nil {
			return err
		}
		rest, err := bed.deliver(n)
		if err != nil {
			return err
		}
		fmt.Printf("%s: a push of %d keys: hook %.1f s, %d MiB; %s\n", database, n, took.Seconds(), memory>>20, rest)
	}
	return nil
}

// texts looks how much memory a hook takes, and how large its spool file is, for
// pushes that bring much text.
func (b *bench) texts(database string) error {
	line := strings.Repeat("<", 78) + "\n"
	long := func(size int) string { return "SHOP-1 long\n\n" + strings.Repeat(line, size/len(line)) }
	for _, shape := range []struct {
		name    string
		commits int
		message func(i int) string
	}{
		{"120 commits of 1 MiB", 120, func(int) string { return long(1 << 20) }},
		{"4,000 commits of 64 KiB", 4000, func(int) string { return long(64 << 10) }},
		{"100,000 commits of one line", 100_000, func(i int) string { return fmt.Sprintf("SHOP-%d step %d", i%1000+1, i) }},
		{"10,000 commits of 50 lines with a command", 10_000, func(i int) string {
			return fmt.Sprintf("step %d\n\n", i) + strings.Repeat(fmt.Sprintf("SHOP-%d #comment said\n", i%1000+1), 50)
		}},
	} {
		for _, wait := range []string{"0s", "3s"} {
			bed, err := b.bed(database, config{wait: wait, issues: 1000})
			if err != nil {
				return err
			}
			defer bed.jira.Close()
			var messages []string
			size := 0
			for i := range shape.commits {
				messages = append(messages, shape.message(i))
				size += len(messages[i])
			}
			p, err := bed.newPush(messages)
			if err != nil {
				return err
			}
			took, memory, err := bed.hookWatched(p, peak.Memory)
			if err != nil {
				return err
			}
			spooled := int64(0)
			kept, err := filepath.Glob(filepath.Join(bed.dir, "outbox/spool/*.push"))
			if err != nil {
				return err
			}
			for _, name := range kept {
				if info, err := os.Stat(name); err == nil {
					spooled += info.Size()
				}
			}
			fmt.Printf("%s: %s (%.0f MiB of text), wait %s: hook %.1f s, at most %d MiB; %.1f MiB in the spool\n",
				database, shape.name, float64(size)/(1<<20), wait, took.Seconds(), memory>>20, float64(spooled)/(1<<20))
		}
	}
	return nil
}
