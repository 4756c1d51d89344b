package repo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// walk asks git for the commits that tips reach and that nothing in without
// reaches, youngest first, at most limit; more tells that there are others. An
// id that the repository does not hold is passed over.
//
// git stops by dates: where committer dates are off by a day or more it may
// count a commit as reached that is not, or the other way round
// (git-rev-list(1) has no option against it; a commit-graph helps).
func (g git) walk(ctx context.Context, tips, without []id, limit int) (nodes []node, more bool, err error) {
	if len(tips) == 0 {
		return nil, false, nil
	}
	var in strings.Builder
	for _, tip := range tips {
		in.WriteString(tip.String() + "\n")
	}
	for _, at := range without {
		in.WriteString("^" + at.String() + "\n")
	}
	err = g.revList(ctx, in.String(), func(n node) bool {
		more = len(nodes) == limit
		if !more {
			nodes = append(nodes, n)
		}
		return !more
	}, "--ignore-missing")
	return nodes, more, err
}

// revList runs git rev-list on revisions, one a line, and gives each commit to
// each, youngest first, until that returns false.
func (g git) revList(ctx context.Context, revisions string, each func(node) bool, options ...string) error {
	// git takes in the lines where it meets --stdin: options go before.
	args := append([]string{"rev-list", "--parents", "--timestamp"}, options...)
	return g.run(ctx, revisions, func(out io.Reader) error {
		lines := bufio.NewReaderSize(out, 64<<10)
		for {
			line, err := lines.ReadString('\n')
			if err == io.EOF && line == "" {
				return nil
			}
			if err != nil {
				return err
			}
			n, err := parseNode(strings.TrimSuffix(line, "\n"))
			if err != nil {
				return err
			}
			if !each(n) {
				return errEnough
			}
		}
	}, append(args, "--stdin")...)
}

// parseNode reads "SECONDS ID PARENT...".
func parseNode(line string) (node, error) {
	fields := strings.Split(line, " ")
	if len(fields) < 2 {
		return node{}, fmt.Errorf("not a commit: %q", line)
	}
	// git prints a date before 1970 as a very large one.
	when, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil || when > lastSecond {
		when = 0
	}
	n := node{parents: make([]id, len(fields)-2), when: when}
	ok := true
	if n.id, ok = parseID(fields[1]); !ok {
		return node{}, fmt.Errorf("not a commit: %q", line)
	}
	for i, field := range fields[2:] {
		if n.parents[i], ok = parseID(field); !ok {
			return node{}, fmt.Errorf("not a parent: %q", line)
		}
	}
	return n, nil
}

// history gives the commits that ids reach to each, youngest first, until that
// returns false.
func (g git) history(ctx context.Context, of []id, _ bool, each func(node) bool) error {
	return g.revList(ctx, strings.Join(texts(of), "\n")+"\n", each, "--ignore-missing")
}

// lastSecond is the latest date that is believed, in 9999: later years have no
// form in JSON (RFC 3339).
const lastSecond = 253402214400

// date makes seconds since 1970 a time.
func date(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }
