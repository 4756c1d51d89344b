package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func newMeter(t *testing.T) meter {
	t.Helper()
	programs, err := newBuilder(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	timed, err := programs.build(t.Context(), "bench/walk/timed")
	if err != nil {
		t.Fatal(err)
	}
	return meter{timed: timed, timeout: time.Minute}
}

// The peak must be the program's own, however much memory this process holds.
func TestPeakIsTheProgramsOwn(t *testing.T) {
	m := newMeter(t)
	held := make([]byte, 100<<20)
	for i := range held {
		held[i] = 1
	}
	git, _, err := findGit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.run(t.Context(), process{argv: []string{git, "version"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.peak < 1<<20 || s.peak > 50<<20 {
		t.Errorf("git version took %d MB", s.peak>>20)
	}
	if s.wall <= 0 || s.cpu > s.wall*time.Duration(runtime.NumCPU()) {
		t.Errorf("wall %v, CPU %v", s.wall, s.cpu)
	}
	runtime.KeepAlive(held)
}

func TestRunTellsWhatWentWrong(t *testing.T) {
	m := newMeter(t)
	_, err := m.run(t.Context(), process{argv: []string{"/bin/sh", "-c", "echo it hurts >&2; exit 3"}}, nil)
	if err == nil || !strings.Contains(err.Error(), "exit code 3: it hurts") {
		t.Errorf("error %v", err)
	}
	if _, err = m.run(t.Context(), process{argv: []string{"/no/such/program"}}, nil); err == nil {
		t.Error("a program that is not there ran")
	}
	m.timeout = 50 * time.Millisecond
	began := time.Now()
	_, err = m.run(t.Context(), process{argv: []string{"/bin/sh", "-c", "sleep 60; true"}}, nil)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 30*time.Second {
		t.Errorf("error %v after %v", err, time.Since(began))
	}
}

func TestInputAndEnvironmentReachTheProgram(t *testing.T) {
	m := newMeter(t)
	t.Setenv("GIT_DIR", "/elsewhere")
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p := process{argv: []string{"/bin/sh", "-c", `cat; echo "$MINE,$GIT_DIR"`}, env: []string{"MINE=yes"}, stdin: "line\n"}
	if _, err := m.run(t.Context(), p, out); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(out.Name()); err != nil || string(got) != "line\nyes,\n" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestInterleave(t *testing.T) {
	calls := 0
	counted := func(context.Context) (sample, error) { calls++; return sample{wall: time.Millisecond}, nil }
	samples, err := pace{rounds: 5, budget: time.Hour}.interleave(t.Context(), []runner{counted, counted})
	if err != nil || len(samples) != 2 || len(samples[0]) != 5 || len(samples[1]) != 5 || calls != 10 {
		t.Errorf("%v, %v, %d calls", samples, err, calls)
	}
	samples, err = pace{rounds: 50, budget: -1}.interleave(t.Context(), []runner{counted})
	if err != nil || len(samples[0]) != fewestRounds {
		t.Errorf("beyond the budget %d rounds, %v", len(samples[0]), err)
	}
}

func TestCostOf(t *testing.T) {
	at := func(wall, cpu time.Duration, mb int64) sample {
		return sample{wall: wall * time.Millisecond, cpu: cpu * time.Millisecond, peak: mb << 20}
	}
	got := costOf([]sample{at(9, 1, 5), at(1, 2, 7), at(4, 6, 6), at(5, 3, 1)})
	if want := (cost{Wall: 4.5, Min: 1, CPU: 2.5, Peak: 7, Rounds: 4}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := costOf(nil); got != (cost{}) {
		t.Errorf("nothing costs %+v", got)
	}
}

func TestHookThatKeepsNothingIsAnError(t *testing.T) {
	h, err := newHook(newMeter(t), "/bin/true", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.run(t.Context(), scenario{Name: "a"}); err == nil || !strings.Contains(err.Error(), "kept nothing") {
		t.Errorf("error %v", err)
	}
}
