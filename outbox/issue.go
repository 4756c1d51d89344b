package outbox

import (
	"slices"
	"time"

	"jirahook/outbox/store"
	"jirahook/plan"
)

// issuesOf adds for each of the keys that Jira has told us about the number of
// its issue, which stays the same when the issue is moved.
func issuesOf(s store.Session, site string, keys []string, issues *map[string]string) error {
	for part := range slices.Chunk(keys, store.Chunk) {
		err := s.Each(func(scan func(...any) error) error {
			var key, id string
			err := scan(&key, &id)
			if *issues == nil {
				*issues = map[string]string{}
			}
			(*issues)[key] = id
			return err
		}, "SELECT key, issue_id FROM issue WHERE site = ? AND key IN "+store.Values(1, len(part)), append([]any{store.Text(site)}, textArgs(part)...)...)
		if err != nil {
			return err
		}
	}
	return nil
}

// learn keeps which issue a key stands for, as it was written and as it is now.
// It locks the row of the key of now until the transaction ends.
func learn(s store.Session, site, written string, i plan.Issue, now int64) error {
	if i.ID == "" || i.Key == "" {
		return nil
	}
	keys := []string{store.Text(i.Key)}
	if k := store.Text(written); k != keys[0] {
		keys = append(keys, k)
		slices.Sort(keys) // the same order for all: no two wait for each other
	}
	for _, key := range keys {
		_, err := s.Exec("INSERT INTO issue(site, key, issue_id, seen_at) VALUES (?,?,?,?) ON CONFLICT(site, key) DO UPDATE SET issue_id = excluded.issue_id, seen_at = excluded.seen_at "+
			"WHERE issue.issue_id <> excluded.issue_id OR issue.seen_at < excluded.seen_at - ?", store.Text(site), key, store.Text(i.ID), now, seenAgain)
		if err != nil {
			return err
		}
	}
	return nil
}

// seenAgain is how old, in milliseconds, the date may grow at which an issue was
// last seen: a day.
const seenAgain = 24 * 60 * 60 * 1000

// rivals are what was told of the same change as the action at hand will be, under
// another key, which may be of the same issue. A link is the same however often it
// is sent. Its parameter is the action's id.
const rivals = `SELECT 1 FROM told mine WHERE mine.action = ? AND mine.root <> '' AND mine.kind NOT IN ('line', 'link') AND (
	EXISTS (SELECT 1 FROM told other WHERE other.root = mine.root AND other.kind = mine.kind AND other.issue < mine.issue) OR
	EXISTS (SELECT 1 FROM told other WHERE other.root = mine.root AND other.kind = mine.kind AND other.issue > mine.issue))`

// learn keeps which issue the work is for, and sees that no other action did, or
// may be doing, for the same issue under another key all that it would: errTwin.
func (d *drainer) learn(s store.Session, w *work, now time.Time) error {
	if w.issue.ID == "" {
		return nil
	}
	if err := learn(s, w.action.Site, w.action.Issue, w.issue, store.Millis(now)); err != nil {
		return err
	}
	if c := w.action.Comment; c != nil && c.OnlyEdit {
		return nil // it says nothing that was not said
	}
	var err error
	if w.twin, err = twin(s, w); err == nil && w.twin != "" {
		err = errTwin
	}
	return err
}

// twin finds that other action's key; "" is none. Of commands those with another
// argument are not the same. learn comes before it, in the same transaction: so
// of two that ask at the same time the second waits for the first.
func twin(s store.Session, w *work) (key string, err error) {
	const others = `FROM issue CROSS JOIN told other CROSS JOIN action
		WHERE issue.issue_id = ? AND issue.site = ? AND other.issue = issue.key AND action.id = other.action AND other.root = mine.root AND other.kind = mine.kind AND other.issue <> mine.issue AND other.place = mine.place
		AND (mine.kind NOT LIKE 'command%' OR other.detail = mine.detail) AND action.site = issue.site AND action.state IN ('sending', 'done')`
	var mine, alone int
	err = s.Row("SELECT count(*), count(*) - count(found), coalesce(max(found), '') FROM (SELECT (SELECT max(other.issue) "+others+
		") AS found FROM told mine WHERE mine.action = ? AND mine.root <> '' AND mine.kind NOT IN ('line', 'link')) each_of_mine",
		store.Text(w.issue.ID), store.Text(w.action.Site), w.id).Scan(&mine, &alone, &key)
	if err != nil || mine == 0 || alone > 0 {
		return "", err
	}
	return key, nil
}

// pruneIssues forgets keys that nobody has named for long.
func pruneIssues(s store.Session, before int64) (int, error) {
	n, err := s.Exec("DELETE FROM issue WHERE seen_at < ?", before)
	return int(n), err
}
