// Timed runs a program with the given arguments on its own standard streams and
// writes one line about it to file descriptor 3: wall, user and system time in
// nanoseconds, peak resident memory in KiB, and the exit code (-1: a signal).
//
// It is a process of its own, and a small one, because Linux counts the peak of
// the process that forks as the child's as well (getrusage(2), ru_maxrss): what
// runs below this one has a floor of a few MB and not that of the whole bench.
package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "timed:", err)
		os.Exit(1)
	}
}

func run(argv []string) error {
	if len(argv) == 0 {
		return fmt.Errorf("usage: timed /PATH/PROGRAM [ARGUMENT...] 3>FILE")
	}
	const report = 3
	syscall.CloseOnExec(report)
	began := time.Now()
	p, err := os.StartProcess(argv[0], argv, &os.ProcAttr{Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}})
	if err != nil {
		return err
	}
	state, err := p.Wait()
	wall := time.Since(began)
	if err != nil {
		return err
	}
	peak := state.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS == "darwin" { // bytes there
		peak /= 1024
	}
	_, err = fmt.Fprintln(os.NewFile(report, "report"),
		wall.Nanoseconds(), state.UserTime().Nanoseconds(), state.SystemTime().Nanoseconds(), peak, state.ExitCode())
	return err
}
