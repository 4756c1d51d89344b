// Soak lets pushes arrive at ten a second, for an hour, at a Jira that loses
// answers, and watches two workers: it prints how their memory and their open
// files went, as a slope, and whether Jira holds each push once and in order.
//
//	CGO_ENABLED=0 go build -trimpath -o /tmp/jirahook ./cmd/jirahook && go run ./bench/soak /tmp/jirahook
//	go run ./bench/soak -for 30m -postgres /tmp/jirahook
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"jirahook/bench/storm"
	"jirahook/internal/crashtest"
	"jirahook/internal/jiratest"
)

func main() {
	s := storm.New("soak")
	length := flag.Duration("for", time.Hour, "how long pushes arrive")
	rate := flag.Float64("rate", 10, "pushes a second, if the machine can do it")
	faults := flag.Float64("faults", 0.1, "how often requests go wrong: 1 is one of eight changes, as in the kill test")
	flag.Parse()
	w := &watch{began: time.Now()}
	result, err := s.Run(func(ctx context.Context) crashtest.Options {
		return crashtest.Options{
			Flavour: jiratest.DataCenter10, Issues: 500, Faults: *faults, For: *length, Pace: time.Duration(4 / *rate * float64(time.Second)),
			OnWorker: func(pid int) { go w.follow(ctx, pid) },
		}
	})
	if result.Pushes > 0 {
		fmt.Printf("%.1f pushes a second\n", float64(result.Pushes)/length.Seconds())
		w.print()
	}
	s.Exit(err)
}

// watch samples workers.
type watch struct {
	began time.Time

	mu    sync.Mutex
	paths []*path
}

// path is how one worker went.
type path struct {
	pid     int
	seconds []float64
	memory  []float64 // resident, KiB
	files   []float64
}

const (
	every = 5 * time.Second
	// warmUp is left out of the slope: caches and pools fill.
	warmUp = 0.2
)

func (w *watch) follow(ctx context.Context, pid int) {
	p := &path{pid: pid}
	w.mu.Lock()
	w.paths = append(w.paths, p)
	w.mu.Unlock()
	for ctx.Err() == nil {
		memory, files, err := look(pid)
		if err != nil {
			return // it has ended
		}
		w.mu.Lock()
		p.seconds = append(p.seconds, time.Since(w.began).Seconds())
		p.memory, p.files = append(p.memory, memory), append(p.files, files)
		w.mu.Unlock()
		time.Sleep(every)
	}
}

// look reads a process's resident memory in KiB and counts its open files.
func look(pid int) (memory, files float64, err error) {
	dir := fmt.Sprintf("/proc/%d", pid)
	status, err := os.ReadFile(dir + "/status")
	if err != nil {
		return 0, 0, err
	}
	_, rest, found := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(rest)
	if !found || len(fields) == 0 {
		return 0, 0, errors.New("it has no memory any more")
	}
	if memory, err = strconv.ParseFloat(fields[0], 64); err != nil {
		return 0, 0, err
	}
	open, err := os.ReadDir(dir + "/fd")
	return memory, float64(len(open)), err
}

func (w *watch) print() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.paths {
		skip := int(warmUp * float64(len(p.seconds)))
		if len(p.seconds)-skip < 10 {
			fmt.Printf("worker %d: watched too shortly for a slope\n", p.pid)
			continue
		}
		at, memory, files := p.seconds[skip:], p.memory[skip:], p.files[skip:]
		fmt.Printf("worker %d, %d samples in %.0f min: memory %.1f MiB at first, %.1f in the end, slope %+.2f MiB an hour; open files %.0f at first, %.0f in the end, slope %+.2f an hour\n",
			p.pid, len(at), (at[len(at)-1]-at[0])/60, memory[0]/1024, memory[len(memory)-1]/1024, slope(at, memory)*3600/1024,
			files[0], files[len(files)-1], slope(at, files)*3600)
	}
}

// slope is that of the line through the points with the least squares.
func slope(x, y []float64) float64 {
	var meanX, meanY float64
	for i := range x {
		meanX += x[i] / float64(len(x))
		meanY += y[i] / float64(len(y))
	}
	var up, down float64
	for i := range x {
		up += (x[i] - meanX) * (y[i] - meanY)
		down += (x[i] - meanX) * (x[i] - meanX)
	}
	return up / down
}
