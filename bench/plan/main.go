// Plan measures how the time for planning a push grows with the push, over shapes
// that people and scripts push: for each what n, 2n and 4n take, in CPU time, and
// the greater of both ratios.
//
//	go run ./bench/plan [-n 5000] [-rounds 3] [SHAPE ...]
//
// Garbage is collected as seldom as in the hook.
//
// It ends with 1 when a ratio is over 2.3, of what takes long enough to tell.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"jirahook/plan"
)

// most is what twice as much may take.
const most = 2.3

// brief is what says more of the machine than of the program.
const brief = 20 * time.Millisecond

func main() {
	n := flag.Int("n", 5_000, "the first of three sizes")
	rounds := flag.Int("rounds", 3, "how often each is measured; the fastest counts")
	flag.Parse()
	debug.SetGCPercent(400)
	over, err := run(*n, *rounds, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "plan:", err)
	}
	if over || err != nil {
		os.Exit(1)
	}
}

func run(n, rounds int, only []string) (over bool, err error) {
	fmt.Printf("| a push of n | %d | %d | %d | 2n to n |\n|---|---|---|---|---|\n", n, 2*n, 4*n)
	for _, s := range shapes() {
		if len(only) > 0 && !slices.Contains(only, s.name) {
			continue
		}
		var took [3]time.Duration
		for i := range took {
			if took[i], err = s.time(n<<i, rounds); err != nil {
				return over, fmt.Errorf("%s: %w", s.name, err)
			}
		}
		ratio := max(took[1].Seconds()/took[0].Seconds(), took[2].Seconds()/took[1].Seconds())
		over = over || ratio > most && took[1] >= brief
		fmt.Printf("| %s | %s | %s | %s | %.2f |\n", s.name, short(took[0]), short(took[1]), short(took[2]), ratio)
	}
	return over, nil
}

func short(d time.Duration) string { return fmt.Sprintf("%.0f ms", d.Seconds()*1e3) }

// time is what planning takes for a shape of size n, the fastest of some rounds.
func (s shape) time(n, rounds int) (time.Duration, error) {
	rules, err := plan.Compile(s.config())
	if err != nil {
		return 0, err
	}
	var best time.Duration
	for range rounds {
		p, known := s.make(rules, n)
		runtime.GC()
		before, err := cpu()
		if err != nil {
			return 0, err
		}
		planned := rules.Plan(p, known)
		after, err := cpu()
		if err != nil {
			return 0, err
		}
		if took := after - before; best == 0 || took < best {
			best = took
		}
		runtime.KeepAlive(planned)
	}
	return best, nil
}

// cpu is the time that this process has had, in all its threads.
func cpu() (time.Duration, error) {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0, fmt.Errorf("ask for the time used: %w", err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano()), nil
}
