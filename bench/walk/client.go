package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// client is a developer's repository. It borrows the server's objects.
type client struct {
	repository
	server    repository
	mainDepth int   // commits of main, by first parents
	now       int64 // date of the next commit, seconds since 1970
}

func newClient(ctx context.Context, server repository) (*client, error) {
	r, err := initBare(ctx, filepath.Join(filepath.Dir(string(server)), "client.git"))
	if err != nil {
		return nil, err
	}
	err = os.WriteFile(filepath.Join(string(r), "objects", "info", "alternates"), []byte(filepath.Join(string(server), "objects")+"\n"), 0o644)
	if err != nil {
		return nil, err
	}
	count, err := server.output(ctx, nil, "rev-list", "--count", "--first-parent", "main")
	if err != nil {
		return nil, err
	}
	depth, err := strconv.Atoi(count)
	return &client{repository: r, server: server, mainDepth: depth, now: 1_900_000_000}, err
}

// prepare pushes what is there before: a side branch of 2,000 commits, the branch
// that will be forced, and three commits of main's own.
func (c *client) prepare(ctx context.Context) error {
	err := c.commit(ctx,
		series{branch: "ll", from: c.deep(20_000), count: 2_000, name: "ll"},
		series{branch: "d0", from: c.deep(3), count: 5, name: "dold"},
		series{branch: "main2", from: "main", count: 3, name: "main2"})
	if err != nil {
		return err
	}
	_, err = c.push(ctx, c.server, refspec{"refs/heads/ll", "refs/heads/bench/ll"},
		refspec{"refs/heads/d0", "refs/heads/bench/d"}, refspec{"refs/heads/main2", "refs/heads/main"})
	if err != nil {
		return err
	}
	var lines strings.Builder
	for _, name := range []string{"a", "e", "f", "m"} {
		fmt.Fprintf(&lines, "create refs/heads/bench/%s refs/heads/main\n", name)
	}
	return c.server.updateRefs(ctx, lines.String())
}

// commitAll makes the commits and tags of the measured pushes.
func (c *client) commitAll(ctx context.Context) error {
	err := c.commit(ctx,
		series{branch: "a", from: "main", count: 1, name: "a"},
		series{branch: "b", from: c.deep(10), count: 3, name: "b"},
		series{branch: "b2", from: c.deep(50_000), count: 3, name: "b2"},
		series{branch: "d", from: c.deep(3), count: 5, name: "dnew"},
		series{branch: "e", from: "main", count: 1_000, name: "e"},
		series{branch: "f", from: "main", count: 1, name: "f", merge: "bench/ll"},
		series{branch: "m", from: "main", count: 3, name: "m"})
	if err != nil {
		return err
	}
	fork, err := c.resolve(ctx, "refs/heads/m~1")
	if err != nil {
		return err
	}
	if err := c.commit(ctx, series{branch: "m2", from: fork, count: 2, name: "m2"}); err != nil {
		return err
	}
	old, err := c.server.resolve(ctx, c.deep(1_000))
	if err != nil {
		return err
	}
	tagged, err := c.server.resolve(ctx, c.deep(500))
	if err != nil {
		return err
	}
	return errors.Join(c.run(ctx, "update-ref", "refs/heads/c", old),
		c.tag(ctx, "vbench", tagged), c.tag(ctx, "vm", "refs/heads/m"))
}

// deep is the revision so many first parents below main, or half way down when
// there are not so many.
func (c *client) deep(below int) string {
	if below >= c.mainDepth {
		below = c.mainDepth / 2
	}
	return "main~" + strconv.Itoa(below)
}

func (c *client) tag(ctx context.Context, name, target string) error {
	date := fmt.Sprintf("GIT_COMMITTER_DATE=%d +0000", c.now)
	_, err := command(ctx, []string{date}, nil, "git", "-C", string(c.repository), "tag", "-a", "-m", "rel", name, target)
	return err
}

// push pushes with git and returns what became of the server's refs.
func (c *client) push(ctx context.Context, to repository, specs ...refspec) ([]update, error) {
	args := []string{"push", "-q", "--force", string(to)}
	var updates []update
	for _, s := range specs {
		now, err := c.resolve(ctx, s.from)
		if err != nil {
			return nil, err
		}
		before, err := to.output(ctx, nil, "for-each-ref", "--format=%(objectname)", s.to)
		if err != nil {
			return nil, err
		}
		if before == "" {
			before = zeroID
		}
		updates = append(updates, update{before, now, s.to})
		args = append(args, s.from+":"+s.to)
	}
	return updates, c.run(ctx, args...)
}

// series is a run of commits on a new branch of the client.
type series struct {
	branch string
	from   string // a revision of the server, or any object name
	merge  string // what the first merges, or ""
	count  int
	name   string // in the messages
	began  int64  // seconds since 1970; set by commit
}

// commit makes the series one after the other; dates go on from one to the next.
func (c *client) commit(ctx context.Context, all ...series) error {
	for i := range all {
		s := &all[i]
		s.began = c.now
		c.now += int64(s.count)*60 + 60
		for _, revision := range []*string{&s.from, &s.merge} {
			if *revision == "" {
				continue
			}
			id, err := c.server.resolve(ctx, *revision)
			if err != nil {
				return fmt.Errorf("series %s: %w", s.name, err)
			}
			*revision = id
		}
	}
	return c.fastImport(ctx, func(w io.Writer) error {
		for _, s := range all {
			s.writeTo(w)
		}
		_, err := fmt.Fprintln(w, "done")
		return err
	})
}

// writeTo writes the series for fast-import, a commit a minute.
func (s series) writeTo(w io.Writer) {
	for i := range s.count {
		n := i + 1
		by := signature{"Dev <d@example.com>", s.began + int64(n)*60, "+0000"}
		c := imported{ref: "refs/heads/" + s.branch, author: by, committer: by}
		c.message = fmt.Sprintf("bench %s %d: do the thing\n\n"+
			"Some body text for commit %d of %s, lorem ipsum dolor sit amet consectetur.\n"+
			"Second line of the body; fixes PROJ-%d.\n\nSigned-off-by: Dev <d@example.com>\n", s.name, n, n, s.name, n)
		if i == 0 {
			c.from, c.merge = s.from, s.merge
		}
		c.path = fmt.Sprintf("d%d/s%d/f%d", n%10, n%7, n%5)
		c.content = fmt.Sprint(s.name, " ", n)
		c.writeTo(w)
	}
}
