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
	"flag"

	"jirahook/bench/storm"
	"jirahook/internal/crashtest"
	"jirahook/internal/jiratest"
)

func main() {
	s := storm.New("kill")
	kills := flag.Int("kills", 300, "how many at least")
	pushes := flag.Int("pushes", 2000, "how many at least")
	flavour := flag.String("flavour", string(jiratest.DataCenter10), "cloud, dc11, dc10, server7 or server6")
	flag.Parse()
	_, err := s.Run(func(context.Context) crashtest.Options {
		return crashtest.Options{Kills: *kills, Pushes: *pushes, Flavour: jiratest.Flavour(*flavour)}
	})
	s.Exit(err)
}
