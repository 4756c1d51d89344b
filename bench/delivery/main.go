// Delivery measures what it costs to tell Jira, with the real program as hook
// and as deliver, real repositories, and a fake Jira of a given latency:
//
//   - throughput: 1,000 actions on 100 issues, against the floor that the latency
//     sets (actions × latency ÷ workers)
//   - inline: one action, over the time that Jira itself takes
//   - crowd: 50 hooks at once on one outbox
//   - requests: how many a push costs, by commits × issues
//   - with -many pushes, keys or texts instead of all that: 30,000 pushes through one
//     outbox, one push of 40,000 keys, or what most memory a hook takes for the
//     largest texts
//   - with -upgrade BEFORE instead of all that: an earlier program keeps 10,000 actions
//     and 100,000 records, PROGRAM sends them, and tells nothing again after a rebase
//   - with -backlog N instead of all that: deliver after an outage during which N
//     actions were kept: how long, how much memory, and in which order
//
// On SQLite, and on PostgreSQL where it is installed.
//
//	CGO_ENABLED=0 go build -trimpath -o /tmp/jirahook ./cmd/jirahook && go run ./bench/delivery /tmp/jirahook
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"jirahook/internal/pgtest"
	"jirahook/outbox/spool"
)

const (
	latency = 50 * time.Millisecond
	workers = 8
)

func main() {
	rounds := flag.Int("rounds", 25, "of the inline measurement")
	backlog := flag.Int("backlog", 0, "only this: so many actions wait, such as 100000")
	many := flag.String("many", "", "only this: very many `pushes`, keys or texts")
	before := flag.String("upgrade", "", "only this: what an earlier `program` has kept is sent")
	flag.Parse()
	if flag.NArg() == 2 && flag.Arg(0) == "spool" { // what the crowd of spool writers runs
		if err := writeSpool(flag.Arg(1)); err != nil {
			fmt.Fprintln(os.Stderr, "delivery:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(*rounds, *backlog, *many, *before, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "delivery:", err)
		os.Exit(1)
	}
}

// bench is what all measurements share.
type bench struct {
	program string
	dir     string
	beds    int
	server  *pgtest.Server // nil: left out
}

func run(rounds, backlog int, many, before string, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: delivery [-rounds N | -backlog N | -many pushes|keys|texts | -upgrade BEFORE] PROGRAM")
	}
	program, err := filepath.Abs(args[0])
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "jirahook-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{program: program, dir: dir}
	databases := []string{"sqlite", "postgres"}
	if b.server, err = pgtest.Start(); err != nil {
		fmt.Println("left out: postgres:", err)
		databases = databases[:1]
	} else {
		defer b.server.Stop()
	}
	measures := []func(database string) error{
		b.throughput,
		func(database string) error { return b.inline(database, rounds) },
		b.crowd,
	}
	if backlog > 0 {
		measures = []func(database string) error{func(database string) error { return b.backlog(database, backlog) }}
	}
	if many != "" {
		measure, known := map[string]func(database string) error{"pushes": b.pushes, "keys": b.keys, "texts": b.texts}[many]
		if !known {
			return fmt.Errorf("-many %s: not pushes, keys or texts", many)
		}
		measures = []func(database string) error{measure}
	}
	if before != "" {
		if before, err = filepath.Abs(before); err != nil {
			return err
		}
		measures = []func(database string) error{func(database string) error { return b.upgrade(database, before) }}
	}
	for _, measure := range measures {
		for _, database := range databases {
			if err := measure(database); err != nil {
				return err
			}
		}
	}
	if backlog > 0 || many != "" || before != "" {
		return nil
	}
	if err := b.spoolCrowd(); err != nil {
		return err
	}
	return b.requests()
}

func (b *bench) bed(database string, c config) (*bed, error) {
	b.beds++
	c.database = database
	if database == "postgres" {
		schema, err := b.server.NewSchema(context.Background())
		if err != nil {
			return nil, err
		}
		c.database = b.server.Address(schema)
	}
	return newBed(b.program, filepath.Join(b.dir, fmt.Sprint("bed", b.beds)), c)
}

// throughput keeps five pushes of 100 issues, a comment and a link for each, and
// times deliver.
func (b *bench) throughput(database string) error {
	bed, err := b.bed(database, config{latency: latency, wait: "0s", links: true, issues: 100})
	if err != nil {
		return err
	}
	defer bed.jira.Close()
	const pushes, issues = 5, 100
	for n := range pushes {
		var messages []string
		for i := range issues {
			messages = append(messages, fmt.Sprintf("SHOP-%d step %d", i+1, n))
		}
		p, err := bed.newPush(messages)
		if err == nil {
			_, err = bed.hook(p)
		}
		if err != nil {
			return err
		}
	}
	if _, err := bed.run("queue", "list"); err != nil { // takes the pushes in
		return err
	}
	took, err := bed.run("deliver")
	if err != nil {
		return err
	}
	actions := 2 * pushes * issues
	if done := 2 * bed.comments(); done != actions {
		return fmt.Errorf("%d actions were done, want %d", done, actions)
	}
	floor := time.Duration(actions) * latency / workers
	fmt.Printf("throughput, %s: %d actions on %d issues, %d requests: %.2f s; floor %.2f s; ratio %.2f\n",
		database, actions, issues, bed.requests(), took.Seconds(), floor.Seconds(), took.Seconds()/floor.Seconds())
	return nil
}

// inline runs hooks that deliver one comment, and in turn hooks that only keep
// it, so that other load falls on both alike.
func (b *bench) inline(database string, rounds int) error {
	delivering, err := b.bed(database, config{latency: latency, wait: "10s", issues: 1})
	if err != nil {
		return err
	}
	defer delivering.jira.Close()
	keeping, err := b.bed(database, config{latency: latency, wait: "0s", issues: 1})
	if err != nil {
		return err
	}
	defer keeping.jira.Close()
	var whole, over, kept []time.Duration
	for n := range rounds + 1 {
		for _, bed := range []*bed{delivering, keeping} {
			p, err := bed.newPush([]string{fmt.Sprint("SHOP-1 step ", n)})
			if err != nil {
				return err
			}
			took, err := bed.hook(p)
			if err != nil {
				return err
			}
			jira := bed.busy()
			bed.requests()
			switch {
			case n == 0: // makes the tables, and asks which Jira it is
			case bed == keeping:
				kept = append(kept, took)
			default:
				whole = append(whole, took)
				over = append(over, took-jira)
			}
		}
	}
	fmt.Printf("inline, %s: one action, median of %d: %.0f ms, over Jira's own time %.0f ms; a hook that only keeps it %.0f ms, so delivering costs %.0f ms over Jira's own time\n",
		database, rounds, ms(middle(whole)), ms(middle(over)), ms(middle(kept)), ms(middle(over)-middle(kept)))
	return nil
}

const crowdSize = 50

// crowd runs 50 hooks at once on one outbox, which they make.
func (b *bench) crowd(database string) error {
	for _, wait := range []string{"0s", "60s"} {
		bed, err := b.bed(database, config{latency: latency, wait: wait, issues: 10})
		if err != nil {
			return err
		}
		defer bed.jira.Close()
		var pushes []push
		for n := range crowdSize {
			p, err := bed.newPush([]string{fmt.Sprintf("SHOP-%d step %d", n%10+1, n)})
			if err != nil {
				return err
			}
			pushes = append(pushes, p)
		}
		times, err := atOnce(func(n int) (time.Duration, error) { return bed.hook(pushes[n]) })
		if err != nil {
			return err
		}
		if wait == "0s" {
			if _, err := bed.run("deliver"); err != nil {
				return err
			}
		}
		if got := bed.comments(); got != crowdSize {
			return fmt.Errorf("%d comments, want %d", got, crowdSize)
		}
		fmt.Printf("crowd, %s, delivery.wait %s: %d hooks at once, new outbox: none failed; p50 %.0f ms, p99 %.0f ms\n",
			database, wait, crowdSize, ms(middle(times)), ms(times[len(times)-1]))
	}
	return nil
}

// spoolCrowd runs 50 processes at once that each keep one push and end.
func (b *bench) spoolCrowd() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir := filepath.Join(b.dir, "spool-crowd")
	if _, err := spool.Open(dir); err != nil {
		return err
	}
	// The program that starts is as large as the real one; that it starts is not
	// the spool's doing, so it tells how long it took for the push alone.
	times, err := atOnce(func(int) (time.Duration, error) {
		out, err := exec.Command(self, "spool", dir).Output()
		if err != nil {
			return 0, err
		}
		return time.ParseDuration(strings.TrimSpace(string(out)))
	})
	if err != nil {
		return err
	}
	fmt.Printf("crowd, the spool alone: %d processes at once: none failed; p50 %.0f ms, p99 %.0f ms\n", crowdSize, ms(middle(times)), ms(times[len(times)-1]))
	return nil
}

// writeSpool is what such a process does. It prints how long that took.
func writeSpool(dir string) error {
	began := time.Now()
	s, err := spool.Open(dir)
	if err == nil {
		err = s.Write(spool.NewID(time.Now(), os.Getpid(), rand.Reader, "r"), make([]byte, 4096))
	}
	fmt.Println(time.Since(began))
	return err
}

// atOnce starts 50 at once, and returns how long they took, sorted: the last is
// the 99th percentile.
func atOnce(do func(n int) (time.Duration, error)) ([]time.Duration, error) {
	times, errs := make([]time.Duration, crowdSize), make([]error, crowdSize)
	var all sync.WaitGroup
	for n := range crowdSize {
		all.Go(func() { times[n], errs[n] = do(n) })
	}
	all.Wait()
	slices.Sort(times)
	return times, errors.Join(errs...)
}

func (b *bench) requests() error {
	fmt.Println("| push, commits × issues | requests, which Jira it is not known | known |\n|---|---|---|")
	for _, size := range []struct{ commits, issues int }{{1, 1}, {50, 5}, {500, 50}} {
		bed, err := b.bed("sqlite", config{wait: "120s", links: true, issues: size.issues})
		if err != nil {
			return err
		}
		defer bed.jira.Close()
		var counts []int
		for range 2 {
			var messages []string
			for i := range size.commits {
				messages = append(messages, fmt.Sprintf("SHOP-%d step %d", i%size.issues+1, i))
			}
			p, err := bed.newPush(messages)
			if err == nil {
				_, err = bed.hook(p)
			}
			if err != nil {
				return err
			}
			counts = append(counts, bed.requests())
		}
		fmt.Printf("| %d × %d | %d | %d |\n", size.commits, size.issues, counts[0], counts[1])
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func middle(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)/2]
}
