package outbox

import (
	"context"
	"slices"

	"jirahook/outbox/store"
	"jirahook/plan"
)

const entityColumns = 10

// insertEntities remembers what issues have by a plan. What is known of a later time
// stays.
func insertEntities(s store.Session, p plan.Plan) error {
	var rows []any
	type key struct{ kind, name, issue string }
	inserted := map[key]bool{} // one statement may not touch a row twice, and texts may become equal
	type change struct {
		kind, state string
		at          int64
	}
	became := map[change][]any{} // names
	for _, e := range p.Entities {
		name, at := store.Text(e.Name), store.Millis(e.At)
		if len(e.Issues) == 0 {
			c := change{string(e.Kind), e.State, at}
			became[c] = append(became[c], name)
		}
		for _, issue := range e.Issues {
			k := key{string(e.Kind), name, store.Text(issue)}
			if inserted[k] {
				continue
			}
			inserted[k] = true
			rows = append(rows, store.Text(p.SiteOf(issue)), k.issue, store.Text(p.Repository), k.kind, name,
				store.Text(e.Title), store.Text(e.URL), store.Text(e.Author), e.State, at)
		}
	}
	for part := range slices.Chunk(rows, entityColumns*store.Chunk) {
		_, err := s.Exec("INSERT INTO entity(site, issue, repository, kind, name, title, url, author, state, at) VALUES "+
			store.Values(len(part)/entityColumns, entityColumns)+` ON CONFLICT(repository, kind, name, site, issue)
			DO UPDATE SET title = excluded.title, url = excluded.url, author = excluded.author, state = excluded.state, at = excluded.at
			WHERE entity.at <= excluded.at`, part...)
		if err != nil {
			return err
		}
	}
	for c, names := range became {
		for part := range slices.Chunk(names, store.Chunk) {
			args := append([]any{c.state, c.at, store.Text(p.Repository), c.kind, c.at}, part...)
			_, err := s.Exec("UPDATE entity SET state = ?, at = ? WHERE repository = ? AND kind = ? AND at <= ? AND name IN "+store.Values(1, len(part)), args...)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Entities are what is remembered of an issue, by its key as it was written, the
// youngest first.
func (o *Outbox) Entities(ctx context.Context, site, issue string) ([]plan.Entity, error) {
	var all []plan.Entity
	err := o.db.Read(ctx, "look for what an issue has", func(s store.Session) error {
		all = nil
		return s.Each(func(scan func(...any) error) error {
			e := plan.Entity{Issues: []string{issue}}
			var at int64
			err := scan(&e.Kind, &e.Name, &e.Title, &e.URL, &e.Author, &e.State, &at)
			e.At = store.FromMillis(at)
			all = append(all, e)
			return err
		}, "SELECT kind, name, title, url, author, state, at FROM entity WHERE site = ? AND issue = ? ORDER BY at DESC, kind, name", store.Text(site), store.Text(issue))
	})
	return all, err
}

// pruneEntities forgets what is old, but for open branches.
func pruneEntities(s store.Session, before int64) (int, error) {
	n, err := s.Exec(`DELETE FROM entity WHERE (repository, kind, name, site, issue) IN (
		SELECT repository, kind, name, site, issue FROM entity WHERE at < ? AND NOT (kind = ? AND state = ?) ORDER BY at LIMIT ?)`,
		before, string(plan.EntityBranch), plan.EntityOpen, store.Chunk)
	return int(n), err
}

// pruneCommits forgets the oldest commits of an issue that has too many.
func pruneCommits(s store.Session, _ int64) (int, error) {
	var site, issue string
	found := false
	err := s.Each(func(scan func(...any) error) error {
		found = true
		return scan(&site, &issue)
	}, "SELECT site, issue FROM entity WHERE kind = ? GROUP BY site, issue HAVING count(*) > ? LIMIT 1", string(plan.EntityCommit), plan.MaxCommitsOfIssue)
	if err != nil || !found {
		return 0, err
	}
	n, err := s.Exec(`DELETE FROM entity WHERE (repository, kind, name, site, issue) IN (
		SELECT repository, kind, name, site, issue FROM entity WHERE site = ? AND issue = ? AND kind = ? ORDER BY at DESC, repository, name LIMIT ? OFFSET ?)`,
		site, issue, string(plan.EntityCommit), 10*store.Chunk, plan.MaxCommitsOfIssue)
	return int(n), err
}
