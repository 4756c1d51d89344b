package outbox

import (
	"slices"

	"jirahook/plan"
)

// issuesOf gives for each of the keys that Jira has told us about the number of
// its issue, which stays the same when the issue is moved.
func issuesOf(s session, site string, keys []string) (map[string]string, error) {
	var issues map[string]string
	for part := range slices.Chunk(keys, chunk) {
		err := s.each(func(scan func(...any) error) error {
			var key, id string
			err := scan(&key, &id)
			if issues == nil {
				issues = map[string]string{}
			}
			issues[key] = id
			return err
		}, "SELECT key, issue_id FROM issue WHERE site = ? AND key IN "+values(1, len(part)), append([]any{text(site)}, textArgs(part)...)...)
		if err != nil {
			return nil, err
		}
	}
	return issues, nil
}

// learn keeps which issue a key stands for, as it was written and as it is now.
// It locks the row of the key of now until the transaction ends.
func learn(s session, site, written string, i plan.Issue, now int64) error {
	if i.ID == "" || i.Key == "" {
		return nil
	}
	keys := []string{text(i.Key)}
	if k := text(written); k != keys[0] {
		keys = append(keys, k)
		slices.Sort(keys) // the same order for all: no two wait for each other
	}
	for _, key := range keys {
		_, err := s.exec("INSERT INTO issue(site, key, issue_id, seen_at) VALUES (?,?,?,?) ON CONFLICT(site, key) DO UPDATE SET issue_id = excluded.issue_id, seen_at = excluded.seen_at "+
			"WHERE issue.issue_id <> excluded.issue_id OR issue.seen_at < excluded.seen_at - ?", text(site), key, text(i.ID), now, seenAgain)
		if err != nil {
			return err
		}
	}
	return nil
}

// seenAgain is how old, in milliseconds, the date may grow at which an issue was
// last seen: a day.
const seenAgain = 24 * 60 * 60 * 1000

// twin finds the action that has done, or may be doing, for the same issue under
// another key all that w would: then w must not be sent. "" is none. learn comes
// before it, in the same transaction.
func twin(s session, w *work, i plan.Issue) (key string, err error) {
	const others = `FROM told other JOIN action ON action.id = other.action JOIN issue ON issue.site = action.site AND issue.key = other.issue
		WHERE other.id = mine.id AND other.kind = mine.kind AND other.place = mine.place AND other.root = mine.root AND other.action <> mine.action
		AND issue.issue_id = ? AND action.site = ? AND action.state IN ('sending', 'done')`
	var mine, alone int
	err = s.row("SELECT count(*), coalesce(sum(CASE WHEN EXISTS (SELECT 1 "+others+") THEN 0 ELSE 1 END), 0), coalesce(max((SELECT max(other.issue) "+others+
		")), '') FROM told mine WHERE mine.action = ? AND mine.kind <> 'line'",
		text(i.ID), text(w.action.Site), text(i.ID), text(w.action.Site), w.id).Scan(&mine, &alone, &key)
	if err != nil || mine == 0 || alone > 0 {
		return "", err
	}
	return key, nil
}

// pruneIssues forgets keys that nobody has named for long.
func pruneIssues(s session, before int64) (int, error) {
	n, err := s.exec("DELETE FROM issue WHERE seen_at < ?", before)
	return int(n), err
}
