package main

import (
	"context"
	"os"
	"os/user"
	"strconv"
	"strings"

	"jirahook/install"
	"jirahook/outbox/spool"
)

func runnerWords() string {
	var names []string
	for _, r := range install.Runners() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// lookForWorker reads what sends what has to wait on this machine, and says what
// should. It runs as the account whose outbox it is.
func (p *process) lookForWorker(ctx context.Context, script install.Script, f installFlags) (install.Worker, install.Machine, error) {
	root, _ := p.getenv("DESTDIR") // for whoever fills a folder that another machine will have
	machine, err := install.LookAtMachine(ctx, root)
	dir := p.place().OutboxDir("")
	w := install.Worker{Script: script, User: f.account, Outbox: dir}
	if w.User == "" {
		w.User = accountOf(dir)
	}
	return w, machine, err
}

// accountOf is whose a folder is, by name.
func accountOf(dir string) string {
	id := os.Geteuid()
	if _, err := os.Stat(dir); err != nil && id == 0 {
		return "git" // it is still to be made
	} else if uid, _, err := spool.FolderAt(dir).Owner(); err == nil {
		id = uid
	}
	number := strconv.Itoa(id)
	if u, err := user.LookupId(number); err == nil {
		return u.Username
	}
	return number
}
