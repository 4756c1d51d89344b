// Package storm is what the programs that run package crashtest have in common: a
// folder of its own, which stays when something is wrong, a fleet with PostgreSQL
// or one node, and the end by a signal.
package storm

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"jirahook/internal/crashtest"
	"jirahook/internal/pgtest"
)

// Storm is a program.
type Storm struct {
	name     string
	seed     *uint64
	postgres *bool
}

// New adds the flags that all of them have.
func New(name string) Storm {
	return Storm{
		name:     name,
		seed:     flag.Uint64("seed", uint64(time.Now().UnixNano()), "repeats a run, but for the machine's own timing"),
		postgres: flag.Bool("postgres", false, "a fleet of two nodes with one PostgreSQL; else one node with SQLite"),
	}
}

// Run runs with the program that is named behind the flags, which have been parsed,
// by options that begin complete, and prints what it came to.
func (s Storm) Run(begin func(ctx context.Context) crashtest.Options) (crashtest.Result, error) {
	if flag.NArg() != 1 {
		return crashtest.Result{}, fmt.Errorf("usage: %s [FLAGS] PROGRAM", s.name)
	}
	program, err := filepath.Abs(flag.Arg(0))
	if err != nil {
		return crashtest.Result{}, err
	}
	dir, err := os.MkdirTemp("", "jirahook-"+s.name+"-")
	if err != nil {
		return crashtest.Result{}, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := begin(ctx)
	o.Program, o.Dir, o.Seed = program, dir, *s.seed
	o.Say = func(format string, args ...any) { fmt.Printf(format+"\n", args...) }
	if *s.postgres {
		if o.Postgres, err = pgtest.Start(); err != nil {
			return crashtest.Result{}, err
		}
		defer o.Postgres.Stop()
	}
	fmt.Printf("-seed %d, in %s\n", o.Seed, dir)
	result, err := crashtest.Run(ctx, o)
	fmt.Println(result)
	if err == nil {
		err = os.RemoveAll(dir) // else it is there to be looked at
	}
	return result, err
}

// Exit ends the process, with 1 and the error if there is one.
func (s Storm) Exit(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", s.name, err)
		os.Exit(1)
	}
}
