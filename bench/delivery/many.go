package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
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
		taken, planning, err := bed.runCounting("queue", "list", "--issue", "SHOP-1")
		if err != nil {
			return err
		}
		sent, cpu, err := bed.runCounting("deliver")
		if err != nil {
			return err
		}
		if got := bed.comments(); got != n {
			return fmt.Errorf("%d pushes made %d comments", n, got)
		}
		fmt.Printf("%s: %d pushes: hook %.1f ms at first, %.1f at last; taking them in %.2f ms each (%.2f of processor); delivering %.2f ms each (%.2f)\n",
			database, n, ms(first)/1000, ms(last)/1000, ms(taken)/float64(n), ms(planning)/float64(n), ms(sent)/float64(n), ms(cpu)/float64(n))
	}
	return nil
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
		took, memory, err := bed.hookWatched(p, peakMemory)
		if err != nil {
			return err
		}
		taken, planning, err := bed.runCounting("queue", "list", "--issue", "SHOP-1")
		if err != nil {
			return err
		}
		sent, cpu, err := bed.runCounting("deliver")
		if err != nil {
			return err
		}
		if got := bed.comments(); got != n {
			return fmt.Errorf("%d keys made %d comments", n, got)
		}
		fmt.Printf("%s: a push of %d keys: hook %.1f s, %d MiB; planning and keeping it %.1f s (%.1f of processor); delivering the rest %.2f ms each (%.2f)\n",
			database, n, took.Seconds(), memory/1024, taken.Seconds(), planning.Seconds(), ms(sent)/float64(n), ms(cpu)/float64(n))
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
			took, memory, err := bed.hookWatched(p, peakMemory)
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
				database, shape.name, float64(size)/(1<<20), wait, took.Seconds(), memory/1024, float64(spooled)/(1<<20))
		}
	}
	return nil
}
