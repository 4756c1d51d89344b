package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// sample is what one run of a program cost.
type sample struct {
	wall time.Duration // from its start until it has ended
	cpu  time.Duration // user and system
	peak int64         // resident memory, bytes
}

// process is a program to run.
type process struct {
	argv  []string // the program by its path
	env   []string // besides the isolated environment
	stdin string
}

// meter runs processes below the small program timed.
type meter struct {
	timed   string
	timeout time.Duration // of one run
}

// run runs a process once; stdout may be nil. It is an error when the process
// does not exit with 0.
func (m meter) run(ctx context.Context, p process, stdout *os.File) (sample, error) {
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	report, reportEnd, err := os.Pipe()
	if err != nil {
		return sample{}, err
	}
	defer report.Close()
	cmd := exec.CommandContext(ctx, m.timed, p.argv...)
	cmd.Env = isolated(p.env...)
	cmd.Stdin = strings.NewReader(p.stdin)
	if stdout != nil {
		cmd.Stdout = stdout
	}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	cmd.ExtraFiles = []*os.File{reportEnd}
	// A group of its own, so that what it runs ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	err = errors.Join(cmd.Start(), reportEnd.Close())
	if err != nil {
		return sample{}, err
	}
	var wall, user, system, kib int64
	var code int
	_, scanErr := fmt.Fscan(report, &wall, &user, &system, &kib, &code)
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return sample{}, fmt.Errorf("%s: %w", p.argv[0], ctx.Err())
	case err != nil || scanErr != nil || code != 0:
		said := bytes.TrimSpace(complaint.Bytes())
		return sample{}, fmt.Errorf("%s: exit code %d: %s", p.argv[0], code, said[:min(len(said), 300)])
	}
	return sample{time.Duration(wall), time.Duration(user + system), kib << 10}, nil
}

// runner runs one program once.
type runner func(context.Context) (sample, error)

// pace says how often things are measured: so many rounds, or fewer, but at
// least three, when they take longer than the budget.
type pace struct {
	rounds int
	budget time.Duration
}

const fewestRounds = 3

// interleave runs all runners once a round, in a random order each time, so that
// other load on the machine falls on all alike. The samples are by runner.
func (p pace) interleave(ctx context.Context, runners []runner) ([][]sample, error) {
	samples := make([][]sample, len(runners))
	began := time.Now()
	for round := range p.rounds {
		if round >= fewestRounds && time.Since(began) > p.budget {
			break
		}
		for _, i := range rand.Perm(len(runners)) {
			s, err := runners[i](ctx)
			if err != nil {
				return nil, err
			}
			samples[i] = append(samples[i], s)
		}
	}
	return samples, nil
}

// cost sums samples up. Megabytes are of 1024 × 1024 bytes.
type cost struct {
	Wall   float64 `json:"wall_ms"` // median
	Min    float64 `json:"min_ms"`
	CPU    float64 `json:"cpu_ms"`  // median
	Peak   float64 `json:"peak_mb"` // the highest
	Rounds int     `json:"rounds"`
}

// costOf no samples is zero.
func costOf(samples []sample) cost {
	if len(samples) == 0 {
		return cost{}
	}
	var wall, cpu, peak []float64
	for _, s := range samples {
		wall = append(wall, ms(s.wall))
		cpu = append(cpu, ms(s.cpu))
		peak = append(peak, float64(s.peak)/(1<<20))
	}
	return cost{Wall: median(wall), Min: slices.Min(wall), CPU: median(cpu), Peak: slices.Max(peak), Rounds: len(samples)}
}

func ms(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// median of at least one value.
func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}
