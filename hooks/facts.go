package hooks

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"jirahook/parser"
	"jirahook/plan"
	"jirahook/push"
	"jirahook/repo"
)

// maxAncestors bounds how far below the pushed commits history is read.
const maxAncestors = 2000

// readFacts reads from the repository everything that a plan may need, now or
// later: on some servers the folder is gone when the hook has ended.
func readFacts(ctx context.Context, log *slog.Logger, r *repo.Repository, p *push.Push, rules *plan.Rules, opts repo.Options) error {
	facts, err := r.Read(ctx, p.Updates, opts)
	if err != nil {
		return fmt.Errorf("read the pushed commits: %w", err)
	}
	log.Debug("read the push", "by", facts.By, "commits", len(facts.Commits))
	p.Repository.DefaultBranch = facts.DefaultBranch
	p.Merged = facts.Merged
	p.Gone, p.Kept = facts.Gone, facts.Kept
	p.Truncated = facts.Truncated
	p.Commits = facts.Commits
	ids, since := historyWanted(*p, rules)
	if p.Ancestors, err = r.Ancestors(ctx, ids, maxAncestors, since); err != nil {
		return fmt.Errorf("read the history below the pushed commits: %w", err)
	}
	return nil
}

// historyWanted says below which commits history is read, and how far back.
// Below a commit with commands whose message may name earlier ones, as far back as
// commands run at all: an equal line in a commit that is no ancestor is the
// squashed original. Below a commit fresh from its author, back to its own date:
// two commits of one second, of which one descends from the other, are two
// changes and not one rewritten.
func historyWanted(p push.Push, rules *plan.Rules) (ids []string, since time.Time) {
	squashing := false
	for _, c := range p.Commits {
		switch {
		case mayRepeat(c.Message, rules.Parser):
			squashing = true
		case c.Message == "" || c.Committer.When.Sub(c.Author.When) > time.Hour:
			continue
		case since.IsZero() || c.Author.When.Before(since):
			since = c.Author.When
		}
		ids = append(ids, c.ID)
	}
	if squashing {
		since = time.Time{}
		if maxAge := rules.Config.Limits.MaxAge; maxAge > 0 {
			since = p.Time.Add(-maxAge)
		}
	}
	return ids, since
}

// mayRepeat reports whether a message holds commands, and may show that they ran
// before. It is read by the parser only if it looks like it.
func mayRepeat(message string, p *parser.Parser) bool {
	if !strings.Contains(message, "#") || !p.HoldsKey(message) || !plan.MayBeSquash(message) {
		return false
	}
	m := p.Message(message)
	return len(m.Commands) > 0 && m.Class == parser.Ordinary
}

// trim leaves out what cannot matter: the message of a commit where neither it
// nor the branch holds anything like a key, and such a commit altogether when
// it is not new.
func trim(commits []push.Commit, rules *plan.Rules) []push.Commit {
	kept := make([]push.Commit, 0, len(commits))
	for _, c := range commits {
		if !rules.HoldsKey(c) {
			if !c.New {
				continue
			}
			c.Message, c.Cut = "", false
		}
		kept = append(kept, c)
	}
	return kept
}

// anyKey reports whether anything in the trimmed push is like a key: a message
// or the name of a branch that it touches. Of a push that is not whole nobody
// knows; and one that takes commits away may take keys away.
func anyKey(p push.Push, rules *plan.Rules) bool {
	return p.Truncated != "" || len(p.Gone) > 0 || slices.ContainsFunc(p.Commits, func(c push.Commit) bool { return c.Message != "" }) ||
		slices.ContainsFunc(p.Merged, rules.HoldsBranchKey) ||
		slices.ContainsFunc(p.Updates, func(u push.Update) bool {
			branch, ok := u.Branch()
			return ok && rules.HoldsBranchKey(branch)
		})
}
