// Newcommits prints which commits a push brought, as
//
//	git rev-list --format=%B NEW... --not OLD... --exclude=REF... --glob='refs/*'
//
// would, by package repo: that is what is measured against git.
//
//	newcommits REPO < ref-lines        "old new ref", as post-receive gets them
//
// -by tells on standard error who answered: the repository's files, or git and
// why.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"jirahook/push"
	"jirahook/repo"
)

func main() {
	debug.SetGCPercent(400) // as the hook does
	debug.SetMemoryLimit(256 << 20)
	by := flag.Bool("by", false, "tell on standard error who answered")
	flag.Parse()
	if err := run(flag.Args(), *by, os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "newcommits:", err)
		os.Exit(1)
	}
}

func run(args []string, tell bool, stdin io.Reader, stdout, stderr io.Writer) error {
	if len(args) != 1 {
		return errors.New("usage: newcommits [-by] REPO < ref-lines")
	}
	updates, err := push.ReadUpdates(stdin)
	if err != nil {
		return err
	}
	r, err := repo.Open(args[0], append(os.Environ(), "GIT_DIR="+args[0]))
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(stdout, 64<<10)
	by, err := r.Messages(context.Background(), updates, func(id string, message []byte) error {
		out.WriteString("commit ")
		out.WriteString(id)
		out.WriteByte('\n')
		out.Write(message)
		return out.WriteByte('\n')
	})
	if tell {
		fmt.Fprintln(stderr, by)
	}
	return errors.Join(err, out.Flush())
}
