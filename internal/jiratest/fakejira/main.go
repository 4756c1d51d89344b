// Command fakejira runs the fake Jira by itself, with an example in it, for
// people and for the contract check.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"jirahook/internal/jiratest"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, stop))
}

// run serves until something comes from stop. It gives the exit code.
func run(args []string, stdout, stderr io.Writer, stop <-chan os.Signal) int {
	flags := flag.NewFlagSet("fakejira", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:8080", "where to listen")
	control := flags.String("control", "", "where to listen for control while Jira is down (default: a free port)")
	flavour := flags.String("flavour", "cloud", "cloud, dc11, dc10, server7 or server6")
	base := flags.String("context", "", "context path, such as /jira")
	seed := flags.Bool("seed", true, "begin with an example")
	scoped := flags.Bool("scoped", false, "Cloud: only the API host accepts tokens")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	f := jiratest.Flavour(strings.ToLower(*flavour))
	switch f {
	case jiratest.Cloud, jiratest.DataCenter11, jiratest.DataCenter10, jiratest.Server7, jiratest.Server6:
	default:
		fmt.Fprintf(stderr, "fakejira: unknown flavour %q\n", *flavour)
		return 2
	}
	jira := jiratest.New(jiratest.Options{Flavour: f, Addr: *addr, Control: *control, Context: *base, Scoped: *scoped, Service: "app", ServiceSecret: "fake-secret"})
	if err := jira.Start(); err != nil {
		fmt.Fprintf(stderr, "fakejira: %v\n", err)
		return 1
	}
	defer jira.Close()
	if *seed {
		jira.Seed()
	}
	user, password, token := jira.Credentials()
	fmt.Fprintf(stdout, "issues      %s/\ncontrol     %s/_fake/\nuser        %s\npassword    %s\ntoken       %s\n", jira.URL(), jira.ControlURL(), user, password, token)
	if f == jiratest.Cloud || f == jiratest.DataCenter11 {
		fmt.Fprintf(stdout, "service     app, with the secret fake-secret\n")
	}
	if f == jiratest.Cloud {
		fmt.Fprintf(stdout, "API host    %s\n", jira.APIHostURL())
	}
	<-stop
	return 0
}
