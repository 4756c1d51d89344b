package repo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"jirahook/push"
)

// Commit is the full id of the commit that a revision names (gitrevisions(7)).
func (r *Repository) Commit(ctx context.Context, revision string) (string, error) {
	if revision == "" || revision[0] == '-' {
		return "", &Error{Fact: "not a revision: " + oneLine(revision)}
	}
	out, err := r.ask(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return "", &Error{Fact: "there is no commit " + oneLine(revision), Err: err}
	}
	return strings.TrimSpace(out), nil
}

// HasBranch reports whether there is a branch of this name.
func (r *Repository) HasBranch(ctx context.Context, name string) bool {
	_, err := r.ask(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", heads+name)
	return err == nil
}

// Before is where a branch stood at a time, as far as its commits' dates tell: the
// last one by first parents that was committed no later; "" when all came later.
func (r *Repository) Before(ctx context.Context, branch string, at time.Time) (string, error) {
	out, err := r.ask(ctx, "rev-list", "-1", "--first-parent", fmt.Sprintf("--before=%d", at.Unix()), heads+branch, "--")
	return strings.TrimSpace(out), err
}

// Since are commits of a branch that were committed after a time, by their dates, no
// more than limit; as read by Range.
func (r *Repository) Since(ctx context.Context, branch string, at time.Time, limit int) ([]push.Commit, error) {
	var nodes []node
	err := r.git.revList(ctx, heads+branch+"\n", func(n node) bool {
		nodes = append(nodes, n)
		return len(nodes) < limit
	}, fmt.Sprintf("--since=%d", at.Unix()))
	if err != nil {
		return nil, err
	}
	return commits(ctx, r.git, order(nodes), maxText, &omissions{})
}
