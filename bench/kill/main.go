// Kill is the test TestKills of cmd/jirahook for longer: pushes arrive, and
// hooks, workers, PostgreSQL and Jira are killed at random. It prints who was
// killed how often and ends with 1 when anything was lost, done twice or out of
// order.
//
//	go build -o /tmp/jirahook ./cmd/jirahook && go run ./bench/kill -kills 300 /tmp/jirahook
//	go run ./bench/kill -kills 300 -postgres /tmp/jirahook
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"jirahook/internal/crashtest"
	"jirahook/internal/jiratest"
	"jirahook/internal/pgtest"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "kill:", err)
		os.Exit(1)
	}
}

func run() error {
	kills := flag.Int("kills", 300, "how many at least")
	pushes := flag.Int("pushes", 2000, "how many at least")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "repeats a run, but for the machine's own timing")
	postgres := flag.Bool("postgres", false, "a fleet of two nodes with one PostgreSQL; else one node with SQLite")
	flavour := flag.String("flavour", string(jiratest.DataCenter10), "cloud, dc11, dc10, server7 or server6")
	flag.Parse()
	if flag.NArg() != 1 {
		return errors.New("usage: kill [FLAGS] PROGRAM")
	}
	program, err := filepath.Abs(flag.Arg(0))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "jirahook-kill-")
	if err != nil {
		return err
	}
	o := crashtest.Options{
		Program: program, Dir: dir, Seed: *seed, Kills: *kills, Pushes: *pushes, Flavour: jiratest.Flavour(*flavour),
		Say: func(format string, args ...any) { fmt.Printf(format+"\n", args...) },
	}
	if *postgres {
		if o.Postgres, err = pgtest.Start(); err != nil {
			return err
		}
		defer o.Postgres.Stop()
	}
	fmt.Printf("-seed %d, in %s\n", *seed, dir)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	result, err := crashtest.Run(ctx, o)
	fmt.Println(result)
	if err == nil {
		err = os.RemoveAll(dir) // else it is there to be looked at
	}
	return err
}
