package repo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// refs asks git for the refs that count.
func (g git) refs(ctx context.Context) (refs, error) {
	var found refs
	list := append([]string{"for-each-ref", "--format=%(HEAD)%(objectname) %(refname) %(symref)"}, g.scope.prefixes()...)
	err := g.run(ctx, "", func(out io.Reader) error {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			listed, isHead, err := parseRef(lines.Text())
			if err != nil {
				return err
			}
			listed.name = strings.TrimPrefix(listed.name, g.scope.namespace)
			listed.target = strings.TrimPrefix(listed.target, g.scope.namespace)
			if isHead {
				found.head = listed.name
			}
			found.all = append(found.all, listed)
		}
		return lines.Err()
	}, list...)
	if err == nil && (found.head == "" || g.scope.namespace != "") {
		found.head, err = g.unbornHead(ctx)
	}
	g.scope.preferOrigin(&found)
	return found, err
}

// parseRef reads "*ID NAME TARGET"; the first character is a blank but for the
// branch that HEAD names. No ref name holds a blank (git-check-ref-format(1)).
func parseRef(line string) (ref, bool, error) {
	isHead := strings.HasPrefix(line, "*")
	fields := strings.Split(line, " ")
	if !isHead {
		fields = fields[1:]
	}
	if len(fields) != 3 {
		return ref{}, false, fmt.Errorf("not a ref: %q", line)
	}
	at, ok := parseID(strings.TrimPrefix(fields[0], "*"))
	if !ok {
		return ref{}, false, fmt.Errorf("not a ref: %q", line)
	}
	return ref{id: at, name: fields[1], target: fields[2]}, isHead, nil
}

// unbornHead is where HEAD leads to although there is no such branch; "" when
// HEAD is detached.
func (g git) unbornHead(ctx context.Context) (string, error) {
	var name []byte
	err := g.run(ctx, "", func(out io.Reader) (err error) {
		name, err = io.ReadAll(out)
		return err
	}, "symbolic-ref", "-q", g.scope.namespace+"HEAD")
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 {
		return "", nil
	}
	return strings.TrimPrefix(strings.TrimSuffix(string(name), "\n"), g.scope.namespace), err
}
