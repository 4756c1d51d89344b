// Plain answers which commits a push brought with go-git as one writes it first:
// open, mark the history of everything that was there before, then walk from the
// new values to what is marked. It prints what git rev-list --format=%B does.
//
//	plain REPO < ref-lines
//
// It is a module of its own: the root package of go-git needs much that the
// product does not.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

func main() {
	if err := run(os.Args, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "plain:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	if len(args) != 2 {
		return errors.New("usage: plain REPO < ref-lines")
	}
	repo, err := git.PlainOpen(args[1])
	if err != nil {
		return err
	}
	var positives, negatives []plumbing.Hash
	pushed := map[plumbing.ReferenceName]bool{}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var old, now, ref string
		if _, err := fmt.Sscan(lines.Text(), &old, &now, &ref); err != nil {
			return fmt.Errorf("ref line %q: %w", lines.Text(), err)
		}
		pushed[plumbing.ReferenceName(ref)] = true
		positives = append(positives, plumbing.NewHash(now))
		negatives = append(negatives, plumbing.NewHash(old))
	}
	if err := lines.Err(); err != nil {
		return err
	}
	refs, err := repo.References()
	if err != nil {
		return err
	}
	err = refs.ForEach(func(r *plumbing.Reference) error {
		if r.Type() == plumbing.HashReference && !pushed[r.Name()] {
			negatives = append(negatives, r.Hash())
		}
		return nil
	})
	if err != nil {
		return err
	}

	seen := map[plumbing.Hash]bool{}
	for _, h := range negatives {
		err := walk(repo, h, seen, func(*object.Commit) error { return nil })
		if err != nil {
			return err
		}
	}
	w := bufio.NewWriter(out)
	for _, h := range positives {
		err := walk(repo, h, seen, func(c *object.Commit) error {
			_, err := fmt.Fprintf(w, "commit %s\n%s\n", c.Hash, c.Message)
			return err
		})
		if err != nil {
			return err
		}
	}
	return w.Flush()
}

// walk visits the commits that an object reaches and that were not seen before.
func walk(repo *git.Repository, h plumbing.Hash, seen map[plumbing.Hash]bool, visit func(*object.Commit) error) error {
	if h.IsZero() {
		return nil
	}
	var commit *object.Commit
	tag, err := repo.TagObject(h)
	switch {
	case err == nil:
		commit, err = tag.Commit()
	case errors.Is(err, plumbing.ErrObjectNotFound):
		commit, err = repo.CommitObject(h)
	}
	if err != nil {
		return err
	}
	return object.NewCommitPreorderIter(commit, seen, nil).ForEach(func(c *object.Commit) error {
		seen[c.Hash] = true
		return visit(c)
	})
}
