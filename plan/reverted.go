package plan

import (
	"fmt"
	"slices"
	"strings"

	"jirahook/parser"
)

// A revert takes back what a commit did to the files, and nothing in Jira: whether
// an issue that it closed is to be opened again is for people to say. So they are
// told.

// kindClosed is of a record that a commit closed an issue.
const kindClosed = "closed"

func (l *ledger) closedID(commit string) string {
	return l.id(kindClosed, "", commit[:min(leastID, len(commit))])
}

// closed is the record that a commit closes an issue, by a rule.
func (l *ledger) closed(key string, c *statement, place string) Record {
	return Record{ID: l.closedID(c.ID), Kind: kindClosed, Issue: key, Place: place, Commit: c.ID, When: c.Committer.When}
}

// closedBefore are the keys of the issues that were closed by what a message says
// it reverts, each once.
func (l *ledger) closedBefore(message string) []string {
	var keys []string
	seen := map[string]bool{}
	for _, commit := range parser.Reverts(message) {
		useless, first := 0, len(keys)
		for _, r := range slices.Backward(l.find(l.closedID(commit))) {
			if r.Kind != kindClosed || !strings.HasPrefix(r.Commit, commit) {
				if useless++; useless == mostUseless {
					break // somebody makes commits whose ids begin alike
				}
				continue
			}
			if issue := l.issue(r.Issue); !seen[issue] {
				seen[issue] = true
				keys = append(keys, r.Issue)
			}
		}
		slices.Reverse(keys[first:])
	}
	return keys
}

// readReverted finds the issues that were closed by what a commit reverts: it
// concerns them, whatever it says.
func (d *pushDraft) readReverted(c *statement) {
	closed := d.ledger.closedBefore(c.Commit.Message)
	if len(closed) == 0 {
		return
	}
	c.reopens = map[string]bool{}
	mentioned := map[string]bool{}
	for _, key := range c.Mentions {
		mentioned[d.ledger.issue(key)] = true
	}
	c.Mentions = slices.Clone(c.Mentions)
	for _, key := range closed {
		issue := d.ledger.issue(key)
		c.reopens[issue] = true
		if !mentioned[issue] {
			c.Mentions = append(c.Mentions, key)
		}
	}
}

// tellReverted tells which issues were closed by what was reverted.
func (d *pushDraft) tellReverted() {
	for _, c := range d.commits {
		if !c.speaks {
			continue
		}
		for _, key := range c.Mentions {
			if c.reopens[d.ledger.issue(key)] {
				d.note(key, c.ID, "%s was closed by what this reverts", key)
			}
		}
	}
}

// reverted says so to the readers of an issue.
func (d *pushDraft) reverted(m mention) string {
	var by []string
	for _, c := range m.commits {
		if c.reopens[d.ledger.issue(m.issue)] {
			by = append(by, d.commitLink(c.Commit))
		}
	}
	if len(by) == 0 {
		return ""
	}
	return fmt.Sprintf("\nThis issue was closed by what %s reverts.", listed(by))
}
